"""A demonstration has its own today; no other desk has one, and the ledger has the real time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from desk_records import record
from django.utils import timezone
from signed_in import Make, SignedIn

from clew.cli.desk import MARK as MARK_OF_THE_COMMAND
from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.rules import Person, Role, RoleGrant
from clew.desk.casework.models.concerns import Concern
from clew.desk.ledger.clock import (
    MARK,
    OFFSET,
    demonstration_now,
    desk_now,
    desk_today,
    set_demonstration_clock,
)
from clew.desk.ledger.models import Entry
from clew.desk.release.oversight import figures_for
from clew.desk.settings import CONFIGURATION

MORNING = datetime(2015, 9, 17, 8, 15, tzinfo=UTC)
SOON = timedelta(minutes=5)


@pytest.fixture
def demonstration() -> Iterator[None]:
    (CONFIGURATION.home / MARK).write_text("whole", encoding="ascii")
    set_demonstration_clock(MORNING)
    yield
    for name in (MARK, OFFSET):
        (CONFIGURATION.home / name).unlink(missing_ok=True)


def test_a_desk_goes_by_the_machines_clock() -> None:
    assert demonstration_now() is None
    assert abs(desk_now() - timezone.now()) < SOON
    assert desk_today() == timezone.localdate()
    with pytest.raises(RuntimeError, match="demonstration"):
        set_demonstration_clock(MORNING)


def test_a_demonstrations_clock_is_never_before_the_time_that_it_is_set_to(
    demonstration: None,
) -> None:
    for part in range(20):
        at = MORNING + timedelta(milliseconds=53 * part)
        set_demonstration_clock(at)
        assert at <= desk_now() < at + timedelta(seconds=2)


def test_a_clock_without_the_mark_of_a_demonstration_counts_for_nothing() -> None:
    path = CONFIGURATION.home / OFFSET
    path.write_text("-1000000", encoding="ascii")
    try:
        assert demonstration_now() is None
        assert abs(desk_now() - timezone.now()) < SOON
    finally:
        path.unlink()


def test_the_mark_is_the_one_that_the_command_writes() -> None:
    assert MARK == MARK_OF_THE_COMMAND


@pytest.mark.django_db
def test_the_pages_of_a_demonstration_live_on_its_day(
    demonstration: None, account: Make, signed_in: SignedIn
) -> None:
    for name in ("sue", "ann"):
        account(name, "supervisor:KD" if name == "sue" else "analyst:KD")
    record("BD-4", at=MORNING - timedelta(hours=9))
    sue = signed_in("sue")
    for address in ("/", "/morning", "/clock", "/queue", "/record/BD-4", "/measures"):
        page = sue.get(address).content.decode()
        assert "The clock is set to 17 September 2015." in page, address
    assert "BD-4" in sue.get("/morning").content.decode(), "last night's death"
    clock = sue.get("/clock").content.decode()
    assert "days overdue" not in clock
    assert " late<" not in clock.replace("hours late<", "").replace("minutes late<", "")
    taken = {"words": "Why?", "raised_by": "A sister", "who": "family"}
    assert sue.post("/concerns/take", taken).status_code == 302
    concern = Concern.objects.get()
    assert abs(concern.received_at - MORNING) < SOON
    assert all(abs(notice.at - MORNING) < SOON for notice in Notice.objects.all())
    row = Entry.objects.filter(subject=f"concern:{concern.pk}").first()
    assert row is not None
    assert row.recorded_at[:4] == f"{timezone.now().year}", "the ledger has the real time"


@pytest.mark.django_db
def test_the_overseers_figures_are_of_the_months_before(demonstration: None) -> None:
    record("BD-1", at=datetime(2015, 8, 20, tzinfo=UTC))
    overseer = Person("o", (RoleGrant(Role.OVERSEER),))
    figures = figures_for(overseer)
    assert (figures.first, figures.last) == (date(2014, 9, 1), date(2015, 9, 1))


@pytest.mark.django_db
def test_without_a_demonstration_no_page_speaks_of_its_clock(
    account: Make, signed_in: SignedIn
) -> None:
    account("sue", "supervisor:KD")
    assert "Demonstration" not in signed_in("sue").get("/clock").content.decode()


@pytest.mark.django_db
def test_the_time_that_a_form_suggests_is_not_in_its_future(
    demonstration: None, account: Make, signed_in: SignedIn
) -> None:
    sue = signed_in("sue", "supervisor:KD")
    page = sue.get("/decisions/add").content.decode()
    suggested = re.search(r'name="decided_at"[^>]* value="([^"]+)"', page)
    assert suggested is not None
    assert suggested[1].startswith("2015-09-17T")
    sent = {
        "title": "x", "maker": Account.objects.get(name="sue").pk, "rationale": "y",
        "decided_at": suggested[1],
    }  # fmt: skip
    assert sue.post("/decisions/add", sent).status_code == 302
