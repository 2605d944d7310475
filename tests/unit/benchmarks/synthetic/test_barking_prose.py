"""The Barking record in prose: every style tells what the record holds, for both sexes."""

import numpy as np
import pytest

from clew.intake.prose.read import held_values, read_narrative
from clew.synthetic.barking import FOUR, BarkingOptions, read_record
from synthetic.barking_prose import IN_PROSE, prose_rows, report_of, styles

WANTED = {
    "BD-1": {
        "posture": "against_wall",
        "lividity": "on_abdomen",
        "body_state": "cold",
        "scene": "small_bottle",
    },
    "BD-2": {"posture": "against_wall", "clothing": "dark_glasses", "scene": "drug_paraphernalia"},
    "BD-3": {"posture": "against_wall", "scene": "note_in_plastic_sleeve", "mentions": "BD-2"},
    "BD-4": {"posture": "propped", "scene": "drug_paraphernalia"},
}
NEVER = {
    "needle_mark",
    "in_bed",
    "kneeling",
    "night_clothes",
    "phone_present",
    "ethanol",
    "cocaine",
    "heroin",
    "ketamine",
    "methamphetamine",
    "diazepam",
    "slumped",
}


def test_ten_styles() -> None:
    assert len(styles()) == 10


@pytest.mark.parametrize("sex", ["male", "female"])
@pytest.mark.parametrize("style", sorted(styles()))
def test_every_style_tells_what_the_record_holds_and_nothing_misleads(style: str, sex: str) -> None:
    for case in FOUR:
        text = report_of(case, style, sex)
        assert "{" not in text
        found = held_values(read_narrative(text))
        for field, value in (WANTED[case] | {"missing_items": "phone"}).items():
            assert value in found.get(field, ()), (case, field, value)
        drawn = {value for values in found.values() for value in values}
        assert not drawn & NEVER, case
        assert "note" not in drawn or case == "BD-3"


def test_nobody_is_named_and_no_hindsight_is_told() -> None:
    written = " ".join(text for reports in styles().values() for text in reports.values()).lower()
    for name in ("walgate", "kovari", "whitworth", "taylor", "murder", "forged", "planted", "gay"):
        assert name not in written
    assert sum(fact["hindsight"] == "yes" for fact in read_record()) >= 8


def test_no_column_of_the_four_holds_what_prose_tells() -> None:
    made = prose_rows(BarkingOptions(person_p1=False), np.random.default_rng(1), left_out=0.25)
    for row in made.rows:
        if row["case_id"] in FOUR:
            assert set(row) & IN_PROSE == {"narrative"}
    assert not [f for f in made.facts if f["case_id"] in FOUR and f["field"] in IN_PROSE]
    assert made == prose_rows(
        BarkingOptions(person_p1=False), np.random.default_rng(1), left_out=0.25
    )
