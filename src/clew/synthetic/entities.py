"""Who the papers name: families once, people at work again and again, officers as prompts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from clew.synthetic.generated import join_words
from clew.synthetic.places import AREAS
from clew.synthetic.rates import Floats, Ints, Weights, pick, read_rates

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


@dataclass(frozen=True)
class NamingContext:
    """What decides who is named: class and setting of a group; area and lone (n,) by record."""

    class_id: str
    setting: str
    areas: Ints
    lone: list[bool]
    homicide: bool = False
    certified: bool = False


def draw_entities(group: NamingContext, people: People) -> list[str]:
    """Return the `entities` cell of each record of the group."""
    names: list[list[str]] = [[] for _ in group.lone]
    _add_finders(names, group, people)
    _add_family_and_others(names, group, people)
    _add_professionals(names, group, people)
    return [join_words(cell) for cell in names]


def _add_finders(names: list[list[str]], group: NamingContext, people: People) -> None:
    """Add who found those who were alone, and who called."""
    rates = read_rates("papers")
    size = len(names)
    kinds = pick(rates["finder"][group.setting], size, people.rng)
    pools: Weights = rates["pools"]
    members = {kind: people.local(kind, group.areas) for kind in sorted(set(kinds) & set(pools))}
    chance = people.rng.random((size, 3)).tolist()
    care = group.setting == "care"
    for index, kind in enumerate(kinds):
        entry = rates["entities"]
        if group.lone[index] and kind != "none":
            code = members[kind][index] if kind in members else people.once()
            names[index].append(f"finder:{'officer' if kind == 'officer' else 'person'}:{code}")
            if chance[index][0] < entry["caller_family"] and kind != "officer":
                names[index].append(f"caller:person:{code}")
        elif care and chance[index][0] < entry["caller_staff"]:
            staff = people.local("hostel_staff", group.areas[index : index + 1])[0]
            names[index].append(f"caller:person:{staff}")
        elif chance[index][0] < entry["caller_family"]:
            names[index].append(f"caller:person:{people.once()}")
        if chance[index][1] < entry["caller_phone"]:
            names[index].append(f"caller:phone:{people.once('T')}")


def _add_family_and_others(names: list[list[str]], group: NamingContext, people: People) -> None:
    """Add next of kin and how they were reached, companions, who was there, what they own.

    A companion now and then is known from another record.
    """
    rates, size = read_rates("papers")["entities"], len(names)
    for cell, chances in zip(names, people.rng.random((size, 4)).tolist(), strict=True):
        for chance, (name, role, prefix) in zip(chances, FAMILY, strict=True):
            if chance < rates[name]:
                cell.append(f"{role}:{people.once(prefix)}")
    circle = people.local("circle", group.areas)
    companion = rates["companion"].get(group.class_id, rates["companion"]["other"])
    for index, chances in enumerate(people.rng.random((size, 10)).tolist()):
        cell = names[index]
        if chances[0] < companion:
            known = chances[1] < rates["companion_known"]
            cell.append(f"companion:person:{circle[index] if known else people.once()}")
        for chance, (name, role, prefix) in zip(chances[2:9], OTHERS, strict=True):
            if chance < rates[name]:
                cell.append(f"{role}:{people.once(prefix)}")
        if group.homicide and chances[9] < rates["accused"]:
            cell.append(f"accused:person:{people.once()}")


def _add_professionals(names: list[list[str]], group: NamingContext, people: People) -> None:
    """Add officers, paramedics, pathologists (prompts only) and the certifying doctor."""
    entry = read_rates("papers")["entities"]
    size = len(names)
    doctors = people.local("doctor", group.areas)
    paramedics = people.local("paramedic", group.areas)
    pathologists = people.local("pathologist", group.areas)
    number = people.rng.choice(len(entry["officers"]), size=size, p=entry["officers"]).tolist()
    officers = [people.local("officer", group.areas) for _ in entry["officers"][1:]]
    certifier = entry["certifier"]["doctor" if group.certified else "other"]
    for index, chance in enumerate(people.rng.random((size, 3)).tolist()):
        cell = names[index]
        if chance[0] < certifier:
            cell.append(f"certifier:person:{doctors[index]}")
        if chance[1] < entry["paramedic"]:
            cell.append(f"paramedic:person:{paramedics[index]}")
        if not group.certified and chance[2] < entry["pathologist"]:
            cell.append(f"pathologist:person:{pathologists[index]}")
        cell.extend(f"officer:officer:{codes[index]}" for codes in officers[: number[index]])
