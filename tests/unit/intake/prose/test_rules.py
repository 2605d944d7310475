"""Every rule is data with its own sentences: those that must draw it, and those that must not."""

from datetime import datetime

import pytest

from clew.intake.prose.prose_fact import Report
from clew.intake.prose.read import read_narrative
from clew.intake.prose.rules import RULED_FIELDS, ProseRule, rules
from clew.vocabulary.load import words

REPORT = Report(reported=datetime(2015, 9, 14, 8))
GUARDS = {"other", "any", "none"}


def shown() -> list[ProseRule]:
    return [
        c
        for c in rules().concepts
        if c.rule.value not in GUARDS
        and not c.rule.value.startswith("other_")
        and c.rule.field != "cue"
    ]


def name(concept: ProseRule) -> str:
    return f"{concept.rule.field}.{concept.rule.value}"


def held(text: str) -> set[tuple[str, str]]:
    return {(f.field, f.value) for f in read_narrative(text, REPORT) if f.applies}


def column(concept: ProseRule) -> str:
    return "missing_items" if concept.rule.field == "item" else concept.rule.field


@pytest.mark.parametrize("concept", shown(), ids=name)
def test_a_concept_is_drawn_from_its_sentences_and_from_no_other(concept: ProseRule) -> None:
    assert concept.says
    assert concept.never or concept.rule.field == "item"
    fact = (column(concept), concept.rule.value)
    assert [s for s in concept.says if fact not in held(s)] == [], "these must draw it"
    assert [s for s in concept.never if fact in held(s)] == [], "these must not"


def test_every_word_of_the_vocabularies_has_a_rule_but_lifestyle_words() -> None:
    ruled = {(column(c), c.rule.value) for c in shown()}
    for field in (*RULED_FIELDS, "missing_items"):
        book = words(field)
        wanted = {(field, word) for word in book.ids if word not in book.lifestyle}
        # Posture tells propped already, and scene that no weapon was there.
        assert wanted - ruled <= {("scene", "propped"), ("missing_items", "weapon")}
        assert {value for column_, value in ruled if column_ == field} <= set(
            book.ids
        ) - book.lifestyle
