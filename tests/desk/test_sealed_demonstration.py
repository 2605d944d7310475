"""The law of sealed records over the whole demonstration, for every role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_desk_demo import clew

SCRIPT = Path(__file__).with_name("sealed_demonstration.py")


@pytest.mark.long
def test_nobody_is_told_of_the_third_death_once_it_is_sealed(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    done = clew(home, "--no-serve")
    assert done.returncode == 0, done.stderr
    environment = {**os.environ, "CLEW_DESK_HOME": str(home), "CLEW_DESK_DATABASE": ""}
    environment["DJANGO_SETTINGS_MODULE"] = "clew.desk.settings"
    looked = subprocess.run(
        [sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, check=False
    )
    assert looked.returncode == 0, looked.stderr[-3000:]
    told = json.loads(looked.stdout.splitlines()[-1])
    _, keepers = told.pop("keeper_of_it")
    assert len(keepers) > 10, "its keeper reads of it: this test would find it"
    for name, (read, faults) in told.items():
        assert faults == [], name
        assert read > 50, name
