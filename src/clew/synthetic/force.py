"""A force that does not exist: years of ordinary deaths, none related but by household or work."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np

from clew.synthetic.deaths import draw_deaths
from clew.synthetic.entities import People
from clew.synthetic.generated import Generated, Row
from clew.synthetic.incidents import add_doubles, draw_incidents
from clew.synthetic.medical import MedicalDraft
from clew.synthetic.places import build_geography
from clew.synthetic.rates import WordRates, read_rates
from clew.synthetic.records import World
from clew.synthetic.times import draw_days, order_of

NOT_SEARCHED = (
    ("neighbouring forces", "other forces"),
    ("Police National Database", "national"),
    ("Police National Computer", "national"),
    ("hospital admissions", "hospitals"),
    ("ambulance incident log", "ambulance service"),
    ("coroners' registers", "coroners"),
)
"""Systems that should be searched and are not in the generated file (the public record)."""


@dataclass(frozen=True)
class ForceSettings:
    """What may be varied. The default of 30 deaths a day is that of one large force.

    `missing_share` and `coder_agreement` are moderate noise.
    `scene_rate` and `missing_item_rate` multiply the rates of rare words.
    """

    first_day: date = date(2013, 6, 1)
    last_day: date = date(2015, 10, 31)
    deaths_a_day: float = 30.0
    missing_share: float = 0.25
    coder_agreement: float = 0.3
    centre: tuple[float, float] = (51.50, -0.1)
    scene_rate: float = 1.0
    missing_item_rate: float = 1.0


def generate_force(settings: ForceSettings, rng: np.random.Generator) -> Generated:
    """Return a force's case rows in time order, their late facts, and what was searched."""
    drafts = draw_drafts(settings, build_world(settings, People(rng), rng))
    counts: Counter[str] = Counter()
    for draft in drafts:
        row = draft.row
        prefix = {"death": "D", "missing_person": "M"}.get(row["kind"], "N")
        stem = f"{prefix}-{row['reported_at'][:4]}"
        counts[stem] += 1
        row["case_id"] = f"{stem}-{counts[stem]:05d}"
    for draft in drafts:
        if (number := draft.row.get("mentions", "")).isdigit():
            draft.row["mentions"] = drafts[int(number)].row["case_id"]
    rows = [{name: value for name, value in draft.row.items() if value} for draft in drafts]
    facts = [fact for draft in drafts for fact in draft.facts()]
    return Generated(rows, facts, coverage_of(rows, settings.last_day))


def build_world(settings: ForceSettings, people: People, rng: np.random.Generator) -> World:
    """Return what all records of the force have in common, with a geography of its own."""
    return World(
        settings.first_day,
        build_geography(settings.centre, rng),
        people,
        WordRates(settings.scene_rate, settings.missing_item_rate),
        settings.coder_agreement,
        settings.missing_share,
        rng,
    )


def draw_drafts(settings: ForceSettings, world: World) -> list[MedicalDraft]:
    """Return the drafts of all records in time order, doubles among them, as yet without ids.

    Deaths are drawn class by class, other kinds of record in proportion to the force's deaths.
    """
    rng, days = world.rng, (settings.last_day - settings.first_day).days + 1
    classes = read_rates("classes")["class"]
    shares = np.asarray([entry["share"] for entry in classes])
    when = draw_days(settings.deaths_a_day, days, rng)
    which = rng.choice(len(classes), size=len(when), p=shares / shares.sum())
    drafts: list[MedicalDraft] = []
    for number, entry in enumerate(classes):
        drafts += draw_deaths(entry, when[which == number], world)
    scale = settings.deaths_a_day / ForceSettings.deaths_a_day
    for entry in read_rates("papers")["other"]:
        drafts += draw_incidents(entry, draw_days(entry["a_day"] * scale, days, rng), world)
    drafts.sort(key=lambda draft: order_of(draft.row["reported_at"]))
    return add_doubles(drafts, world)


def coverage_of(rows: list[Row], up_to: date) -> list[Row]:
    """Return what the rows cover, by agency, and the systems that were not searched."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["agency"]] = counts.get(row["agency"], 0) + 1
    day = up_to.isoformat()
    held = [
        {"system": "death and incident reports", "agency": name, "records": str(n), "up_to": day}
        for name, n in sorted(counts.items())
    ]
    return held + [
        {"system": system, "agency": agency, "records": "0", "up_to": ""}
        for system, agency in NOT_SEARCHED
    ]
