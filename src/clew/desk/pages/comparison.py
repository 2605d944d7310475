"""The comparison page: everything for and against a pair, what was not compared, and judging."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.desk.accounts.rules import Permission, Person, rule
from clew.desk.casework.referral_snapshot import ask_on_duty
from clew.desk.casework.referrals import may_on, visible_referrals
from clew.desk.pages.judgement_forms import JudgementForm, SecondReadingForm
from clew.desk.pages.queue import undoable_now
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.records.sealed_words import facts_for
from clew.desk.records.timeline import APART, TimelineLine, narratives_of
from clew.desk.records.visible import opened_to
from clew.desk.review.comparison import (
    card_of,
    findings_of,
    spreads_of,
    three_facts,
)
from clew.desk.review.models import Judgement, Link, Pair, SeriesView
from clew.desk.review.ranks import compared_for, rank_words
from clew.desk.review.shown import may_open, pair_of, show
from clew.desk.review.who_may_judge import may_judge, says_standing, waiting_for_second
from clew.desk.rounds.claims import BECAUSE
from clew.desk.web.forms import now_text
from clew.desk.web.guard import guarded, person_of
from clew.desk.web.menu import ON_PAIR, acts_on
from clew.disclosure.chance_words import say_sample
from clew.disclosure.words import STANCE_SIGN, STANCE_WORD, rounded_count

BESIDE = 100
"""Declared: links of the same run from which it is read how far each aspect moves a comparison."""


@guarded(Permission.SEE_LINKS)
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """Show a pair side by side; that it was shown, and what, is kept."""
    return pair_page(request, pair_of(request, Permission.SEE_LINKS, number))


def pair_page(request: HttpRequest, pair: Pair, status: int = 200, **forms: Any) -> HttpResponse:
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
            Judgement.written.filter(pair=pair).select_related("account", "second__account")
        ),
        "series": [(view, sorted(named & view.case_ids())) for view in both],
        "standing": says_standing(pair, person),
        "may_judge": may_judge(request, pair) and pair.state != Pair.SECOND,
        "judge_form": JudgementForm(initial={"decided_at": now_text(), "shown": pair.link_id}),
        "second_form": SecondReadingForm(),
        "waiting": waiting_for_second(request, pair),
        "undoable": undoable_now(request),
        "narratives": [_narratives(case, person) for case in cases],
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


def _narratives(case: Case, person: Person) -> list[TimelineLine] | None:
    """Return the texts of a record's report; None where the reader may not open the record."""
    if not rule(person, Permission.SEE_RECORD, case.about()).allowed:
        return None
    return narratives_of(facts_for(person, case.facts.filter(field__in=APART)))
