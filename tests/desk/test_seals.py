"""Seals: who sees a sealed record, and that everybody else cannot tell it from none."""

from __future__ import annotations

import pytest
from django.utils import timezone
from made_desk import sealed_by_two
from signed_in import Make

from clew.desk.accounts.models import Notice
from clew.desk.accounts.rules import Permission, rule
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case
from clew.desk.records.sealing import (
    close_opening,
    kept_by,
    lift,
    open_to,
    seal_by_rule,
    tell_keepers,
)
from clew.desk.records.visible import visible_to

pytestmark = pytest.mark.django_db


def made(case_id: str, area: str = "KD", **more: object) -> Case:
    return Case.objects.create(case_id=case_id, area=area, reported_at=timezone.now(), **more)


def seen(account: object, act: Permission = Permission.SEE_RECORD) -> set[str]:
    return {case.case_id for case in visible_to(account.person(), act)}  # type: ignore[attr-defined]


def test_a_sealed_record_is_seen_by_whom_it_was_opened_to_until_it_is_closed(account: Make) -> None:
    ann, sue, tom = (
        account("ann", "analyst"),
        account("sue", "supervisor"),
        account("tom", "supervisor:KD"),
    )
    case = made("K-1")
    assert seen(ann) == seen(sue) == seen(tom) == {"K-1"}
    sealed_by_two(case, sue.person(), "a survivor asked")
    assert (seen(ann), seen(sue), seen(tom)) == (set(), {"K-1"}, set())
    opening = open_to(case, tom, sue.person(), "takes the enquiry on")
    assert seen(tom) == {"K-1"}
    close_opening(opening, sue.person(), "handed back")
    assert seen(tom) == set()
    open_to(case, ann, sue.person(), "by mistake: an analyst passes no seal")
    assert seen(ann) == set()
    lift(case, sue.person(), "over")
    assert seen(ann) == seen(tom) == {"K-1"}
    whats = [entry.body for entry in Entry.objects.order_by("number")]
    assert ["seal opened" in what for what in whats] == [False, True, False, True, False]


def test_the_list_and_the_rules_give_one_answer(account: Make) -> None:
    people = [
        account("ann", "analyst:KD"), account("bob", "reporter"), account("sue", "supervisor:KD"),
        account("tom", "supervisor:KD", "analyst:LX"), account("una", "murder_team"),
        account("ove", "overseer"), account("adm", "administrator"),
        account("cor", "coroners_officer"),
        account("two", "analyst", "supervisor:LX"), account("nil"),
    ]  # fmt: skip
    cases = [made(f"{area}-{n}", area) for area in ("KD", "LX", "") for n in range(4)]
    for case in cases:
        number = case.case_id[-1]
        if number in "123":
            sealed_by_two(case, people[2].person(), "x")
        if number == "2":
            for one in people:
                open_to(case, one, people[2].person(), "x")
        if number == "3":
            seal_by_rule(case)
            case.save()
    for one in people:
        for act in Permission:
            for given in (True, False):
                person = one.person(second_factor=given)
                by_rule = {
                    c.case_id for c in Case.objects.all() if rule(person, act, c.about()).allowed
                }
                assert {c.case_id for c in visible_to(person, act)} == by_rule, (one.name, act)


def test_a_seal_made_by_the_rule_is_kept_by_those_who_may_seal_in_its_area(account: Make) -> None:
    kd, lx, ann = (
        account("kd", "supervisor:KD"),
        account("lx", "supervisor:LX"),
        account("ann", "analyst"),
    )
    case = made("K-1")
    seal_by_rule(case)
    case.save()
    assert [kept_by(who.person()).count() for who in (kd, lx, ann)] == [1, 0, 0]
    assert seen(kd) == set()
    tell_keepers(["K-1"], "ann")
    assert [notice.to.name for notice in Notice.objects.all()] == ["kd"]


def test_the_seal_of_somebody_gone_is_kept_by_the_area(account: Make) -> None:
    sue, kd = account("sue", "supervisor"), account("kd", "supervisor:KD")
    sealed_by_two(made("K-1"), sue.person(), "x")
    assert kept_by(kd.person()).count() == 0
    sue.is_active = False
    sue.save()
    assert kept_by(kd.person()).count() == 1
    tell_keepers(["K-1"], "ann")
    assert [notice.to.name for notice in Notice.objects.all()] == ["kd"]
