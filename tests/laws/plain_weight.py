"""The weight of a pair in plain Python and float64 bans: no compiled code, nothing from the kernel.

It reads columns and tables, as the kernel does, and works everything out the long way: values as
sets, the gap of long windows by exact fractions, a sum of bans. What the kernel's micro-bans may
differ by is the rounding of a long window's mean, and of what place and person have in common.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from clew.model.columns import SINGLE, Columns, Tables

MICRO = 1_000_000
DAY_S = 86_400
MOST_VALUES = 48


def level(value: float, edges: Sequence[float]) -> int:
    return sum(value > edge for edge in edges)


def held(cols: Columns, start: str, codes: str, row: int) -> list[int]:
    starts = getattr(cols, start)
    return getattr(cols, codes)[starts[row] : starts[row + 1]].tolist()


def plain_weight(cols: Columns, tables: Tables, i: int, j: int) -> float:
    """Return the weight of the pair in bans."""
    place, near = place_bans(cols, tables, i, j)
    person, mention = person_bans(cols, tables, i, j)
    bans = place + person + mention + gap_bans(cols, tables, i, j)
    if place > 0 and person + mention > 0:
        bans -= min(place, person + mention) * (1 - tables.place_entity_kept)
    for column, table in (("far", "far"), ("clock", "clock"), ("weekday", "weekday")):
        a, b = getattr(cols, column)[[i, j]].tolist()
        if a >= 0 and b >= 0:
            bans += getattr(tables, table)[a, b] / MICRO
    return bans + victim_bans(cols, tables, i, j) + value_bans(cols, tables, i, j, near)


def place_bans(cols: Columns, tables: Tables, i: int, j: int) -> tuple[float, bool]:
    """Return the weight of address, distance or area, and whether the places are near."""
    if cols.place_key[i] == cols.place_key[j] >= 0:
        return tables.place_key[cols.place_key[i]] / MICRO, True
    if cols.density[i] >= 0 and cols.density[j] >= 0:
        apart = math.dist(cols.xyz[i].astype(float), cols.xyz[j].astype(float))
        at = level(apart, tables.place_edges)
        blur = max(cols.precision[i], cols.precision[j])
        bans = tables.place[cols.density[i], cols.density[j], blur, at] / MICRO
        return bans, at <= tables.near_level
    if cols.area[i] >= 0 and cols.area[j] >= 0:
        same = cols.area[i] == cols.area[j]
        return (tables.area[cols.area[i]] if same else tables.area_differs) / MICRO, False
    return 0.0, False


def gap_bans(cols: Columns, tables: Tables, i: int, j: int) -> float:
    """Return the weight of the gap: by the middles, or the mean over two long windows."""
    mids = [Fraction(float(cols.mid[row])) for row in (i, j)]
    widths = [Fraction(float(cols.width[row])) for row in (i, j)]
    if max(widths) <= DAY_S:
        return tables.gap[level(float(abs(mids[0] - mids[1])), tables.gap_edges)] / MICRO
    ratios = [10 ** (micro / MICRO) for micro in tables.gap.tolist()]
    edges = [Fraction(float(edge)) for edge in tables.gap_edges]
    within = [share_within(edge, mids, widths) for edge in edges]
    shares = [b - a for a, b in zip([Fraction(0), *within], [*within, Fraction(1)], strict=True)]
    mean = sum(r * float(share) for r, share in zip(ratios, shares, strict=True))
    return math.log10(max(mean, 1e-3))


def share_within(gap: Fraction, mids: list[Fraction], widths: list[Fraction]) -> Fraction:
    """Return P(|X - Y| <= gap) for moments anywhere in the two windows, exact."""
    return not_later(gap, mids, widths) - not_later(-gap, mids, widths)


def not_later(gap: Fraction, mids: list[Fraction], widths: list[Fraction]) -> Fraction:
    """Return P(X - Y <= gap) for X and Y uniform on their windows: areas under a line, exact."""
    (x, y), (w, v) = mids, widths
    first = (x - w / 2) - (y + v / 2)  # the least that X - Y can be
    corners = ((1, first), (-1, first + w), (-1, first + v), (1, first + w + v))
    area = sum(sign * max(gap - corner, Fraction(0)) ** 2 / 2 for sign, corner in corners)
    return area / (w * v)


def victim_bans(cols: Columns, tables: Tables, i: int, j: int) -> float:
    bans = 0.0
    if cols.age_band[i] >= 0 and cols.age_band[j] >= 0:
        at = level(abs(float(cols.age[i]) - float(cols.age[j])), tables.age_edges)
        for row in (i, j):
            bans += tables.age_half[cols.mechanism[row], cols.age_band[row], at] / MICRO
    if cols.sex[i] >= 0 and cols.sex[j] >= 0:
        for a, b in ((i, j), (j, i)):
            bans += tables.sex_half[cols.mechanism[a], cols.sex[a], cols.sex[b]] / MICRO
    return bans


def value_bans(cols: Columns, tables: Tables, i: int, j: int, near: bool) -> float:
    mine, other = (set(held(cols, "item_start", "items", row)) for row in (i, j))
    bans, counted = 0.0, list[int]()
    for item in sorted(mine & other)[:MOST_VALUES]:
        most = [tables.item[item], *([tables.item_near[item]] if near else [])]
        most += [given(tables, before, item) for before in counted]
        bans += min(most) / MICRO
        counted.append(item)
    both = int(cols.recorded[i] & cols.recorded[j])
    for kind in range(len(tables.single_differs)):
        if not both >> kind & 1:
            continue
        alone = sum(
            tables.item_type[item] == kind and tables.item_against[item] > 0
            for item in mine ^ other
        )
        if kind < SINGLE:
            bans += tables.single_differs[kind] / MICRO if alone else 0.0
        else:
            against = alone * int(tables.unshared_half[kind])
            bans += max(against, int(tables.unshared_floor[kind])) / MICRO
    return bans


def given(tables: Tables, before: int, item: int) -> Any:
    measured = len(tables.item_given)
    if before < measured and item < measured:
        return tables.item_given[before, item]
    return tables.item_given_rare[item]


def person_bans(cols: Columns, tables: Tables, i: int, j: int) -> tuple[float, float]:
    mine, other = (set(held(cols, "entity_start", "entities", row)) for row in (i, j))
    strongest = max((tables.entity[e] / MICRO for e in mine & other), default=0.0)
    named = [held(cols, "mention_start", "mentions", row) for row in (i, j)]
    names = int(cols.owner[j]) in named[0] or int(cols.owner[i]) in named[1]
    return float(np.float64(strongest)), tables.mention / MICRO if names else 0.0
