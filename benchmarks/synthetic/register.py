"""A register of people who do not exist, with the truth of who is who, and traps.

Names are made of syllables, with the frequencies of a Zipf law; the commonest given names are
names of the list of forms, so that nicknames occur. Every rate stands in `rates/register.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from synthetic.rates import read_rates
from synthetic.register_noise import write_record
from synthetic.register_words import Words, draw_words

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """One who does not exist; `twin` and `namesake` tell which trap he or she belongs to."""

    number: int
    household: int
    given: str
    middle: str
    family: str
    former: str
    born: date
    sex: str
    phone: str
    address: str
    postcode: str
    handle: str
    vehicle: str
    trap: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """Rows of a register; `person` and `trap` tell for each code who and what is behind it."""

    rows: list[Row]
    person: dict[str, int]
    people: list[Person] = field(repr=False, default_factory=list)
    notes: dict[str, frozenset[str]] = field(default_factory=dict)


def generate_register(persons: int, seed: int = 7) -> Register:
    """Return a register of so many people with about a third more rows; same seed, same rows."""
    rng = np.random.default_rng(seed)
    people = draw_people(persons, rng)
    rates = read_rates("register")
    counts = 1 + rng.choice(len(rates["further_records"]), size=persons, p=rates["further_records"])
    rows: list[Row] = []
    owner: dict[str, int] = {}
    notes: dict[str, frozenset[str]] = {}
    order = np.repeat(np.arange(persons), counts)
    rng.shuffle(order)
    cases = _cases(order, people, rng)
    words = draw_words(1)
    for place, number in enumerate(order.tolist()):
        code = f"P{place:07d}"
        row, noted = write_record(people[number], words, rng)
        rows.append({"code": code, "type": "person", **row, "seen_in": f"D-{cases[place]}"})
        owner[code], notes[code] = number, noted
    return Register(rows, owner, people, notes)


def _cases(
    order: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    people: Sequence[Person],
    rng: np.random.Generator,
) -> list[int]:
    """Give each row a case; a third of a household's rows stand in one case, each person once."""
    shared = rng.random(len(order)) < read_rates("register")["household_case"]
    held: dict[int, tuple[int, set[int]]] = {}
    cases = []
    for place, number in enumerate(order.tolist()):
        household = people[number].household
        case, there = held.get(household, (place, set()))
        if not shared[place] or number in there:
            cases.append(place)
            continue
        held[household] = (case, there | {number})
        cases.append(case)
    return cases


def draw_people(persons: int, rng: np.random.Generator) -> list[Person]:
    """Draw people household by household: couples, children, twins, and one name in two ages."""
    rates = read_rates("register")
    words = draw_words(1)
    people: list[Person] = []
    household = 0
    while len(people) < persons:
        people += _household(household, len(people), words, rates, rng)
        household += 1
    return people[:persons]


def _household(
    household: int, first: int, words: Words, rates: dict[str, float], rng: np.random.Generator
) -> list[Person]:
    common = rng.random() < rates["common_in_one_town"]
    family, town = words.family(rng), words.town(rng)
    if common:
        family, town = words.families[int(rng.integers(2))], 0
    address, postcode = words.home(town, rng)
    phone = words.phone(rng)
    size = 1 + int(np.searchsorted(np.cumsum(rates["household"]), rng.random() * 0.9999))
    grown = min(size, 2)
    head = date(1935, 1, 1) + timedelta(days=int(rng.integers(0, 365 * 52)))
    base = Person(
        first, household, "", "", family, "", head, "male", phone, address, postcode, "", ""
    )
    members: list[Person] = []
    for k in range(size):
        sex = ("male", "female")[(k + int(rng.random() < 0.5)) % 2 if size == 1 else k % 2]
        if k >= grown:
            sex = "male" if rng.random() < 0.5 else "female"
        born = head + timedelta(days=int(rng.normal(0, 1500)))
        if k >= grown:
            born = head + timedelta(days=int(rng.integers(20 * 365, 38 * 365)))
        one = replace(
            base, number=first + k, given=words.given(sex, rng), middle=words.middle(sex, rng),
            sex=sex, born=born,
            former=words.family(rng) if sex == "female" and rng.random() < rates["married"] else "",
            phone=phone if rng.random() < rates["shared_phone"] else words.phone(rng),
            handle=words.handle(rng) if rng.random() < rates["has_handle"] else "",
            vehicle=words.vehicle(rng) if rng.random() < rates["has_vehicle"] else "",
        )  # fmt: skip
        if common:
            names = words.male if sex == "male" else words.female
            one = replace(one, given=names[int(rng.integers(3))], trap="common")
        if k > grown and rng.random() < rates["twins"]:
            other = members[-1]
            members[-1] = replace(other, trap="twin")
            one = replace(one, born=other.born, trap="twin", phone=other.phone)
        elif k >= grown and sex == "male" and rng.random() < rates["junior"]:
            members[0] = replace(members[0], trap="namesake", sex="male")
            one = replace(one, given=members[0].given, sex="male", trap="namesake")
        members.append(one)
    return members
