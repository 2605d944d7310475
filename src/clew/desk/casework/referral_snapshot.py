"""The records and links of a referral as they stood when it was sent: what the team was told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from clew.desk.casework.models.referrals import ReferralSnapshot
from clew.desk.ledger.erasure_log import scrubbed, words_of
from clew.desk.records.models import Case
from clew.desk.records.timeline import read_now
from clew.desk.review.comparison import CLOCK, card_of, name_of
from clew.desk.review.models import Link, Pair
from clew.desk.review.shown import digest_of
from clew.disclosure.comparison import age_and_sex, class_given
from clew.disclosure.words import KIND_WORD, capital, plain

ON_DUTY = {"officer", "paramedic"}
"""Roles of people who were at a scene by their work: a reason to ask them, never weight."""


def stood(cases: Sequence[Case]) -> dict[str, Any]:
    """Return the records, the links among them, what was not searched, and what families said."""
    from clew.desk.casework.concerns import said_of  # noqa: PLC0415 (it comes after this app)

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
        "family": [words for case in cases for words in said_of(case)],
    }


def pairs_among(cases: Sequence[Case]) -> list[Pair]:
    """Return the pairs of the queue among these records, the most surprising first."""
    ids = [case.pk for case in cases]
    found = Pair.objects.filter(Q(first__in=ids) & Q(second__in=ids))
    asked = found.select_related("first", "second", "link__run", "link__case", "link__other")
    return list(asked.order_by("-priority", "pk"))


def _record(case: Case) -> dict[str, Any]:
    noun = read_now(case)
    rows = [
        ("Kind", KIND_WORD[noun.kind]),
        ("Person", capital(age_and_sex(noun)) or "not recorded"),
        ("Where", capital(plain(noun.premises or "")) or "kind of place not recorded"),
        ("When it happened", CLOCK.happened(noun) or "not recorded"),
        ("Reported", CLOCK.reported(noun)),
        ("Class given", class_given(noun) or "not recorded"),
        ("Cause as written", noun.cause or "not recorded"),
        ("Held by", " ".join(x for x in (case.agency, case.area) if x) or "not recorded"),
    ]
    return {"case_id": case.case_id, "name": name_of(case), "rows": rows}


def _pair(link: Link) -> dict[str, Any]:
    card = card_of(link)
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

    Counted for these records alone, never over a person's records, and nobody is named: whoever
    reads it asks those who are on duty.
    """
    where: dict[str, set[str]] = {}
    for case in cases:
        for entity in read_now(case).entities or ():
            if entity.role in ON_DUTY and entity.type == "person":
                where.setdefault(entity.code, set()).add(case.case_id)
    together: dict[tuple[str, ...], int] = {}
    for records in where.values():
        if len(records) > 1:
            ids = tuple(sorted(records))
            together[ids] = together.get(ids, 0) + 1
    return [
        f"{_count(number)} attended {' and '.join(ids)}: ask them now"
        for ids, number in sorted(together.items())
    ]


def _count(number: int) -> str:
    return "One person who was at work there" if number == 1 else f"{number} people at work there"


def withhold(case: Case, value: str) -> list[int]:
    """Withhold erased content in what referrals of a record told; return the rows altered."""
    words, found = words_of(value), []
    for told in ReferralSnapshot.objects.filter(referral__cases=case):
        before = (told.says, told.stood)
        after = (scrubbed(told.says, words), scrubbed(told.stood, words))
        if after != before:
            told.says, told.stood = after
            told.save(update_fields=["says", "stood"])
            found.append(told.pk)
    return found
