"""Dependent evidence, tempered: each keeps the share of its weight that a learned table gives it.

Weights of findings that are not independent overstate when they are added. A learned table says
for every evidence which share of its weight held on series that it was not learned from. The
look-up tables are multiplied by it once, in whole micro-bans, before any pair is weighed: the
kernel knows nothing of it, and every breakdown still adds up exactly. Declared priors keep all.
"""

from __future__ import annotations

import numpy as np

from clew.evidence.timing import knots_of
from clew.model.columns import I32, ITEM_TYPES, Array, Tables
from clew.model.finding import MICRO
from clew.model.weight import WeightTable

_NO_CAP = np.iinfo(np.int32).max


def tempered(weights: Array, table: WeightTable, name: str) -> I32:
    """Return micro-bans times the share of `name` that is kept, within the table's bound."""
    return _scaled(weights, table.kept.get(name, 1.0), table)


def _scaled(weights: Array, share: Array | float, table: WeightTable) -> I32:
    most = table.bounds["most_bans"] * MICRO
    return np.rint(np.clip(weights * np.asarray(share), -most, most)).astype(np.int32)


def temper(tables: Tables, table: WeightTable) -> Tables:
    """Return the tables with every evidence's weights times the share that is kept."""
    if all(share == 1 for share in table.kept.values()):
        return tables
    by_type = shares_of_types(table)
    of_item = by_type[tables.item_type]
    gap = tempered(tables.gap, table, "gap")
    ratios = 10 ** (gap / MICRO)
    measured = tables.item_given.shape[1]
    return tables._replace(
        place=tempered(tables.place, table, "place"),
        place_key=tempered(tables.place_key, table, "place"),
        area=tempered(tables.area, table, "place"),
        area_differs=int(tempered(np.array(tables.area_differs), table, "place")),
        far=tempered(tables.far, table, "far"),
        gap=gap,
        gap_ratio=ratios,
        gap_knots=knots_of(tables.gap_edges, ratios),
        clock=tempered(tables.clock, table, "clock"),
        weekday=tempered(tables.weekday, table, "weekday"),
        age_half=tempered(tables.age_half, table, "age"),
        sex_half=tempered(tables.sex_half, table, "sex"),
        item=_scaled(tables.item, of_item, table),
        item_given=_scaled(tables.item_given, of_item[:measured], table),
        item_given_rare=_scaled(tables.item_given_rare, of_item, table),
        item_near=_capped(tables.item_near, of_item, table),
        single_differs=_scaled(tables.single_differs, by_type, table),
        unshared_half=_scaled(tables.unshared_half, by_type, table),
        unshared_floor=_scaled(tables.unshared_floor, by_type, table),
        entity=tempered(tables.entity, table, "entity"),
        mention=int(tempered(np.array(tables.mention), table, "entity")),
    )


def temper_tails(
    tables: Tables, widened: tuple[I32, I32, I32], types: Array, table: WeightTable
) -> tuple[I32, I32, I32]:
    """Temper what stands behind the tables' own items: new values, of the given types."""
    held = len(tables.item)
    share = shares_of_types(table)[types]
    item, rare, near = widened
    return (
        np.concatenate([item[:held], _scaled(item[held:], share, table)]),
        np.concatenate([rare[:held], _scaled(rare[held:], share, table)]),
        np.concatenate([near[:held], _capped(near[held:], share, table)]),
    )


def shares_of_types(table: WeightTable) -> Array:
    """Return the share that is kept of each kind of value, shape (TYPES,)."""
    return np.array([table.kept.get(name, 1.0) for name in ITEM_TYPES])


def _capped(caps: Array, share: Array, table: WeightTable) -> I32:
    """Scale the caps on values that the place implies; where there is none, there stays none."""
    return np.where(caps == _NO_CAP, caps, _scaled(caps, share, table)).astype(np.int32)
