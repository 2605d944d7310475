"""Hidden series: deaths of one hand, officially of several classes, drawn after the public record.

Every death starts as any record of its class does; then it is given what the record of its kind
says such deaths showed, with the declared probability. See `rates/hidden_kinds.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clew.synthetic.rates import lognormal, pick
from clew.synthetic.records import OLDEST, draw_ages, write_age
from synthetic.background import Background
from synthetic.noise import OverlaySettings
from synthetic.plans import YOUNGEST, Person, Plan, as_pair, draw_spots, settle
from synthetic.planting import (
    Ground,
    Planted,
    Signs,
    Spot,
    break_ground,
    entry_of,
    gather,
    plant,
)
from synthetic.rates import read_rates

SWAPPED = {"male": "female", "female": "male"}


def series_kinds() -> dict[str, Plan]:
    """Return every kind of hidden series by its id."""
    return {plan["id"]: plan for plan in read_rates("hidden_kinds")["kind"]}


def draw_series(
    kind: str,
    background: Background,
    rng: np.random.Generator,
    *,
    sex: str | None = None,
    age_shift: float = 0.0,
    noise: OverlaySettings | None = None,
) -> Planted:
    """Return one series of a kind, drawn at random into the background's span and places.

    `sex` "swap" swaps the sex of all its people, "female" or "male" sets it; `age_shift` is added
    to their ages, years. Neither takes a draw: the same stream gives the same series but for that.
    """
    plan = series_kinds()[kind]
    ground = break_ground(background.donors, background.days, noise or OverlaySettings(), rng)
    deaths, people = draw_spots(plan, ground)
    before = _draw_before(plan, deaths, people, ground)

    def change(spot: Spot) -> Spot:
        chosen = SWAPPED[spot.sex] if sex == "swap" else sex or spot.sex
        age = spot.age
        if age_shift:
            age = write_age(float(np.clip(float(age) + age_shift, YOUNGEST, OLDEST)))
        return replace(spot, sex=chosen, age=age)

    members, earlier = ([plant(change(s), ground) for s in group] for group in (deaths, before))
    return gather(kind, members, earlier, ground)


def _draw_before(
    plan: Plan,
    deaths: Sequence[Spot],
    people: Sequence[tuple[Person, float]],
    ground: Ground,
) -> list[Spot]:
    """Return the other records that belong: those before the first death, and the missed."""
    rng, first = ground.rng, deaths[0]
    known = next((person for person, _ in people if person[1] == "person"), None)
    # A real background's other records have not all premises (rates/overlay.toml).
    absent = read_rates("overlay")["incidents"]["no_premises"] if ground.donors.texts else ()
    spots = []
    for entry in plan.get("before", ()):
        chance, names = rng.random(2).tolist()
        wait = float(lognormal(entry, 1, rng)[0])
        where = ground.world.geography.stroll(np.asarray([first.point]), rng)[0]
        age = float(draw_ages(plan["ages"], 1, rng)[0])
        day = first.day - max(1, round(wait))
        table = entry_of(entry["entry"])
        shares = {kind: share for kind, share in table["premises"].items() if kind not in absent}
        premises = pick(shares, 1, rng)[0]
        home, point, key = settle(premises, where, ground)
        if chance >= entry["chance"] or day < 0:
            continue
        code = known[2] if known and names < entry["names"] else None
        signs = Signs({}, [(entry["role"], "person", code)] if code else [])
        who = (write_age(max(YOUNGEST, age)), first.sex)
        spot = Spot(table, day, premises, as_pair(home), as_pair(point), key, *who)
        spots.append(replace(spot, signs=signs))
    # Reports that those who were found had gone missing.
    for death in deaths if "missing" in plan else ():
        ahead = max(1, round(float(lognormal(plan["missing"], 1, rng)[0])))
        key = ground.world.people.once("L")
        if rng.random() < plan["missing"]["chance"] and death.day - ahead >= 0:
            place = ("home", death.home, death.home, key, death.age, death.sex)
            spots.append(Spot(entry_of("missing_person"), death.day - ahead, *place))
    return spots
