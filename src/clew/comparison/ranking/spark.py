"""Ranking on many machines: blocks of rows in Spark's tasks, the kernel in each.

All pairs, block by block: one block of earlier rows at a time is broadcast, and the later rows,
which lie spread over the executors in slices, are each ranked against it. The day's new cases: it
is they that are broadcast, and the history that lies spread. Either way a task calls the compiled
kernel for its part, and the parts' lists are merged here: a case's best among all earlier ones are
the best of its best in each block of them, so parts may be ranked anywhere and in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyspark import Broadcast
from pyspark.sql import DataFrame, SparkSession

from clew.comparison.coding.columns import STARTS, rows_of, stack_rows
from clew.comparison.kernel import EMPTY
from clew.comparison.ranking import local
from clew.comparison.ranking.local import rank_triggers
from clew.comparison.ranking.ranked import (
    Progress,
    Ranked,
    empty_lists,
    null_sample,
    null_sizes,
)
from clew.comparison.ranking.spark_session import require_java, session
from clew.model.columns import I32, Array, Columns, Tables
from clew.store.case_text import from_bytes, to_bytes

__all__ = ["Partition", "rank_all", "rank_new", "require_java"]

A_TASK_A_SLICE = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "1",
    "spark.sql.execution.arrow.localRelationThreshold": "0b",
}
"""One batch is one row, which is a slice of cases; and each batch is a partition of its own."""
ANSWER = "first long, weights binary, rows binary, null binary"

Mapped = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class Partition:
    """How rows are cut. Declared; docs/how-to/cluster.md has what they cost and how to choose.

    `slice_rows`: rows of one task, about 0.4 MB. `block_rows`: rows that a task is given to
    compare with, about 180 MB; a multiple of `slice_rows`.
    """

    slice_rows: int = 2_000
    block_rows: int = 1_000_000

    def __post_init__(self) -> None:
        if self.slice_rows < 1 or self.block_rows % self.slice_rows:
            raise ValueError("a block consists of whole slices")


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many candidates per case, and how many of its best plain pairs for the null."""

    top: int
    kept: int


@dataclass(frozen=True, slots=True)
class PartitionLists:
    """Best-first lists of some rows: `weights`, `rows` (n, top) and `null` (n, kept); see Ranked.

    `rows` are numbers within the whole file; -1 with EMPTY weight where there are fewer.
    """

    weights: I32
    rows: I32
    null: I32

    def merged(self, other: PartitionLists) -> PartitionLists:
        """Return the best of two parts of the same rows; of equal weights the earlier row first."""
        weights = np.concatenate([self.weights, other.weights], axis=1)
        rows = np.concatenate([self.rows, other.rows], axis=1)
        # One number orders both: heavier first, then the earlier row; an empty place is last.
        key = (-weights.astype(np.int64) << 32) + rows
        order = np.argsort(key, axis=1)[:, : self.weights.shape[1]]
        null = np.sort(np.concatenate([self.null, other.null], axis=1), axis=1)
        return PartitionLists(
            np.take_along_axis(weights, order, axis=1),
            np.take_along_axis(rows, order, axis=1),
            np.ascontiguousarray(null[:, : -self.null.shape[1] - 1 : -1]),
        )

    def numbered_from(self, first: int) -> PartitionLists:
        """Return the lists with row numbers of the whole file, the first row being `first`."""
        rows = np.where(self.rows < 0, self.rows, self.rows + np.int32(first)).astype(np.int32)
        return replace(self, rows=rows)


def put(lists: PartitionLists, into: Ranked, first: int) -> None:
    """Merge the lists of rows `first` and following into those of the whole file."""
    part = slice(first, first + len(lists.weights))
    both = lists.merged(PartitionLists(into.weights[part], into.rows[part], into.null[part]))
    into.weights[part], into.rows[part], into.null[part] = both.weights, both.rows, both.null


def cut_rows(cols: Columns, start: int, stop: int) -> Columns:
    """Return rows `start` to `stop` (exclusive) as columns of their own."""
    cut = {}
    for name in Columns._fields:
        values = getattr(cols, name)
        if name in STARTS:
            at = values[start : stop + 1]
            cut[name] = at - at[0]
            cut[STARTS[name]] = getattr(cols, STARTS[name])[at[0] : at[-1]]
        elif name not in STARTS.values():
            cut[name] = values[start:stop]
    return Columns(**cut)


def rank_against(
    later: Columns, earlier: Columns, first: int, tables: Tables, lengths: Lengths
) -> PartitionLists:
    """Compare every later row with every earlier one; row numbers count from `first`."""
    m, n = len(earlier.age), len(later.age)
    since = np.repeat(np.array([0, 1], np.int32), [m, n])
    cols = stack_rows(earlier, later)
    return _rank(cols, np.arange(m, m + n), since, tables, lengths).numbered_from(first)


def rank_within(
    cols: Columns, rows: Array, first: int, tables: Tables, lengths: Lengths
) -> PartitionLists:
    """Compare each of `rows` with every row before it; row 0 has the number `first`."""
    since = np.arange(len(cols.age), dtype=np.int32)
    return _rank(cols, rows, since, tables, lengths).numbered_from(first)


def null_lists(rows: Columns, sample: Columns, tables: Tables, kept: int) -> PartitionLists:
    """Compare rows with every case of the sample but themselves, which the case's number shows."""
    return rank_against(rows, sample, 0, tables, Lengths(1, kept))


def _rank(
    cols: Columns, rows: Array, since: Array, tables: Tables, lengths: Lengths
) -> PartitionLists:
    """Rank as in a replay: a row meets those alone that were there before it."""
    life = (since, np.full(len(since), np.iinfo(np.int32).max, np.int32))
    met = rank_triggers(cols, tables, rows, life, lengths.top, lengths.kept)
    return PartitionLists(met.weights, met.rows, met.null)


def rank_all(
    cols: Columns,
    tables: Tables,
    *,
    top: int,
    kept: int,
    progress: Progress | None = None,
    partition: Partition | None = None,
) -> Ranked:
    """Compare every case with every earlier one, block by block; the answer of `local.rank_all`.

    The first cases, which have a null of their own, are ranked here.
    """
    partition = partition or Partition()
    n, head = len(cols.age), min(len(cols.age), local.NULL_CASES)
    sample = null_sample(n)
    # Where the null is that of a sample, pairs with earlier rows fill none: one place is unused.
    lengths = Lengths(top, kept if sample is None else 1)
    null = np.full((n, lengths.kept), EMPTY, np.int32)
    ranked = Ranked(*empty_lists(n, top), null, np.maximum(np.arange(n), head - 1))
    # The null of the first rows is taken from one another, later ones too: they are ranked here.
    first = cut_rows(cols, 0, head)
    own = local.rank_all(first, tables, top=top, kept=lengths.kept)
    ranked.weights[:head], ranked.rows[:head], ranked.null[:head] = own.weights, own.rows, own.null
    if n == head:
        return ranked
    with session() as spark:
        later = _slices(spark, cols, head, partition.slice_rows).persist()
        shared_tables = spark.sparkContext.broadcast(tables)
        for start in range(0, n, partition.block_rows):
            stop = min(start + partition.block_rows, n)
            block = spark.sparkContext.broadcast(to_bytes(cut_rows(cols, start, stop)))
            work = _mapped(block, partial(_rank_slice, start, shared_tables, lengths))
            # A slice of rows before this block has no earlier row in it.
            slices = later.where(f"last >= {start}")
            for row, lists in _answers(slices, work, lengths):
                put(lists, ranked, row)
            block.destroy()
            if progress is not None:
                progress(stop, n)
        if sample is not None:
            null = np.full((n, kept), EMPTY, np.int32)
            others = rows_of(cols, sample)
            null[:head] = null_lists(first, others, tables, kept).null
            others_sent = spark.sparkContext.broadcast(to_bytes(others))
            work = _mapped(
                others_sent, lambda rows, _, own: null_lists(own, rows, shared_tables.value, kept)
            )
            for row, lists in _answers(later, work, Lengths(1, kept)):
                null[row : row + len(lists.null)] = lists.null
            others_sent.destroy()
            ranked = replace(ranked, null=null, null_size=null_sizes(n, sample), sample=len(sample))
        later.unpersist()
        shared_tables.destroy()
    return ranked


def rank_new(
    cols: Columns,
    tables: Tables,
    first: int,
    lengths: Lengths,
    partition: Partition | None = None,
) -> PartitionLists:
    """Compare the cases from row `first` on with every earlier one: the daily job.

    They are broadcast; the history lies in slices of `block_rows`. What comes back are the rows
    of `rank_all` from `first` on, which must lie behind those that have a null of their own.

    Raises
    ------
    ValueError
        If `first` lies among the first cases, or behind the last.
    """
    n = len(cols.age)
    if not local.NULL_CASES <= first < n:
        raise ValueError(f"new cases begin at row {local.NULL_CASES} at the earliest")
    partition = partition or Partition()
    new = cut_rows(cols, first, n)
    best = rank_within(new, np.arange(n - first), first, tables, lengths)
    with session() as spark:
        history = _slices(spark, cut_rows(cols, 0, first), 0, partition.block_rows)
        shared_tables = spark.sparkContext.broadcast(tables)
        new_sent = spark.sparkContext.broadcast(to_bytes(new))
        work = _mapped(
            new_sent,
            lambda rows, row, own: rank_against(rows, own, row, shared_tables.value, lengths),
        )
        for _, lists in _answers(history, work, lengths):
            best = best.merged(lists)
        new_sent.destroy()
        shared_tables.destroy()
    sample = null_sample(n)
    if sample is None:
        return best
    return replace(best, null=null_lists(new, rows_of(cols, sample), tables, lengths.kept).null)


def _slices(spark: SparkSession, cols: Columns, first: int, size: int) -> DataFrame:
    """Spread the rows from `first` on over Spark, a slice per partition, ending at its multiples.

    Each row of the frame is a slice: numbers of its first and last row, and its columns.
    """
    n = len(cols.age)
    starts = [first, *range(first - first % size + size, n, size)]
    ends = [*starts[1:], n]
    slices = [to_bytes(cut_rows(cols, a, b)) for a, b in zip(starts, ends, strict=True)]
    for name, value in A_TASK_A_SLICE.items():
        spark.conf.set(name, value)
    last = [end - 1 for end in ends]
    return spark.createDataFrame(pa.table({"first": starts, "last": last, "columns": slices}))


def _mapped(
    sent: Broadcast[bytes], rank: Callable[[Columns, int, Columns], PartitionLists]
) -> Mapped:
    """Return what ranks slices, each with the number of its first row, with the rows sent."""

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = from_bytes(sent.value)
        for first, slice_ in _read(batches):
            lists = rank(rows, first, slice_)
            arrays = {
                name: [getattr(lists, name).tobytes()] for name in ("weights", "rows", "null")
            }
            yield pa.RecordBatch.from_pydict({"first": [first], **arrays})

    return work


def _rank_slice(
    start: int,
    tables: Broadcast[Tables],
    lengths: Lengths,
    block: Columns,
    first: int,
    rows: Columns,
) -> PartitionLists:
    """Rank a slice of rows against the block that begins at row `start`.

    A slice that lies within the block meets the block's rows before each of its own.
    """
    if first < start + len(block.age):
        own = np.arange(first - start, first - start + len(rows.age))
        return rank_within(block, own, start, tables.value, lengths)
    return rank_against(rows, block, start, tables.value, lengths)


def _read(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[int, Columns]]:
    for batch in batches:
        for first, columns in zip(batch.column("first"), batch.column("columns"), strict=True):
            yield first.as_py(), from_bytes(columns.as_py())


def _answers(
    frame: DataFrame, work: Mapped, lengths: Lengths
) -> Iterator[tuple[int, PartitionLists]]:
    """Run the work on every slice and yield first row and lists of each."""
    widths = {"weights": lengths.top, "rows": lengths.top, "null": lengths.kept}
    for row in frame.mapInArrow(work, ANSWER).toArrow().to_pylist():
        arrays = {
            name: np.frombuffer(row[name], np.int32).reshape(-1, width)
            for name, width in widths.items()
        }
        yield row["first"], PartitionLists(**arrays)
