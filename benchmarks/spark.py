"""How fast Spark's tasks rank, and what a cluster would take for 12 million cases.

`python benchmarks/spark.py [cases]` makes that many cases (default 10,000), ranks a slice of them
against blocks of growing size as one task does, then all pairs by both engines and a day's new
cases, checks that the answers are the same, and prints tables. Rates of a task are by the seconds
that its threads spent on processors, which do not depend on who else uses the machine.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from clew.comparison.coding.columns import Coded, to_columns
from clew.comparison.ranking import local, spark
from clew.comparison.ranking.spark import Lengths, cut_rows, rank_against
from clew.comparison.tables import tabulate
from clew.comparison.weights.chance import KEPT
from clew.comparison.weights.weight_table import declared_table
from clew.intake.read import read_case_file
from clew.model.columns import Tables
from clew.store.case_text import to_bytes
from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import write_generated

LENGTHS = Lengths(5, KEPT)
DAY = 40  # records a day of the made-up force: 30 deaths and other papers
NATION = 12_000_000  # twenty years of deaths accepted by coroners in the United States
MACHINES, CORES = (8, 32, 128), 16  # declared: clusters to reckon with
LISTS_BYTES = 4 * (2 * LENGTHS.top + LENGTHS.kept)


def make(cases: int) -> tuple[Coded, Tables]:
    """Return coded cases of a made-up force, and their tables."""
    first = date(2008, 1, 1)
    settings = ForceSettings(first, first + timedelta(days=cases // 33 + 30))
    made = generate_force(settings, np.random.default_rng(12))
    made.rows[:] = made.rows[:cases]
    with tempfile.TemporaryDirectory() as folder:
        write_generated(made, Path(folder))
        case_file = read_case_file(Path(folder) / "cases.csv")
    coded = to_columns(case_file.as_of(None), case_file.timezone)
    return coded, tabulate(coded, declared_table())


def task_table(coded: Coded, tables: Tables) -> tuple[str, float]:
    """Return a table of one task's work, and the rate at the largest block, pairs a core-second."""
    n, slice_rows = len(coded.cases), spark.Partition().slice_rows
    later = cut_rows(coded.cols, n - slice_rows, n)
    rows, rate = [], 0.0
    rank_against(later, cut_rows(coded.cols, 0, 100), 0, tables, LENGTHS)  # compiled, and warm
    for block in (1_000, 2_000, 4_000, 8_000, 16_000, 32_000):
        if block > n - slice_rows:
            break
        earlier = cut_rows(coded.cols, 0, block)
        began, spent = time.perf_counter(), time.process_time()
        rank_against(later, earlier, 0, tables, LENGTHS)
        took, spent = time.perf_counter() - began, time.process_time() - spent
        rate = block * slice_rows / spent
        size = len(to_bytes(earlier)) / block
        told = f"{took:.2f} | {spent:.2f} | {rate / 1e6:.2f} | {size:.0f} |"
        rows.append(f"| {slice_rows:,} | {block:,} | {told}")
    head = (
        "| slice | block | seconds | core-seconds | million pairs a core-second | bytes a case |\n"
    )
    return head + "| ---: " * 6 + "|\n" + "\n".join(rows), rate


def engines_table(coded: Coded, tables: Tables) -> str:
    """Return a table of all pairs by both engines, and of a day's cases, answers compared."""
    n = len(coded.cases)
    pairs, size = n * (n - 1) / 2, {"top": LENGTHS.top, "kept": LENGTHS.kept}
    here, took_here = timed(partial(local.rank_all, coded.cols, tables, **size))
    with spark.session():
        there, took_there = timed(partial(spark.rank_all, coded.cols, tables, **size))
        cut = spark.Partition(2_000, 4_000)
        blocks, took_blocks = timed(
            partial(spark.rank_all, coded.cols, tables, **size, partition=cut)
        )
        day, took_day = timed(partial(spark.rank_new, coded.cols, tables, n - DAY, LENGTHS, cut))
    for name in ("weights", "rows", "null"):
        whole = getattr(here, name)
        assert np.array_equal(getattr(there, name), whole), name
        assert np.array_equal(getattr(blocks, name), whole), name
        assert np.array_equal(getattr(day, name), whole[n - DAY :]), name
    told = [
        ("all pairs, local", pairs, took_here),
        ("all pairs, Spark, one block", pairs, took_there),
        (f"all pairs, Spark, blocks of {cut.block_rows:,}", pairs, took_blocks),
        (f"the day's {DAY} new cases, Spark", DAY * n, took_day),
    ]
    rows = [f"| {w} | {p / 1e6:,.1f} | {t:.1f} | {p / t / 1e6:.2f} |" for w, p, t in told]
    head = f"| {n:,} cases | million pairs | seconds | million pairs a second |\n"
    return head + "| --- | ---: | ---: | ---: |\n" + "\n".join(rows)


def timed(work: partial) -> tuple:
    """Return what the work gives, and its seconds."""
    began = time.perf_counter()
    told = work()
    return told, time.perf_counter() - began


def cluster_table(rate: float, bytes_a_case: float) -> str:
    """Return what clusters of machines like this one would take for all pairs of a nation."""
    pairs = NATION * (NATION - 1) / 2
    rows = [f"| {n} | {n * CORES:,} | {pairs / rate / n / CORES / 3600:,.1f} |" for n in MACHINES]
    head = (
        f"{NATION:,} cases are {pairs:.1e} pairs. Columns: {NATION * bytes_a_case / 1e9:.1f} GB;"
        f" lists that come back a block: {NATION * LISTS_BYTES / 1e9:.1f} GB at most.\n\n"
        f"| machines of {CORES} cores | cores like these | hours |\n| ---: | ---: | ---: |\n"
    )
    return head + "\n".join(rows)


def main(cases: int = 10_000) -> str:
    """Return all tables."""
    coded, tables = make(cases)
    held = len(to_bytes(coded.cols)) / len(coded.cases)
    tasks, rate = task_table(coded, tables)
    return "\n\n".join(
        [
            f"One task, on a machine of {os.cpu_count()} cores that others may use as well:",
            tasks,
            "Both engines, the same answer to the byte:",
            engines_table(coded, tables),
            "All pairs of a nation, at the rate of the largest block above, reckoned and not run:",
            cluster_table(rate, held),
        ]
    )


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
