"""Records of a series that are no deaths: survivors, and people reported missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from clew.synthetic.rates import lognormal, pick
from clew.synthetic.records import draw_ages, write_age
from synthetic.places_of_series import as_pair, settle
from synthetic.plans import YOUNGEST, Person, Plan
from synthetic.planting import Ground, Signs, Spot, entry_of
from synthetic.rates import read_rates


def draw_before(
    plan: Plan,
    deaths: Sequence[Spot],
    people: Sequence[tuple[Person, float]],
    ground: Ground,
) -> list[Spot]:
    """Return the other records that belong: those before the first death, and the missed."""
    rng, first = ground.rng, deaths[0]
    known = next((person for person, _ in people if person[1] == "person"), None)
    spots = []
    for entry in plan.get("before", ()):
        chance, names = rng.random(2).tolist()
        ahead = float(lognormal(entry, 1, rng)[0])
        where = ground.world.geography.stroll(np.asarray([first.point]), rng)[0]
        age = float(draw_ages(plan["ages"], 1, rng)[0])
        day = first.day - max(1, round(ahead))
        table = entry_of(entry["entry"])
        premises = pick(_held(table["premises"], ground), 1, rng)[0]
        home, point, key = settle(premises, where, ground)
        if chance >= entry["chance"] or day < 0:
            continue
        code = known[2] if known and names < entry["names"] else None
        signs = Signs({}, [(entry["role"], "person", code)] if code else [])
        who = (write_age(max(YOUNGEST, age)), first.sex)
        spot = Spot(table, day, premises, as_pair(home), as_pair(point), key, *who)
        spots.append(replace(spot, signs=signs))
    return spots + _draw_missed(plan, deaths, ground)


def _held(premises: Mapping[str, float], ground: Ground) -> Mapping[str, float]:
    """Return the premises of other records that the background's ones have too."""
    absent = read_rates("overlay")["incidents"]["no_premises"] if ground.donors.texts else ()
    return {kind: share for kind, share in premises.items() if kind not in absent}


def _draw_missed(plan: Plan, deaths: Sequence[Spot], ground: Ground) -> list[Spot]:
    """Return the reports that those who were found had gone missing."""
    rng, spots = ground.rng, []
    for death in deaths if "missing" in plan else ():
        ahead = max(1, round(float(lognormal(plan["missing"], 1, rng)[0])))
        key = ground.world.people.once("L")
        if rng.random() < plan["missing"]["chance"] and death.day - ahead >= 0:
            spots.append(
                Spot(
                    entry_of("missing_person"),
                    death.day - ahead,
                    "home",
                    death.home,
                    death.home,
                    key,
                    death.age,
                    death.sex,
                )
            )
    return spots
