"""Killed at random moments, rounds end as undisturbed ones do, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("killed_rounds.py")


def run(home: Path, kills: int, days: int) -> dict[str, Any]:
    line = [sys.executable, str(SCRIPT), str(home), str(kills), str(days), "8"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "clew.desk.settings"}
    ended = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return told


@pytest.mark.database
@pytest.mark.parametrize(("kills", "days"), [(2, 2), pytest.param(25, 5, marks=pytest.mark.long)])
def test_killed_rounds_end_as_undisturbed_ones_do(kills: int, days: int, tmp_path: Path) -> None:
    quiet = run(tmp_path / "quiet", 0, days)
    killed = run(tmp_path / "killed", kills, days)
    assert quiet.pop("killed") == 0
    assert killed.pop("killed") >= kills // 2  # the others found the round done already
    assert quiet["links"]
    assert quiet["pairs"]
    for what, rows in quiet.items():
        assert killed[what] == rows, what
