"""Acceptance 0 to 3 of the Barking record, as views of the made-up force's file at each date.

`python benchmarks/barking.py` prints each moment as the record stands, and with the sex of all four
set to female. Shares over draws of wording noise are those of barking_replay.py.
"""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

from clew.comparison.weights.weight_table import declared_table
from clew.intake.read import read_case_file
from clew.model.case_file import CaseFile
from clew.synthetic.barking import BarkingOptions
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import write_generated
from clew.workflows.demo import MOMENTS, show_moment


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


if __name__ == "__main__":
    gc.disable()
    print(as_recorded())
