"""Pages of the ledger: rows newest first, one row, and checkpoints to keep elsewhere.

Readers of the ledger see no sealed record: rows about one are left out, as are refusals for numbers
that no record has, and within other rows such a number is withheld. Looking is a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
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

from clew.desk.accounts.rules import Permission, Person
from clew.desk.casework.escalate import sealed_subjects
from clew.desk.casework.row_areas import outside
from clew.desk.ledger.chain import LedgerRow
from clew.desk.ledger.models import Act, Checkpoint, Entry
from clew.desk.ledger.subjects import records_in, spellings
from clew.desk.ledger.write import SUBJECT, instant_text, kept_of
from clew.desk.records.sealed_words import for_reader, sealed_in, words_for
from clew.desk.records.visible import open_numbers
from clew.desk.web.forms import DayField, DeskForm, form_page
from clew.desk.web.guard import Refused, consulted, guarded, person_of, write_for
from clew.disclosure.words import about_count

A_PAGE = 50
"""Declared: rows on one page; what fits on two screens."""
LAST_CHECKPOINTS = 5
"""Declared: checkpoints listed; each is over all rows before it."""


class Search(DeskForm):
    """What rows to show."""

    act = forms.ChoiceField(label="Act", required=False, choices=[("", "Any act"), *Act.choices])
    actor = forms.CharField(label="Who", required=False, max_length=150)
    subject = forms.CharField(
        label="About", required=False, max_length=200,
        help_text="For example case:BD-1, account:3 or ledger.",
    )  # fmt: skip
    day = DayField(
        label="Day", required=False, help_text="For example 2014-06-19.",
        error_messages={"invalid": "Enter a date, like 2014-06-19"},
    )  # fmt: skip
    before = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One row as a page shows it to a reader."""

    number: int
    at: datetime
    act: str
    actor: str
    purpose: str
    subject: str
    body: dict[str, Any]


WITHHELD = "another area, a sealed record, or a number that does not exist"
"""What a row is about that a reader may not read; no page says which of them it is."""
A_GIFT = re.compile(r"gift:X-\d{8}-[0-9a-f]{8}")
"""A subject that `export_rows.new_stamp` made; any other is what somebody typed."""
ROUNDED = ("compared",)
"""What a row says that counts sealed records with the others."""
MOST_ITEMS = 40
"""Declared: items of a list that one line of the page reads; it has room for ten."""
AT_ONCE = 200
"""Declared: rows read at once, until a page is full of those that the reader may read."""


def _lines(person: Person, rows: Sequence[Entry], most: int | None = None) -> list[LedgerLine]:
    """Return rows as a page shows them to a reader; none of `rows` is withheld as a whole.

    `most`: items of a list that are shown at most; the row of an export names each of its records.
    """
    typed = [json.loads(row.body) | {"clew_why": row.purpose} for row in rows]
    for body in typed:
        body |= {name: part[:most] for name, part in body.items() if isinstance(part, list)}
    lines = []
    for row, body in zip(rows, for_reader(person, typed), strict=True):
        at, purpose = datetime.fromisoformat(row.recorded_at), body.pop("clew_why")
        body |= {
            name: about_count(body[name]) for name in ROUNDED if isinstance(body.get(name), int)
        }
        typed_in = row.subject.startswith("gift:") and not A_GIFT.fullmatch(row.subject)
        subject = words_for(person, row.subject) if typed_in else row.subject
        lines.append(LedgerLine(row.number, at, row.act, row.actor, purpose, subject, body))
    return lines


def _withheld(person: Person, rows: Iterable[Entry]) -> set[int]:
    """Return the numbers of the rows about a record that the reader may not know of.

    Who reads the ledger of single areas sees no row of another.
    A refusal for a number that no record has is withheld too: it reads as one for a sealed record.
    """
    listed = list(rows)
    named = {row.subject: set(records_in(row.subject)) for row in listed}
    numbers = {number for ids in named.values() for number in ids}
    open_ = open_numbers(person, Permission.SEE_RECORD, numbers)
    sealed = sealed_in(person, numbers - open_)
    shut = sealed_subjects(person, named)
    return outside(person, listed) | {
        row.number
        for row in listed
        if row.subject in shut
        or named[row.subject] & sealed
        or (row.act == Act.DENIAL and not named[row.subject] <= open_)
    }


def _readable(person: Person, entries: QuerySet[Entry], most: int) -> list[Entry]:
    """Return the newest rows that the reader may read, up to `most`."""
    found: list[Entry] = []
    before = None
    while len(found) < most:
        older = entries if before is None else entries.filter(number__lt=before)
        part = list(older.order_by("-number")[:AT_ONCE])
        shut = _withheld(person, part)
        found += [row for row in part if row.number not in shut]
        if len(part) < AT_ONCE:
            break
        before = part[-1].number
    return found[:most]


@guarded(Permission.SEE_LEDGER)
def ledger(request: HttpRequest) -> HttpResponse:
    """Show rows, newest first; a search is logged with its words."""
    form = Search(request.GET)
    data = form.cleaned_data if form.is_valid() else {}
    wanted = {
        name: str(data[name]) for name in ("act", "actor", "subject", "day") if data.get(name)
    }
    entries = _matching(data) if form.is_valid() else Entry.objects.none()
    person = person_of(request)
    rows = _readable(person, entries, A_PAGE + 1)
    lines = _lines(person, rows[:A_PAGE], MOST_ITEMS)
    consulted(request, SUBJECT, "ledger", **({"search": wanted} if wanted else {}))
    older = urlencode({**wanted, "before": rows[A_PAGE - 1].number}) if len(rows) > A_PAGE else ""
    verifications = Entry.objects.filter(subject=SUBJECT, body__contains='"what":"verified"')
    verified = verifications.order_by("-number").first()
    return form_page(
        request, "ledger.html", form, lines=lines, older=older, wanted=wanted,
        newest=urlencode(wanted) if data.get("before") else None,
        checkpoints=Checkpoint.objects.order_by("-id")[:LAST_CHECKPOINTS],
        signed=Checkpoint.objects.count(),
        verified=_lines(person, [verified])[0] if verified else None,
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
        row.previous, row.content,
    )  # fmt: skip
    consulted(request, SUBJECT, "ledger row", row=number)
    person = person_of(request)
    withheld = bool(_withheld(person, [row]))
    context = {
        "line": None if withheld else _lines(person, [row])[0], "row": row, "withheld": WITHHELD,
        "fits": chained.digest() == row.digest,
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
