"""Judging a pair, and reading a judgement second. Each is kept beside what was shown."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Do, Ruling
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.links.compare import comparison_page
from clew.desk.links.forms import JudgementForm, SecondForm
from clew.desk.links.models import Judgement, Pair, SecondReading
from clew.desk.links.returning import MOST_WORDS, judged, second_read
from clew.desk.links.shown import opinion_before, subject_of
from clew.desk.links.standing import may_judge, needed, waiting_for_second
from clew.desk.links.visible import pair_of
from clew.desk.referrals.warn import owe_warning
from clew.desk.web.guard import Refused, guarded, person_of

DONE = {
    "linked": "Recorded: linked. It shapes the adopted series and nothing else.",
    "not_linked": "Recorded: not linked. It waits for a second reader.",
    "undetermined": "Recorded: undetermined. The pair stays in the queue.",
}


@require_POST
@guarded(Do.JUDGE)
def judge(request: HttpRequest, number: int) -> HttpResponse:
    """Record a judgement of the comparison that was shown."""
    pair = pair_of(request, Do.JUDGE, number)
    if not may_judge(request, pair):
        reason = "this pair came back, and a more senior reader judges it"
        raise Refused(Ruling(False, reason), needed(pair), subject_of(pair))
    form = JudgementForm(request.POST)
    if form.is_valid() and form.cleaned_data["shown"] != pair.link_id:
        form.add_error(None, "The pair was compared again meanwhile. Read the page anew, then send")
        form.data = {**request.POST.dict(), "shown": pair.link_id}
    if form.is_valid() and pair.state == Pair.SECOND:
        form.add_error(None, "Somebody judged this pair meanwhile. It waits for a second reader")
    if not form.is_valid():
        return comparison_page(request, pair, {"judge_form": form}, 422)
    record_judgement(request, pair, form)
    messages.success(request, DONE[form.cleaned_data["verdict"]])
    return redirect("pair", number=pair.pk)


@transaction.atomic
def record_judgement(request: HttpRequest, pair: Pair, form: JudgementForm) -> Judgement:
    """Keep a judgement, move the pair, and write the row: all or nothing."""
    told = {name: value for name, value in form.cleaned_data.items() if name != "shown"}
    assert isinstance(request.user, Account)
    locked = Pair.objects.select_for_update().get(pk=pair.pk)
    if locked.state != pair.state:
        reason = "somebody else judged the pair in this moment"
        raise Refused(Ruling(False, reason), Do.JUDGE, subject_of(pair))
    before = opinion_before(pair, request.user)
    made = Judgement.objects.create(
        pair=pair, link=pair.link, account=request.user, level=locked.level,
        opinion_before=before, **told,
    )  # fmt: skip
    locked.state = judged(locked.standing(), made.verdict).state
    locked.save(update_fields=["state"])
    person = person_of(request)
    write(
        Act.DECISION, subject_of(pair), person.name, person.purpose,
        what="judgement", judgement=made.pk, verdict=made.verdict, relation=made.relation,
        verified=made.verified, opinion_before=before, level=made.level, link=pair.link_id,
        decided_at=instant_text(made.decided_at), state=locked.state,
    )  # fmt: skip
    if made.verdict == "linked":
        owe_warning(locked, made.recorded_at)
    return made


@require_POST
@guarded(Do.READ_SECOND)
def read_second(request: HttpRequest, number: int) -> HttpResponse:
    """Agree or disagree with a judgement 'not linked' that somebody else made."""
    pair = pair_of(request, Do.READ_SECOND, number)
    judgement = waiting_for_second(request, pair)
    if judgement is None:
        reason = "no judgement of somebody else waits here for a second reader"
        raise Refused(Ruling(False, reason), Do.READ_SECOND, subject_of(pair))
    form = SecondForm(request.POST)
    if not form.is_valid():
        return comparison_page(request, pair, {"second_form": form}, 422)
    agrees = form.cleaned_data["agrees"]
    record_second(request, pair, judgement, form)
    messages.success(
        request,
        "Recorded. Not taken forward; it comes back when a fact or a new death touches it."
        if agrees
        else "Recorded. You did not agree, so the pair stays open.",
    )
    return redirect("pair", number=pair.pk)


@transaction.atomic
def record_second(
    request: HttpRequest, pair: Pair, judgement: Judgement, form: SecondForm
) -> SecondReading:
    """Keep the second reading, move the pair, and write the row: all or nothing."""
    assert isinstance(request.user, Account)
    locked = Pair.objects.select_for_update().get(pk=pair.pk)
    if locked.state != pair.state:
        reason = "somebody else read it second in this moment"
        raise Refused(Ruling(False, reason), Do.READ_SECOND, subject_of(pair))
    made = SecondReading.objects.create(
        judgement=judgement, account=request.user, **form.cleaned_data
    )
    after = second_read(locked.standing(), agrees=made.agrees)
    locked.state, locked.level = after.state, after.level
    locked.because = (
        judgement.reason[:MOST_WORDS] if made.agrees else "the second reader did not agree"
    )
    locked.save(update_fields=["state", "because", "level"])
    person = person_of(request)
    write(
        Act.DECISION, subject_of(pair), person.name, person.purpose,
        what="second reading", judgement=judgement.pk, agrees=made.agrees, state=locked.state,
    )  # fmt: skip
    return made
