"""How long a replay of three years of one large force takes, and how much memory.

`python benchmarks/replay_speed.py` makes 33,000 records and 6,000 late facts, and runs the command
as anybody would.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import Generated, write_generated

RECORDS, FACTS = 33_000, 6_000


def make() -> Generated:
    """Return the records and the late facts of three years; other facts are known on arrival."""
    settings = ForceSettings(first_day=date(2013, 1, 1), last_day=date(2015, 12, 31))
    made = generate_force(settings, np.random.default_rng(33))
    rows = made.rows[:RECORDS]
    held = {row["case_id"]: row["reported_at"][:10] for row in rows}
    late = [
        fact
        for fact in made.facts
        if fact["case_id"] in held and fact["recorded_at"][:10] > held[fact["case_id"]]
    ]
    chosen = np.sort(np.random.default_rng(34).choice(len(late), FACTS, replace=False))
    return Generated(rows, [late[k] for k in chosen.tolist()], made.coverage)


def main() -> str:
    """Return what the run took."""
    made = make()
    with tempfile.TemporaryDirectory() as folder:
        write_generated(made, Path(folder))
        command = [
            str(Path(sys.executable).parent / "clew"), "replay", f"{folder}/cases.csv",
            "--facts", f"{folder}/facts.csv", "--out", f"{folder}/out", "--json",
        ]  # fmt: skip
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return (
        f"Made-up force, {len(made.rows):,} records of three years, {len(made.facts):,} late facts,"
        f" two cores: `clew replay` took {took:.0f} s and {peak:,.0f} MiB at most."
    )


if __name__ == "__main__":
    print(main())
