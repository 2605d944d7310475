"""A record's page: what happened, what is known and since when, what was done, who was notified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, rule
from clew.desk.casework.concerns import visible_concerns
from clew.desk.casework.referrals import visible_referrals
from clew.desk.casework.withdraw_card import may_withdraw
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import instant_text
from clew.desk.pages.lines import assurance_of
from clew.desk.records.models import Case, Effort
from clew.desk.records.naming import identity_of
from clew.desk.records.sealed_words import facts_for
from clew.desk.records.sealing import kept_by
from clew.desk.records.timeline import lines_of, narratives_of, read_now, together
from clew.desk.records.visible import record_of
from clew.desk.review.comparison import CLOCK, how_often
from clew.desk.review.models import Opinion
from clew.desk.review.shown import pairs_of, show_list
from clew.desk.web.forms import DeskForm, PastTime, done, now_text
from clew.desk.web.guard import (
    Refused,
    account_of,
    allowed,
    consulted,
    guarded,
    person_of,
    write_for,
)
from clew.desk.web.menu import ON_RECORD, acts_on
from clew.disclosure.comparison import age_and_sex, class_given
from clew.disclosure.record_identity import place_word
from clew.disclosure.words import KIND_WORD, capital
from clew.workflows.link import find_insufficient_data

MOST_PAIRS = 20
"""Declared: pairs listed on a record's page, present candidates first; the rest are counted."""


class OpinionForm(DeskForm):
    """What somebody thinks happened, before any link is shown."""

    says = forms.CharField(
        label="What do you think happened?",
        help_text="In your own words, before you see similar records. Your name is"
        " recorded with it.",
        max_length=4000,
        error_messages={"required": "Enter what you think happened, or show the links without it"},
    )


class HandOverForm(DeskForm):
    """Who owns a record from now on, and why."""

    to = forms.ModelChoiceField(
        label="New owner",
        queryset=Account.objects.filter(is_active=True).order_by("full_name"),
        empty_label="Choose",
        error_messages={"required": "Choose the new owner"},
    )
    reason = forms.CharField(
        label="Reason", max_length=400, error_messages={"required": "Enter the reason"}
    )


class EffortForm(DeskForm):
    """Something that was done for a death."""

    kind = forms.ChoiceField(
        label="What was done",
        choices=Effort.KINDS,
        error_messages={"required": "Choose what was done"},
    )
    at = PastTime(label="When")
    note = forms.CharField(label="Note", max_length=400, required=False)


@guarded(Permission.SEE_RECORD)
def record(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show a record; its links only after an opinion, or to whoever asks for them without."""
    return _page(request, record_of(request, Permission.SEE_RECORD, case_id))


def _page(request: HttpRequest, case: Case, status: int = 200, **forms: Any) -> HttpResponse:
    """Show the page; `forms` is the one that was sent and has errors."""
    person, about = person_of(request), case.about()
    facts = facts_for(person, case.facts.all())
    opinions = list(Opinion.objects.filter(case=case).select_related("account"))
    consulted(request, case_subject(case.case_id), "record")
    noun = read_now(case)
    kept = not case.sealed or kept_by(person).filter(pk=case.pk).exists()
    acts = [
        (name, words, act)
        for name, words, act in ON_RECORD
        if (kept or name != "seal") and (case.kind == "death" or act is not Permission.ASSURE)
    ]
    sees_links = allowed(request, Permission.SEE_LINKS, about)
    context = {
        "case": case,
        "name": identity_of(case, person),
        "summary_rows": [
            ("Kind", KIND_WORD[noun.kind]),
            ("Person", capital(age_and_sex(noun)) or "not recorded"),
            ("Where", capital(place_word(noun.premises)) or "kind of place not recorded"),
            ("When it happened", CLOCK.happened(noun) or "not recorded"),
            ("Reported", CLOCK.reported(noun)),
            ("Class in the report", class_given(noun) or "not recorded"),
            (
                "Agency and area",
                " ".join(x for x in (case.agency, case.area) if x) or "not recorded",
            ),
            ("Owner", case.owner.full_name if case.owner else "No one yet"),
        ],
        "narratives": narratives_of(facts),
        "since": together(lines_of(facts)),
        "cards": [
            (card, may_withdraw(person, card))
            for card in case.cards.select_related("case", "account", "withdrawn_by").order_by("pk")
        ],
        "thin": find_insufficient_data((noun,)),
        "opinions": opinions,
        "efforts": case.efforts.order_by("at"),
        "may_judge": allowed(request, Permission.JUDGE, about),
        "may_add": _may_add(request, case),
        "acts": acts_on(request, acts, (about,)),
        "opinion_form": OpinionForm(),
        "hand_over_form": HandOverForm(),
        "effort_form": EffortForm(initial={"at": now_text()}),
        "referrals": list(visible_referrals(person).filter(cases=case)) if sees_links else None,
        "family": None,
        "concerns": visible_concerns(person).filter(case=case),
        **assurance_of(case),
        **_links(request, case, opinions),
        **forms,
    }
    if case.kind == "death" and allowed(request, Permission.ASSURE, about):
        contacts = list(case.contacts.select_related("by"))
        promises = case.promises.filter(kept_at=None).select_related("by")
        context["family"] = {
            "last": contacts[:1], "before": max(len(contacts) - 1, 0), "owed": promises,
        }  # fmt: skip
    return render(request, "records/record.html", context, status=status)


def _may_add(request: HttpRequest, case: Case) -> bool:
    """Tell whether the person signed in may record what was done for this death."""
    about = case.about()
    return allowed(request, Permission.REPORT, about) or allowed(request, Permission.JUDGE, about)


def _links(request: HttpRequest, case: Case, opinions: Sequence[Opinion]) -> dict[str, Any]:
    """Return what resembles it, or that it waits until an opinion is recorded."""
    if not allowed(request, Permission.SEE_LINKS, case.about()):
        return {"links": "closed", "pairs": [], "history": [], "more": 0}
    said = any(opinion.account_id == request.user.pk for opinion in opinions)
    if not said and allowed(request, Permission.JUDGE, case.about()) and "links" not in request.GET:
        return {"links": "wait", "pairs": [], "history": [], "more": 0}
    person = person_of(request)
    now, history = pairs_of(person, Permission.SEE_LINKS, case)
    listed, earlier = now[:MOST_PAIRS], history[:MOST_PAIRS]
    show_list(request, [*listed, *earlier], "record", case_subject(case.case_id))
    rows, before = (
        [(pair, identity_of(pair.beside(case), person), how_often(pair.link)) for pair in part]
        for part in (listed, earlier)
    )
    return {"links": "shown", "pairs": rows, "history": before, "more": len(now) - len(listed)}


# What people add to a record: an opinion, a new owner, what was done. Each is a ledger row.


@require_POST
@guarded(Permission.JUDGE)
def opinion(request: HttpRequest, case_id: str) -> HttpResponse:
    """Keep what somebody thinks happened; afterwards the links are shown."""
    case = record_of(request, Permission.JUDGE, case_id)
    form = OpinionForm(request.POST)
    if not form.is_valid():
        return _page(request, case, 422, opinion_form=form)
    with transaction.atomic():
        made = Opinion.objects.create(
            case=case,
            account=account_of(request),
            says=form.cleaned_data["says"],
            at=desk_now(),
        )
        write_for(
            request, Act.ALTERATION, case_subject(case.case_id),
            what="opinion recorded", opinion=made.pk, at=instant_text(made.at),
        )  # fmt: skip
    message = "Your view is saved. The links are shown below."
    return done(request, message, "record", case.case_id)


@require_POST
@guarded(Permission.JUDGE)
def hand_over(request: HttpRequest, case_id: str) -> HttpResponse:
    """Give a record to a new owner, with the reason; only to a person who may see it."""
    case = record_of(request, Permission.JUDGE, case_id)
    form = HandOverForm(request.POST)
    if form.is_valid():
        to = form.cleaned_data["to"]
        person = to.person(second_factor=True)
        if not rule(person, Permission.SEE_RECORD, case.about()).allowed:
            form.add_error("to", "This person cannot see the record. Choose someone else")
    if not form.is_valid():
        return _page(request, case, 422, hand_over_form=form)
    with transaction.atomic():
        before = case.owner.name if case.owner else ""
        case.owner = to
        case.save(update_fields=["owner"])
        write_for(
            request, Act.ALTERATION, case_subject(case.case_id),
            what="owner", before=before, after=to.name, reason=form.cleaned_data["reason"],
        )  # fmt: skip
    return done(request, f"{to.full_name} is now the owner of this record.", "record", case.case_id)


@require_POST
@guarded(Permission.SEE_RECORD)
def effort(request: HttpRequest, case_id: str) -> HttpResponse:
    """Record what was done for a death and when."""
    case = record_of(request, Permission.SEE_RECORD, case_id)
    if not _may_add(request, case):
        reason = "your roles do not allow this: report or judge here"
        raise Refused.because(reason, Permission.REPORT, case_subject(case_id))
    form = EffortForm(request.POST)
    if not form.is_valid():
        return _page(request, case, 422, effort_form=form)
    data = form.cleaned_data
    with transaction.atomic():
        Effort.objects.create(
            case=case, recorded_by=person_of(request).name, recorded_at=desk_now(), **data
        )
        write_for(
            request, Act.ALTERATION, case_subject(case.case_id),
            what="effort", kind=data["kind"], at=instant_text(data["at"]),
        )  # fmt: skip
    return done(request, "Saved.", "record", case.case_id)
