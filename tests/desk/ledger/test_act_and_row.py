"""An act whose ledger row cannot be written does not happen; and the chain always verifies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signed_in import PASSWORD, Make, SignedIn

from clew.desk.accounts.models import Account
from clew.desk.commands.accounts import add_account
from clew.desk.ledger.models import Act, Entry, Head
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.verify import verify
from clew.desk.ledger.write import checkpoint, write
from clew.desk.records.models import Case, Fact
from clew.desk.records.take_in import take_in
from clew.desk.web.guard import consulted, person_of
from clew.intake.read import CaseSources

CASES = "case_id,reported_at,area,cause\nA-1,2014-06-19T04:05,KD,overdose\nA-2,2014-08-28,KD,x\n"
FACTS = "case_id,field,op,value,known_at\nA-1,substances,set,ghb,2014-08-01T10:00\n"


class Died(Exception):
    """What a test makes the ledger fail with."""


def fails_on(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the ledger refuse its `number`-th row from now on."""
    done = 0
    create = Entry.objects.create

    def dying(**columns: Any) -> Entry:
        nonlocal done
        done += 1
        if done >= number:
            raise Died
        return create(**columns)

    monkeypatch.setattr(Entry.objects, "create", dying)


def files(folder: Path) -> CaseSources:
    (folder / "cases.csv").write_text(CASES)
    (folder / "facts.csv").write_text(FACTS)
    return CaseSources(folder / "cases.csv", folder / "facts.csv")


@pytest.mark.parametrize("row", [1, 2])
def test_no_record_is_taken_in_without_its_row(
    row: int, transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_on(row, monkeypatch)
    with pytest.raises(Died):
        take_in(files(tmp_path), "test")
    assert (Case.objects.count(), Fact.objects.count(), Entry.objects.count()) == (0, 0, 0)
    monkeypatch.undo()
    assert take_in(files(tmp_path), "test").cases == 2


def test_no_fact_is_taken_in_without_its_row(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_on(3, monkeypatch)
    with pytest.raises(Died):
        take_in(files(tmp_path), "test")
    # A record and the facts about it come together, and so without their row neither does.
    assert not Entry.objects.exists()
    assert not Case.objects.exists()
    assert not Fact.objects.exists()
    monkeypatch.undo()
    assert take_in(files(tmp_path), "test").facts == 1
    assert "ghb" in str(Case.objects.get(case_id="A-1").texts)


def test_nobody_signs_in_without_a_row(
    account: Make, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    account("ann", "analyst:KD")
    fails_on(1, monkeypatch)
    client = Client(raise_request_exception=False)
    told = {"name": "ann", "password": PASSWORD, "purpose": "night duty"}
    assert client.post("/sign-in", told).status_code == 500
    assert client.get("/").status_code == 302
    assert not any("_auth_user_id" in one.get_decoded() for one in Session.objects.all())


def test_nobody_is_shown_a_page_without_a_row(
    account: Make, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = RequestFactory().get("/x")
    request.user, request.session = account("ann", "analyst:KD"), {}  # type: ignore[assignment]
    assert person_of(request).name == "ann"
    fails_on(1, monkeypatch)
    with pytest.raises(Died):
        consulted(request, "case:A-1", "matrix")


def test_no_account_is_made_without_a_row(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails_on(1, monkeypatch)
    with pytest.raises(Died):
        add_account("ann", "Ann", PASSWORD, (("analyst", "KD"),), "test")
    assert not Account.objects.exists()


def test_a_connection_that_is_lost_leaves_nothing(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = Head.save

    def cut(self: Head, **told: Any) -> None:
        save(self, **told)
        raw = connection.connection
        if connection.vendor == "postgresql":
            raw.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        raw.close()
        raise DatabaseError("the connection is lost")

    monkeypatch.setattr(Head, "save", cut)
    with pytest.raises(Exception, match=r"lost|closed|terminat"):
        take_in(files(tmp_path), "test")
    monkeypatch.undo()
    connection.close()
    assert (Case.objects.count(), Fact.objects.count(), Entry.objects.count()) == (0, 0, 0)


def test_a_refusal_is_not_answered_without_a_row(
    signed_in: SignedIn, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("ann", "reporter:KD")
    client.raise_request_exception = False
    fails_on(1, monkeypatch)
    assert client.post("/sign-in", {"name": "ann", "password": "x"}).status_code == 500


def test_a_clock_set_back_neither_breaks_nor_hides(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction.atomic():
        first = write(Act.DECISION, "x", "ann")
    monkeypatch.setattr(
        "clew.desk.ledger.write.instant_text", lambda _at: "2001-01-01T00:00:00.000000Z"
    )
    with transaction.atomic():
        second = write(Act.DECISION, "y", "ann")
    assert second.recorded_at == first.recorded_at
    assert '"clock_said":"2001-01-01T00:00:00.000000Z"' in second.body
    with open_ledger(database) as source:
        assert verify(source, None).rows == 2


TEXTS = st.text(max_size=220)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["write", "fail", "checkpoint"]), TEXTS, TEXTS, TEXTS),
                max_size=12))  # fmt: skip
def test_any_sequence_of_acts_verifies(
    database: str, acts: list[tuple[str, str, str, str]]
) -> None:
    before = Entry.objects.count()
    wanted = 0
    for what, actor, subject, says in acts:
        if what == "checkpoint":
            wanted += checkpoint(actor) is not None
            continue
        try:
            with transaction.atomic():
                write(Act.DECISION, subject, actor, says, says=says)
                if what == "fail":
                    raise Died
            wanted += 1
        except Died:
            pass
    with open_ledger(database) as source:
        assert verify(source, None).rows == before + wanted


def together(works: list[Callable[[], None]]) -> None:
    """Run works at once, each on a connection of its own; the first fault is raised."""
    faults: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def test_writers_at_once_leave_no_gap(database: str) -> None:
    with transaction.atomic():
        write(Act.DECISION, "x", "first")

    def work(name: str) -> None:
        for k in range(25):
            try:
                with transaction.atomic():
                    write(Act.DECISION, f"x:{k}", name)
                    if k % 5 == 4:
                        raise Died
            except Died:
                pass

    together([lambda k=k: work(f"w{k}") for k in range(6)])  # type: ignore[misc]
    assert Entry.objects.count() == 1 + 6 * 20
    assert [e.number for e in Entry.objects.all()] == list(range(1, 122))
    with open_ledger(database) as source:
        assert verify(source, None).rows == 121


def test_the_very_first_rows_at_once(database: str) -> None:
    """Nobody has made the head yet: only one may."""

    def work() -> None:
        with transaction.atomic():
            write(Act.DECISION, "x", "w")

    together([work] * 6)
    with open_ledger(database) as source:
        assert verify(source, None).rows == 6
