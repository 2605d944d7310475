"""The same work by others, in the same run: DuckDB, Splink 5, and crimelinkage's evidence of time.

They are given what they can express of Clew's evidences: distance, days between, age, sex and
mechanism. None of them weighs values by what else is shared, nor windows, people or papers.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any

import numpy as np
import pyarrow as pa

from clew.comparison.coding.columns import STARTS, bits_of
from clew.comparison.evidence.timing import weigh_gap
from clew.compiling import looped
from clew.model.columns import ITEM_TYPES, Array, Columns, Tables
from clew.model.values import DAY

DRAWS = 2_000
"""Draws a pair of crimelinkage 0.0.4 (compareCrimes.R: niters)."""
DAYS, YEARS, KILOMETRES = (1, 3, 7, 30, 90, 365), (1, 5, 10, 20), (0.1, 0.25, 0.5, 1, 2, 5, 10, 50)
LEAST = -(1 << 40)
NOT_GIVEN = ("place_key", "area", "far", "clock", "weekday")
SQL_WEIGHT = """
case when m <= .1 then 3 when m <= .5 then 2 when m <= 2 then 1 when m <= 10 then 0 else -1 end
+ case when d <= 7 then 2 when d <= 30 then 1.5 when d <= 365 then .5 else -.2 end
+ case when y <= 5 then .7 when y <= 20 then .1 else -.4 end
+ case when same_sex then .2 else -.6 end + case when same_mechanism then .8 else -.1 end
"""
SQL_PAIRS = """
select a.id as later, b.id as earlier, abs(a.day - b.day) as d, abs(a.age - b.age) as y,
 sqrt((a.x-b.x)*(a.x-b.x) + (a.y-b.y)*(a.y-b.y) + (a.z-b.z)*(a.z-b.z)) / 1000 as m,
 a.sex = b.sex as same_sex, a.mechanism = b.mechanism as same_mechanism
"""


def five_evidences(cols: Columns, tables: Tables) -> Columns:
    """Return the cases with what Splink is given alone: point, time, age, sex, mechanism."""
    n, none = len(cols.age), np.zeros(0, np.int32)
    kept = tables.item_type[cols.items] == ITEM_TYPES.index("mechanism")
    owner = np.repeat(np.arange(n), np.diff(cols.item_start))[kept]
    start, items = np.searchsorted(owner, np.arange(n + 1)).astype(np.int64), cols.items[kept]
    unknown = {name: np.full_like(getattr(cols, name), -1) for name in NOT_GIVEN}
    nobody = {STARTS[name]: none for name in ("entity_start", "mention_start")}
    starts = dict.fromkeys(("entity_start", "mention_start"), np.zeros(n + 1, np.int64))
    return cols._replace(
        items=items, item_start=start, item_bits=bits_of(start, items),
        item_counts=cols.item_counts * (np.arange(len(ITEM_TYPES)) == 0).astype(np.int32),
        recorded=cols.recorded & 1, entity_bits=np.zeros(n, np.uint64),
        **unknown, **nobody, **starts,
    )  # fmt: skip


@looped
def weigh_times(cols: Columns, tables: Tables, first: int, last: int, best: Array) -> None:
    """Fill the greatest weight of gap, time of day and day of the week of some rows' pairs.

    Each of rows `first` to `last` (exclusive) is weighed with every earlier one.
    """
    for i in range(first, last):
        most = LEAST
        for j in range(i):
            weight = weigh_gap(cols, tables.gap_edges, tables.gap, tables.gap_knots, i, j)
            if cols.clock[i] >= 0 and cols.clock[j] >= 0:
                weight += tables.clock[cols.clock[i], cols.clock[j]]
            if cols.weekday[i] >= 0 and cols.weekday[j] >= 0:
                weight += tables.weekday[cols.weekday[i], cols.weekday[j]]
            most = max(most, weight)
        best[i] = most


def time_rate(cols: Columns, tables: Tables, cases: int) -> float:
    """Return pairs a second of Clew's evidence of time, all pairs of some cases, two threads."""
    best = np.zeros(cases, np.int64)
    weigh_times(cols, tables, 0, 2, best)
    parts = [(k, min(k + 64, cases)) for k in range(0, cases, 64)]
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: weigh_times(cols, tables, *part, best), parts))
    return cases * (cases - 1) / 2 / (time.perf_counter() - began)


def simple_table(cols: Columns) -> pa.Table:
    """Return the plain fields of all cases, for DuckDB and Splink."""
    x, y, z = cols.xyz.T.astype(np.float64)
    return pa.table(
        {
            "id": np.arange(len(x)), "x": x, "y": y, "z": z, "day": cols.mid / DAY,
            "latitude": np.degrees(np.arcsin(np.clip(z / 6_371_008.8, -1, 1))),
            "longitude": np.degrees(np.arctan2(y, x)), "age": np.nan_to_num(cols.age),
            "sex": cols.sex.astype(np.int32), "mechanism": cols.mechanism.astype(np.int32),
        }
    )  # fmt: skip


def duckdb_rate(cols: Columns, cases: int) -> float | None:
    """Return pairs a second of all pairs of the first cases, top 5; None: DuckDB is absent."""
    base = _table_in_duckdb(cols)
    if base is None:
        return None
    with base:
        began = time.perf_counter()
        base.execute(
            f"select later, max_by(earlier, w, 5) from (select later, earlier, {SQL_WEIGHT} as w"
            f" from ({SQL_PAIRS} from c a join c b on b.id < a.id and a.id < {cases}))"
            " group by later"
        ).fetchall()
        return cases * (cases - 1) / 2 / (time.perf_counter() - began)


def duckdb_seconds(cols: Columns, asked: Array) -> list[float] | None:
    """Return seconds of each of the rows asked for against all cases, top 50; None: absent."""
    base = _table_in_duckdb(cols)
    if base is None:
        return None
    took = []
    with base:
        for row in asked.tolist():
            began = time.perf_counter()
            base.execute(
                f"select earlier, {SQL_WEIGHT} as w from ({SQL_PAIRS} from c a, c b"
                f" where a.id = {row} and b.id <> {row}) order by w desc limit 50"
            ).fetchall()
            took.append(time.perf_counter() - began)
    return took


def _table_in_duckdb(cols: Columns) -> Any:
    if find_spec("duckdb") is None:
        return None
    import duckdb  # noqa: PLC0415 - it may be absent

    base = duckdb.connect()
    base.execute("set threads to 2")
    base.register("given", simple_table(cols))
    base.execute("create table c as select * from given")
    return base


def splink_rate(cols: Columns, cases: int) -> float | None:
    """Return Splink's pairs a second over all pairs of the first cases, unblocked."""
    if find_spec("splink") is None or find_spec("duckdb") is None:
        return None
    import duckdb  # noqa: PLC0415 - they may be absent
    import splink.comparison_library as compared  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator  # noqa: PLC0415
    from splink.comparison_level_library import (  # noqa: PLC0415
        CustomLevel,
        ElseLevel,
        NullLevel,
    )

    def apart(column: str, edges: tuple[int, ...]) -> compared.CustomComparison:
        within = [CustomLevel(f"abs({column}_l - {column}_r) <= {e}", str(e)) for e in edges]
        return compared.CustomComparison([NullLevel(column), *within, ElseLevel()], column)

    with duckdb.connect() as base:
        base.execute("set threads to 2")
        base.register("given", simple_table(cols).slice(0, cases))
        base.execute("create table c as select *, id as unique_id from given")
        settings = SettingsCreator(
            "dedupe_only",
            comparisons=[
                apart("day", DAYS), apart("age", YEARS), compared.ExactMatch("sex"),
                compared.ExactMatch("mechanism"),
                compared.DistanceInKMAtThresholds("latitude", "longitude", list(KILOMETRES)),
            ],
            blocking_rules_to_generate_predictions=["1=1"], retain_matching_columns=False,
        )  # fmt: skip
        linker = Linker(DuckDBAPI(base).register("c"), settings, log_level=40)
        began = time.perf_counter()
        linker.inference.predict()
        return cases * (cases - 1) / 2 / (time.perf_counter() - began)


def interval_evidence(a: Array, b: Array, rng: np.random.Generator) -> Array:
    """Return expected differences of pairs of windows: days, hours on the clock, days of the week.

    As crimelinkage works it out: the mean over DRAWS moments drawn from either window. Windows
    (pairs, 2): begin and end, hours.
    """
    total = np.zeros((len(a), 3))
    for _ in range(DRAWS):
        x = a[:, 0] + rng.random(len(a)) * (a[:, 1] - a[:, 0])
        y = b[:, 0] + rng.random(len(b)) * (b[:, 1] - b[:, 0])
        hours = np.abs(x - y)
        clock, week = hours % 24, hours % 168
        total[:, 0] += hours / 24
        total[:, 1] += np.minimum(clock, 24 - clock)
        total[:, 2] += np.minimum(week, 168 - week) / 24
    return total / DRAWS


def crimelinkage_rate(cols: Columns, pairs: int) -> float:
    """Return pairs a second of crimelinkage's evidence of time, as done again in NumPy."""
    rng = np.random.default_rng(3)
    rows = rng.integers(0, len(cols.mid), (pairs, 2))
    begin, end = (cols.mid + sign * cols.width / 2 for sign in (-1, 1))
    windows = np.stack([begin, end], axis=-1) / 3600
    began = time.perf_counter()
    interval_evidence(windows[rows[:, 0]], windows[rows[:, 1]], rng)
    return pairs / (time.perf_counter() - began)


def closed_form_days(a: Array, b: Array) -> float:
    """Return the expected days between two windows exactly (docs/method/timing.md)."""

    def cubed(u: float) -> float:
        return abs(u) ** 3 / 6

    o, x, y = a[0] - b[0], a[1] - a[0], b[1] - b[0]
    return (cubed(o + x) - cubed(o) - cubed(o + x - y) + cubed(o - y)) / (x * y) / 24


def interval_error() -> float:
    """Return by how many standard errors, at most, the draws miss the exact days of 200 pairs."""
    rng = np.random.default_rng(4)
    begin = rng.uniform(0, 2_000, (200, 2))
    length = rng.uniform(1, 200, (200, 2))
    a, b = (np.stack([begin[:, k], begin[:, k] + length[:, k]], axis=1) for k in (0, 1))
    drawn = interval_evidence(a, b, rng)[:, 0]
    exact = np.array([closed_form_days(x, y) for x, y in zip(a, b, strict=True)])
    error = np.hypot(length[:, 0], length[:, 1]) / np.sqrt(12) / 24 / np.sqrt(DRAWS)
    return float((np.abs(drawn - exact) / error).max())
