"""Look-alikes: one of each a draw, unrelated but for what the table says."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from clew.intake.read import read_case_file
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import Generated, split_words, write_generated
from synthetic.background import Background, background_force
from synthetic.lookalikes import draw_ghb, draw_lookalikes, lookalike_kinds
from synthetic.noise import OverlaySettings

EXACT = OverlaySettings(missing_share=0, coder_agreement=1, age_share=0, corrected_share=0)


@pytest.fixture(scope="module")
def background() -> Background:
    return background_force(1, ForceSettings(date(2013, 1, 1), date(2014, 6, 30), deaths_a_day=8))


def test_one_of_each_and_the_same_for_one_stream(background: Background) -> None:
    first = draw_lookalikes(background, np.random.default_rng(1))
    assert [made.kind for made in first] == list(lookalike_kinds())
    assert first == draw_lookalikes(background, np.random.default_rng(1))
    assert first != draw_lookalikes(background, np.random.default_rng(2))
    for made in first:
        assert set(made.members) == {row["case_id"] for row in made.rows}
        assert made.earlier == ()


def test_a_duplicate_is_one_death_in_two_reports_within_two_days(background: Background) -> None:
    for seed in range(30):
        made = draw_lookalikes(background, np.random.default_rng(seed), EXACT)[-1]
        one, two = made.rows
        assert len(made.members) == 2
        whens = [datetime.fromisoformat(row["reported_at"]) for row in (one, two)]
        assert abs((whens[1] - whens[0]).total_seconds()) <= 3 * 86_400
        assert one["agency"] != two["agency"]
        assert (one["age_years"], one["sex"]) == (two["age_years"], two["sex"])


def test_ghb_deaths_are_as_many_as_asked_and_spread(background: Background) -> None:
    made = draw_ghb(background, np.random.default_rng(1), EXACT)
    assert len(made.members) == 58
    assert all("ghb" in split_words(row["substances"]) for row in made.rows)
    days = {row["reported_at"][:10] for row in made.rows}
    assert len(days) > 45
    assert len(draw_ghb(background, np.random.default_rng(1), EXACT, count=7).members) == 7


def test_a_finder_finds_all_and_a_family_shares_its_home(background: Background) -> None:
    made = {m.kind: m for m in draw_lookalikes(background, np.random.default_rng(1), EXACT)}
    rows = made["finder_by_profession"].rows
    named = [{n for n in split_words(r["entities"]) if n.startswith("finder:")} for r in rows]
    assert len(set.intersection(*named)) == 1
    assert len({row["place_key"] for row in made["family"].rows}) == 1
    assert len({row["place_key"] for row in made["hostel"].rows}) == 1


def test_intake_rejects_nothing(tmp_path: Path, background: Background) -> None:
    made = draw_lookalikes(background, np.random.default_rng(4))
    rows = [row for group in made for row in group.rows]
    facts = [fact for group in made for fact in group.facts]
    write_generated(Generated(rows, facts, []), tmp_path)
    file = read_case_file(tmp_path / "cases.csv", facts=tmp_path / "facts.csv")
    assert file.rejects == ()
    assert len(file.histories) == len(rows)
