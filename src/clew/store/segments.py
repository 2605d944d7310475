"""A segment: four Arrow files that one addition wrote and that nothing changes afterwards.

`versions`: one row per version of a case, in plain columns, with the instant from which it is
current and the whole case as text. `coded`: the same rows as the kernel's columns. `names`: what
the codes mean that this segment is the first to use. `papers`: rows and facts as they were handed
in, from which a case's history is made again when a late fact arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]

from clew.digests import file_digest
from clew.model.case import Case
from clew.model.columns import Columns
from clew.model.values import Instant
from clew.store.case_text import case_text, to_arrow
from clew.store.durable import write_durably
from clew.store.manifest import FileSum, Segment

NUMBERS = ("reported_at", "latitude", "longitude", "precision_m")
WORDS = ("case_id", "kind", "manner", "mechanism", "premises", "age", "sex", "agency")


def plain_columns(cases: Sequence[Case]) -> dict[str, list[Any]]:
    """Return what quick questions ask of cases: NUMBERS and WORDS, one element a case.

    NaN and "" where not recorded.
    """
    points = [case.point for case in cases]
    nan = float("nan")
    return {
        "reported_at": [case.reported_at for case in cases],
        "latitude": [p.latitude if p else nan for p in points],
        "longitude": [p.longitude if p else nan for p in points],
        "precision_m": [(p.precision_m or 0.0) if p else nan for p in points],
        "case_id": [case.case_id for case in cases],
        "kind": [str(case.kind) for case in cases],
        "manner": [case.manner or "" for case in cases],
        "mechanism": [case.mechanism or "" for case in cases],
        "premises": [case.premises or "" for case in cases],
        "age": ["" if case.age_years is None else f"{case.age_years:.0f}" for case in cases],
        "sex": [case.sex or "" for case in cases],
        "agency": [case.agency or "" for case in cases],
    }


class Name(NamedTuple):
    """What a code means. `kind` and `against` are those of an item, 0 for other names."""

    group: str
    kind: int
    against: int
    value: str


class Paper(NamedTuple):
    """A row (`row`), a fact (`fact`), or a field that facts rule (`ruled`), as handed in."""

    case_id: str
    what: str
    text: str


GROUPS = ("items", "place_keys", "areas", "entities", "mechanisms", "case_ids")
"""Groups of names, as in `coding.codes.Codes`; a name's code is its place in its group."""


@dataclass(frozen=True, slots=True)
class Addition:
    """What is written as one segment: rows of `versions` and of `cols` are the same versions."""

    versions: Sequence[tuple[Instant, Case]]
    cols: Columns
    names: Sequence[Name]
    papers: Sequence[Paper]
    taught: int = 0


def write_segment(folder: Path, number: int, addition: Addition) -> Segment:
    """Write the files of a segment; they are part of the store once a manifest names them.

    Raises
    ------
    OSError
        If the disk is full or refuses.
    """
    cases, names = [case for _, case in addition.versions], addition.names
    plain = plain_columns(cases)
    versions = {"since": pa.array([since for since, _ in addition.versions], pa.int64())}
    for name in NUMBERS:
        kind = pa.int64() if name == "reported_at" else pa.float64()
        versions[name] = pa.array(plain[name], kind)
    for name in WORDS:
        versions[name] = pa.array(plain[name], pa.large_string())
    versions["case"] = pa.array(map(case_text, cases), pa.large_string())
    meanings = {
        "group": pa.array([GROUPS.index(name.group) for name in names], pa.int8()),
        "kind": pa.array([name.kind for name in names], pa.int8()),
        "against": pa.array([name.against for name in names], pa.int8()),
        "value": pa.array([name.value for name in names], pa.large_string()),
    }
    papers = {
        name: pa.array([getattr(paper, name) for paper in addition.papers], pa.large_string())
        for name in Paper._fields
    }
    tables = {
        "versions": pa.RecordBatch.from_pydict(versions),
        "coded": to_arrow(addition.cols),
        "names": pa.RecordBatch.from_pydict(meanings),
        "papers": pa.RecordBatch.from_pydict(papers),
    }
    count = len({case.case_id for case in cases})
    segment = Segment(number, len(cases), count, addition.taught, {})
    for table, batch in tables.items():
        path = segment.path(folder, table)
        write_durably(path, partial(_write_batch, batch))
        segment.files[table] = FileSum(path.stat().st_size, file_digest(path))
    return segment


def _write_batch(batch: pa.RecordBatch, file: BinaryIO) -> None:
    with pa.ipc.new_file(file, batch.schema) as writer:
        writer.write_batch(batch)
