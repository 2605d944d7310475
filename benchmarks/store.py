"""How long a prepared store takes to begin, to open, to add a day to, and to be asked.

`python benchmarks/store.py [cases]` (default 100,000): a made-up year, repeated with other ids
until there are as many. Each step is a process of its own, as the command line would run it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import numpy as np

from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import Generated, write_generated

DAY = 40  # records a day of the made-up force: 30 deaths and other papers
OWN = ("case_id", "entities", "mentions", "place_key")
TIMED = """
import json, time
began = time.perf_counter()
{imports}
loaded = time.perf_counter()
{work}
done = time.perf_counter()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status["VmHWM"].split()[0]) / 1024  # getrusage would tell of the process before exec
print(json.dumps([loaded - began, done - loaded, peak]))
"""
STEPS = {
    "begin it with all cases": (
        "from pathlib import Path\nfrom clew.intake.read import CaseSources\n"
        "from clew.workflows.store import add_to_store",
        "add_to_store(Path('S'), CaseSources(Path('cases.csv')))",
    ),
    "open: map files, columns of the kernel": (
        "from pathlib import Path\nfrom clew.store.opened import Store",
        "Store(Path('S')).columns()",
    ),
    "which versions stand": (
        "from pathlib import Path\nfrom clew.store.opened import Store",
        "Store(Path('S')).current()",
    ),
    f"add a day: {DAY} cases, {DAY} late facts": (
        "from pathlib import Path\nfrom clew.intake.read import CaseSources\n"
        "from clew.workflows.store import add_to_store",
        "add_to_store(Path('S'), CaseSources(Path('day.csv'), Path('late.csv')))",
    ),
    "add the same day again": (
        "from pathlib import Path\nfrom clew.intake.read import CaseSources\n"
        "from clew.workflows.store import add_to_store",
        "add_to_store(Path('S'), CaseSources(Path('day.csv'), Path('late.csv')))",
    ),
    "open again: two segments laid end to end": (
        "from pathlib import Path\nfrom clew.store.opened import Store\n"
        "from functools import reduce\nfrom clew.comparison.coding.columns import stack_rows",
        "reduce(stack_rows, Store(Path('S')).columns())",
    ),
    "what happened within 500 m": (
        "from pathlib import Path\nfrom clew.store.opened import Store\n"
        "from clew.workflows.near import near\n"
        "from clew.workflows.near import Prepared",
        "near(Prepared.from_store(Store(Path('S')), ()), 51.5, -0.1, 0.5)",
    ),
    "check every byte": (
        "from pathlib import Path\nfrom clew.store.opened import check_store",
        "check_store(Path('S'))",
    ),
}


def make(folder: Path, cases: int) -> None:
    """Write cases.csv, and day.csv and late.csv for the day after."""
    settings = ForceSettings(date(2014, 1, 1), date(2014, 12, 31))
    made = generate_force(settings, np.random.default_rng(8)).rows
    rows = [_again(made[k % len(made)], k // len(made)) for k in range(cases + DAY)]
    write_generated(Generated(rows[:cases], [], []), folder)
    day = folder / "day"
    write_generated(Generated(rows[cases:], [], []), day)
    (day / "cases.csv").rename(folder / "day.csv")
    told = ["case_id,field,op,value,known_at"]
    told += [f"{row['case_id']},substances,set,ghb,2016-01-01T10:00" for row in rows[:DAY]]
    (folder / "late.csv").write_text("\n".join(told) + "\n")


def _again(row: dict[str, str], times: int) -> dict[str, str]:
    """Return a row with ids, addresses and people of its own."""
    own = {}
    for name in OWN:
        if value := row.get(name):
            own[name] = ";".join(f"{part.strip()}-{times}" for part in value.split(";"))
    return row | own


def main(cases: int = 100_000) -> str:
    """Return the table of all steps."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, cases)
        for what, (imports, work) in STEPS.items():
            script = TIMED.format(imports=imports, work=work)
            done = subprocess.run(
                [sys.executable, "-c", script],
                cwd=folder, check=True, capture_output=True, text=True,
            )  # fmt: skip
            loaded, took, peak = json.loads(done.stdout)
            rows.append(f"| {what} | {took:.3f} | {loaded:.2f} | {peak:,.0f} |")
        size = sum(path.stat().st_size for path in (folder / "S").iterdir()) / cases
    head = (
        f"A store of {cases:,} cases, {size:,.0f} bytes a case on disk, each step in a process of"
        " its own:\n\n| step | seconds | and to load Python's modules | MiB at most |\n"
        "| --- | ---: | ---: | ---: |\n"
    )
    return head + "\n".join(rows)


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
