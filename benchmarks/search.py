"""Search over 200,000 records with twenty users, on SQLite and on PostgreSQL.

`python benchmarks/search.py [records]`. A made-up year, repeated backwards with other ids, indexed
as an import indexes it. The page is asked for as in service: gunicorn with two processes of four
threads, and twenty users who each read for five seconds between two searches; each search is a row
of the ledger. The index alone is asked in one process, without a page.
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
RECORDS = 200_000


def main(records: int = RECORDS) -> str:
    """Return the tables, from a run on each database."""
    return "\n\n".join(table(run(records, postgres=on)) for on in (False, True))


def run(records: int, *, postgres: bool) -> dict[str, Any]:
    """Return what was measured on one database."""
    with tempfile.TemporaryDirectory() as name:
        environment = {
            **os.environ, "CLEW_DESK_HOME": name, "CLEW_PG_FSYNC": "on",
            "DJANGO_SETTINGS_MODULE": "clew.desk.settings",
        }  # fmt: skip
        environment.pop("CLEW_DESK_DATABASE", None)
        line = [sys.executable, str(Path(__file__).with_name("search_inside.py")), str(records)]
        if postgres:
            line.insert(0, str(ROOT / "scripts/with-postgres"))
        done = subprocess.run(line, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def table(measured: dict[str, Any]) -> str:
    """Return what was measured on one database, as a table."""
    rows = "\n".join(
        f"| {one['typed']} | {one['found']} | {one['alone']:.0f} | {one['p50']:.0f}"
        f" | {one['p95']:.0f} |"
        for one in measured["queries"]
    )
    return (
        f"{measured['database']}, {measured['records']:,} records, {measured['index_mb']:.0f} MB of"
        f" index; indexing one record costs {measured['index_ms']:.1f} ms, making the index again"
        f" {measured['rebuild_s']:.0f} s; all searches together: median"
        f" {measured['p50']:.0f} ms, 95th percentile {measured['p95']:.0f} ms, with 20 users\n\n"
        "| search | records found | the index alone, ms | page, median, ms | page, p95, ms |\n"
        f"| --- | ---: | ---: | ---: | ---: |\n{rows}"
    )


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
