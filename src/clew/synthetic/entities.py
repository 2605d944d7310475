"""Who the papers name: families once, people at work again and again, officers as prompts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from clew.synthetic.generated import join_words
from clew.synthetic.places import AREAS
from clew.synthetic.rates import Floats, Ints, pick, read_rates

PREFIX = {
    "care_worker": "CW",
    "dog_walker": "DW",
    "refuse_worker": "RW",
    "park_keeper": "PK",
    "boat_crew": "BC",
    "rail_staff": "RS",
    "hostel_staff": "HS",
    "doctor": "DR",
    "pathologist": "PA",
    "officer": "OF",
    "paramedic": "PM",
    "circle": "PC",
}
"""Prefixes of the codes of pools; people named once are `P` and a running number."""
FAMILY = (
    ("next_of_kin", "contact:person", "P"),
    ("contact_phone", "contact:phone", "T"),
    ("contact_handle", "contact:handle", "H"),
    ("contact_address", "contact:address", "A"),
)
OTHERS = (
    ("present", "present:person", "P"),
    ("occupier", "occupier:person", "P"),
    ("owner", "owner:person", "P"),
    ("informant", "informant:person", "P"),
    ("venue", "contact:venue", "V"),
    ("organisation", "contact:organisation", "G"),
    ("vehicle", "owner:vehicle", "R"),
)
"""Who and what is named once: the rate, role and type, and the prefix of its code."""


@cache
def _popularity(size: int) -> Floats:
    """Return the cumulative popularity (size,) of a local pool, lognormal, the busiest first."""
    sigma = read_rates("papers")["pools"]["popularity_sigma"]
    ranks = np.random.Generator(np.random.PCG64(size)).standard_normal(size)
    weight = np.sort(np.exp(sigma * ranks))[::-1]
    return np.asarray(np.cumsum(weight) / weight.sum(), dtype=np.float64)


@dataclass
class People:
    """Hands out codes: a running number for those named once, a pool for those met again."""

    rng: np.random.Generator
    issued: dict[str, int] = field(default_factory=dict)

    def once(self, prefix: str = "P") -> str:
        """Return a code that no other record has."""
        self.issued[prefix] = self.issued.get(prefix, 0) + 1
        return f"{prefix}{self.issued[prefix]:06d}"

    def local(self, pool: str, areas: Ints) -> list[str]:
        """Return one member of `pool` for each record, of those who work in its area (n,)."""
        share = max(1, int(read_rates("papers")["pools"][pool]) // AREAS)
        drawn = np.searchsorted(_popularity(share), self.rng.random(len(areas)))
        return [f"{PREFIX[pool]}{code:05d}" for code in (areas * share + drawn).tolist()]


def draw_entities(
    entry: Mapping[str, Any], setting: str, areas: Ints, lone: list[bool], people: People
) -> list[str]:
    """Return the `entities` cell of each record of one class and setting; `lone` is (n,)."""
    papers, size = read_rates("papers"), len(lone)
    rates = papers["entities"]
    names: list[list[str]] = [[] for _ in lone]
    # Who found those who were alone, and who called.
    kinds = pick(papers["finder"][setting], size, people.rng)
    members = {k: people.local(k, areas) for k in sorted(set(kinds) & set(papers["pools"]))}
    drawn = people.rng.random((size, 3)).tolist()
    for index, (cell, kind, chance) in enumerate(zip(names, kinds, drawn, strict=True)):
        if lone[index] and kind != "none":
            code = members[kind][index] if kind in members else people.once()
            cell.append(f"finder:{'officer' if kind == 'officer' else 'person'}:{code}")
            if chance[0] < rates["caller_family"] and kind != "officer":
                cell.append(f"caller:person:{code}")
        elif setting == "care" and chance[0] < rates["caller_staff"]:
            staff = people.local("hostel_staff", areas[index : index + 1])[0]
            cell.append(f"caller:person:{staff}")
        elif chance[0] < rates["caller_family"]:
            cell.append(f"caller:person:{people.once()}")
        if chance[1] < rates["caller_phone"]:
            cell.append(f"caller:phone:{people.once('T')}")
    _add_family_and_others(names, entry["id"], areas, people)
    # Officers, paramedics, pathologists (prompts only) and the certifying doctor.
    certified = entry["delay"] == "doctor"
    doctors, paramedics, pathologists = (
        people.local(pool, areas) for pool in ("doctor", "paramedic", "pathologist")
    )
    number = people.rng.choice(len(rates["officers"]), size=size, p=rates["officers"]).tolist()
    officers = [people.local("officer", areas) for _ in rates["officers"][1:]]
    certifier = rates["certifier"]["doctor" if certified else "other"]
    for index, (cell, chance) in enumerate(
        zip(names, people.rng.random((size, 3)).tolist(), strict=True)
    ):
        if chance[0] < certifier:
            cell.append(f"certifier:person:{doctors[index]}")
        if chance[1] < rates["paramedic"]:
            cell.append(f"paramedic:person:{paramedics[index]}")
        if not certified and chance[2] < rates["pathologist"]:
            cell.append(f"pathologist:person:{pathologists[index]}")
        cell.extend(f"officer:officer:{codes[index]}" for codes in officers[: number[index]])
    return [join_words(cell) for cell in names]


def _add_family_and_others(
    names: list[list[str]], class_id: str, areas: Ints, people: People
) -> None:
    """Add next of kin and how they were reached, companions, who was there, what they own.

    A companion now and then is known from another record.
    """
    rates, size = read_rates("papers")["entities"], len(names)
    for cell, chances in zip(names, people.rng.random((size, 4)).tolist(), strict=True):
        for chance, (name, role, prefix) in zip(chances, FAMILY, strict=True):
            if chance < rates[name]:
                cell.append(f"{role}:{people.once(prefix)}")
    circle = people.local("circle", areas)
    companion = rates["companion"].get(class_id, rates["companion"]["other"])
    for index, chances in enumerate(people.rng.random((size, 10)).tolist()):
        cell = names[index]
        if chances[0] < companion:
            known = chances[1] < rates["companion_known"]
            cell.append(f"companion:person:{circle[index] if known else people.once()}")
        for chance, (name, role, prefix) in zip(chances[2:9], OTHERS, strict=True):
            if chance < rates[name]:
                cell.append(f"{role}:{people.once(prefix)}")
        if class_id.startswith("homicide") and chances[9] < rates["accused"]:
            cell.append(f"accused:person:{people.once()}")
