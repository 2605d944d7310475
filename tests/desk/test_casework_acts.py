"""Acts of casework: every ground in turn blocks a closing; then it is allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from casework_world import GOOD, answered, do_all, opened
from desk_records import judged, pair, record
from django.db import DatabaseError, transaction
from django.utils import timezone
from signed_in import Make

from clew.desk.accounts.models import Account, Notice
from clew.desk.casework.closing import (
    ClosingRequest,
    ask_to_close,
    closing_that_waits,
    last_similar,
    sign_closing,
)
from clew.desk.casework.deadlines import deadlines_of_lines
from clew.desk.casework.leads import disagree, recommend, remove_dissent, resolve_lead, sent_to_keep
from clew.desk.casework.lines import act_on, change_class_of, class_of, late_fact, lines_of
from clew.desk.casework.models.status import ClassChange, Closing, Dissent, Lead, LineAct
from clew.desk.casework.supervision import ask_no_more, ask_sign_off, ask_waiver, decline, sign
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case, SceneCard
from clew.desk.review.models import Pair
from clew.desk.rounds.follow import reopen_closed_deaths, touched_in
from clew.errors import ActRefused
from clew.model.alert import Trigger
from clew.model.case import Case as Known
from clew.replay.events import Event

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
REPORTED = NOW - timedelta(hours=2)


@pytest.fixture
def ann(account: Make) -> Account:
    return account("ann", "analyst:KD")


@pytest.fixture
def sue(account: Make) -> Account:
    return account("sue", "supervisor:KD")


@pytest.fixture
def case(db: None) -> Case:
    return record("K-1", at=REPORTED, texts={"now": {"premises": "park", "scene": "bottle"}})


@pytest.fixture
def ready(case: Case, ann: Account) -> Case:
    do_all(case, ann, NOW)
    return case


def grounds(case: Case, ann: Account, sue: Account | None, ask: ClosingRequest = GOOD) -> list[str]:
    return [name for name, _ in ask_to_close(case, ask, ann, NOW, sue).missing]


def test_a_death_is_under_investigation_until_somebody_shows_otherwise(case: Case) -> None:
    assert class_of(case) == "unexpected_under_investigation"
    lines = lines_of(case, NOW)
    assert len(lines) == 19
    assert lines[0].line.id == "photographs"
    assert [one.gone is not None for one in lines[:3]] == [True] * 3
    assert not any(one.overdue for one in lines)
    assert {one.line.id for one in lines_of(case, NOW + timedelta(hours=3)) if one.overdue} == {
        "life_extinct",
        "photographs",
    }


def test_nothing_done_blocks_with_every_line(case: Case, ann: Account, sue: Account) -> None:
    told = grounds(case, ann, sue, ClosingRequest("", ""))
    assert told == ["evidence", "would_change", *["line"] * 19]


def test_with_every_ground_it_is_closed_and_says_so(
    ready: Case, ann: Account, sue: Account
) -> None:
    made = ask_to_close(ready, GOOD, ann, NOW, sue)
    assert made.closed
    assert made.missing == []
    assert class_of(ready) == "unexpected_not_suspicious"
    change = ClassChange.objects.get()
    assert (change.signer, change.by, change.at) == ("sue", ann, NOW)
    with pytest.raises(ActRefused, match="under investigation"):
        ask_to_close(ready, GOOD, ann, NOW, sue)


def one_line(case: Case, ann: Account, _sue: Account) -> None:
    act_on(case, "cctv", "reopened", {"reason": "another camera"}, ann, NOW)


def one_alert(case: Case, _ann: Account, _sue: Account) -> None:
    made = pair(case, record("K-2"))
    Pair.objects.filter(pk=made.pk).update(within_budget=True)


def undetermined(case: Case, ann: Account, _sue: Account) -> None:
    judged(pair(record("K-2"), case), ann, NOW, "undetermined")


def second_reader(case: Case, _ann: Account, _sue: Account) -> None:
    made = pair(case, record("K-2"))
    Pair.objects.filter(pk=made.pk).update(state=Pair.SECOND)


def lead(case: Case, ann: Account, _sue: Account) -> None:
    told = {"kind": "recommendation", "role": "pathologist", "words": "Test the sheet"}
    recommend(case, told, ann, NOW)


BLOCKS: dict[str, Callable[[Case, Account, Account], None]] = {
    "line": one_line, "link": one_alert, "link 2": undetermined, "link 3": second_reader,
    "lead": lead,
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_each_thing_left_open_blocks(name: str, ready: Case, ann: Account, sue: Account) -> None:
    BLOCKS[name](ready, ann, sue)
    assert grounds(ready, ann, sue) == [name.split(maxsplit=1)[0]]
    assert class_of(ready) == "unexpected_under_investigation"


def test_a_sealed_link_goes_to_the_seals_keeper_and_blocks_nobody(
    ready: Case, ann: Account, sue: Account, account: Make
) -> None:
    """A ground that they cannot judge, nor know of, would tell them that there is a record."""
    keeper = account("kim", "supervisor")
    made = pair(ready, record("K-2", sealed=True, sealed_by="kim"))
    Pair.objects.filter(pk=made.pk).update(state=Pair.SECOND)
    assert grounds(ready, ann, keeper) == ["link"], "who may judge it does so first"
    assert grounds(ready, ann, sue) == []
    assert class_of(ready) == "unexpected_not_suspicious"
    assert "K-2" not in str(Closing.objects.last().missing)
    told = Notice.objects.filter(words__contains="its link with K-2")
    assert [notice.to.name for notice in told] == ["kim"]


@pytest.mark.parametrize(("app", "name"), [("concerns", "concern"), ("referrals", "referral")])
def test_a_concern_and_a_referral_block(
    app: str, name: str, ready: Case, ann: Account, sue: Account, monkeypatch: Any
) -> None:
    monkeypatch.setattr(f"clew.desk.casework.closing.open_{app}_of", lambda _: ["C-1"])
    assert grounds(ready, ann, sue) == [name]


@pytest.mark.parametrize(
    ("ask", "ground"),
    [
        (ClosingRequest("short", "x"), "evidence"),
        (ClosingRequest("Nothing similar was found in the search.", "x"), "evidence"),
        (ClosingRequest("He was a known drug user, found with a needle.", "x"), "prompt"),
        (ClosingRequest(GOOD.evidence, " "), "would_change"),
    ],
)
def test_words_block(
    ask: ClosingRequest, ground: str, ready: Case, ann: Account, sue: Account
) -> None:
    assert grounds(ready, ann, sue, ask) == [ground]


def test_a_prompt_that_is_answered_blocks_no_more(ready: Case, ann: Account, sue: Account) -> None:
    ask = ClosingRequest("He was a known drug user, alone behind a bolted door.", "x")
    assert grounds(ready, ann, sue, ask) == ["prompt"]
    assert ask_to_close(ready, answered(ask, "drug user"), ann, NOW, sue).closed


@pytest.mark.parametrize("who", ["nobody", "the same", "no supervisor", "elsewhere", "was there"])
def test_who_signs(who: str, ready: Case, sue: Account, account: Make, ann: Account) -> None:
    signer: Account | None = {
        "nobody": lambda: None,
        "the same": lambda: sue,
        "no supervisor": lambda: account("bob", "reporter:KD"),
        "elsewhere": lambda: account("bob", "supervisor:LX"),
        "was there": lambda: sue,
    }[who]()
    by = sue if who == "the same" else ann
    if who == "was there":
        SceneCard.objects.create(
            key="8a9ba4b0-0000-4000-8000-000000000000", case=ready, account=sue, seen_at=NOW,
            answers={},
        )  # fmt: skip
    assert grounds(ready, by, signer) == ["supervisor"]


def test_what_lacks_a_signature_alone_waits_for_it(ready: Case, ann: Account, sue: Account) -> None:
    asked = ask_to_close(ready, GOOD, ann, NOW)
    assert closing_that_waits(ready) == asked
    assert Notice.objects.filter(to=sue, words__contains="waiting for your signature").exists()
    with pytest.raises(ActRefused, match="did not request"):
        sign_closing(asked, ann, NOW)
    lead(ready, ann, sue)
    assert not sign_closing(asked, sue, NOW).closed
    with pytest.raises(ActRefused, match="no longer waiting"):
        sign_closing(asked, sue, NOW)
    resolve_lead(Lead.objects.get(), "resolved", {"proof": "lab report 7"}, ann, NOW)
    asked = ask_to_close(ready, GOOD, ann, NOW)
    assert sign_closing(asked, sue, NOW).closed
    assert Entry.objects.filter(actor="sue", body__contains='"closed"').count() == 1


def test_no_change_of_class_is_a_closing(ready: Case, ann: Account) -> None:
    said = {"rank": "DI", "reason": GOOD.evidence, "would_change": "x", "supervisor": "sue"}
    with pytest.raises(ActRefused, match="close the death"):
        change_class_of(ready, "called not suspicious", said, ann, NOW)


def test_an_expected_death_takes_a_minute(case: Case, ann: Account) -> None:
    said = {"rank": "PC", "reason": "Heart failure, seen on Monday", "would_change": "an injury"}
    with pytest.raises(ActRefused, match="doctor"):
        change_class_of(case, "called expected", said, ann, NOW)
    told = {**said, "doctor": "Dr Example"}
    change_class_of(case, "called expected", told, ann, NOW, NOW - timedelta(hours=1))
    assert [one.line.id for one in lines_of(case, NOW) if one.open] == []
    assert list(deadlines_of_lines(NOW)) == []
    assert ClassChange.objects.get().claimed_at == NOW - timedelta(hours=1)


def test_late_toxicology_opens_a_closed_death_again(
    ready: Case, ann: Account, sue: Account
) -> None:
    assert not late_fact(ready, ("substances",), NOW)
    ask_to_close(ready, GOOD, ann, NOW, sue)
    later = NOW + timedelta(days=30)
    assert late_fact(ready, ("substances",), later)
    assert class_of(ready) == "unexpected_under_investigation"
    assert [one.line.id for one in lines_of(ready, later) if one.open] == ["similar_deaths"]
    assert [d.key for d in deadlines_of_lines(later)] == [
        f"line:K-1:similar_deaths@{int(later.timestamp())}:due"
    ]
    assert Notice.objects.filter(to=sue, words__contains="substances").exists()
    assert not late_fact(ready, ("substances",), later)
    assert last_similar(record("K-9", texts={"now": {"premises": "park"}})).opened_again == 1


def test_a_round_that_brings_a_late_fact_opens_it_again(
    ready: Case, ann: Account, sue: Account
) -> None:
    ask_to_close(ready, GOOD, ann, NOW, sue)
    before, later = int(NOW.timestamp()) - 1, int(NOW.timestamp()) + 1
    brought: list[tuple[Trigger, tuple[str, ...], int, int]] = [
        (Trigger.NEW_CASE, (), later, 0), (Trigger.NEW_FACT, (), later, 0),
        (Trigger.NEW_FACT, ("substances",), before, 0),
        (Trigger.NEW_FACT, ("substances",), later, 1),
    ]  # fmt: skip
    for trigger, changed, at, again in brought:
        event = Event(at, Known("K-1", at), trigger, changed)
        assert reopen_closed_deaths(touched_in([event]), [], NOW) == again
    assert class_of(ready) == "unexpected_under_investigation"


def test_a_note_raises_the_line_on_comparing_it(case: Case) -> None:
    assert "note_compared" not in {one.line.id for one in lines_of(case, NOW)}
    for scene, narrative in (
        ("bottle; note in a plastic sleeve", ""),
        ("bottle; goodbye note", ""),
        ("", "A handwritten note was found beside the body."),
    ):
        case.texts = {"now": {"scene": scene, "narrative": narrative}}
        assert "note_compared" in {one.line.id for one in lines_of(case, NOW)}, scene
    case.texts = {"now": {"narrative": "No note was found."}}
    assert "note_compared" not in {one.line.id for one in lines_of(case, NOW)}


def test_a_waiver_is_signed_by_somebody_else(case: Case, ann: Account, sue: Account) -> None:
    said = {"reason": "There is no camera within a mile", "approver": "ann"}
    for approver in ("ann", "nobody", ""):
        with pytest.raises(ActRefused):
            act_on(case, "cctv", "waived", {**said, "approver": approver}, ann, NOW)
    asked = ask_waiver(case, "cctv", said["reason"], ann, NOW)
    with pytest.raises(ActRefused, match="already"):
        ask_waiver(case, "cctv", said["reason"], ann, NOW)
    with pytest.raises(ActRefused):
        sign(asked, ann, NOW)
    sign(asked, sue, NOW)
    assert {one.line.id for one in lines_of(case, NOW) if one.kept.state == "waived"} == {"cctv"}
    with pytest.raises(ActRefused, match="already been answered"):
        decline(asked, "no", sue, NOW)


def test_cost_as_the_reason_goes_up(case: Case, ann: Account, sue: Account, account: Make) -> None:
    other = account("una", "supervisor:KD")
    far = account("far", "supervisor:LX")
    act_on(case, "items_tested", "waived", {"reason": "No budget", "approver": "sue"}, ann, NOW)
    assert LineAct.objects.get().flagged
    words = "Waived because of cost or workload"
    told = Notice.objects.filter(words__startswith=words).values_list("to__name", flat=True)
    assert list(told) == [other.name]
    asked = ask_waiver(case, "cctv", "too busy tonight", ann, NOW)
    assert asked.flagged
    assert Notice.objects.filter(to=sue, words__contains="names cost or workload").exists()
    assert not Notice.objects.filter(to=far).exists()
    decline(asked, "Ask the council, it takes a call", sue, NOW)
    assert Notice.objects.filter(to=ann, words__startswith="Declined").exists()


def test_a_lead_does_not_close_silently(case: Case, ann: Account, sue: Account) -> None:
    lead(case, ann, sue)
    made = Lead.objects.get()
    assert "lead" in {one.kind for one in deadlines_of_lines(NOW)}
    with pytest.raises(ActRefused):
        resolve_lead(made, "resolved", {"proof": " "}, ann, NOW)
    with pytest.raises(ActRefused):
        resolve_lead(made, "signed off", {"reason": "r", "supervisor": "sue"}, sue, NOW)
    sign(ask_sign_off(made, "The sheet was destroyed on 1 March", ann, NOW), sue, NOW)
    made.refresh_from_db()
    assert made.state == "signed_off"


def test_homicide_is_taken_back_by_two(case: Case, ann: Account, sue: Account) -> None:
    said = {"rank": "DI", "reason": "Stab wound", "would_change": "the post-mortem"}
    change_class_of(case, "called homicide", said, ann, NOW)
    said |= {"reason": "An old scar"}
    with pytest.raises(ActRefused):
        change_class_of(case, "called homicide no more", {**said, "senior": "ann"}, ann, NOW)
    sign(ask_no_more(case, said, ann, NOW), sue, NOW)
    assert class_of(case) == "unexpected_under_investigation"
    assert [c.act for c in ClassChange.objects.all()] == [
        "called homicide",
        "called homicide no more",
    ]


@pytest.mark.database
def test_dissent_is_refused_its_removal_by_desk_and_database(case: Case, ann: Account) -> None:
    made = disagree(case, ("paramedic", "Example, crew 4"), "It looks suspicious.", ann, NOW)
    with pytest.raises(ActRefused, match="stays"):
        remove_dissent(made)
    for act in (
        Dissent.objects.all().delete,
        lambda: Dissent.objects.update(words="It does not."),
        made.delete,
    ):
        with pytest.raises(DatabaseError, match="never altered"), transaction.atomic():
            act()
    assert Dissent.objects.get().words == "It looks suspicious."
    with pytest.raises(ActRefused):
        disagree(case, ("paramedic", "x"), " ", ann, NOW)
    with pytest.raises(ActRefused):
        disagree(case, ("chief", "x"), "y", ann, NOW)


def test_history_owes_nothing_until_somebody_acts(ann: Account) -> None:
    old = record("OLD-1", at=timezone.now() - timedelta(days=900))
    record("NEW-1", at=timezone.now() - timedelta(hours=1))
    owed = {one.subject for one in deadlines_of_lines(timezone.now())}
    assert owed == {"case:NEW-1"}
    disagree(old, ("officer", "x"), "y", ann, timezone.now())
    assert {one.subject for one in deadlines_of_lines(timezone.now())} == {
        "case:NEW-1",
        "case:OLD-1",
    }


def test_what_is_asked_to_be_kept(case: Case, ann: Account) -> None:
    made = sent_to_keep(case, "cctv", ("the council", "Please keep"), ann, NOW)
    assert made.at == NOW
    for keep, told in (("x", ("a", "b")), ("cctv", ("", "b")), ("cctv", ("a", " "))):
        with pytest.raises(ActRefused):
            sent_to_keep(case, keep, told, ann, NOW)


def test_only_a_death_has_lines(ann: Account) -> None:
    with pytest.raises(ActRefused, match="only a death"):
        opened(record("R-1", kind="non_fatal"), ann, NOW)


@pytest.mark.database
def test_without_its_row_no_act_happens(
    case: Case, ann: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("clew.desk.casework.acts.write", broken)
    for act in (
        lambda: act_on(case, "cctv", "done", {"proof": "x"}, ann, NOW),
        lambda: ask_to_close(case, GOOD, ann, NOW),
        lambda: disagree(case, ("officer", "x"), "y", ann, NOW),
    ):
        with pytest.raises(OSError, match="disk"), transaction.atomic():
            act()
    assert not LineAct.objects.exists()
    assert not Dissent.objects.exists()
    assert not Closing.objects.exists()
