"""A round from the watched folder to the queue, its page, its retries, and what a restart finds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.utils import timezone
from made_desk import folder_owner
from populated import ZONE, hand_in
from signed_in import SignedIn

from clew.comparison.weights.weight_table import declared_table
from clew.desk.accounts.models import Account
from clew.desk.commands.rounds import run_here
from clew.desk.ledger.models import Act, Checkpoint, Entry
from clew.desk.records.facts import add_facts
from clew.desk.records.hand_ins import HandIn
from clew.desk.records.models import Case, Effort, Fact, SceneCard, SourceCoverage, Workload
from clew.desk.records.take_in import take_in
from clew.desk.review.models import AlertBudgetDecision, Decision, Judgement, Link, Pair, SeriesView
from clew.desk.review.runs import Round, RoundStep, Run
from clew.desk.rounds import inbox, run
from clew.desk.rounds.lease import Lease, LeaseLost, is_gone, my_name
from clew.desk.rounds.run import ask_by_the_clock, ask_for_round, run_next
from clew.desk.rounds.sync import forget_store, store_folder
from clew.desk.rounds.workload import time_to_first_detective
from clew.desk.settings import CONFIGURATION
from clew.errors import UsageRejected
from clew.intake.read import CaseSources
from clew.model.alert import Budget
from clew.store.opened import Store
from clew.workflows.replay import ReplayOptions, replay_cases

pytestmark = pytest.mark.database  # each claims, holds and ends rounds
DATES = [
    datetime(2014, 8, 29, 7, 0, tzinfo=ZONE),
    datetime(2014, 9, 22, 7, 0, tzinfo=ZONE),
    datetime(2014, 11, 10, 7, 0, tzinfo=ZONE),
]


@pytest.fixture(autouse=True)
def own_home(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a home of its own: folders are not rolled back as the database is."""
    home = tmp_path / "home"
    monkeypatch.setattr("clew.desk.rounds.sync.CONFIGURATION", _at(home))
    monkeypatch.setattr("clew.desk.rounds.inbox.CONFIGURATION", _at(home))
    monkeypatch.setattr(inbox, "STILL_S", 0.0)
    # The test's own transaction would keep the renewing thread waiting.
    monkeypatch.setattr("clew.desk.rounds.lease.RENEWED_S", 3600.0)
    folder_owner()
    yield home
    shutil.rmtree(home, ignore_errors=True)


def _at(home: Path) -> object:
    return CONFIGURATION.model_copy(update={"home": home})


def put_into_inbox(tmp_path: Path, ending: str = "") -> None:
    folder = tmp_path / "made"
    hand_in(folder)
    for path in folder.iterdir():
        path.replace(inbox.inbox() / f"{path.stem}{ending}{path.suffix}")


def test_what_lies_in_the_watched_folder_is_in_the_queue_after_a_round(tmp_path: Path) -> None:
    put_into_inbox(tmp_path)
    lines = list(run_here(DATES[0]))
    assert "67 records" in lines[0]
    assert Case.objects.count() == 67
    assert SourceCoverage.objects.exists()
    assert not [path for path in inbox.inbox().iterdir() if path.is_file()]
    assert len([*(inbox.inbox() / "done").iterdir()]) == 3
    last = Checkpoint.objects.latest("id")
    assert last.size + 1 == Entry.objects.count()  # the row that tells of it comes behind
    assert Store(store_folder()).case_count() == 67
    the_run = Run.objects.get()
    assert Link.objects.filter(run=the_run).exists()
    assert the_run.coverage
    assert Pair.objects.filter(first__case_id="BD-2", second__case_id="BD-1").exists()
    list(run_here(DATES[1]))
    assert Pair.objects.filter(first__case_id="BD-3", second__case_id="BD-2").exists()


@pytest.mark.parametrize("share", [0.01, 0.5])
def test_links_are_those_of_a_replay_from_the_same_moment(
    tmp_path: Path, signed_in: SignedIn, share: float
) -> None:
    signed_in("sue", "supervisor")
    sue = Account.objects.get(name="sue")
    decision = Decision.objects.create(
        number=1, title="Alert budget", maker=sue, recorded_by=sue, decided_at=DATES[0]
    )
    AlertBudgetDecision.objects.create(decision=decision, share=share)
    sources = hand_in(tmp_path / "made")
    take_in(sources, "test")
    for at in DATES:
        list(run_here(at))
    says = RoundStep.objects.filter(name="link").order_by("id")[0].says
    options = ReplayOptions(
        declared_table(), Budget(share), begins=says["begins"], ends=int(DATES[2].timestamp())
    )
    wanted = replay_cases(sources.read(), options)
    found = {
        (link.at.timestamp(), link.case.case_id, link.other.case_id): (
            link.rank, link.micro_bans, link.chance, link.alert, link.update, link.series_alert,
            link.series_size,
        )
        for link in Link.objects.select_related("case", "other")
    }  # fmt: skip
    assert len({(row.at, row.case_id) for row in wanted.rows}) > 5
    replayed = {
        (float(row.at), row.case_id, row.linked_case_id): (
            row.rank, row.micro_bans, row.chance, row.alert, row.update, row.series_alert,
            row.series_size,
        )
        for row in wanted.rows
    }  # fmt: skip
    for key, row in replayed.items():
        assert found.get(key, row) == row
    # What reached people is the same, both ways; so is every row of a record that arrived.
    told = {key: row for key, row in found.items() if row[3] or row[4]}
    assert told == {key: row for key, row in replayed.items() if row[3] or row[4]}
    arrived = [row for row in wanted.rows if row.trigger.value == "new_case"]
    assert {(float(r.at), r.case_id, r.linked_case_id) for r in arrived} <= found.keys()
    if share == 0.5:
        assert any(row[3] for row in told.values()), "an alert"
        assert any(row[4] for row in told.values()), "a record added to an alert"


def test_every_comparison_is_a_row_of_the_ledger(tmp_path: Path) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(DATES[0]))
    list(run_here(DATES[1]))
    row = Entry.objects.filter(act=Act.COMBINATION, subject="case:BD-3").first()
    assert row is not None
    assert '"BD-2"' in row.body
    assert '"version"' in row.body


def test_a_late_fact_from_the_folder_is_compared_at_the_next_round(tmp_path: Path) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(DATES[1]))
    facts = "case_id,field,op,value,known_at\nBD-1,scene,set,note,2014-09-01\n"
    (inbox.inbox() / "facts-late.csv").write_text(facts)
    list(run_here(DATES[1] + timedelta(days=1)))
    link = Link.objects.filter(case__case_id="BD-1", trigger="new_fact").latest("at")
    assert link.at == DATES[1] + timedelta(seconds=1)
    assert link.changed == ["scene"]


def test_a_fact_entered_here_leaves_the_reports_cell_standing(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(
        "case_id,reported_at,entities\nA,2014-01-01,finder:person:W1\nB,2014-01-02,\n"
    )
    take_in(CaseSources(tmp_path / "cases.csv"), "test")
    case = Case.objects.get(case_id="A")
    at = "2014-02-01T00:00:00.000000Z"
    fact = Fact(case=case, field="entities", op="add", value="caller:person:P1", known_at=at,
                recorded_at=at, entered_by="ann")  # fmt: skip
    add_facts(case, [fact], "ann")
    list(run_here(datetime(2014, 3, 1, tzinfo=ZONE)))
    history = next(h for h in Store(store_folder()).histories() if h.case_id == "A")
    assert [len(version.entities or ()) for _, version in history.versions] == [1, 2]


def at_a_past_time(monkeypatch: pytest.MonkeyPatch, module: str, at: datetime) -> None:
    monkeypatch.setattr(f"clew.desk.casework.{module}.desk_now", lambda: at)


def test_a_scene_card_is_compared_once_and_whole(
    tmp_path: Path, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(DATES[0]))
    client, sent = signed_in("sam", "supervisor"), datetime(2014, 9, 21, 8, 0, tzinfo=ZONE)
    area = Case.objects.get(case_id="BD-2").area
    at_a_past_time(monkeypatch, "scene_card", sent)
    values = {
        "card": "8a9ba4b0-0000-4000-8000-000000000000", "seen_at": "2014-09-20T05:00",
        "latitude": "51.535", "longitude": "0.076", "area": area, "phone": "absent",
        "bottle": "seen", "note": "seen", "wall": "seen", "sitting": "seen", "sex": "male",
        "age_years": "22", "premises": "burial_ground",
    }  # fmt: skip
    assert client.post("/scene-card", values).status_code == 302
    list(run_here(DATES[1]))
    links = Link.objects.filter(case__case_id="SCENE-2014-00001")
    assert {(link.at, link.trigger) for link in links} == {(sent, "new_case")}
    assert links.filter(other__case_id__startswith="BD-").exists()
    history = next(h for h in Store(store_folder()).histories() if h.case_id.startswith("SCENE"))
    ((at, version),) = history.versions
    assert (at, version.missing_items) == (int(sent.timestamp()), ("phone",))
    later = datetime(2014, 10, 1, 8, 0, tzinfo=ZONE)
    at_a_past_time(monkeypatch, "withdraw_card", later)
    card = SceneCard.objects.get()
    assert client.post(f"/withdraw-card/{card.pk}", {"reason": "Wrong body."}).status_code == 302
    list(run_here(DATES[2]))
    history = next(h for h in Store(store_folder()).histories() if h.case_id.startswith("SCENE"))
    assert [at for at, _ in history.versions] == [int(at.timestamp()) for at in (sent, later)]
    last = history.versions[-1][1]
    assert not [
        x for x in (last.missing_items, last.scene, last.posture, last.sex, last.point) if x
    ]
    assert set(links.values_list("at", flat=True)) <= {sent, later}


def test_a_file_that_cannot_be_taken_lies_in_quarantine_with_its_reason(tmp_path: Path) -> None:
    (inbox.inbox() / "cases-bad.csv").write_text("name,age\nx,1\n")
    (inbox.inbox() / "notes.txt").write_text("left alone")
    list(run_here(DATES[0]))
    (row,) = HandIn.objects.all()
    assert (row.state, row.by, row.files["cases"]["name"]) == (
        "quarantined", "folder", "cases-bad.csv",
    )  # fmt: skip
    assert "no column" in row.reason or "is missing" in row.reason
    aside = sorted(path.name for path in (inbox.inbox() / "quarantine").iterdir())
    assert aside == [f"{row.pk}-cases.csv", f"{row.pk}-cases.csv.reason.txt"]
    assert (inbox.inbox() / "notes.txt").exists()


def test_a_store_that_is_lost_is_made_again_and_gives_the_same_rows(tmp_path: Path) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(DATES[0]))
    forget_store()
    list(run_here(DATES[1]))
    again = {
        (link.case.case_id, link.other.case_id): link.micro_bans
        for link in Link.objects.filter(run=Run.objects.latest("id"))
    }
    assert again["BD-3", "BD-2"] > 0
    assert Store(store_folder()).case_count() == 67


def test_a_round_that_fails_is_tried_three_times_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> object:
        raise OSError("the disk is full")

    steps = [(name, words, fails if name == "store" else work) for name, words, work in run.STEPS]
    monkeypatch.setattr(run, "STEPS", tuple(steps))
    one = ask_for_round("ann", DATES[0])
    for tries in (1, 2, 3):
        assert run_next()
        one.refresh_from_db()
        assert one.tries == tries
        assert "the disk is full" in one.failed_because
    assert one.state == Round.FAILED
    assert not run_next()
    assert [step.name for step in one.steps.all()] == ["intake"]


def test_a_holder_that_is_gone_is_taken_over_and_one_that_lives_is_not() -> None:
    one = ask_for_round("ann", DATES[0])
    Round.objects.update(
        state=Round.RUNNING, held_by=my_name(), held_until=timezone.now() + timedelta(minutes=1)
    )
    assert not run_next()
    machine = my_name().partition(":")[0]
    Round.objects.update(held_by=f"{machine}:{os.getpid()}:1")
    assert is_gone(f"{machine}:{os.getpid()}:1")
    assert run_next()
    one.refresh_from_db()
    assert one.state == Round.DONE


def test_whoever_lost_its_hold_commits_nothing() -> None:
    one = ask_for_round("ann", DATES[0])
    Round.objects.update(state=Round.RUNNING, held_by="another:1:1", held_until=timezone.now())
    with pytest.raises(LeaseLost):
        Lease(one.pk).lock()
    with pytest.raises(LeaseLost):
        Lease(one.pk).say("x", 0.1)


def test_rounds_go_forward_in_time() -> None:
    first = ask_for_round("ann", DATES[1])
    assert ask_for_round("ann", DATES[1]) == first
    run_next()
    with pytest.raises(UsageRejected, match="asked for already"):
        ask_for_round("ann", DATES[0])
    with pytest.raises(UsageRejected, match="in the future"):
        ask_for_round("ann", timezone.now() + timedelta(days=1))


def test_the_clock_asks_once_a_day() -> None:
    first = ask_by_the_clock()
    assert first is not None
    assert ask_by_the_clock() is None
    run_next()
    assert ask_by_the_clock() is None


@pytest.mark.parametrize("hour", ["00:30", "01:00", "01:30", "01:59", "02:00", "06:00", "23:59"])
@pytest.mark.parametrize("night", [datetime(2025, 10, 26), datetime(2026, 3, 29)])
def test_a_night_in_which_the_clocks_change_skips_no_round_and_runs_none_twice(
    monkeypatch: pytest.MonkeyPatch, hour: str, night: datetime
) -> None:
    held = CONFIGURATION.model_copy(update={"round_at": hour})
    monkeypatch.setattr(run, "CONFIGURATION", held)
    at = (night - timedelta(hours=36)).replace(tzinfo=UTC)
    until, asked = at + timedelta(days=4), []
    while at < until:
        monkeypatch.setattr(run, "desk_now", lambda at=at: at)
        if ask_by_the_clock(at) is not None:
            asked.append(at)
            Round.objects.update(state=Round.DONE)
        at += timedelta(minutes=10)
    days = [timezone.localdate(one - timedelta(minutes=10)) for one in asked[1:]]
    assert len(asked) == 5  # the first look catches up with the day before
    assert len(set(days)) == 4, asked
    gaps = {(b - a) for a, b in pairwise(asked[1:])}
    assert gaps <= {timedelta(hours=h, minutes=m) for h in (23, 24, 25) for m in (0, 10, 50)}


def test_the_page_of_rounds_starts_one_and_says_what_it_did(
    signed_in: SignedIn, tmp_path: Path
) -> None:
    client = signed_in("ann", "analyst")
    empty = client.get("/rounds").content.decode()
    assert "No comparison has run yet" in empty
    assert "http-equiv" not in empty
    assert client.post("/rounds/ask").status_code == 302
    page = client.get("/rounds").content.decode()
    assert 'http-equiv="refresh"' in page
    assert "is waiting" in page
    run_next()
    page = client.get("/rounds").content.decode()
    assert "http-equiv" not in page
    assert "fewer than two records" in page
    assert signed_in("rob", "reporter").get("/rounds").status_code == 403


def test_workload_is_kept_each_day_and_staff_come_by_a_file(tmp_path: Path) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    (inbox.inbox() / "workload-1.csv").write_text(
        "unit,day,staff_on_duty\nKD,2014-09-22,7\nKD,someday,7\n"
    )
    list(run_here(DATES[1]))
    row = Workload.objects.get(unit="KD", day=DATES[1].date())
    assert row.staff_on_duty == 7
    assert row.open_deaths >= 2
    said = RoundStep.objects.get(name="intake").says["refused"]
    assert ["row 3" in line for line in said] == [True]


def test_series_of_both_views_are_kept_with_the_run(tmp_path: Path) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(DATES[0]))
    pair = Pair.objects.get(first__case_id="BD-2", second__case_id="BD-1")
    ann = Account.objects.make("ann", "Ann", None)
    Judgement.objects.create(
        pair=pair, link=pair.link, verdict="linked", relation="same_source", reason="seen",
        decided_at=DATES[0], account=ann,
    )  # fmt: skip
    list(run_here(DATES[1]))
    (adopted,) = SeriesView.objects.filter(view="adopted", run=Run.objects.latest("id"))
    assert adopted.case_ids() == {"BD-1", "BD-2"}


def test_who_was_on_duty_is_typed_and_kept(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    told = {"unit": "KD", "day": "2014-09-22", "staff": "6"}
    assert client.post("/workload", told).status_code == 302
    assert Workload.objects.get().staff_on_duty == 6
    assert "22 September 2014" in client.get("/workload").content.decode()
    assert client.post("/workload", told | {"unit": "GR"}).status_code == 403
    page = client.post("/workload", told | {"staff": "many"})
    assert page.status_code == 422
    assert 'value="many"' in page.content.decode()
    assert Workload.objects.count() == 1


def test_a_death_nobody_came_to_counts_as_waiting(tmp_path: Path) -> None:
    take_in(hand_in(tmp_path / "made"), "test")
    case = Case.objects.get(case_id="BD-1")
    came = case.reported_at + timedelta(hours=3)
    Effort.objects.create(case=case, kind="first_detective", at=came, recorded_by="ann")
    span = (case.reported_at - timedelta(days=1), DATES[1])
    (kd,) = [one for one in time_to_first_detective(*span) if one.unit == "KD"]
    assert kd.hours == (3.0,)
    assert kd.none >= 2
    assert kd.middle is None
