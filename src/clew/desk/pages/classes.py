"""The class of a death: an expected one in a minute, any other with its reasons."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.assurance.classes import INVESTIGATED
from clew.desk.accounts.rules import AccessDecision, Permission
from clew.desk.casework.acts import instant
from clew.desk.casework.leads import losses_of, sent_to_keep
from clew.desk.casework.lines import change_class_of, class_of
from clew.desk.casework.measures import DAYS, is_gone, measures_for, reasons_for
from clew.desk.casework.models.status import Preserved
from clew.desk.casework.re_audit import chosen_for, read_again
from clew.desk.casework.standards import known
from clew.desk.casework.supervision import NO_MORE, ask_no_more
from clew.desk.ledger.subjects import case_subject
from clew.desk.pages.casework_forms import ClassForm, ExpectedForm, KeepForm, ReAuditForm
from clew.desk.pages.lines import CLASS_WORDS, READ_WORDS, actor, changes_of, death_of, dissents_of
from clew.desk.records.models import Case
from clew.desk.review.comparison import name_of
from clew.desk.review.models import Pair
from clew.desk.review.shown import unsealed_pairs
from clew.desk.web.guard import Refused, allowed, check, consulted, guarded, person_of
from clew.errors import ActRefused


@guarded(Permission.ASSURE)
def class_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show every change of class, and make one; a closing and an expected death have own pages."""
    case = death_of(request, case_id)
    category = class_of(case)
    account = actor(request)
    bound = request.POST if request.method == "POST" else None
    form = ClassForm(category, bound, initial={"rank": account.rank})
    if form.is_bound and form.is_valid():
        told = dict(form.cleaned_data)
        try:
            if told["act"] == NO_MORE:
                ask_no_more(case, told, account, timezone.now())
                said = "Asked. A supervisor who is somebody else signs it on the page of lines."
            else:
                _change(case, told.pop("act"), told, request)
                said = "The class is changed. The one before stands beside it."
        except ActRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, said)
            return redirect("class", case.case_id)
    return _show(request, case, "casework/class.html", form)


@guarded(Permission.ASSURE)
def expected(request: HttpRequest, case_id: str) -> HttpResponse:
    """Call a death expected: a doctor who knew the person, and of what. It takes a minute."""
    case = death_of(request, case_id)
    bound = request.POST if request.method == "POST" else None
    form = ExpectedForm(bound, initial={"rank": actor(request).rank})
    if form.is_bound and form.is_valid():
        try:
            _change(case, "called expected", dict(form.cleaned_data), request)
        except ActRefused as refused:
            form.refuse(refused)
        else:
            messages.success(
                request, "It is called expected, and compared with all others as before."
            )
            return redirect("record", case.case_id)
    return _show(request, case, "casework/expected.html", form)


def _change(case: Case, act: str, told: dict[str, Any], request: HttpRequest) -> None:
    decided = told.pop("decided_at")
    change_class_of(case, act, told, actor(request), timezone.now(), decided)


def _show(request: HttpRequest, case: Case, page: str, form: Any) -> HttpResponse:
    if not form.is_bound:
        consulted(request, case_subject(case.case_id), "class")
    category = class_of(case)
    told = {
        "case": case, "name": name_of(case), "form": form, "changes": changes_of(case),
        "dissents": dissents_of(case), "class_words": CLASS_WORDS[category],
        "open": category == INVESTIGATED,
    }  # fmt: skip
    return render(request, page, told, status=422 if form.errors else 200)


# One page of what will be lost and when, and the standards in force.


MOST_NAMED = 10
"""Declared: deaths named on the page, the strongest first."""


@guarded(Permission.ASSURE)
def preserve(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show what will be lost, with the request for each; a post keeps that one was sent."""
    case = death_of(request, case_id)
    now = timezone.now()
    losses = losses_of(case, now)
    form = KeepForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        words = {loss.keep.id: loss.request for loss in losses}[told["keep"]]
        sent = (told["to_whom"], told["words"].strip() or words)
        try:
            sent_to_keep(case, told["keep"], sent, actor(request), now)
        except ActRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "It is kept that this was sent.")
            return redirect("preserve", case.case_id)
    if not form.is_bound:
        consulted(request, case_subject(case.case_id), "what will be lost")
    sent_rows = list(Preserved.objects.filter(case=case).select_related("by"))
    rows = [
        (
            loss,
            datetime.fromtimestamp(loss.gone_at, UTC),
            is_gone(loss.gone_at - instant(now)),
            [one for one in sent_rows if one.keep_id == loss.keep.id],
        )
        for loss in losses
    ]
    may_see = allowed(request, Permission.SEE_LINKS, case.about())
    told_ = {
        "case": case, "name": name_of(case), "rows": rows, "form": form, "now": now,
        "may_see": may_see, "alike": _alike(request, case) if may_see else [],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "casework/preserve.html", told_, status=status)


def _alike(request: HttpRequest, case: Case) -> list[str]:
    """Return the deaths that an alert or a judgement brought beside it; none behind a seal."""
    mine = Q(first=case) | Q(second=case)
    found = unsealed_pairs(person_of(request), Permission.SEE_LINKS).filter(
        mine, Q(within_budget=True) | Q(state=Pair.LINKED)
    )
    pairs = found.exclude(state=Pair.NOT_TAKEN).select_related("first", "second")
    return [
        name_of(pair.second if pair.first_id == case.pk else pair.first)
        for pair in pairs.order_by("-priority", "pk")[:MOST_NAMED]
    ]


@guarded(Permission.ASSURE)
def standards(request: HttpRequest) -> HttpResponse:
    """Show every standard: since when, its lines, the source of each, and how well it is known."""
    consulted(request, "standards", "standards")
    sources, faults = known()
    told = {
        "sources": sorted(sources, key=lambda one: one.standard.in_force_from, reverse=True),
        "faults": faults, "read_words": READ_WORDS, "class_words": CLASS_WORDS,
    }  # fmt: skip
    return render(request, "casework/standards.html", told)


# Pages for supervisors: the measures of units, and the closed deaths that are read again.


@guarded(Permission.SEE_MEASURES)
def measures(request: HttpRequest) -> HttpResponse:
    """Show each unit's figures with their denominators; reasons only to who may read records."""
    consulted(request, "measures", "measures")
    person, now = person_of(request), timezone.now()
    reads = allowed(request, Permission.ASSURE)
    reasons, same = reasons_for(person, now) if reads else ([], {})
    told = {
        "units": measures_for(person, now), "reads": reads, "reasons": reasons,
        "same": sorted(same.items(), key=lambda one: (-one[1], one[0])), "days": DAYS,
    }  # fmt: skip
    return render(request, "casework/measures.html", told)


@guarded(Permission.DECIDE)
def re_audits(request: HttpRequest) -> HttpResponse:
    """List the closed deaths that are read again this month, and what was found."""
    month, rows = chosen_for(person_of(request), timezone.now())
    consulted(request, "re-audit", "read again", records=[row.case.case_id for row in rows])
    told = {"month": month, "rows": [(row, name_of(row.case)) for row in rows]}
    return render(request, "casework/re_audits.html", told)


@guarded(Permission.DECIDE)
def re_audit(request: HttpRequest, case_id: str) -> HttpResponse:
    """Read one closed death again, and say whether its closing stands."""
    case = death_of(request, case_id)
    check(request, Permission.DECIDE, case.about(), case_subject(case_id))
    month, rows = chosen_for(person_of(request), timezone.now())
    row = next((one for one in rows if one.case.pk == case.pk), None)
    form = ReAuditForm(request.POST if request.method == "POST" and row else None)
    if form.is_bound and form.is_valid():
        found = (form.cleaned_data["outcome"], form.cleaned_data["words"])
        try:
            read_again(case, month, found, actor(request), timezone.now())
        except ActRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "It is kept.")
            return redirect("re-audits")
    elif request.method == "POST" and row is None:
        raise Refused(
            AccessDecision(False, "this death is not among those read again this month"),
            Permission.DECIDE,
            case_subject(case_id),
        )
    if not form.is_bound:
        consulted(request, case_subject(case.case_id), "read again")
    told = {
        "case": case, "name": name_of(case), "month": month, "row": row, "form": form,
        "changes": changes_of(case), "dissents": dissents_of(case), "class_words": CLASS_WORDS,
    }  # fmt: skip
    return render(request, "casework/re_audit.html", told, status=422 if form.errors else 200)
