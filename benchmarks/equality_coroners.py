"""Suppression on the coroners' statistics of England and Wales, with every margin of a year.

`python benchmarks/equality_coroners.py [year]`. Deaths reported, by area, region and country, by
what was done (post-mortem or not), by how the case ended and by sex, each with all its totals.
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
import time
from collections.abc import Iterable
from itertools import pairwise, product
from pathlib import Path

import numpy as np

from clew.oversight.suppression import FLOOR, Counts, Key, Release, attack, protect

FILE = "coroner_statistics_1995_2020.csv.gz"
WHOLE = "England and Wales"
DONE = {"TDR": ("PM", "WPM")}
ENDED = {"TDR": ("NIQ", "IQ", "PIQ")}
SEX = {"T": ("M", "F")}


def read_year(folder: Path, year: int) -> list[dict[str, str]]:
    """Return the rows of a year, one a coroner's area."""
    with gzip.open(folder / FILE, "rt", encoding="utf-8-sig") as file:
        return [row for row in csv.DictReader(file) if row["Year"] == str(year)]


def count_year(rows: Iterable[dict[str, str]]) -> Counts:
    """Return the counts of a year with all their sums; keys (place, done, ended, sex)."""
    values: dict[Key, int] = {}
    inside: dict[str, set[str]] = {}
    for row in rows:
        region = f"region {row['Region']}"
        country = f"country {row['Country']}"
        places = (f"area {row['Coroner_area']}", region, country, WHOLE)
        for part, whole in pairwise(places):
            inside.setdefault(whole, set()).add(part)
        for done, ended, sex in product(("TDR", "PM", "WPM"), ("TDR", "NIQ", "IQ", "PIQ"), "TMF"):
            count = int(row[f"{done}_{ended}_{sex}"])
            for place in dict.fromkeys(places):
                key = (place, done, ended, sex)
                values[key] = values.get(key, 0) + count
    sums: list[tuple[Key, tuple[Key, ...]]] = []
    for key in values:
        assert isinstance(key, tuple)
        for at, parts in enumerate((inside, DONE, ENDED, SEX)):
            if key[at] in parts:
                among = sorted(parts[key[at]])
                if among != [key[at]]:
                    sums.append((key, tuple((*key[:at], part, *key[at + 1 :]) for part in among)))
    return Counts(values, sums)


def least_doubt(counts: Counts, release: Release, draws: int | None = None) -> float:
    """Return the width of the narrowest interval that the attack leaves a hidden count.

    `draws`: as many hidden counts, by chance; None: all of them.
    """
    if draws is None or draws >= len(release.hidden):
        return min((one.width for one in attack(counts, release.hidden).values()), default=np.inf)
    rng = np.random.default_rng(1)
    some = sorted(release.hidden, key=str)
    chosen = [some[place] for place in rng.permutation(len(some))[:draws]]
    return min(one.width for one in attack(counts, release.hidden, chosen).values())


def suppressed(year: int = 2019, draws: int | None = None) -> str:
    """Return what is left of a year's tables, and what the attack finds of the rest."""
    folder = os.environ.get("CLEW_DATA")
    if not folder:
        return "The real file was not at hand (CLEW_DATA is not set)."
    counts = count_year(read_year(Path(folder), year))
    began = time.perf_counter()
    release = protect(counts)
    took = time.perf_counter() - began
    began = time.perf_counter()
    doubt = least_doubt(counts, release, draws)
    attacked = time.perf_counter() - began
    of = "all hidden counts" if draws is None else f"{draws} hidden counts drawn by chance"
    return (
        f"Coroners' statistics {year}: {len(counts.values):,} counts tied by {len(counts.sums):,}"
        f" sums. Below {FLOOR}: {len(release.primary):,}; hidden with them:"
        f" {len(release.secondary):,}; shown: {release.kept:.1%} ({took:.0f} s). Attack on {of}:"
        f" the narrowest possible interval is {doubt:.0f} wide ({attacked:.0f} s)."
    )


if __name__ == "__main__":
    arguments = list(map(int, sys.argv[1:]))
    print(suppressed(*arguments))
