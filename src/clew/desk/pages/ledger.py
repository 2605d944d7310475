"""Pages of the ledger: rows newest first, one row, and checkpoints to keep elsewhere.

Whoever reads the ledger sees no sealed record: rows about one say so and no more. Looking is a
row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clew.desk.accounts.rules import AccessDecision, Permission
from clew.desk.ledger.chain import LedgerRow
from clew.desk.ledger.models import Act, Checkpoint, Entry
from clew.desk.ledger.subjects import records_in, spellings
from clew.desk.ledger.write import SUBJECT, instant_text, kept_of, write
from clew.desk.records.models import Case
from clew.desk.web.guard import Refused, consulted, guarded, person_of

A_PAGE = 50
"""Declared: rows on one page; what fits on two screens."""
LAST_CHECKPOINTS = 5
"""Declared: checkpoints listed; each is over all rows before it."""


class Search(forms.Form):
    """What rows to show."""

    act = forms.ChoiceField(label="Act", required=False, choices=[("", "Any act"), *Act.choices])
    actor = forms.CharField(label="Who", required=False, max_length=150)
    subject = forms.CharField(
        label="About", required=False, max_length=200,
        help_text="For instance case:BD-1, account:3 or ledger.",
    )  # fmt: skip
    day = forms.DateField(
        label="Day", required=False, help_text="For instance 2014-06-19.",
        error_messages={"invalid": "Write the day like 2014-06-19"},
    )  # fmt: skip
    before = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One row as a page shows it; `sealed`: it is about a sealed record, and says only that."""

    number: int
    at: datetime
    act: str
    actor: str
    purpose: str
    subject: str
    told: dict[str, Any]
    sealed: bool = False


def lines_of(entries: Iterable[Entry]) -> list[LedgerLine]:
    """Return rows as pages show them, what is about a sealed record withheld."""
    rows = list(entries)
    named = {row.number: set(records_in(row.subject)) for row in rows}
    asked = {one for ids in named.values() for one in ids}
    sealed = set(
        Case.objects.filter(case_id__in=asked, sealed=True).values_list("case_id", flat=True)
    )
    return [_line(row, bool(sealed & named[row.number])) for row in rows]


def _line(row: Entry, sealed: bool) -> LedgerLine:
    at = datetime.fromisoformat(row.recorded_at)
    if sealed:
        return LedgerLine(
            row.number, at, row.act, row.actor, "", "a sealed record", {}, sealed=True
        )
    told = json.loads(row.body)
    return LedgerLine(row.number, at, row.act, row.actor, row.purpose, row.subject, told)


@guarded(Permission.SEE_LEDGER)
def ledger(request: HttpRequest) -> HttpResponse:
    """Show rows, newest first; a search is written down with its words."""
    form = Search(request.GET)
    told = form.cleaned_data if form.is_valid() else {}
    wanted = {
        name: str(told[name]) for name in ("act", "actor", "subject", "day") if told.get(name)
    }
    found = _found(told) if form.is_valid() else Entry.objects.none()
    rows = list(found.order_by("-number")[: A_PAGE + 1])
    lines = lines_of(rows[:A_PAGE])
    if told.get("subject"):  # That a sealed record has rows would tell that there is one.
        lines = [line for line in lines if not line.sealed]
    consulted(request, SUBJECT, "ledger", **({"search": wanted} if wanted else {}))
    older = urlencode({**wanted, "before": rows[A_PAGE - 1].number}) if len(rows) > A_PAGE else ""
    page = {
        "form": form, "lines": lines, "older": older, "wanted": wanted,
        "newest": urlencode(wanted) if told.get("before") else None,
        "checkpoints": Checkpoint.objects.order_by("-id")[:LAST_CHECKPOINTS],
        "signed": Checkpoint.objects.count(), "verified": last_verified(),
    }  # fmt: skip
    return render(request, "ledger.html", page, status=422 if form.errors else 200)


def _found(told: dict[str, Any]) -> QuerySet[Entry]:
    found = Entry.objects.all()
    if told.get("act"):
        found = found.filter(act=told["act"])
    if told.get("actor"):
        found = found.filter(actor=told["actor"].strip())
    if told.get("subject"):
        found = found.filter(subject__in=spellings(told["subject"].strip()))
    if told.get("before"):
        found = found.filter(number__lt=told["before"])
    if told.get("day"):
        begin = timezone.make_aware(datetime.combine(told["day"], time()))
        end = timezone.make_aware(datetime.combine(told["day"] + timedelta(days=1), time()))
        span = (instant_text(begin), instant_text(end))
        found = found.filter(recorded_at__gte=span[0], recorded_at__lt=span[1])
    return found


def last_verified() -> LedgerLine | None:
    """Return the row that tells of the last verification; None if there was none."""
    rows = Entry.objects.filter(subject=SUBJECT, body__contains='"what":"verified"')
    row = rows.order_by("-number").first()
    return _line(row, sealed=False) if row else None


@guarded(Permission.SEE_LEDGER)
def ledger_row(request: HttpRequest, number: int) -> HttpResponse:
    """Show one row, with its digest reckoned anew."""
    row = Entry.objects.filter(number=number).first()
    if row is None:
        raise Refused(
            AccessDecision(False, "there is no such row", hidden=True),
            Permission.SEE_LEDGER,
            SUBJECT,
        )
    told = LedgerRow(
        row.number, row.recorded_at, row.act, row.actor, row.purpose, row.subject, row.body,
        row.previous,
    )  # fmt: skip
    consulted(request, SUBJECT, "ledger row", row=number)
    page = {
        "line": lines_of([row])[0], "row": row, "fits": told.digest() == row.digest,
        "checkpoint": Checkpoint.objects.filter(size__gte=number).order_by("id").first(),
        "last": Entry.objects.order_by("-number").values_list("number", flat=True).first(),
    }  # fmt: skip
    return render(request, "ledger_row.html", page)


@guarded(Permission.SEE_LEDGER)
def ledger_checkpoint(request: HttpRequest, number: int) -> HttpResponse:
    """Hand out a checkpoint as a file to keep elsewhere; that is a disclosure."""
    row = Checkpoint.objects.filter(pk=number).first()
    if row is None:
        raise Refused(
            AccessDecision(False, "there is none", hidden=True), Permission.SEE_LEDGER, SUBJECT
        )
    person = person_of(request)
    with transaction.atomic():
        write(Act.DISCLOSURE, SUBJECT, person.name, person.purpose, what="checkpoint file",
              rows=row.size)  # fmt: skip
    answer = HttpResponse(kept_of(row).text(), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="ledger-{row.size}.checkpoint"'
    return answer
