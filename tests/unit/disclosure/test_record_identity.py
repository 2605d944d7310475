"""A record is named by who, where and when, and by what sets it apart; the number comes last."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clew.disclosure.record_identity import feature, identify, who
from clew.disclosure.words import Clock
from clew.model.case import Case, Kind
from clew.vocabulary.load import words

CLOCK = Clock(ZoneInfo("Europe/London"))
AT = 1_409_205_600  # 28 August 2014, 07:00 in London


def a_case(**values: Any) -> Case:
    known = {
        "age_years": 22.0,
        "sex": "male",
        "premises": "burial_ground",
        "area": "KD",
        "missing_items": ("keys", "phone"),
        "posture": ("sitting",),
        "extra": {"known_as": "Sam", "name_used_by_family": "Sammy"},
    }
    return Case("BD-2", AT, **{**known, **values})


def test_it_says_who_where_when_and_the_one_feature_with_the_number_second() -> None:
    identity = identify(a_case(), CLOCK)
    assert identity.who_and_where == (
        "Man, 22 · churchyard or cemetery, KD · 28 Aug 2014 · phone missing"
    )
    assert str(identity) == (
        "Sammy · man, 22 · churchyard or cemetery, KD · 28 Aug 2014 · phone missing (BD-2)"
    )


def test_a_narrow_column_has_who_where_and_the_number() -> None:
    assert identify(a_case(), CLOCK).brief == "Sammy · man, 22 · churchyard or cemetery, KD (BD-2)"
    assert identify(Case("A-1", AT), CLOCK).brief == "Death (A-1)"


def test_a_reader_without_the_right_to_the_name_does_not_get_it() -> None:
    assert "Sam" not in str(identify(a_case(), CLOCK, named=False))


@pytest.mark.parametrize("kind", [Kind.NON_FATAL, Kind.MISSING_PERSON])
def test_the_living_are_neither_named_nor_described_by_what_was_seen(kind: Kind) -> None:
    said = str(identify(a_case(kind=kind), CLOCK))
    assert "Sam" not in said
    assert "phone" not in said
    assert "sitting" not in said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Man, 22"),
        ({"age_years": 17.9}, "Boy, 17"),
        ({"sex": "female", "age_years": 18.0}, "Woman, 18"),
        ({"sex": "female", "age_years": 1.5}, "Girl, 18 months"),
        ({"sex": "female", "age_years": 1 / 12}, "Girl, 1 month"),
        ({"age_years": None}, "Man"),
        ({"sex": None}, "Person, 22"),
        ({"sex": "other"}, "Person, 22"),
        ({"sex": None, "age_years": None}, "Death"),
        ({"sex": None, "age_years": None, "kind": Kind.NON_FATAL}, "Incident"),
        ({"kind": Kind.NON_FATAL}, "Incident: man, 22"),
        ({"sex": None, "age_years": None, "kind": Kind.MISSING_PERSON}, "Missing person"),
    ],
)
def test_who(values: dict[str, Any], said: str) -> None:
    assert who(a_case(**values)) == said


def test_what_is_missing_is_left_out_and_nothing_is_invented() -> None:
    assert str(identify(Case("A-1", AT), CLOCK)) == "Death · 28 Aug 2014 (A-1)"
    bare = a_case(premises="other", area=None, missing_items=(), posture=None, extra={})
    assert identify(bare, CLOCK).line == "Man, 22 · 28 Aug 2014"


def test_the_rarest_recorded_feature_is_shown_where_counts_are_at_hand() -> None:
    counts = {
        ("missing_items", "phone"): 90,
        ("missing_items", "keys"): 40,
        ("posture", "sitting"): 3,
    }
    assert feature(a_case(), counts) == "sitting"
    assert feature(a_case(posture=None), counts) == "keys missing"
    assert feature(a_case(posture=None), {("scene", "note"): 1}) == "phone missing"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "phone missing"),
        ({"missing_items": ()}, "sitting"),
        ({"missing_items": (), "posture": None, "substances": ("ghb",)}, "GHB"),
        ({"missing_items": (), "posture": None, "scene": ("note",)}, "note"),
        ({"missing_items": (), "posture": None}, ""),
    ],
)
def test_without_counts_the_order_is_fixed(values: dict[str, Any], said: str) -> None:
    assert feature(a_case(**values)).lower() == said.lower()


def test_a_lifestyle_word_is_never_a_label() -> None:
    lifestyle = sorted(words("scene").lifestyle)
    assert lifestyle
    assert feature(Case("A-1", AT, scene=(lifestyle[0],))) == ""


def test_a_direction_override_in_a_record_cannot_turn_the_line_about() -> None:
    assert "\u202e" not in str(identify(a_case(extra={"known_as": "Sam\u202e"}), CLOCK))
