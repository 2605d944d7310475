"""Whether a store is whole: every byte as it was written, every row in its place."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from clew.errors import InputRejected
from clew.store.manifest import FROM_COPY, damaged, left_over
from clew.store.opened import Store
from clew.store.segments import GROUPS


class Checked(NamedTuple):
    """What a whole store holds; `left_over` counts files that are not part of it."""

    cases: int
    versions: int
    segments: int
    bytes: int
    left_over: int


def check_store(folder: Path) -> Checked:
    """Read a store through.

    Raises
    ------
    InputRejected
        If a file is missing, shorter, longer or changed, or rows and codes do not fit together.
    """
    store = Store(folder)
    if bad := damaged(folder, store.manifest):
        raise InputRejected(
            f"{folder.name}/{bad[0]}",
            f"its bytes are not those that were written ({len(bad)} such files)",
            FROM_COPY,
        )
    _check_rows(store)
    segments = store.manifest.segments
    return Checked(
        cases=store.case_count(),
        versions=len(store.standing().rows),
        segments=len(segments),
        bytes=sum(held.bytes for one in segments for held in one.files.values()),
        left_over=len(left_over(folder, store.manifest)),
    )


def _check_rows(store: Store) -> None:
    """Compare codes with the names there are, and each row's case with the name of its number."""
    case_ids = store.names_of("case_ids").values
    counts = {group: len(store.names_of(group).kinds) for group in GROUPS}
    held = store.words("case_id").to_pylist()
    row = 0
    for segment, cols in zip(store.manifest.segments, store.columns(), strict=True):
        fits = (
            cols.items.max(initial=-1) < counts["items"]
            and cols.entities.max(initial=-1) < counts["entities"]
            and cols.place_key.max(initial=-1) < counts["place_keys"]
            and cols.area.max(initial=-1) < counts["areas"]
            and cols.owner.max(initial=-1) < counts["case_ids"]
            and np.all(np.diff(cols.item_start) >= 0)
            and [case_ids[k] for k in cols.owner.tolist()] == held[row : row + segment.rows]
        )
        if not fits:
            coded = segment.path(store.folder, "coded").name
            raise InputRejected(f"{store.folder.name}/{coded}", "rows and names differ", FROM_COPY)
        row += segment.rows
