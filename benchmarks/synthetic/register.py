"""A register of people who do not exist, with the truth of who is who, and traps.

Names are made of syllables, with the frequencies of a Zipf law; the commonest given names are
names of the list of forms, so that nicknames occur. Every rate stands in `rates/register.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache

import numpy as np

from clew.vocabulary.load import name_forms
from synthetic.rates import read_rates
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
        row, noted = _write_record(people[number], words, rng)
        rows.append({"code": code, "type": "person", **row, "seen_in": f"D-{cases[place]}"})
        owner[code], notes[code] = number, noted
    return Register(rows, owner, people, notes)


def _cases(
    order: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    people: Sequence[Person],
    rng: np.random.Generator,
) -> list[int]:
    """Give each row a case; a third of a household's rows are in one case, each person once."""
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


# How a person comes to be written in one record: gaps, slips, other forms.


@cache
def _short_forms() -> Mapping[str, tuple[str, ...]]:
    return {line[0]: line[1:] for line in name_forms()}


def _write_record(
    one: Person, words: Words, rng: np.random.Generator
) -> tuple[Row, frozenset[str]]:
    """Return a row, and what happened to it: the slips by name."""
    slips: Mapping[str, float] = read_rates("register")["slips"]
    chance = dict(zip(slips, rng.random(len(slips)).tolist(), strict=True))
    noted = {name for name, rate in slips.items() if chance[name] < rate}
    given, family = _names(one, noted, rng)
    phone = words.phone(rng) if "phone_new" in noted else one.phone
    address, postcode = one.address, one.postcode
    if "moved" in noted:
        address, postcode = words.home(words.town(rng), rng)
    row = {
        "given_names": given,
        "family_name": family,
        "name": "",
        "date_of_birth": _birth(one.born, noted, rng),
        "sex": one.sex,
        "phone": _spell_phone(phone, noted, rng),
        "address": _spell_address(address, rng),
        "postcode": postcode if rng.random() < 0.8 else postcode.replace(" ", "").lower(),
        "handle": one.handle if rng.random() < 0.7 else one.handle.upper(),
        "vehicle": one.vehicle if rng.random() < 0.6 else one.vehicle.replace(" ", ""),
    }
    gaps: Mapping[str, float] = read_rates("register")["missing"]
    for name, drawn in zip(gaps, rng.random(len(gaps)).tolist(), strict=True):
        if drawn < gaps[name]:
            row[name] = ""
    _fill(row, noted, rng)
    if "one_column" in noted and row["given_names"] and row["family_name"]:
        row["name"] = _in_one(row["given_names"], row["family_name"], rng)
        row["given_names"] = row["family_name"] = ""
    return row, frozenset(noted)


def _names(one: Person, noted: set[str], rng: np.random.Generator) -> tuple[str, str]:
    given, family = one.given, one.family
    forms = _short_forms().get(given, ())
    if "nickname" in noted and forms:
        given = forms[int(rng.integers(len(forms)))]
    else:
        noted.discard("nickname")
    if "former_name" in noted and one.former:
        family = one.former
    else:
        noted.discard("former_name")
    if "given" in noted:
        given = _slip(given, rng)
    if "family" in noted:
        family = _slip(family, rng)
    if "initial" in noted:
        given = given[0]
    elif "middle" in noted and one.middle:
        given = f"{given} {one.middle}"
    given, family = given.title(), family.title()
    return (family, given) if "swapped_names" in noted else (given, family)


def _slip(text: str, rng: np.random.Generator, *, digits: bool = False) -> str:
    """Return a text with one letter changed, left out, doubled or exchanged with the next."""
    if len(text) < 3:
        return text
    k = int(rng.integers(1, len(text) - 1))
    letters = "0123456789" if digits else "abcdefghijklmnopqrstuvwxyz"
    letter = letters[int(rng.integers(len(letters)))]
    ways = [text[:k] + letter + text[k + 1 :], text[:k] + text[k + 1] + text[k] + text[k + 2 :]]
    if not digits:
        ways += [text[:k] + text[k + 1 :], text[:k] + text[k] + text[k:]]
    return ways[int(rng.integers(len(ways)))]


def _birth(born: date, noted: set[str], rng: np.random.Generator) -> str:
    if "birth_year" in noted:
        born = born.replace(year=born.year + int(rng.choice([-1, 1])), day=min(born.day, 28))
    if "birth_estimated" in noted:
        born = date(born.year, 1, 1)
    if "birth_swapped" in noted and born.day <= 12:
        born = date(born.year, born.day, born.month)
    if "birth_digit" in noted:
        others = [born.replace(day=k) for k in range(1, 29)]
        pairs = [(day, zip(day.isoformat(), born.isoformat(), strict=True)) for day in others]
        days = [day for day, digits in pairs if sum(x != y for x, y in digits) == 1]
        born = days[int(rng.integers(len(days)))]
    return born.isoformat() if rng.random() < 0.6 else born.strftime("%d/%m/%Y")


def _spell_phone(phone: str, noted: set[str], rng: np.random.Generator) -> str:
    if "phone_digit" in noted:
        phone = _slip(phone, rng, digits=True)
    ways = (phone, f"+44 {phone[1:5]} {phone[5:]}", f"({phone[:5]}) {phone[5:8]}-{phone[8:]}")
    return ways[int(rng.integers(len(ways)))]


def _spell_address(address: str, rng: np.random.Generator) -> str:
    if rng.random() < 0.3:
        for word, short in (("Street", "St"), ("Road", "Rd"), ("Avenue", "Ave"), ("Close", "Cl")):
            address = address.replace(word, short)
    return address if rng.random() < 0.8 else address.upper()


def _fill(row: Row, noted: set[str], rng: np.random.Generator) -> None:
    """Put a filler into one field, as people do who must type something."""
    if "placeholder" not in noted:
        return
    ways: tuple[Row, ...] = (
        {"given_names": "Unknown"}, {"given_names": "John", "family_name": "Doe"},
        {"date_of_birth": "01/01/1900"}, {"phone": "00000000000"}, {"phone": "999"},
        {"address": "No fixed abode", "postcode": "ZZ99 3VZ"}, {"family_name": "N/K"},
    )  # fmt: skip
    row.update(ways[int(rng.integers(len(ways)))])


def _in_one(given: str, family: str, rng: np.random.Generator) -> str:
    ways = (f"{given} {family}", f"{family}, {given}", f"{family.upper()} {given}")
    return ways[int(rng.integers(len(ways)))]
