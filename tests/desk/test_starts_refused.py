"""Attacks on starts: a newer database, settings that cannot be, a clock that cannot be right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from signed_in import Make, SignedIn

from clew.desk.accounts.models import Notice
from clew.desk.commands.ledger import accept_differences, accept_the_clock
from clew.desk.configuration import read_configuration
from clew.desk.ledger import clock_jumps
from clew.desk.ledger import write as module
from clew.desk.ledger.clock_jumps import ClockJumped
from clew.desk.ledger.migrating import refuse_newer
from clew.desk.ledger.models import Act, Entry, Head
from clew.desk.ledger.write import write
from clew.desk.setup import check, migrate
from clew.errors import UsageRejected

AT = datetime(2026, 3, 6, 22, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.parametrize(
    "start", [refuse_newer, migrate, check, lambda: accept_differences("a reason")]
)
def test_a_database_of_a_newer_version_is_refused(start: Callable[[], None]) -> None:
    MigrationRecorder(connection).record_applied("records", "0099_of_a_newer_version")
    with pytest.raises(UsageRejected, match=r"newer version of Clew.*0099_of_a_newer_version"):
        start()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_what_other_apps_left_in_the_table_is_no_newer_version() -> None:
    MigrationRecorder(connection).record_applied("somebody_elses", "0001_initial")
    refuse_newer()


@pytest.mark.parametrize("wrong", ["25:00", "24:00", "abc", "6:00", "06:60", "06", "06:00:00",
                                   "-1:00", "０６:００", "06:00\n07:00"])  # fmt: skip
def test_a_round_time_that_is_no_time_is_refused(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("CLEW_DESK_ROUND_AT", wrong)
    with pytest.raises(UsageRejected, match="CLEW_DESK_ROUND_AT cannot be") as refused:
        read_configuration()
    assert "like 06:00" in refused.value.line()


@pytest.mark.parametrize("right", ["", "00:00", "06:00", "23:59", " 06:00 "])
def test_a_round_time_that_is_one_is_taken(monkeypatch: pytest.MonkeyPatch, right: str) -> None:
    monkeypatch.setenv("CLEW_DESK_ROUND_AT", right)
    assert read_configuration().round_at == right.strip()


@pytest.mark.parametrize(("name", "value"), [
    ("TIMEZONE", "Atlantis"), ("TIMEZONE", "../etc"), ("PROXIES", "x"), ("IDLE_MINUTES", "soon"),
])  # fmt: skip
def test_other_settings_that_cannot_be_are_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"CLEW_DESK_{name}", value)
    with pytest.raises(UsageRejected, match=f"CLEW_DESK_{name} cannot be '{value}'"):
        read_configuration()


class Clock:
    """A machine's clock that is set by hand, and the time that truly passes."""

    def __init__(self) -> None:
        self.at, self.elapsed = AT, 0.0

    def goes(self, by: timedelta) -> None:
        self.at += by
        self.elapsed += by.total_seconds()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, db: None) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "timezone", SimpleNamespace(now=lambda: made.at))
    elapsed = SimpleNamespace(clock_gettime=lambda _: made.elapsed)
    monkeypatch.setattr(clock_jumps, "time", elapsed)
    monkeypatch.setattr(clock_jumps._Anchor, "at", None)
    monkeypatch.setattr(clock_jumps._Anchor, "elapsed", 0.0)
    return made


def act() -> Entry:
    with transaction.atomic():
        return write(Act.DECISION, "ledger", "ann")


DAY = timedelta(days=1)


@pytest.mark.database
def test_a_clock_that_was_set_back_records_nothing(clock: Clock) -> None:
    act()
    clock.at -= timedelta(seconds=59)
    row = act()  # what keeps clocks right steps by seconds
    assert "clock_said" in row.body
    clock.at -= timedelta(hours=2)
    with pytest.raises(ClockJumped, match="before the last row"):
        act()
    assert Entry.objects.count() == 2
    clock.at += timedelta(hours=2)
    clock.goes(timedelta(hours=1))
    act()


@pytest.mark.database
def test_a_clock_that_jumped_ahead_records_nothing(clock: Clock) -> None:
    act()
    clock.goes(30 * DAY)
    act()  # switched off for a month
    clock.at += timedelta(minutes=11)
    with pytest.raises(ClockJumped, match="set ahead while the desk ran"):
        act()
    clock.at -= timedelta(minutes=11)
    act()
    clock_jumps._Anchor.at = None  # another process, which did not see it
    clock.at += 32 * DAY
    with pytest.raises(ClockJumped, match="more than 31 days after"):
        act()
    assert Entry.objects.count() == 3


@pytest.mark.database
def test_a_clock_is_accepted_openly_and_administrators_are_told(
    clock: Clock, account: Make
) -> None:
    account("adm", "administrator")
    act()
    for by in (400 * DAY, -300 * DAY):
        clock.at += by
        with pytest.raises(ClockJumped):
            act()
        with pytest.raises(UsageRejected, match="reason"):
            accept_the_clock(" ")
        accept_the_clock("checked against the radio")
        act()
    assert Entry.objects.filter(body__contains="clock accepted").count() == 2
    assert Notice.objects.filter(to__name="adm", words__contains="clock").count() == 2
    times = list(Entry.objects.order_by("number").values_list("recorded_at", flat=True))
    assert times == sorted(times)  # the order of rows stands


@pytest.mark.database
def test_another_process_goes_on_from_an_accepted_clock(clock: Clock) -> None:
    act()
    anchor = (clock_jumps._Anchor.at, clock_jumps._Anchor.elapsed)
    clock.at += DAY
    accept_the_clock("the machine was wrong before")
    clock_jumps._Anchor.at, clock_jumps._Anchor.elapsed = anchor
    act()


@pytest.mark.database
def test_pages_say_that_the_clock_is_wrong_and_what_to_do(
    clock: Clock, signed_in: SignedIn
) -> None:
    client = signed_in("ann", "analyst")
    act()
    clock.at -= DAY
    answer = client.get("/queue")
    assert answer.status_code == 503
    words = answer.content.decode()
    assert "saved nothing" in words
    assert "clew ledger accept-clock" in words
    assert Head.objects.get().number == 1
