"""The planted record: four deaths in Barking and what was written before them, as known then.

The four who died are real people: Anthony Walgate (BD-1), Gabriel Kovari (BD-2), Daniel Whitworth
(BD-3) and Jack Taylor (BD-4). Their names are here, and in no row; all others are coded.
`barking_facts.csv` has every fact with its source, its confidence (S read in a stored page,
R recollection, I inferred) and a mark on hindsight, which is never handed out.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
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
    """What is left out of the record, and how it is worded.

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
    cases = (*RELATED, *FOUR)
    facts = [fact for fact in _chosen(options) if fact["value"]]
    if rng is not None and options.wording_noise:
        # As another coder might have written them.
        premises = {fact["case_id"]: fact["value"] for fact in facts if fact["field"] == "premises"}
        for fact in facts:
            name, value, case = fact["field"], fact["value"], fact["case_id"]
            if name in FREE_CHOICE:
                setting = setting_of()[premises.get(case, "street")]
                words = code_words(split_words(value), name, setting, AGREEMENT, rng)
                fact["value"] = join_words(words)
            elif name == "age_years" and rng.random() < AGE_SHARE:
                fact["value"] = str(int(value) + int(rng.integers(-AGE_SHIFT, AGE_SHIFT + 1)))
            elif name in {"latitude", "longitude"}:
                degree = KM_PER_DEGREE
                if name == "longitude":
                    at = (case, "latitude")
                    latitude = next(f["value"] for f in facts if (f["case_id"], f["field"]) == at)
                    degree *= math.cos(math.radians(float(latitude)))
                shift = rng.uniform(-POINT_SHIFT_KM, POINT_SHIFT_KM) / degree
                fact["value"] = f"{float(value) + shift:.3f}"
        facts = [fact for fact in facts if fact["value"]]
    if rng is not None and options.missing_share > 0:
        missing = {case: draw_missing(options.missing_share, rng) for case in cases}
        facts = [fact for fact in facts if fact["field"] not in missing[fact["case_id"]]]
    # The row after all its facts: `set` replaces, `add` joins a list.
    rows: dict[str, Row] = {}
    for fact in facts:
        name, value = fact["field"], fact["value"]
        row = rows.setdefault(fact["case_id"], {"case_id": fact["case_id"]})
        if fact["op"] == "add":
            value = join_words([*split_words(row.get(name, "")), value])
        row[name] = value
    kept = [
        {name: fact[name] for name in FACT_COLUMNS}
        for fact in facts
        if fact["field"] not in ROW_ONLY
    ]
    ordered = [rows[case] for case in cases if case in rows]
    return Generated(sorted(ordered, key=lambda row: row["reported_at"]), kept)


@cache
def read_record() -> tuple[Row, ...]:
    """Return every row of barking_facts.csv, hindsight too, in file order."""
    text = (files("clew.synthetic") / "barking_facts.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def _chosen(options: BarkingOptions) -> Iterator[Row]:
    """Yield the rows that the options let through, as they ask for them; never hindsight."""
    record = read_record()
    reported = {
        fact["case_id"]: datetime.fromisoformat(fact["value"])
        for fact in record
        if fact["field"] == "reported_at"
    }
    for fact in record:
        if fact["hindsight"] != "no":
            continue
        # The former landlord's question about BD-1 and BD-2.
        asked = fact["field"] == "mentions" and fact["value"] == "BD-1"
        landlord = asked or fact["value"].endswith(":L1")
        recorded = datetime.fromisoformat(fact["recorded_at"])
        early = recorded - reported[fact["case_id"]] <= EARLY
        if (
            (options.related_records or fact["case_id"] in FOUR)
            and (options.landlord or not landlord)
            and (options.late_facts or landlord or early)
        ):
            value = fact["value"]
            if fact["field"] == "sex" and options.sex and fact["case_id"] in {*FOUR, "MISS-1"}:
                value = options.sex
            if fact["field"] == "entities":
                kept = {"P1": options.person_p1, "W1": options.finder_w1}
                words = split_words(value)
                value = join_words(word for word in words if kept.get(word.split(":")[-1], True))
            if fact["field"] == "references" and "P1" in value and not options.person_p1:
                value = ""
            yield {**fact, "value": value}
