"""The comparison page: everything for and against a pair, what was not compared, and judging."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import Permission
from clew.desk.casework.referral_snapshot import ask_on_duty
from clew.desk.casework.referrals import may_on, visible_referrals
from clew.desk.casework.reopening import LINKED, open_both
from clew.desk.casework.warnings import require_warning
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.records.visible import opened_to
from clew.desk.review.comparison import (
    card_of,
    findings_of,
    spreads_of,
    three_facts,
)
from clew.desk.review.models import Judgement, Link, Pair, SecondReading, SeriesView
from clew.desk.review.pair_state import MOST_WORDS, judged, second_read
from clew.desk.review.ranks import compared_for, rank_words
from clew.desk.review.shown import may_open, opinion_before, pair_of, show, subject_of
from clew.desk.review.who_may_judge import may_judge, needed, says_standing, waiting_for_second
from clew.desk.rounds.claims import BECAUSE
from clew.desk.web.forms import LONGEST, DeskForm, PastTime, done, now_text
from clew.desk.web.guard import Refused, account_of, guarded, person_of, write_for
from clew.desk.web.menu import ON_PAIR, acts_on
from clew.disclosure.chance_words import say_sample
from clew.disclosure.words import STANCE_SIGN, STANCE_WORD, rounded_count

BESIDE = 100
"""Declared: links of the same run from which it is read how far each aspect moves a comparison."""
RECORDED = {
    "linked": "Recorded: linked. It shapes the adopted series and nothing else.",
    "not_linked": "Recorded: not linked. It waits for a second reader.",
    "undetermined": "Recorded: undetermined. The pair stays in the queue.",
}


class JudgementForm(DeskForm):
    """Linked, not linked or undetermined, and how that was reached."""

    verdict = forms.ChoiceField(
        label="Your judgement",
        choices=Judgement.VERDICTS,
        help_text="This affects only the adopted series. It does not change any rank,"
        " count or alert.",
        error_messages={"required": "Choose your judgement"},
    )
    relation = forms.ChoiceField(
        label="How are they related?",
        choices=[("", "Choose"), *Judgement.RELATIONS],
        required=False,
    )
    reason = forms.CharField(
        label="Why",
        help_text="A reason you would repeat at an inquest.",
        max_length=LONGEST,
        error_messages={"required": "Enter the reason"},
    )
    explanation = forms.CharField(
        label="Explanation you rely on, if any",
        help_text="For example a note, a friendship or an accident. Until it is"
        " verified, it does not"
        " count against the link.",
        max_length=LONGEST,
        required=False,
    )
    verified = forms.TypedChoiceField(
        label="Has anyone verified this explanation?",
        choices=[("no", "No, or there is none"), ("yes", "Yes, it was checked")],
        coerce=lambda text: text == "yes",
        initial="no",
        required=False,
        empty_value=None,
    )
    would_change = forms.CharField(
        label="What would change your judgement?",
        help_text='Required for "not linked": the fact that would make you look again.',
        max_length=LONGEST,
        required=False,
    )
    decided_at = PastTime(label="When did you decide?")
    shown = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for what each judgement needs."""
        data: dict[str, Any] = super().clean() or {}
        data["verified"] = bool(data.get("verified"))
        verdict = data.get("verdict")
        if verdict == "linked" and data.get("relation") in ("", "none", None):
            self.add_error("relation", "Choose how the records are related")
        if verdict == "not_linked" and not data.get("would_change"):
            self.add_error("would_change", "Enter what would change your judgement")
        if data.get("verified") and not data.get("explanation"):
            self.add_error("explanation", "Enter the explanation that was verified")
        return data


class SecondReadingForm(DeskForm):
    """Whether the second reader agrees that a pair is not linked."""

    agrees = forms.TypedChoiceField(
        label="Do you agree?",
        choices=[("yes", "Yes: do not take it forward"), ("no", "No: keep it open")],
        coerce=lambda text: text == "yes",
        error_messages={"required": "Choose one"},
    )
    note = forms.CharField(
        label="Why", max_length=LONGEST, error_messages={"required": "Enter the reason"}
    )


@guarded(Permission.SEE_LINKS)
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """Show a pair side by side; that it was shown, and what, is kept."""
    return _page(request, pair_of(request, Permission.SEE_LINKS, number))


def _page(request: HttpRequest, pair: Pair, status: int = 200, **forms: Any) -> HttpResponse:
    """Show the page; `forms` is the one that was sent and has errors."""
    show(request, pair)
    link, person = pair.link, person_of(request)
    cases = (link.case, link.other)
    # How far each aspect moves a comparison, among links of the same run.
    links = Link.objects.filter(run=link.run_id).order_by("-priority", "id")
    spreads = spreads_of(map(findings_of, links.values_list("findings", flat=True)[:BESIDE]))
    # The series of the run with both in it, and who else may be named there.
    ids = {pair.first.case_id, pair.second.case_id}
    both = [view for view in SeriesView.objects.filter(run=link.run_id) if ids <= view.case_ids()]
    others = {member for view in both for member in view.case_ids()} - ids
    unsealed = Q(sealed=False) | opened_to(person, Permission.SEE_LINKS)
    may_be_named = Case.objects.filter(unsealed, case_id__in=others)
    named = set(may_be_named.values_list("case_id", flat=True))
    context = {
        "pair": pair,
        "link": link,
        "run": link.run,
        "card": card_of(link, person=person),
        "names": [identity_of(case, person) for case in cases],
        "open": [may_open(request, case) for case in cases],
        "rank_words": rank_words(person, link),
        "compared": compared_for(person, link),
        "sample": say_sample(rounded_count(link.run.null_sample)),
        "signs": STANCE_SIGN,
        "stances": STANCE_WORD,
        "asks": three_facts(
            findings_of(link.findings), spreads, (cases[0].case_id, cases[1].case_id)
        ),
        "judgements": list(
            Judgement.objects.filter(pair=pair).select_related("account", "second__account")
        ),
        "series": [(view, sorted(named & view.case_ids())) for view in both],
        "standing": says_standing(pair, person),
        "may_judge": may_judge(request, pair) and pair.state != Pair.SECOND,
        "judge_form": JudgementForm(initial={"decided_at": now_text(), "shown": pair.link_id}),
        "second_form": SecondReadingForm(),
        "waiting": waiting_for_second(request, pair),
        "may_refer": may_on(person, Permission.REFER, cases).allowed,
        "on_duty": ask_on_duty(cases),
        "named_by": [f"{BECAUSE}, {claim.at:%d %B %Y}" for claim in pair.claims.all()],
        "referrals": list(
            visible_referrals(person).filter(cases=pair.first_id).filter(cases=pair.second_id)
        ),
        "warn": getattr(pair, "warn_decision", None),
        "may_warn": may_on(person, Permission.DECIDE, cases).allowed,
        "acts": acts_on(request, ON_PAIR, [case.about() for case in cases]),
        **forms,
    }
    return render(request, "review/compare.html", context, status=status)


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
        return _page(request, pair, 422, judge_form=form)
    data = {name: value for name, value in form.cleaned_data.items() if name != "shown"}
    with transaction.atomic():
        reason = "someone else has just judged this link"
        locked = _locked(request, pair, Permission.JUDGE, reason)
        account = account_of(request)
        before = opinion_before(pair, account)
        made = Judgement.objects.create(
            pair=pair, link=pair.link, account=account, level=locked.level,
            opinion_before=before, recorded_at=desk_now(), **data,
        )  # fmt: skip
        locked.state = judged(locked.standing(), made.verdict).state
        locked.save(update_fields=["state"])
        write_for(
            request, Act.DECISION, subject_of(pair),
            what="judgement", judgement=made.pk, verdict=made.verdict, relation=made.relation,
            verified=made.verified, opinion_before=before, level=made.level, link=pair.link_id,
            decided_at=instant_text(made.decided_at), state=locked.state,
        )  # fmt: skip
        if made.verdict == "linked":
            require_warning(locked, made.recorded_at)
            open_both((locked.first, locked.second), LINKED, made.recorded_at)
    return done(request, RECORDED[made.verdict], "pair", pair.pk)


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
        return _page(request, pair, 422, second_form=form)
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
    return done(request, message, "pair", pair.pk)


def _locked(request: HttpRequest, pair: Pair, act: Permission, reason: str) -> Pair:
    """Return the pair's row, locked; refuse if it has changed since it was read, or was sealed."""
    pair_of(request, act, pair.pk)
    locked = Pair.objects.select_for_update().get(pk=pair.pk)
    if locked.link_id != pair.link_id:
        reason = "these records have just been compared again. Reload the page before you save"
    if (locked.state, locked.link_id) != (pair.state, pair.link_id):
        raise Refused.because(reason, act, subject_of(pair))
    return locked
