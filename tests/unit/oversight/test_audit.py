"""The audit on made-up deaths: what is planted is found, and what is not alike is not compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from clew.errors import InputRejected
from clew.oversight.equality.compare import compare_groups
from clew.oversight.equality.deaths import Columns, band, done_of, month_load, select
from clew.oversight.equality.plan import MOST_OUTCOMES, PlannedOutcome, check_plan
from equality import PLAN, audit_made, simulate

TODAY = date(2026, 6, 1)


def names(*more: str) -> set[str]:
    return {"group_made", "unit", "hour", "scene", "load", "done", *more}


def test_a_planted_difference_is_found_and_its_interval_holds_it() -> None:
    found = audit_made(3, gap=-0.2, through_load=0.6)
    assert found.verdict == "difference"
    assert found.given_xw is not None
    assert found.given_xw.modelled.low <= -0.2 <= found.given_xw.modelled.high
    assert found.given_xw.pooled.low <= -0.2 <= found.given_xw.pooled.high


def test_a_gap_that_comes_through_load_vanishes_at_the_third_step() -> None:
    answers = [audit_made(seed, through_load=1.2, deaths=4_000) for seed in range(4)]
    second = np.mean([a.given_x.modelled.value for a in answers if a.given_x is not None])
    third = np.mean([a.given_xw.modelled.value for a in answers if a.given_xw is not None])
    by_load = np.mean([a.by_workload.value for a in answers if a.by_workload is not None])
    assert second < -0.04
    assert abs(third) < 0.02
    assert by_load == pytest.approx(second - third)


def test_swapping_the_groups_turns_every_figure_round() -> None:
    columns, period = simulate(np.random.default_rng(5), gap=-0.1)
    turned = replace(PLAN, focal=PLAN.reference, reference=PLAN.focal)
    one, other = (
        compare_groups(plan, columns, select(plan, columns, period), np.random.default_rng(1))
        for plan in (PLAN, turned)
    )
    a, b = one.outcomes[0], other.outcomes[0]
    assert a.focal == b.reference
    assert a.crude is not None
    assert b.crude is not None
    assert a.crude.value == pytest.approx(-b.crude.value)
    assert a.given_xw is not None
    assert b.given_xw is not None
    assert a.given_xw.pooled.value == pytest.approx(-b.given_xw.pooled.value)
    assert a.given_xw.modelled.value == pytest.approx(-b.given_xw.modelled.value, abs=0.01)


def test_groups_that_never_meet_cannot_be_compared() -> None:
    columns, period = simulate(np.random.default_rng(7))
    alone = ["1" if one == "f" else "0" for one in columns["group_made"]]
    apart = Columns({**columns.cells, "hour": alone}, columns.rows)
    found = compare_groups(PLAN, apart, select(PLAN, apart, period), np.random.default_rng(1))
    assert found.outcomes[0].verdict == "cannot be compared"


def test_few_deaths_cannot_be_compared() -> None:
    columns, period = simulate(np.random.default_rng(7), deaths=15)
    found = compare_groups(PLAN, columns, select(PLAN, columns, period), np.random.default_rng(1))
    assert found.outcomes[0].verdict == "cannot be compared"
    assert found.outcomes[0].crude is None


def test_a_group_that_is_not_recorded_is_counted_and_in_no_figure() -> None:
    columns, period = simulate(np.random.default_rng(2), missing="random")
    deaths = select(PLAN, columns, period)
    assert deaths.group_missing == sum(not one for one in columns["group_made"])
    assert deaths.rows.size + deaths.group_missing == columns.rows


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dated": date(2026, 6, 2)}, "after today"),
        ({"outcomes": ()}, "no outcome"),
        ({"outcomes": tuple(PlannedOutcome(str(k), "done") for k in range(MOST_OUTCOMES + 1))},
         "more than 8"),
        ({"focal": "r"}, "the same"),
        ({"alpha": 0.5}, "alpha"),
        ({"looks": 4}, "when each period ends"),
        ({"looks": 0}, "looks is 0"),
        ({"looks": 2, "look_ends": (date(2026, 7, 1), date(2026, 8, 1))}, "not over"),
        ({"looks": 2, "look_ends": (date(2025, 7, 1), date(2026, 8, 1))}, "before the plan"),
        ({"look_ends": (date(2026, 5, 1),)}, "one look"),
        ({"outcomes": (PlannedOutcome("done", "done", followed="hour"),)}, "is by_time"),
        ({"outcomes": (PlannedOutcome("done", "done", exploratory=True),)}, "exploratory"),
        ({"controls": (PlannedOutcome("done", "load"),)}, "the same name"),
        ({"outcomes": (PlannedOutcome("done", "done", within_hours=-1.0),)}, "above 0"),
        ({"outcomes": (PlannedOutcome("g", "group_made"),)}, "is the group and also"),
        ({"disputed": ("hour",)}, "disputed and also"),
        ({"disputed": ("lifestyle",)}, "never evidence"),
        ({"where": {"manner": ("suicide",)}}, "choose which deaths"),
        ({"where": {"category": ("homicide",)}}, "choose which deaths"),
        ({"where": {"group_faith": ("a",)}}, "sensitive trait"),
        ({"x": ("class",)}, "result of the enquiry"),
        ({"x": ("Post mortem kind",)}, "result of the enquiry"),
        ({"w": ("alert",)}, "no fact about the death"),
        ({"x": ("group_faith",)}, "sensitive trait"),
        ({"x": ("done",)}, "is an outcome"),
        ({"x": ("weather",)}, "no column weather"),
    ],
)  # fmt: skip
def test_a_plan_that_breaks_a_rule_is_refused(change: dict[str, object], words: str) -> None:
    check_plan(PLAN, names(), TODAY, "plan.toml")
    with pytest.raises(InputRejected, match=words) as refused:
        check_plan(replace(PLAN, **change), names(), TODAY, "plan.toml")  # type: ignore[arg-type]
    assert "plan.toml" in refused.value.line()


def test_bands_are_up_to_and_with_their_tops() -> None:
    assert band(["12", "13", "99", "", "x", "-1"], [12, 17]) == [
        "up to 12", "up to 17", "over 17", "not recorded", "not recorded", "not recorded",
    ]  # fmt: skip


def test_load_of_a_unit_is_its_months_over_its_mean() -> None:
    found = month_load(["A"] * 4, ["1", "1", "1", "2"])
    assert np.exp(found) == pytest.approx([1.5, 1.5, 1.5, 0.5])


def test_hours_beyond_the_limit_are_not_done_and_what_is_not_recorded_is_not_known() -> None:
    cells = ["2", "80", "", "no", "yes", "x"]
    outcome = PlannedOutcome("phone", "phone", within_hours=72)
    found = done_of(outcome, Columns({"phone": cells}, 6), np.arange(6))
    assert found[[0, 1, 3]].tolist() == [1.0, 0.0, 0.0]
    assert np.isnan(found[[2, 4, 5]]).all()
