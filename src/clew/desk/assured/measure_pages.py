"""Pages for supervisors: the measures of units, and the closed deaths that are read again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.desk.accounts.rules import Do, Ruling
from clew.desk.assured.forms import ReAuditForm
from clew.desk.assured.measures import DAYS, measures_for, reasons_for
from clew.desk.assured.re_audit import chosen_for, read_again
from clew.desk.assured.shown import CLASS_WORDS, actor, changes_of, death_of, dissents_of
from clew.desk.links.comparison import name_of
from clew.desk.web.guard import Refused, allowed, check, consulted, guarded, person_of
from clew.errors import ActRefused


@guarded(Do.SEE_MEASURES)
def measures(request: HttpRequest) -> HttpResponse:
    """Show each unit's figures with their denominators; reasons only to who may read records."""
    consulted(request, "measures", "measures")
    person, now = person_of(request), timezone.now()
    reads = allowed(request, Do.ASSURE)
    reasons, same = reasons_for(person, now) if reads else ([], {})
    told = {
        "units": measures_for(person, now), "reads": reads, "reasons": reasons,
        "same": sorted(same.items(), key=lambda one: (-one[1], one[0])), "days": DAYS,
    }  # fmt: skip
    return render(request, "assured/measures.html", told)


@guarded(Do.DECIDE)
def re_audits(request: HttpRequest) -> HttpResponse:
    """List the closed deaths that are read again this month, and what was found."""
    month, rows = chosen_for(person_of(request), timezone.now())
    consulted(request, "re-audit", "read again", records=[row.case.case_id for row in rows])
    told = {"month": month, "rows": [(row, name_of(row.case)) for row in rows]}
    return render(request, "assured/re_audits.html", told)


@guarded(Do.DECIDE)
def re_audit(request: HttpRequest, case_id: str) -> HttpResponse:
    """Read one closed death again, and say whether its closing stands."""
    case = death_of(request, case_id)
    check(request, Do.DECIDE, case.about(), f"case:{case_id}")
    month, rows = chosen_for(person_of(request), timezone.now())
    row = next((one for one in rows if one.case.pk == case.pk), None)
    form = ReAuditForm(request.POST if request.method == "POST" and row else None)
    if form.is_bound and form.is_valid():
        found = (form.cleaned_data["outcome"], form.cleaned_data["words"])
        try:
            read_again(case, month, found, actor(request), timezone.now())
        except ActRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "It is kept.")
            return redirect("re-audits")
    elif request.method == "POST" and row is None:
        raise Refused(
            Ruling(False, "this death is not among those read again this month"),
            Do.DECIDE,
            f"case:{case_id}",
        )
    if not form.is_bound:
        consulted(request, f"case:{case.case_id}", "read again")
    told = {
        "case": case, "name": name_of(case), "month": month, "row": row, "form": form,
        "changes": changes_of(case), "dissents": dissents_of(case), "class_words": CLASS_WORDS,
    }  # fmt: skip
    return render(request, "assured/re_audit.html", told, status=422 if form.errors else 200)
