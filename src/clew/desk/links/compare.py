"""The comparison page: everything for and against a pair, and everything that was not compared."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.desk.accounts.rules import Do
from clew.desk.cases.forms import now_text
from clew.desk.cases.models import Case
from clew.desk.cases.visible import opened_to
from clew.desk.concerns.claims import named_by
from clew.desk.links.change_most import Ask, spreads_of, three_facts
from clew.desk.links.comparison import card_of, findings_of, name_of, rank_words
from clew.desk.links.forms import JudgementForm, SecondForm
from clew.desk.links.models import Judgement, Link, Pair, SeriesView
from clew.desk.links.shown import show
from clew.desk.links.standing import may_judge, says_standing, waiting_for_second
from clew.desk.links.visible import may_open, pair_of
from clew.desk.referrals.models import Referral
from clew.desk.referrals.standing import may_on, visible_referrals
from clew.desk.referrals.stood import ask_on_duty
from clew.desk.web.guard import guarded, person_of
from clew.desk.web.offers import ON_PAIR, acts_on
from clew.disclosure.chance_words import say_sample
from clew.disclosure.words import STANCE_SIGN, STANCE_WORD

BESIDE = 100
"""Declared: links of the same run from which it is read how far each aspect moves a comparison."""


@guarded(Do.SEE_LINKS)
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """Show a pair side by side; that it was shown, and what, is kept."""
    pair = pair_of(request, Do.SEE_LINKS, number)
    return comparison_page(request, pair, {})


def comparison_page(
    request: HttpRequest, pair: Pair, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with the page; `forms` holds the one that was sent and had an error."""
    show(request, pair)
    context = {**about_pair(request, pair), **forms}
    return render(request, "links/compare.html", context, status=status)


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
        "second_form": SecondForm(),
        "waiting": waiting_for_second(request, pair),
        "may_refer": may_on(person_of(request), Do.REFER, (link.case, link.other)).allowed,
        "on_duty": ask_on_duty((link.case, link.other)),
        "named_by": named_by(pair),
        "referrals": _referrals(request, pair),
        "warn": getattr(pair, "warn_decision", None),
        "may_warn": may_on(person_of(request), Do.DECIDE, (link.case, link.other)).allowed,
        "acts": acts_on(request, ON_PAIR, (link.case.about(), link.other.about())),
    }


def _referrals(request: HttpRequest, pair: Pair) -> list[Referral]:
    seen = visible_referrals(person_of(request))
    return list(seen.filter(cases=pair.first_id).filter(cases=pair.second_id))


def _asks(link: Link) -> tuple[Ask, ...]:
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
    unsealed = Q(sealed=False) | opened_to(person_of(request), Do.SEE_LINKS)
    told = Case.objects.filter(unsealed, case_id__in=others).values_list("case_id", flat=True)
    named = set(told)
    return [(one, sorted(named & one.case_ids())) for one in found]
