"""Near here and the morning sheet: what is shown, counted, said and written down."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from review_town import Town, build
from signed_in import SignedIn

from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case
from clew.desk.records.near import near
from clew.desk.review.models import Meeting
from clew.model.distance import distance_m
from clew.model.values import EARTH_RADIUS_M, Point


@pytest.fixture
def town(tmp_path: Path, db: None) -> Town:
    return build(tmp_path)


def text(page: Any) -> str:
    return str(page.content.decode())


HERE = {"latitude": "51.535", "longitude": "0.076", "record": "", "within": "500"}


def test_the_nearest_come_first_and_the_search_is_written_down(
    town: Town, signed_in: SignedIn
) -> None:
    page = text(signed_in("sam", "reporter:KD").get("/near", HERE))
    order = [page.index(f"({case_id})<") for case_id in ("BD-4", "BD-3", "BD-2", "BD-1")]
    assert order == sorted(order)
    assert "350 m" in page
    assert "Police National Database" in page
    entry = Entry.objects.order_by("-number")[0]
    assert (entry.subject, '"found":' in entry.body) == ("near", True)


def test_other_areas_are_counted_and_sealed_records_are_not(
    town: Town, signed_in: SignedIn
) -> None:
    client = signed_in("sam", "reporter:KD")
    asked = {**HERE, "within": "1000"}
    page = text(client.get("/near", asked))
    assert "BTP-1" not in page
    assert "There is 1 more record here that you cannot open" in page
    Case.objects.filter(case_id__in=["BTP-1", "BD-1"]).update(sealed=True)
    page = text(client.get("/near", asked))
    assert "that you cannot open" not in page
    assert "(BD-1)<" not in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"latitude": ""}, "Enter both latitude and longitude, or leave both empty"),
        ({"latitude": "north"}, "Latitude must be a number"),
        ({"latitude": "", "longitude": ""}, "Enter a latitude and longitude, or a record number"),
        ({"latitude": "91"}, "Latitude must be between -90 and 90"),
    ],
)
def test_a_wrong_place_is_told_and_kept(
    town: Town, signed_in: SignedIn, change: dict[str, str], says: str
) -> None:
    page = signed_in("sam", "reporter:KD").get("/near", {**HERE, **change})
    assert page.status_code == 422
    assert says in text(page)
    assert 'value="0.076"' in text(page) or change.get("longitude") == ""


def test_around_a_record(town: Town, signed_in: SignedIn) -> None:
    client = signed_in("sam", "reporter:KD")
    asked = {"latitude": "", "longitude": "", "record": "BD-3", "within": "250"}
    page = text(client.get("/near", asked))
    assert "(BD-2)<" in page
    assert client.get("/near", {**asked, "record": "BTP-1"}).status_code == 403
    assert client.get("/near", {**asked, "record": "nothing"}).status_code == 404


class TestNear(TestCase):
    """The box never loses a record that lies within the radius."""

    @given(
        st.floats(-89.9, 89.9), st.floats(-180, 180), st.floats(0, 2 * math.pi), st.floats(1, 5000)
    )
    def test_all_within_are_found(
        self, latitude: float, longitude: float, angle: float, metres: float
    ) -> None:
        Case.objects.all().delete()
        turn = math.degrees(metres / EARTH_RADIUS_M)
        north = min(max(latitude + turn * math.cos(angle), -90), 90)
        east = longitude + turn * math.sin(angle) / max(math.cos(math.radians(latitude)), 1e-6)
        there = Point(north, math.remainder(east, 360))
        Case.objects.create(
            case_id="X", reported_at="2015-01-01T00:00Z", latitude=there.latitude,
            longitude=there.longitude,
        )  # fmt: skip
        here = Point(latitude, longitude)
        apart = distance_m(here, there)
        found = near(Case.objects.all(), here, apart + 0.01)
        assert [round(one.metres, 3) for one in found] == [round(apart, 3)]


def test_the_sheet_of_a_day(town: Town, signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    page = text(client.get("/morning", {"day": "2015-09-14"}))
    assert '(BD-4)</span><span class="desk-only-print">' in page
    assert "No one yet" in page
    assert "Police National Computer" in page
    assert "No alerts in this period" in page
    page = text(client.get("/morning", {"day": "2015-09-16"}))
    assert "No deaths were reported in your areas in this period" in page
    assert "(BD-4)<br>and " in page


def test_a_meeting_is_written_down(town: Town, signed_in: SignedIn) -> None:
    client: Client = signed_in("ann", "analyst:KD")
    told = {"day": "2015-09-14", "present": "A, B", "outcome": "A looks at BD-1 again"}
    wrong = client.post("/morning/meeting", {**told, "outcome": ""})
    assert wrong.status_code == 422
    assert 'value="A, B"' in text(wrong)
    page = client.post("/morning/meeting", told, follow=True)
    assert "A looks at BD-1 again" in text(page)
    assert Meeting.objects.count() == 1
    assert Entry.objects.filter(act="decision", subject="morning:2015-09-14").count() == 1
