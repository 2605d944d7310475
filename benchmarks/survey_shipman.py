"""When a sequential test would have signalled Shipman, and how many ordinary doctors beside him.

Run with the folder of real data in CLEW_DATA; `python benchmarks/survey_shipman.py` prints what
docs/benchmarks-log.md publishes. Observed and expected deaths a year are those of Baker's review
2001, and the hours of death those shown to the Shipman Inquiry, both as in The Art of Statistics.
"""

from __future__ import annotations

import csv
import gzip
import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from clew.model.columns import Array
from clew.model.excess import Variation
from clew.surveillance.excess.funnel import measure_variation
from clew.surveillance.excess.profiles import compare_circle
from clew.surveillance.excess.sprt import SprtDesign, exact_boundary, least_counts, statistic

ALPHAS = (0.01, 0.001, 1e-4, 1e-5, 1e-6)
GROUPS = {"women of 65 and over": "Women65plus", "men of 65 and over": "Men65plus"}
DOCTORS = 1000
PLAIN = Variation()


def wald_boundary(alpha: float, beta: float) -> float:
    """Return Wald's approximate upper boundary, log((1 - beta) / alpha)."""
    return math.log((1 - beta) / alpha)


def walds(alpha: float, expected: Array, design: SprtDesign) -> float:  # noqa: ARG001 - as the exact one
    """Return Wald's boundary with both errors alike, whatever is expected."""
    return wald_boundary(alpha, alpha)


SETTINGS = (
    ("Poisson, Wald's boundary", PLAIN, walds),
    ("Poisson, exact", PLAIN, exact_boundary),
    ("doctors vary by 20 %, exact", Variation(0.2), exact_boundary),
    ("doctors vary by 30 %, exact", Variation(0.3), exact_boundary),
    ("20 %, and years in clumps of 1.2, exact", Variation(0.2, 1.2), exact_boundary),
)


def load(folder: str) -> tuple[list[int], dict[str, tuple[Array, Array]]]:
    """Return years, and observed and expected deaths by group."""
    path = Path(folder) / "shipman_baker_expected.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    counts = {
        name: (
            np.array([int(row[f"{column}Obs"]) for row in rows]),
            np.array([float(row[f"{column}Exp"]) for row in rows]),
        )
        for name, column in GROUPS.items()
    }
    both = [sum(part[i] for part in counts.values()) for i in (0, 1)]
    return [int(row["Year"]) for row in rows], counts | {"both": (both[0], both[1])}


def first_years(years: list[int], counts: dict[str, tuple[Array, Array]]) -> list[str]:
    """Return the table of the year of the first signal."""
    heads = " | ".join(f"1 in {1 / a:,.0f}" for a in ALPHAS)
    lines = [f"| deaths of | boundary | {heads} |", f"|---|---|{'--:|' * len(ALPHAS)}"]
    for group, (observed, expected) in counts.items():
        for name, variation, boundary in SETTINGS:
            design = SprtDesign(2.0, variation)
            path = statistic(observed, expected, design)
            cells = []
            for alpha in ALPHAS:
                hit = np.flatnonzero(path >= boundary(alpha, expected, design))
                cells.append(str(years[hit[0]]) if len(hit) else "never")
            lines.append(f"| {group} | {name} | {' | '.join(cells)} |")
    return lines


def draw(expected: Array, vary: Variation, rng: np.random.Generator, doctors: int) -> Array:
    """Draw deaths a year of ordinary doctors: a steady rate each, and years in clumps."""
    theta = np.ones(doctors)
    if vary.between > 0:
        theta = rng.gamma(vary.between**-2, vary.between**2, doctors)
    mean = theta[:, None] * expected
    if vary.within == 1:
        return rng.poisson(mean)
    return rng.negative_binomial(mean / (vary.within - 1), 1 / vary.within)


def alarmed(counts: Array, expected: Array, design: SprtDesign, height: float) -> int:
    """Return how many doctors ever reach a height."""
    least = least_counts(height, expected, design)
    return int((counts.cumsum(axis=1) >= least).any(axis=1).sum())


def false_alarms(expected: Array) -> list[str]:
    """Return the table of false alarms among ordinary doctors."""
    lines = [
        "| ordinary doctors | boundary | stated | alarmed of 1,000 | 95 % interval |",
        "|---|---|--:|--:|--:|",
    ]
    rng = np.random.default_rng(1999)
    worlds = (Variation(), Variation(0.2), Variation(0.3), Variation(0.2, 1.2))
    for vary in worlds:
        counts = draw(expected, vary, rng, DOCTORS)
        measured = measure_variation(counts.sum(axis=1), np.full(DOCTORS, expected.sum()))
        told = f"vary by {vary.between:.0%}, clumps of {vary.within:g}"
        ways: list[tuple[str, Variation, Callable[..., float]]] = [
            ("Poisson, Wald's", PLAIN, walds),
            ("Poisson, exact", PLAIN, exact_boundary),
            ("exact, variation known", vary, exact_boundary),
            (f"exact, measured on them ({measured.between:.0%})",
             Variation(measured.between), exact_boundary),
        ]  # fmt: skip
        for alpha in (0.05, 0.01):
            for name, variation, boundary in ways:
                design = SprtDesign(2.0, variation)
                hit = alarmed(counts, expected, design, boundary(alpha, expected, design))
                span = binomtest(hit, DOCTORS).proportion_ci(method="exact")
                lines.append(
                    f"| {told} | {name} | {alpha:.0%} | {hit} | {span.low:.1%} to {span.high:.1%} |"
                )
    return lines


def afternoon(folder: str) -> list[str]:
    """Return the table of hours of death, and the test of the fullest stretch."""
    path = Path(folder) / "shipman_times_of_death.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    own = np.array([float(row["Shipman"]) for row in rows])
    rest = np.array([float(row["Comparison"]) for row in rows])
    own, rest = own / own.sum(), rest / rest.sum()
    lines = ["| hours | Shipman's patients | comparison doctors |", "|---|--:|--:|"]
    for first in range(1, 24, 3):
        hours = [(first + k) % 24 for k in range(3)]
        lines.append(
            f"| {first:02}:00 to {(first + 3) % 24:02}:00 | {own[hours].sum():.1%} |"
            f" {rest[hours].sum():.1%} |"
        )
    lines += ["", "| deaths assumed, each side | fullest stretch | there | expected | p |",
              "|--:|---|--:|--:|--:|"]  # fmt: skip
    for number in (50, 100, 215):
        counts = [np.round(part * number).astype(int) for part in (own, rest)]
        found = compare_circle(counts[0], counts[1], np.random.default_rng(1), draws=9_999)
        if found is None:
            continue
        until = (found.first + found.length) % 24
        lines.append(
            f"| {number} | {found.first:02}:00 to {until:02}:00 | {found.observed} |"
            f" {found.expected:.1f} | {found.p_value:.4f} |"
        )
    return lines


def main() -> str:
    """Return the section of docs/benchmarks-log.md."""
    folder = os.environ.get("CLEW_DATA")
    if not folder:
        return "The real file was not at hand (CLEW_DATA is not set)."
    years, counts = load(folder)
    expected = counts["women of 65 and over"][1]
    risk = math.ceil(1 / ALPHAS[-1])
    return "\n".join(
        [
            "Sequential probability ratio test for a doubling of deaths, 1977 to 1998, yearly:"
            " the first year that signals, by the chance that an ordinary doctor ever would in"
            f" those 22 years (up to 1 in {risk:,}). Published: 1985 or 1997, by source and"
            " comparison (Spiegelhalter and others 2003), at boundaries not corrected for doctors'"
            " own variation.",
            "",
            *first_years(years, counts),
            "",
            "False alarms among 1,000 made-up ordinary doctors with the expected deaths of his"
            " women of 65 and over, 22 years. Published: 33 of 1,009 doctors alarmed, one of them"
            " Shipman (Aylin and others 2003).",
            "",
            *false_alarms(expected),
            "",
            "Hour of death. The source gives shares alone, read off a figure, and not of how many"
            " deaths: the test is made as if there had been so many on each side.",
            "",
            *afternoon(folder),
        ]
    )


if __name__ == "__main__":
    print(main())
