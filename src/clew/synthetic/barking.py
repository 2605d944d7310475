"""The planted record: four deaths in Barking and what was written before them, as known then.

The four who died are real people: Anthony Walgate (BD-1), Gabriel Kovari (BD-2), Daniel Whitworth
(BD-3) and Jack Taylor (BD-4). Their names stand here, and in no row; all others are coded.
`barking_facts.csv` holds every fact with its source, its confidence (S read in a stored page,
R recollection, I inferred) and a mark on hindsight, which is kept there and never handed out.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

import numpy as np

from clew.model.contract import FACT_COLUMNS
from clew.synthetic.generated import Generated, Row, join_words, split_words
from clew.synthetic.medical import FREE_CHOICE, code_words, draw_missing
from clew.synthetic.places import KM_PER_DEGREE
from clew.synthetic.rates import setting_of

FOUR = ("BD-1", "BD-2", "BD-3", "BD-4")
RELATED = ("REC-2012", "BTP-1", "MISS-1")
ROW_ONLY = frozenset({"kind", "reported_at"})
"""Fields of the row itself, which no facts row changes."""
EARLY = timedelta(hours=48)
"""What is known within 48 hours of the report is not late (the public record)."""
AGREEMENT, AGE_SHARE, AGE_SHIFT, POINT_SHIFT_KM = 0.3, 0.1, 2, 0.15
"""Moderate noise: coders agree on 30 %; a tenth of ages move by up to two years;
points move by up to 150 m north or south, and east or west."""


@dataclass(frozen=True)
class BarkingOptions:
    """What the record may lack, and how it is worded.

    `sex` overrides the sex of all four, and of the missing report about the first.
    """

    person_p1: bool = True
    landlord: bool = True
    related_records: bool = True
    finder_w1: bool = True
    sex: str | None = None
    late_facts: bool = True
    wording_noise: bool = False
    missing_share: float = 0.0


def barking_rows(
    options: BarkingOptions = BarkingOptions(), rng: np.random.Generator | None = None
) -> Generated:
    """Return the rows (after all facts handed out) and the facts of the planted record.

    Raises
    ------
    ValueError
        If noise or missing fields are asked for without a generator.

    """
    noisy = options.wording_noise or options.missing_share > 0
    if noisy and rng is None:
        raise ValueError("wording noise and missing fields need a numpy random generator")
    facts = [_apply(options, fact) for fact in _chosen(options)]
    facts = [fact for fact in facts if fact["value"]]
    if rng is not None and options.wording_noise:
        facts = _reword(facts, rng)
    if rng is not None and options.missing_share > 0:
        facts = _leave_out(facts, options.missing_share, rng)
    rows = [_fold(case, facts) for case in (*RELATED, *FOUR) if _has(case, facts)]
    kept = [
        {name: fact[name] for name in FACT_COLUMNS}
        for fact in facts
        if fact["field"] not in ROW_ONLY
    ]
    return Generated(sorted(rows, key=lambda row: row["reported_at"]), kept)


@cache
def read_record() -> tuple[Row, ...]:
    """Return every row of barking_facts.csv, hindsight too, in file order."""
    text = (files("clew.synthetic") / "barking_facts.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _chosen(options: BarkingOptions) -> list[Row]:
    """Return copies of the rows that the options let through; never hindsight."""
    reported = {
        fact["case_id"]: fact["value"] for fact in read_record() if fact["field"] == "reported_at"
    }
    return [
        dict(fact)
        for fact in read_record()
        if fact["hindsight"] == "no"
        and (options.related_records or fact["case_id"] in FOUR)
        and (options.landlord or not _of_landlord(fact))
        and (options.late_facts or _of_landlord(fact) or _is_early(fact, reported))
    ]


def _of_landlord(fact: Row) -> bool:
    """Return whether the row is the former landlord's question about BD-1 and BD-2."""
    asked = fact["field"] == "mentions" and fact["value"] == "BD-1"
    return asked or fact["value"].endswith(":L1")


def _is_early(fact: Row, reported: Row) -> bool:
    """Return whether a row was recorded within 48 hours of its case's report."""
    since = datetime.fromisoformat(reported[fact["case_id"]])
    return datetime.fromisoformat(fact["recorded_at"]) - since <= EARLY


def _apply(options: BarkingOptions, fact: Row) -> Row:
    """Return the row with the sex and the persons that the options ask for."""
    if fact["field"] == "sex" and options.sex and fact["case_id"] in {*FOUR, "MISS-1"}:
        fact["value"] = options.sex
    if fact["field"] == "entities":
        kept = {"P1": options.person_p1, "W1": options.finder_w1}
        words = split_words(fact["value"])
        fact["value"] = join_words(word for word in words if kept.get(word.split(":")[-1], True))
    if fact["field"] == "references" and "P1" in fact["value"] and not options.person_p1:
        fact["value"] = ""
    return fact


def _has(case: str, facts: Iterable[Row]) -> bool:
    """Return whether any row is about `case`."""
    return any(fact["case_id"] == case for fact in facts)


def _fold(case: str, facts: Iterable[Row]) -> Row:
    """Return the case row after all its facts: `set` replaces, `add` joins a list."""
    row: Row = {"case_id": case}
    for fact in facts:
        if fact["case_id"] != case:
            continue
        name, value = fact["field"], fact["value"]
        if fact["op"] == "add":
            value = join_words([*split_words(row.get(name, "")), value])
        row[name] = value
    return row


def _reword(facts: list[Row], rng: np.random.Generator) -> list[Row]:
    """Return the facts as another coder might have written them."""
    premises = {fact["case_id"]: fact["value"] for fact in facts if fact["field"] == "premises"}
    for fact in facts:
        name, value = fact["field"], fact["value"]
        if name in FREE_CHOICE:
            setting = setting_of()[premises.get(fact["case_id"], "street")]
            words = code_words(split_words(value), name, setting, AGREEMENT, rng)
            fact["value"] = join_words(words)
        elif name == "age_years" and rng.random() < AGE_SHARE:
            fact["value"] = str(int(value) + int(rng.integers(-AGE_SHIFT, AGE_SHIFT + 1)))
        elif name in {"latitude", "longitude"}:
            degree = KM_PER_DEGREE
            if name == "longitude":
                degree *= math.cos(math.radians(float(_latitude(facts, fact["case_id"]))))
            shift = rng.uniform(-POINT_SHIFT_KM, POINT_SHIFT_KM) / degree
            fact["value"] = f"{float(value) + shift:.3f}"
    return [fact for fact in facts if fact["value"]]


def _latitude(facts: Iterable[Row], case: str) -> str:
    """Return the latitude that the facts hold for `case`."""
    return next(f["value"] for f in facts if (f["case_id"], f["field"]) == (case, "latitude"))


def _leave_out(facts: list[Row], share: float, rng: np.random.Generator) -> list[Row]:
    """Return the facts without the fields that each report leaves out."""
    missing = {case: draw_missing(share, rng) for case in (*RELATED, *FOUR)}
    return [fact for fact in facts if fact["field"] not in missing[fact["case_id"]]]
