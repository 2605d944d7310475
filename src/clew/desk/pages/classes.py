"""The class of a death: an expected one in a minute, any other with its reasons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.assurance.preservation import what_is_kept, what_will_be_lost
from clew.desk.accounts.rules import Permission
from clew.desk.casework.acts import instant
from clew.desk.casework.leads import sent_to_keep
from clew.desk.casework.lines import change_class_of, class_of
from clew.desk.casework.measures import DAYS, is_gone, measures_for, reasons_for, shown_figure
from clew.desk.casework.models.status import Preserved, ReAudit
from clew.desk.casework.re_audit import chosen_for, read_again
from clew.desk.casework.standards import known
from clew.desk.casework.supervision import NO_MORE, ask_no_more
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import case_subject
from clew.desk.pages.lines import CLASS_WORDS, MOST, about_death, changes_of, death_of
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.records.timeline import read_now
from clew.desk.review.comparison import CLOCK
from clew.desk.review.models import Pair
from clew.desk.review.shown import unsealed_pairs
from clew.desk.web.forms import (
    DeskForm,
    PastTime,
    done,
    form_page,
    now_text,
    posted,
    refusals_in,
    set_choices,
)
from clew.desk.web.guard import (
    Refused,
    account_of,
    allowed,
    check,
    consulted,
    guarded,
    person_of,
)
from clew.desk.web.jinja import moment
from clew.disclosure.record_identity import RecordIdentity, place_word

MOST_NAMED = 10
"""Declared: deaths named on the page, the strongest first."""
BEFORE = timedelta(hours=24)
"""Declared: recordings are asked for from a day before the report, where nothing says more."""
READ_WORDS = {
    "read": "source read",
    "practice": "general practice",
    "inferred": "concluded from what went wrong",
}


class SaidForm(DeskForm):
    """What every change of class says."""

    reason = forms.CharField(
        label="Why", max_length=MOST, error_messages={"required": "Enter the reason"}
    )
    would_change = forms.CharField(
        label="What would change this decision?",
        max_length=MOST,
        error_messages={"required": "Enter what would change this decision"},
    )
    rank = forms.CharField(
        label="Your rank", max_length=60, error_messages={"required": "Enter your rank"}
    )
    decided_at = PastTime(label="When was it decided?", initial=now_text)


class ExpectedForm(SaidForm):
    """An expected death: a doctor who knew the person, and of what; a minute's work."""

    doctor = forms.CharField(
        label="Doctor who knew the person",
        help_text="Name, and practice or ward. The doctor says the death was expected.",
        max_length=200,
        error_messages={"required": "Enter the doctor's name"},
    )
    field_order = ("doctor", "reason", "would_change", "rank", "decided_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "Illness, and when the doctor last saw the person"
        self.fields[
            "would_change"
        ].help_text = "For example an injury, a missing medicine or money."


class ClassForm(SaidForm):
    """Another class."""

    ACTS: ClassVar = {
        "unexpected_under_investigation": [("called homicide", "Homicide")],
        "unexpected_not_suspicious": [
            ("opened again", "Reopen, under investigation"), ("called homicide", "Homicide"),
        ],
        "expected": [
            ("opened again", "Reopen, under investigation"), ("called homicide", "Homicide"),
        ],
        "homicide": [
            ("called homicide no more", "No longer homicide: a more senior officer must sign"),
        ],
    }  # fmt: skip
    act = forms.ChoiceField(
        label="New class", choices=[], error_messages={"required": "Choose the new class"}
    )
    field_order = ("act", "reason", "would_change", "rank", "decided_at")

    def __init__(self, category: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "act", self.ACTS[category])


@guarded(Permission.ASSURE)
def class_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show every change of class, and make one; a closing and an expected death have own pages."""
    case, account = death_of(request, case_id), account_of(request)
    form = ClassForm(class_of(case), posted(request), initial={"rank": account.rank})
    if form.is_valid():
        data = dict(form.cleaned_data)
        with refusals_in(form):
            if data["act"] == NO_MORE:
                ask_no_more(case, data, account, desk_now())
                message = "Request sent. A supervisor who did not request it must sign."
            else:
                act, decided_at = data.pop("act"), data.pop("decided_at")
                change_class_of(case, act, data, account, desk_now(), decided_at)
                message = "The class is changed. The earlier class is still listed."
            return done(request, message, "class", case.case_id)
    return _show(request, case, "casework/class.html", form)


@guarded(Permission.ASSURE)
def expected(request: HttpRequest, case_id: str) -> HttpResponse:
    """Call a death expected: a doctor who knew the person, and of what. It takes a minute."""
    case, account = death_of(request, case_id), account_of(request)
    form = ExpectedForm(posted(request), initial={"rank": account.rank})
    if form.is_valid():
        data = dict(form.cleaned_data)
        decided_at = data.pop("decided_at")
        with refusals_in(form):
            change_class_of(case, "called expected", data, account, desk_now(), decided_at)
            message = "Saved as an expected death. It is still compared with all other deaths."
            return done(request, message, "record", case.case_id)
    return _show(request, case, "casework/expected.html", form)


def _show(request: HttpRequest, case: Case, template: str, form: forms.Form) -> HttpResponse:
    if not form.is_bound:
        consulted(request, case_subject(case.case_id), "class")
    return form_page(
        request, template, form, changes=changes_of(case), **about_death(case, person_of(request))
    )


# What will be lost and when, and the standards in force.


class KeepForm(DeskForm):
    """A request to keep something, as it was sent."""

    FIELD_OF: ClassVar = {"request": "words"}
    keep = forms.ChoiceField(
        label="What should be kept?",
        choices=[],
        error_messages={"required": "Choose what should be kept"},
    )
    to_whom = forms.CharField(
        label="Who was it sent to?",
        max_length=200,
        error_messages={"required": "Enter who it was sent to"},
    )
    words = forms.CharField(
        label="Text of the request, if different from above", max_length=MOST, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = [(item.id, item.title) for item in what_is_kept()]
        set_choices(self, "keep", [("", "Choose"), *kept])


@guarded(Permission.ASSURE)
def preserve(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show what will be lost, with the request for each; a post keeps that one was sent."""
    case, now = death_of(request, case_id), desk_now()
    # What is lost and when, each with the request that preserves it.
    noun, point = read_now(case), ""
    if case.latitude is not None and case.longitude is not None:
        point = f" at {case.latitude:.5f}, {case.longitude:.5f}"
    words_of_request = {
        "case": case.case_id,
        "place": f"the {place_word(noun.premises)}{point}" if noun.premises else point.strip(" at"),
        "reported": CLOCK.reported(noun),
        "from": moment(case.reported_at - BEFORE),
    }
    losses = what_will_be_lost(
        what_is_kept(), instant(case.reported_at), instant(now), words_of_request
    )
    form = KeepForm(posted(request))
    if form.is_valid():
        data = form.cleaned_data
        words = {loss.keep.id: loss.request for loss in losses}[data["keep"]]
        sent = (data["to_whom"], data["words"].strip() or words)
        with refusals_in(form):
            sent_to_keep(case, data["keep"], sent, account_of(request), now)
            return done(request, "Saved: the request was sent.", "preserve", case.case_id)
    if not form.is_bound:
        consulted(request, case_subject(case.case_id), "what will be lost")
    preserved = list(Preserved.objects.filter(case=case).select_related("by"))
    rows = [
        (
            loss,
            datetime.fromtimestamp(loss.gone_at, UTC),
            is_gone(loss.gone_at - instant(now)),
            [sent for sent in preserved if sent.keep_id == loss.keep.id],
        )
        for loss in losses
    ]
    # The deaths that an alert or a judgement put beside it; none behind a seal.
    person, alike = person_of(request), list[RecordIdentity]()
    if may_see := allowed(request, Permission.SEE_LINKS, case.about()):
        pairs = unsealed_pairs(person, Permission.SEE_LINKS).filter(
            Q(first=case) | Q(second=case), Q(within_budget=True) | Q(state=Pair.LINKED)
        )
        strongest = pairs.exclude(state=Pair.NOT_TAKEN).select_related("first", "second")
        alike = [
            identity_of(pair.beside(case), person)
            for pair in strongest.order_by("-priority", "pk")[:MOST_NAMED]
        ]
    return form_page(
        request, "casework/preserve.html", form, case=case, name=identity_of(case, person),
        rows=rows, now=now,
        may_see=may_see, alike=alike,
    )  # fmt: skip


@guarded(Permission.ASSURE)
def standards(request: HttpRequest) -> HttpResponse:
    """Show every standard: since when, its lines, the source of each, and how well it is known."""
    consulted(request, "standards", "standards")
    sources, faults = known()
    newest_first = sorted(sources, key=lambda source: source.standard.in_force_from, reverse=True)
    context = {
        "sources": newest_first, "faults": faults, "read_words": READ_WORDS,
        "class_words": CLASS_WORDS,
    }  # fmt: skip
    return render(request, "casework/standards.html", context)


# Pages for supervisors: the measures of units, and the review of closed deaths.


@guarded(Permission.SEE_MEASURES)
def measures(request: HttpRequest) -> HttpResponse:
    """Show each unit's figures with their denominators; reasons only to who may read records."""
    consulted(request, "measures", "measures")
    person, now = person_of(request), desk_now()
    reads = allowed(request, Permission.ASSURE)
    reasons, same = reasons_for(person, now) if reads else ([], {})
    context = {
        "units": measures_for(person, now), "reads": reads, "reasons": reasons, "days": DAYS,
        "same": sorted(same.items(), key=lambda item: (-item[1], item[0])),
        "figure": shown_figure,
    }  # fmt: skip
    return render(request, "casework/measures.html", context)


@guarded(Permission.DECIDE)
def re_audits(request: HttpRequest) -> HttpResponse:
    """List the closed deaths to review this month, and what was found."""
    person = person_of(request)
    month, rows = chosen_for(person, desk_now())
    consulted(request, "re-audit", "read again", records=[row.case.case_id for row in rows])
    context = {"month": month, "rows": [(row, identity_of(row.case, person)) for row in rows]}
    return render(request, "casework/re_audits.html", context)


class ReAuditForm(DeskForm):
    """What a reviewer of a closed death found."""

    outcome = forms.ChoiceField(
        label="What did you find?",
        choices=ReAudit.OUTCOMES,
        error_messages={"required": "Choose what you found"},
    )
    words = forms.CharField(
        label="Reasons", max_length=MOST, error_messages={"required": "Enter your reasons"}
    )


@guarded(Permission.DECIDE)
def re_audit(request: HttpRequest, case_id: str) -> HttpResponse:
    """Review one closed death, and say whether its closing is right."""
    case = death_of(request, case_id)
    subject = case_subject(case_id)
    check(request, Permission.DECIDE, case.about(), subject)
    month, rows = chosen_for(person_of(request), desk_now())
    row = next((row for row in rows if row.case.pk == case.pk), None)
    if row is None and request.method == "POST":
        reason = "this death is not among those to review this month"
        raise Refused.because(reason, Permission.DECIDE, subject)
    form = ReAuditForm(posted(request))
    if form.is_valid():
        data = form.cleaned_data
        with refusals_in(form):
            found = (data["outcome"], data["words"])
            read_again(case, month, found, account_of(request), desk_now())
            return done(request, "Saved.", "re-audits")
    if not form.is_bound:
        consulted(request, subject, "read again")
    context = {
        **about_death(case, person_of(request)),
        "class_words": CLASS_WORDS,
        "changes": changes_of(case),
    }
    return form_page(request, "casework/re_audit.html", form, month=month, row=row, **context)
