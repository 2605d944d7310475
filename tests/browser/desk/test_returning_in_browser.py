"""A link seen, not taken forward, and back when a third death matches: by two real rounds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from looked_at import sound
from playwright.sync_api import expect
from populated import ZONE, hand_in

from clew.desk.accounts.models import Area
from clew.desk.commands.rounds import run_here
from clew.desk.records.take_in import take_in
from clew.desk.review.models import Judgement, Pair
from clew.desk.settings import CONFIGURATION

SECOND = datetime(2014, 8, 29, 7, 0, tzinfo=ZONE)
THIRD = datetime(2014, 9, 22, 7, 0, tzinfo=ZONE)
"""The mornings after the second and after the third of the four deaths."""


@pytest.fixture
def town(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand the small town in, and run the round of the morning after the second death."""
    home = CONFIGURATION.model_copy(update={"home": tmp_path / "home"})
    for part in ("sync", "inbox"):
        monkeypatch.setattr(f"clew.desk.rounds.{part}.CONFIGURATION", home)
    for code in ("KD", "GR"):
        Area.objects.create(code=code, name=code)
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(SECOND))


def pair_of(first: str, second: str) -> Pair:
    return Pair.objects.get(first__case_id=first, second__case_id=second)


def test_it_comes_back_before_a_more_senior_reader(visit: Any) -> None:
    address = reverse("pair", args=[pair_of("BD-2", "BD-1").pk])
    analyst = visit("ann", "analyst")
    analyst.goto("/queue")
    analyst.goto(address)
    sound(analyst)
    analyst.get_by_label("Not linked", exact=True).check()
    analyst.get_by_label("Why", exact=True).fill("Two overdoses.")
    analyst.get_by_label("What would change your judgement").fill("A third death there.")
    analyst.get_by_role("button", name="Save judgement").click()
    senior = visit("sue", "supervisor")
    senior.goto(address)
    senior.get_by_label("Yes: do not take it forward").check()
    senior.get_by_label("Why", exact=True).fill("I read both.")
    senior.get_by_role("button", name="Save", exact=True).click()
    expect(senior.get_by_text("Saved. Not taken forward.")).to_be_visible()
    assert pair_of("BD-2", "BD-1").state == Pair.NOT_TAKEN

    list(run_here(THIRD))
    back = pair_of("BD-2", "BD-1")
    assert (back.state, back.level, back.times) == (Pair.OPEN, 2, 2)
    assert "BD-3" in [record for record, _ in back.matches]
    analyst.goto(address)
    assert analyst.get_by_role("button", name="Save judgement").count() == 0
    senior.goto(address)
    expect(senior.get_by_text("a more senior reader must judge it")).to_be_visible()
    expect(senior.get_by_text("Another record, BD-3, matches").first).to_be_visible()
    sound(senior)
    expect(senior.get_by_text("Two overdoses.").first).to_be_visible()
    senior.get_by_label("Linked", exact=True).check()
    senior.get_by_label("How are they related?").select_option("same_source")
    senior.get_by_label("Why", exact=True).fill("Three alike in one churchyard.")
    senior.get_by_role("button", name="Save judgement").click()
    expect(senior.get_by_text("Recorded: linked")).to_be_visible()
    assert Judgement.objects.latest("id").level == 2
