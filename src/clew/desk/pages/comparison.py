"""The comparison page: everything for and against a pair, and everything that was not compared."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import AccessDecision, Permission
from clew.desk.casework.models.referrals import Referral
from clew.desk.casework.referral_snapshot import ask_on_duty
from clew.desk.casework.referrals import may_on, visible_referrals
from clew.desk.casework.warnings import require_warning
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.pages.record_forms import now_text
from clew.desk.pages.review_forms import JudgementForm, SecondReadingForm
from clew.desk.records.models import Case
from clew.desk.records.visible import opened_to
from clew.desk.review.comparison import (
    MissingFact,
    card_of,
    findings_of,
    name_of,
    rank_words,
    spreads_of,
    three_facts,
)
from clew.desk.review.models import Judgement, Link, Pair, SecondReading, SeriesView
from clew.desk.review.pair_state import MOST_WORDS, judged, second_read
from clew.desk.review.shown import may_open, opinion_before, pair_of, show, subject_of
from clew.desk.review.who_may_judge import may_judge, needed, says_standing, waiting_for_second
from clew.desk.rounds.claims import named_by
from clew.desk.web.guard import Refused, guarded, person_of
from clew.desk.web.menu import ON_PAIR, acts_on
from clew.disclosure.chance_words import say_sample
from clew.disclosure.words import STANCE_SIGN, STANCE_WORD

BESIDE = 100
"""Declared: links of the same run from which it is read how far each aspect moves a comparison."""


@guarded(Permission.SEE_LINKS)
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """Show a pair side by side; that it was shown, and what, is kept."""
    pair = pair_of(request, Permission.SEE_LINKS, number)
    return comparison_page(request, pair, {})


def comparison_page(
    request: HttpRequest, pair: Pair, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with the page; `forms` holds the one that was sent and had an error."""
    show(request, pair)
    context = {**about_pair(request, pair), **forms}
    return render(request, "review/compare.html", context, status=status)


def about_pair(request: HttpRequest, pair: Pair) -> dict[str, Any]:
    """Return everything the page says of a pair."""
    link = pair.link
    card = card_of(link)
    return {
        "pair": pair,
        "link": link,
        "run": link.run,
        "card": card,
        "names": [name_of(link.case), name_of(link.other)],
        "open": [may_open(request, link.case), may_open(request, link.other)],
        "rank_words": rank_words(link),
        "sample": say_sample(link.run.null_sample),
        "signs": STANCE_SIGN,
        "stances": STANCE_WORD,
        "asks": _asks(link),
        "judgements": list(
            Judgement.objects.filter(pair=pair).select_related("account", "second__account")
        ),
        "series": _series(request, pair),
        "standing": says_standing(pair),
        "may_judge": may_judge(request, pair) and pair.state != Pair.SECOND,
        "judge_form": JudgementForm(initial={"decided_at": now_text(), "shown": pair.link_id}),
        "second_form": SecondReadingForm(),
        "waiting": waiting_for_second(request, pair),
        "may_refer": may_on(person_of(request), Permission.REFER, (link.case, link.other)).allowed,
        "on_duty": ask_on_duty((link.case, link.other)),
        "named_by": named_by(pair),
        "referrals": _referrals(request, pair),
        "warn": getattr(pair, "warn_decision", None),
        "may_warn": may_on(person_of(request), Permission.DECIDE, (link.case, link.other)).allowed,
        "acts": acts_on(request, ON_PAIR, (link.case.about(), link.other.about())),
    }


def _referrals(request: HttpRequest, pair: Pair) -> list[Referral]:
    seen = visible_referrals(person_of(request))
    return list(seen.filter(cases=pair.first_id).filter(cases=pair.second_id))


def _asks(link: Link) -> tuple[MissingFact, ...]:
    beside = Link.objects.filter(run=link.run_id).order_by("-priority", "id")
    told = beside.values_list("findings", flat=True)[:BESIDE]
    spreads = spreads_of(findings_of(rows) for rows in told)
    names = (link.case.case_id, link.other.case_id)
    return three_facts(findings_of(link.findings), spreads, names)


def _series(request: HttpRequest, pair: Pair) -> list[tuple[SeriesView, list[str]]]:
    """Return the series of the pair's run in which both stand, and who else may be named there."""
    ids = {pair.first.case_id, pair.second.case_id}
    views = SeriesView.objects.filter(run=pair.link.run_id)
    found = [one for one in views if ids <= one.case_ids()]
    others = {member for one in found for member in one.case_ids()} - ids
    unsealed = Q(sealed=False) | opened_to(person_of(request), Permission.SEE_LINKS)
    told = Case.objects.filter(unsealed, case_id__in=others).values_list("case_id", flat=True)
    named = set(told)
    return [(one, sorted(named & one.case_ids())) for one in found]


# Judging a pair, and reading a judgement second. Each is kept beside what was shown.


DONE = {
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
        reason = "this pair came back, and a more senior reader judges it"
        raise Refused(AccessDecision(False, reason), needed(pair), subject_of(pair))
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
        raise Refused(AccessDecision(False, reason), Permission.JUDGE, subject_of(pair))
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
        require_warning(locked, made.recorded_at)
    return made


@require_POST
@guarded(Permission.READ_SECOND)
def read_second(request: HttpRequest, number: int) -> HttpResponse:
    """Agree or disagree with a judgement 'not linked' that somebody else made."""
    pair = pair_of(request, Permission.READ_SECOND, number)
    judgement = waiting_for_second(request, pair)
    if judgement is None:
        reason = "no judgement of somebody else waits here for a second reader"
        raise Refused(AccessDecision(False, reason), Permission.READ_SECOND, subject_of(pair))
    form = SecondReadingForm(request.POST)
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
    request: HttpRequest, pair: Pair, judgement: Judgement, form: SecondReadingForm
) -> SecondReading:
    """Keep the second reading, move the pair, and write the row: all or nothing."""
    assert isinstance(request.user, Account)
    locked = Pair.objects.select_for_update().get(pk=pair.pk)
    if locked.state != pair.state:
        reason = "somebody else read it second in this moment"
        raise Refused(AccessDecision(False, reason), Permission.READ_SECOND, subject_of(pair))
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
