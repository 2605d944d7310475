import math

import pytest

from clew.disclosure.chance_words import (
    say_chance,
    say_sample,
    say_series_chance,
    two_figures,
)

YEAR = 10_978.0


def test_the_sentence_of_the_mission():
    assert say_chance(0.01, YEAR).sentence == (
        "In a year of 11,000 deaths, about 110 unrelated ones would find a match this good."
    )


@pytest.mark.parametrize(
    ("chance", "short"),
    [
        (1e-300, "fewer than one in ten years"),
        (0.0, "fewer than one in ten years"),
        (0.099 / YEAR, "fewer than one in ten years"),
        (0.1001 / YEAR, "about one in 10 years"),
        (0.25 / YEAR, "about one in 4 years"),
        (0.5 / YEAR, "about one in 2 years"),
        (0.9 / YEAR, "about one a year"),
        (1.4 / YEAR, "about one a year"),
        (1.5 / YEAR, "about 2 a year"),
        (9.6 / YEAR, "about 10 a year"),
        (12.4 / YEAR, "about 12 a year"),
        (0.01, "about 110 a year"),
        (0.0999, "about 1,100 a year"),
        (0.1, "up to about 1,100 a year"),
        (0.5, "up to about 5,500 a year"),
        (0.9999, "up to about 11,000 a year"),
        (1.0, "no better than chance"),
        (40.0, "no better than chance"),
    ],
)
def test_short_words(chance, short):
    assert say_chance(chance, YEAR).short == short


def test_words_never_get_rarer_as_chance_grows():
    def rate(words):
        number = words.short.removeprefix("up to ").removeprefix("about ").split(" ")[0]
        if words.short.startswith("fewer"):
            return 0.0
        if " in " in words.short:
            return 1 / int(words.short.split(" in ")[1].split(" ")[0])
        if number == "no":
            return math.inf
        return 1.0 if number == "one" else float(number.replace(",", ""))

    grid = [10 ** (-7 + i / 200) for i in range(1_500)]
    rates = [rate(say_chance(chance, YEAR)) for chance in grid]
    assert rates == sorted(rates)


def test_rounding_is_within_a_twentieth_or_half_a_death():
    for i in range(2, 900):
        chance = i / 9_000
        said = float(say_chance(chance, YEAR).short.split(" ")[-3].replace(",", ""))
        assert abs(said - chance * YEAR) <= max(0.5, 0.051 * chance * YEAR)


@pytest.mark.parametrize("deaths", [0.0, -1.0, math.nan, math.inf])
def test_without_a_yearly_rate_no_year_is_spoken_of(deaths):
    for chance in (1e-9, 0.01, 0.4, 3.0):
        words = say_chance(chance, deaths)
        assert "year" not in words.short + words.sentence
    assert say_chance(0.01, deaths).sentence == (
        "Of 1,000 deaths, about 10 unrelated would find a match this good."
    )


def test_a_small_year_keeps_its_number():
    assert say_chance(0.05, 57).sentence == (
        "In a year of 57 deaths, about 3 unrelated ones would find a match this good."
    )
    assert "one death a year" in say_chance(0.05, 1).sentence


@pytest.mark.parametrize("chance", [-0.1, math.nan, math.inf])
def test_what_is_no_expected_number_is_refused(chance):
    with pytest.raises(ValueError, match="expected number"):
        say_chance(chance, YEAR)
    with pytest.raises(ValueError, match="expected number"):
        say_series_chance(chance, 3)


@pytest.mark.parametrize(
    ("chance", "short"),
    [
        (0.000_9, "fewer than one in 1,000 such files"),
        (0.019, "about one in 53 such files"),
        (0.5, "about one in 2 such files"),
        (0.8, "about one in this file"),
        (3.2, "about 3 in this file"),
        (1_240.0, "about 1,200 in this file"),
    ],
)
@pytest.mark.parametrize("size", [3, 11])
def test_series_words(chance, short, size):
    words = say_series_chance(chance, size)
    assert words.short == short
    assert f"of {size} would look this much alike" in words.sentence


def test_two_figures_rounds_half_up():
    given = (0.0, 0.5, 2.5, 99.5, 104.9, 105.0, 1_349.0, 1_350.0)
    assert [two_figures(n) for n in given] == [0, 1, 3, 100, 100, 110, 1_300, 1_400]


def test_a_sample_is_named_where_there_was_one():
    assert say_sample(0) == ""
    assert say_sample(8_192) == (
        "How often unrelated deaths match was measured on a sample of 8,192 records."
    )
