"""Does the chance of a series hold? Groups found in files that hold no series, against expected.

A series of chance c is one of which a file of unrelated cases is expected to hold c, of its size
and at least as surprising. So over many such files the number found with chance up to c should be
c times the files, for each size. `python benchmarks/series_chance.py [forces]` prints the table.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
from scipy.stats import poisson

from clew.comparison.compare import compare_cases
from clew.comparison.weights.weight_table import declared_table
from clew.intake.read import read_case_file
from clew.model.case_file import CaseFile
from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import write_generated
from clew.workflows.link import possible_series

POINTS = (30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03)
SIZES = (("2", 2, 2), ("3", 3, 3), ("4", 4, 4), ("5", 5, 5), ("6 and more", 6, 10**9))
FIRST, LAST = date(2013, 1, 1), date(2014, 3, 31)
"""All cases of these forces are unrelated by the generator; the Barking record is not in them."""


def made_up(forces: int) -> Iterator[CaseFile]:
    """Make forces without any planted series, one after the other."""
    for seed in range(forces):
        with tempfile.TemporaryDirectory() as folder:
            settings = ForceSettings(first_day=FIRST, last_day=LAST)
            made = generate_force(settings, np.random.default_rng(1_000 + seed))
            write_generated(made, Path(folder))
            yield read_case_file(Path(folder) / "cases.csv")


def look(case_file: CaseFile) -> list[tuple[int, float]]:
    """Return the size and chance of every possible series of a file."""
    found = compare_cases(case_file.as_of(None), case_file.timezone, declared_table())
    return [(len(one.members), one.chance or 0.0) for one in possible_series(found)]


def ratio(seen: int, expected: float) -> str:
    """Observed over expected with its exact 95 % interval, were the series independent."""
    low = poisson.ppf(0.025, seen) if seen else 0
    high = 3.7 if not seen else poisson.ppf(0.975, seen)
    return f"{seen / expected:.2f} ({low / expected:.2f} to {high / expected:.2f})"


def markdown(series: list[tuple[int, float]], files: int, what: str) -> str:
    """Return the table of one background."""
    size = np.array([s for s, _ in series])
    chance = np.array([c for _, c in series])
    head = " | ".join(f"{name} cases: observed | observed / expected" for name, _, _ in SIZES)
    lines = [
        f"**{what}**: {files} files, {len(series):,} possible series of any chance.",
        "",
        f"| chance up to | expected of each size | {head} |",
        f"|{'--:|' * (2 + 2 * len(SIZES))}",
    ]
    for point in POINTS:
        cells = []
        for _, least, most in SIZES:
            seen = int(((size >= least) & (size <= most) & (chance <= point)).sum())
            cells += [f"{seen:,}", ratio(seen, point * files)]
        lines.append(f"| {point:g} | {point * files:g} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(forces: int = 12) -> str:
    """Return all tables."""
    series, files = [], 0
    for case_file in made_up(forces):
        series += look(case_file)
        files += 1
    parts = [markdown(series, files, f"Made-up force, {files} seeds of 15 months")]
    folder = os.environ.get("CLEW_DATA")
    if folder:
        path = Path(folder) / "milwaukee_deaths_2020_2023.csv.gz"
        real = look(read_case_file(path, mapping="milwaukee"))
        parts.append(
            markdown(real, 1, "Milwaukee medical examiner 2020-2023 (MIT licence), as it is")
        )
    return "\n\n".join(parts)


if __name__ == "__main__":
    gc.disable()
    print(main(*(int(argument) for argument in sys.argv[1:2])))
