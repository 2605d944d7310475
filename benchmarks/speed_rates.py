"""Pairs a second by Clew and by others in the same run, and the machine's limits beside them."""

from __future__ import annotations

import time

import numpy as np

from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.spark import Lengths, cut_rows, rank_against
from clew.model.columns import Columns, Tables
from speed_peers import (
    DRAWS,
    crimelinkage_rate,
    duckdb_rate,
    duckdb_seconds,
    five_evidences,
    interval_error,
    splink_rate,
    time_rate,
)
from speed_roofline import measured

TOP, SHOWN = 5, 50
PEER_CASES = 5_000
"""Declared: all pairs of so many, 12 million."""
INDEXED_CASES = 20_000
"""Declared: 200 million pairs, so that an index is worth its making."""
SPLINK_CASES = 3_000
"""Declared: fewer for Splink, 4.5 million pairs, so that it ends within a minute."""
ROUNDS = 3
"""Declared: interleaved runs of which the median is told."""
PRUNED = "Clew, all evidences, an index made and pruned"
PLAIN = "Clew, all evidences, no index"
FIVE_PRUNED = f"Clew, five evidences, all pairs of {INDEXED_CASES:,}, an index made and pruned"
FIVE = "Clew, five evidences, no index"
SQL = "DuckDB SQL, five evidences, top 5"
SPLINK = f"Splink 5, five evidences, all pairs of {SPLINK_CASES:,}, no ranking"
TIME = "Clew, evidence of time"
CRIMELINKAGE = "crimelinkage's evidence of time, in NumPy"
LOOK_UPS = 8
"""Table look-ups that place, time, age and sex of every pair take (`kernel.weigh_base`)."""


def pruned_rate(cols: Columns, tables: Tables, cases: int) -> float:
    """Return pairs a second, counting those that pruning leaves out: the lists are the same."""
    few = cut_rows(cols, 0, cases)
    began = time.perf_counter()
    rank_all(few, tables, top=TOP, kept=1)
    return cases * (cases - 1) / 2 / (time.perf_counter() - began)


def no_index_rate(cols: Columns, tables: Tables) -> float:
    """Return pairs a second where every pair is compared, none pruned by an index."""
    few, later = cut_rows(cols, 0, PEER_CASES), cut_rows(cols, PEER_CASES, 2 * PEER_CASES)
    rank_against(cut_rows(later, 0, 2), few, 0, tables, Lengths(TOP, 1))
    began = time.perf_counter()
    rank_against(later, few, 0, tables, Lengths(TOP, 1))
    return len(later.age) * PEER_CASES / (time.perf_counter() - began)


def rates(cols: Columns, tables: Tables) -> dict[str, float | None]:
    """Return pairs a second by everybody, once; None: absent here."""
    five = five_evidences(cols, tables)
    return {
        PRUNED: pruned_rate(cols, tables, PEER_CASES),
        PLAIN: no_index_rate(cols, tables),
        FIVE_PRUNED: pruned_rate(five, tables, min(INDEXED_CASES, len(cols.age))),
        FIVE: no_index_rate(five, tables),
        SQL: duckdb_rate(cols, PEER_CASES),
        SPLINK: splink_rate(cols, SPLINK_CASES),
        TIME: time_rate(cols, tables, PEER_CASES),
        CRIMELINKAGE: crimelinkage_rate(cols, 20_000),
    }


def peers_table(cols: Columns, tables: Tables) -> tuple[str, float]:
    """Return the table of the same pairs by others, and Clew's rate without an index."""
    rates(cols, tables)  # compiled, and warm
    runs = [rates(cols, tables) for _ in range(ROUNDS)]
    medians = {
        what: float(np.median([run[what] for run in runs]))  # type: ignore[arg-type]
        for what, rate in runs[0].items()
        if rate is not None
    }
    told = [
        f"| {what} | {f'{medians[what]:,.0f}' if what in medians else 'absent'} |"
        for what in runs[0]
    ]
    table = "\n".join(["| by | pairs a second |", "| --- | ---: |", *told])
    said = f"Times weigh {medians[TIME] / medians[CRIMELINKAGE]:,.0f} times as fast as by draws."
    if SPLINK in medians:
        ours, pruned = (medians[what] / medians[SPLINK] for what in (FIVE, FIVE_PRUNED))
        said += (
            f" On the same five evidences Clew is {ours:,.0f} times Splink pair by pair, and"
            f" {pruned:,.0f} times where pruning may leave out pairs that enter no list."
        )
    return (
        f"All pairs of {PEER_CASES:,} cases where nothing else is said, medians of {ROUNDS}"
        f" interleaved runs on two threads:\n\n{table}\n\n{said} {one_by_sql(cols)} R is not used:"
        f" crimelinkage's {DRAWS:,} draws a pair were done again in NumPy; they miss the exact"
        f" expected days by at most {interval_error():.1f} standard errors over 200 pairs. In R it"
        " was measured at 2,000 to 3,000 pairs a second, on another day."
    ), medians[PLAIN]


def one_by_sql(cols: Columns) -> str:
    """Return how long DuckDB takes for one case against all, where it is present."""
    asked = np.random.default_rng(6).integers(len(cols.age) - 1_000, len(cols.age), 5)
    took = duckdb_seconds(cols, asked)
    if took is None:
        return ""
    return (
        f"DuckDB takes {np.median(took) * 1e3:,.0f} ms for one case against {len(cols.age):,},"
        f" top {SHOWN}."
    )


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
