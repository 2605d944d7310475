"""The contract of a referral through its doors: clock, answers, challenge, review, silence."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from desk_records import judged, pair, record
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from signed_in import Make, SignedIn

from clew.assurance.referral import ACCEPTED, IN_REVIEW, REFERRAL, REFUSED, SENT, WAITS
from clew.desk.accounts.models import Account, Grant, Notice
from clew.desk.casework.escalate import escalate_overdue
from clew.desk.casework.models.referrals import Referral, ReferralStep, WarnDecision
from clew.desk.casework.referral_snapshot import ask_on_duty
from clew.desk.casework.referrals import (
    act_on,
    open_referrals_of,
    refer,
    refer_automatically,
    resurface,
)
from clew.desk.casework.warnings import decide_warning, require_warning
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case, Fact
from clew.desk.release.erase import Order, erase
from clew.desk.review.models import Link, Pair
from clew.desk.rounds.referrals import notify_referrals
from clew.errors import ActRefused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
NUMBER = count(1)
NO = {"by": "tom", "rank": "DCI", "reason": "Two overdoses."}


@pytest.fixture
def two(account: Make) -> list[Case]:
    account("ann", "analyst:KD")
    account("sue", "supervisor:KD")
    account("tom", "murder_team")
    account("una", "murder_team")
    return [record("BD-1"), record("BD-2")]


def sent(two: list[Case]) -> Referral:
    return refer(["BD-2", "BD-1"], "Two men at one place.", "ann", NOW, "night duty")


def words_for(name: str) -> list[str]:
    return list(Notice.objects.filter(to__name=name).values_list("words", flat=True))


def test_what_was_told_is_kept_and_the_clock_runs(two: list[Case]) -> None:
    one = sent(two)
    Case.objects.filter(case_id="BD-1").update(area="LX", texts={"now": {"sex": "f"}})
    one = Referral.objects.get(pk=one.pk)
    assert one.snapshot.says == "Two men at one place."
    assert [told["case_id"] for told in one.snapshot.stood["records"]] == ["BD-2", "BD-1"]
    assert dict(one.snapshot.stood["records"][1]["rows"])["Agency and area"] == "KD"
    assert (one.state, one.due) == (SENT, NOW + 24 * HOUR)
    assert open_referrals_of(two[0]) == [f"Referral {one.pk}: Waiting for an answer"]
    assert any("referral" in words for words in words_for("tom"))
    assert any("referral" in words for words in words_for("sue"))
    row = Entry.objects.get(subject=f"referral:{one.pk}")
    assert (row.actor, row.purpose) == ("ann", "night duty")


@pytest.mark.parametrize("ids", [[], ["BD-9"], ["BD-1", "BD-9"]])
def test_a_referral_names_records_that_are_there(two: list[Case], ids: list[str]) -> None:
    with pytest.raises(ActRefused):
        refer(ids, "x", "ann", NOW)
    with pytest.raises(ActRefused):
        refer(["BD-1"], "  ", "ann", NOW)
    assert not Referral.objects.exists()
    assert not Entry.objects.filter(subject__startswith="referral").exists()


def test_refused_challenged_brought_up_again_and_accepted(two: list[Case]) -> None:
    one = sent(two)
    with pytest.raises(ActRefused, match="rank"):
        act_on(one.pk, "refused", {"by": "tom", "reason": "r"}, NOW)
    act_on(one.pk, "refused", NO, NOW + HOUR)
    said = {"by": "ann", "reason": "The note was never compared.", "senior": "una"}
    with pytest.raises(ActRefused, match="more senior"):
        act_on(one.pk, "challenged", {**said, "senior": "tom"}, NOW + HOUR)
    one = act_on(one.pk, "challenged", said, NOW + 2 * HOUR)
    assert (one.senior, one.due) == ("una", NOW + 26 * HOUR)
    with pytest.raises(ActRefused, match="someone other than the person who refused"):
        act_on(one.pk, "accepted", {**NO}, NOW + 3 * HOUR)
    act_on(one.pk, "refused", {**NO, "by": "una"}, NOW + 3 * HOUR)
    assert resurface(["BD-7"], "x", NOW + 4 * HOUR) == []
    (again,) = resurface(["BD-7", "BD-1"], "BD-3 matches BD-1", NOW + 4 * HOUR)
    assert (again.state, again.due) == (IN_REVIEW, NOW + 28 * HOUR)
    assert resurface(["BD-1"], "x", NOW + 5 * HOUR) == []
    act_on(one.pk, "accepted", {**NO, "reason": "Three."}, NOW + 5 * HOUR)
    acts = list(ReferralStep.objects.filter(referral=one).values_list("act", flat=True))
    assert acts == ["sent", "refused", "challenged", "refused", "brought up again", "accepted"]
    assert Entry.objects.filter(subject=f"referral:{one.pk}").count() == len(acts)
    assert open_referrals_of(two[0]) == []


@pytest.mark.database
def test_acts_cannot_be_altered_or_removed_in_the_database(two: list[Case]) -> None:
    one = sent(two)
    act_on(one.pk, "refused", NO, NOW)
    steps = ReferralStep.objects.filter(referral=one)
    for harm in (lambda: steps.update(said={}), steps.delete):
        with pytest.raises(DatabaseError, match="never altered"), transaction.atomic():
            harm()
    assert steps.count() == 2


def test_a_withdrawal_is_approved_by_somebody_else(two: list[Case]) -> None:
    one = sent(two)
    with pytest.raises(ActRefused, match="someone else must approve"):
        act_on(one.pk, "withdrawn", {"by": "ann", "approver": "ann", "reason": "r"}, NOW)
    act_on(one.pk, "withdrawn", {"by": "ann", "approver": "sue", "reason": "r"}, NOW)
    assert resurface(["BD-2"], "new", NOW)[0].state == IN_REVIEW


def test_a_request_that_nobody_answers_goes_up_and_is_never_accepted(two: list[Case]) -> None:
    one = sent(two)
    late = NOW + 25 * HOUR
    with pytest.raises(ActRefused, match="this one is escalated"):
        act_on(one.pk, "accepted by silence", {"told": "x"}, late)
    assert [up.to for up in escalate_overdue(late)] == ["supervisor"]
    one.refresh_from_db()
    assert (one.state, one.went_up) == (SENT, 1)
    assert any("escalated to" in words for words in words_for("sue"))


def test_a_possible_series_refers_itself_once_and_silence_accepts(
    two: list[Case], monkeypatch: pytest.MonkeyPatch, account: Make
) -> None:
    account("chief")
    monkeypatch.setattr(
        "clew.desk.records.who_to_tell.CONFIGURATION", type("C", (), {"chief_officer": "Chief"})
    )
    alert = pair(two[1], two[0])
    one = refer_automatically(alert, NOW)
    assert refer_automatically(alert, NOW + HOUR).pk == one.pk
    assert one.asked_by == ""
    for name in ("tom", "sue"):
        assert any("sent a referral automatically" in words for words in words_for(name)), name
    assert escalate_overdue(NOW + 24 * HOUR) == []
    escalate_overdue(NOW + 25 * HOUR)
    one.refresh_from_db()
    assert one.state == ACCEPTED
    assert escalate_overdue(NOW + 26 * HOUR) == []
    assert [words for words in words_for("chief") if "accepted automatically" in words]
    assert ReferralStep.objects.get(referral=one, act="accepted by silence").said == {
        "told": "Chief"
    }


def test_a_series_whose_records_are_referred_already_does_not_ask_twice(two: list[Case]) -> None:
    one = sent(two)
    assert refer_automatically(pair(two[1], two[0]), NOW).pk == one.pk


def test_a_round_refers_alerts_and_brings_refusals_up_again(two: list[Case]) -> None:
    alert = pair(two[1], two[0])
    Link.objects.filter(pk=alert.link_id).update(alert=True, chance=0.01)
    links = list(Link.objects.select_related("case", "other"))
    assert notify_referrals([], links, NOW) == {"referred": 1, "brought_up": 0}
    assert notify_referrals([], links, NOW + HOUR) == {"referred": 0, "brought_up": 0}
    one = Referral.objects.get()
    act_on(one.pk, "refused", NO, NOW)
    assert notify_referrals([], links, NOW)["brought_up"] == 0  # the team was told of this pair
    weak = pair(record("BD-3"), two[0]).link
    assert notify_referrals([], [weak], NOW)["brought_up"] == 0
    weak.chance = 0.005
    assert notify_referrals([], [weak], NOW)["brought_up"] == 1
    act_on(one.pk, "refused", NO, NOW)
    assert notify_referrals([("BD-2", ("mechanism",))], [], NOW)["brought_up"] == 1
    assert (
        "BD-2: mechanism"
        in ReferralStep.objects.filter(act="brought up again").last().said["because"]
    )  # type: ignore[union-attr]


def test_whom_to_warn_is_owed_and_decided_by_name(two: list[Case], account: Make) -> None:
    one = pair(two[1], two[0])
    owed = require_warning(one, NOW)
    assert require_warning(one, NOW + HOUR).pk == owed.pk
    assert owed.due == NOW + 24 * HOUR
    for whom, reason in (([], "r"), (["nobody", "apps"], "r"), (["apps"], " "), (["x"], "r")):
        with pytest.raises(ActRefused):
            decide_warning(owed.pk, whom, reason, "sue", NOW)
    assert [up.deadline.kind for up in escalate_overdue(NOW + 25 * HOUR)] == ["warn"]
    decide_warning(owed.pk, ["apps", "venues"], "Met through apps.", "sue", NOW + 26 * HOUR)
    assert escalate_overdue(NOW + 100 * HOUR) == []
    assert WarnDecision.objects.get().taken.get().account.name == "sue"


def test_who_is_on_duty_is_a_prompt_that_names_and_counts_nobody(two: list[Case]) -> None:
    people = "officer:person:O1; officer:person:O2; finder:person:W1"
    for case in two:
        case.texts = {"now": {"entities": people}}
    assert ask_on_duty(two) == ["2 people at work there attended BD-1 and BD-2: ask them now"]
    two[0].texts = {"now": {"entities": "officer:person:O1"}}
    assert "One person" in ask_on_duty(two)[0]
    assert ask_on_duty(two[:1]) == []


def test_what_is_erased_is_withheld_in_what_was_told(two: list[Case]) -> None:
    case = two[0]
    case.texts = {"report": {"cause": "Dreadfulword"}, "now": {"cause": "Dreadfulword"}}
    case.save()
    fact = Fact.objects.create(
        case=case, field="cause", value="Dreadfulword", known_at="2026-01-01T00:00:00Z",
        recorded_at="2026-01-01T00:00:00Z", entered_by="ann", from_report=True,
    )  # fmt: skip
    one = sent(two)
    assert "Dreadfulword" in str(one.snapshot.stood)
    erase("BD-1", fact.pk, Order("root", "by law"))
    assert "Dreadfulword" not in str(Referral.objects.get(pk=one.pk).snapshot.stood)


def page(client: Client, one: Referral) -> str:
    return client.get(f"/referral/{one.pk}").content.decode()


def test_the_pages_offer_each_role_what_it_may_do(two: list[Case], signed_in: SignedIn) -> None:
    one = sent(two)
    ann, tom, far = signed_in("ann"), signed_in("tom"), signed_in("far", "analyst:LX")
    assert "Answer the referral" not in page(ann, one)
    assert far.get(f"/referral/{one.pk}").status_code == 404
    answer = f"/referral/{one.pk}/answer"
    assert ann.post(answer, {"act": "accepted"}).status_code == 403
    wrong = tom.post(answer, {"act": "refused", "rank": "DCI", "reason": ""})
    assert wrong.status_code == 422
    assert 'value="DCI"' in wrong.content.decode()
    tom.post(answer, {"act": "refused", "rank": "DCI", "reason": "Two overdoses."})
    assert "Two overdoses." in page(ann, one)
    challenge = {"senior": "tom", "reason": "No."}
    assert ann.post(f"/referral/{one.pk}/challenge", challenge).status_code == 422
    ann.post(f"/referral/{one.pk}/challenge", {**challenge, "senior": "una"})
    same = tom.post(answer, {"act": "accepted", "rank": "DCI", "reason": "Well then."})
    assert "someone other than the person who refused" in same.content.decode()
    signed_in("una").post(answer, {"act": "accepted", "rank": "DSU", "reason": "Read it anew."})
    assert "Accepted" in page(ann, one)


def test_a_sealed_record_hides_the_whole_referral(two: list[Case], signed_in: SignedIn) -> None:
    one = sent(two)
    Case.objects.filter(case_id="BD-1").update(sealed=True, sealed_by="tom")
    ann = signed_in("ann")
    assert ann.get(f"/referral/{one.pk}").status_code == 404
    assert "Referral" not in ann.get("/referrals").content.decode().split("<main")[1][400:]
    again = ann.post("/refer", {"records": "BD-1", "told": "x"})
    assert "No record found with the number BD-1" in again.content.decode()
    assert signed_in("tom").get(f"/referral/{one.pk}").status_code == 200


def test_a_pair_judged_linked_owes_a_warning(two: list[Case], signed_in: SignedIn) -> None:
    one = pair(two[1], two[0])
    told = {
        "verdict": "linked", "relation": "same_source", "reason": "r", "verified": "no",
        "decided_at": "2026-01-01T10:00", "shown": one.link_id,
    }  # fmt: skip
    signed_in("ann").post(f"/pair/{one.pk}/judge", told)
    owed = WarnDecision.objects.get(pair=one)
    sue = signed_in("sue")
    assert sue.post(f"/warn/{owed.pk}", {"whom": ["apps"]}).status_code == 422
    sue.post(f"/warn/{owed.pk}", {"whom": ["apps", "venues"], "reason": "Why."})
    assert owed.taken.get().whom == ["apps", "venues"]
    assert "Decide who to warn" in sue.get(f"/pair/{one.pk}").content.decode()


def test_a_referral_from_a_pair_names_both(two: list[Case], signed_in: SignedIn) -> None:
    one = pair(two[1], two[0])
    judged(one, Account.objects.get(name="tom"), NOW)
    ann = signed_in("ann")
    assert f"/refer?pair={one.pk}" in ann.get(f"/pair/{one.pk}").content.decode()
    assert 'value="BD-2, BD-1"' in ann.get(f"/refer?pair={one.pk}").content.decode()
    answer = ann.post("/refer", {"records": "BD-2, BD-1", "told": "Please take both."})
    assert answer.status_code == 302
    assert "Please take both." in page(ann, Referral.objects.get())
    assert f"Referral {Referral.objects.get().pk}" in ann.get(f"/pair/{one.pk}").content.decode()


class Machine(RuleBasedStateMachine):
    """Any order of acts: refusals stay, acts and rows agree, and no other path is open."""

    refusals = 0

    @initialize()
    def begin(self) -> None:
        for name, role in (("ann", "analyst"), ("tom", "murder_team"), ("sue", "supervisor")):
            account, _ = Account.objects.get_or_create(name=name, defaults={"full_name": name})
            Grant.objects.get_or_create(account=account, role=role, granted_by="t")
        self.name = f"M-{next(NUMBER)}"  # examples share a database
        record(self.name)
        self.now = NOW
        self.refusals = 0
        self.pk = refer([self.name], "x", "ann", self.now).pk

    @rule(
        act=st.sampled_from([move.act for move in REFERRAL.moves]),
        by=st.sampled_from(["ann", "tom", "sue", ""]),
        reason=st.sampled_from(["r", " "]),
        hours=st.integers(0, 40),
    )
    def act(self, act: str, by: str, reason: str, hours: int) -> None:
        self.now += timedelta(hours=hours)
        said = {"by": by, "rank": "DI", "reason": reason, "senior": "sue", "approver": "sue",
                "because": reason, "told": by}  # fmt: skip
        before = Referral.objects.get(pk=self.pk).state
        try:
            act_on(self.pk, act, said, self.now)
        except ActRefused:
            assert Referral.objects.get(pk=self.pk).state == before
            return
        move = next(m for m in REFERRAL.moves if m.act == act)
        assert before in move.sources
        assert Referral.objects.get(pk=self.pk).state == move.to
        assert act != "accepted by silence"
        self.refusals += act == "refused"

    @rule(hours=st.integers(1, 200))
    def clock(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        escalate_overdue(self.now)
        assert escalate_overdue(self.now) == []

    @rule()
    def new_link(self) -> None:
        before = Referral.objects.get(pk=self.pk).state
        heard = resurface([self.name], "another matches it", self.now)
        assert bool(heard) == (before in (REFUSED, "withdrawn"))

    @invariant()
    def every_act_has_its_row_and_no_refusal_is_lost(self) -> None:
        if not hasattr(self, "pk"):
            return
        steps = list(ReferralStep.objects.filter(referral=self.pk))
        assert Counter(s.act for s in steps)["refused"] == self.refusals
        rows = Entry.objects.filter(subject=f"referral:{self.pk}").exclude(actor="the clock")
        assert rows.count() == len(steps)
        one = Referral.objects.get(pk=self.pk)
        assert one.state == steps[-1].after
        assert (one.state in WAITS) == bool(open_referrals_of(Case.objects.get(case_id=self.name)))


class TestMachine(TestCase, Machine.TestCase):  # type: ignore[misc]
    """Run in a transaction of its own for each example."""

    settings = settings(
        max_examples=15, stateful_step_count=15, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


def test_the_queue_pair_is_left_alone_by_a_refusal(two: list[Case]) -> None:
    one = pair(two[1], two[0])
    made = refer_automatically(one, NOW)
    act_on(made.pk, "refused", NO, NOW)
    assert Pair.objects.get(pk=one.pk).state == Pair.OPEN
