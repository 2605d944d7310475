"""Twenty people at work while 10,000 records are handed in and compared: how long answers take.

`python benchmarks/desk_busy.py [cases] [seconds]`. On SQLite and on PostgreSQL, each in a folder of
its own: a made-up force, 500 of whose records are compared before; gunicorn with two processes of
four threads, and the worker, as in service. Twenty users in another process each open pages and
save judgements, one after another with a second to read between. First for some seconds with
nothing else going on; then from the moment at which the files lie in the watched folder until the
round is done. In the end every page view is looked for in the ledger, and the round must be whole.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CASES, QUIET_S = 10_000, 60
NAMES = {"": "SQLite", "postgresql": "PostgreSQL"}


def run(name: str, cases: int, quiet_s: int) -> dict[str, Any]:
    """Return what was measured on one database."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ, "CLEW_DESK_HOME": home, "CLEW_PG_FSYNC": "on", "CLEW_DESK_ROUND_AT": "",
            "CLEW_DESK_DATABASE": "", "CLEW_DESK_INBOX_OWNER": "folder",
            "DJANGO_SETTINGS_MODULE": "clew.desk.settings",
        }  # fmt: skip
        line = [sys.executable, str(Path(__file__).with_name("desk_busy_inside.py"))]
        line += [str(cases), str(quiet_s)]
        if name:
            line = [str(ROOT / "scripts/with-postgres"), *line]
        done = subprocess.run(line, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main(cases: int = CASES, quiet_s: int = QUIET_S) -> str:
    """Return the tables, from a run on each database."""
    told = {}
    for name, words in NAMES.items():
        told[words] = run(name, cases, quiet_s)
        sys.stderr.write(f"{words}: {json.dumps(told[words])}\n")  # should the next be broken off
    lines = [
        f"{cases:,} records handed in and compared, 20 users, two server processes of four"
        " threads:\n",
        "| database | while | answers | p50, ms | p99, ms | most, ms | over 2 s | status 500 |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for words, one in told.items():
        for phase, name in (("quiet", "nothing else"), ("busy", "hand-in and round")):
            part = one[phase]
            lines.append(
                f"| {words} | {name} | {part['answers']:,} | {part['p50']:.0f} |"
                f" {part['p99']:.0f} | {part['most']:.0f} | {part['slow']} | {part['faults']} |"
            )
    for words, one in told.items():
        lines.append(
            f"\n{words}: hand-in and round took {one['seconds']:,.0f} s;"
            f" {one['links']:,} links, {one['pairs']:,} pairs;"
            f" the largest transaction changed {one['largest']:,} rows;"
            f" page views without their row in the ledger: {one['lost']};"
            f" judgements without: {one['judgements_lost']}."
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
