"""Replay of a made-up force with the Barking record planted in it."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from small_force import JUNE

from clew.comparison.weights.weight_table import declared_table
from clew.disclosure.csv_files import write_alerts
from clew.errors import InputRejected, UsageRejected, WeightTableMismatch
from clew.model.alert import AlertRow, Budget, Replay, Trigger
from clew.model.case import Case, Entity
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.finding import Relation, Tier
from clew.model.judgement import Judgement, Verdict
from clew.model.values import DAY, HOUR, Point
from clew.replay.budget import AGAIN, Decisions
from clew.replay.events import COMPARED, Event
from clew.replay.monthly import WARM_UP_CASES
from clew.workflows.replay import ReplayOptions, replay_cases

OPTIONS = ReplayOptions(declared_table(), Budget(0.03, "A. Chief", "2014-01-02"), JUNE)


@pytest.fixture(scope="module")
def told(small_force: CaseFile) -> Replay:
    return replay_cases(small_force, OPTIONS)


def alert_bytes(told: Replay, folder: Path) -> bytes:
    write_alerts(folder / "alerts.csv", told.rows, told)
    return (folder / "alerts.csv").read_bytes()


def test_it_alerts_within_the_budget_and_finds_the_planted_record(told: Replay) -> None:
    assert 0 < len(told.alerts) <= 0.03 * told.deaths + 1
    assert all(row.rank == 1 and row.at >= JUNE for row in told.alerts)
    planted = [{row.case_id, row.linked_case_id} <= {"BD-1", "BD-2", "BD-3"} for row in told.alerts]
    assert any(planted), "two young men in one churchyard"
    assert (told.begins, told.learns_from < JUNE, told.began) == (JUNE, True, True)
    assert told.warnings == ()
    assert not told.hindsight


def test_every_trigger_has_up_to_five_rows_best_first(told: Replay) -> None:
    by_trigger: dict[tuple[int, str], list[AlertRow]] = {}
    for row in told.rows:
        by_trigger.setdefault((row.at, row.case_id), []).append(row)
    assert len(by_trigger) > 1_000
    for rows in by_trigger.values():
        assert [row.rank for row in rows] == [1, 2, 3, 4, 5]
        assert all(a.micro_bans >= b.micro_bans for a, b in pairwise(rows))
        assert len({row.linked_case_id for row in rows}) == 5
    assert all(row.at < JUNE and row.rank == 1 for row in told.warm_up)
    assert [row.at for row in told.rows] == sorted(row.at for row in told.rows)


def test_the_account_of_every_alert_adds_up_to_its_row(told: Replay) -> None:
    assert set(told.breakdowns) == {(row.at, row.case_id) for row in told.alerts}
    for row in told.alerts:
        account = told.breakdowns[row.at, row.case_id]
        assert {account.case_a, account.case_b} == {row.case_id, row.linked_case_id}
        assert sum(finding.micro_bans for finding in account.findings) == row.micro_bans
        assert account.micro_bans == row.micro_bans


def test_judging_every_link_not_linked_silences_nothing(
    small_force: CaseFile, told: Replay, tmp_path: Path
) -> None:
    pairs = sorted({tuple(sorted((row.case_id, row.linked_case_id))) for row in told.rows})
    no = tuple(
        Judgement(a, b, Verdict.NOT_LINKED, verified=True, decided_at=JUNE, decided_by="A")
        for a, b in pairs
    )
    assert len(no) > 1_000
    judged = replay_cases(small_force, replace(OPTIONS, judgements=no))
    assert alert_bytes(judged, tmp_path) == alert_bytes(told, tmp_path)
    assert judged.breakdowns == told.breakdowns


def test_new_facts_say_what_changed_and_alert_only_by_what_is_compared(told: Replay) -> None:
    new_facts = [row for row in told.rows if row.trigger is Trigger.NEW_FACT]
    assert len({(row.at, row.case_id) for row in new_facts}) > 300
    for row in told.rows:
        assert bool(row.changed) == (row.trigger is Trigger.NEW_FACT)
        if row.alert and row.changed:
            assert not COMPARED.isdisjoint(row.changed)
    assert any("substances" in row.changed for row in new_facts)


def test_two_reports_of_one_death_are_named_and_never_alert(told: Replay) -> None:
    double = [row for row in told.rows if row.relation is Relation.DUPLICATE_REPORT]
    assert told.duplicates
    assert not any(row.alert for row in double)
    assert {frozenset((r.case_id, r.linked_case_id)) for r in double} == {
        frozenset((r.case_id, r.linked_case_id)) for r in told.duplicates
    }


def test_stories_hold_every_moment_of_their_members(told: Replay) -> None:
    best: dict[tuple[int, str], AlertRow] = {}
    for row in (*told.warm_up, *told.rows):
        best.setdefault((row.at, row.case_id), row)
    assert told.stories
    for story in told.stories:
        members = {member.case_id for member in story.series.members}
        moments = [(seen.at, seen.case_id) for seen in story.moments]
        assert moments == sorted(moments)
        since = {key for key in best if key[1] in members and key[0] >= JUNE}
        assert since <= set(moments) <= set(best)
        for seen in story.moments:
            before = [row for row in told.alerts if row.at < seen.at]
            assert seen.alerts_before == len(before)
            assert seen.alerts_on_series == sum(
                {row.case_id, row.linked_case_id} <= members for row in before
            )
            if seen.row is not None:
                assert {seen.row.case_id, seen.row.linked_case_id} <= members
    barking = [s for s in told.stories if {"BD-1", "BD-2"} <= {m.case_id for m in s.series.members}]
    assert barking[0].first_alert is not None


# What is refused, and what is said


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01, float("nan")])
def test_a_budget_that_cannot_be_is_refused(small_force: CaseFile, share: float) -> None:
    with pytest.raises(UsageRejected, match="alerts per new death cannot be"):
        replay_cases(small_force, replace(OPTIONS, budget=Budget(share)))


def test_a_table_that_knows_later_is_refused_unless_allowed() -> None:
    table = replace(declared_table(), trained_until=JUNE + 1)
    late = replace(OPTIONS, table=table)
    with pytest.raises(WeightTableMismatch, match="trained on what came after"):
        replay_cases(few(), late)
    assert replay_cases(few(), replace(late, allow_hindsight=True)).hindsight
    on_time = replace(OPTIONS, table=replace(table, trained_until=JUNE))
    assert not replay_cases(few(), on_time).hindsight


def few(count: int = 30, **told: object) -> CaseFile:
    """So many records, one a day, the tenth of them in June."""
    cases = [
        Case(f"C{k:02d}", JUNE + (k - 10) * DAY, sex=("male", "female")[k % 2], **told)
        for k in range(count)
    ]
    return CaseFile("few.csv", tuple(CaseHistory(c.case_id, ((c.reported_at, c),)) for c in cases))


def test_too_short_a_file_warns_and_alerts_nothing() -> None:
    told = replay_cases(few(), replace(OPTIONS, begins=None))
    assert (told.rows, told.alerts, told.began) == ((), (), False)
    assert f"{WARM_UP_CASES} cases" in told.warnings[0]
    assert "--from" in told.warnings[0]


def test_what_cannot_be_walked_is_refused() -> None:
    with pytest.raises(InputRejected, match="1 case is known by then"):
        replay_cases(few(), replace(OPTIONS, begins=None, ends=JUNE - 10 * DAY))
    with pytest.raises(UsageRejected, match="--from lies after"):
        replay_cases(few(), replace(OPTIONS, ends=JUNE - 1))
    with pytest.raises(UsageRejected, match="--from lies after"):
        replay_cases(few(), replace(OPTIONS, begins=JUNE + 40 * DAY))


def test_late_toxicology_on_a_closed_death_alerts() -> None:
    """Two that lacked it were unlike; the one fact makes them alike, and says so."""
    here = Point(51.54, 0.08, 10.0)
    alike = {
        "point": here,
        "premises": "burial_ground",
        "entities": (Entity("caller", "phone", "T"),),
    }
    first = Case("A", JUNE + HOUR, substances=("ghb",), **alike)
    closed = Case("B", JUNE + 9 * DAY, sex="male")
    later = replace(closed, substances=("ghb",), **alike)
    histories = (
        *few(60, substances=("cocaine",), point=Point(51.0, 1.0)).histories,
        CaseHistory("A", ((first.reported_at, first),)),
        CaseHistory("B", ((closed.reported_at, closed), (JUNE + 40 * DAY, later))),
    )
    options = replace(OPTIONS, budget=Budget(1.0))
    told = replay_cases(CaseFile("made.csv", histories), options)
    (alert,) = [row for row in told.alerts if row.changed]
    assert (alert.case_id, alert.linked_case_id) == ("B", "A")
    assert alert.changed == ("point", "premises", "substances", "entities")
    assert (alert.at, alert.tier) == (JUNE + 40 * DAY, Tier.SHARED_ENTITY)


# Decisions


def row(at: int, priority: float, **told: object) -> AlertRow:
    given: dict[str, object] = {
        "at": at, "case_id": "B", "linked_case_id": "A", "rank": 1, "priority": priority,
        "micro_bans": 0, "chance": 10**-priority, "compared": 9, "tier": Tier.SIMILARITY,
        "relation": Relation.LEAD, "trigger": Trigger.NEW_CASE, "alert": False, **told,
    }  # fmt: skip
    return AlertRow(**given)  # type: ignore[arg-type]


def event(at: int, *changed: str) -> Event:
    trigger = Trigger.NEW_FACT if changed else Trigger.NEW_CASE
    return Event(at, Case("B", at), trigger, changed)


def test_a_pair_alerts_again_only_once_it_is_twice_as_surprising() -> None:
    decisions = Decisions(1.0, 0)
    for at in range(4):  # tokens enough
        decisions.take(event(at), None)
    assert decisions.take(event(5), row(5, 2.0))
    assert not decisions.take(event(6, "scene"), row(6, 2.0 + AGAIN - 0.01))
    assert not decisions.take(event(7, "agency"), row(7, 2.0 + AGAIN + 0.1)), "nothing compared"
    back = {"case_id": "A", "linked_case_id": "B"}
    assert not decisions.take(event(8, "scene"), row(8, 2.2, **back)), "the same pair, turned"
    assert decisions.take(event(9, "scene"), row(9, 2.0 + AGAIN + 0.2, **back))


def test_two_reports_of_one_death_neither_spend_nor_tell_what_is_ordinary() -> None:
    double = {"relation": Relation.DUPLICATE_REPORT}
    one, other = Decisions(0.5, 0), Decisions(0.5, 0)
    told = []
    for at in range(20):
        one.take(event(at), row(at, 9.0, **double))
        one.take(event(at, "agency"), None)
        told.append((one.take(event(at, "scene"), row(at, at / 10, linked_case_id=f"A{at}")),))
        other.take(event(at), None)
        told[-1] += (other.take(event(at, "scene"), row(at, at / 10, linked_case_id=f"A{at}")),)
    assert any(first for first, _ in told)
    assert all(first == second for first, second in told)


def test_nothing_alerts_before_it_begins_but_it_is_remembered() -> None:
    decisions = Decisions(0.5, begins=10)
    for at in range(10):
        assert not decisions.take(event(at), row(at, 5.0))
    assert not decisions.take(event(10), row(10, 5.0)), "ordinary by then"
    assert decisions.take(event(11), row(11, 5.1))
