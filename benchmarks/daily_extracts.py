"""Ten daily extracts of a real office's file, edited and reordered, against the truth.

`python benchmarks/daily_extracts.py` with the folder of real data in CLEW_DATA. Each day's file is
made from the one before by a seeded script that keeps its own account of what it did: cells
changed, blanked and filled, rows taken away and brought back, new rows, rows and columns put in
another order, values written otherwise that mean the same. Then each is imported, twice.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from clew.intake.cases.times import TimeReader
from clew.intake.read import CaseSources
from clew.workflows.intake import IntakeOptions, take_in

FILE, MAPPING, ZONE = "milwaukee_deaths_2020_2023.csv.gz", "milwaukee", "America/Chicago"
DAYS, SEED = 10, 20260101
EDITED = ("manner", "cause", "premises", "age_years", "city", "place_key")
OURS = {"city": "area"}
TO = {
    "manner": ("Natural", "Accident", "Suicide", "Homicide", "Undetermined", "Pending"),
    "premises": ("home", "hospital", "street", "apartment", "water"),
}
Row = dict[str, str]


@dataclass
class Truth:
    """What the script did: the last word on each cell by case, and who is in the file."""

    cells: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    per_day: list[dict[str, int]] = field(default_factory=list)


def edited(rng: np.random.Generator, name: str, row: Row) -> str:
    """Return another value of a cell, or a blank one."""
    if rng.random() < 0.1:
        return ""
    if name in TO:
        return str(rng.choice([v for v in TO[name] if v.casefold() != row[name].casefold()]))
    if name == "age_years":
        return str(int(rng.integers(1, 100)))
    word = ("amended", "reviewed", "corrected")[int(rng.integers(3))]
    return f"{row[name]} {word} {int(rng.integers(1000))}".strip()


def same_meaning(rng: np.random.Generator, name: str, value: str) -> str:
    """Return the value written otherwise."""
    if name == "age_years" and value.replace(".", "").isdecimal():
        return f"{float(value):.3f}"
    if name in {"manner", "premises"}:
        return value.upper() if rng.random() < 0.5 else value.replace("_", " ")
    return value


def next_day(
    rows: list[Row], later: list[Row], truth: Truth, day: int, rng: np.random.Generator
) -> list[Row]:
    """Return the next day's rows, and keep account of what was done to them."""
    rows = [dict(row) for row in rows]
    count = {"edits": 0, "respelled": 0, "taken away": 0, "brought back": 0, "new": 0}
    away = set(rng.choice(len(rows), 20, replace=False).tolist())
    for k in rng.choice(len(rows), 200, replace=False):
        if k in away:
            continue  # an edit that no extract ever shows cannot be known
        row, name = rows[k], str(rng.choice(EDITED))
        value = edited(rng, name, row)
        if value == row[name]:
            continue
        row[name] = value
        truth.cells.setdefault((row["case_id"], name), []).append((day, value))
        count["edits"] += 1
    for k in rng.choice(len(rows), 300, replace=False):
        row, name = rows[k], str(rng.choice(("age_years", "manner", "premises")))
        row[name] = same_meaning(rng, name, row[name])
        count["respelled"] += 1
    kept = [row for k, row in enumerate(rows) if k not in away]
    away_rows = [row for k, row in enumerate(rows) if k in away]
    back = [row for row in truth_away if rng.random() < 0.4]
    truth_away[:] = [row for row in truth_away if row not in back] + away_rows
    count["taken away"], count["brought back"] = len(away_rows), len(back)
    new = [later.pop() for _ in range(min(11, len(later)))]
    count["new"] = len(new)
    kept += back + new
    truth.gone = {row["case_id"] for row in truth_away}
    truth.per_day.append(count)
    order = rng.permutation(len(kept))
    return [kept[k] for k in order]


truth_away: list[Row] = []


def write(path: Path, rows: Iterable[Row], columns: list[str]) -> None:
    """Write one day's extract."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def check(held: Path, truth: Truth, first: dict[str, Row]) -> int:
    """Return how many cells differ from the truth, as any command reads them from the folder."""
    read = CaseSources(held / "cases.parquet", held / "facts.csv").read()
    latest = {h.case_id: h.versions[-1][1] for h in read.histories}
    made = {}
    for (case_id, name), told in truth.cells.items():
        made.setdefault(case_id, dict(first[case_id]))[name] = told[-1][1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "truth.csv"
        rows = [made.get(case_id, row) for case_id, row in first.items() if case_id in latest]
        write(path, rows, list(rows[0]))
        expected = CaseSources(path, mapping=MAPPING).read()
    wrong = 0
    fields = (
        "manner",
        "cause",
        "premises",
        "age_years",
        "area",
        "place_key",
        "sex",
        "point",
        "mechanism",
    )
    for history in expected.histories:
        theirs, ours = history.versions[-1][1], latest[history.case_id]
        wrong += sum(getattr(theirs, name) != getattr(ours, name) for name in fields)
    return wrong


def plain(value: str) -> str:
    """Return a value whatever the script's respelling made of it."""
    try:
        return f"{float(value):g}"
    except ValueError:
        return value.casefold().replace("_", " ")


def check_times(held: Path, truth: Truth, days: dict[int, int]) -> int:
    """Return how many edits are not recorded at their own day's import."""
    with (held / "facts.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    times = TimeReader(ZONE, 2_000_000_000)
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in rows:
        if row["source"] != "extract report":
            at = times.read(row["recorded_at"]).end
            found.setdefault((row["case_id"], row["field"]), []).append((at, plain(row["value"])))
    wrong = 0
    for (case_id, name), told in truth.cells.items():
        got = found.pop((case_id, OURS.get(name, name)), [])
        wanted = [(days[day], plain(value)) for day, value in told]
        wrong += len(set(wanted) ^ set(got))
    extra = [key for key in found if key[1] != "substances"]
    return wrong + len(extra)


def main(most: int = 0) -> str:
    """Run the ten days and return a table."""
    folder = os.environ.get("CLEW_DATA")
    if folder is None:
        return "The real file was not at hand (CLEW_DATA is not set)."
    with gzip.open(Path(folder) / FILE, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ids: set[str] = set()
    rows = [r for r in rows if not (r["case_id"] in ids or ids.add(r["case_id"]))]
    rows = rows[-most:] if most else rows
    rng = np.random.default_rng(SEED)
    truth_away.clear()
    later, today = rows[-200:], rows[:-200]
    first = {row["case_id"]: row for row in rows}
    columns, truth = list(rows[0]), Truth()
    days = {day: 1_767_225_600 + 86_400 * day for day in range(DAYS + 1)}
    lines, started = [], time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        held = Path(place) / "held"
        for day in range(DAYS + 1):
            if day:
                today = next_day(today, later, truth, day, rng)
            path = Path(place) / f"day{day:02}.csv"
            write(path, today, [str(c) for c in rng.permutation(columns)])
            options = IntakeOptions(MAPPING, at=days[day])
            begun = time.perf_counter()
            out = take_in(path, held if day else None, held, options)
            took = time.perf_counter() - begun
            again = IntakeOptions(MAPPING, at=days[day] + 60, again=True)
            twice = take_in(path, held, held, again)
            moved = len(twice.changes.facts) + len(twice.changes.new) + len(twice.changes.vanished)
            wrong = check(held, truth, first)
            did = truth.per_day[-1] if day else {"edits": 0, "taken away": 0, "brought back": 0}
            lines.append(
                f"| {day} | {len(today):,} | {len(out.changes.new):,} | {did['edits']} |"
                f" {len(out.changes.changed)} | {did['taken away']} | {len(out.changes.vanished)} |"
                f" {did['brought back']} | {len(out.changes.returned)} | {wrong} | {moved} |"
                f" {took:.1f} |"
            )
        late = check_times(held, truth, days)
    took = time.perf_counter() - started
    head = (
        "| day | rows | new cases | edits made | cells found changed | rows taken away |"
        " reported gone |"
        " brought back | reported back | cells that differ from the truth |"
        " changes by the second import | seconds |\n" + "| --- " * 12 + "|\n"
    )
    return (
        f"{FILE}, {len(rows):,} cases, seed {SEED}. Each day up to 200 cells are edited or blanked,"
        " 300 are written otherwise with the same meaning, 20 rows taken away, some brought back,"
        " 11 new rows added, rows and columns put in another order.\n\n"
        f"{head}"
        + "\n".join(lines)
        + f"\n\nFacts that are not recorded at the very import at which the"
        f" script made the edit, or that it did not make: {late}. All took {took:.0f} s."
    )


if __name__ == "__main__":
    print(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
