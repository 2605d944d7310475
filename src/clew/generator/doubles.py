"""Ordinary ties: two deaths in one household, a second report of one death, papers that mention."""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta

from clew.generator.coding import code_row
from clew.generator.generated import Row
from clew.generator.medical import Draft
from clew.generator.rates import read_rates
from clew.generator.records import World
from clew.generator.times import order_of

DUPLICATE_WITHIN_DAYS = 2.0
"""A second report of a death comes within two days (declared)."""
MENTION_WITHIN_DAYS = 200.0
"""Papers that name an earlier case name one of the last 200 days (declared)."""
HOUSEHOLD_FIELDS = (
    "latitude",
    "longitude",
    "location_precision_m",
    "place_key",
    "premises",
    "home_latitude",
    "home_longitude",
    "area",
    "agency",
)


def add_doubles(drafts: list[Draft], world: World, *, households: bool = True) -> list[Draft]:
    """Return the drafts, in time order, with households, duplicates and mentions added.

    A mention stands as the number of the draft it names until ids are given. `households` False
    joins none, as where a file has its own.
    """
    rates = read_rates("papers")["report"]
    homes: dict[str, list[int]] = {}
    for index, draft in enumerate(drafts):
        if draft.row["kind"] == "death" and draft.row.get("premises") in {"home", "apartment"}:
            homes.setdefault(draft.row.get("area", ""), []).append(index)
    chances = world.rng.random((len(drafts), 4)).tolist()
    doubles = []
    for index, draft in enumerate(drafts):
        chance = chances[index]
        if draft.row["kind"] != "death":
            continue
        group = homes.get(draft.row.get("area", ""), [])
        earlier = bisect_left(group, index)
        joins = households and chance[0] < rates["household_repeat"]
        if joins and index in group and earlier:
            _join_household(draft.row, drafts[group[int(chance[3] * earlier)]].row)
        if chance[1] < rates["duplicate"]:
            doubles.append(report_again(draft, chance[3] * DUPLICATE_WITHIN_DAYS, world))
    merged = sorted([*drafts, *doubles], key=lambda draft: order_of(draft.row["reported_at"]))
    _add_mentions(merged, world)
    return merged


def _join_household(row: Row, earlier: Row) -> None:
    """Move a death into the household of an earlier one."""
    for name in HOUSEHOLD_FIELDS:
        if name in earlier:
            row[name] = earlier[name]


def report_again(draft: Draft, days: float, world: World) -> Draft:
    """Return a second report of the same death, coded by another hand."""
    again = copy.deepcopy(draft)
    base = datetime.fromisoformat(again.row["reported_at"])
    when = base + timedelta(minutes=round(days * 1440))
    again.row["reported_at"] = when.isoformat(timespec="minutes")
    code_row(again.row, world.agreement, world.rng)
    return again


def _add_mentions(drafts: list[Draft], world: World) -> None:
    """Let a few papers name an earlier case of the same area."""
    share = read_rates("papers")["report"]["mentions"]
    by_area: dict[str, list[int]] = {}
    for index, draft in enumerate(drafts):
        by_area.setdefault(draft.row.get("area", ""), []).append(index)
    for index, chance in enumerate(world.rng.random((len(drafts), 2)).tolist()):
        if chance[0] >= share:
            continue
        row = drafts[index].row
        since = datetime.fromisoformat(row["reported_at"]) - timedelta(days=MENTION_WITHIN_DAYS)
        group = by_area[row.get("area", "")]
        first = bisect_left(
            group, since.isoformat(), key=lambda number: order_of(drafts[number].row["reported_at"])
        )
        last = bisect_right(group, index) - 1
        if last > first:
            row["mentions"] = str(group[first + int(chance[1] * (last - first))])
