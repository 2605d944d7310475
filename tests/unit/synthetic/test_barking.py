from datetime import datetime, timedelta

import numpy as np
import pytest

from clew.model.contract import CASE_COLUMNS, FACT_COLUMNS
from clew.synthetic.barking import FOUR, RELATED, BarkingOptions, barking_rows, read_record
from clew.synthetic.generated import Generated, Row, split_words
from clew.synthetic.medical import FREE_CHOICE, code_words

NOISY = BarkingOptions(wording_noise=True, missing_share=0.25)


def cell(generated: Generated, case: str, name: str) -> str:
    return next(row.get(name, "") for row in generated.rows if row["case_id"] == case)


def text(generated: Generated) -> str:
    return repr((generated.rows, generated.facts))


def test_seven_records_in_the_columns_of_the_contract() -> None:
    made = barking_rows()
    assert {row["case_id"] for row in made.rows} == {*FOUR, *RELATED}
    assert {name for row in made.rows for name in row} <= set(CASE_COLUMNS)
    assert all(list(fact) == list(FACT_COLUMNS) for fact in made.facts)


def test_every_row_has_a_source_a_confidence_and_a_mark() -> None:
    for fact in read_record():
        assert fact["source"]
        assert set(fact["confidence"].split("/")) <= {"S", "R", "I"}
        assert fact["hindsight"] in {"yes", "no"}
        assert fact["known_at"] <= fact["recorded_at"]
    assert sum(fact["hindsight"] == "yes" for fact in read_record()) >= 8


def test_hindsight_is_never_handed_out() -> None:
    hindsight = [fact for fact in read_record() if fact["hindsight"] == "yes"]
    latest = min(fact["recorded_at"] for fact in hindsight)
    for options in (BarkingOptions(), NOISY):
        made = barking_rows(options, np.random.default_rng(0))
        assert all(fact["recorded_at"] < latest for fact in made.facts)
        assert not any(fact["value"] in text(made) for fact in hindsight if len(fact["value"]) > 9)
        assert "homicide" not in {row.get("manner") for row in made.rows}


def test_nobody_is_named_in_any_row() -> None:
    written = repr(read_record())
    for name in ("Walgate", "Kovari", "Whitworth", "Taylor"):
        assert name not in written


def early_facts(generated: Generated) -> list[Row]:
    reported = {row["case_id"]: row["reported_at"] for row in generated.rows}
    return [
        fact
        for fact in generated.facts
        if datetime.fromisoformat(fact["recorded_at"])
        <= datetime.fromisoformat(reported[fact["case_id"]]) + timedelta(hours=48)
    ]


def test_48_hours_hold_no_toxicology_and_nothing_that_p1_later_pleaded() -> None:
    early = early_facts(barking_rows())
    names = {fact["field"] for fact in early}
    assert not names & {"substances", "tested_for", "cause", "manner", "manner_said_by"}
    assert not any("plead" in fact["value"] or "court" in fact["value"] for fact in early)
    assert any(fact["value"] == "caller:person:P1" for fact in early)
    without = barking_rows(BarkingOptions(late_facts=False, landlord=False))
    assert early_facts(without) == without.facts
    assert cell(without, "BD-1", "substances") == ""


def test_every_value_of_a_row_is_governed_by_facts() -> None:
    made = barking_rows()
    governed = {(fact["case_id"], fact["field"]) for fact in made.facts}
    for row in made.rows:
        for name in row.keys() - {"case_id", "kind", "reported_at"}:
            assert (row["case_id"], name) in governed


def test_options_take_people_and_papers_away() -> None:
    full = barking_rows()
    assert text(full).count("P1") > 5
    assert "P1" not in text(barking_rows(BarkingOptions(person_p1=False)))
    assert "W1" in text(full)
    assert "W1" not in text(barking_rows(BarkingOptions(finder_w1=False)))
    assert cell(full, "BD-2", "mentions") == "BD-1"
    quiet = barking_rows(BarkingOptions(landlord=False))
    assert cell(quiet, "BD-2", "mentions") == ""
    assert ":L1" not in text(quiet)
    assert cell(quiet, "BD-3", "mentions") == "BD-2"
    alone = barking_rows(BarkingOptions(related_records=False))
    assert {row["case_id"] for row in alone.rows} == set(FOUR)
    women = barking_rows(BarkingOptions(sex="female"))
    assert {cell(women, case, "sex") for case in FOUR} == {"female"}


def test_noise_needs_a_generator_and_repeats_by_seed() -> None:
    with pytest.raises(ValueError, match="generator"):
        barking_rows(NOISY)
    first = barking_rows(NOISY, np.random.default_rng(4))
    assert first == barking_rows(NOISY, np.random.default_rng(4))
    assert first != barking_rows(NOISY, np.random.default_rng(5))
    assert barking_rows() == barking_rows()


def test_two_coders_agree_on_about_thirty_per_cent() -> None:
    rng, shared, union = np.random.default_rng(1), 0, 0
    record = [
        (name, split_words(cell(barking_rows(), case, name)))
        for case in FOUR
        for name in FREE_CHOICE
    ]
    for _ in range(300):
        for name, words in record:
            one, two = (set(code_words(words, name, "outdoors", 0.3, rng)) for _ in range(2))
            shared += len(one & two)
            union += len(one | two)
    assert 0.25 < shared / union < 0.38


def test_full_agreement_keeps_every_word() -> None:
    rng = np.random.default_rng(1)
    assert code_words(["propped", "note"], "scene", "outdoors", 1.0, rng) == ["propped", "note"]


def test_noise_moves_points_and_ages_a_little_and_leaves_fields_out() -> None:
    rng, kept = np.random.default_rng(2), 0
    for _ in range(100):
        made = barking_rows(NOISY, rng)
        for case in FOUR:
            kept += bool(cell(made, case, "scene"))
            if cell(made, case, "latitude"):
                assert abs(float(cell(made, case, "latitude")) - 51.535) <= 0.002
            if age := cell(made, case, "age_years"):
                plain = cell(barking_rows(), case, "age_years")
                assert abs(int(age) - int(plain)) <= 2
    assert 0.55 < kept / 400 < 0.80
