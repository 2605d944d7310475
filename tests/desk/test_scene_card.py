"""The scene card: seen, absent, not looked; what it makes, once; and what nobody looked for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from review_town import Town, build
from signed_in import SignedIn

from clew.desk.ledger.models import Entry
from clew.desk.records.card import ABSENT, ITEMS, NOT_LOOKED, SEEN, facts_of
from clew.desk.records.models import Case, Fact, SceneCard
from clew.desk.records.timeline import read_now
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
    assert {"collection", "alteration"} <= set(acts)


def test_sent_twice_it_is_kept_once(sergeant: Client) -> None:
    told = card()
    sergeant.post("/scene-card", told)
    facts = Fact.objects.count()
    page = sergeant.post("/scene-card", told, follow=True)
    assert "was sent before" in page.content.decode()
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
    assert "This time is in the future" in told
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
