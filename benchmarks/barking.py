"""Acceptance 0 to 3 of the Barking record, as views of the made-up force's file at each date.

`python benchmarks/barking.py` prints each moment as the record stands, and with the sex of all four
set to female. `python benchmarks/barking.py 20` also draws wording noise that many times, without
the identified caller and without the landlord's question.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from clew.generator.barking import BarkingOptions
from clew.generator.demo import generate_demo, write_generated
from clew.generator.force import ForceSettings
from clew.intake.read import read_case_file
from clew.model.case_file import CaseFile
from clew.weighing.weight_table import declared_table
from clew.workflows.compare import compare_cases
from clew.workflows.demo import MOMENTS, instant_of, show_moment

SECOND, THIRD = MOMENTS[1], MOMENTS[2]
DRAWS = 8
"""Few: each draw compares two whole files. Two hundred come with replay."""


def case_file(options: BarkingOptions, seed: int, settings: ForceSettings) -> CaseFile:
    """Make the force with the record in it, and read it as any file is read."""
    with tempfile.TemporaryDirectory() as folder:
        write_generated(generate_demo(seed, settings, options), Path(folder))
        return read_case_file(Path(folder) / "cases.csv", facts=Path(folder) / "facts.csv")


def as_recorded(seed: int = 2014) -> str:
    """Return what each moment shows, for the record as it stands and with the sex changed."""
    lines = []
    for sex in (None, "female"):
        options = BarkingOptions(sex=sex)
        made = case_file(options, seed, ForceSettings())
        lines += ["", f"Sex of all four: {sex or 'male, as recorded'}", ""]
        for moment in MOMENTS:
            lines.append(f"- {moment.as_of}, {moment.case_id}: {moment.what}")
            lines += [f"  - {line}" for line in show_moment(moment, made, declared_table())]
    return "\n".join(lines)


def one_draw(draw: int, options: BarkingOptions) -> tuple[int, float, int]:
    """Return BD-1's rank for BD-2 (0 = beyond the first five), its chance, BD-1's rank for BD-3."""
    settings = ForceSettings(last_day=date(2014, 9, 30))
    made = case_file(options, 5000 + draw, settings)
    ranks, chances = [], []
    for moment in (SECOND, THIRD):
        known = made.as_of(instant_of(moment, made.timezone))
        found = compare_cases(known, made.timezone, declared_table())
        row_of = {case.case_id: row for row, case in enumerate(found.coded.cases)}
        c = found.candidates
        hit = (c.later == row_of[moment.case_id]) & (c.earlier == row_of["BD-1"]) & (c.rank <= 5)
        ranks.append(int(c.rank[hit][0]) if hit.any() else 0)
        chances.append(float(c.chance[hit][0]) if hit.any() else np.inf)
    return ranks[0], chances[0], ranks[1]


def over_draws(draws: int) -> str:
    """Return the shares over draws of wording noise and missing fields."""
    options = BarkingOptions(
        person_p1=False, landlord=False, wording_noise=True, missing_share=0.25
    )
    lines = []
    for name, chosen in (("as recorded", options), ("female", replace(options, sex="female"))):
        seen = [one_draw(draw, chosen) for draw in range(draws)]
        second = np.array([rank for rank, _, _ in seen])
        third = np.array([rank for _, _, rank in seen])
        chances = np.array([chance for _, chance, _ in seen])
        lines.append(
            f"{name}: over {draws} draws BD-1 is in BD-2's first five in"
            f" {np.mean((second > 0) & (second <= 5)):.0%}, first in {np.mean(second == 1):.0%};"
            f" in BD-3's first five in {np.mean((third > 0) & (third <= 5)):.0%};"
            f" median chance at BD-2 {np.median(chances):.2g}, ranks {sorted(second.tolist())}"
        )
    return "\n".join(lines)


def draws() -> str:
    """Return the shares over as many draws as the published page shows."""
    return over_draws(DRAWS)


if __name__ == "__main__":
    gc.disable()
    if len(sys.argv) > 1:
        print(over_draws(int(sys.argv[1])))
    else:
        print(as_recorded())
