"""Sentences are in the nouns of the mapping's crime; what records say is never changed."""

from __future__ import annotations

import pytest

from clew.disclosure.chance_words import say_chance
from clew.disclosure.crime_words import in_nouns, nouns_of
from clew.disclosure.report import environment


@pytest.mark.parametrize(
    ("crime", "one", "many"),
    [
        ("death", "death", "deaths"),
        ("burglary", "burglary", "burglaries"),
        ("homicide", "homicide", "homicides"),
        ("arson", "arson", "arsons"),
        ("sexual_assault", "sexual assault", "sexual assaults"),
        ("breach", "breach", "breaches"),
        ("key", "key", "keys"),
        ("trespass", "trespass", "trespasses"),
        ("fraud", "fraud", "frauds"),
        ("", "death", "deaths"),
    ],
)
def test_nouns(crime: str, one: str, many: str) -> None:
    assert nouns_of(crime) == (one, many)
    sentence = "Deaths: one death, two deaths; a deathbed"
    said = f"{many.capitalize()}: one {one}, two {many}; a deathbed"
    assert in_nouns(sentence, crime or "death") == said


def test_a_chance_of_burglaries_is_about_burglaries() -> None:
    for chance, a_year in ((2.0, 100), (0.2, 100), (0.001, 100), (1e-9, 100), (0.5, 0)):
        words = say_chance(chance, a_year, "burglary")
        assert "death" not in words.sentence + words.short
        assert "burglar" in words.sentence


def test_a_template_says_the_noun_and_a_value_keeps_its_word() -> None:
    text = "<p>Deaths near {{ cause }}, {{ words.count_of(2, 'death', 'deaths') }}</p>"
    page = environment("burglary").from_string(text).render(cause="sudden death")
    assert page == "<p>Burglaries near sudden death, 2 burglaries</p>"
    assert environment().from_string(text).render(cause="x").startswith("<p>Deaths near x, 2 d")
    evil = environment("<b>x").from_string(text).render(cause="y")
    assert "<b>" not in evil
