"""The desk over 200,000 records in PostgreSQL: a page of the queue, and the day's round.

`python benchmarks/desk.py [cases]`. A made-up year, repeated backwards with other ids; the history
stands in the database's records and in the prepared store, its single cells not in the table of
facts (three million rows that neither the queue nor a round reads). Everything that is timed runs
in processes of its own, as in service: gunicorn with two processes of four threads, twenty users
who ask again at once from another process, and the round as `clew desk round`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CASES = 200_000


def main(cases: int = CASES) -> str:
    """Return the tables, from a run beside a PostgreSQL of its own."""
    with tempfile.TemporaryDirectory() as name:
        environment = {
            **os.environ, "CLEW_DESK_HOME": name, "CLEW_PG_FSYNC": "on",
            "DJANGO_SETTINGS_MODULE": "clew.desk.settings",
        }  # fmt: skip
        line = [str(ROOT / "scripts/with-postgres"), sys.executable]
        line += [str(Path(__file__).with_name("desk_inside.py")), str(cases)]
        done = subprocess.run(line, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return table(json.loads(done.stdout.splitlines()[-1]))


def table(told: dict[str, float]) -> str:
    """Return what was measured as tables."""
    size = f"{told['cases']:,.0f} records, {told['pairs']:,.0f} pairs in the queue"
    pages = (
        f"{size}; 20 users, two server processes of four"
        " threads:\n\n| page of the queue | p50, ms | p95, ms | pages a second |\n"
        "| --- | ---: | ---: | ---: |\n"
        + "\n".join(
            f"| {name} | {told[f'{key}_p50']:.0f} | {told[f'{key}_p95']:.0f}"
            f" | {told[f'{key}_rate']:.0f} |"
            for key, name in (
                ("first_read", "the first; each user reads a second before the next"),
                ("fifth_read", "the fifth; the same"),
                ("first", "the first; each asks again at once"),
                ("fifth", "the fifth; the same"),
            )
        )
    )
    rounds = (
        f"The day's round, 30 new records and 40 late facts against {told['cases']:,.0f},"
        " from the start of the process to its end:\n\n| round | seconds |\n| --- | ---: |\n"
        f"| the first of a month, which learns what is ordinary | {told['month']:.1f} |\n"
        f"| any other day's | {told['day']:.1f} |"
    )
    return f"{pages}\n\n{rounds}"


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
