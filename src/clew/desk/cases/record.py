"""A record's page: what happened, what is known and since when, what was done, who was told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.desk.accounts.rules import Do
from clew.desk.assured.shown import assurance_of
from clew.desk.cases.around import around
from clew.desk.cases.forms import EffortForm, HandOverForm, OpinionForm, now_text
from clew.desk.cases.models import Case
from clew.desk.cases.read_now import read_now
from clew.desk.cases.sealing import kept_by
from clew.desk.cases.story import lines_of, narratives_of, together
from clew.desk.links.comparison import CLOCK, how_often, name_of
from clew.desk.links.models import Opinion, Pair
from clew.desk.links.shown import show_list
from clew.desk.links.visible import unsealed_pairs
from clew.desk.web.guard import allowed, consulted, guarded, person_of, record_of
from clew.desk.web.offers import ON_RECORD, acts_on
from clew.disclosure.record import age_and_sex, class_given
from clew.disclosure.words import KIND_WORD, capital, plain
from clew.workflows.thin import find_thin

MOST_PAIRS = 20
"""Declared: pairs listed on a record's page; the strongest first, the rest are counted."""


@guarded(Do.SEE_RECORD)
def record(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show a record; its links only after an opinion, or to whoever asks for them without."""
    case = record_of(request, Do.SEE_RECORD, case_id)
    return record_page(request, case, {})


def record_page(
    request: HttpRequest, case: Case, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with the page; `forms` holds the one that was sent and had an error."""
    facts = list(case.facts.all())
    opinions = list(Opinion.objects.filter(case=case).select_related("account"))
    consulted(request, f"case:{case.case_id}", "record")
    noun = read_now(case)
    context = {
        "case": case,
        "name": name_of(case),
        "summary_rows": [
            ("Kind", KIND_WORD[noun.kind]),
            ("Person", capital(age_and_sex(noun)) or "not recorded"),
            ("Where", capital(plain(noun.premises or "")) or "kind of place not recorded"),
            ("When it happened", CLOCK.happened(noun) or "not recorded"),
            ("Reported", CLOCK.reported(noun)),
            ("Class in the report", class_given(noun) or "not recorded"),
            ("Held by", " ".join(x for x in (case.agency, case.area) if x) or "not recorded"),
            ("Owner", case.owner.full_name if case.owner else "Nobody yet"),
        ],
        "narratives": narratives_of(facts),
        "since": together(lines_of(facts)),
        "thin": find_thin((noun,)),
        "opinions": opinions,
        "efforts": case.efforts.order_by("at"),
        "may_judge": allowed(request, Do.JUDGE, case.about()),
        "may_add": may_add(request, case),
        "acts": acts_on(request, _acts(request, case), (case.about(),)),
        "opinion_form": OpinionForm(),
        "hand_over_form": HandOverForm(),
        "effort_form": EffortForm(initial={"at": now_text()}),
        **assurance_of(case),
        **around(request, case),
        **_links(request, case, opinions),
        **forms,
    }
    return render(request, "cases/record.html", context, status=status)


def _acts(request: HttpRequest, case: Case) -> list[tuple[str, str, Do]]:
    """Return the acts on a record: a class is a death's, and a seal is opened by its keepers."""
    kept = not case.sealed or kept_by(person_of(request)).filter(pk=case.pk).exists()
    return [
        (name, words, do)
        for name, words, do in ON_RECORD
        if (kept or name != "seal") and (case.kind == "death" or do is not Do.ASSURE)
    ]


def may_add(request: HttpRequest, case: Case) -> bool:
    """Tell whether whoever asks may write down what was done for this death."""
    about = case.about()
    return allowed(request, Do.REPORT, about) or allowed(request, Do.JUDGE, about)


def _links(request: HttpRequest, case: Case, opinions: Sequence[Opinion]) -> dict[str, Any]:
    """Return what resembles it, or that it waits until an opinion is recorded."""
    if not allowed(request, Do.SEE_LINKS, case.about()):
        return {"links": "closed", "pairs": [], "more": 0}
    said = any(opinion.account_id == request.user.pk for opinion in opinions)
    if not said and allowed(request, Do.JUDGE, case.about()) and "links" not in request.GET:
        return {"links": "wait", "pairs": [], "more": 0}
    pairs = _pairs(request, case)
    show_list(request, pairs[:MOST_PAIRS], "record", f"case:{case.case_id}")
    rows = [
        (
            pair,
            name_of(pair.second if pair.first_id == case.pk else pair.first),
            how_often(pair.link),
        )
        for pair in pairs[:MOST_PAIRS]
    ]
    return {"links": "shown", "pairs": rows, "more": max(len(pairs) - MOST_PAIRS, 0)}


def _pairs(request: HttpRequest, case: Case) -> list[Pair]:
    asked = unsealed_pairs(person_of(request), Do.SEE_LINKS)
    either = asked.filter(Q(first=case) | Q(second=case))
    return list(either.select_related("first", "second", "link__run").order_by("-priority", "pk"))
