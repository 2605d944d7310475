"""What opens a closed death again, whoever brings it; and that nothing else does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from casework_world import GOOD, do_all
from desk_records import pair, record
from django.db import transaction
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from made_desk import candidate, pair_of, round_found
from signed_in import Make, SignedIn

from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.rules import Permission
from clew.desk.casework.closing import ask_to_close
from clew.desk.casework.concerns import NewConcern, act_on, take, tie
from clew.desk.casework.leads import recommend
from clew.desk.casework.lines import class_of
from clew.desk.casework.models.status import ClassChange
from clew.desk.casework.referrals import refer
from clew.desk.ledger.models import Entry
from clew.desk.pages import judging
from clew.desk.records.hand_ins import Proposal
from clew.desk.records.models import Case, SceneCard
from clew.desk.records.origin import Origin
from clew.desk.records.proposals import decide, propose
from clew.desk.records.sealing import lift, seal
from clew.desk.records.take_in import take_in_facts
from clew.desk.review.models import Pair
from clew.desk.rounds.claims import claim

pytestmark = pytest.mark.django_db
FIGURES = {
    "rank": 1, "micro_bans": 9_000_000, "chance": 1e-4, "compared": 1, "tier": "similarity",
    "relation": "lead", "findings": [], "other_explanations": [],
}  # fmt: skip


@pytest.fixture
def ann(account: Make) -> Account:
    return account("ann", "analyst:KD", "reporter:KD")


@pytest.fixture
def sue(account: Make) -> Account:
    return account("sue", "supervisor:KD")


@pytest.fixture
def closed(ann: Account, sue: Account) -> Case:
    """A death of sue's that was closed a moment ago."""
    now = timezone.now() - timedelta(minutes=1)
    case = record("K-1", at=now - timedelta(hours=2), texts={"now": {"premises": "park"}})
    Case.objects.filter(pk=case.pk).update(owner=sue)
    do_all(case, ann, now)
    assert ask_to_close(case, GOOD, ann, now, sue).closed
    return Case.objects.get(pk=case.pk)


def is_closed(case: Case) -> bool:
    return class_of(case) == "unexpected_not_suspicious"


def reason(case: Case) -> str:
    """Return why it was opened again, once, with its row and the notice to its owner."""
    assert not is_closed(case)
    change = ClassChange.objects.get(case=case, act="opened again")
    assert change.by is None
    bodies = Entry.objects.filter(subject=f"case:{case.case_id}").values_list("body", flat=True)
    rows = [json.loads(body) for body in bodies if '"class: opened again"' in body]
    assert [row["said"]["reason"] for row in rows] == [change.reason]
    words = f"Reopened: {case.case_id}. {change.reason}"
    assert Notice.objects.filter(to=case.owner, words=words).count() == 1
    return change.reason


def found(case: Case, other: Case, *, alert: bool, update: bool = False) -> None:
    one = candidate(case, other, {**FIGURES, "alert": alert})
    round_found(timezone.now(), [replace(one, row=replace(one.row, update=update))])


def facts(tmp_path: Path, *rows: tuple[str, str]) -> None:
    at = timezone.now().isoformat(timespec="seconds")
    lines = ["case_id,field,op,value,known_at", *(f"K-1,{n},set,{v},{at}" for n, v in rows)]
    path = tmp_path / "facts.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert take_in_facts(path, "command line").refused == []


# An alert, and an update of one.


@pytest.mark.parametrize("closed_one", ["case", "candidate"])
def test_an_alert_of_a_round_opens_it(closed: Case, closed_one: str) -> None:
    halves = (closed, record("K-2"))
    found(*(halves if closed_one == "case" else halves[::-1]), alert=True)
    assert reason(closed) == "New alert"


def test_an_update_of_an_alert_opens_it(closed: Case) -> None:
    found(record("K-2"), closed, alert=False, update=True)
    assert reason(closed) == "A record was added to an alert about it"


# A pair that is judged linked.


def judge(client: Client, one: Pair, verdict: str) -> None:
    form = {
        "verdict": verdict, "relation": "same_source" if verdict == "linked" else "none",
        "reason": "The same bottle.", "explanation": "", "verified": "no",
        "would_change": "Another bottle", "shown": one.link_id,
        "decided_at": timezone.localtime(timezone.now()).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    assert client.post(f"/pair/{one.pk}/judge", form).status_code == 302


def test_a_pair_judged_linked_opens_it(closed: Case, signed_in: SignedIn) -> None:
    one = pair(closed, record("K-2"))
    judge(signed_in("ann"), one, "undetermined")
    assert is_closed(closed)
    judge(signed_in("ann"), one, "linked")
    assert reason(closed) == "A link with another record was judged linked"
    assert "K-2" not in reason(closed), "people read it who may see no link"


def test_a_pair_compared_again_in_this_moment_is_not_judged(
    closed: Case, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the page's checks and its transaction a round lays another link to the pair."""
    one, client = pair(closed, record("K-2")), signed_in("ann")
    read = judging.pair_of
    seen: list[int] = []

    def read_before_the_round(request: HttpRequest, act: Permission, number: int) -> Pair:
        got = read(request, act, number)
        seen.append(number)
        if len(seen) == 1:
            found(Case.objects.get(case_id="K-2"), closed, alert=False)
        return got

    monkeypatch.setattr(judging, "pair_of", read_before_the_round)
    form = {
        "verdict": "linked", "relation": "same_source", "reason": "r", "shown": one.link_id,
        "decided_at": timezone.localtime(timezone.now()).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    assert client.post(f"/pair/{one.pk}/judge", form).status_code == 403
    assert not one.judgements.exists()


# A concern that names it.


def a_concern() -> int:
    said = NewConcern("He had a phone.", "A sister", "family", "KD")
    return take(said, "ann", timezone.now()).pk


def test_a_concern_that_names_it_opens_it(closed: Case) -> None:
    number = a_concern()
    assert is_closed(closed), "a concern about no record yet"
    tie(number, "K-1", "ann", timezone.now())
    assert reason(closed) == "A concern named it"


def test_a_challenged_answer_opens_it(closed: Case, ann: Account, sue: Account) -> None:
    number, now = a_concern(), timezone.now()
    act_on(number, "owned", {"owner": "sue", "by": "sue"}, now)
    answer = {"by": "sue", "answer": "We looked.", "how_to_challenge": "Write to us."}
    act_on(number, "answered", answer, now)
    tie(number, "K-1", "ann", now)
    assert is_closed(closed), "what is answered waits for nobody"
    act_on(number, "challenged", {"by": "ann", "words": "You did not."}, now)
    assert reason(closed) == "The answer to a concern about it was challenged"


def test_a_death_that_is_named_beside_another_opens(closed: Case) -> None:
    number, other = a_concern(), record("K-2")
    pair(other, closed)
    tie(number, "K-2", "ann", timezone.now())
    assert is_closed(closed)
    claim(number, "K-1", "ann", timezone.now())
    assert reason(closed) == "A concern named it"


# A late fact, by every door.


def by_file(tmp_path: Path, _: Client) -> None:
    facts(tmp_path, ("substances", "heroin"))


def by_proposal(_: Path, __: Client) -> None:
    at = int(timezone.now().timestamp())
    row = ["substances", "set", "heroin", at, at, "", "tested", "the laboratory"]
    with transaction.atomic():
        case = Case.objects.get(case_id="K-1")
        made = propose(Proposal.FACTS, case, [json.dumps(row)], Origin("x"), ("r", "f.csv"))
        keeper = Account.objects.get(name="sue").person(second_factor=True)
        decide(made.pk, keeper, "It is true", accepts=True)


def by_card(_: Path, client: Client) -> None:
    seen = timezone.localtime(timezone.now()).strftime("%Y-%m-%dT%H:%M")
    form = {"card": str(uuid4()), "seen_at": seen, "record": "K-1", "bottle": "seen"}
    assert client.post("/scene-card", form).status_code == 302


@pytest.mark.parametrize("door", [by_file, by_proposal, by_card])
def test_a_late_fact_that_is_compared_opens_it(
    door: Callable[[Path, Client], None], closed: Case, signed_in: SignedIn, tmp_path: Path
) -> None:
    door(tmp_path, signed_in("ann"))
    assert reason(closed).startswith("New facts: ")


def test_a_card_that_is_withdrawn_opens_it(
    ann: Account, sue: Account, signed_in: SignedIn, tmp_path: Path
) -> None:
    now = timezone.now() - timedelta(minutes=1)
    case = record("K-1", at=now - timedelta(hours=2), texts={"now": {"premises": "park"}})
    Case.objects.filter(pk=case.pk).update(owner=sue)
    by_card(tmp_path, signed_in("ann"))
    do_all(case, ann, now)
    assert ask_to_close(case, GOOD, sue, now, ann).missing, "who sent the card does not sign"
    assert ask_to_close(case, GOOD, ann, now, sue).closed
    number = SceneCard.objects.get().pk
    signed_in("ann").post(f"/withdraw-card/{number}", {"reason": "Another death"})
    assert reason(Case.objects.get(pk=case.pk)).startswith("New facts: ")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("manner", "homicide", "manner"), ("moved_after_death", "yes", "moved after death")],
)
def test_a_fact_that_contradicts_the_closing_opens_it(
    name: str, value: str, words: str, closed: Case, tmp_path: Path
) -> None:
    facts(tmp_path, (name, value))
    assert words in reason(closed)


def test_facts_that_change_nothing_leave_it_closed(closed: Case, tmp_path: Path) -> None:
    facts(tmp_path, ("identity_status", "confirmed"), ("premises", "park"), ("manner", "suicide"))
    assert is_closed(closed)


# Nothing else.


def test_a_plain_candidate_a_referral_and_a_lead_leave_it_closed(
    closed: Case, ann: Account
) -> None:
    found(record("K-2"), closed, alert=False)
    refer(["K-1"], "Please look at it", "ann", timezone.now())
    lead = {"kind": "recommendation", "role": "pathologist", "words": "Test the sheet"}
    recommend(closed, lead, ann, timezone.now())
    assert is_closed(closed)
    assert not ClassChange.objects.filter(act="opened again").exists()


# Where the other half is sealed, its keeper is notified, and nobody else can tell.


def test_an_alert_with_a_sealed_record_goes_to_its_keeper(closed: Case, account: Make) -> None:
    kim = account("kim", "supervisor")
    other = record("S-1", sealed=True, sealed_by="kim")
    found(other, closed, alert=True)
    assert is_closed(closed)
    told = Notice.objects.filter(words__contains="something came up between it and S-1")
    assert [notice.to for notice in told] == [kim]
    with transaction.atomic():
        lift(Case.objects.get(pk=other.pk), kim.person(second_factor=True), "not needed")
    assert reason(closed) == "New alert"


def test_a_link_with_a_sealed_record_goes_to_its_keeper(
    closed: Case, account: Make, signed_in: SignedIn
) -> None:
    kim = account("kim", "supervisor")
    other = record("S-1")
    pair(other, closed)
    with transaction.atomic():
        sealed, by_kim = Case.objects.get(pk=other.pk), kim.person(second_factor=True)
        seal(sealed, by_kim, "a living person", proposed_by="lea", review=other.reported_at.date())
    judge(signed_in("kim"), pair_of("S-1", "K-1"), "linked")
    assert is_closed(closed)
    assert Notice.objects.filter(to=kim, words__contains="between it and S-1").exists()
    with transaction.atomic():
        lift(Case.objects.get(pk=other.pk), kim.person(second_factor=True), "not needed")
    assert reason(closed) == "A link with another record was judged linked"
