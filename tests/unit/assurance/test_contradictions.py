"""When a new fact contradicts what a closed death was closed on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clew.assurance.classes import EXPECTED, HOMICIDE, INVESTIGATED, NOT_SUSPICIOUS
from clew.assurance.contradictions import CATEGORIES, MANNERS, contradicted
from clew.model.case import Case
from clew.vocabulary.load import words

CASE = Case("K-1", 0)


@pytest.mark.parametrize(
    ("closed_as", "fact", "against"),
    [
        (NOT_SUSPICIOUS, {"manner": "unlawful_killing"}, True),
        (NOT_SUSPICIOUS, {"manner": "open"}, True),
        (NOT_SUSPICIOUS, {"manner": "a_word_of_their_own"}, True),
        (NOT_SUSPICIOUS, {"manner": "suicide"}, False),
        (EXPECTED, {"manner": "suicide"}, True),
        (EXPECTED, {"manner": "natural"}, False),
        (NOT_SUSPICIOUS, {"manner": None}, False),
        (NOT_SUSPICIOUS, {"category": HOMICIDE}, True),
        (NOT_SUSPICIOUS, {"category": INVESTIGATED}, True),
        (NOT_SUSPICIOUS, {"category": NOT_SUSPICIOUS}, False),
        (EXPECTED, {"category": NOT_SUSPICIOUS}, True),
        (NOT_SUSPICIOUS, {"moved_after_death": True}, True),
        (NOT_SUSPICIOUS, {"moved_after_death": False}, False),
        (NOT_SUSPICIOUS, {"allegation": "Somebody was with him"}, True),
        (INVESTIGATED, {"manner": "homicide"}, False),
    ],
)
def test_what_contradicts_a_closing(closed_as: str, fact: dict[str, object], against: bool) -> None:
    after = replace(CASE, **fact)  # type: ignore[arg-type]
    assert contradicted(closed_as, tuple(fact), after) == (tuple(fact) if against else ())
    assert contradicted(closed_as, (), after) == (), "what did not change contradicts nothing new"


def test_each_word_that_agrees_is_one_of_the_vocabulary() -> None:
    assert set().union(*MANNERS.values()) <= set(words("manners").ids)
    assert set().union(*CATEGORIES.values()) <= set(words("classes").ids)
