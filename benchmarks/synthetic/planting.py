"""A record put among the background: drawn as any of its class is, then given what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clew.synthetic.deaths import BatchFacts, finish_deaths
from clew.synthetic.generated import Row, join_words, split_words
from clew.synthetic.incidents import finish_incidents
from clew.synthetic.medical import POISONINGS, MedicalDraft, MedicalVerdict
from clew.synthetic.rates import setting_of
from clew.synthetic.records import Batch, Spots, World, write_batch
from clew.synthetic.times import draw_times, order_of
from synthetic.background import Donors, borrow_world, classes_of, drop_texts
from synthetic.noise import OverlaySettings, add_errors, finish, give_ids
from synthetic.rates import read_rates

Point = tuple[float, float]
TRIES = 400
"""Points drawn to find one of another agency."""
LENDERS = 20
"""Real deaths of a class in a setting from which one may be lent, else any of its class."""
GIVES_WAY = ("contact", "present", "occupier", "informant", "caller", "paramedic")
"""Roles whose people a report leaves out first where it names somebody else (declared)."""
PLACED = ("posture", "clothing", "injuries", "scene")
"""Columns whose cells keep the length that the record was drawn with."""


@dataclass(frozen=True)
class Signs:
    """What a record shows: words by column, and (role, type, code) of those it names."""

    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    people: Sequence[tuple[str, str, str]] = ()


NO_SIGNS, DRAWN = Signs(), MedicalVerdict()


@dataclass(frozen=True)
class Spot:
    """One record to plant: `entry` its class or kind, `day` from the first day, points in km.

    `hours` names the profile of its report, "" for the entry's own.
    """

    entry: Mapping[str, Any]
    day: int
    premises: str
    home: Point
    point: Point
    key: str
    age: str
    sex: str
    hours: Sequence[float] = ()
    signs: Signs = NO_SIGNS
    verdict: MedicalVerdict = DRAWN
    agency: tuple[str, str] | None = None


@dataclass(frozen=True)
class Planted:
    """Records that belong together: `members` in order of report, `earlier` the other records.

    `classes` are the class of death or kind of record that each id was drawn as.
    """

    kind: str
    rows: list[Row]
    facts: list[Row]
    members: tuple[str, ...]
    earlier: tuple[str, ...]
    classes: Mapping[str, str]


@dataclass(frozen=True)
class Ground:
    """Where records are planted: the world, what is borrowed, and the noise that is put in."""

    world: World
    donors: Donors
    noise: OverlaySettings
    days: int

    @property
    def rng(self) -> np.random.Generator:
        """Return the draw's own stream."""
        return self.world.rng


def break_ground(
    donors: Donors, days: int, noise: OverlaySettings, rng: np.random.Generator
) -> Ground:
    """Return ground for one draw, whose only randomness is `rng`."""
    return Ground(borrow_world(donors, noise, rng), donors, noise, days)


@dataclass(frozen=True)
class _Marking:
    """Puts a spot's signs into its row before it is worded."""

    spot: Spot
    rng: np.random.Generator

    def __call__(self, rows: list[Row]) -> None:
        for row in rows:
            put_signs(row, self.spot, self.rng)


def put_signs(row: Row, spot: Spot, rng: np.random.Generator) -> None:
    """Put signs into a row as drawn for its class; a writer notes as many words as he would.

    Words replace the ordinary ones of their column, where it was filled in at all. Things
    missing are noted where the scene was seen and somebody looked.
    """
    recorded = read_rates("words")["recorded"]["missing_items"]
    looked = rng.random() < recorded
    for column in PLACED:
        words = list(spot.signs.words.get(column, ()))
        if words and (there := split_words(row.get(column, ""))):
            row[column] = join_words(list(dict.fromkeys([*words, *there]))[: len(there)])
    gone = spot.signs.words.get("missing_items", ())
    if gone and looked and ("scene" in row or "posture" in row):
        row["missing_items"] = join_words([*gone, *split_words(row.get("missing_items", ""))])
    if spot.agency:
        row["agency"], row["area"] = spot.agency
    row["entities"] = join_words(_name(split_words(row.get("entities", "")), spot.signs.people))


def _name(names: list[str], people: Sequence[tuple[str, str, str]]) -> list[str]:
    """Return the names of a paper with those of the series, as many as before where that can be.

    Each takes the place of one in the same role, or else of one who would be met only here.
    """
    held: set[str] = set()
    for role, kind, code in people:
        stem = f"{role}:{kind}:"
        free = [name for name in names if name not in held]
        same = [name for name in free if name.startswith(stem)]
        once = [name for name in free if name.split(":")[0] in GIVES_WAY]
        gone = (same or once or [""])[0]
        names = [name for name in names if name != gone or not gone]
        names.append(stem + code)
        held.add(stem + code)
    return names


def plant(spot: Spot, ground: Ground) -> MedicalDraft:
    """Return the draft of one record, drawn by the path of all records of its class or kind."""
    world, rng = ground.world, ground.rng
    entry = spot.entry
    hours = spot.hours or read_rates("papers")["hours"][entry["hours"]]
    lone = {"lone": entry.get("lone", 0.0)}
    times = draw_times(world.first, np.asarray([spot.day]), lone, hours, rng)
    place = Spots([spot.premises], np.asarray([spot.home]), np.asarray([spot.point]), [spot.key])
    batch = write_batch(place, times, [spot.age], [spot.sex], world)
    if "kind" in entry:
        [draft] = finish_incidents(entry, batch, world, _Marking(spot, rng))
    else:
        draft = _plant_death(spot, batch, ground)
    if spot.agency and "area" not in draft.row:
        draft.row["agency"] = spot.agency[0]
    return draft


def _plant_death(spot: Spot, batch: Batch, ground: Ground) -> MedicalDraft:
    """Return the draft of a death, its cause borrowed from a real one where there are such."""
    verdict, rng = spot.verdict, ground.rng
    name, lenders = spot.entry["id"], ground.donors.verdicts
    lent = lenders.get(f"{name}@{setting_of()[spot.premises]}", ())
    if len(lent) < LENDERS:
        lent = lenders.get(name, ())
    if lent:
        verdict = _lend(lent, verdict, rng, poisoned=name in POISONINGS)
    given = BatchFacts([False], _Marking(spot, rng), [verdict], ground.donors.blank)
    [draft] = finish_deaths(spot.entry, batch, given, ground.world)
    drop_texts([draft], ground.donors)
    return draft


def _lend(
    lent: Sequence[MedicalVerdict], own: MedicalVerdict, rng: np.random.Generator, *, poisoned: bool
) -> MedicalVerdict:
    """Return a real verdict of the class, with the series' own substance or cause written into it.

    A cause that is blank in the real file stays blank; only one that awaited toxicology names a
    substance.
    """
    chosen = lent[int(rng.integers(len(lent)))]
    cause = chosen.cause
    if cause and own.cause:
        cause = own.cause
    elif cause and own.substances and poisoned:
        cause = _write_into(cause, own.substances[0])
    return MedicalVerdict(cause, own.manner or chosen.manner, None)


def _write_into(cause: str, substance: str) -> str:
    """Return a real cause with `substance` in the place of the first common one that it names."""
    form = read_rates("overlay")["substance_forms"]
    if substance in cause.lower():
        return cause
    named = [(cause.lower().find(name), name) for name in form["gives_way"]]
    found = [(at, name) for at, name in named if at >= 0]
    if not found:
        return str(form["cause"]).format(substance)
    at, name = min(found)
    shout = cause[at : at + len(name)].isupper()
    return cause[:at] + (substance.upper() if shout else substance) + cause[at + len(name) :]


def gather(
    kind: str, deaths: Sequence[MedicalDraft], before: Sequence[MedicalDraft], ground: Ground
) -> Planted:
    """Return drafts as planted records, with errors and ids put in as everywhere else."""
    drafts = [*deaths, *before]
    add_errors(drafts, ground.noise, ground.rng)
    give_ids(drafts, set(ground.donors.taken), ground.rng)
    rows, facts = finish(drafts, ground.noise.overlay)
    held = {row["case_id"] for row in rows}

    def ids(group: Sequence[MedicalDraft]) -> tuple[str, ...]:
        ordered = sorted(group, key=lambda draft: order_of(draft.row["reported_at"]))
        return tuple(d.row["case_id"] for d in ordered if d.row["case_id"] in held)

    return Planted(kind, rows, facts, ids(deaths), ids(before), classes_of(drafts))


def entry_of(class_id: str) -> Mapping[str, Any]:
    """Return a class of death, or another kind of record, by its id."""
    tables = (
        read_rates("classes")["class"],
        read_rates("overlay")["class"],
        read_rates("papers")["other"],
    )
    found: Mapping[str, Any] = next(e for table in tables for e in table if e["id"] == class_id)
    return found


def other_agency(own: str, ground: Ground) -> tuple[str, str] | None:
    """Return another agency of the background and an area of its; None where there is one only."""
    land = ground.world.geography
    areas = land.area_of(land.homes(TRIES, ground.rng))
    held = land.agencies(["street"] * TRIES, areas, ground.rng)
    return next((pair for pair in held if pair[0] != own), None)
