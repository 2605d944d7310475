"""Attacks: a death that one person seals, and one that is sealed and forgotten."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from made_desk import record
from signed_in import Make, SignedIn

from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.rules import Permission
from clew.desk.casework.escalate import escalate_overdue
from clew.desk.casework.own_deadlines import deadlines_for
from clew.desk.ledger.models import Entry
from clew.desk.records import sealing
from clew.desk.records.hand_ins import Proposal
from clew.desk.records.models import Case
from clew.desk.records.take_in import take_in_facts
from clew.desk.records.visible import visible_to
from clew.desk.release.oversight import figures_for
from clew.errors import ActRefused

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def ask(client: Client, days: int = 30, **more: str) -> int:
    told = {"reason": "a threat to the family", "review": day(days), **more}
    return client.post("/seals/D-1", told).status_code


def seen(name: str) -> bool:
    person = Account.objects.get(name=name).person()
    return visible_to(person, Permission.SEE_RECORD).filter(case_id="D-1").exists()


def waiting() -> int:
    return Proposal.objects.filter(state="open").latest("id").pk


def decide(client: Client, number: int, decision: str = "accept") -> int:
    told = {"decision": decision, "reason": "I read it"}
    return client.post(f"/proposals/{number}", told).status_code


@pytest.fixture
def two(signed_in: SignedIn) -> tuple[Client, Client]:
    record("D-1")
    return signed_in("sue", "supervisor:KD"), signed_in("tom", "murder_team:KD")


def sealed_death(two: tuple[Client, Client]) -> Case:
    assert ask(two[0]) == 302
    assert decide(two[1], waiting()) == 302
    return Case.objects.get(case_id="D-1")


def test_a_supervisor_seals_no_death_alone(two: tuple[Client, Client], signed_in: SignedIn) -> None:
    sue, tom = two
    other = signed_in("lea", "supervisor:LX")
    assert sue.post("/seals/D-1", {"reason": "a threat to the family"}).status_code == 422
    assert ask(sue) == 302
    case = Case.objects.get(case_id="D-1")
    assert (case.sealed, seen("sue"), seen("tom")) == (False, True, True)
    number = waiting()
    assert [decide(client, number) for client in (sue, other)] == [404, 404]
    assert not Case.objects.get(case_id="D-1").sealed
    assert decide(tom, number) == 302
    case = Case.objects.get(case_id="D-1")
    assert (case.sealed, case.sealed_by, case.seal_agreed_by) == (True, "sue", "tom")
    row = Entry.objects.filter(subject="case:D-1", act="decision").latest("number")
    assert (row.actor, '"proposed_by":"sue"' in row.body.replace(" ", "")) == ("tom", True)
    signed_in("sid", "supervisor:KD")
    assert [seen(name) for name in ("sue", "tom", "sid")] == [True, True, False]


def test_what_was_declined_is_not_sealed_and_can_be_proposed_again(
    two: tuple[Client, Client],
) -> None:
    sue, tom = two
    assert [ask(sue), ask(sue)] == [302, 302]  # sent twice is one
    first = waiting()
    assert decide(tom, first, "decline") == 302
    assert not Case.objects.get(case_id="D-1").sealed
    assert ask(sue) == 302
    assert waiting() > first


@pytest.mark.parametrize("review", ["", "never", day(0), day(-1), day(181), "10000-01-01"])
def test_a_seal_without_a_day_of_review_is_refused(two: tuple[Client, Client], review: str) -> None:
    answer = two[0].post("/seals/D-1", {"reason": "r", "review": review})
    assert answer.status_code == 422
    assert "date of the review" in answer.content.decode() or "year must" in answer.content.decode()
    assert not Proposal.objects.exists()


def test_where_nobody_else_may_agree_the_answer_says_whom_it_takes(signed_in: SignedIn) -> None:
    record("D-1")
    sue = signed_in("sue", "supervisor:KD")
    answer = sue.post("/seals/D-1", {"reason": "r", "review": day(30)})
    assert answer.status_code == 422
    assert "second supervisor or member of the murder team" in answer.content.decode()


def test_no_call_seals_a_death_for_one_person(account: Make) -> None:
    record("D-1")
    case, sue = Case.objects.get(case_id="D-1"), account("sue", "supervisor").person()
    later = timezone.localdate() + timedelta(days=1)
    for more in ({}, {"proposed_by": "sue", "review": later}, {"proposed_by": "tom"}):
        with pytest.raises(ActRefused, match="two people"), transaction.atomic():
            sealing.seal(case, sue, "r", **more)  # type: ignore[arg-type]
    assert not Case.objects.get(case_id="D-1").sealed


def test_a_record_sealed_by_one_person_does_not_become_a_death(
    account: Make, tmp_path: Path
) -> None:
    record("N-1", kind="non_fatal")
    case, sue = Case.objects.get(case_id="N-1"), account("sue", "supervisor").person()
    with transaction.atomic():
        sealing.seal(case, sue, "r")
    file = tmp_path / "f.csv"
    file.write_text("case_id,field,op,value,known_at\nN-1,kind,set,death,2025-01-01\n")
    taken = take_in_facts(file, "command line")
    assert (taken.facts, taken.proposed) == (0, 1)
    assert Case.objects.get(case_id="N-1").kind == "non_fatal"


def test_a_review_that_nobody_does_is_escalated_to_both_and_to_overseers(
    two: tuple[Client, Client], account: Make
) -> None:
    case = sealed_death(two)
    account("ove", "overseer:KD")
    account("far", "overseer:LX")
    account("sid", "supervisor:KD")
    due = sealing.review_due(case)
    tom = Account.objects.get(name="tom").person()
    assert "Review the seal of a death" in [
        one.what for one in (*deadlines_for(tom, due).own, *deadlines_for(tom, due).area)
    ]
    sid = Account.objects.get(name="sid").person()
    every = deadlines_for(sid, due)
    assert not [one for one in (*every.own, *every.team, *every.area) if one.subject == "case:D-1"]
    Notice.objects.all().delete()
    escalate_overdue(due - timedelta(minutes=1))
    assert not Notice.objects.filter(words__contains="seal").exists()
    escalate_overdue(due + timedelta(minutes=1))
    assert {one.to.name for one in Notice.objects.filter(words__contains="seal")} == {"sue", "tom"}
    Notice.objects.all().delete()
    for _ in range(2):
        escalate_overdue(due + timedelta(hours=73))
    notices = Notice.objects.filter(words__contains="seal")
    assert {one.to.name for one in notices} == {"sue", "tom", "ove"}
    assert notices.count() == 6  # two steps, once each
    assert not [one for one in notices.filter(to__name="ove") if "D-1" in one.words + one.about]


def test_a_seal_is_prolonged_by_two_people(two: tuple[Client, Client]) -> None:
    sue, tom = two
    case = sealed_death(two)
    before = case.seal_review
    assert ask(sue, 120, step="review") == 302
    number = waiting()
    assert decide(sue, number) == 404
    assert Case.objects.get(case_id="D-1").seal_review == before
    assert decide(tom, number) == 302
    assert str(Case.objects.get(case_id="D-1").seal_review) == day(120)
    assert Case.objects.get(case_id="D-1").sealed


def test_a_death_that_an_earlier_version_let_one_person_seal_is_reviewed_too(
    signed_in: SignedIn,
) -> None:
    record("D-1")
    sue = signed_in("sue", "supervisor:KD")
    # A day more than the 90 and the one that summer time can add late in the evening.
    then = timezone.now() - timedelta(days=92)
    Case.objects.update(sealed=True, sealed_by="sue", sealed_at=then)
    assert sealing.review_due(Case.objects.get(case_id="D-1")) <= timezone.now()
    signed_in("tom", "supervisor:KD")
    assert ask(sue, 120, step="review") == 422  # nobody else sees it
    told = {"step": "open", "account": "tom", "why": "a second person must read it"}
    assert sue.post("/seals/D-1", told).status_code == 302
    assert ask(sue, 120, step="review") == 302
    tom = Client()
    tom.force_login(Account.objects.get(name="tom"))
    assert decide(tom, waiting()) == 302
    assert Case.objects.get(case_id="D-1").seal_agreed_by == "tom"


def test_overseers_see_how_many_deaths_are_sealed_by_whom_and_what_is_overdue(
    two: tuple[Client, Client], signed_in: SignedIn
) -> None:
    case = sealed_death(two)
    ove, far = signed_in("ove", "overseer:KD"), signed_in("far", "overseer:LX")
    page = ove.get("/oversight").content.decode()
    assert "Sue, agreed by Tom" in page
    assert "D-1" not in page
    assert "No death is sealed" in far.get("/oversight").content.decode()
    person = Account.objects.get(name="ove").person()
    due = sealing.review_due(case)
    counts = [figures_for(person, at).seals for at in (due - timedelta(seconds=1), due)]
    assert [(one.deaths, one.overdue) for (one,) in counts] == [(1, 0), (1, 1)]
