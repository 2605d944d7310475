"""Judging a pair, reading a judgement second, undoing one's last, and going on to the next."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import Permission
from clew.desk.casework.reopening import LINKED, open_both
from clew.desk.casework.undo_judgement import undo, undoable
from clew.desk.casework.warnings import require_warning
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text
from clew.desk.pages.comparison import pair_page
from clew.desk.pages.judgement_forms import JudgementForm, SecondReadingForm
from clew.desk.pages.queue import SAVED_AT, next_of
from clew.desk.review.models import Judgement, Pair, SecondReading
from clew.desk.review.pair_state import MOST_WORDS, judged, second_read
from clew.desk.review.shown import opinion_before, pair_of, subject_of
from clew.desk.review.who_may_judge import may_judge, needed, waiting_for_second
from clew.desk.web.forms import done
from clew.desk.web.guard import Refused, account_of, guarded, person_of, write_for
from clew.errors import ActRefused

RECORDED = {
    "linked": "Recorded: linked. It shapes the adopted series and nothing else.",
    "not_linked": "Recorded: not linked. It waits for a second reader.",
    "undetermined": "Recorded: undetermined. The pair stays in the queue.",
}


@require_POST
@guarded(Permission.JUDGE)
def judge(request: HttpRequest, number: int) -> HttpResponse:
    """Record a judgement of the comparison that was shown."""
    pair = pair_of(request, Permission.JUDGE, number)
    if not may_judge(request, pair):
        reason = "this link came back, so a more senior reader must judge it"
        raise Refused.because(reason, needed(pair), subject_of(pair))
    form = JudgementForm(request.POST)
    if form.is_valid() and form.cleaned_data["shown"] != pair.link_id:
        form.add_error(
            None, "These records have been compared again. Reload the page before you save"
        )
        form.data = {**request.POST.dict(), "shown": pair.link_id}
    if form.is_valid() and pair.state == Pair.SECOND:
        form.add_error(None, "Someone else judged this link. It is waiting for a second reader")
    if not form.is_valid():
        return pair_page(request, pair, 422, judge_form=form)
    data = {name: value for name, value in form.cleaned_data.items() if name != "shown"}
    after = next_of(request, pair.pk) if "next" in request.POST else None
    with transaction.atomic():
        reason = "someone else has just judged this link"
        locked = _locked(request, pair, Permission.JUDGE, reason)
        account = account_of(request)
        before = opinion_before(pair, account)
        made = Judgement.objects.create(
            pair=pair, link=pair.link, account=account, level=locked.level,
            opinion_before=before, recorded_at=desk_now(), state_before=locked.state, **data,
        )  # fmt: skip
        locked.state = judged(locked.standing(), made.verdict).state
        locked.save(update_fields=["state"])
        write_for(
            request, Act.DECISION, subject_of(pair),
            what="judgement", judgement=made.pk, verdict=made.verdict, relation=made.relation,
            verified=made.verified, opinion_before=before, level=made.level, link=pair.link_id,
            decided_at=instant_text(made.decided_at), state=locked.state,
        )  # fmt: skip
        request.session[SAVED_AT] = int(made.recorded_at.timestamp())
        if made.verdict == "linked":
            require_warning(locked, made.recorded_at)
            open_both((locked.first, locked.second), LINKED, made.recorded_at)
    return _onward(request, RECORDED[made.verdict], pair, after)


@require_POST
@guarded(Permission.READ_SECOND)
def read_second(request: HttpRequest, number: int) -> HttpResponse:
    """Agree or disagree with somebody else's judgement 'not linked'."""
    pair = pair_of(request, Permission.READ_SECOND, number)
    judgement = waiting_for_second(request, pair)
    if judgement is None:
        reason = "no judgement is waiting for you as second reader"
        raise Refused.because(reason, Permission.READ_SECOND, subject_of(pair))
    form = SecondReadingForm(request.POST)
    if not form.is_valid():
        return pair_page(request, pair, 422, second_form=form)
    next_pair = next_of(request, pair.pk) if "next" in request.POST else None
    with transaction.atomic():
        reason = "someone else has just done the second reading"
        locked = _locked(request, pair, Permission.READ_SECOND, reason)
        made = SecondReading.objects.create(
            judgement=judgement, account=account_of(request), at=desk_now(), **form.cleaned_data
        )
        after = second_read(locked.standing(), agrees=made.agrees)
        locked.state, locked.level = after.state, after.level
        locked.because = (
            judgement.reason[:MOST_WORDS] if made.agrees else "the second reader did not agree"
        )
        locked.matches = []
        locked.save(update_fields=["state", "because", "matches", "level"])
        write_for(
            request, Act.DECISION, subject_of(pair), what="second reading", judgement=judgement.pk,
            agrees=made.agrees, state=locked.state,
        )  # fmt: skip
    message = (
        "Saved. Not taken forward. It comes back when a new fact or death affects it."
        if made.agrees
        else "Saved. You did not agree, so the link stays open."
    )
    return _onward(request, message, pair, next_pair)


def _onward(request: HttpRequest, message: str, pair: Pair, after: int | None) -> HttpResponse:
    """Go to the next pair where that was asked for, else stay; with none left, to the queue."""
    if "next" not in request.POST:
        return done(request, message, "pair", pair.pk)
    if after is None:
        return done(request, f"{message} Nothing more is waiting.", "queue")
    return done(request, message, "pair", after)


@require_POST
@guarded(Permission.JUDGE)
def undo_judgement(request: HttpRequest, number: int) -> HttpResponse:
    """Undo one's own last judgement, within a minute."""
    made = undoable(account_of(request), desk_now())
    if made is None or made.pk != number:
        reason = "a judgement can be undone for one minute, by the person who saved it"
        raise Refused.because(reason, Permission.JUDGE, "judgement")
    pair = pair_of(request, Permission.JUDGE, made.pair_id)
    try:
        undo(number, account_of(request), person_of(request), desk_now())
    except ActRefused as refused:
        raise Refused.because(str(refused), Permission.JUDGE, subject_of(pair)) from refused
    return done(request, "Undone. The link is as it was before you saved.", "pair", pair.pk)


def _locked(request: HttpRequest, pair: Pair, act: Permission, reason: str) -> Pair:
    """Return the pair's row, locked; refuse if it has changed since it was read, or was sealed."""
    pair_of(request, act, pair.pk)
    locked = Pair.objects.select_for_update().get(pk=pair.pk)
    if locked.link_id != pair.link_id:
        reason = "these records have just been compared again. Reload the page before you save"
    if (locked.state, locked.link_id) != (pair.state, pair.link_id):
        raise Refused.because(reason, act, subject_of(pair))
    return locked
