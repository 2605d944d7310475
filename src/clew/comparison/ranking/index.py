"""Cases laid out for pruning: like cases side by side in tiles, and bit sets of what each has.

A tile is `TILE` cases that were reported in one stretch of time and found in one neighbourhood,
ordered by time within it. For every tile and every common value there is a bit set of the cases
that have it, so that a bound of 1,024 pairs' weights is added up in a few hundred operations
(`evidence_bounds.py`). Values, addresses and people that few cases have get lists of those cases
instead: a pair that shares one is weighed outright.

Positions number the cases in this order; `rows` keeps the row of each position.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.comparison.coding.columns import rows_of
from clew.comparison.evidence.place import DENSITY_CLASSES
from clew.comparison.evidence.shared import TYPES
from clew.comparison.evidence.timing import SHORT_S
from clew.comparison.evidence.victim import BANDS
from clew.compiling import looped
from clew.model.columns import F32, F64, I32, I64, SEXES, U64, Array, Columns
from clew.model.values import DAY

WORD = 64
WORDS = 16
TILE = WORD * WORDS
"""Cases per tile: sixteen words, so that the compiler can handle four and four of them at once."""
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
"""Declared: in files of more cases times are narrowed, too. Real times may be odd seconds, which do
not fit; for other types the kernel is compiled again, and no ordinary file should wait for that."""
FOLDED = ("item_bits", "entity_bits")
"""Bits that only say whether two lists can have anything in common: sixteen say it, too."""
CELL = 512
"""Declared: cases of one neighbourhood in one stretch of time, ordered by time."""
COMMON = 1 / 512
"""Declared: a value that so large a share of the cases has gets a bit set, a rarer one a list."""
MOST_COMMON = 256
"""Declared: bit sets of values at most, the commonest first."""
LONG = 4_096
"""Declared: a longer list is not walked; what it could add counts for every pair instead."""
CELLS = 1_024
"""Declared: neighbourhoods of as many cases each, whose boxes bound what a place may weigh."""
SLOTS = 1_024
"""Declared: parts of the file's span of time; a week each in twenty years."""
WIDE_S = 30.0 * DAY
"""Declared: windows longer than a day and up to this are bounded together, longer ones not."""


def neighbourhood(cols: Columns) -> Array:
    """Number places so that near numbers are near places: Hilbert's curve through their ranks."""
    latitude = np.argsort(np.argsort(cols.xyz[:, 2], kind="stable"), kind="stable")
    around = np.arctan2(cols.xyz[:, 1], cols.xyz[:, 0])
    longitude = np.argsort(np.argsort(around, kind="stable"), kind="stable")
    scale = ((1 << HILBERT_BITS) - 1) / max(len(around), 1)
    x, y = (longitude * scale).astype(np.int64), (latitude * scale).astype(np.int64)
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
    return np.where(cols.density >= 0, along, 1 << 40)  # missing points lie together, at the end


def lay_out(cols: Columns, rows: Array) -> Columns:
    """Return the columns of `rows` in that order, in the narrowest types that hold them."""
    wide = OF_LARGE if len(rows) <= LARGE else ()
    laid = rows_of(cols, rows)._asdict()
    return Columns(**{k: v if k in wide else narrow(k, v) for k, v in laid.items()})


def narrow(name: str, values: Array) -> Array:
    """Return the values of a column in the narrowest type that COMPACT allows and that fits."""
    if name in FOLDED:
        half = values | values >> np.uint64(32)
        return (half | half >> np.uint64(16)).astype(np.uint16)
    compact = COMPACT.get(name)
    if compact is None or not len(values):
        return values if compact is None else values.astype(compact)
    info = np.iinfo(compact)
    fits = info.min <= values.min() and values.max() <= info.max
    exact = values.dtype.kind != "f" or bool((values == np.rint(values)).all())
    return values.astype(compact) if fits and exact else values


class Postings(NamedTuple):
    """Positions of the cases that have each code, end to end; `start` (codes + 1,)."""

    start: Array
    positions: I32


class Index(NamedTuple):
    """Cases in tiles. n positions, padded with empty ones to whole tiles."""

    n: int
    rows: I32  # (n,) the row at each position
    bits: U64  # (tiles, sets, WORDS) which cases of a tile belong to each set
    item_set: I32  # (items,) the value's set; -1 where it has a list
    implies: Array  # (common, common) uint8, 1 where every case with the row's has the column's
    recorded: int  # first of TYPES sets: the kind of value is recorded
    age: int  # first of BANDS + 1 sets: the age band is known and at least so high
    none: int  # the last of those, which is empty
    sex: int  # first of len(SEXES) sets
    far: int  # first of two sets: near home, far from home
    box: F32  # (words, 6) lowest and highest Earth-centred metres of the points known
    span: F64  # (words, 2) seconds: first and last moment of any window
    cell: Array  # (n,) uint16: neighbourhood of each case; the last one: no point
    cell_box: F32  # (cells, 6) as `box`
    slot: Array  # (n,) uint16: part of the span; + SLOTS: a long window; 2 * SLOTS: longer
    slots: F64  # (2,) seconds: begin of the first slot, length of each
    cell_densities: I32  # (cells,) as `densities`
    victim: Array  # (n,) uint16: mechanism * (BANDS + 1) + age band + 1
    densities: I32  # (words,) bit d: density class d is there; bit DENSITY_CLASSES: no point
    first_row: I32  # (words,) the earliest row of each word
    item_lists: Postings
    entity_lists: Postings
    key_lists: Postings
    mention_lists: Postings  # by position: those whom its papers name, and those that name it


def index_cases(cols: Columns, items: int, reference: Array | None = None) -> tuple[Columns, Index]:
    """Lay out all cases; return the columns in their new order, and the index.

    Parameters
    ----------
    items
        Number of item codes.
    reference
        Rows that come first, in tiles of their own: those from which the null is taken.
    """
    n = len(cols.age)
    # The order of positions: stretch of time, neighbourhood, time.
    stretch = np.arange(n) // STRETCH + 1
    if reference is not None:
        stretch[reference] = 0
    by_place = np.lexsort((neighbourhood(cols), stretch))
    begins = np.searchsorted(stretch[by_place], stretch[by_place], side="left")
    near = np.empty(n, np.int64)
    near[by_place] = (np.arange(n) - begins) // CELL
    rows = np.lexsort((cols.mid, near, stretch))
    laid = lay_out(cols, rows)
    tiles = -(-n // TILE)
    counts = np.bincount(cols.items, minlength=items)
    common = np.flatnonzero(counts >= max(COMMON * n, 1))[:MOST_COMMON]
    item_set = np.full(items, -1, np.int32)
    item_set[common] = np.arange(len(common))
    recorded = len(common)
    age, sex = recorded + TYPES, recorded + TYPES + BANDS + 1
    far = sex + len(SEXES)
    bits = np.zeros((tiles, far + 2, WORDS), np.uint64)
    together = _count_together(laid.item_start, laid.items, item_set, len(common))
    keyed = np.flatnonzero(laid.place_key >= 0).astype(np.int32)
    first = (recorded, age, sex, far)
    box, span, densities = fill_sets(laid, n, item_set, first, bits)
    cell, cell_box, cell_densities = find_cells(laid)
    # Parts of the span of time, and which of them each window lies in.
    earliest, latest = (float(laid.mid.min()), float(laid.mid.max())) if n else (0.0, 0.0)
    length = max((latest - earliest) / SLOTS, 1.0)
    slot = np.clip((laid.mid - earliest) // length, 0, SLOTS - 1)
    slot = np.where(laid.width > SHORT_S, slot + SLOTS, slot)
    slot = np.where(laid.width > WIDE_S, 2 * SLOTS, slot)
    # Those whom papers name, by position, and those that name them.
    namer = np.repeat(np.arange(n, dtype=np.int32), np.diff(laid.mention_start)[:n])
    position = np.full(int(max(laid.owner.max(initial=0), laid.mentions.max(initial=0))) + 1, -1)
    position[laid.owner[:n]] = np.arange(n)
    named = position[laid.mentions[: len(namer)]].astype(np.int32)
    namer, named = namer[named >= 0], named[named >= 0]
    both, other_way = np.concatenate([namer, named]), np.concatenate([named, namer])
    rare = np.full(items, True)
    rare[common] = False
    first_row = np.minimum.reduceat(rows, np.arange(0, n, WORD)).astype(np.int32)
    index = Index(
        n=n, rows=rows.astype(np.int32), bits=bits, item_set=item_set,
        implies=(together == together.diagonal()[:, None]).astype(np.uint8),
        recorded=recorded, age=age, none=age + BANDS, sex=sex, far=far,
        box=box, span=span, densities=densities, first_row=first_row,
        cell=cell, cell_box=cell_box, cell_densities=cell_densities,
        slot=slot.astype(np.uint16), slots=np.array([earliest, length]),
        victim=laid.mechanism.astype(np.uint16) * np.uint16(BANDS + 1)
        + (laid.age_band + 1).astype(np.uint16),
        item_lists=_lists(laid.items, laid.item_start, items, rare),
        entity_lists=_lists(laid.entities, laid.entity_start, None),
        key_lists=_grouped(laid.place_key[keyed], keyed, None),
        mention_lists=_grouped(both, other_way, n),
    )  # fmt: skip
    return laid, index


@looped
def fill_sets(
    cols: Columns, n: int, item_set: I32, first: tuple[int, int, int, int], bits: U64
) -> tuple[F32, F64, I32]:
    """Set the bits of every case; return `box`, `span` and `densities` of every word of cases.

    `first` as in `Index`: recorded, age, sex, far.
    """
    recorded, age, sex, far = first
    words = len(bits) * WORDS
    box, span = np.empty((words, 6), np.float32), np.empty((words, 2), np.float64)
    box[:, :3], box[:, 3:] = np.inf, -np.inf
    span[:, 0], span[:, 1] = np.inf, -np.inf
    densities = np.zeros(words, np.int32)
    for i in range(n):
        tile, word, bit = i // TILE, i % TILE // WORD, np.uint64(1) << np.uint64(i % WORD)
        for k in range(cols.item_start[i], cols.item_start[i + 1]):
            if item_set[cols.items[k]] >= 0:
                bits[tile, item_set[cols.items[k]], word] |= bit
        for kind in range(TYPES):
            if cols.recorded[i] >> kind & 1:
                bits[tile, recorded + kind, word] |= bit
        for band in range(cols.age_band[i] + 1):
            bits[tile, age + band, word] |= bit
        if cols.sex[i] >= 0:
            bits[tile, sex + cols.sex[i], word] |= bit
        if cols.far[i] >= 0:
            bits[tile, far + cols.far[i], word] |= bit
        w, half = i // WORD, cols.width[i] / 2
        span[w, 0] = min(span[w, 0], cols.mid[i] - half)
        span[w, 1] = max(span[w, 1], cols.mid[i] + half)
        if cols.density[i] < 0:
            densities[w] |= 1 << DENSITY_CLASSES
            continue
        densities[w] |= 1 << cols.density[i]
        for k in range(3):
            box[w, k] = min(box[w, k], cols.xyz[i, k])
            box[w, 3 + k] = max(box[w, 3 + k], cols.xyz[i, k])
    return box, span, densities


def find_cells(cols: Columns) -> tuple[Array, F32, I32]:
    """Divide the points known into CELLS of as many cases each; see `Index`."""
    known = np.flatnonzero(cols.density >= 0)
    cell = np.full(len(cols.density), CELLS, np.uint16)
    order = known[np.argsort(neighbourhood(cols)[known], kind="stable")]
    number = np.arange(len(order)) * CELLS // max(len(order), 1)
    cell[order] = number
    box = np.empty((CELLS, 6), np.float32)
    box[:, :3], box[:, 3:] = np.inf, -np.inf
    begins = np.flatnonzero(np.diff(number, prepend=-1))
    if len(begins):
        points = cols.xyz[order]
        box[number[begins], :3] = np.minimum.reduceat(points, begins)
        box[number[begins], 3:] = np.maximum.reduceat(points, begins)
    densities = np.zeros(CELLS, np.int32)
    np.bitwise_or.at(densities, cell[order], np.int32(1) << cols.density[order].astype(np.int32))
    return cell, box, densities


@looped
def _count_together(start: I64, items: I32, item_set: I32, common: int) -> Array:
    counts = np.zeros((common, common), np.int64)
    for i in range(len(start) - 1):
        for a in range(start[i], start[i + 1]):
            for b in range(start[i], start[i + 1]):
                x, y = item_set[items[a]], item_set[items[b]]
                if x >= 0 and y >= 0:
                    counts[x, y] += 1
    return counts


def _lists(codes: Array, start: Array, names: int | None, chosen: Array | None = None) -> Postings:
    """List the positions that have each code; of the `chosen` codes alone, where given."""
    owner = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))
    if chosen is not None:
        kept = chosen[codes]
        codes, owner = codes[kept], owner[kept]
    return _grouped(codes, owner, names)


def _grouped(codes: Array, positions: Array, names: int | None) -> Postings:
    count = int(codes.max(initial=-1)) + 1 if names is None else names
    start = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=count))])
    order = np.argsort(codes, kind="stable")
    small = np.int32 if start[-1] <= np.iinfo(np.int32).max else np.int64
    return Postings(start.astype(small), positions[order].astype(np.int32))
