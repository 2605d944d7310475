"""The order in which cases are laid out for pruning, and columns put into that order, compactly."""

from __future__ import annotations

import numpy as np

from clew.engine.columns import rows_of
from clew.model.columns import Array, Columns

STRETCH = 32_768
"""Declared: cases of one stretch of time, which tiles then divide by place."""
HILBERT_BITS = 16
COMPACT: dict[str, type[np.signedinteger | np.unsignedinteger]] = {
    "area": np.int16, "clock": np.int8, "mechanism": np.int8, "recorded": np.int16,
    "width": np.int32, "items": np.uint16, "item_start": np.int32, "entity_start": np.int32,
    "mention_start": np.int32, "item_counts": np.int8, "mid": np.int32,
}  # fmt: skip
"""Narrower types that hold the same values; one that does not fit stays as wide as it was."""
OF_LARGE = ("mid", "width")
LARGE = 1_000_000
"""Declared: in files of more cases times are narrowed, too. Real times may be odd seconds, which
do not fit; for other types the kernel is compiled anew, and no ordinary file should wait for it."""
FOLDED = ("item_bits", "entity_bits")
"""Bits that only tell whether two lists can have anything in common: sixteen tell it, too."""


def in_tiles(cols: Columns, tile: int, reference: Array | None) -> Array:
    """Return the rows in the order of positions: stretch of time, neighbourhood, time.

    `reference` rows stand first, by neighbourhood; None: there are none.
    """
    n = len(cols.age)
    stretch = np.arange(n) // STRETCH + 1
    if reference is not None:
        stretch[reference] = 0
    near = neighbourhood(cols)
    by_place = np.lexsort((near, stretch))
    begins = np.searchsorted(stretch[by_place], stretch[by_place], side="left")
    cell = np.empty(n, np.int64)
    cell[by_place] = (np.arange(n) - begins) // tile
    return np.lexsort((cols.mid, cell, stretch))


def neighbourhood(cols: Columns) -> Array:
    """Number places so that near numbers are near places: Hilbert's curve through their ranks."""
    latitude = np.argsort(np.argsort(cols.xyz[:, 2], kind="stable"), kind="stable")
    around = np.arctan2(cols.xyz[:, 1], cols.xyz[:, 0])
    longitude = np.argsort(np.argsort(around, kind="stable"), kind="stable")
    scale = ((1 << HILBERT_BITS) - 1) / max(len(around), 1)
    along = _along_hilbert(
        (longitude * scale).astype(np.int64), (latitude * scale).astype(np.int64)
    )
    return np.where(cols.density >= 0, along, 1 << 40)  # missing points lie together, at the end


def _along_hilbert(x: Array, y: Array) -> Array:
    """Distance along Hilbert's curve of points in a square of 2 ** HILBERT_BITS a side."""
    along = np.zeros(len(x), np.int64)
    for bit in range(HILBERT_BITS - 1, -1, -1):
        side = 1 << bit
        right, upper = (x >> bit & 1).astype(bool), (y >> bit & 1).astype(bool)
        along += side * side * ((3 * right) ^ upper)
        flipped = ~upper & right
        x, y = (
            np.where(flipped, side - 1 - x, x) & side - 1,
            np.where(flipped, side - 1 - y, y) & side - 1,
        )
        x, y = np.where(upper, x, y), np.where(upper, y, x)
    return along


def lay_out(cols: Columns, rows: Array) -> Columns:
    """Return the columns of `rows` in that order, in the narrowest types that hold them."""
    laid = rows_of(cols, rows)._asdict()
    wide = OF_LARGE if len(rows) <= LARGE else ()
    return Columns(
        **{name: values if name in wide else _narrow(name, values) for name, values in laid.items()}
    )


def _narrow(name: str, values: Array) -> Array:
    if name in FOLDED:
        half = values | values >> np.uint64(32)
        return (half | half >> np.uint64(16)).astype(np.uint16)
    narrow = COMPACT.get(name)
    if narrow is None or not len(values):
        return values if narrow is None else values.astype(narrow)
    info = np.iinfo(narrow)
    fits = info.min <= values.min() and values.max() <= info.max
    exact = values.dtype.kind != "f" or bool((values == np.rint(values)).all())
    return values.astype(narrow) if fits and exact else values
