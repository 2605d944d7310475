"""Pages of the ledger: rows newest first, one row, and checkpoints to keep elsewhere.

Readers of the ledger see no sealed record: rows about one say so and no more. Looking is a row.
"""

from __future__ import annotations

import json
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

from clew.desk.accounts.rules import Permission
from clew.desk.ledger.chain import LedgerRow
from clew.desk.ledger.models import Act, Checkpoint, Entry
from clew.desk.ledger.subjects import records_in, spellings
from clew.desk.ledger.write import SUBJECT, instant_text, kept_of
from clew.desk.records.models import Case
from clew.desk.web.forms import DayField, form_page
from clew.desk.web.guard import Refused, consulted, guarded, write_for

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
    day = DayField(
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
    body: dict[str, Any]
    sealed: bool = False


def _lines(rows: list[Entry]) -> list[LedgerLine]:
    """Return rows as pages show them, what is about a sealed record withheld."""
    named = {row.number: set(records_in(row.subject)) for row in rows}
    cases = Case.objects.filter(case_id__in=set().union(*named.values()), sealed=True)
    sealed = set(cases.values_list("case_id", flat=True))
    return [_line(row, bool(sealed & named[row.number])) for row in rows]


def _line(row: Entry, sealed: bool) -> LedgerLine:
    at = datetime.fromisoformat(row.recorded_at)
    if sealed:
        return LedgerLine(
            row.number, at, row.act, row.actor, "", "a sealed record", {}, sealed=True
        )
    body = json.loads(row.body)
    return LedgerLine(row.number, at, row.act, row.actor, row.purpose, row.subject, body)


@guarded(Permission.SEE_LEDGER)
def ledger(request: HttpRequest) -> HttpResponse:
    """Show rows, newest first; a search is logged with its words."""
    form = Search(request.GET)
    data = form.cleaned_data if form.is_valid() else {}
    wanted = {
        name: str(data[name]) for name in ("act", "actor", "subject", "day") if data.get(name)
    }
    entries = _matching(data) if form.is_valid() else Entry.objects.none()
    rows = list(entries.order_by("-number")[: A_PAGE + 1])
    lines = _lines(rows[:A_PAGE])
    if data.get("subject"):  # That a sealed record has rows would show that there is one.
        lines = [line for line in lines if not line.sealed]
    consulted(request, SUBJECT, "ledger", **({"search": wanted} if wanted else {}))
    older = urlencode({**wanted, "before": rows[A_PAGE - 1].number}) if len(rows) > A_PAGE else ""
    verifications = Entry.objects.filter(subject=SUBJECT, body__contains='"what":"verified"')
    verified = verifications.order_by("-number").first()
    return form_page(
        request, "ledger.html", form, lines=lines, older=older, wanted=wanted,
        newest=urlencode(wanted) if data.get("before") else None,
        checkpoints=Checkpoint.objects.order_by("-id")[:LAST_CHECKPOINTS],
        signed=Checkpoint.objects.count(),
        verified=_line(verified, sealed=False) if verified else None,
    )  # fmt: skip


def _matching(data: dict[str, Any]) -> QuerySet[Entry]:
    wanted = {"act": data["act"], "actor": data["actor"], "number__lt": data["before"]}
    if data["subject"]:
        wanted["subject__in"] = spellings(data["subject"])
    if data["day"]:
        for bound, days in (("recorded_at__gte", 0), ("recorded_at__lt", 1)):
            midnight = datetime.combine(data["day"] + timedelta(days), time())
            wanted[bound] = instant_text(timezone.make_aware(midnight))
    return Entry.objects.filter(**{name: value for name, value in wanted.items() if value})


@guarded(Permission.SEE_LEDGER)
def ledger_row(request: HttpRequest, number: int) -> HttpResponse:
    """Show one row, with its digest computed again."""
    row = Entry.objects.filter(number=number).first()
    if row is None:
        reason = "there is no such row"
        raise Refused.because(reason, Permission.SEE_LEDGER, SUBJECT, hidden=True)
    chained = LedgerRow(
        row.number, row.recorded_at, row.act, row.actor, row.purpose, row.subject, row.body,
        row.previous,
    )  # fmt: skip
    consulted(request, SUBJECT, "ledger row", row=number)
    context = {
        "line": _lines([row])[0], "row": row, "fits": chained.digest() == row.digest,
        "checkpoint": Checkpoint.objects.filter(size__gte=number).order_by("id").first(),
        "last": Entry.objects.order_by("-number").values_list("number", flat=True).first(),
    }  # fmt: skip
    return render(request, "ledger_row.html", context)


@guarded(Permission.SEE_LEDGER)
def ledger_checkpoint(request: HttpRequest, number: int) -> HttpResponse:
    """Hand out a checkpoint as a file to keep elsewhere; that is a disclosure."""
    row = Checkpoint.objects.filter(pk=number).first()
    if row is None:
        raise Refused.because("there is none", Permission.SEE_LEDGER, SUBJECT, hidden=True)
    with transaction.atomic():
        write_for(request, Act.DISCLOSURE, SUBJECT, what="checkpoint file", rows=row.size)
    answer = HttpResponse(kept_of(row).text(), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="ledger-{row.size}.checkpoint"'
    return answer
