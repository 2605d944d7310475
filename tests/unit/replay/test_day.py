"""Rounds, one after another, give the rows that one replay of the same files gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from small_force import SMALL

from clew.comparison.weights.weight_table import declared_table
from clew.intake.read import CaseSources
from clew.model.alert import AlertRow, Budget, Replay, Trigger
from clew.model.values import DAY, HOUR, Instant
from clew.replay.daily import DayRequest, EventMatches, compare_day
from clew.replay.learned_history import LearnedHistory
from clew.replay.store_versions import Versions
from clew.store.opened import Store
from clew.synthetic.demo import generate_demo
from clew.synthetic.generated import write_generated
from clew.workflows.replay import ReplayOptions, replay_cases
from clew.workflows.store import add_to_store

TABLE = declared_table()
FEW = replace(SMALL, deaths_a_day=2.0)
"""Some 560 records: enough for a budget to alert on, and quick."""


def instant(year: int, month: int, day: int) -> Instant:
    return int(datetime(year, month, day, 7, tzinfo=ZoneInfo("Europe/London")).timestamp())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    folder = tmp_path_factory.mktemp("small")
    write_generated(generate_demo(7, FEW), folder)
    add_to_store(folder / "store", CaseSources(folder / "cases.csv", folder / "facts.csv"))
    return Versions.from_store(Store(folder / "store"))


@pytest.fixture(scope="module")
def replayed(small: Versions) -> Replay:
    options = ReplayOptions(
        TABLE, Budget(0.05), begins=instant(2014, 6, 20), ends=instant(2014, 10, 10)
    )
    return replay_cases(small.store.case_file(), options)


def rounds(small: Versions, folder: Path, replayed: Replay) -> list[EventMatches]:
    """Run rounds of uneven length, each with nothing but what lies on the disk."""
    found: list[EventMatches] = []
    done = None
    kept = LearnedHistory(folder, TABLE.fingerprint)
    for as_of in [
        replayed.begins - DAY, replayed.begins, instant(2014, 7, 1), instant(2014, 8, 15),
        instant(2014, 9, 2), instant(2014, 9, 3), replayed.ends,
    ]:  # fmt: skip
        asked = DayRequest(TABLE, replayed.learns_from, as_of, done)
        found += compare_day(Versions.from_store(Store(small.store.folder)), asked, kept)
        done = as_of
    return found


def ranked(rows: tuple[AlertRow, ...]) -> list[AlertRow]:
    """Return the rows as they were ranked, before anything was decided of them."""
    bare = {"alert": False, "update": False, "series_alert": "", "series_size": 0}
    return [replace(row, **bare) for row in rows]  # type: ignore[arg-type]


def test_rounds_give_the_rows_of_a_replay(
    small: Versions, replayed: Replay, tmp_path: Path
) -> None:
    found = rounds(small, tmp_path, replayed)
    rows = [row for one in found for row in one.rows if one.event.at >= replayed.begins]
    assert [row for row in rows if row.rank <= 5] == ranked(replayed.rows)
    assert {(r.at, r.case_id, r.linked_case_id) for r in rows if r.rank > 5} == {
        (r.at, r.case_id, r.linked_case_id) for r in replayed.beyond
    }


def test_the_account_of_a_row_is_that_of_a_replay(
    small: Versions, replayed: Replay, tmp_path: Path
) -> None:
    found = {(one.event.at, one.event.case_id): one for one in rounds(small, tmp_path, replayed)}
    assert replayed.breakdowns
    for (at, case_id, linked), told in replayed.breakdowns.items():
        one = found[at, case_id]
        place = [row.linked_case_id for row in one.rows].index(linked)
        assert one.breakdowns()[place] == told
    one = next(one for one in found.values() if len(one.rows) > 1)
    assert [b.micro_bans for b in one.breakdowns()] == [row.micro_bans for row in one.rows]


def test_a_pair_that_is_named_is_compared_besides_as_it_was_then(
    small: Versions, tmp_path: Path
) -> None:
    asked = DayRequest(TABLE, instant(2014, 9, 1), instant(2014, 9, 3))
    plain = list(compare_day(small, asked, LearnedHistory(tmp_path, TABLE.fingerprint)))
    ranked_ids = {row.linked_case_id for row in plain[-1].rows}
    other = next(one.event.case_id for one in plain[:-1] if one.event.case_id not in ranked_ids
                 and one.event.case_id != plain[-1].event.case_id)  # fmt: skip
    best = plain[-1].rows[0].linked_case_id

    def named(case_id: str) -> tuple[str, ...]:
        return (other, best, "NOBODY") if case_id == plain[-1].event.case_id else ()

    found = list(
        compare_day(small, asked, LearnedHistory(tmp_path, TABLE.fingerprint), None, named)
    )
    *rows, last = found[-1].rows
    assert tuple(rows) == plain[-1].rows, "what ranked is not there twice"
    assert (last.linked_case_id, last.rank > 5) == (other, True)
    assert found[-1].weigh([other, best]) == [last.micro_bans, rows[0].micro_bans]
    assert [b.micro_bans for b in found[-1].breakdowns()] == [r.micro_bans for r in found[-1].rows]


def test_nothing_recorded_after_a_round_changes_what_it_said(tmp_path: Path) -> None:
    made = generate_demo(7, FEW)
    as_of = instant(2014, 9, 3) - 7 * HOUR
    until = "2014-09-03"
    told = []
    for name, later in (("all", True), ("then", False)):
        folder = tmp_path / name
        told_of = [f for f in made.facts if f["field"] != "narrative"]
        facts = [f for f in told_of if later or f["recorded_at"] < until]
        rows = [r for r in made.rows if later or r["reported_at"] < until]
        ruled = {(f["case_id"], f["field"]) for f in made.facts}
        # Prose is left out: what facts rule later is not read from it, by the contract.
        ruled |= {(r["case_id"], "narrative") for r in made.rows}
        rows = [{k: v for k, v in r.items() if (r["case_id"], k) not in ruled} for r in rows]
        write_generated(replace(made, rows=rows, facts=facts), folder)
        add_to_store(folder / "store", CaseSources(folder / "cases.csv", folder / "facts.csv"))
        asked = DayRequest(TABLE, instant(2014, 8, 20), as_of)
        versions = Versions.from_store(Store(folder / "store"))
        found = compare_day(versions, asked, LearnedHistory(folder / "past", TABLE.fingerprint))
        told.append([(one.rows, one.breakdowns()) for one in found])
    assert told[0] == told[1]
    assert len(told[0]) > 50


def test_late_papers_are_compared_right_after_the_round_that_should_have_had_them(
    small: Versions, tmp_path: Path
) -> None:
    done = instant(2014, 9, 21)
    asked = DayRequest(
        TABLE, instant(2014, 9, 1), done + DAY, done, {"BD-3": (), "BD-2": ("entities",)}
    )
    found = list(compare_day(small, asked, LearnedHistory(tmp_path, TABLE.fingerprint)))
    late = {one.event.case_id: one for one in found if one.event.at == done + 1}
    assert late["BD-3"].event.trigger is Trigger.NEW_CASE
    assert late["BD-2"].event.trigger is Trigger.NEW_FACT
    assert "BD-2" in {row.linked_case_id for row in late["BD-3"].rows}
    assert "BD-3" in {row.linked_case_id for row in late["BD-2"].rows}
