"""Does chance hold? Expected against observed, fitted on earlier time and checked on later.

Run with the folder of real data in CLEW_DATA for the real file; the made-up forces need nothing.
`python benchmarks/chance.py [seeds]` prints the tables that docs/benchmarks-log.md publishes.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from clew.comparison.compare import Comparison, compare_cases, relation_of
from clew.comparison.kernel import EMPTY, kinds_of_pairs
from clew.comparison.null import fit_chance
from clew.comparison.weights.weight_table import declared_table
from clew.intake.read import read_case_file
from clew.model.case_file import CaseFile
from clew.model.columns import Array
from clew.model.finding import MICRO, Relation
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import write_generated

POINTS = (3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
TOP = 10
RESAMPLES = 500


@dataclass(frozen=True)
class Seen:
    """Chances of the later half's best pairs, shape (cases, TOP), inf where none; and strata."""

    chances: Array
    without_address: Array
    strata: dict[str, Array]


def look(case_file: CaseFile) -> Seen:
    """Fit on the earlier half of a file and return the chances found in the later half."""
    found = compare_cases(case_file.as_of(None), case_file.timezone, declared_table(), top=TOP)
    n = len(found.coded.cases)
    half = n // 2
    model = fit_chance(found.coded, found.tables, found.ranked, until=half)
    later, slot = np.nonzero(found.ranked.weights[half:] != EMPTY)
    later += half
    earlier = found.ranked.rows[later, slot].astype(np.int64)
    kind = kinds_of_pairs(found.coded.cols, found.tables, np.column_stack([later, earlier]))
    weights = found.ranked.weights[later, slot] / MICRO
    chance = model.chance(later, weights, kind, later)
    one_death = np.array(
        [
            _reported_twice(found, int(a), int(b), int(k))
            for a, b, k in zip(later, earlier, kind, strict=True)
        ]
    )
    grid, plain = np.full((n - half, TOP), np.inf), np.full((n - half, TOP), np.inf)
    grid[later - half, slot] = np.where(one_death, np.inf, chance)
    plain[later - half, slot] = np.where(one_death | (kind == 1), np.inf, chance)
    return Seen(grid, plain, strata_of(found, half))


def _reported_twice(found: Comparison, a: int, b: int, kind: int) -> bool:
    cases = found.coded.cases
    return relation_of(cases[a], cases[b], kind) is Relation.DUPLICATE_REPORT


def strata_of(found: Comparison, half: int) -> dict[str, Array]:
    """Return masks over the later half's cases: the groups within which chance must hold too."""
    cases, cols = found.coded.cases[half:], found.coded.cols
    age = np.array([np.nan if c.age_years is None else c.age_years for c in cases])
    busy = np.bincount(cols.place_key[cols.place_key >= 0], minlength=1)
    at = np.array([busy[k] if k >= 0 else 0 for k in cols.place_key[half:]])
    groups = {
        "age under 30": age < 30,
        "age 30 to 59": (age >= 30) & (age < 60),
        "age 60 and over": age >= 60,
        "women": np.array([c.sex == "female" for c in cases]),
        "men": np.array([c.sex == "male" for c in cases]),
        "address of 10 and more records": at >= 10,
        "address of 2 to 9 records": (at >= 2) & (at < 10),
        "address of one record, or none": at < 2,
    }
    for name in ("drug", "cardiac", "firearm", "fall", "infection"):
        groups[f"mechanism {name}"] = np.array([c.mechanism == name for c in cases])
    for name in ("institution", "home", "apartment", "open_space", "street"):
        groups[f"premises {name}"] = np.array([c.premises == name for c in cases])
    return {name: mask for name, mask in groups.items() if mask.sum() >= 200}


def ratio(chances: Array, point: float, rng: np.random.Generator) -> tuple[int, float, str]:
    """Return observed pairs, observed / expected, and a 95 % interval by bootstrap over cases."""
    hits = (chances <= point).sum(axis=1)
    expected = point * len(hits)
    draws = rng.choice(hits, (RESAMPLES, len(hits))).sum(axis=1) / expected
    low, high = np.quantile(draws, (0.025, 0.975))
    return int(hits.sum()), hits.sum() / expected, f"{low:.2f} to {high:.2f}"


def markdown(seen: list[Seen], what: str) -> str:
    """Return both tables of one background."""
    rng = np.random.default_rng(7)
    chances = np.concatenate([s.chances for s in seen])
    plain = np.concatenate([s.without_address for s in seen])
    lines = [
        f"**{what}**: {len(chances):,} later cases.",
        "",
        "| chance up to | expected pairs | observed | observed / expected | 95 % interval |"
        " the same without pairs at one address |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for point in POINTS:
        count, share, interval = ratio(chances, point, rng)
        bare = ratio(plain, point, rng)[1]
        expected = point * len(chances)
        lines.append(
            f"| {point:g} | {expected:,.1f} | {count:,} | {share:.2f} | {interval} | {bare:.2f} |"
        )
    lines += ["", "| group | cases | at 1 | at 0.1 | at 0.01 |", "|---|--:|--:|--:|--:|"]
    names = [name for name in seen[0].strata if all(name in s.strata for s in seen)]
    for name in names:
        mask = np.concatenate([s.strata[name] for s in seen])
        cells = [f"{ratio(chances[mask], p, rng)[1]:.2f}" for p in (1.0, 0.1, 0.01)]
        lines.append(f"| {name} | {mask.sum():,} | {' | '.join(cells)} |")
    return "\n".join(lines)


def made_up(seeds: int) -> list[Seen]:
    """Look at made-up forces of ten months each, without any planted record."""
    found = []
    for seed in range(seeds):
        settings = ForceSettings(first_day=date(2013, 1, 1), last_day=date(2014, 6, 30))
        with tempfile.TemporaryDirectory() as folder:
            write_generated(generate_demo(seed, settings), Path(folder))
            found.append(look(read_case_file(Path(folder) / "cases.csv")))
    return found


def main(seeds: int = 2) -> str:
    """Return all tables."""
    parts = []
    folder = os.environ.get("CLEW_DATA")
    if folder:
        path = Path(folder) / "milwaukee_deaths_2020_2023.csv.gz"
        seen = look(read_case_file(path, mapping="milwaukee"))
        parts.append(markdown([seen], "Milwaukee medical examiner 2020-2023 (MIT licence)"))
    else:
        parts.append("The real file was not at hand (CLEW_DATA is not set).")
    parts.append(markdown(made_up(seeds), f"Made-up force, {seeds} seeds of 18 months"))
    return "\n\n".join(parts)


if __name__ == "__main__":
    gc.disable()
    print(main(*(int(argument) for argument in sys.argv[1:2])))
