"""The scene card: seen, absent, not looked; what it makes, once; and what nobody looked for."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from review_town import Town, build
from signed_in import SignedIn

from clew.desk.accounts.models import Area
from clew.desk.accounts.sign_in_limits import BEGAN
from clew.desk.ledger.models import Entry
from clew.desk.ledger.write import instant_text
from clew.desk.records.card import ABSENT, ITEMS, NOT_LOOKED, SEEN, facts_of
from clew.desk.records.models import Case, Fact, SceneCard
from clew.desk.records.near import area_of_place
from clew.desk.records.timeline import read_now
from clew.desk.settings import CONFIGURATION
from clew.model.values import Point
from clew.vocabulary.load import words

NOON = datetime(2015, 9, 14, 12, tzinfo=UTC)
LISTS = ("scene", "missing_items", "posture", "clothing", "body_state")


@pytest.fixture
def town(tmp_path: Path, db: None) -> Town:
    return build(tmp_path)


@pytest.fixture
def sergeant(town: Town, signed_in: SignedIn) -> Client:
    return signed_in("sam", "reporter:KD")


def card(**more: Any) -> dict[str, Any]:
    return {
        "card": str(uuid4()), "seen_at": "2015-09-14T08:20", "latitude": "51.535",
        "longitude": "0.076", "area": "KD", "premises": "burial_ground", "sex": "male",
        "own_words": "A train passed.", "phone": ABSENT, "bottle": SEEN, "wall": SEEN,
        "note": ABSENT, **more,
    }  # fmt: skip


def test_every_word_of_the_card_is_in_the_vocabulary() -> None:
    for item in ITEMS:
        for told in (item.seen, item.absent):
            field, _, word = told.partition(":")
            assert not word or word in words(field).ids, told


def test_a_card_makes_a_record_in_its_own_words(sergeant: Client) -> None:
    page = sergeant.post("/scene-card", card(), follow=True)
    assert "Looked, and found no phone, no note." in page.content.decode()
    case = Case.objects.get(case_id="SCENE-2015-00001")
    noun = read_now(case)
    assert noun.scene == ("small_bottle",)
    assert str(noun.narrative).endswith("A train passed.")
    assert noun.missing_items == ("phone",)
    assert noun.posture == ("against_wall",)
    assert (noun.clothing, noun.body_state) == (None, None)
    assert {fact.basis for fact in case.facts.all()} == {"seen"}
    acts = Entry.objects.filter(subject="case:SCENE-2015-00001").values_list("act", flat=True)
    assert list(acts).count("collection") == 1
    assert "alteration" not in acts


def test_a_new_record_is_its_report_whole(sergeant: Client) -> None:
    before = timezone.now().replace(microsecond=0)
    sergeant.post("/scene-card", card(disturbed=ABSENT))
    case = Case.objects.get(case_id="SCENE-2015-00001")
    assert before <= case.reported_at <= timezone.now()
    assert case.texts["report"] == case.texts["now"]
    assert case.texts["now"]["scene"] == "small_bottle; no_disturbance"
    assert (case.kind, case.area, case.latitude, case.longitude) == ("death", "KD", 51.535, 0.076)
    facts = list(case.facts.all())
    assert {fact.field: fact.value for fact in facts} == case.texts["report"]
    assert all(fact.from_report and fact.op == "set" for fact in facts)
    assert {fact.recorded_at for fact in facts} == {instant_text(case.reported_at)}
    seen_at = datetime(2015, 9, 14, 7, 20, tzinfo=UTC)
    assert {fact.known_at for fact in facts} == {instant_text(seen_at)}
    assert {fact.card for fact in facts} == {SceneCard.objects.get()}


def test_on_an_existing_record_all_is_recorded_at_one_time(sergeant: Client) -> None:
    sergeant.post("/scene-card", card(record="BD-4", keys=ABSENT))
    facts = SceneCard.objects.get().facts.all()
    assert len(facts) > 3
    assert len({fact.recorded_at for fact in facts}) == 1
    assert not any(fact.from_report for fact in facts)


def area_labels(client: Client) -> list[str]:
    page = client.get("/scene-card").content.decode()
    found = re.search(r'<select[^>]*name="area".*?</select>', page, re.DOTALL)
    assert found
    return re.findall(r"<option[^>]*>(.*?)</option>", found[0])


def test_the_areas_are_those_that_somebody_may_report_for(town: Town, signed_in: SignedIn) -> None:
    Area.objects.create(code="KD", name="Barking and Dagenham")
    assert area_labels(signed_in("sam", "reporter:KD")) == ["Barking and Dagenham (KD)"]
    both = area_labels(signed_in("bob", "reporter:KD", "reporter:LX", "overseer:TH"))
    choose = ["Choose an area", "Work it out from the place"]
    assert both == [*choose, "Barking and Dagenham (KD)", "LX"]
    assert area_labels(signed_in("sue", "reporter")) == [*choose, "Barking and Dagenham (KD)"]
    Area.objects.all().delete()
    everywhere = area_labels(signed_in("sue"))
    assert everywhere[:2] == choose
    assert {"KD", "GS"} <= set(everywhere)


def test_the_only_area_need_not_be_chosen(sergeant: Client) -> None:
    sergeant.post("/scene-card", card(area=""))
    assert Case.objects.get(case_id="SCENE-2015-00001").area == "KD"


def test_the_area_comes_from_the_place(town: Town, signed_in: SignedIn) -> None:
    client = signed_in("bob", "reporter:KD", "reporter:LX")
    told = client.post("/scene-card", card(area="")).content.decode()
    assert "Choose the area of this death" in told
    nowhere = {"latitude": "", "longitude": ""}
    told = client.post("/scene-card", card(area="*place", **nowhere)).content.decode()
    assert "Add your location, or choose an area from the list" in told
    far = {"latitude": "10", "longitude": "10"}
    told = client.post("/scene-card", card(area="*place", **far)).content.decode()
    assert "No record within 2 km has an area" in told
    assert not SceneCard.objects.exists()
    assert client.post("/scene-card", card(area="*place")).status_code == 302
    assert Case.objects.get(case_id="SCENE-2015-00001").area == "KD"


def test_the_area_of_a_place_is_the_nearest_of_unsealed_records(town: Town) -> None:
    place = Point(10.0, 10.0)
    for number, north, more in (
        ("near", 10.005, {"area": "X", "sealed": True}), ("next", 10.01, {"area": "Y"}),
        ("closest", 10.001, {"area": ""}), ("further", 10.017, {"area": "Z"}),
    ):  # fmt: skip
        Case.objects.create(
            case_id=number, reported_at=NOON, latitude=north, longitude=10.0, **more
        )
    assert area_of_place(place) == "Y"
    Case.objects.filter(case_id="next").update(latitude=10.0181)
    assert area_of_place(place) == "Z"
    Case.objects.filter(case_id="further").update(latitude=10.0181)
    assert area_of_place(place) == ""


def test_the_place_may_be_in_an_area_of_others(town: Town, signed_in: SignedIn) -> None:
    client = signed_in("bob", "reporter:LX", "reporter:TH")
    page = client.post("/scene-card", card(area="*place"))
    assert page.status_code == 422
    assert "an area you cannot report for" in page.content.decode()


EMPTY = {
    "premises": "", "sex": "", "own_words": "  ", "phone": NOT_LOOKED, "bottle": "", "wall": "",
    "note": NOT_LOOKED,
}  # fmt: skip


def test_an_empty_card_is_refused(sergeant: Client) -> None:
    for more in ({}, {"record": "BD-4"}):
        page = sergeant.post("/scene-card", card(**EMPTY, **more))
        assert page.status_code == 422
        assert "This card is empty" in page.content.decode()
    assert not SceneCard.objects.exists()


@pytest.mark.parametrize("one", [{"sex": "male"}, {"age_years": "0"}, {"own_words": "Cold."},
                                 {"premises": "burial_ground"}, {"cold": SEEN}])  # fmt: skip
def test_one_answer_makes_a_card(sergeant: Client, one: dict[str, str]) -> None:
    assert sergeant.post("/scene-card", card(**{**EMPTY, **one})).status_code == 302
    assert SceneCard.objects.exists()


def test_a_script_gets_the_next_page_or_learns_that_the_session_ended(sergeant: Client) -> None:
    headers = {"accept": "application/json"}
    answer = sergeant.post("/scene-card", card(), headers=headers)
    assert answer.json() == {"next": "/record/SCENE-2015-00001"}
    assert "Card saved" in sergeant.get("/record/SCENE-2015-00001").content.decode()
    assert sergeant.post("/scene-card", card(**EMPTY), headers=headers).status_code == 422
    sergeant.logout()
    answer = sergeant.post("/scene-card", card(), headers=headers)
    assert answer["Location"].startswith("/sign-in")
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/scene-card", card(), headers=headers)
    assert (answer.status_code, answer["Clew-Signed-Out"]) == (403, "yes")
    assert "You have been signed out" in answer.content.decode()


def test_the_page_says_how_long_the_session_lasts(sergeant: Client) -> None:
    def seconds() -> int:
        found = re.search(r'data-seconds="(\d+)"', sergeant.get("/scene-card").content.decode())
        assert found
        return int(found[1])

    idle, shift = CONFIGURATION.idle_minutes * 60, CONFIGURATION.session_hours * 3600
    assert idle - 60 < seconds() <= idle
    session = sergeant.session
    session[BEGAN] = int(time.time()) - shift + 100
    session.save()
    assert 40 < seconds() <= 100


def test_sent_twice_it_is_kept_once(sergeant: Client) -> None:
    told = card()
    sergeant.post("/scene-card", told)
    facts = Fact.objects.count()
    page = sergeant.post("/scene-card", told, follow=True)
    assert "was already sent" in page.content.decode()
    assert (SceneCard.objects.count(), Fact.objects.count()) == (1, facts)


def test_on_a_record_that_is_there_it_adds_and_replaces_nothing(sergeant: Client) -> None:
    before = Case.objects.get(case_id="BD-4").texts["now"]
    page = sergeant.post("/scene-card", card(record="BD-4", keys=ABSENT), follow=True)
    now = Case.objects.get(case_id="BD-4").texts["now"]
    assert now["narrative"] == before["narrative"]
    assert now["missing_items"] == "phone; keys"
    assert "Looked, and found" in page.content.decode()
    assert not Case.objects.filter(case_id__startswith="SCENE").exists()


def test_another_area_is_refused_and_errors_keep_what_was_typed(sergeant: Client) -> None:
    assert sergeant.post("/scene-card", card(area="TH")).status_code == 403
    assert sergeant.post("/scene-card", card(record="BTP-1")).status_code == 403
    page = sergeant.post("/scene-card", card(latitude="", note_words="x", seen_at="2099-01-01"))
    assert page.status_code == 422
    told = page.content.decode()
    assert "The date and time must be in the past" in told
    assert 'value="absent" checked' in told
    assert SceneCard.objects.count() == 0


@given(st.lists(st.sampled_from([SEEN, ABSENT, NOT_LOOKED]), min_size=12, max_size=12))
def test_what_was_not_looked_for_is_nowhere(given_answers: list[str]) -> None:
    answers = dict(zip([item.name for item in ITEMS], given_answers, strict=True))
    made = facts_of(answers, "At 08:20 on 14 September 2015.")
    told = {(field, word) for field, found in made.elements.items() for word in found}
    for item in ITEMS:
        if answers[item.name] == NOT_LOOKED:
            assert not [said for said in item.says if said in made.words]
            assert not {tuple(x.split(":")) for x in (item.seen, item.absent) if x} & told
            assert item.name not in made.absent


@given(st.lists(st.sampled_from([SEEN, ABSENT, NOT_LOOKED]), min_size=12, max_size=12))
def test_no_reader_of_prose_finds_more_in_the_words_than_was_tapped(answers_: list[str]) -> None:
    answers = dict(zip([item.name for item in ITEMS], answers_, strict=True))
    made = facts_of(answers, "At 08:20 on 14 September 2015, at 51.53500, 0.07600.")
    now = {field: "; ".join(found) for field, found in made.elements.items()}
    now["narrative"] = made.words
    noun = read_now(Case(case_id="X", reported_at=NOON, texts={"now": now}))
    for field in LISTS:
        assert set(getattr(noun, field) or ()) <= set(made.elements.get(field, ())), made.words


def test_the_page_kept_on_the_phone_names_nobody(sergeant: Client) -> None:
    page = sergeant.get("/scene-card/offline").content.decode()
    assert "Sam" not in page
    assert "csrfmiddlewaretoken" not in page
    worker = sergeant.get("/scene-card/worker.js")
    assert worker["Service-Worker-Allowed"] == "/scene-card"
    assert worker["Content-Type"].startswith("text/javascript")
