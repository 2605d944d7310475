"""One death reported twice: named as such, and no pair of a series with it.

`python benchmarks/duplicates.py`, with the folder of real data in CLEW_DATA. The second report
comes within two days, from another hand and where there is one another agency, under moderate
noise. What counts is what the two said when the second arrived.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from clew.comparison.compare import relation_of
from clew.comparison.kernel import PLAIN, SAME_ADDRESS
from clew.model.alert import Trigger
from clew.model.case import Case
from clew.model.finding import Relation
from clew.replay.events import events_of
from clew.synthetic.generated import Generated
from planted import read_generated
from synthetic.background import Background
from synthetic.hidden import Planted, draw_series, series_kinds
from synthetic.lookalikes import draw_lookalikes
from synthetic.noise import OverlaySettings
from synthetic.overlay import overlay_real

DRAWS = 100
SERIES_DRAWS = 30


def arrivals(planted: Planted) -> list[Case]:
    """Return each planted case as it read on arrival, in order of report."""
    events = events_of(read_generated(Generated(planted.rows, planted.facts)).histories)
    return [event.case for event in events if event.trigger is Trigger.NEW_CASE]


def named(cases: Sequence[Case]) -> tuple[int, int]:
    """Return how many pairs of the cases are named two reports of one death, and of how many."""
    pairs = [(a, b) for k, a in enumerate(cases) for b in cases[:k]]
    kinds = [
        SAME_ADDRESS if a.place_key and a.place_key == b.place_key else PLAIN for a, b in pairs
    ]
    found = [relation_of(a, b, kind) for (a, b), kind in zip(pairs, kinds, strict=True)]
    return sum(one is Relation.DUPLICATE_REPORT for one in found), len(pairs)


def main() -> str:
    """Return both shares."""
    folder = os.environ.get("CLEW_DATA")
    if not folder:
        return "The real file was not at hand (CLEW_DATA is not set)."
    path = Path(folder) / "milwaukee_deaths_2020_2023.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    noise = OverlaySettings()
    background: Background = overlay_real(rows, noise, np.random.default_rng(1))
    right = wrong = pairs = 0
    for number in range(DRAWS):
        made = draw_lookalikes(background, np.random.default_rng([number, 77]), noise)
        right += sum(named(arrivals(one))[0] for one in made if one.kind == "duplicate")
    for kind in series_kinds():
        for number in range(SERIES_DRAWS):
            rng = np.random.default_rng([number, 5])
            hits, count = named(arrivals(draw_series(kind, background, rng, noise=noise)))
            wrong, pairs = wrong + hits, pairs + count
    return (
        f"Milwaukee under the overlay: of {DRAWS} deaths reported twice, {right} were named as such"
        f" when the second report came. Of {pairs:,} pairs within hidden series, {wrong} were."
    )


if __name__ == "__main__":
    print(main())
