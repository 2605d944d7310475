"""People work while files are handed in and compared: no fault, nothing lost, the round is whole.

The same as benchmarks/desk_busy.py, at a small size and without a look at times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from killed_rounds import database_of_its_own

INSIDE = Path(__file__).parents[2] / "benchmarks" / "desk_busy_inside.py"
MOST = 400
"""Declared: rows that one transaction may change (see test_round_in_batches.py)."""


@pytest.mark.database
@pytest.mark.long
def test_people_go_on_working_while_files_are_taken_in_and_compared(tmp_path: Path) -> None:
    environment = {
        **os.environ, "CLEW_DESK_HOME": str(tmp_path), "CLEW_DESK_ROUND_AT": "",
        "CLEW_DESK_INBOX_OWNER": "folder", "DJANGO_SETTINGS_MODULE": "clew.desk.settings",
    }  # fmt: skip
    if told := os.environ.get("CLEW_DESK_DATABASE"):
        environment["CLEW_DESK_DATABASE"] = database_of_its_own(told, f"busy_{os.getpid()}")
    line = [sys.executable, str(INSIDE), "150", "5", "60", "0.2"]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    for phase in ("quiet", "busy"):
        assert found[phase]["answers"], phase
        assert found[phase]["faults"] == 0, phase
    assert found["judged"]
    assert (found["lost"], found["judgements_lost"]) == (0, 0)
    assert found["links"]
    assert found["pairs"]
    assert found["largest"] <= MOST
