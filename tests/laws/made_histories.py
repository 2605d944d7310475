"""Made-up files with a history: reports, and facts that came late, were corrected or withdrawn."""

from __future__ import annotations

import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from clew.intake.read import read_case_file
from clew.model.case_file import CaseFile
from clew.model.contract import CASE_COLUMNS, FACT_COLUMNS
from clew.model.values import Instant

ZONE = "Europe/London"
BEGINS = datetime(2014, 1, 6, 4)
DAYS = 170
"""Five first days of a month lie within, and a change of the clocks."""
MISSING = 0.3

WORDS = {
    "premises": ("home", "burial_ground", "street", "care_home"),
    "area": ("KD", "KG"),
    "place_key": ("K1", "K2", "K3"),
    "sex": ("male", "female"),
    "age_years": ("22", "23", "25", "61", "80"),
    "cause": ("Mixed drug toxicity (GHB)", "Hanging", "Ischaemic heart disease", "Pending"),
    "manner": ("accident", "natural", "pending"),
    "agency": ("MPS", "BTP"),
}
LISTS = {
    "substances": ("ghb", "cocaine", "alcohol"),
    "tested_for": ("ghb", "cocaine", "alcohol"),
    "scene": ("note", "small_bottle", "propped", "drug_paraphernalia"),
    "missing_items": ("phone", "keys", "wallet"),
    "posture": ("sitting", "prone", "supine"),
    "lividity": ("on_abdomen", "posterior"),
    "clothing": ("partly_clothed", "inside_out"),
    "entities": (
        "finder:person:W1", "caller:person:P1", "caller:phone:T1", "officer:person:PC9",
    ),
}  # fmt: skip
ADDED_TO = (*LISTS, "mentions", "references")

Row = dict[str, str]


@dataclass(frozen=True)
class Made:
    """Rows and facts as text, the instant of each, and every instant at which something came."""

    rows: tuple[tuple[Instant, Row], ...]
    facts: tuple[tuple[Instant, Row], ...]

    @property
    def instants(self) -> tuple[Instant, ...]:
        """Return when anything came to be known, in order."""
        return tuple(sorted({at for at, _ in (*self.rows, *self.facts)}))


def made_history(seed: int, cases: int) -> Made:
    """Return a file of so many cases; about as many facts. The same for the same arguments."""
    rng = random.Random(seed)
    ids = [f"C{k:02d}" for k in range(cases)]
    rows, facts = [], []
    for case_id in ids:
        # Few moments, so that several reports and facts come at one and the same.
        moment = BEGINS + timedelta(hours=12 * rng.randrange(2 * DAYS))
        row = _row(case_id, moment, ids, rng)
        rows.append((_instant(moment), row))
        for _ in range(rng.choice((0, 0, 1, 2, 4))):
            facts.append(_fact(case_id, moment, ids, rng))  # noqa: PERF401
    rng.shuffle(rows)
    return Made(tuple(rows), tuple(facts))


def _row(case_id: str, moment: datetime, ids: Sequence[str], rng: random.Random) -> Row:
    row = {"case_id": case_id, "reported_at": moment.isoformat()}
    row["kind"] = rng.choice(("death", "death", "death", "non_fatal"))
    if rng.random() > MISSING:
        row["latitude"] = rng.choice(("51.5350", "51.5352", "51.5400", "53.0"))
        row["longitude"] = rng.choice(("0.0760", "0.0765", "0.5"))
    if rng.random() > MISSING:
        row["latest"] = (moment - timedelta(hours=rng.choice((1, 20)))).isoformat()
        row["earliest"] = (moment - timedelta(hours=rng.choice((21, 90)))).isoformat()
    for name in (*WORDS, *LISTS, "mentions"):
        if rng.random() > MISSING:
            row[name] = _value(name, case_id, ids, rng)
    return row


def _value(name: str, case_id: str, ids: Sequence[str], rng: random.Random) -> str:
    """Draw a value; one in five of those that can is one that no other record ever held."""
    if name == "mentions":  # often one that is not reported yet, now and then one that never is
        return rng.choice((*ids, "NOBODY"))
    if name in {"scene", "place_key", "area"} and rng.random() < 0.2:
        return f"new_{name}_{rng.choice((case_id, 'x', 'y'))}"
    if name == "entities" and rng.random() < 0.2:
        return f"contact:phone:{rng.choice((case_id, 'x'))}"
    if name in WORDS:
        return rng.choice(WORDS[name])
    pool = LISTS.get(name, ("CAD:1", "CAD:2"))
    return ";".join(rng.sample(pool, rng.choice((1, 1, 2))))


def _fact(
    case_id: str, moment: datetime, ids: Sequence[str], rng: random.Random
) -> tuple[Instant, Row]:
    name = rng.choice((*WORDS, *ADDED_TO))
    op = rng.choice(("set", "add", "withdraw")) if name in ADDED_TO else "set"
    known = moment + timedelta(hours=12 * rng.randrange(-2, 150))
    recorded = known + timedelta(hours=12 * rng.choice((0, 0, 1, 60)))
    value = "" if op == "set" and rng.random() < 0.1 else _value(name, case_id, ids, rng)
    fact = {"case_id": case_id, "field": name, "op": op, "value": value}
    fact |= {"known_at": known.isoformat(), "recorded_at": recorded.isoformat()}
    return _instant(recorded), fact


def _instant(moment: datetime) -> Instant:
    return int(moment.replace(tzinfo=ZoneInfo(ZONE)).timestamp())


def cut(made: Made, until: Instant) -> Made:
    """Return the file as it was at `until`: without the reports and facts of later.

    A case file holds today's value of what facts tell, and is not asked for it; on that day it
    held another, or none. So these cells stay empty.
    """
    ruled = {(fact["case_id"], fact["field"]) for _, fact in made.facts}
    rows = tuple(
        (at, {name: value for name, value in row.items() if (row["case_id"], name) not in ruled})
        for at, row in made.rows
        if at <= until
    )
    return Made(rows, tuple((at, fact) for at, fact in made.facts if at <= until))


def read(made: Made, folder: Path) -> CaseFile:
    """Write the file into `folder` and read it as anybody's file is read."""
    folder.mkdir(parents=True, exist_ok=True)
    cases, facts = folder / "cases.csv", folder / "facts.csv"
    _write(cases, CASE_COLUMNS, [row for _, row in made.rows])
    _write(facts, FACT_COLUMNS, [fact for _, fact in made.facts])
    return read_case_file(cases, facts=facts, timezone=ZONE)


def _write(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), restval="")
        writer.writeheader()
        writer.writerows(rows)
