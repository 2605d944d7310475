"""A folder of hostile files beside good ones: the good are in, the others are set aside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("hostile_rounds.py")
GOOD = 30
MOST_MB = 2_000
"""From the issue: memory under 2 GB."""


@pytest.mark.database
@pytest.mark.long
@pytest.mark.parametrize(("hostile", "kills"), [(300, 50)])
def test_the_good_are_in_the_others_are_set_aside_and_rounds_go_on(
    hostile: int, kills: int, tmp_path: Path
) -> None:
    line = [
        sys.executable,
        str(SCRIPT),
        str(tmp_path / "home"),
        *map(str, (hostile, GOOD, kills, 8)),
    ]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "clew.desk.settings"}
    ended = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["good"] == GOOD
    assert found["records"] == GOOD + 1
    assert found["after"]
    assert found["quarantined"] == hostile
    assert all(len(reason) > 20 for reason in found["reasons"])
    assert found["left"] == []
    assert found["states"][-1] == "done"
    assert found["killed"] >= kills // 2  # the others came when nothing was left to do
    assert found["peak_mb"] < MOST_MB
