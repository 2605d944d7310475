"""links.parquet: every candidate of a run as columns, for programs; nothing of it is in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from clew.model.columns import Array
from clew.model.finding import Answer, CandidateColumns, Relation, Tier
from clew.outputs import output_file

PAIR_FIELDS = (
    ("case_a", pa.string()),
    ("case_b", pa.string()),
    ("rank", pa.int32()),
    ("micro_bans", pa.int32()),
    ("chance_per_case", pa.float64()),
    ("tier", pa.dictionary(pa.int8(), pa.string())),
    ("relation", pa.dictionary(pa.int8(), pa.string())),
)
SHARED_FIELDS = (
    ("shared", pa.list_(pa.dictionary(pa.int32(), pa.string()))),
    ("shared_micro_bans", pa.list_(pa.int32())),
)
FINDING = "finding_"
"""Begins the name of each finding's column: its micro-bans, 0 where it is missing."""


def write_candidates(path: Path, answer: Answer) -> None:
    """Write links.parquet, in the order of `answer.links`.

    Raises
    ------
    ValueError
        If the answer has no columns: it was not made by a comparison of whole files.
    """
    if answer.candidates is None:
        raise ValueError("these links have no columns")
    findings = [(f"{FINDING}{name}", pa.int32()) for name in answer.candidates.names]
    schema = pa.schema([*PAIR_FIELDS, *findings, *SHARED_FIELDS])
    with output_file(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _batches(answer, answer.candidates, schema):
            writer.write_batch(batch)


def _batches(answer: Answer, columns: CandidateColumns, schema: pa.Schema) -> Iterator[pa.Array]:
    values = pa.array([":".join(value) for value in columns.values], pa.string())
    tiers, relations = ([*kind] for kind in (Tier, Relation))
    first = 0
    for weights, shared, counts in columns.batches():
        links = answer.links[first : first + len(weights)]
        first += len(links)
        plain = (
            [link.case_a for link in links],
            [link.case_b for link in links],
            [link.rank for link in links],
            [link.micro_bans for link in links],
            [link.chance for link in links],
        )
        kinds = (
            _coded([tiers.index(link.tier) for link in links], tiers),
            _coded([relations.index(link.relation) for link in links], relations),
        )
        there = np.arange(shared.shape[1]) < counts[:, None]
        ends = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
        codes, bans = shared[there].T
        named = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), values)
        lists = (pa.ListArray.from_arrays(ends, one) for one in (named, pa.array(bans, pa.int32())))
        arrays = (
            *(pa.array(one, kind) for one, (_, kind) in zip(plain, PAIR_FIELDS, strict=False)),
            *kinds,
            *(pa.array(column) for column in _int_columns(weights)),
            *lists,
        )
        yield pa.record_batch(list(arrays), schema=schema)


def _coded(codes: list[int], kinds: list[Tier] | list[Relation]) -> pa.Array:
    dictionary = pa.array([str(kind) for kind in kinds])
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), dictionary)


def _int_columns(weights: Array) -> Array:
    return np.ascontiguousarray(weights.T, np.int32)
