"""Made-up case lists for laws: small pools, so that values agree often and are missing often."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np
from hypothesis import strategies as st

from clew.comparison import kernel
from clew.comparison.coding.columns import Coded, to_columns
from clew.comparison.evidence.shared import TYPES
from clew.comparison.tables import tabulate
from clew.comparison.weights.weight_table import declared_table
from clew.model.case import Case, Entity, Kind
from clew.model.columns import ITEM_TYPES, Array, Tables
from clew.model.values import DAY, Point, TimeWindow
from clew.model.weight import WeightTable

ZONE = "Europe/London"
START = 1_400_000_000

POOLS: dict[str, tuple[str, ...]] = {
    "substances": ("ghb", "cocaine", "alcohol"),
    "tested_for": ("ghb", "cocaine", "alcohol"),
    "scene": ("note", "drug_paraphernalia", "no_vehicle", "signs_of_life_reported"),
    "missing_items": ("phone", "keys", "wallet"),
    "posture": ("sitting", "prone", "supine"),
    "lividity": ("on_abdomen", "posterior"),
    "clothing": ("partly_clothed", "inside_out"),
    "injuries": ("bruising", "ligature_mark"),
    "body_state": ("cold", "rigor_full", "warm"),
}
"""Lists of words, by field."""

SLOT = {name: kernel.ITEMS + k for k, name in enumerate(ITEM_TYPES)}
"""The kernel's slot of each item type."""

FINDS: dict[str, tuple[int, ...]] = {
    "point": (kernel.DISTANCE, kernel.FAR),
    "home": (kernel.FAR,),
    "place_key": (kernel.ADDRESS,),
    "area": (kernel.AREA,),
    "window": (kernel.CLOCK, kernel.WEEKDAY),
    "age_years": (kernel.AGE,),
    "sex": (kernel.SEX,),
    "entities": (kernel.ENTITY,),
    "premises": (SLOT["premises"], SLOT["setting"]),
    **{name: (SLOT[name],) for name in ("mechanism", *POOLS) if name in SLOT},
}
"""Field of a case to the slots of the findings that need it in both records.

A missing window leaves the gap: the day before the report stands for it, by declaration.
"""

ASPECTS: dict[str, tuple[str, ...]] = {
    "home": ("distance from home",),
    "point": ("distance from home",),
    "window": ("time of day", "day of the week"),
    "age_years": ("age",),
    "sex": ("sex",),
    "mechanism": ("mechanism",),
    "premises": ("kind of place", "setting"),
    "substances": ("substances",),
    "scene": ("things at the scene",),
    "missing_items": ("things missing",),
    "posture": ("posture",),
    "lividity": ("lividity",),
    "clothing": ("clothing",),
    "injuries": ("injuries",),
    "body_state": ("state of the body",),
    "entities": ("people, phones or places",),
}
"""Field to the aspects that the breakdown must then call missing."""


REPORT_STEPS = 61
POINTS = tuple(
    Point(latitude, longitude, precision)
    for latitude in (51.5350, 51.5352, 51.5380, 51.60, 53.0)
    for longitude in (0.0760, 0.0765, 0.0820, 0.5)
    for precision in (None, 10.0, 200.0, 5_000.0)
)
EVIDENTIAL = ("caller", "finder", "present", "occupier")
PROMPT_ONLY = ("officer", "paramedic", "pathologist")
ENTITIES = tuple(
    Entity(role, kind, held)
    for role in (*EVIDENTIAL, *PROMPT_ONLY)
    for kind in ("person", "phone")
    for held in ("P1", "P2", "P3")
)
BACK = (0, 3_600, 20 * 3_600, 4 * DAY, 40 * DAY)
LENGTHS = (0, 1_800, 5 * 3_600, DAY, 2 * DAY, 20 * DAY)
BYTES = 40
"""A case is made of so many bytes; a byte of 0 leaves its field missing, so examples shrink."""
MISSING_BELOW = 90
"""Of 256: more than a third of all fields are missing."""


class _Made:
    """Fields out of bytes, one after another."""

    def __init__(self, bytes_: bytes) -> None:
        self.left = iter(bytes_)

    def number(self, most: int) -> int:
        return next(self.left) % most

    def one(self, pool: Sequence[Any]) -> Any:
        byte = next(self.left)
        return None if byte < MISSING_BELOW else pool[(byte - MISSING_BELOW) % len(pool)]

    def some(self, pool: Sequence[str]) -> tuple[str, ...] | None:
        byte = next(self.left)
        if byte < MISSING_BELOW:
            return None
        return tuple(sorted(word for k, word in enumerate(pool) if byte >> k & 1))

    def entities(self) -> tuple[Entity, ...] | None:
        three = [self.one(ENTITIES) for _ in range(3)]
        drawn = tuple(sorted({entity for entity in three if entity is not None}))
        return drawn or self.one([()])

    def window(self, reported: int) -> TimeWindow | None:
        latest = reported - BACK[self.number(len(BACK))]
        length = self.one(LENGTHS)
        return None if length is None else TimeWindow(latest - length, latest)


def made_case(number: int, bytes_: bytes) -> Case:
    """One case; every optional field may be missing."""
    made = _Made(bytes_)
    reported = START + made.number(REPORT_STEPS) * 7 * DAY
    return Case(
        case_id=f"C{number:02d}",
        reported_at=reported,
        kind=list(Kind)[made.number(len(Kind))],
        window=made.window(reported),
        point=made.one(POINTS),
        place_key=made.one(("K1", "K2")),
        premises=made.one(("home", "burial_ground", "street")),
        home=made.one(POINTS),
        area=made.one(("KD", "KG")),
        age_years=made.one((0.25, 21.0, 22.0, 25.0, 61.5, 80.0, 104.0)),
        sex=made.one(("female", "male", "other")),
        last_seen_alive=made.one((reported - DAY,)),
        mechanism=made.one(("drug", "cardiac", "hanging", "unascertained")),
        entities=made.entities(),
        mentions=made.one(((), ("C00",), ("C01", "C99"))),
        **{name: made.some(pool) for name, pool in POOLS.items()},
    )


def case_lists(least: int = 2, most: int = 12) -> st.SearchStrategy[list[Case]]:
    """Between `least` and `most` cases with ids C00, C01 ..."""
    one = st.binary(min_size=BYTES, max_size=BYTES)
    return st.lists(one, min_size=least, max_size=most).map(
        lambda drawn: [made_case(number, bytes_) for number, bytes_ in enumerate(drawn)]
    )


@cache
def declared() -> WeightTable:
    return declared_table()


def code(cases: Sequence[Case]) -> tuple[Coded, Tables]:
    """Columns and tables of a case list, by the declared weights."""
    coded = to_columns(cases, ZONE)
    return coded, tabulate(coded, declared())


def all_pairs(n: int) -> Array:
    """Every ordered pair of different rows, shape (n (n - 1), 2)."""
    return np.array(list(permutations(range(n), 2)), np.int64).reshape(-1, 2)


def findings_of(coded: Coded, tables: Tables, pairs: Array) -> Array:
    """Every finding's micro-bans, shape (pairs, FINDINGS)."""
    return kernel.explain_pairs(coded.cols, tables, pairs, kernel.DETAIL)[0]


def weights_by_id(coded: Coded, tables: Tables) -> dict[tuple[str, str], tuple[int, ...]]:
    """Every pair's findings by case ids, in both orders."""
    pairs = all_pairs(len(coded.cases))
    found = findings_of(coded, tables, pairs)
    ids = [case.case_id for case in coded.cases]
    return {(ids[i], ids[j]): tuple(found[p].tolist()) for p, (i, j) in enumerate(pairs.tolist())}


def without(coded: Coded, field: str, rows: Sequence[int]) -> Coded:
    """Blank a field in the columns of some rows, every code and table staying as it is."""
    cols = coded.cols
    if field == "premises":  # the setting is read out of the premises
        coded = _without_items(coded, SLOT["setting"] - kernel.ITEMS, rows)
    if field in SLOT:
        return _without_items(coded, SLOT[field] - kernel.ITEMS, rows)
    if field == "entities":
        start, kept = _cut(cols.entity_start, cols.entities, rows, lambda _: False)
        bits = cols.entity_bits.copy()
        bits[list(rows)] = 0
        return _with(coded, entity_start=start, entities=kept, entity_bits=bits)
    blanked = {
        "point": ("density", "far"),
        "home": ("far",),
        "place_key": ("place_key",),
        "area": ("area",),
        "window": ("clock", "weekday"),
        "age_years": ("age_band",),
        "sex": ("sex",),
    }[field]
    changed = {}
    for name in blanked:
        changed[name] = getattr(cols, name).copy()
        changed[name][list(rows)] = -1
    return _with(coded, **changed)


def _with(coded: Coded, **columns: Array) -> Coded:
    return Coded(coded.cases, coded.cols._replace(**columns), coded.codes, coded.reference)


def _cut(start: Array, codes: Array, rows: Sequence[int], keep: object) -> tuple[Array, Array]:
    parts = []
    for row in range(len(start) - 1):
        held = codes[start[row] : start[row + 1]].tolist()
        parts.append([c for c in held if row not in rows or keep(c)])
    starts = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(start.dtype)
    return starts, np.array([c for p in parts for c in p], codes.dtype)


def _without_items(coded: Coded, kind: int, rows: Sequence[int]) -> Coded:
    cols, kinds = coded.cols, coded.codes.item_type
    assert kind < TYPES
    start, items = _cut(cols.item_start, cols.items, rows, lambda c: kinds[c] != kind)
    bits = np.zeros_like(cols.item_bits)
    for row in range(len(bits)):
        for item in items[start[row] : start[row + 1]].tolist():
            bits[row] |= np.uint64(1) << np.uint64(item % 64)
    recorded, counts = cols.recorded.copy(), cols.item_counts.copy()
    recorded[list(rows)] &= ~(1 << kind)
    counts[list(rows), kind] = 0
    return _with(
        coded, item_start=start, items=items, item_bits=bits, recorded=recorded, item_counts=counts
    )
