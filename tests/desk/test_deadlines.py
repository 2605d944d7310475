"""The clock: everything owed in one place, raised once, whoever beats it and after any restart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from desk_records import pair, record
from django.db import connection
from django.utils import timezone
from signed_in import Make, SignedIn

from clew.assurance.machine import Deadline, EscalationStep
from clew.desk.accounts.models import Notice
from clew.desk.casework import escalate as module
from clew.desk.casework.concerns import NewConcern, act_on, take, tie
from clew.desk.casework.deadlines import all_deadlines, time_left
from clew.desk.casework.escalate import escalate_if_due, escalate_overdue
from clew.desk.casework.family import promise
from clew.desk.casework.models.referrals import Referral, ReferralStep
from clew.desk.casework.models.status import Escalation
from clew.desk.casework.referrals import refer, refer_automatically
from clew.desk.casework.warnings import require_warning
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case

NOW = datetime(2026, 3, 6, 22, tzinfo=UTC)
"""A Friday night: the clock knows no weekend."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def fill(make: Make) -> None:
    """Owe one thing of each kind."""
    for name, role in (("ann", "analyst:KD"), ("sue", "supervisor:KD"), ("sid", "supervisor:LX"),
                       ("head", "supervisor"), ("tom", "murder_team")):  # fmt: skip
        make(name, role)
    cases = [record("BD-1"), record("BD-2"), record("BD-3")]
    refer(["BD-1"], "x", "ann", NOW)
    refer_automatically(pair(cases[2], cases[1]), NOW)
    require_warning(pair(cases[1], cases[0]), NOW)
    take(NewConcern("w", "r", "press", "KD"), "ann", NOW)
    promise("BD-1", {"to": "t", "what": "call", "due": NOW + DAY}, "ann", NOW)


@pytest.mark.django_db
def test_everything_owed_is_gathered(account: Make) -> None:
    fill(account)
    kinds = sorted(deadline.kind for deadline in all_deadlines(NOW))
    assert kinds == ["concern", "promise", "referral", "referral", "warn"]
    assert {deadline.area for deadline in all_deadlines(NOW)} == {"KD"}


@pytest.mark.django_db
def test_it_rises_by_night_and_weekend_and_once(account: Make) -> None:
    fill(account)
    Notice.objects.all().delete()
    sunday = NOW + DAY + HOUR
    assert sorted(up.deadline.kind for up in escalate_overdue(sunday)) == [
        "promise",
        "referral",
        "warn",
    ]
    assert escalate_overdue(sunday) == []
    assert not Notice.objects.filter(to__name="sid", words__startswith="Overdue").exists()
    assert Notice.objects.filter(to__name="sue", words__startswith="Overdue").count() == 3
    assert Escalation.objects.count() == 3
    rows = Entry.objects.filter(actor="the clock")
    assert rows.count() == 3
    assert Referral.objects.get(asked_by="").state == "accepted"
    assert [up.to for up in escalate_overdue(NOW + 30 * DAY)].count("chief officer") == 4
    assert Escalation.objects.count() == Entry.objects.filter(actor="the clock").count() == 12


@pytest.mark.django_db
def test_a_beat_that_dies_goes_on_where_it_was(
    account: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(account)
    late, seen = NOW + 3 * DAY, []
    real = module.write

    def dies(*args: Any, **more: Any) -> Any:
        seen.append(args)
        if len(seen) == 3:
            raise OSError("the machine is gone")
        return real(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(module, "write", dies)
        assert escalate_if_due(None, late) == late  # the worker lives on
    assert Escalation.objects.count() == 2
    escalate_overdue(late)
    assert Escalation.objects.count() == 6
    assert Escalation.objects.values("key").distinct().count() == 6
    assert Entry.objects.filter(actor="the clock").count() == 6


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_raise_each_once(account: Make) -> None:
    fill(account)
    late, together = NOW + 4 * DAY + HOUR, Barrier(2)

    def work() -> list[EscalationStep]:
        together.wait()
        try:
            return escalate_overdue(late)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        raised = [one.result() for one in [pool.submit(work) for _ in range(2)]]
    keys = [up.key for part in raised for up in part]
    assert len(keys) == len(set(keys)) == Escalation.objects.count() == 9
    assert ReferralStep.objects.filter(act="accepted by silence").count() == 1
    assert Entry.objects.filter(actor="the clock").count() == 9
    overdue = Notice.objects.filter(
        to__name="sue", words__contains="supervisor: Promise to a family"
    )
    assert overdue.count() == 1


@pytest.mark.django_db
def test_the_worker_beats_every_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[datetime] = []
    monkeypatch.setattr(module, "escalate_overdue", beats.append)
    last = escalate_if_due(None, NOW)
    last = escalate_if_due(last, NOW + module.EVERY / 2)
    last = escalate_if_due(last, NOW + 1.1 * module.EVERY)
    escalate_if_due(last, NOW)  # the machine's clock was set back: it beats on
    assert beats == [NOW, NOW + 1.1 * module.EVERY, NOW]


@pytest.mark.django_db
def test_each_sees_their_own_first_and_a_supervisor_the_areas(
    account: Make, signed_in: SignedIn
) -> None:
    fill(account)
    ann = signed_in("ann").get("/clock").content.decode()
    assert "Promise to a family about BD-1: call" in ann
    assert "Answer referral" not in ann
    assert "In your area" not in ann
    sue = signed_in("sue").get("/clock").content.decode()
    assert sue.index("Yours") < sue.index("In your area") < sue.index("Answer referral")
    assert "overdue" in sue
    assert "Answer referral" not in signed_in("sid").get("/clock").content.decode()
    assert "Answer referral" in signed_in("head").get("/clock").content.decode()
    assert 'href="/clock"' in signed_in("ann").get("/").content.decode()


@pytest.mark.django_db
def test_a_sealed_record_is_named_to_nobody_it_is_sealed_from(
    account: Make, signed_in: SignedIn
) -> None:
    fill(account)
    concern = take(NewConcern("w", "r", "press", "KD"), "sue", NOW)
    tie(concern.pk, "BD-1", "sue", NOW)
    Case.objects.update(sealed=True, sealed_by="tom")
    act_on(concern.pk, "owned", {"owner": "ann", "by": "sue"}, NOW)
    Notice.objects.all().delete()
    escalate_overdue(NOW + 30 * DAY)
    words = Notice.objects.values_list("words", flat=True)
    assert not [text for text in words if "BD-" in text]
    told = set(Notice.objects.values_list("to__name", flat=True))
    assert "tom" in told
    page = signed_in("sue").get("/clock").content.decode()
    assert "BD-" not in page
    assert "Answer referral" not in page
    assert concern.reference not in page
    assert concern.reference in signed_in("tom").get("/clock").content.decode()


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0.001, "in 1 minute"), (0.5, "in 30 minutes"), (1, "in 1 hour"), (47, "in 47 hours"),
        (48, "in 2 days"), (-0.5, "30 minutes overdue"),
        (-30, "30 hours overdue"), (-72, "3 days overdue"),
    ],
)  # fmt: skip
def test_time_left_in_words(hours: float, words: str) -> None:
    assert time_left(NOW + hours * HOUR, NOW) == words


@pytest.mark.django_db
def test_lines_of_enquiry_stand_among_the_rest(
    account: Make, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    account("ann", "analyst:KD")
    record("BD-1")
    due = int(timezone.now().timestamp()) + 7_300
    line = Deadline("line:1", "line", "Cameras found", due, "ann", "KD", "case:BD-1")
    monkeypatch.setattr("clew.desk.casework.deadlines.deadlines_of_lines", lambda _now: [line])
    text = signed_in("ann").get("/clock").content.decode()
    assert "Cameras found" in text
    assert 'href="/record/BD-1"' in text
    assert "in 2 hours" in text
