"""The tutorial of a morning at the desk: its users exist, and its pictures are there and small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clew.desk.accounts.rules import Role

ROOT = Path(__file__).parents[3]
TUTORIAL = ROOT / "docs" / "tutorial" / "morning.md"
PICTURES = sorted((ROOT / "docs" / "desk" / "pictures").glob("*.png"))
MOST_BYTES = 60_000


def test_it_signs_in_as_users_of_the_demonstration() -> None:
    named = set(re.findall(r"[Ss]ign in as `(\w+)`", TUTORIAL.read_text("utf-8")))
    assert named == {"analyst", "murder_team", "reporter", "overseer"}
    assert named <= {role.value for role in Role}


def test_it_has_pictures() -> None:
    shown = re.findall(r"!\[[^\]]{20,}\]\((\S+\.png)\)", TUTORIAL.read_text("utf-8"))
    assert len(shown) >= 4
    for picture in shown:
        assert (TUTORIAL.parent / picture).is_file()


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_small(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES
