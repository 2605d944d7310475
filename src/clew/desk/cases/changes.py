"""What people add to a record: an opinion, a new owner, what was done. Each is a ledger row."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Do, Ruling, rule
from clew.desk.cases.forms import EffortForm, HandOverForm, OpinionForm
from clew.desk.cases.models import Effort
from clew.desk.cases.record import may_add, record_page
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.links.models import Opinion
from clew.desk.web.guard import Refused, guarded, person_of, record_of


@require_POST
@guarded(Do.JUDGE)
def opinion(request: HttpRequest, case_id: str) -> HttpResponse:
    """Keep what somebody thinks happened; afterwards the links are shown."""
    case = record_of(request, Do.JUDGE, case_id)
    form = OpinionForm(request.POST)
    if not form.is_valid():
        return record_page(request, case, {"opinion_form": form}, 422)
    assert isinstance(request.user, Account)
    with transaction.atomic():
        said = form.cleaned_data["says"]
        made = Opinion.objects.create(case=case, account=request.user, says=said)
        person = person_of(request)
        write(
            Act.ALTERATION, f"case:{case.case_id}", person.name, person.purpose,
            what="opinion recorded", opinion=made.pk, at=instant_text(made.at),
        )  # fmt: skip
    messages.success(request, "Your opinion is recorded. The links are shown below.")
    return redirect("record", case_id=case.case_id)


@require_POST
@guarded(Do.JUDGE)
def hand_over(request: HttpRequest, case_id: str) -> HttpResponse:
    """Give a record to a new owner, with the reason; that person may see it, or it is refused."""
    case = record_of(request, Do.JUDGE, case_id)
    form = HandOverForm(request.POST)
    if form.is_valid():
        to = form.cleaned_data["to"]
        person = to.person(second_factor=True)
        if not rule(person, Do.SEE_RECORD, case.about()).allowed:
            form.add_error("to", "This account may not see the record. Choose another")
    if not form.is_valid():
        return record_page(request, case, {"hand_over_form": form}, 422)
    with transaction.atomic():
        before = case.owner.name if case.owner else ""
        case.owner = to
        case.save(update_fields=["owner"])
        asker = person_of(request)
        write(
            Act.ALTERATION, f"case:{case.case_id}", asker.name, asker.purpose,
            what="owner", before=before, after=to.name, reason=form.cleaned_data["reason"],
        )  # fmt: skip
    messages.success(request, f"{to.full_name} owns this record now.")
    return redirect("record", case_id=case.case_id)


@require_POST
@guarded(Do.SEE_RECORD)
def effort(request: HttpRequest, case_id: str) -> HttpResponse:
    """Write down what was done for a death and when."""
    case = record_of(request, Do.SEE_RECORD, case_id)
    if not may_add(request, case):
        ruling = Ruling(False, "none of the roles held allows: report or judge here")
        raise Refused(ruling, Do.REPORT, f"case:{case_id}")
    form = EffortForm(request.POST)
    if not form.is_valid():
        return record_page(request, case, {"effort_form": form}, 422)
    with transaction.atomic():
        asker = person_of(request)
        told = form.cleaned_data
        Effort.objects.create(case=case, recorded_by=asker.name, **told)
        write(
            Act.ALTERATION, f"case:{case.case_id}", asker.name, asker.purpose,
            what="effort", kind=told["kind"], at=instant_text(told["at"]),
        )  # fmt: skip
    messages.success(request, "It is written down.")
    return redirect("record", case_id=case.case_id)
