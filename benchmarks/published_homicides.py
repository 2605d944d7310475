"""Homicides of ten states: at which rank each known series appears, by two rules of groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clew.model.case import Case
from homicide_file import Bools, Homicides, alike, load
from homicide_rules import Group, accountability_groups, like_groups, listed
from homicides_known import SERIES, Known

STRONG = 0.02
"""Declared: a woman (a quarter), one method of about six, ages within twenty years: two in 100."""
PURE = 0.2
"""Declared: a group of which fewer than a fifth fit a series' facts does not show that series."""
LENGTHS = (10, 25, 50, 100)
CROWDED = 2
"""Where more than twice as many cases fit as died, half of a series may be found by others' deaths.
This split was added after a first run, whose figures are all still shown."""
LIMITS = (
    "Limits. The file tells month and county only. Which cases belong to a series is not in it:"
    " cases that fit all facts may be another's, and a series' own may be coded otherwise or be"
    " absent. Series over several counties, of fewer than three deaths or before 1976 were not"
    " chosen. That these series are known at all favours large and dense ones. The spans are not"
    " published as a rule: they are what its slider of years allows. Nobody has checked what the"
    " other groups of any list are; most will be ordinary."
)
Lists = dict[str, dict[bool, list[Group]]]


def fits(file: Homicides, known: Known) -> Bools:
    """Tell which cases fit all facts of a series; an unknown age fits."""
    first, last = (12 * year + month - 1 for year, month in (known.first, known.last))
    low, high = known.ages
    return (
        (file.county == known.county)
        & (file.female if known.sex == "Female" else file.male)
        & (file.month >= first)
        & (file.month <= last)
        & np.isin(file.weapon, known.weapons)
        & ((file.age < 0) | ((file.age >= low) & (file.age <= high)))
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Where a list first holds half of a series: rank from 1, how many fit, of how many."""

    rank: int
    held: int
    size: int


def first_found(groups: list[Group], fit: Bools, deaths: int, purity: float = 0.0) -> Found | None:
    """Return the first group that holds half of the series, two cases at least."""
    needed = max(2, (min(deaths, int(fit.sum())) + 1) // 2)
    for rank, group in enumerate(groups, start=1):
        held = int(fit[group.rows].sum())
        if held >= needed and held >= purity * len(group.rows):
            return Found(rank, held, len(group.rows))
    return None


def all_lists(file: Homicides, cases: tuple[Case, ...], timezone: str) -> Lists:
    """Return every rule's list of women's groups (True) and of men's (False)."""
    sexes = {True: file.female, False: file.male}
    found: Lists = {}
    for name, ages, years in (
        ("the project's rule", False, 0),
        ("with age bands", True, 0),
        ("in spans of 10 years", False, 10),
        ("in spans of 4 years", False, 4),
    ):
        found[name] = {
            sex: accountability_groups(file, of, ages=ages, years=years)
            for sex, of in sexes.items()
        }
    types = list(alike(cases, timezone, file.kind, STRONG))
    for name, counted in (
        ("Clew, excess of like", np.ones(len(file.kind), bool)),
        ("Clew, excess of unsolved like", ~file.solved),
    ):
        groups = list(like_groups(file, iter(types), counted))
        found[name] = {
            sex: listed([g for g in groups if of[g.rows].mean() > 0.5], max(LENGTHS) * 5)
            for sex, of in sexes.items()
        }
    return found


def tables(folder: Path) -> str:
    """Return the section's tables."""
    file, cases, timezone = load(folder)
    lists = all_lists(file, cases, timezone)
    fit = {known: fits(file, known) for known in SERIES}
    return "\n".join([
        "How each series was identified, before any ranker was run, by facts of trials and the"
        " press alone:", "", *_known_table(file, fit), "",
        f"Rank of the first group that holds half of a series (of its deaths or of the cases that"
        f" fit, whichever is fewer; two at least), among groups of that sex. In brackets: cases"
        f" that fit, of all in the group. Bold: at least {PURE:.0%} of the group fit.", "",
        *_rank_table(lists, fit), "",
        "Series shown, by the length of the list; a group counts only if it is bold above:", "",
        *_length_table(lists, fit), "",
        f"The same for series of which at most {CROWDED} times as many cases fit as died:", "",
        *_length_table(lists, {k: of for k, of in fit.items() if of.sum() <= CROWDED * k.deaths}),
        "", LIMITS,
    ])  # fmt: skip


def _known_table(file: Homicides, fit: dict[Known, Bools]) -> list[str]:
    lines = [
        "| series | facts | deaths there | cases that fit | unsolved of these |",
        "| --- | --- | --: | --: | --: |",
    ]
    for known, of in fit.items():
        unsolved = int((of & ~file.solved).sum())
        lines.append(f"| {known.name} | {known.facts} | {known.deaths} | {of.sum()} | {unsolved} |")
    return lines


def _row(lists: Lists, first: str, cell: Callable[[str], str]) -> str:
    return f"| {first} | {' | '.join(cell(name) for name in lists)} |"


def _rank_table(lists: Lists, fit: dict[Known, Bools]) -> list[str]:
    lines = [_row(lists, "series", str), _row(lists, "---", lambda _: "--:")]
    for known, of in fit.items():

        def cell(name: str, known: Known = known, of: Bools = of) -> str:
            groups = lists[name][known.sex == "Female"]
            found = first_found(groups, of, known.deaths)
            pure = first_found(groups, of, known.deaths, PURE)
            told = (
                [f"{found.rank} ({found.held} of {found.size})"] if found != pure and found else []
            )
            told += [f"**{pure.rank}** ({pure.held} of {pure.size})"] if pure else []
            return ", ".join(told) or "-"

        lines.append(_row(lists, known.name.split(" (", maxsplit=1)[0], cell))
    lines.append(_row(lists, "women's groups listed", lambda name: str(len(lists[name][True]))))
    lines.append(_row(lists, "men's groups listed", lambda name: str(len(lists[name][False]))))
    return lines


def _of(found: Found) -> str:
    return f"({found.held} of {found.size})"


def _length_table(lists: Lists, fit: dict[Known, Bools]) -> list[str]:
    lines = [_row(lists, "length", str), _row(lists, "---", lambda _: "--:")]
    for length in LENGTHS:

        def cell(name: str, length: int = length) -> str:
            shown = [
                first_found(lists[name][k.sex == "Female"][:length], of, k.deaths, PURE)
                for k, of in fit.items()
            ]
            return f"{sum(f is not None for f in shown)} of {len(fit)}"

        lines.append(_row(lists, f"{length}", cell))
    return lines
