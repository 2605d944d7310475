"""Whatever the Barking record uses must be ordinary in the background too (the public record)."""

from collections import Counter

import pytest

from clew.synthetic.barking import barking_rows
from clew.synthetic.generated import Generated, split_words

AT_LEAST = 4
"""Occurrences in three years that count as ordinary rates: more than one a year (declared)."""
WORDS = (
    "posture lividity clothing body_state scene missing_items substances tested_for kind premises "
    "agency area sex category allegation allegation_status location_precision_m manner "
    "manner_said_by identity_status"
)


def count(generated: Generated, name: str) -> Counter[str]:
    return Counter(word for row in generated.rows for word in split_words(row.get(name, "")))


@pytest.mark.parametrize("name", WORDS.split())
def test_every_word_of_the_record_is_ordinary(three_years: Generated, name: str) -> None:
    background = count(three_years, name)
    for word in count(barking_rows(), name):
        assert background[word] >= AT_LEAST, (name, word, background[word])


def test_every_column_of_the_record_is_ordinary(three_years: Generated) -> None:
    background = Counter(name for row in three_years.rows for name in row)
    for name in {name for row in barking_rows().rows for name in row}:
        assert background[name] >= 100, (name, background[name])


def test_every_role_and_type_of_the_record_is_ordinary(three_years: Generated) -> None:
    def roles(generated: Generated) -> Counter[str]:
        names = (n for row in generated.rows for n in split_words(row.get("entities", "")))
        return Counter(name.rsplit(":", 1)[0] for name in names)

    background = roles(three_years)
    for role in roles(barking_rows()):
        assert background[role] >= AT_LEAST, (role, background[role])


def test_people_recur_in_the_background(three_years: Generated) -> None:
    for role, least in (("finder:person", 20), ("companion:person", 5), ("accused:person", 2)):
        codes = Counter(
            name
            for row in three_years.rows
            for name in split_words(row.get("entities", ""))
            if name.startswith(f"{role}:")
        )
        assert sum(number > 1 for number in codes.values()) >= least, role


def test_points_are_written_alike(three_years: Generated) -> None:
    def places(generated: Generated) -> set[int]:
        return {len(r["latitude"].split(".")[1]) for r in generated.rows if "latitude" in r}

    assert places(barking_rows()) == places(three_years) == {3}


def test_dates_alone_and_shared_burial_grounds_are_ordinary(three_years: Generated) -> None:
    alone = sum("T" not in row["reported_at"] for row in three_years.rows)
    assert 0.1 < alone / len(three_years.rows) < 0.2
    grounds = Counter(
        row["place_key"]
        for row in three_years.rows
        if row.get("premises") == "burial_ground" and "place_key" in row
    )
    assert len(grounds) >= 10
