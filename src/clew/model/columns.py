"""Cases as columns, and weights as look-up tables: what the compiled kernel reads.

Both are NamedTuples of numpy arrays, because numba takes those as they are. Row i is the i-th
case in the order of (reported_at, case_id). -1 codes a missing value throughout, and a missing
value weighs exactly 0. Weights are whole micro-bans.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
Array = NDArray[Any]

ITEM_TYPES = (
    "mechanism", "setting", "premises", "substances", "scene", "missing_items", "posture",
    "lividity", "clothing", "injuries", "body_state", "contradictions", "further",
)  # fmt: skip
"""Kinds of categorical value. The first SINGLE hold one value a case."""
SINGLE = 3

SEXES = ("female", "male", "other")


class Columns(NamedTuple):
    """n cases. Comments give shape, unit and range."""

    owner: I32  # (n,) number of the case; several rows may be versions of one
    xyz: F32  # (n, 3) Earth-centred metres; 0 where the point is missing
    density: I8  # (n,) class of the local density of cases, 0 dense .. 15 sparse; -1 no point
    precision: I8  # (n,) class of the radius within which the point lies, 0 .. 7
    place_key: I32  # (n,) code of the address or site
    area: I32  # (n,) code of the command unit or borough
    far: I8  # (n,) 1 far from home, 0 near home
    mid: F64  # (n,) seconds UTC, middle of the window in which it happened
    width: F64  # (n,) seconds, length of that window, >= 60
    clock: I16  # (n,) class of local time of day (start hour x length)
    weekday: I8  # (n,) 0 Monday .. 6, where the window lies within one local day
    age: F32  # (n,) years; NaN missing
    age_band: I8  # (n,) five-year band
    sex: I8  # (n,) index in SEXES
    mechanism: I16  # (n,) 1 .. ; 0 not known. Only conditions the rarity of age and sex
    recorded: I32  # (n,) bit t set where ITEM_TYPES[t] is recorded
    item_start: I64  # (n + 1,) slice of `items`
    items: I32  # item codes, ascending within a case (common first)
    item_bits: U64  # (n,) bit (code mod 64) of every item
    item_counts: I32  # (n, len(ITEM_TYPES)) number of items of each type that may speak against
    entity_start: I64  # (n + 1,) slice of `entities`
    entities: I32  # entity codes, ascending, evidential roles only
    entity_bits: U64  # (n,)
    mention_start: I64  # (n + 1,) slice of `mentions`
    mentions: I32  # numbers (`owner`) of the cases that this one's papers name, ascending


class Tables(NamedTuple):
    """Weights by level, micro-bans (int32), for one file at one time."""

    place_edges: F64  # (levels - 1,) metres
    place: I32  # (density, density, precision, level)
    place_key: I32  # (keys,)
    area: I32  # (areas,) the same area
    area_differs: int
    far: I32  # (2, 2)
    near_level: int  # up to this place level the premises are nearly implied
    gap_edges: F64  # (levels - 1,) seconds
    gap: I32  # (levels,)
    gap_ratio: F64  # (levels,) likelihood ratios, for windows longer than a day
    gap_knots: F64  # (levels, 4) start, and second antiderivative's value, slope, curvature there
    clock: I32  # (classes, classes)
    weekday: I32  # (7, 7)
    age_edges: F64  # (levels - 1,) years
    age_half: I32  # (mechanisms, bands, levels) half the weight; the two cases' halves add up
    sex_half: I32  # (mechanisms, sexes, sexes) half the weight
    item: I32  # (items,)
    item_type: I8  # (items,)
    item_against: I8  # (items,) 1 where the value's absence from the other record says something
    item_given: I32  # (measured, measured) the column item's weight, the row item being shared
    item_given_rare: I32  # (items,) the same for items too rare to measure
    item_near: I32  # (items,) cap on a premises item where the two places are near
    single_differs: I32  # (types,) one-valued type recorded in both, and different
    unshared_half: I32  # (types,) for each value of a list that is not in the other record
    unshared_floor: I32  # (types,) and no lower than this
    entity: I32  # (entities,)
    mention: int
    place_entity_kept: float  # share of the weaker of place and entity that still counts
