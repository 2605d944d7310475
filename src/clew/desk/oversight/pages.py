"""Pages of overseers: figures, and sensitive traits as figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clew.desk.accounts.models import Area
from clew.desk.accounts.rules import Do
from clew.desk.cases.traits import counts
from clew.desk.oversight.figures import figures_for
from clew.desk.oversight.suppression import LEAST, STEP
from clew.desk.web.guard import consulted, guarded, person_of

RULE = {"least": LEAST, "step": STEP}


@require_safe
@guarded(Do.SEE_AGGREGATES)
def oversight(request: HttpRequest) -> HttpResponse:
    """Show counts of many: deaths, links shown and judged, waiting."""
    consulted(request, "figures", "oversight")
    names = {area.code: area.name for area in Area.objects.all()}
    told = {"figures": figures_for(person_of(request)), "names": names, **RULE}
    return render(request, "oversight/figures.html", told)


@require_safe
@guarded(Do.SEE_TRAITS)
def traits(request: HttpRequest) -> HttpResponse:
    """Show how many deaths each group has, and who said so; never a row."""
    consulted(request, "traits", "traits")
    return render(request, "oversight/traits.html", {"traits": counts(person_of(request)), **RULE})
