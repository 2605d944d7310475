"""A file's own u meets the table's m: look-up tables for one file at one time.

Weights of findings that are not independent overstate when they are added. A learned table says
for every evidence which share of its weight held on series that it was not learned from. The
look-up tables are multiplied by it once, in whole micro-bans, before any pair is weighed: the
kernel knows nothing of it, and every breakdown still adds up exactly. Declared priors keep all.
"""

from __future__ import annotations

import numpy as np

from clew.comparison.coding.columns import Coded
from clew.comparison.evidence import entities, place, shared, timing, victim
from clew.comparison.evidence.levels import repeated, to_micro
from clew.comparison.evidence.timing import knots_of
from clew.compiling import looped
from clew.model.columns import I32, ITEM_TYPES, Array, Columns, Tables
from clew.model.finding import MICRO
from clew.model.weight import WeightTable

SAMPLED_ROWS = 1_500
"""Declared: cases whose pairs with the whole reference estimate u (24 million of 16,000)."""
NEAR_PAIRS = 20_000
_NO_CAP = np.iinfo(np.int32).max


def tabulate(coded: Coded, table: WeightTable, arriving: int = 0) -> Tables:
    """Estimate every u from the file's own, nearly all unrelated pairs, and weigh every level.

    `arriving` cases not yet in the file, 0 or 1, count as having each value too: one that
    arrives later is not among those that its values are counted from.
    """
    cols, codes = coded.cols, coded.codes
    # The sampled rows are spread evenly over the reference, in report order.
    rows = coded.reference
    if len(rows) > SAMPLED_ROWS:
        rows = rows[np.linspace(0, len(rows) - 1, SAMPLED_ROWS).astype(np.int64)]
    near = np.asarray(near_pairs(cols, rows, coded.reference, NEAR_PAIRS))
    consistency = shared.Consistency.from_table(table, codes.item_type, codes.item_group)
    records = np.bincount(cols.entities, minlength=len(codes.entities)) + arriving
    names, bounds = (len(codes.place_keys), len(codes.areas)), table.bounds
    tables = Tables(
        item_type=codes.item_type,
        item_against=codes.item_against,
        entity=entities.weigh_entities(records, len(coded.cases), table),
        mention=int(to_micro(np.array(bounds["mention_bans"]), bounds["most_bans"])),
        place_entity_kept=bounds["place_entity_kept"],
        **place.tabulate(cols, table, rows, coded.reference, names, arriving),
        **timing.tabulate(cols, table, rows, coded.reference),
        **victim.tabulate(cols, table, len(codes.mechanisms) + 1),
        **shared.tabulate(cols, consistency, near, table, arriving),
    )
    if all(share == 1 for share in table.kept.values()):
        return tables
    # Every evidence's weights times the share that is kept.
    by_type = _shares_of_types(table)
    of_item = by_type[tables.item_type]
    gap = _kept(tables.gap, table, "gap")
    ratios = 10 ** (gap / MICRO)
    return tables._replace(
        place=_kept(tables.place, table, "place"),
        place_key=_kept(tables.place_key, table, "place"),
        area=_kept(tables.area, table, "place"),
        area_differs=int(_kept(np.array(tables.area_differs), table, "place")),
        far=_kept(tables.far, table, "far"),
        gap=gap,
        gap_ratio=ratios,
        gap_knots=knots_of(tables.gap_edges, ratios),
        clock=_kept(tables.clock, table, "clock"),
        weekday=_kept(tables.weekday, table, "weekday"),
        age_half=_kept(tables.age_half, table, "age"),
        sex_half=_kept(tables.sex_half, table, "sex"),
        item=_scaled(tables.item, of_item, table),
        item_given=_scaled(tables.item_given, of_item[: tables.item_given.shape[1]], table),
        item_given_rare=_scaled(tables.item_given_rare, of_item, table),
        item_near=_scaled_caps(tables.item_near, of_item, table),
        single_differs=_scaled(tables.single_differs, by_type, table),
        unshared_half=_scaled(tables.unshared_half, by_type, table),
        unshared_floor=_scaled(tables.unshared_floor, by_type, table),
        entity=_kept(tables.entity, table, "entity"),
        mention=int(_kept(np.array(tables.mention), table, "entity")),
    )


def _shares_of_types(table: WeightTable) -> Array:
    """Return the share that is kept of each kind of value, shape (TYPES,)."""
    return np.array([table.kept.get(name, 1.0) for name in ITEM_TYPES])


def _kept(weights: Array, table: WeightTable, name: str) -> I32:
    """Return micro-bans times the share of `name` that is kept, within the table's bound."""
    return _scaled(weights, table.kept.get(name, 1.0), table)


def _scaled(weights: Array, share: Array | float, table: WeightTable) -> I32:
    most = table.bounds["most_bans"] * MICRO
    return np.rint(np.clip(weights * np.asarray(share), -most, most)).astype(np.int32)


def _scaled_caps(caps: Array, share: Array, table: WeightTable) -> I32:
    """Scale the caps on values that the place implies; where there is none, there stays none."""
    return np.where(caps == _NO_CAP, caps, _scaled(caps, share, table)).astype(np.int32)


def widen(tables: Tables, coded: Coded, appended: Coded, table: WeightTable) -> Tables:
    """Give weights to the values that only `appended` rows have.

    Two that share such a value are the only ones that do, so it weighs as one that two have.
    """
    first, codes = coded.codes, appended.codes
    new = slice(len(first.items), None)
    kinds = codes.item_type[new]
    consistency = shared.Consistency.from_table(table, kinds, codes.item_group[new])
    # Values that no case held, of which two cases are known now.
    most = table.bounds["most_bans"]
    frequency = np.clip(1.5 / (first.item_known[kinds] + 1), 1e-9, 1)
    item = to_micro(repeated(consistency.consistency, frequency), most)
    at_least = np.maximum(frequency, table.bounds["rare_given"])
    rare = to_micro(repeated(consistency.consistency, at_least), most)
    implied = np.full(len(kinds), shared.IMPLIED_PRIOR)
    caps = to_micro(repeated(consistency.consistency, implied), 3.0)
    near = np.where(np.isin(kinds, shared.IMPLIED), caps, _NO_CAP)
    share = _shares_of_types(table)[kinds]
    strangers = np.full(len(codes.entities) - len(first.entities), 2)
    entity = entities.weigh_entities(strangers, len(coded.cases), table)

    def widened(weights: Array, column: Array, names: int, bound: str) -> Array:
        twice = np.full(names - len(weights), 2)
        known = int((column >= 0).sum())
        more = place.weigh_same_value(twice, known, table.bounds[bound], most)
        return np.concatenate([weights, _kept(more, table, "place")])

    keys = widened(tables.place_key, coded.cols.place_key, len(codes.place_keys), "same_address")
    return tables._replace(
        place_key=keys,
        area=widened(tables.area, coded.cols.area, len(codes.areas), "same_area"),
        entity=np.concatenate([tables.entity, _kept(entity, table, "entity")]),
        item_type=codes.item_type,
        item_against=codes.item_against,
        item=np.concatenate([tables.item, _scaled(item, share, table)]),
        item_given_rare=np.concatenate([tables.item_given_rare, _scaled(rare, share, table)]),
        item_near=np.concatenate([tables.item_near, _scaled_caps(near, share, table)]),
    )


@looped
def near_pairs(cols: Columns, rows: Array, others: Array, most: int) -> Array:
    """Collect up to `most` pairs of cases whose points are near, not at one address; (pairs, 2)."""
    found = np.empty((most, 2), np.int64)
    count = 0
    for i in rows:
        for j in others:
            if count == most:
                return found
            if i == j or cols.density[i] < 0 or cols.density[j] < 0:
                continue
            if cols.place_key[i] >= 0 and cols.place_key[i] == cols.place_key[j]:
                continue
            if place.metres_between(cols.xyz[i], cols.xyz[j]) <= place.NEAR_M:
                found[count, 0], found[count, 1] = i, j
                count += 1
    return found[:count]
