"""Pairs of people whom only another sex, decade, suffix or given name distinguishes.

Each pair is of one family name and one home. They are drawn apart from the register, so that its
own rows stay what they were.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from synthetic.register import Person, Register, Row, _write_record
from synthetic.register_words import draw_words

SHARE = 0.005
"""Pairs of people with a trap for each person of the register (declared; real ones have fewer)."""
TRAPS = ("other sex", "father and son", "rhyming twins", "other decade", "unnamed twins")
PAIRED = (
    ("francisco", "francisca"), ("daniel", "daniela"), ("gabriel", "gabriela"),
    ("simon", "simone"), ("mario", "maria"), ("julian", "juliana"), ("andre", "andrea"),
    ("denis", "denise"),
)  # fmt: skip
"""Given names of a man and of a woman that differ by a letter or two."""
RHYMING = (
    ("tilda", "hilda"), ("marlon", "marvin"), ("kara", "kira"), ("ava", "eva"),
    ("aidan", "jaidan"), ("tina", "nina"), ("karl", "carl"), ("darren", "warren"),
    ("lara", "lora"),
)  # fmt: skip
"""Given names of two that are likely for twins, alike, and no forms of one name."""


def with_traps(made: Register, seed: int) -> Register:
    """Return a register with trap pairs added, their codes with a T; one seed, one result."""
    rng = np.random.default_rng([seed, 22])
    people, rows = list(made.people), list(made.rows)
    person, notes = dict(made.person), dict(made.notes)
    households = max(one.household for one in people) + 1
    for k in range(round(SHARE * len(made.people))):
        pair = _pair(TRAPS[k % len(TRAPS)], len(people), households + k, rng)
        people += pair
        for one in pair:
            for _ in range(1 + int(rng.random() < 0.5)):
                code = f"T{len(rows):07d}"
                row, noted = _row(one, rng)
                rows.append({"code": code, "type": "person", **row, "seen_in": f"T-{code}"})
                person[code], notes[code] = one.number, noted
    return Register(rows, person, people, notes)


def _pair(trap: str, first: int, household: int, rng: np.random.Generator) -> list[Person]:
    words = draw_words(1)
    address, postcode = words.home(words.town(rng), rng)
    born = date(1935, 1, 1) + timedelta(days=int(rng.integers(0, 365 * 52)))
    one = Person(
        first, household, words.given("male", rng), "", words.family(rng), "", born, "male",
        words.phone(rng), address, postcode, "", "", trap,
    )  # fmt: skip
    other = replace(one, number=first + 1)
    if trap == "other sex":
        a, b = PAIRED[int(rng.integers(len(PAIRED)))]
        return [replace(one, given=a), replace(other, given=b, sex="female")]
    if trap == "rhyming twins":
        a, b = RHYMING[int(rng.integers(len(RHYMING)))]
        return [replace(one, given=a), replace(other, given=b)]
    if trap == "unnamed twins":
        return [replace(one, given="baby"), replace(other, given="baby")]
    years = int(rng.choice([20, 30, 40] if trap == "father and son" else [10, 20]))
    later = born.replace(year=born.year + years, day=min(born.day, 28))
    suffix = " jr" if trap == "father and son" else ""
    return [one, replace(other, born=later, family=one.family + suffix)]


def _row(one: Person, rng: np.random.Generator) -> tuple[Row, frozenset[str]]:
    """Return a row; the name, birth and sex of a trap are always there, or it would be none."""
    row, noted = _write_record(replace(one, middle=""), draw_words(1), rng)
    given, family = one.given.title(), one.family.title()
    row |= {"given_names": given, "family_name": family, "name": "", "sex": one.sex}
    row["date_of_birth"] = one.born.isoformat()
    return row, noted
