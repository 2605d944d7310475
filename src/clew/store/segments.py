"""A segment: four Arrow files that one addition wrote and that nothing changes afterwards.

`versions`: one row a version of a case, in plain columns, with the instant from which it stands
and the whole case as text. `coded`: the same rows as the kernel's columns. `names`: what the codes
mean that this segment is the first to use. `papers`: rows and facts as they were handed in, from
which a case's history is made again when a late fact arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]

from clew.digests import file_digest
from clew.errors import InputRejected
from clew.model.case import Case
from clew.model.columns import Columns
from clew.model.values import Instant
from clew.store.case_text import case_text, to_arrow
from clew.store.durable import write_durably
from clew.store.manifest import FROM_COPY, FileSum, Segment

# What quick questions ask of a version of a case, as plain columns: where, when, and in words.


NUMBERS = ("reported_at", "latitude", "longitude", "precision_m")
WORDS = ("case_id", "kind", "manner", "mechanism", "premises", "age", "sex", "agency")


def plain_columns(cases: Sequence[Case]) -> dict[str, list[Any]]:
    """Return NUMBERS and WORDS of cases, one element a case; NaN and "" where not told."""
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
"""Groups of names, as in `engine.codes.Codes`; a name's code is its place in its group."""


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
    tables = {
        "versions": _versions(addition),
        "coded": to_arrow(addition.cols),
        "names": _names(addition.names),
        "papers": _papers(addition.papers),
    }
    cases = len({case.case_id for _, case in addition.versions})
    rows = len(addition.versions)
    segment = Segment(number, rows, cases, addition.taught, {})
    for name, batch in tables.items():
        path = segment.path(folder, name)
        write_durably(path, _writer(batch))
        segment.files[name] = FileSum(path.stat().st_size, file_digest(path))
    return segment


def map_table(folder: Path, segment: Segment, table: str) -> pa.RecordBatch:
    """Return one file of a segment, mapped into memory: read when it is looked at, not before.

    Raises
    ------
    InputRejected
        If it is no such file.
    """
    path = segment.path(folder, table)
    try:
        source = pa.memory_map(str(path))
        batch = pa.ipc.open_file(source).get_batch(0)
        if table in {"versions", "coded"} and batch.num_rows != segment.rows:
            raise ValueError(f"{batch.num_rows} rows instead of {segment.rows}")
    except (OSError, ValueError) as fault:
        raise InputRejected(
            f"{folder.name}/{path.name}", f"the segment is damaged ({fault})", FROM_COPY
        ) from None
    return batch


def _writer(batch: pa.RecordBatch) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        with pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)

    return write


def _versions(addition: Addition) -> pa.RecordBatch:
    cases = [case for _, case in addition.versions]
    plain = plain_columns(cases)
    arrays = {"since": pa.array([since for since, _ in addition.versions], pa.int64())}
    for name in NUMBERS:
        arrays[name] = pa.array(plain[name], pa.int64() if name == "reported_at" else pa.float64())
    for name in WORDS:
        arrays[name] = pa.array(plain[name], pa.large_string())
    arrays["case"] = pa.array(map(case_text, cases), pa.large_string())
    return pa.RecordBatch.from_pydict(arrays)


def _names(names: Sequence[Name]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            "group": pa.array([GROUPS.index(name.group) for name in names], pa.int8()),
            "kind": pa.array([name.kind for name in names], pa.int8()),
            "against": pa.array([name.against for name in names], pa.int8()),
            "value": pa.array([name.value for name in names], pa.large_string()),
        }
    )


def _papers(papers: Sequence[Paper]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            name: pa.array([getattr(paper, name) for paper in papers], pa.large_string())
            for name in Paper._fields
        }
    )
