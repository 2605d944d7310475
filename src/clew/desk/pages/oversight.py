"""Pages of overseers: figures, and sensitive traits as figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clew.desk.accounts.models import Area
from clew.desk.accounts.rules import Permission
from clew.desk.records.suppression import LEAST, STEP
from clew.desk.records.traits import counts
from clew.desk.release.oversight import figures_for
from clew.desk.web.guard import consulted, guarded, person_of

RULE = {"least": LEAST, "step": STEP}


@require_safe
@guarded(Permission.SEE_AGGREGATES)
def oversight(request: HttpRequest) -> HttpResponse:
    """Show counts of many: deaths, links shown and judged, waiting."""
    consulted(request, "figures", "oversight")
    names = {area.code: area.name for area in Area.objects.all()}
    context = {"figures": figures_for(person_of(request)), "names": names, **RULE}
    return render(request, "oversight/figures.html", context)


@require_safe
@guarded(Permission.SEE_TRAITS)
def traits(request: HttpRequest) -> HttpResponse:
    """Show how many deaths each group has, and who said so; never a row."""
    consulted(request, "traits", "traits")
    return render(request, "oversight/traits.html", {"traits": counts(person_of(request)), **RULE})
