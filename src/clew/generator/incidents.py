"""Other records: collapses, overdoses survived, allegations, and people reported missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clew.generator.coding import code_row, draw_missing
from clew.generator.deaths import leave_out
from clew.generator.generated import Row, join_words
from clew.generator.medical import Draft
from clew.generator.rates import Ints, pick, pick_many, read_rates
from clew.generator.records import Batch, World, start_batch
from clew.generator.times import write_time

SCENE_TABLE = {"overdose_survived": "drug", "collapse": "outdoors"}
"""Whose scene words such incidents are written with (declared)."""


def draw_incidents(entry: Mapping[str, Any], days: Ints, world: World) -> list[Draft]:
    """Return a draft for each record of one other kind, reported on `days` (n,)."""
    return finish_incidents(entry, start_batch(entry, days, world), world)


def finish_incidents(
    entry: Mapping[str, Any],
    batch: Batch,
    world: World,
    sign: Callable[[list[Row]], None] | None = None,
) -> list[Draft]:
    """Return the drafts of a batch; `sign` changes its rows before they are worded."""
    _add_details(entry, batch, world)
    if entry["id"] in SCENE_TABLE:
        _add_scenes(SCENE_TABLE[entry["id"]], batch, world)
    if sign is not None:
        sign(batch.rows)
    for index, row in enumerate(batch.rows):
        row["kind"] = entry["kind"]
        row["narrative"] = f"{row['sex'].capitalize()}, {row['age_years']}, {entry['says']}."
        row["earliest"] = write_time(batch.times.earliest[index])
        row["latest"] = write_time(batch.times.latest[index])
        if entry["kind"] == "missing_person":
            row["last_seen_alive"] = row["earliest"]
        code_row(row, world.agreement, world.rng)
    drafts = [Draft(row, class_id=entry["id"]) for row in batch.rows]
    for draft in drafts:
        leave_out(draft, draw_missing(world.missing_share, world.rng))
    return drafts


def _add_scenes(table: str, batch: Batch, world: World) -> None:
    """Add the few scene words that such a report holds."""
    words = pick_many(world.words.independent("scene", (table,)), len(batch.rows), world.rng)
    for row, seen in zip(batch.rows, words, strict=True):
        row["scene"] = join_words(seen)


def _add_details(entry: Mapping[str, Any], batch: Batch, world: World) -> None:
    """Add who was there, and for allegations what was alleged and what became of it."""
    papers, size, rng = read_rates("papers"), len(batch.rows), world.rng
    circle = world.people.local("circle", batch.areas)
    alleged = pick(papers["allegations"], size, rng)
    status = pick(papers["allegation_status"], size, rng)
    number = rng.integers(1, 10_000, size).tolist()
    for index, chance in enumerate(rng.random((size, 4)).tolist()):
        row, names = batch.rows[index], []
        known = chance[1] < papers["accused"]["known"]
        other = circle[index] if known else world.people.once()
        if entry["id"] == "allegation":
            row["allegation"], row["allegation_status"] = alleged[index], status[index]
            if chance[0] < papers["accused"]["named"]:
                names.append(f"accused:person:{other}")
        elif entry["id"] == "missing_person":
            names.append(f"informant:person:{world.people.once()}")
        elif chance[0] < papers["entities"]["companion"]["drug"]:
            names.append(f"companion:person:{other}")
        if chance[2] < papers["entities"]["caller_phone"]:
            names.append(f"caller:phone:{world.people.once('T')}")
        row["entities"] = join_words(names)
        row["references"] = f"CRIS:{number[index]}"
