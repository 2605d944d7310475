"""The records and links of a referral when it was sent: what the team received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from clew.desk.accounts.rules import Person
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.records.timeline import read_now
from clew.desk.review.comparison import CLOCK, card_of
from clew.desk.review.models import Link, Pair
from clew.desk.review.shown import digest_of
from clew.disclosure.comparison import age_and_sex, class_given
from clew.disclosure.record_identity import place_word
from clew.disclosure.words import KIND_WORD, capital

ON_DUTY = {"officer", "paramedic"}
"""Roles of people who were at a scene by their work: a reason to ask them, never weight."""


def take_snapshot(cases: Sequence[Case]) -> dict[str, Any]:
    """Return the records, the links among them, what was not searched, and what families said."""
    links = [pair.link for pair in pairs_among(cases)]
    coverage = links[0].run.coverage if links else []
    return {
        "records": [_record(case) for case in cases],
        "pairs": [_pair(link) for link in links],
        "not_searched": [
            ", ".join(part for part in (row["system"], row["agency"]) if part)
            for row in coverage
            if not row["records"]
        ],
        "listed": bool(coverage),
        "family": [
            f"{concern.get_who_display()}: {concern.words.says}"
            for case in cases
            for concern in case.concerns.select_related("words").order_by("received_at", "pk")
        ],
    }


def pairs_among(cases: Sequence[Case]) -> list[Pair]:
    """Return the pairs of the queue among these records, the most surprising first."""
    ids = [case.pk for case in cases]
    pairs = Pair.objects.filter(first__in=ids, second__in=ids)
    related = pairs.select_related("first", "second", "link__run", "link__case", "link__other")
    return list(related.order_by("-priority", "pk"))


def _record(case: Case) -> dict[str, Any]:
    record = read_now(case)
    rows = [
        ("Kind", KIND_WORD[record.kind]),
        ("Person", capital(age_and_sex(record)) or "not recorded"),
        ("Where", capital(place_word(record.premises)) or "kind of place not recorded"),
        ("When it happened", CLOCK.happened(record) or "not recorded"),
        ("Reported", CLOCK.reported(record)),
        ("Class given", class_given(record) or "not recorded"),
        ("Cause as written", record.cause or "not recorded"),
        ("Agency and area", " ".join(x for x in (case.agency, case.area) if x) or "not recorded"),
    ]
    return {"case_id": case.case_id, "name": str(identity_of(case)), "rows": rows}


def _pair(link: Link) -> dict[str, Any]:
    card = card_of(link, person=Person(""))
    return {
        "records": [link.case.case_id, link.other.case_id],
        "link": link.pk,
        "digest": digest_of(link),
        "says": card.chance.sentence,
        "for": [finding.says for finding in card.reasons_for],
        "against": [finding.says for finding in card.reasons_against],
        "missing": [finding.aspect for finding in card.missing],
        "others": list(card.other_explanations),
    }


def ask_on_duty(cases: Sequence[Case]) -> list[str]:
    """Return who can be asked now: how many people were at which of these records by their work.

    Counted for these records alone, never over a person's records, and nobody is named: the reader
    asks those who are on duty.
    """
    where: dict[str, set[str]] = {}
    for case in cases:
        for entity in read_now(case).entities or ():
            if entity.role in ON_DUTY and entity.type == "person":
                where.setdefault(entity.code, set()).add(case.case_id)
    together = Counter(tuple(sorted(records)) for records in where.values() if len(records) > 1)
    lines = []
    for ids, number in sorted(together.items()):
        people = f"{number} people" if number > 1 else "One person who was"
        lines.append(f"{people} at work there attended {' and '.join(ids)}: ask them now")
    return lines
