"""A file's own u meets the table's m: look-up tables for one file at one time."""

from __future__ import annotations

import numpy as np

from clew.comparison.coding.columns import Coded
from clew.comparison.evidence import entities, place, shared, timing, victim
from clew.comparison.evidence.levels import to_micro
from clew.comparison.evidence.timing import knots_of
from clew.compiling import looped
from clew.model.columns import I32, ITEM_TYPES, Array, Columns, Tables
from clew.model.finding import MICRO
from clew.model.values import DAY
from clew.model.weight import WeightTable

# Dependent evidence, tempered: each keeps the share of its weight that a learned table gives it.
#
# Weights of findings that are not independent overstate when they are added. A learned table says
# for every evidence which share of its weight held on series that it was not learned from. The
# look-up tables are multiplied by it once, in whole micro-bans, before any pair is weighed: the
# kernel knows nothing of it, and every breakdown still adds up exactly. Declared priors keep all.


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


SAMPLED_ROWS = 1_500
"""Declared: cases whose pairs with the whole reference estimate u (24 million of 16,000)."""
NEAR_PAIRS = 20_000


def tabulate(coded: Coded, table: WeightTable, arriving: int = 0) -> Tables:
    """Estimate every u from the file's own, nearly all unrelated pairs, and weigh every level.

    `arriving` cases not yet in the file, 0 or 1, count as holding each value too: one that
    arrives later is not among those that its values are counted from.
    """
    cols, codes = coded.cols, coded.codes
    rows = _sampled(coded.reference)
    bounds = table.bounds
    most = bounds["most_bans"]
    gap, ratios = timing.tabulate_gaps(cols, table, rows, coded.reference)
    gap_edges = np.asarray(table.levels["gap"].edges) * DAY
    near = np.asarray(near_pairs(cols, rows, coded.reference, NEAR_PAIRS))
    things = shared.tabulate_shared(
        cols, shared.Consistency.of(codes.item_type, codes.item_group, table), near, table, arriving
    )
    mechanisms = len(codes.mechanisms) + 1
    held = np.bincount(cols.entities, minlength=len(codes.entities)) + arriving
    place_edges = np.asarray(table.levels["place"].edges)
    untempered = Tables(
        place_edges=place_edges,
        place=place.weigh_distances(cols, table, rows, coded.reference),
        place_key=_same(
            cols.place_key, len(codes.place_keys), bounds["same_address"], most, arriving
        ),
        area=_same(cols.area, len(codes.areas), bounds["same_area"], most),
        area_differs=int(np.rint(np.log10(1 - bounds["same_area"]) * MICRO)),
        far=place.weigh_far(cols, table),
        near_level=int(np.searchsorted(place_edges, place.NEAR_M)),
        gap_edges=gap_edges,
        gap=gap,
        gap_ratio=ratios,
        gap_knots=timing.knots_of(gap_edges, ratios),
        clock=timing.weigh_clock(cols, table),
        weekday=timing.weigh_weekdays(cols, table),
        age_edges=np.asarray(table.levels["age"].edges),
        age_half=victim.weigh_ages(cols, table, mechanisms),
        sex_half=victim.weigh_sexes(cols, table, mechanisms),
        item_type=codes.item_type,
        item_against=codes.item_against,
        entity=entities.weigh_entities(held, len(coded.cases), table),
        mention=int(to_micro(np.array(bounds["mention_bans"]), most)),
        place_entity_kept=bounds["place_entity_kept"],
        **things._asdict(),
    )
    return temper(untempered, table)


def widen(tables: Tables, coded: Coded, appended: Coded, table: WeightTable) -> Tables:
    """Give weights to the values that only `appended` rows hold.

    Two that share such a value are the only ones that do, so it weighs as one held by two.
    """
    first, codes = coded.codes, appended.codes
    new = slice(len(first.items), None)
    kept = shared.Consistency.of(codes.item_type[new], codes.item_group[new], table)
    item, rare, near = shared.widen_shared(tables, kept, first.item_known, table)
    keys, areas = len(codes.place_keys), len(codes.areas)
    strangers = np.full(len(codes.entities) - len(first.entities), 2)
    entity = entities.weigh_entities(strangers, len(coded.cases), table)
    item, rare, near = temper_tails(tables, (item, rare, near), codes.item_type[new], table)
    entity = tempered(entity, table, "entity")
    return tables._replace(
        place_key=_widened(tables.place_key, coded.cols.place_key, keys, "same_address", table),
        area=_widened(tables.area, coded.cols.area, areas, "same_area", table),
        entity=np.concatenate([tables.entity, entity]),
        item_type=codes.item_type,
        item_against=codes.item_against,
        item=item,
        item_given_rare=rare,
        item_near=near,
    )


def _widened(weights: Array, held: Array, names: int, bound: str, table: WeightTable) -> Array:
    """Return weights of `names` codes: those there are, and for new codes that of two cases."""
    twice = np.full(names - len(weights), 2)
    known = int((held >= 0).sum())
    more = place.weigh_same_value(twice, known, table.bounds[bound], table.bounds["most_bans"])
    return np.concatenate([weights, tempered(more, table, "place")])


def _same(codes: Array, names: int, m: float, most: float, arriving: int = 0) -> Array:
    known = codes[codes >= 0]
    held = np.bincount(known, minlength=names) + arriving
    return place.weigh_same_value(held, len(known) + arriving, m, most)


def _sampled(reference: Array) -> Array:
    """Spread the sampled rows evenly over the reference, in report order."""
    if len(reference) <= SAMPLED_ROWS:
        return reference
    return reference[np.linspace(0, len(reference) - 1, SAMPLED_ROWS).astype(np.int64)]


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
