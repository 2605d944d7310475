"""A card in the churchyard meets the three deaths there: from the scene to the closing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from looked_at import sound
from playwright.sync_api import expect
from populated import ZONE, hand_in

from clew.desk.accounts.models import Area
from clew.desk.commands.rounds import run_here
from clew.desk.ledger.clock import MARK, OFFSET, desk_now, set_demonstration_clock
from clew.desk.records.models import Case
from clew.desk.records.take_in import take_in
from clew.desk.settings import CONFIGURATION

MORNING = datetime(2014, 11, 10, 8, 0, tzinfo=UTC)
"""Seven weeks after the third of the four deaths; the fourth is not known yet."""
CHURCHYARD = (51.5354, 0.0765)
EARLIER = {"BD-1", "BD-2", "BD-3"}


@pytest.fixture
def town(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hand the small town in on a desk whose clock stands in November 2014, and run a round."""
    home = CONFIGURATION.model_copy(update={"home": tmp_path / "home"})
    for part in ("sync", "inbox"):
        monkeypatch.setattr(f"clew.desk.rounds.{part}.CONFIGURATION", home)
    (CONFIGURATION.home / MARK).write_text("whole", encoding="ascii")
    set_demonstration_clock(MORNING)
    for code in ("KD", "GR"):
        Area.objects.create(code=code, name=code)
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(desk_now()))
    yield
    for name in (MARK, OFFSET):
        (CONFIGURATION.home / name).unlink(missing_ok=True)


def test_a_card_in_the_churchyard_meets_the_three_deaths_there(visit: Any, town: None) -> None:
    officer = visit("sam", "reporter:KD", width=375)
    officer.goto("/scene-card")
    officer.get_by_label("Latitude").fill(str(CHURCHYARD[0]))
    officer.get_by_label("Longitude").fill(str(CHURCHYARD[1]))
    for item in ("Small bottle", "Sheet under the body", "Note"):
        officer.get_by_role("group", name=item).get_by_label("Seen").check()
    officer.get_by_role("group", name="Phone").get_by_label("Absent").check()
    officer.get_by_label("Kind of place").select_option("burial_ground")
    officer.get_by_label("Sex").select_option("male")
    officer.get_by_label("Age, or about").fill("23")
    officer.wait_for_timeout(1_100)
    officer.get_by_role("button", name="Send the card").click()
    expect(officer.get_by_text("Card saved")).to_be_visible()
    number = Case.objects.get(cards__gt=0).case_id
    set_demonstration_clock(desk_now() + timedelta(minutes=1))
    list(run_here(desk_now()))

    analyst = visit("ann", "analyst:KD")
    analyst.goto(f"/record/{number}?links=1")
    sound(analyst)
    table = analyst.get_by_role("table", name="Similar records")
    listed = table.get_by_role("rowheader").all_inner_texts()
    assert {one.rpartition("(")[2].rstrip(")") for one in listed[:3]} == EARLIER, listed
    analyst.goto("/queue")
    queue = analyst.locator("main").inner_text()
    assert number in queue
    assert all(one in queue for one in EARLIER)
    day = timezone.localtime(desk_now(), ZONE).date().isoformat()
    analyst.goto(f"/morning?day={day}")
    sound(analyst)
    sheet = analyst.locator("main").inner_text()
    assert number in sheet
    assert all(one in sheet[sheet.index(number) :] for one in EARLIER)
    analyst.goto(f"/closing/{number}")
    sound(analyst)
    closing = analyst.locator("main").inner_text()
    judged = [line for line in closing.splitlines() if "the link with" in line]
    assert any(f"({one})" in line for one in EARLIER for line in judged)
    analyst.goto("/record/BD-2")
    expect(analyst.get_by_role("heading", level=1)).to_contain_text("BD-2")
    place = f"latitude={CHURCHYARD[0]}&longitude={CHURCHYARD[1]}&within=500"
    analyst.goto(f"/near?{place}")
    near = analyst.locator("main").inner_text()
    assert {"BD-2", "BD-3", number} <= {one for one in (*EARLIER, number) if one in near}


def test_an_export_has_the_points_of_the_churchyard(visit: Any, town: None) -> None:
    analyst = visit("ann", "analyst:KD")
    analyst.goto("/exports/records")
    analyst.get_by_label("GeoJSON, for maps and geographic systems").check()
    analyst.get_by_label("Purpose").fill("the map of the churchyard")
    analyst.get_by_label("Who will receive it?").fill("the murder team")
    with analyst.expect_download() as waiting:
        analyst.get_by_role("button", name="Create export").click()
    found = json.loads(waiting.value.path().read_text("utf-8"))
    points = {one["properties"]["case_id"]: one["geometry"] for one in found["features"]}
    for number in EARLIER:
        assert points[number] is not None
        longitude, latitude = points[number]["coordinates"]
        assert abs(latitude - CHURCHYARD[0]) < 0.02
        assert abs(longitude - CHURCHYARD[1]) < 0.02
