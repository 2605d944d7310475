"""The files of the small town: some sixty made records with the four deaths of Barking."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from clew.intake.read import CaseSources
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import Generated, write_generated

LAST_DAY = date(2015, 9, 16)
DEATHS_A_DAY = 0.06
"""Declared: some sixty records in two years, so that all is compared in a moment."""
ZONE = ZoneInfo("Europe/London")


def town_papers() -> Generated:
    """Return the rows and facts of the town, the same every time."""
    settings = ForceSettings(deaths_a_day=DEATHS_A_DAY, last_day=LAST_DAY)
    return generate_demo(2014, settings)


def hand_in(folder: Path) -> CaseSources:
    """Write the town's files into a folder."""
    write_generated(town_papers(), folder)
    return CaseSources(folder / "cases.csv", folder / "facts.csv", folder / "coverage.csv")
