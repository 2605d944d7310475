"""A made-up force of a few months with the Barking record among its papers."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from clew.intake.read import read_case_file
from clew.model.case_file import CaseFile
from clew.model.values import Instant
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import write_generated

SMALL = ForceSettings(date(2014, 2, 1), date(2014, 10, 15), deaths_a_day=6.0)
JUNE: Instant = int(datetime(2014, 6, 1, tzinfo=ZoneInfo("Europe/London")).timestamp())


def read_small_force(folder: Path) -> CaseFile:
    """Return about 1,700 records and as many late facts, BD-1 to BD-4 among them."""
    write_generated(generate_demo(7, SMALL), folder)
    return read_case_file(folder / "cases.csv", facts=folder / "facts.csv")
