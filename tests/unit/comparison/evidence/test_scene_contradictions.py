"""Contradictions are derived by rule from raw observations, never typed in."""

from __future__ import annotations

from typing import Any

import pytest

from clew.comparison.evidence.cause import mechanism_of
from clew.comparison.evidence.scene import (
    ACCOUNT_AGAINST_TIME,
    LIVIDITY_AGAINST_POSTURE,
    NO_WAY_OF_COMING,
    contradictions,
)
from clew.comparison.evidence.substances import OUTSIDE_ROUTINE, routinely_tested
from clew.model.case import Case
from clew.model.values import HOUR, TimeWindow
from clew.vocabulary.load import words

REPORTED = 1_403_145_900


def case(**fields: Any) -> Case:
    return Case("C", REPORTED, **fields)


@pytest.mark.parametrize(
    ("posture", "lividity", "expected"),
    [
        (("against_wall", "sitting"), ("on_abdomen",), (LIVIDITY_AGAINST_POSTURE,)),
        (("supine",), ("anterior",), (LIVIDITY_AGAINST_POSTURE,)),
        (("prone",), ("posterior",), (LIVIDITY_AGAINST_POSTURE,)),
        (("prone",), ("on_abdomen",), ()),
        (("supine",), ("posterior",), ()),
        (("sitting",), ("on_abdomen", "posterior"), ()),
        (("prone",), ("on_chest", "posterior"), ()),
        (("on_left_side",), ("on_abdomen",), ()),
        (("sitting",), ("lower_limbs",), ()),
        (("sitting",), None, None),
        (None, ("on_abdomen",), None),
        (("sitting",), (), None),
        ((), ("on_abdomen",), None),
    ],
)
def test_blood_pools_where_the_body_lay(
    posture: tuple[str, ...] | None, lividity: tuple[str, ...] | None, expected: object
) -> None:
    assert contradictions(case(posture=posture, lividity=lividity), None) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"scene": ("signs_of_life_reported",), "body_state": ("cold", "rigor_full")},
            (ACCOUNT_AGAINST_TIME,),
        ),
        ({"scene": ("signs_of_life_reported",), "body_state": ("warm",)}, ()),
        ({"scene": (), "body_state": ("cold",)}, ()),
        ({"scene": None, "body_state": ("cold",)}, None),
        ({"scene": ("signs_of_life_reported",), "body_state": None}, None),
        (
            {
                "last_seen_alive": REPORTED,
                "window": TimeWindow(REPORTED - 9 * HOUR, REPORTED - HOUR),
            },
            (ACCOUNT_AGAINST_TIME,),
        ),
        (
            {
                "last_seen_alive": REPORTED - HOUR,
                "window": TimeWindow(REPORTED - 9 * HOUR, REPORTED - HOUR),
            },
            (),
        ),
        ({"last_seen_alive": REPORTED}, None),
    ],
)
def test_an_account_that_does_not_fit_the_time(fields: dict[str, Any], expected: object) -> None:
    assert contradictions(case(**fields), None) == expected


@pytest.mark.parametrize(
    ("scene", "gone", "far", "expected"),
    [
        (("no_vehicle",), None, True, (NO_WAY_OF_COMING,)),
        ((), ("keys", "phone"), True, (NO_WAY_OF_COMING,)),
        ((), ("keys",), True, ()),
        (("note",), None, True, ()),
        (("no_vehicle",), ("keys", "phone"), False, ()),
        (("no_vehicle",), None, None, None),
        (None, ("keys", "phone"), True, None),
    ],
)
def test_far_from_home_with_no_way_of_coming(
    scene: Any, gone: Any, far: bool | None, expected: object
) -> None:
    assert contradictions(case(scene=scene, missing_items=gone), far) == expected


def test_several_contradictions_are_all_told() -> None:
    derived = contradictions(
        case(
            posture=("sitting",),
            lividity=("on_abdomen",),
            scene=("no_vehicle", "signs_of_life_reported"),
            body_state=("cold",),
        ),
        far_from_home=True,
    )
    assert derived == (LIVIDITY_AGAINST_POSTURE, ACCOUNT_AGAINST_TIME, NO_WAY_OF_COMING)


def test_the_rules_speak_the_words_of_the_vocabulary() -> None:
    """A rule over a word that intake never writes would be silent for ever."""
    from clew.comparison.evidence import scene  # noqa: PLC0415

    assert words("lividity").ids
    assert set(words("lividity").ids) >= scene.POOLED_IN_FRONT | scene.POOLED_BEHIND
    assert set(words("posture").ids) >= scene.UPRIGHT_OR_ON_BACK | scene.FACE_DOWN
    assert set(words("body_state").ids) >= scene.DEAD_FOR_HOURS
    assert {scene.SIGN_OF_LIFE_REPORTED, scene.NO_MEANS} <= set(words("scene").ids)
    assert set(words("missing_items").ids) >= scene.TO_TRAVEL_WITH


def test_where_no_record_says_what_was_tested_all_but_the_declared_speak() -> None:
    cases = [case(substances=("cocaine", "ghb")), case(substances=("alcohol",)), case()]
    assert routinely_tested(cases) == {"cocaine", "alcohol"}
    assert "ghb" in OUTSIDE_ROUTINE


def test_where_records_say_what_was_tested_that_decides() -> None:
    tested = [("alcohol", "cocaine"), ("alcohol", "ghb"), ("alcohol", "cocaine"), ("alcohol",)]
    cases = [case(tested_for=t, substances=("ghb", "cocaine", "alcohol")) for t in tested]
    assert routinely_tested([*cases, case(substances=("heroin",))]) == {"alcohol", "cocaine"}
    assert routinely_tested([]) == frozenset()


@pytest.mark.parametrize(
    ("mechanism", "compared"),
    [("drug", "drug"), ("unascertained", None), (None, None)],
)
def test_what_was_not_found_out_is_missing(mechanism: str | None, compared: str | None) -> None:
    assert mechanism_of(case(mechanism=mechanism)) == compared
