"""Whose a phrase is, what a clause is about, and what only happens by habit or might happen."""

from datetime import datetime

import pytest

from clew.intake.prose.prose_fact import Report
from clew.intake.prose.read import read_narrative

REPORT = Report(reported=datetime(2015, 9, 14, 8))


def held(text: str) -> set[str]:
    return {f"{f.field}={f.value}" for f in read_narrative(text, REPORT) if f.applies}


@pytest.mark.parametrize(
    "text",
    [
        "The officer knelt beside him and felt for a pulse.",
        "Her husband, who had found her, was sitting at the kitchen table.",
        "Two youths with their hoods up ran off as we drove in.",
        "The wife came to the door in a nightdress.",
        "I noticed blood on the sleeve of the flatmate's shirt.",
        "The paramedic's bag was next to him.",
        "The oxygen was brought in by the crew.",
        "Crew put a needle into the left tibia.",
        "I spoke to the mother on the stairs.",
        "She, the caller, smelt of alcohol.",
    ],
)
def test_what_somebody_else_does_wears_or_owns_is_not_drawn(text: str) -> None:
    assert held(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "The car was on its side in a ditch.",
        "The statement was left face down on the desk.",
        "The tea beside him was stone cold.",
        "A picture hung from a hook over the bed.",
        "The post office is next to the church.",
        "Take the path by the church and turn left.",
        "She lives by the river.",
        "The caller was walking along the path by the canal.",
    ],
)
def test_a_thing_and_a_way_are_no_posture_and_no_place_of_a_body(text: str) -> None:
    assert held(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "He usually wore dark glasses because of his eyes.",
        "He would usually sit in the armchair by the window all day.",
        "He told his GP that he drank two pints a week.",
        "He was offered cocaine at the party but refused.",
        "She had threatened to cut her wrists.",
        "Any marks on the neck are to be looked for at the post mortem.",
        "GHB was not tested for.",
    ],
)
def test_habits_offers_and_what_is_still_to_be_done_are_not_drawn(text: str) -> None:
    assert held(text) == set()


def test_a_denial_reaches_over_what_is_told_of_a_thing_and_through_a_list() -> None:
    assert held("The note which the sister speaks of has never been found.") == set()
    assert held("The bottle that the caller described was not at the scene.") == set()
    assert held("He never touched cocaine, heroin or cannabis in his life.") == set()
    assert held("Without the PIN the phone cannot be examined.") == set()


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Her carer found her lying on her back by the bed.", "posture=supine"),
        ("The resident was found on her left side by night staff.", "posture=on_left_side"),
        ("The caller heard him groaning.", "scene=signs_of_life_reported"),
        ("A witness saw him with an older man in the park.", "scene=seen_with_another"),
        ("Police forced the door on a concern for welfare.", "scene=forced_by_police_or_fire"),
        ("Body was by the west wall of the church.", "scene=by_wall_or_building"),
    ],
)
def test_who_only_finds_sees_or_tells_takes_nothing_away(text: str, fact: str) -> None:
    assert fact in held(text)


@pytest.mark.parametrize(
    "text",
    [
        "He got on the W3 bus.",
        "She has a P45 and no job.",
        "3 Constables Drive over from the next district.",
        "Hospital number 0123456789 refers to her.",
        "Form COR-12 was sent to the coroner.",
        "Ambulance call sign EA-402 attended.",
        "The suspect was last seen running towards the park at 2100.",
    ],
)
def test_shapes_that_are_no_marks(text: str) -> None:
    assert held(text) == set()
