"""Killed at any moment, a store loses nothing that it acknowledged, and can be read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("killed_adding.py")


@pytest.mark.parametrize(("kills", "seed"), [(8, 1), pytest.param(200, 2, marks=pytest.mark.long)])
def test_no_kill_loses_what_was_acknowledged(kills: int, seed: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), str(kills), str(seed)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == kills
    assert all(line.endswith(" 0 lost") for line in lines)
    assert int(lines[-1].split()[2]) > 0, "some batches were acknowledged"
