"""Reading substances out of cause-of-death texts, against hand coding of ten counties (2020).

Run with the folder of real data in CLEW_DATA: `python benchmarks/cause_text.py [misses a label]`.
The counties, sorted by name, alternate between development (first, third ...) and held out.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clew.intake.prose.cause_text import CauseReading, read_cause, substance_groups, substance_ids

FILE = "cause_text_substances_2020.csv.gz"
Row = Mapping[str, str]
Reads = Callable[[CauseReading], bool]


def _named(*ids: str) -> Reads:
    return lambda reading: not set(ids).isdisjoint(reading.substances or ())


def _family(*groups: str, less: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> Reads:
    def holds(reading: CauseReading) -> bool:
        return any(
            name in also
            or (name not in less and not set(groups).isdisjoint(substance_groups(name)))
            for name in reading.substances or ()
        )

    return holds


def _alcohol(reading: CauseReading) -> bool:
    return any(span.concept in {"ethanol", "alcohol_chronic"} for span in reading.spans)


LABELS: dict[str, Reads] = {
    "Methamphetamine": _named("methamphetamine"),
    "MDMA": _named("mdma"),
    "MDA": _named("mda"),
    "Amphetamine": lambda r: _named("amphetamine")(r) and not _named("methamphetamine")(r),
    "Heroin": _named("heroin"),
    "Cocaine": _named("cocaine"),
    "Fentanyl": _family("fentanyl_analogue", "fentanyl_marker", also=("fentanyl",)),
    "Alcohol": _alcohol,
    "Xanax": _named("alprazolam"),
    "Flualprazolam": _named("flualprazolam"),
    "Opioid": _named("opioid"),
    "Prescription.opioids": _family("prescription_opioid"),
    "Any Opioids": _family("opioid", "fentanyl_marker", less=("opiate", "isotonitazene")),
    "Anti-psychotic": _family("antipsychotic"),
    "Anti-Depressant": _family(
        "antidepressant", less=("bupropion", "amitriptyline", "clomipramine")
    ),
    "Anticonvulsant": _family(
        "anticonvulsant", less=("clonazepam", "lorazepam", "midazolam", "oxcarbazepine")
    ),
}
"""How each of the coders' labels follows from a reading. What the coders left out of a family
(`less`) was seen on the development half alone: a text that names only bupropion is never coded as
an antidepressant, clonazepam never as an anticonvulsant, "opiate" never as an opioid, amphetamine
not beside methamphetamine. `WHOLE_FAMILIES` scores the same labels without these omissions."""

WHOLE_FAMILIES: dict[str, tuple[str, Reads]] = {
    "Any Opioids, whole family": ("Any Opioids", _family("opioid", "fentanyl_marker")),
    "Anti-Depressant, whole family": ("Anti-Depressant", _family("antidepressant")),
    "Anticonvulsant, whole family": ("Anticonvulsant", _family("anticonvulsant")),
}

COVERED: list[tuple[str, list[str], Callable[[str], object]]] = [
    ("milwaukee_deaths_2020_2023.csv.gz", ["cause"], lambda text: read_cause(text).mechanism),
    ("cook_deaths_2014_2021.csv.gz", ["cause"], lambda text: read_cause(text).mechanism),
    (
        "allegheny_overdoses_2007_2025.csv.gz",
        [f"combined_od{place}" for place in range(1, 11)],
        substance_ids,
    ),
]
"""Files, their columns, and what counts as read. No truth: a share read, not a share right."""


@dataclass(frozen=True)
class Score:
    """Counts of one label on one half, and the texts on which reading and coding differ."""

    label: str
    positives: int
    hits: int
    extra: int
    misses: tuple[tuple[str, str], ...]

    @property
    def precision(self) -> float:
        """Share of what is read that the coders coded, 0 to 1; 1 where nothing is read."""
        return self.hits / (self.hits + self.extra) if self.hits + self.extra else 1.0

    @property
    def recall(self) -> float:
        """Share of what the coders coded that is read, 0 to 1; 1 where nothing was coded."""
        return self.hits / self.positives if self.positives else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def load_rows(folder: str | None, name: str = FILE) -> list[Row] | None:
    """Return the rows of one file, or None where the folder or file is absent."""
    path = Path(folder) / name if folder else None
    if path is None or not path.is_file():
        return None
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def split(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Return development and held-out rows: counties by name, alternating."""
    counties = sorted({row["county"] for row in rows})
    kept = set(counties[::2])
    return [r for r in rows if r["county"] in kept], [r for r in rows if r["county"] not in kept]


def text_of(row: Row) -> str:
    """Return what the coders read: the cause, and the column called injury description."""
    return f"{row['cause']}; {row['injury_description']}"


def score(rows: list[Row], label: str) -> Score:
    """Count one label, of `LABELS` or `WHOLE_FAMILIES`, over rows."""
    column, reads = WHOLE_FAMILIES[label] if label in WHOLE_FAMILIES else (label, LABELS[label])
    positives = hits = extra = 0
    misses = []
    for row in rows:
        coded, read = row[column] == "1", reads(read_cause(text_of(row)))
        positives += coded
        hits += coded and read
        extra += read and not coded
        if coded != read:
            misses.append(("not read" if coded else "not coded", text_of(row)))
    return Score(label, positives, hits, extra, tuple(misses))


def markdown(rows: list[Row]) -> str:
    """Return the table that the published page shows."""
    halves = split(rows)
    lines = [
        "| label | development n | precision | recall | F1 "
        "| held out n | precision | recall | F1 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for label in (*LABELS, *WHOLE_FAMILIES):
        cells = [label]
        for half in halves:
            s = score(half, label)
            cells += [str(s.positives), f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.f1:.3f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def coverage(folder: str | None) -> str:
    """Return a table: texts that name a mechanism, and listed substances that have an id."""
    lines = ["| file | values | distinct | read |", "|---|--:|--:|--:|"]
    for name, columns, reads in COVERED:
        rows = load_rows(folder, name) or []
        values = Counter(row[c].strip() for row in rows for c in columns if row[c].strip())
        share = sum(n for value, n in values.items() if reads(value)) / max(1, values.total())
        lines.append(f"| {name} | {values.total():,} | {len(values):,} | {share:.2%} |")
    return "\n".join(lines)


def main(limit: int = 0) -> None:
    """Print the table, and up to `limit` misses a label and half."""
    rows = load_rows(os.environ.get("CLEW_DATA"))
    if rows is None:
        print(f"Skipped: {FILE} is not in the folder that CLEW_DATA names.")
        return
    print(markdown(rows), coverage(os.environ.get("CLEW_DATA")), sep="\n\n")
    for name, half in zip(("development", "held_out"), split(rows), strict=True):
        for label in LABELS if limit else ():
            result = score(half, label)
            print(f"\n{name}, {label}: {len(result.misses)} differ")
            for kind, text in result.misses[:limit]:
                print(f"  {kind}: {text[:300]}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
