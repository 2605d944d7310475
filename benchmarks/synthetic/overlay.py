"""A real file of deaths with what such files miss laid over it: scenes, people, papers, delays.

Real stay date, age, sex, manner, cause, place, place key and city. All else is drawn with the
generator's tables for the row's class and setting, and every record suffers the same noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np

from clew.synthetic.deaths import BatchFacts, finish_deaths, leave_out
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import Row
from clew.synthetic.incidents import add_doubles, draw_incidents
from clew.synthetic.medical import MedicalDraft, MedicalVerdict
from clew.synthetic.rates import Floats, Ints, WordRates, setting_of
from clew.synthetic.records import UNKEYED, Spots, World, write_batch
from clew.synthetic.times import draw_days, draw_times, order_of
from synthetic.background import Background, Donors, build_background, drop_texts
from synthetic.noise import KeyedPeople, OverlaySettings
from synthetic.overlay_classes import classify
from synthetic.overlay_places import agency_of, build_real_geography, city_of
from synthetic.planting import entry_of
from synthetic.rates import read_rates

JUDGED = frozenset({"cause", "manner"})
"""Fields whose blanks are those of the real file, in real and planted rows alike."""
REAL = JUDGED | {
    *("age_years", "sex", "premises", "latitude", "longitude", "location_precision_m"),
}
"""Fields of real rows that are as blank as they are, and not left out again."""
BLANKED = {
    "age_years": ("age_years", "narrative"),
    "sex": ("sex", "narrative"),
    "latitude": ("latitude", "longitude", "location_precision_m"),
    "premises": ("premises", "narrative"),
    "city": ("area",),
}
"""What is blanked where the real row has no such field: a narrative names age and sex."""
RESIDENT = frozenset({"home", "apartment", "care_home", "institution"})


def overlay_real(
    rows: Sequence[Row], settings: OverlaySettings, rng: np.random.Generator
) -> Background:
    """Return real rows as a background in the contract's columns, with facts that come late.

    Raises
    ------
    ValueError
        If there are no rows.

    """
    if not rows:
        raise ValueError("there are no rows to lay anything over")
    classes, premises = classify(rows, rng)
    land, xy = build_real_geography(rows, premises)
    reported = [date.fromisoformat(row["reported_on"][:10]) for row in rows]
    first, last = min(reported), max(reported)
    words = WordRates(settings.scene_rate, settings.missing_item_rate)
    people = KeyedPeople(rng)
    agreement, missing = settings.coder_agreement, settings.missing_share
    world = World(first, land, people, words, agreement, missing, rng)
    manners: Mapping[str, str] = read_rates("overlay")["manners"]
    verdicts = [
        MedicalVerdict(
            " ".join(row.get("cause", "").split()), manners.get(row.get("manner", ""), "")
        )
        for row in rows
    ]
    lent: dict[str, list[MedicalVerdict]] = {}
    for name, kind, verdict in zip(classes, premises, verdicts, strict=True):
        lent.setdefault(name, []).append(verdict)
        lent.setdefault(f"{name}@{setting_of()[kind]}", []).append(verdict)
    donors = Donors(world, lent, frozenset(), JUDGED, texts=True)
    days = np.asarray([(day - first).days for day in reported])
    drafts = []
    for name in sorted(set(classes)):
        here = np.asarray([index for index, own in enumerate(classes) if own == name])
        part = _Part([rows[i] for i in here], [premises[i] for i in here], xy[here], days[here])
        drafts += _lay_over(name, part, lent[name], donors)
    if settings.overlay != "none":
        drafts += _other_kinds(len(rows), int(days.max()) + 1, world)
    drafts.sort(key=lambda draft: order_of(draft.row["reported_at"]))
    if settings.overlay != "none":
        drafts = add_doubles(drafts, world, households=False)
    return build_background(drafts, donors, settings, (first, last))


@dataclass(frozen=True)
class _Part:
    """Real rows of one class: their premises, points (n, 2) km and days (n,)."""

    rows: list[Row]
    premises: list[str]
    xy: Floats
    days: Ints


def _lay_over(
    name: str, part: _Part, verdicts: Sequence[MedicalVerdict], donors: Donors
) -> list[MedicalDraft]:
    """Return the drafts of the real rows of one class."""
    world, entry = donors.world, entry_of(name)
    hours = read_rates("papers")["hours"][entry["hours"]]
    lone = {"lone": entry.get("lone", 0.0)}
    times = draw_times(world.first, part.days, lone, hours, world.rng)
    keys = [
        "" if kind in UNKEYED else row.get("place_key", "")
        for kind, row in zip(part.premises, part.rows, strict=True)
    ]
    # Home is where residents died, else as far away as people are found.
    rng, land = world.rng, world.geography
    resident = np.isin(part.premises, sorted(RESIDENT))
    home = np.where(resident[:, None], part.xy, land.stroll(part.xy, rng))
    share = read_rates("papers")["report"]["outside_force"]
    outside = ~resident & (rng.random(len(home)) < share)
    home[outside] = land.outside_homes(int(outside.sum()), rng)
    spots = Spots(part.premises, home, part.xy, keys)
    ages = [row.get("age_years", "") for row in part.rows]
    sexes = [row.get("sex", "").lower() for row in part.rows]
    batch = write_batch(spots, times, ages, sexes, world)
    for made, real in zip(batch.rows, part.rows, strict=True):
        if city := city_of(real):
            made["area"], made["agency"] = city, agency_of(city)
    given = BatchFacts([False] * len(ages), None, verdicts, REAL)
    drafts = finish_deaths(entry, batch, given, world)
    drop_texts(drafts, donors)
    for draft, row in zip(drafts, part.rows, strict=True):
        blank = (fields for name, fields in BLANKED.items() if not row.get(name))
        leave_out(draft, frozenset(chain.from_iterable(blank)))
    return drafts


def _other_kinds(deaths: int, days: int, world: World) -> list[MedicalDraft]:
    """Return the other kinds of record, in proportion to the deaths."""
    scale = deaths / days / ForceSettings.deaths_a_day
    absent = set(read_rates("overlay")["incidents"]["no_premises"])
    drafts = []
    for entry in read_rates("papers")["other"]:
        premises = {kind: share for kind, share in entry["premises"].items() if kind not in absent}
        own = {**entry, "premises": premises}
        drafts += draw_incidents(own, draw_days(entry["a_day"] * scale, days, world.rng), world)
    return drafts
