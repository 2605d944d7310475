"""The morning sheet: the deaths of a night, their candidates, and what waits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from clew.desk.accounts.rules import Person
from clew.desk.casework.acts import instant
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.release.bundle import who
from clew.desk.release.disclose import needs_act
from clew.desk.release.export_rows import findings_of, record_row
from clew.desk.review.candidates import present_pairs
from clew.desk.review.comparison import how_often
from clew.desk.review.models import Pair
from clew.desk.review.notes import visible_decisions
from clew.disclosure.exports.pdf import (
    MOST_CANDIDATES,
    STATE_WORD,
    MorningSheet,
    SheetAction,
    SheetDeath,
    SheetLink,
)
from clew.disclosure.record_identity import place_word
from clew.disclosure.words import capital, plain

MOST_ACTIONS = 40
"""Declared: what waits, on one sheet; the rest is in the queue."""


def sheet_of(
    cases: QuerySet[Case], since: datetime, until: datetime, person: Person
) -> MorningSheet:
    """Return the sheet of the deaths reported between two times, of exportable records.

    No sealed record or living person is on a printed sheet, nor a pair with one.
    """
    night = [
        case
        for case in cases.filter(kind="death", reported_at__gt=since, reported_at__lte=until)
        .select_related("owner")
        .order_by("-reported_at", "case_id")
        if not needs_act(case)
    ]
    links = present_pairs(_open(cases), (case.pk for case in night), person)
    unread = _open(cases).filter(state=Pair.SECOND).order_by("since", "pk")[:MOST_ACTIONS]
    return MorningSheet(
        since=instant(since),
        until=instant(until),
        deaths=tuple(_death(case, links.get(case.pk, [])[:MOST_CANDIDATES]) for case in night),
        actions=tuple(
            SheetAction("Second reading", f"{p.first} and {p.second}", "", instant(p.since))
            for p in unread
        ),
        decisions=tuple(
            f"{row.number}. {row.title} ({who(row.maker)})"
            for row in visible_decisions(person)
            .filter(recorded_at__gt=since, recorded_at__lte=until, about="")
            .select_related("maker")
        ),
    )


def _open(cases: QuerySet[Case]) -> QuerySet[Pair]:
    among = cases.filter(sealed=False).exclude(kind="non_fatal").order_by().values("pk")
    return Pair.objects.filter(first__in=among, second__in=among).select_related(
        "first", "second", "link__run", "link__case", "link__other"
    )


def _death(case: Case, pairs: Iterable[Pair]) -> SheetDeath:
    row = record_row(case)
    fields = row.texts
    sex, age = plain(fields.get("sex", "")), fields.get("age_years", "")
    unit = " ".join(x for x in (case.agency, case.area) if x)
    given = "; ".join(plain(fields[c]) for c in ("category", "manner") if fields.get(c))
    links = []
    for pair in pairs:
        findings = sorted(findings_of(pair.link), key=lambda f: -abs(f.micro_bans))
        other = identity_of(pair.beside(case), named=True)  # of a file that its makers may read
        links.append(
            SheetLink(
                other=other.brief,
                reason_for=next((f.says for f in findings if f.micro_bans > 0), ""),
                reason_against=next((f.says for f in findings if f.micro_bans < 0), ""),
                chance=how_often(pair.link).short,
                state="" if pair.state == Pair.OPEN else STATE_WORD.get(pair.state, ""),
            )
        )
    return SheetDeath(
        case_id=case.case_id,
        name=row.name,
        line=" · ".join(x for x in (", ".join(x for x in (sex, age) if x), unit) if x),
        reported_at=row.reported_at,
        where=capital(place_word(fields.get("premises"))),
        class_given=capital(given),
        owner=who(case.owner) if case.owner else "",
        links=tuple(links),
    )
