"""A death is owned from the first day on, by a supervisor of its area who may see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk_records import record
from django.utils import timezone
from signed_in import Make

from clew.desk.accounts.models import Notice
from clew.desk.casework.deadlines import FRESH
from clew.desk.casework.scene_card import give_owners
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case

pytestmark = pytest.mark.django_db


def owner_of(case_id: str) -> str:
    case = Case.objects.select_related("owner").get(case_id=case_id)
    return case.owner.name if case.owner else ""


def test_fresh_deaths_go_round_the_supervisors_of_their_area(account: Make) -> None:
    for name, role in (("ann", "analyst:KD"), ("sue", "supervisor:KD"), ("tom", "supervisor:KD"),
                       ("all", "supervisor")):  # fmt: skip
        account(name, role)
    now = timezone.now()
    for number in range(4):
        record(f"K-{number}", at=now - timedelta(hours=number + 1))
    record("OLD", at=now - FRESH - timedelta(hours=1))
    record("LX", "LX", at=now)
    record("N", at=now, kind="non_fatal")
    assert give_owners(now) == 5
    assert sorted(owner_of(f"K-{n}") for n in range(4)) == ["sue", "sue", "tom", "tom"]
    assert owner_of("LX") == "all"
    assert owner_of("OLD") == owner_of("N") == ""
    rows = Entry.objects.filter(body__contains="the first owner")
    assert rows.count() == 5
    assert Notice.objects.filter(words__startswith="You are the owner").count() == 5
    assert give_owners(now) == 0


def test_a_sealed_death_goes_to_nobody_it_is_sealed_from(account: Make) -> None:
    account("sue", "supervisor:KD")
    record("S-1", sealed=True, sealed_by="somebody")
    assert give_owners(timezone.now()) == 0
    assert owner_of("S-1") == ""


def test_an_area_without_a_supervisor_owns_nothing_yet(account: Make) -> None:
    account("sue", "supervisor:LX")
    record("K-1")
    assert give_owners(timezone.now()) == 0
