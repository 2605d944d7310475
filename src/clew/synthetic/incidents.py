"""Other records: collapses, overdoses survived, allegations, and people reported missing."""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from clew.synthetic.deaths import leave_out
from clew.synthetic.generated import Row, join_words
from clew.synthetic.medical import MedicalDraft, code_row, draw_missing
from clew.synthetic.rates import Ints, pick, pick_many, read_rates
from clew.synthetic.records import Batch, World, start_batch
from clew.synthetic.times import order_of, write_time

SCENE_TABLE = {"overdose_survived": "drug", "collapse": "outdoors"}
"""Whose scene words such incidents are written with (declared)."""
DUPLICATE_WITHIN_DAYS = 2.0
"""A second report of a death comes within two days (declared)."""
MENTION_WITHIN_DAYS = 200.0
"""Papers that name an earlier case name one of the last 200 days (declared)."""
HOUSEHOLD_FIELDS = (
    *("latitude", "longitude", "location_precision_m", "place_key", "premises"),
    *("home_latitude", "home_longitude", "area", "agency"),
)


def draw_incidents(entry: Mapping[str, Any], days: Ints, world: World) -> list[MedicalDraft]:
    """Return a draft for each record of one other kind, reported on `days` (n,)."""
    return finish_incidents(entry, start_batch(entry, days, world), world)


def finish_incidents(
    entry: Mapping[str, Any],
    batch: Batch,
    world: World,
    sign: Callable[[list[Row]], None] | None = None,
) -> list[MedicalDraft]:
    """Return the drafts of a batch; `sign` changes its rows before they are worded."""
    papers, size, rng = read_rates("papers"), len(batch.rows), world.rng
    # Who was there, and for allegations what was alleged and what became of it.
    circle = world.people.local("circle", batch.areas)
    alleged = pick(papers["allegations"], size, rng)
    status = pick(papers["allegation_status"], size, rng)
    number = rng.integers(1, 10_000, size).tolist()
    for index, chance in enumerate(rng.random((size, 4)).tolist()):
        row = batch.rows[index]
        known = chance[1] < papers["accused"]["known"]
        other = circle[index] if known else world.people.once()
        if entry["id"] == "allegation":
            row["allegation"], row["allegation_status"] = alleged[index], status[index]
            named = chance[0] < papers["accused"]["named"]
            names = [f"accused:person:{other}"] if named else []
        elif entry["id"] == "missing_person":
            names = [f"informant:person:{world.people.once()}"]
        else:
            accompanied = chance[0] < papers["entities"]["companion"]["drug"]
            names = [f"companion:person:{other}"] if accompanied else []
        if chance[2] < papers["entities"]["caller_phone"]:
            names.append(f"caller:phone:{world.people.once('T')}")
        row["entities"] = join_words(names)
        row["references"] = f"CRIS:{number[index]}"
    if entry["id"] in SCENE_TABLE:
        table = world.words.independent("scene", (SCENE_TABLE[entry["id"]],))
        seen = pick_many(table, size, rng)
        for row, words in zip(batch.rows, seen, strict=True):
            row["scene"] = join_words(words)
    if sign is not None:
        sign(batch.rows)
    for index, row in enumerate(batch.rows):
        row["kind"] = entry["kind"]
        row["narrative"] = f"{row['sex'].capitalize()}, {row['age_years']}, {entry['says']}."
        row["earliest"] = write_time(batch.times.earliest[index])
        row["latest"] = write_time(batch.times.latest[index])
        if entry["kind"] == "missing_person":
            row["last_seen_alive"] = row["earliest"]
        code_row(row, world.agreement, rng)
    drafts = [MedicalDraft(row, class_id=entry["id"]) for row in batch.rows]
    for draft in drafts:
        leave_out(draft, draw_missing(world.missing_share, rng))
    return drafts


# Ordinary ties: two deaths in one household, a second report of one death, papers that mention.


def add_doubles(
    drafts: list[MedicalDraft], world: World, *, households: bool = True
) -> list[MedicalDraft]:
    """Return the drafts, in time order, with households, duplicates and mentions added.

    A mention is the number of the draft it names until ids are given. `households` False joins
    none, as where a file has its own.
    """
    rates = read_rates("papers")["report"]
    homes: dict[str, list[int]] = {}
    for index, draft in enumerate(drafts):
        if draft.row["kind"] == "death" and draft.row.get("premises") in {"home", "apartment"}:
            homes.setdefault(draft.row.get("area", ""), []).append(index)
    doubles = []
    for index, chance in enumerate(world.rng.random((len(drafts), 4)).tolist()):
        draft = drafts[index]
        if draft.row["kind"] != "death":
            continue
        group = homes.get(draft.row.get("area", ""), [])
        earlier = bisect_left(group, index)
        joins = households and chance[0] < rates["household_repeat"]
        if joins and index in group and earlier:
            home = drafts[group[int(chance[3] * earlier)]].row
            draft.row.update({name: home[name] for name in HOUSEHOLD_FIELDS if name in home})
        if chance[1] < rates["duplicate"]:
            doubles.append(report_again(draft, chance[3] * DUPLICATE_WITHIN_DAYS, world))
    merged = sorted([*drafts, *doubles], key=lambda draft: order_of(draft.row["reported_at"]))
    # A few papers name an earlier case of the same area.
    by_area: dict[str, list[int]] = {}
    for index, draft in enumerate(merged):
        by_area.setdefault(draft.row.get("area", ""), []).append(index)
    for index, (names, which) in enumerate(world.rng.random((len(merged), 2)).tolist()):
        if names >= rates["mentions"]:
            continue
        row = merged[index].row
        since = datetime.fromisoformat(row["reported_at"]) - timedelta(days=MENTION_WITHIN_DAYS)
        group = by_area[row.get("area", "")]
        first = bisect_left(
            group, since.isoformat(), key=lambda number: order_of(merged[number].row["reported_at"])
        )
        last = bisect_right(group, index) - 1
        if last > first:
            row["mentions"] = str(group[first + int(which * (last - first))])
    return merged


def report_again(draft: MedicalDraft, days: float, world: World) -> MedicalDraft:
    """Return a second report of the same death, coded by another hand."""
    again = copy.deepcopy(draft)
    base = datetime.fromisoformat(again.row["reported_at"])
    when = base + timedelta(minutes=round(days * 1440))
    again.row["reported_at"] = when.isoformat(timespec="minutes")
    code_row(again.row, world.agreement, world.rng)
    return again
