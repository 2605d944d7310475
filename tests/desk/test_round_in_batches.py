"""A round is written in short transactions that nobody sees, and published whole by one more."""

from __future__ import annotations

import fcntl
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import Count
from django.test import Client
from made_desk import folder_owner, person
from populated import ZONE, hand_in

from clew.desk.accounts.rules import Person, Role, RoleGrant
from clew.desk.casework.concerns import NewConcern, take, tie
from clew.desk.commands.rounds import run_here
from clew.desk.ledger.models import Act, Entry, RowChange
from clew.desk.ledger.turns import Turn, take_turns
from clew.desk.ledger.write import checkpoint, write
from clew.desk.records.models import Case
from clew.desk.records.sealing import seal
from clew.desk.records.take_in import take_in
from clew.desk.review import queue
from clew.desk.review.candidates import new_lists
from clew.desk.review.models import Candidate, Link, Pair, SeriesView
from clew.desk.review.runs import Round, RoundStep, Run
from clew.desk.rounds import compare, inbox, save
from clew.desk.rounds.claims import claim
from clew.desk.rounds.lease import Lease
from clew.desk.rounds.run import ask_for_round, run_next
from clew.desk.settings import CONFIGURATION

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = datetime(2014, 8, 29, 7, 0, tzinfo=ZONE)
THEN = datetime(2014, 9, 22, 7, 0, tzinfo=ZONE)
MOST = 400
"""Declared: rows that one transaction may change: what a batch is counted as, and a third more for
the one that publishes."""
MADE = (Link, Pair, Candidate, SeriesView)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    home = tmp_path / "home"
    at = CONFIGURATION.model_copy(update={"home": home})
    monkeypatch.setattr("clew.desk.rounds.sync.CONFIGURATION", at)
    monkeypatch.setattr("clew.desk.rounds.inbox.CONFIGURATION", at)
    monkeypatch.setattr(inbox, "STILL_S", 0.0)
    monkeypatch.setattr(save, "RESULTS_AT_ONCE", 1)  # so that the small town needs many batches
    monkeypatch.setattr(queue, "MOST_ROWS", 20)
    folder_owner()
    yield
    shutil.rmtree(home, ignore_errors=True)


def town(tmp_path: Path) -> None:
    """Hand the town in and run its first round."""
    take_in(hand_in(tmp_path / "made"), "test")
    list(run_here(FIRST))


def seen() -> list[Any]:
    """Return what readers see of all that a round makes."""
    pairs = Pair.objects.order_by("pk").values_list(
        "pk", "link", "state", "listed", "spare", "because", "within_budget"
    )
    lists = Candidate.objects.order_by("case", "place").values_list("case", "other", "place")
    links = Link.objects.order_by("pk").values_list("pk", flat=True)
    series = SeriesView.objects.order_by("pk").values_list("pk", flat=True)
    return [list(pairs), list(lists), list(links), list(series)]


def found() -> list[Any]:
    """Return what stands in the end, by the numbers of records."""
    pairs = Pair.objects.values_list(
        "first__case_id", "second__case_id", "state", "listed", "spare", "link__micro_bans"
    )
    lists = Candidate.objects.values_list("case__case_id", "other__case_id", "place")
    links = Link.objects.values_list("case__case_id", "other__case_id", "rank", "at")
    return [sorted(rows) for rows in (pairs, lists, links)]


@contextmanager
def after_each_batch(monkeypatch: pytest.MonkeyPatch, call: Callable[[], None]) -> Iterator[None]:
    """Call something after each transaction that a round writes a batch with."""
    plain = Lease.batch

    @contextmanager
    def batch(self: Lease) -> Iterator[None]:
        with plain(self):
            yield
        call()

    with monkeypatch.context() as patch:
        patch.setattr(Lease, "batch", batch)
        yield


def test_nobody_sees_anything_of_a_round_before_it_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town(tmp_path)
    before, looks, hidden = seen(), 0, 0
    sue = Client()
    sue.force_login(person("sue", "supervisor"))
    page = sue.get("/queue").content

    def look() -> None:
        nonlocal looks, hidden
        if RoundStep.objects.filter(name="link").count() > 1:
            return  # it is published: what follows is seen as it comes
        looks += 1
        hidden = max(hidden, *(model.written.count() - model.objects.count() for model in MADE))
        assert seen() == before
        assert Run.objects.filter(staged=True).count() <= 1

    with after_each_batch(monkeypatch, look):
        list(run_here(THEN))
    assert looks > 4
    assert hidden > 10  # it was written all the while
    assert seen() != before
    assert sue.get("/queue").content != page
    assert not Run.objects.filter(staged=True).exists()
    assert [model.written.count() for model in MADE] == [model.objects.count() for model in MADE]


def test_no_transaction_of_an_intake_or_a_round_is_long(tmp_path: Path) -> None:
    RowChange.objects.all().delete()
    town(tmp_path)
    list(run_here(THEN))
    counted = RowChange.objects.order_by().values("tx").annotate(rows=Count("pk"))
    sizes = sorted(counted.values_list("rows", flat=True))
    assert sum(sizes) > 3 * MOST
    assert sizes[-1] <= MOST


@pytest.mark.parametrize("after", [2, 4, 6])
def test_an_attempt_that_ends_halfway_leaves_nothing_and_the_next_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    town(tmp_path)
    before, count = seen(), 0
    asked = ask_for_round("test", THEN)

    def die() -> None:
        nonlocal count
        count += 1
        if count == after:
            raise RuntimeError

    with after_each_batch(monkeypatch, die):
        run_next()
    assert count == after
    assert seen() == before
    assert max(model.written.count() - model.objects.count() for model in MADE)
    run_next()
    asked.refresh_from_db()
    assert asked.state == Round.DONE
    assert Run.objects.filter(round=asked).count() == 1
    assert [model.written.count() for model in MADE] == [model.objects.count() for model in MADE]
    says = RoundStep.objects.get(round=asked, name="link").says
    assert says["links"] == Link.objects.filter(run=says["run"]).count() > 0


def test_what_a_failed_round_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town(tmp_path)
    failed = ask_for_round("test", FIRST.replace(day=30))

    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(compare, "publish_round", fail)
        for _ in range(3):
            run_next()
    failed.refresh_from_db()
    assert failed.state == Round.FAILED
    assert Run.objects.filter(staged=True).count() == 1
    list(run_here(THEN))
    assert not Run.objects.filter(round=failed).exists()
    assert [model.written.count() for model in MADE] == [model.objects.count() for model in MADE]


def between(monkeypatch: pytest.MonkeyPatch, call: Callable[[save.Staged], None]) -> None:
    """Call something once a round is written and not yet published."""
    plain = compare.stage_round

    def stage(*told: Any) -> save.Staged:
        staged = plain(*told)
        call(staged)
        return staged

    monkeypatch.setattr(compare, "stage_round", stage)


def seal_one(case_id: str) -> None:
    with transaction.atomic():
        case, tim = Case.objects.get(case_id=case_id), Person("tim", (RoleGrant(Role.SUPERVISOR),))
        seal(case, tim, "x", proposed_by="sue", review=date(2030, 1, 1))


def test_a_seal_between_writing_and_publishing_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of two candidates each, for the small town has no list that goes on behind its fifth.
    monkeypatch.setattr("clew.desk.review.candidates.CANDIDATES", 2)
    person("sue", "supervisor")
    town(tmp_path)
    of: list[Case] = []

    def seal_the_best(staged: save.Staged) -> None:
        for number in sorted(staged.queue.renewed):
            best = Candidate.written.filter(run=staged.run, case=number, place=1).first()
            if best is None:
                continue
            sealed = {*staged.queue.sealed, best.other_id}
            if len(new_lists([number], sealed, staged.run)) == 3:  # one more moves up
                seal_one(best.other.case_id)
                of.append(best.case)
                return

    between(monkeypatch, seal_the_best)
    list(run_here(THEN))
    (case,) = of
    listed = list(Candidate.objects.filter(case=case).values_list("other__sealed", flat=True))
    assert listed == [True, False, False]
    lists = found()
    with transaction.atomic():
        queue.renew_after_sealing(Case.objects.get(sealed_by="sue"))
    assert found() == lists  # as if it had been sealed afterwards


def test_a_pair_that_the_public_names_meanwhile_is_seen_at_once_and_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("tom", "supervisor")
    town(tmp_path)
    concern = take(NewConcern("They knew one another.", "a friend", "friend"), "tom", FIRST)
    tie(concern.pk, "BD-3", "tom", FIRST)
    named: list[int] = []

    def name(staged: save.Staged) -> None:
        hidden = Pair.written.filter(run=staged.run, first__case_id="BD-3").first()
        assert hidden is not None
        assert not Pair.objects.filter(pk=hidden.pk).exists()
        pair = claim(concern.pk, hidden.second.case_id, "tom", THEN)
        assert Pair.objects.get(pk=pair.pk).link.trigger == "concern"
        named.append(pair.pk)

    between(monkeypatch, name)
    list(run_here(THEN))
    (number,) = named
    pair = Pair.objects.select_related("link", "first", "second").get(pk=number)
    assert pair.because
    assert pair.listed
    assert pair.link.run.round is not None  # by the round's link, the newest


def test_a_stamp_that_takes_long_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def add() -> None:
        with transaction.atomic():
            write(Act.CONSULTATION, "queue", "ann")

    def elsewhere() -> None:
        try:
            add()
        finally:
            connection.close()

    def slow(*_: object) -> bytes:
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()  # the stamp comes only once somebody else has written
        return b""

    add()
    add()
    before = Entry.objects.count()
    monkeypatch.setattr("clew.desk.ledger.write.stamp_of", slow)
    made = checkpoint("test", stamped=True)
    assert made is not None
    assert (made.size, Entry.objects.count()) == (before, before + 2)


def test_who_waits_to_write_is_next_however_fast_a_round_writes(tmp_path: Path) -> None:
    worker, user = (Turn(str(tmp_path / "desk"), 60) for _ in range(2))
    order: list[str] = []

    def look() -> None:
        user.take()
        order.append("user")
        user.give_up()

    worker.take()
    one = threading.Thread(target=look)
    one.start()
    with open(tmp_path / "desk.next", "wb") as file:
        while not is_locked(file):
            pass
    worker.give_up()
    worker.take()  # at once, as a round does between two batches
    order.append("worker")
    one.join()
    worker.close()
    user.close()
    assert order == ["user", "worker"]


def is_locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def test_a_turn_ends_with_its_transaction_whatever_becomes_of_it() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL queues writers itself")
    take_turns(connections["default"])  # again, as for a new connection

    def elsewhere() -> None:
        with transaction.atomic():
            write(Act.CONSULTATION, "queue", "ann")
        connection.close()

    def wrong() -> None:
        with transaction.atomic():
            write(Act.CONSULTATION, "queue", "bob")
            raise RuntimeError

    for end in (wrong, connection.close):
        with suppress(RuntimeError):
            end()
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()
    looked = Entry.objects.filter(act=Act.CONSULTATION.value)
    assert [entry.actor for entry in looked] == ["ann", "ann"]
