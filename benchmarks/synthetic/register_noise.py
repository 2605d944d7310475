"""How a person comes to be written in one record of a register: gaps, slips, other forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Protocol

import numpy as np

from clew.vocabulary.load import name_forms
from synthetic.rates import read_rates
from synthetic.register_words import Words

Row = dict[str, str]


class Someone(Protocol):
    """What is true of a person."""

    @property
    def given(self) -> str: ...  # noqa: D102
    @property
    def middle(self) -> str: ...  # noqa: D102
    @property
    def family(self) -> str: ...  # noqa: D102
    @property
    def former(self) -> str: ...  # noqa: D102
    @property
    def born(self) -> date: ...  # noqa: D102
    @property
    def sex(self) -> str: ...  # noqa: D102
    @property
    def phone(self) -> str: ...  # noqa: D102
    @property
    def address(self) -> str: ...  # noqa: D102
    @property
    def postcode(self) -> str: ...  # noqa: D102
    @property
    def handle(self) -> str: ...  # noqa: D102
    @property
    def vehicle(self) -> str: ...  # noqa: D102


@cache
def _short_forms() -> Mapping[str, tuple[str, ...]]:
    return {line[0]: line[1:] for line in name_forms()}


def write_record(
    one: Someone, words: Words, rng: np.random.Generator
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
        "phone": _spell_phone(
            _slip(phone, rng, digits=True) if "phone_digit" in noted else phone, rng
        ),
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


def _names(one: Someone, noted: set[str], rng: np.random.Generator) -> tuple[str, str]:
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
        days = [d for k in range(1, 29) if (d := born.replace(day=k)) != born and _one_off(d, born)]
        born = days[int(rng.integers(len(days)))]
    return born.isoformat() if rng.random() < 0.6 else born.strftime("%d/%m/%Y")


def _one_off(a: date, b: date) -> bool:
    return sum(x != y for x, y in zip(a.isoformat(), b.isoformat(), strict=True)) == 1


def _spell_phone(phone: str, rng: np.random.Generator) -> str:
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
