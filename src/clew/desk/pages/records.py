"""A record's page: what happened, what is known and since when, what was done, who was told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import AccessDecision, Permission, rule
from clew.desk.casework.concerns import visible_concerns
from clew.desk.casework.referrals import visible_referrals
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import instant_text, write
from clew.desk.pages.lines import assurance_of
from clew.desk.pages.record_forms import EffortForm, HandOverForm, OpinionForm, now_text
from clew.desk.records.models import Case, Effort
from clew.desk.records.sealing import kept_by
from clew.desk.records.timeline import lines_of, narratives_of, read_now, together
from clew.desk.records.visible import record_of
from clew.desk.review.comparison import CLOCK, how_often, name_of
from clew.desk.review.models import Opinion, Pair
from clew.desk.review.shown import show_list, unsealed_pairs
from clew.desk.web.guard import Refused, allowed, consulted, guarded, person_of
from clew.desk.web.menu import ON_RECORD, acts_on
from clew.disclosure.comparison import age_and_sex, class_given
from clew.disclosure.words import KIND_WORD, capital, plain
from clew.workflows.link import find_insufficient_data

# What stands around a record, on its page: referrals, the family, what people outside asked.


def around(request: HttpRequest, case: Case) -> dict[str, Any]:
    """Return what whoever asks may see of it; a part that may not be seen is None.

    Of the family: the last contact, how many there were before, and the promises not yet kept.
    """
    person, about = person_of(request), case.about()
    links, family = (
        allowed(request, do, about) for do in (Permission.SEE_LINKS, Permission.ASSURE)
    )
    return {
        "referrals": list(visible_referrals(person).filter(cases=case)) if links else None,
        "family": _family(case) if family and case.kind == "death" else None,
        "concerns": visible_concerns(person).filter(case=case),
    }


def _family(case: Case) -> dict[str, Any]:
    contacts = list(case.contacts.select_related("by"))
    owed = case.promises.filter(kept_at=None).select_related("by")
    return {"last": contacts[:1], "before": max(len(contacts) - 1, 0), "owed": owed}


MOST_PAIRS = 20
"""Declared: pairs listed on a record's page; the strongest first, the rest are counted."""


@guarded(Permission.SEE_RECORD)
def record(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show a record; its links only after an opinion, or to whoever asks for them without."""
    case = record_of(request, Permission.SEE_RECORD, case_id)
    return record_page(request, case, {})


def record_page(
    request: HttpRequest, case: Case, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with the page; `forms` holds the one that was sent and had an error."""
    facts = list(case.facts.all())
    opinions = list(Opinion.objects.filter(case=case).select_related("account"))
    consulted(request, case_subject(case.case_id), "record")
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
        "thin": find_insufficient_data((noun,)),
        "opinions": opinions,
        "efforts": case.efforts.order_by("at"),
        "may_judge": allowed(request, Permission.JUDGE, case.about()),
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
    return render(request, "records/record.html", context, status=status)


def _acts(request: HttpRequest, case: Case) -> list[tuple[str, str, Permission]]:
    """Return the acts on a record: a class is a death's, and a seal is opened by its keepers."""
    kept = not case.sealed or kept_by(person_of(request)).filter(pk=case.pk).exists()
    return [
        (name, words, do)
        for name, words, do in ON_RECORD
        if (kept or name != "seal") and (case.kind == "death" or do is not Permission.ASSURE)
    ]


def may_add(request: HttpRequest, case: Case) -> bool:
    """Tell whether whoever asks may write down what was done for this death."""
    about = case.about()
    return allowed(request, Permission.REPORT, about) or allowed(request, Permission.JUDGE, about)


def _links(request: HttpRequest, case: Case, opinions: Sequence[Opinion]) -> dict[str, Any]:
    """Return what resembles it, or that it waits until an opinion is recorded."""
    if not allowed(request, Permission.SEE_LINKS, case.about()):
        return {"links": "closed", "pairs": [], "more": 0}
    said = any(opinion.account_id == request.user.pk for opinion in opinions)
    if not said and allowed(request, Permission.JUDGE, case.about()) and "links" not in request.GET:
        return {"links": "wait", "pairs": [], "more": 0}
    pairs = _pairs(request, case)
    show_list(request, pairs[:MOST_PAIRS], "record", case_subject(case.case_id))
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
    asked = unsealed_pairs(person_of(request), Permission.SEE_LINKS)
    either = asked.filter(Q(first=case) | Q(second=case))
    return list(either.select_related("first", "second", "link__run").order_by("-priority", "pk"))


# What people add to a record: an opinion, a new owner, what was done. Each is a ledger row.


@require_POST
@guarded(Permission.JUDGE)
def opinion(request: HttpRequest, case_id: str) -> HttpResponse:
    """Keep what somebody thinks happened; afterwards the links are shown."""
    case = record_of(request, Permission.JUDGE, case_id)
    form = OpinionForm(request.POST)
    if not form.is_valid():
        return record_page(request, case, {"opinion_form": form}, 422)
    assert isinstance(request.user, Account)
    with transaction.atomic():
        said = form.cleaned_data["says"]
        made = Opinion.objects.create(case=case, account=request.user, says=said)
        person = person_of(request)
        write(
            Act.ALTERATION, case_subject(case.case_id), person.name, person.purpose,
            what="opinion recorded", opinion=made.pk, at=instant_text(made.at),
        )  # fmt: skip
    messages.success(request, "Your opinion is recorded. The links are shown below.")
    return redirect("record", case_id=case.case_id)


@require_POST
@guarded(Permission.JUDGE)
def hand_over(request: HttpRequest, case_id: str) -> HttpResponse:
    """Give a record to a new owner, with the reason; that person may see it, or it is refused."""
    case = record_of(request, Permission.JUDGE, case_id)
    form = HandOverForm(request.POST)
    if form.is_valid():
        to = form.cleaned_data["to"]
        person = to.person(second_factor=True)
        if not rule(person, Permission.SEE_RECORD, case.about()).allowed:
            form.add_error("to", "This account may not see the record. Choose another")
    if not form.is_valid():
        return record_page(request, case, {"hand_over_form": form}, 422)
    with transaction.atomic():
        before = case.owner.name if case.owner else ""
        case.owner = to
        case.save(update_fields=["owner"])
        asker = person_of(request)
        write(
            Act.ALTERATION, case_subject(case.case_id), asker.name, asker.purpose,
            what="owner", before=before, after=to.name, reason=form.cleaned_data["reason"],
        )  # fmt: skip
    messages.success(request, f"{to.full_name} owns this record now.")
    return redirect("record", case_id=case.case_id)


@require_POST
@guarded(Permission.SEE_RECORD)
def effort(request: HttpRequest, case_id: str) -> HttpResponse:
    """Write down what was done for a death and when."""
    case = record_of(request, Permission.SEE_RECORD, case_id)
    if not may_add(request, case):
        ruling = AccessDecision(False, "none of the roles held allows: report or judge here")
        raise Refused(ruling, Permission.REPORT, case_subject(case_id))
    form = EffortForm(request.POST)
    if not form.is_valid():
        return record_page(request, case, {"effort_form": form}, 422)
    with transaction.atomic():
        asker = person_of(request)
        told = form.cleaned_data
        Effort.objects.create(case=case, recorded_by=asker.name, **told)
        write(
            Act.ALTERATION, case_subject(case.case_id), asker.name, asker.purpose,
            what="effort", kind=told["kind"], at=instant_text(told["at"]),
        )  # fmt: skip
    messages.success(request, "It is written down.")
    return redirect("record", case_id=case.case_id)
