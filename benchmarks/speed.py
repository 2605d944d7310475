"""How fast pairs are weighed, and what pruning saves: all pairs, one case against all, and peers.

`python benchmarks/speed.py [cases ...]` (default 10,000 and 100,000; 1,000,000 and 10,000,000 where
asked, about an hour) makes files at a made-up force's rates, ranks all pairs of each up to a
million, in a process of its own, and single new cases against each; then the same work by DuckDB,
Splink and crimelinkage's way, and the machine's limits.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from clew.comparison.coding.columns import REFERENCE_CASES
from clew.comparison.ranking import local
from clew.comparison.ranking.local import NULL_CASES, rank_all
from clew.comparison.ranking.pruned import lay_out_file, rank_part
from clew.comparison.ranking.spark import cut_rows
from clew.comparison.ranking.upper_bounds import BatchLayout
from clew.comparison.tables import tabulate
from clew.comparison.weights.chance import KEPT, WORST_BANS, PlainNull, fit_plain_null
from clew.comparison.weights.weight_table import declared_table
from clew.model.columns import Array
from clew.model.finding import MICRO
from speed_columns import make_columns, make_donors
from speed_rates import SHOWN, TOP, limits, peers_table

ASKED = 200
"""Declared: new cases asked for one after another; the 99th of a hundred is the second worst."""
JUDGED_BY = 512
"""Declared: cases of the sample whose nulls give the curve; a new case's own tail is its own."""
MOST_PAIRED = 1_000_000
"""Declared: all pairs up to so many cases; larger files are asked for single cases."""
START_UP = "import clew.workflows.link as link; link.link_cases"


def ranked_once(path: Path) -> dict[str, Any]:
    """Rank all pairs of the file at `path`; what it took, and what was skipped."""
    coded, tables = pickle.loads(path.read_bytes())
    small = cut_rows(coded, 0, min(len(coded.age), local.PRUNED_FROM + 1))
    rank_all(small, tables, top=TOP, kept=KEPT)  # compiled, and warm
    began, spent = time.perf_counter(), time.process_time()
    ranked = rank_all(coded, tables, top=TOP, kept=KEPT)
    took, spent = time.perf_counter() - began, time.process_time() - spent
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024
    told = {"took": took, "spent": spent, "peak": peak, "sample": ranked.sample}
    return told | {"done": list(ranked.done)}


def all_pairs_table(folder: Path, sizes: list[int]) -> str:
    """Return the table of all pairs by size, and the exponent with which the time grows."""
    rows, spent = [], []
    for n in sizes:
        told = in_own_process("--one", folder, n)
        pairs = n * (n - 1) / 2
        spent.append(told["spent"])
        weighed = told["done"][4] / pairs
        null = f"sample of {told['sample']:,}" if told["sample"] else "earlier cases"
        rate = pairs / told["took"] / 1e6
        rows.append(
            f"| {n:,} | {told['took']:.1f} | {told['spent']:.1f} | {rate:,.1f}"
            f" | {1 - weighed:.2%} | {null} | {told['peak']:,.0f} |"
        )
        print(rows[-1], file=sys.stderr, flush=True)
    head = (
        "| cases | seconds | core-seconds | million pairs a second | pairs never weighed | null |"
        " MiB at most |\n| ---: | ---: | ---: | ---: | ---: | --- | ---: |\n"
    )
    table = head + "\n".join(rows)
    if len(sizes) > 1:
        grown = np.polyfit(np.log(sizes), np.log(spent), 1)[0]
        table += f"\n\nCore-seconds grow as cases to the power of {grown:.2f}; all pairs do with 2."
    return table


def null_of_file(laid: BatchLayout, size: int) -> PlainNull:
    """Return the null fitted on some cases of the sample, which stand at the first positions."""
    positions = np.linspace(0, size - 1, JUDGED_BY).astype(int).tolist()
    best = np.concatenate([rank_part(laid, slice(k, k + 1), (1, KEPT)).null for k in positions])
    return fit_plain_null(bans_of(best), np.full(JUDGED_BY, size - 1))


def bans_of(null: Array) -> Array:
    """Turn micro-bans into bans; where there were fewer pairs, the worst."""
    return np.where(null < WORST_BANS * MICRO, WORST_BANS, null / MICRO)


def asked_once(path: Path) -> dict[str, float]:
    """Ask for new cases of the file at `path`, one after another; milliseconds, bytes a case."""
    cols, tables = pickle.loads(path.read_bytes())
    n = len(cols.age)
    laid, sample = lay_out_file(cols, tables, NULL_CASES)
    assert sample is not None
    model = null_of_file(laid, len(sample))
    latest = np.flatnonzero(laid.tiled.rows >= n - n // 50)
    chosen = np.random.default_rng(5).choice(latest, ASKED, replace=False)
    took, weighed = [], 0
    for position in chosen.tolist():
        began = time.perf_counter()
        best = rank_part(laid, slice(position, position + 1), (SHOWN, KEPT))
        plain = model.of_others(bans_of(best.null), np.array([len(sample)]))
        rows = np.zeros(SHOWN, np.int64)
        plain.expected(rows, best.weights[0] / MICRO, np.full(SHOWN, n))
        took.append(time.perf_counter() - began)
        weighed += int(best.done[4])
    lists = [part for many in laid.tiled if isinstance(many, tuple) for part in many]
    index = [*lists, *(part for part in laid.tiled if isinstance(part, np.ndarray))]
    p50, p99 = np.percentile(np.array(took) * 1e3, (50, 99))
    return {
        "p50": p50, "p99": p99, "weighed": weighed / ASKED,
        "columns": sum(values.nbytes for values in laid.cols) / n,
        "index": sum(part.nbytes for part in index) / n,
    }  # fmt: skip


def one_against_all(folder: Path, sizes: list[int]) -> str:
    """Return the table of how long one case takes against all others, with chance."""
    rows = []
    for n in sizes:
        told = in_own_process("--asked", folder, n)
        rows.append(
            f"| {n:,} | {told['p50']:.1f} | {told['p99']:.1f} | {told['weighed']:,.0f}"
            f" | {told['columns']:.0f} | {told['index']:.0f} |"
        )
    head = (
        "| cases | ms, median | ms, 99th of a hundred | pairs weighed | bytes a case: columns"
        " | index |\n| ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    return (
        f"One case of the last fiftieth against all earlier ones, top {SHOWN} with chance,"
        f" {ASKED} asked one after another on one thread, the index standing:\n\n{head}"
        + "\n".join(rows)
    )


def in_own_process(what: str, folder: Path, n: int) -> dict[str, Any]:
    """Return what a process of its own measures on the file of n cases."""
    command = [sys.executable, __file__, what, str(folder / f"{n}.pickle")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def start_up() -> str:
    """Return how long a process takes to load the linking job, compiled code and all."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", START_UP], check=True)
        took.append(time.perf_counter() - began)
    return f"To start a process and load the linking job: {np.median(took):.2f} s at the median."


def make_files(folder: Path, sizes: list[int]) -> None:
    """Write the columns and tables of a file of each size; read again by processes of their own."""
    (folder / "force").mkdir()
    donors = make_donors(str(folder / "force"))
    for n in sizes:
        coded = make_columns(donors, n)
        tables = tabulate(coded, declared_table())
        # Made here and read here: nothing from elsewhere is ever unpickled.
        with (folder / f"{n}.pickle").open("wb") as file:
            pickle.dump((coded.cols, tables), file, protocol=5)


def parts(*sizes: int) -> Iterator[str]:
    """Yield one table after another, each as soon as it is there."""
    asked = sorted(sizes or (10_000, 100_000))
    paired = [n for n in asked if n <= MOST_PAIRED]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder, asked)
        yield start_up()
        cols, tables = pickle.loads((folder / f"{paired[-1]}.pickle").read_bytes())
        peers, rate = peers_table(cols, tables)
        yield peers
        yield limits(rate, sum(values.nbytes for values in cols) / len(cols.age))
        del cols, tables
        yield one_against_all(folder, [n for n in asked if n > REFERENCE_CASES])
        yield "All pairs, the best five earlier cases of each, exact, on two cores:\n\n" + (
            all_pairs_table(folder, paired)
        )


def main(*sizes: int) -> str:
    """Return all tables; files are made at a made-up force's rates."""
    return "\n\n".join(parts(*sizes))


MEASURES = {"--one": ranked_once, "--asked": asked_once}

if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in MEASURES:
        print(json.dumps(MEASURES[sys.argv[1]](Path(sys.argv[2]))))
    else:
        for part in parts(*map(int, sys.argv[1:])):
            print(part, end="\n\n", flush=True)
