"""Pairs a second by Clew and by others in the same run, and the machine's limits beside them."""

from __future__ import annotations

import time

import numpy as np

from clew.engine.blocks import Lengths, cut_rows, rank_against
from clew.engine.local import rank_all
from clew.model.columns import Array, Columns, Tables
from speed_peers import (
    DRAWS,
    crimelinkage_rate,
    duckdb_rates,
    five_evidences,
    interval_error,
    splink_rate,
    time_rate,
)
from speed_roofline import measured

TOP, SHOWN = 5, 50
PEER_CASES = 5_000
"""Declared: all pairs of so many, 12 million."""
SPLINK_CASES = 3_000
"""Declared: fewer for Splink, 4.5 million pairs, so that it ends within a minute."""
ROUNDS = 3
"""Declared: interleaved runs of which the median is told."""
LOOK_UPS = 8
"""Table look-ups that place, time, age and sex of every pair take (`kernel.weigh_base`)."""


def no_index_rate(cols: Columns, tables: Tables) -> float:
    """Return pairs a second where every pair is compared, none pruned by an index."""
    few, later = cut_rows(cols, 0, PEER_CASES), cut_rows(cols, PEER_CASES, 2 * PEER_CASES)
    rank_against(cut_rows(later, 0, 2), few, 0, tables, Lengths(TOP, 1))
    began = time.perf_counter()
    rank_against(later, few, 0, tables, Lengths(TOP, 1))
    return len(later.age) * PEER_CASES / (time.perf_counter() - began)


def rates(cols: Columns, tables: Tables, asked: Array) -> dict[str, float | list[float] | None]:
    """Return pairs a second by everybody, once; and seconds of one case against all in SQL."""
    few, five = cut_rows(cols, 0, PEER_CASES), five_evidences(cols, tables)
    began = time.perf_counter()
    rank_all(few, tables, top=TOP, kept=1)
    pruned = PEER_CASES * (PEER_CASES - 1) / 2 / (time.perf_counter() - began)
    sql = duckdb_rates(cols, PEER_CASES, asked)
    return {
        "Clew, all evidences, an index made and pruned": pruned,
        "Clew, all evidences, no index": no_index_rate(cols, tables),
        "Clew, five evidences, no index": no_index_rate(five, tables),
        "DuckDB SQL, five evidences, top 5": None if sql is None else sql[0],
        f"Splink 5, five evidences, all pairs of {SPLINK_CASES:,}, no ranking": splink_rate(
            cols, SPLINK_CASES
        ),
        "Clew, evidence of time (age and sex with it)": time_rate(cols, tables, 10_000_000),
        "crimelinkage's evidence of time, in NumPy": crimelinkage_rate(cols, 20_000),
        "": None if sql is None else sql[1],
    }


def peers_table(cols: Columns, tables: Tables) -> tuple[str, float]:
    """Return the table of the same pairs by others, and Clew's rate without an index."""
    asked = np.random.default_rng(6).integers(len(cols.age) - 1_000, len(cols.age), 5)
    rates(cols, tables, asked[:1])  # compiled, and warm
    runs = [rates(cols, tables, asked) for _ in range(ROUNDS)]
    told, medians = [], {}
    for what in [name for name in runs[0] if name]:
        if runs[0][what] is None:
            told.append(f"| {what} | absent |")
            continue
        medians[what] = float(np.median([run[what] for run in runs]))  # type: ignore[arg-type]
        told.append(f"| {what} | {medians[what]:,.0f} |")
    table = "\n".join(["| by | pairs a second |", "| --- | ---: |", *told])
    names = list(medians)
    said = f"{names[-2]} is {medians[names[-2]] / medians[names[-1]]:,.0f} times {names[-1]}."
    if runs[0][""] is not None:
        took = np.median([run[""] for run in runs]) * 1e3
        ours, splink = medians[names[2]], medians[names[4]]
        said = (
            f"On the same five evidences Clew is {ours / splink:,.0f} times Splink. {said} DuckDB"
            f" takes {took:,.0f} ms for one case against {len(cols.age):,}, top {SHOWN}."
        )
    return (
        f"All pairs of {PEER_CASES:,} cases, medians of {ROUNDS} interleaved runs on two threads:"
        f"\n\n{table}\n\n{said} R is not used: crimelinkage's {DRAWS:,} draws a pair were done"
        " again in NumPy; they miss the exact expected days by at most"
        f" {interval_error():.1f} standard errors over 200 pairs. In R it was measured at 2,000 to"
        " 3,000 pairs a second, on another day."
    ), medians[names[1]]


def limits(rate: float, held: float) -> str:
    """Return the machine's limits beside what weighing pair by pair uses of them."""
    copied, looked = measured()
    return (
        f"Limits of this machine now: {copied / 1e9:.1f} GB copied a second, {looked / 1e6:,.0f}"
        " million random look-ups a second in 1 MB. Weighing every pair"
        f" at {rate / 1e6:.1f} million a second reads {rate * held / 1e9:.1f} GB a second of"
        f" columns, nearly all from caches, and looks up {rate * LOOK_UPS / 1e6:,.0f} million"
        " weights a second, besides those of shared values."
    )
