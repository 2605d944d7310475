"""How often unrelated deaths match this well, as a count a person can picture.

`chance` is an expected number of matching unrelated cases for each death. Times the deaths of a
year it bounds from above how many deaths would find one (Markov's inequality). For a small chance
the bound and the count hardly differ; from `LOOSE_BOUND` on the words say 'up to'. Two figures
are kept, and nothing rarer than one in ten years is distinguished: no file supports more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from clew.disclosure.crime_words import DEATH, in_nouns

LOOSE_BOUND = 0.1
"""From here 1 - exp(-chance), the share under independence, falls short of it by over 5 %."""

YEARS_NAMED = 10
FEWEST_RECORDS = 200
"""Declared: in a smaller file too few pairs are unrelated to say how often they match this well."""
NO_BETTER = "no better than chance"
TOO_FEW = "Too few records to say how often unrelated deaths match this well."
FILES_NAMED = 1_000


@dataclass(frozen=True, slots=True)
class ChanceWords:
    """`short` fits a table cell ('about 110 a year'); `sentence` is complete."""

    short: str
    sentence: str


def two_figures(number: float) -> int:
    """Round half up to a whole number with at most two significant figures; number >= 0."""
    step: int = 10 ** max(0, math.floor(math.log10(number)) - 1) if number >= 1 else 1
    return math.floor(number / step + 0.5) * step


def _number_word(number: int) -> str:
    return "one" if number == 1 else f"{number:,}"


def _check(chance: float) -> None:
    if not 0 <= chance < math.inf:
        raise ValueError("a chance is an expected number: finite, and not negative")


def say_chance(
    chance: float, deaths_a_year: float, crime: str = DEATH, records: int | None = None
) -> ChanceWords:
    """Say how many unrelated deaths of a year would find a match this good.

    Parameters
    ----------
    chance
        Expected number of unrelated earlier cases that match at least this well, for one death.
    deaths_a_year
        Deaths in a year at this file's rate; where it is not a positive number, the words are
        about 1,000 deaths instead of a year.
    crime
        What the records are of; the words are about that in place of deaths.
    records
        How many records the file has; below `FEWEST_RECORDS` nothing can be said. None: enough.

    Raises
    ------
    ValueError
        If `chance` is negative, infinite or not a number.

    """
    _check(chance)
    if records is not None and records < FEWEST_RECORDS:
        found = ChanceWords("too few records to say", TOO_FEW)
    else:
        found = _chance_of_deaths(chance, deaths_a_year)
    return ChanceWords(in_nouns(found.short, crime), in_nouns(found.sentence, crime))


def _chance_of_deaths(chance: float, deaths_a_year: float) -> ChanceWords:
    """Say the chance of a file of deaths."""
    if not 0.5 <= deaths_a_year < math.inf:
        return _among_a_thousand(chance)
    shown = two_figures(deaths_a_year) if deaths_a_year >= 100 else round(deaths_a_year)
    year = "a year of one death" if shown == 1 else f"a year of {shown:,} deaths"
    rate = "one death" if shown == 1 else f"{shown:,} deaths"
    count = chance * deaths_a_year
    if chance >= 1:
        return ChanceWords(
            NO_BETTER,
            f"This is no better than chance: in {year}, every one would find a match this good "
            "among unrelated records.",
        )
    if count * YEARS_NAMED < 1:
        return ChanceWords(
            "fewer than one in ten years",
            f"At {rate} a year, fewer than one unrelated death in ten years would find a match "
            "this good.",
        )
    if two_figures(1 / count) > 1:
        years = two_figures(1 / count)
        return ChanceWords(
            f"about one in {years} years",
            f"At {rate} a year, about one unrelated death in {years} years would find a match "
            "this good.",
        )
    about = "up to about" if chance >= LOOSE_BOUND else "about"
    number = min(two_figures(count), shown)
    ones = "one unrelated death" if number == 1 else f"{number:,} unrelated ones"
    return ChanceWords(
        f"{about} {_number_word(number)} a year",
        f"In {year}, {about} {ones} would find a match this good.",
    )


def _among_a_thousand(chance: float) -> ChanceWords:
    """Say the chance where the file supports no yearly rate."""
    if chance >= 1:
        return ChanceWords(
            NO_BETTER,
            "This is no better than chance: every death would find a match this good among "
            "unrelated records.",
        )
    count = chance * 1_000
    if count < 1:
        short = "fewer than one in 1,000 deaths"
        return ChanceWords(
            short, "Of 1,000 deaths, fewer than one unrelated one would find a match this good."
        )
    about = "up to about" if chance >= LOOSE_BOUND else "about"
    word = _number_word(two_figures(count))
    return ChanceWords(
        f"{about} {word} in 1,000 deaths",
        f"Of 1,000 deaths, {about} {word} unrelated would find a match this good.",
    )


def say_series_chance(chance: float, size: int) -> ChanceWords:
    """Say how many unrelated groups of `size` cases in such a file would be at least this strong.

    Raises
    ------
    ValueError
        If `chance` is negative, infinite or not a number.

    """
    one, many = f"unrelated group of {size}", f"unrelated groups of {size}"
    return _in_such_files(chance, one, many, "look this much alike")


def say_like_chance(chance: float, size: int) -> ChanceWords:
    """Say how many unrelated cases of such a file would match a series of `size` this well.

    Raises
    ------
    ValueError
        If `chance` is negative, infinite or not a number.

    """
    these = "it" if size == 1 else f"these {size}"
    return _in_such_files(
        chance, "unrelated record", "unrelated records", f"match {these} this well"
    )


def _in_such_files(chance: float, one: str, many: str, would: str) -> ChanceWords:
    """Say how often chance brings something in files like this one."""
    _check(chance)
    if chance * FILES_NAMED < 1:
        return ChanceWords(
            f"fewer than one in {FILES_NAMED:,} such files",
            f"In {FILES_NAMED:,} files like this one, fewer than one {one} would {would}.",
        )
    if two_figures(1 / chance) > 1:
        files = f"{two_figures(1 / chance):,}"
        return ChanceWords(
            f"about one in {files} such files",
            f"In {files} files like this one, about one {one} would {would}.",
        )
    number = two_figures(chance)
    ones = f"one {one}" if number == 1 else f"{number:,} {many}"
    return ChanceWords(
        f"about {_number_word(number)} in this file", f"In this file about {ones} would {would}."
    )


def say_sample(null_sample: int) -> str:
    """Say of how many records the chance was measured, where it was a sample; '' where not."""
    if not null_sample:
        return ""
    records = _number_word(null_sample)
    return f"How often unrelated deaths match was measured on a sample of {records} records."
