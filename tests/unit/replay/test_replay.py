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
from clew.model.finding import LEADS, Relation, Tier
from clew.model.judgement import Judgement, Verdict
from clew.model.values import DAY, HOUR, Point
from clew.replay.events import COMPARED
from clew.replay.monthly import WARM_UP_CASES
from clew.workflows.replay import ReplayOptions, replay_cases

OPTIONS = ReplayOptions(declared_table(), Budget(0.03, "A. Chief", "2014-01-02"), JUNE)


@pytest.fixture(scope="module")
def told(small_force: CaseFile) -> Replay:
    return replay_cases(small_force, OPTIONS)


def pair_of(row: AlertRow) -> frozenset[str]:
    return frozenset((row.case_id, row.linked_case_id))


def alert_bytes(told: Replay, folder: Path) -> bytes:
    write_alerts(folder / "alerts.csv", told.rows, told)
    return (folder / "alerts.csv").read_bytes()


def test_it_alerts_within_the_budget_and_finds_the_planted_record(told: Replay) -> None:
    assert 0 < len(told.alerts) <= 0.03 * told.deaths + 1
    assert all(row.relation in LEADS and row.at >= JUNE for row in (*told.alerts, *told.updates))
    assert len({(row.at, row.case_id) for row in told.alerts}) == len(told.alerts)
    assert len({(row.at, row.case_id) for row in told.updates}) == len(told.updates)
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
    assert all(row.at < JUNE for row in told.warm_up)
    assert len({(row.at, row.case_id) for row in told.warm_up}) == len(told.warm_up)
    for row in told.below:
        leads = [one for one in by_trigger[row.at, row.case_id] if one.relation in LEADS]
        assert row.priority == max(one.priority for one in leads) if leads else row.rank == 1
    assert [row.at for row in told.rows] == sorted(row.at for row in told.rows)


def test_the_account_of_every_alert_adds_up_to_its_row(told: Replay) -> None:
    reached = [*told.alerts, *told.updates]
    assert set(told.breakdowns) == {(r.at, r.case_id, r.linked_case_id) for r in reached}
    for row in reached:
        account = told.breakdowns[row.at, row.case_id, row.linked_case_id]
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
        if row.notifies and row.changed:
            assert not COMPARED.isdisjoint(row.changed)
    assert any("substances" in row.changed for row in new_facts)


def test_reports_of_one_death_and_deaths_in_one_event_are_named_and_never_alert(
    told: Replay,
) -> None:
    for relation, listed in (
        (Relation.DUPLICATE_REPORT, told.duplicates),
        (Relation.SAME_EVENT, told.same_events),
    ):
        found = [row for row in told.rows if row.relation is relation]
        assert listed
        assert not any(row.notifies for row in found)
        assert [pair_of(row) for row in listed] == list(dict.fromkeys(map(pair_of, found)))


def test_an_update_joins_a_series_that_alerted_and_says_its_size(told: Replay) -> None:
    """With a budget wide enough for a third record to join."""
    wide = replay_cases(few_alike(), replace(OPTIONS, budget=Budget(1.0)))
    assert wide.alerts
    assert wide.updates
    for replayed in (told, wide):
        members: dict[str, list[str]] = {}
        for row in replayed.rows:
            if row.notifies:
                came = members.setdefault(row.series_alert, [])
                assert bool(came) >= row.update, "what is updated has alerted"
                assert row.update <= (row.linked_case_id in came)
                assert not (row.update and row.case_id in came)
                came += [one for one in (row.linked_case_id, row.case_id) if one not in came]
                assert row.series_size == len(came)
            else:
                assert (row.series_alert, row.series_size) == ("", 0)


def test_the_rows_of_a_longer_file_begin_with_those_of_a_shorter_one(tmp_path: Path) -> None:
    """No hindsight, to the byte: alerts, updates and the series that they name."""
    whole = few_alike()
    options = replace(OPTIONS, budget=Budget(1.0))
    longest = alert_bytes(replay_cases(whole, options), tmp_path).splitlines()
    updates = 0
    for count in (12, 20, 32, 39):
        shorter = replace(whole, histories=whole.histories[:count])
        told = replay_cases(shorter, options)
        rows = alert_bytes(told, tmp_path).splitlines()
        assert rows == longest[: len(rows)]
        updates += len(told.updates)
    assert updates


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
            before = [row for row in told.rows if row.notifies and row.at < seen.at]
            assert seen.alerts_before == len(before)
            assert seen.alerts_on_series == sum(
                {row.case_id, row.linked_case_id} <= members for row in before
            )
            if seen.row is not None:
                assert {seen.row.case_id, seen.row.linked_case_id} <= members
            reached = [
                row
                for row in told.rows
                if row.notifies
                and (row.at, row.case_id) == (seen.at, seen.case_id)
                and {row.case_id, row.linked_case_id} <= members
            ]
            assert bool(reached) == (seen.row is not None and seen.row.notifies)
    barking = [s for s in told.stories if {"BD-1", "BD-2"} <= {m.case_id for m in s.series.members}]
    assert barking[0].first_alert is not None


# What is refused, and what is said


@pytest.mark.parametrize("share", [0.0, -0.1, 1.01, float("nan")])
def test_a_budget_that_cannot_be_is_refused(small_force: CaseFile, share: float) -> None:
    with pytest.raises(UsageRejected, match="alerts per new death is out of range"):
        replay_cases(small_force, replace(OPTIONS, budget=Budget(share)))


def test_a_table_that_knows_later_is_refused_unless_allowed() -> None:
    table = replace(declared_table(), trained_until=JUNE + 1)
    late = replace(OPTIONS, table=table)
    with pytest.raises(WeightTableMismatch, match="trained on cases after the start"):
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


def few_alike(count: int = 40) -> CaseFile:
    """So many records, three of them men found in one way, ten days apart."""
    here = Point(51.54, 0.08, 10.0)
    alike = {"sex": "male", "point": here, "premises": "burial_ground", "substances": ("ghb",),
             "posture": ("sitting",), "scene": ("note",)}  # fmt: skip
    histories = []
    for k, history in enumerate(few(count, substances=("cocaine",)).histories):
        case = history.versions[0][1]
        if k in {12, 22, 32}:
            case = replace(case, **alike)
        histories.append(replace(history, versions=((case.reported_at, case),)))
    return CaseFile("alike.csv", tuple(histories))


def test_too_short_a_file_warns_and_alerts_nothing() -> None:
    told = replay_cases(few(), replace(OPTIONS, begins=None))
    assert (told.rows, told.alerts, told.began) == ((), (), False)
    assert f"{WARM_UP_CASES} cases" in told.warnings[0]
    assert "--from" in told.warnings[0]


def test_what_cannot_be_walked_is_refused() -> None:
    with pytest.raises(InputRejected, match="1 case is known by then"):
        replay_cases(few(), replace(OPTIONS, begins=None, ends=JUNE - 10 * DAY))
    with pytest.raises(UsageRejected, match="--from is after"):
        replay_cases(few(), replace(OPTIONS, ends=JUNE - 1))
    with pytest.raises(UsageRejected, match="--from is after"):
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
