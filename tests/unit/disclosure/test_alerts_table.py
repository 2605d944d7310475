import csv
import dataclasses
import json

import pytest
from sample_answer import LOCK, QUAY
from sample_replay import BEGINS, ENDS, LOCK_EVENT, TWICE, row, sample_replay

from clew.disclosure.csv_files import write_alerts, write_run
from clew.intake.inputs.alerts import read_alerts
from clew.model.alert import Budget

COLUMNS = (
    "at,case_id,linked_case_id,rank,priority,weight_bans,chance_per_case,tier,relation,"
    "trigger,alert,update,series_alert"
)


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def replay():
    return sample_replay()


def test_alerts_have_exactly_these_columns_in_the_order_of_the_replay(replay, tmp_path):
    path = tmp_path / "alerts.csv"
    write_alerts(path, replay.rows, replay)
    assert path.read_text("utf-8-sig").splitlines()[0] == COLUMNS
    rows = table(path)
    assert [(r["case_id"], int(r["rank"])) for r in rows] == [
        (r.case_id, r.rank) for r in replay.rows
    ]
    first = next(r for r in rows if r["relation"] == "duplicate_report")
    assert first == {
        "at": "2031-06-03T05:01:00+01:00",
        "case_id": "EM-2031-0420",
        "linked_case_id": "EM-2031-0419",
        "rank": "1",
        "priority": "6.000000",
        "weight_bans": "8.400000",
        "chance_per_case": "1e-06",
        "tier": "similarity",
        "relation": "duplicate_report",
        "trigger": "new_case",
        "alert": "0",
        "update": "0",
        "series_alert": "",
    }
    series = [(r["rank"], r["alert"], r["update"]) for r in rows
              if r["series_alert"] == f"{LOCK}+{QUAY}"]  # fmt: skip
    assert series == [("2", "1", "0"), ("1", "0", "1")]


def test_what_is_written_is_read_back(replay, tmp_path):
    path = tmp_path / "alerts.csv"
    write_alerts(path, replay.rows, replay)
    assert replay.updates
    for wrote, got in zip(replay.rows, read_alerts(path, "UTC"), strict=True):
        assert got.priority == pytest.approx(wrote.priority, abs=5.1e-7)
        assert got.chance == pytest.approx(wrote.chance, rel=5.1e-4)
        same = {"priority": 0.0, "chance": 0.0, "compared": 0, "changed": (), "series_size": 0}
        assert dataclasses.replace(got, **same) == dataclasses.replace(wrote, **same)


def test_an_id_that_a_spreadsheet_would_run_is_kept_harmless_and_read_back(tmp_path):
    path = tmp_path / "alerts.csv"
    opened = {"alert": True, "series_alert": '=1+1+@x","'}
    odd = sample_replay(
        rows=(row(BEGINS, ("=1+1", '@x","'), 2.0, **opened), row(BEGINS, ("-5", "'a"), 2.0))
    )
    write_alerts(path, odd.rows, odd)
    assert [r["case_id"] for r in table(path)] == ["'=1+1", "-5"]
    got = [(r.case_id, r.linked_case_id, r.series_alert) for r in read_alerts(path, "UTC")]
    assert got == [("=1+1", '@x","', '=1+1+@x","'), ("-5", "'a", "")]


def test_the_hour_that_comes_twice_is_distinguished(tmp_path):
    first = 1_414_283_400  # 26 October 2014, 01:30 in London, before the clocks go back
    rows = tuple(row(first + n * 3600, (f"A{n}", "B"), 1.0) for n in range(2))
    write_alerts(tmp_path / "a.csv", rows, sample_replay(rows=rows))
    assert [r["at"] for r in table(tmp_path / "a.csv")] == [
        "2014-10-26T01:30:00+01:00",
        "2014-10-26T01:30:00+00:00",
    ]
    assert [r.at for r in read_alerts(tmp_path / "a.csv", "UTC")] == [first, first + 3600]


def test_below_holds_every_best_match_that_reached_nobody_since_it_could(replay, tmp_path):
    early = row(BEGINS - 1, ("EARLY", "OLD"), 3.0)
    more = dataclasses.replace(replay, rows=(early, *replay.rows))
    write_alerts(tmp_path / "b.csv", more.below, more)
    rows = table(tmp_path / "b.csv")
    wanted = [r.case_id for r in replay.rows if r.rank == 1 and not (r.alert or r.update)]
    # The moment whose lead alerted has a first match too, a death in the same event.
    wanted.remove(LOCK_EVENT.case_id)
    assert [r["case_id"] for r in rows] == wanted
    assert {(r["rank"], r["alert"], r["update"]) for r in rows} == {("1", "0", "0")}
    assert TWICE.case_id in wanted


def test_beyond_holds_what_is_shared_beyond_the_top(replay, tmp_path):
    write_alerts(tmp_path / "s.csv", replay.beyond, replay)
    (only,) = table(tmp_path / "s.csv")
    assert (only["rank"], only["tier"]) == ("9", "shared_entity")


def test_the_run_s_record_says_who_signed_and_what_was_not_searched(replay, tmp_path):
    write_run(tmp_path / "run.json", replay)
    run = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert run["signed_by"] == "Chief Superintendent R. Okafor"
    assert run["signed_on"] == "2031-05-28"
    assert (run["from"], run["to"]) == ("2031-06-01T00:00:00+01:00", "2031-11-30T23:59:00+00:00")
    assert run["alerts"] == sum(r.alert for r in replay.rows)
    below = (r.rank == 1 and not r.notifies and BEGINS <= r.at <= ENDS for r in replay.rows)
    assert run["below_budget"] == sum(below) - 1, "the lead of LOCK_EVENT's moment alerted"
    assert run["duplicates"] == 1
    assert [c["records"] for c in run["coverage"]] == [14_002, 2_304, 0, 0]
    write_run(tmp_path / "run.json", sample_replay(budget=Budget(0.03)))
    run = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert run["signed_by"] == "nobody has signed this budget"


def test_a_walk_that_ended_before_alerting_began_says_so(tmp_path):
    never = 1 << 62
    write_run(tmp_path / "run.json", sample_replay(rows=(), learns_from=never, begins=never))
    run = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert (run["learns_from"], run["from"]) == (None, None)


def test_same_replay_same_bytes(replay, tmp_path):
    again = sample_replay()
    for rows in ("rows", "below", "beyond"):
        write_alerts(tmp_path / "one", getattr(replay, rows), replay)
        write_alerts(tmp_path / "two", getattr(again, rows), again)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    write_run(tmp_path / "one", replay)
    write_run(tmp_path / "two", again)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_replay_without_rows_writes_headers_alone(tmp_path):
    empty = sample_replay(rows=(), beyond=())
    for rows in (empty.rows, empty.below, empty.beyond):
        write_alerts(tmp_path / "x.csv", rows, empty)
        assert (tmp_path / "x.csv").read_text("utf-8-sig").splitlines() == [COLUMNS]
        assert read_alerts(tmp_path / "x.csv", "UTC") == ()
