"""A file's own u meets the table's m: look-up tables for one file at one time."""

from __future__ import annotations

import numpy as np

from clew.compiling import looped
from clew.engine.columns import Coded
from clew.engine.temper import temper, temper_tails, tempered
from clew.evidence import entities, place, shared, timing, victim
from clew.evidence.levels import to_micro
from clew.model.columns import Array, Columns, Tables
from clew.model.finding import MICRO
from clew.model.time_window import DAY
from clew.model.weight import WeightTable

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
        cols, shared.Kept.of(codes.item_type, codes.item_group, table), near, table, arriving
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
    kept = shared.Kept.of(codes.item_type[new], codes.item_group[new], table)
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
