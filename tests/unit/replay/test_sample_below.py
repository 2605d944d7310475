import dataclasses
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy.stats import hypergeom

from clew.errors import UsageRejected
from clew.model.alert import AlertRow, Trigger
from clew.model.finding import Relation, Tier
from clew.model.sample import Key, SampleReading
from clew.model.values import DAY, HOUR
from clew.replay.blind_sample import (
    Week,
    below_budget,
    draw_sample,
    interval,
    judge_sample,
    week_of,
)

ZONE = ZoneInfo("Europe/London")
WEEK = week_of(date(2014, 8, 27), ZONE)


def row(n: int, **changes: object) -> AlertRow:
    given: dict[str, object] = {
        "at": WEEK.begins + n % (7 * 24) * HOUR,
        "case_id": f"C{n:04d}",
        "linked_case_id": f"OLD{n:04d}",
        "rank": 1,
        "priority": 1.0,
        "micro_bans": 0,
        "chance": 0.1,
        "compared": 0,
        "tier": Tier.SIMILARITY,
        "relation": Relation.LEAD,
        "trigger": Trigger.NEW_CASE,
        "alert": False,
        **changes,
    }
    return AlertRow(**given)  # type: ignore[arg-type]


BELOW = [row(n) for n in range(60)]
ALERTED = [row(n, alert=True, priority=4.0) for n in range(100, 108)]


def draw(rows: Sequence[AlertRow], size: int = 20, seed: int = 7, week: Week = WEEK) -> Key:
    return draw_sample(rows, week, size, seed, np.random.default_rng(seed))


def fill(key: Key, worth: set[tuple[str, str]]) -> list[SampleReading]:
    return [
        SampleReading(d.sample_id, d.case_a, d.case_b, (d.case_a, d.case_b) in worth, "A reader")
        for d in key.drawn
    ]


@pytest.mark.parametrize("day", [date(2014, 8, 25), date(2014, 8, 28), date(2014, 8, 31)])
def test_any_day_of_a_week_names_it(day: date) -> None:
    week = week_of(day, ZONE)
    assert (week, week.name, week.monday) == (WEEK, "2014-W35", date(2014, 8, 25))
    assert week.begins == 1_408_921_200  # 24 August, 23:00 UTC: midnight of summer time


def test_a_week_in_which_the_clocks_change_is_an_hour_longer() -> None:
    week = week_of(date(2014, 10, 26), ZONE)
    assert week.ends - week.begins == 7 * DAY + HOUR


def test_the_edge_of_the_calendar_is_refused() -> None:
    with pytest.raises(UsageRejected, match="edge of the calendar"):
        week_of(date.max, ZONE)


def test_below_are_best_leads_of_that_week_that_never_alerted() -> None:
    pairs = below_budget(
        [
            row(1),
            row(1, trigger=Trigger.NEW_FACT),
            row(2, case_id="OLD0001", linked_case_id="C0001"),
            row(3, linked_case_id="FIRE", relation=Relation.SAME_EVENT, priority=9.0),
            row(3, rank=2),
            row(3, linked_case_id="LESS", rank=3, priority=0.5),
            row(4, alert=True),
            row(5, relation=Relation.DUPLICATE_REPORT),
            row(10, relation=Relation.SAME_EVENT),
            row(11, relation=Relation.SAME_HOUSEHOLD),
            row(12, update=True),
            row(13),
            row(13, rank=4, update=True),
            row(6, at=WEEK.begins - 1),
            row(7, at=WEEK.ends),
            row(8),
            row(8, at=WEEK.begins - DAY, alert=True),
            row(9),
            row(9, at=WEEK.ends, alert=True),
        ],
        WEEK,
    )
    assert pairs == [
        ("C0001", "OLD0001"), ("C0003", "OLD0003"), ("C0009", "OLD0009"), ("C0011", "OLD0011"),
    ]  # fmt: skip


def test_the_sample_is_random_repeatable_and_mixed() -> None:
    key = draw(BELOW + ALERTED)
    assert key == draw(list(reversed(BELOW + ALERTED)))
    assert key != draw(BELOW + ALERTED, seed=8)
    assert (key.week, key.below_in_week, key.seed) == ("2014-W35", 60, 7)
    assert sum(d.below for d in key.drawn) == 20
    assert sum(not d.below for d in key.drawn) == 5
    assert [d.sample_id for d in key.drawn] == [f"2014-W35-{n:02d}" for n in range(1, 26)]
    kinds = [d.below for d in key.drawn]
    assert kinds != sorted(kinds)
    assert kinds != sorted(kinds, reverse=True)
    assert all(d.case_a < d.case_b for d in key.drawn)


def test_every_pair_below_is_equally_likely_and_so_is_every_place_on_the_sheet() -> None:
    counts = dict.fromkeys([(f"C{n:04d}", f"OLD{n:04d}") for n in range(12)], 0)
    places = [0] * 6
    for seed in range(2_000):
        key = draw(BELOW[:12] + ALERTED, size=4, seed=seed)
        for place, d in enumerate(key.drawn):
            if d.below:
                counts[d.case_a, d.case_b] += 1
            else:
                places[place] += 1
    assert all(abs(count - 2_000 / 3) < 5 * (2_000 * 2 / 9) ** 0.5 for count in counts.values())
    assert all(abs(count - 2_000 / 3) < 5 * (2_000 * 2 / 9) ** 0.5 for count in places)


def test_few_are_all_drawn_and_controls_come_from_earlier_weeks() -> None:
    before = [row(n, alert=True, at=WEEK.begins - n * HOUR) for n in range(200, 210)]
    later = [row(300, alert=True, at=WEEK.ends)]
    key = draw(BELOW[:3] + before + later)
    assert sum(d.below for d in key.drawn) == 3
    assert {d.case_a for d in key.drawn if not d.below} == {"C0200", "C0201"}
    assert all(d.below for d in draw(BELOW).drawn)


def test_an_alert_is_a_control_whatever_its_rank_and_an_update_is_none() -> None:
    rows = [row(n, alert=True, rank=1 + n % 5) for n in range(100, 105)]
    rows += [row(n, update=True) for n in range(200, 205)]
    key = draw([*BELOW, *rows])
    assert {d.case_a for d in key.drawn if not d.below} == {f"C{n:04d}" for n in range(100, 105)}


@pytest.mark.parametrize("rows", [[], ALERTED, [row(1, relation=Relation.SAME_EVENT)]])
def test_nothing_below_is_said_and_not_drawn(rows: list[AlertRow]) -> None:
    with pytest.raises(UsageRejected, match="no best match fell below the budget in the week"):
        draw(rows)


def test_a_filled_sheet_is_judged() -> None:
    rows = BELOW + ALERTED
    key = draw(rows)
    worth = {(d.case_a, d.case_b) for d in key.drawn if not d.below}
    worth |= {(d.case_a, d.case_b) for d in [d for d in key.drawn if d.below][:2]}
    sheet = fill(key, worth)
    blank = [i for i, d in enumerate(key.drawn) if d.below][-1]
    sheet[blank] = dataclasses.replace(sheet[blank], worth=None, reader="Nobody")
    missed = judge_sample(rows, WEEK, sheet, key)
    assert (missed.below.drawn, missed.below.read, missed.below.worth) == (20, 19, 2)
    assert (missed.controls.read, missed.controls.worth) == (5, 5)
    assert missed.estimate == pytest.approx(60 * 2 / 19)
    assert (missed.low, missed.high) == interval(2, 19, 60)
    assert missed.readers == ("A reader",)


def test_a_blank_sheet_says_nothing() -> None:
    key = draw(BELOW + ALERTED)
    sheet = [dataclasses.replace(r, worth=None) for r in fill(key, set())]
    missed = judge_sample(BELOW + ALERTED, WEEK, sheet, key)
    assert (missed.estimate, missed.low, missed.high, missed.readers) == (None, 0, 60, ())


def test_what_does_not_belong_together_is_refused() -> None:
    rows = BELOW + ALERTED
    key = draw(rows)
    sheet = fill(key, set())
    with pytest.raises(UsageRejected, match="sheet and key differ at 2014-W35"):
        judge_sample(rows, WEEK, sheet[1:], key)
    with pytest.raises(UsageRejected, match="the key is of week 2014-W35"):
        judge_sample(rows, week_of(date(2014, 9, 3), ZONE), sheet, key)
    with pytest.raises(UsageRejected, match="59 pairs below the budget"):
        judge_sample(rows[1:], WEEK, sheet, key)


# The law: the interval holds the truth at least as often as it says.


@pytest.mark.parametrize(("total", "read"), [(1, 1), (12, 4), (40, 20), (60, 60), (210, 20)])
def test_the_interval_covers_every_truth_at_its_nominal_rate_or_better(
    total: int, read: int
) -> None:
    intervals = {}
    for worth in range(read + 1):
        intervals[worth] = interval(worth, read, total)
        low, high = intervals[worth]
        assert worth <= low <= high <= total - (read - worth)
    for truth in range(total + 1):
        possible = range(max(0, read - (total - truth)), min(read, truth) + 1)
        covered = sum(
            hypergeom.pmf(worth, total, truth, read)
            for worth in possible
            if intervals[worth][0] <= truth <= intervals[worth][1]
        )
        assert covered >= 0.95 - 1e-9


def test_in_simulation_the_interval_covers_the_truth_at_about_its_rate() -> None:
    rows = [row(n) for n in range(200)] + ALERTED
    pairs = below_budget(rows, WEEK)
    truth = np.random.default_rng(2014)
    covered, draws = 0, 600
    for seed in range(draws):
        count = int(truth.integers(0, 61))
        worth = {pairs[i] for i in truth.choice(len(pairs), size=count, replace=False)}
        key = draw(rows, size=40, seed=seed)
        missed = judge_sample(rows, WEEK, fill(key, worth), key)
        covered += missed.low <= count <= missed.high
    assert 0.95 - 2.6 * (0.95 * 0.05 / draws) ** 0.5 <= covered / draws <= 0.99


def test_reading_all_leaves_nothing_to_estimate_and_none_leaves_all() -> None:
    assert interval(3, 60, 60) == (3, 3)
    assert interval(0, 0, 60) == (0, 60)
    assert interval(0, 20, 210)[0] == 0
