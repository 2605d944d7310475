"""What would go wrong unseen if one line of the audit were changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from clew.errors import InputRejected
from clew.oversight.equality.answers import KeptLook
from clew.oversight.equality.compare import compare_groups, kept_look
from clew.oversight.equality.deaths import Columns, select
from clew.oversight.equality.plan import PlannedOutcome, check_plan
from clew.oversight.equality.tables import BOTH, DONE, FOCAL, REFERENCE, UNDONE, UNKNOWN
from clew.oversight.suppression import FLOOR
from equality_made import IN_TIME, PLAN, audit_made, simulate

NAMES = {"group_made", "unit", "hour", "scene", "load", "done", "hours", "moved", "reported_at"}


def test_without_workload_a_gap_that_load_makes_would_be_called_a_difference() -> None:
    how = {"through_load": 1.2, "deaths": 6_000}
    assert audit_made(1, **how).verdict == "none shown"
    blind = audit_made(1, plan=replace(PLAN, w=()), **how)
    assert blind.verdict == "difference"
    assert blind.by_workload is None


def test_the_direction_is_that_of_the_focal_group() -> None:
    found = audit_made(2, gap=-0.2)
    assert found.crude is not None
    assert found.given_xw is not None
    assert found.of_focal is not None
    figures = (found.crude, found.given_xw.modelled, found.given_xw.pooled, found.of_focal)
    assert all(one.high < -0.1 for one in figures)
    later = audit_made(2, plan=replace(PLAN, outcomes=IN_TIME), slower=0.5)
    assert later.given_xw is not None
    assert later.times is not None
    assert later.given_xw.modelled.low > 5
    assert later.given_xw.pooled.low > 5
    assert later.times.ratio[2] < 0.7
    assert later.times.done[0][0] < later.times.done[1][0]


def test_no_count_below_the_floor_leaves_the_tables() -> None:
    columns, period = simulate(np.random.default_rng(3))
    few = ["" if row < 7 else cell for row, cell in enumerate(columns["done"])]
    rare = ["rare" if row < 5 else cell for row, cell in enumerate(columns["scene"])]
    columns = Columns({**columns.cells, "done": few, "scene": rare}, columns.rows)
    found = compare_groups(PLAN, columns, select(PLAN, columns, period), np.random.default_rng(1))
    shown = found.tables.shown
    assert all(count >= FLOOR for count in shown.values())
    for group in (FOCAL, REFERENCE):
        parts = [shown.get((group, "outcome", "done", s)) for s in (DONE, UNDONE, UNKNOWN)]
        # What was done is shown, so the whole may not be: else the unknown few would follow.
        assert parts[0] is not None
        assert parts[1] is not None
        assert parts[2] is None
        assert ("file", group) not in shown
    assert ("file", BOTH) not in shown


@pytest.mark.parametrize(
    ("today", "look", "words"),
    [(date(2025, 12, 31), 1, "after today"), (date(2026, 3, 31), 1, "not over"),
     (date(2026, 4, 1), 2, "not over"), (date(2026, 8, 1), 3, "no look 3")],
)  # fmt: skip
def test_nobody_looks_before_the_plan_is_dated_or_a_period_over(
    today: date, look: int, words: str
) -> None:
    plan = replace(PLAN, looks=2, look_ends=(date(2026, 3, 31), date(2026, 6, 30)))
    check_plan(plan, NAMES, date(2026, 4, 1), "plan.toml", look=1)
    with pytest.raises(InputRejected, match=words):
        check_plan(plan, NAMES, today, "plan.toml", look=look)


def test_a_first_look_needs_more_than_a_single_one_and_looks_add_up() -> None:
    plan = replace(PLAN, looks=2, look_ends=(date(2026, 3, 31), date(2026, 6, 30)))
    made = [simulate(np.random.default_rng(seed), gap=-0.07) for seed in (1, 2)]
    kept: list[KeptLook] = []
    verdicts, bounds = [], []
    for columns, period in made:
        deaths = select(plan, columns, period)
        found = compare_groups(plan, columns, deaths, np.random.default_rng(1), kept)
        kept.append(kept_look(found, "x"))
        verdicts.append(found.outcomes[0].verdict)
        bounds.append(found.looks[0])
    assert bounds[0].boundary == pytest.approx(2.963, abs=2e-3)
    assert bounds[1].boundary < 2.0
    assert abs(bounds[1].score) > abs(bounds[0].score)
    assert bounds[1].found
    assert verdicts[1] == "difference"


def test_a_control_that_differs_is_not_in_the_family() -> None:
    columns, period = simulate(np.random.default_rng(3), gap=-0.2)
    plan = replace(
        PLAN,
        outcomes=(PlannedOutcome("hour done", "hours", within_hours=24.0),),
        controls=(PlannedOutcome("control", "done"),),
        disputed=("moved_at_all",),
    )
    moved = ["yes" if cell else "no" for cell in columns["moved"]]
    columns = Columns({**columns.cells, "moved_at_all": moved}, columns.rows)
    found = compare_groups(plan, columns, select(plan, columns, period), np.random.default_rng(1))
    assert [one.name for one in found.outcomes] == ["hour done"]
    assert found.controls[0].verdict == "difference"
    assert found.outcomes[0].sensitivity is not None
    assert "moved_at_all" in found.outcomes[0].sensitivity.disputed
    assert 0 < found.global_p <= 1
