"""In whatever order: no closing without every ground, no dissent lost, each act with its row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from casework_world import GOOD
from desk_records import pair, record
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from clew.assurance.classes import CLASS, INVESTIGATED
from clew.desk.accounts.models import Account, Grant
from clew.desk.casework.closing import (
    ClosingRequest,
    ask_to_close,
    closing_that_waits,
    open_pairs,
    sign_closing,
)
from clew.desk.casework.leads import disagree, open_leads, recommend, remove_dissent, resolve_lead
from clew.desk.casework.lines import act_on, change_class_of, class_of, late_fact, lines_of
from clew.desk.casework.models.status import (
    ApprovalDecision,
    ApprovalRequest,
    ClassChange,
    Closing,
    Dissent,
    Lead,
    LeadAct,
    LineAct,
)
from clew.desk.casework.supervision import (
    ask_no_more,
    ask_sign_off,
    ask_waiver,
    decline,
    sign,
    waiting,
)
from clew.desk.ledger.models import Entry
from clew.desk.review.models import Pair
from clew.errors import ActRefused

BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)
LINES = ("life_extinct", "cctv", "similar_deaths", "medical_history", "no_such_line")
LINE_ACTS = ("done", "waived", "reopened")
PEOPLE = st.sampled_from(["ann", "rob", "sue", "una"])
ASKS = st.sampled_from(
    [GOOD, ClosingRequest("", ""), ClosingRequest("No similar death was found at all.", "x")]
)
SAID = {"rank": "DI", "reason": "r", "would_change": "w", "doctor": "Dr Example"}
ROWS = (
    (LineAct, "line "), (ClassChange, "class: "), (Dissent, "dissent"), (LeadAct, "lead "),
    (ApprovalDecision, ("signed: ", "declined: ")), (ApprovalRequest, "asked: "),
    (Closing, ("closed", "asked to close")),
)  # fmt: skip
"""Each kind of row, and how the ledger's row of it begins."""


class Death(RuleBasedStateMachine):
    """One death, four people, two of them supervisors, and a clock that goes on."""

    def __init__(self) -> None:
        super().__init__()
        for model in (Pair,):
            model.objects.all().delete()
        self.now = BEGIN
        self.case = record(f"M-{Death.made}", at=BEGIN, texts={"now": {"scene": "note"}})
        Death.made += 1
        self.start = Entry.objects.count()
        self.dissents: list[tuple[int, str]] = []

    made = 0

    def who(self, name: str) -> Account:
        return Account.objects.get(name=name)

    def tried(self, door: Any, *told: Any) -> Any:
        self.now += timedelta(minutes=1)
        try:
            return door(*told, self.now)
        except ActRefused:
            return None

    @rule(line=st.sampled_from(LINES), name=PEOPLE, approver=PEOPLE,
          act=st.sampled_from(LINE_ACTS), words=st.sampled_from(["x", " "]))  # fmt: skip
    def line(self, line: str, name: str, approver: str, act: str, words: str) -> None:
        said = {"proof": words, "reason": words, "approver": approver}
        self.tried(act_on, self.case, line, act, said, self.who(name))

    def all_lines(self, name: str) -> None:
        for one in lines_of(self.case, self.now):
            if one.open:
                said = {"proof": "x"}
                self.tried(act_on, self.case, one.line.id, "done", said, self.who(name))

    @rule()
    def tidy(self) -> None:
        """Leave nothing open, so that closings are reached."""
        self.all_lines("ann")
        for lead in open_leads(self.case):
            self.tried(resolve_lead, lead, "resolved", {"proof": "x"}, self.who("ann"))
        self.judged()

    @rule(name=PEOPLE, signer=st.sampled_from(["sue", "una", "sue", "ann", None]))
    def close_well(self, name: str, signer: str | None) -> None:
        self.tidy()
        self.close(GOOD, name, signer)

    @rule(line=st.sampled_from(LINES), name=PEOPLE)
    def waiver(self, line: str, name: str) -> None:
        self.tried(ask_waiver, self.case, line, "no camera", self.who(name))

    @rule(line=st.sampled_from(LINES), name=PEOPLE, signer=PEOPLE)
    def waived_by_two(self, line: str, name: str, signer: str) -> None:
        asked = self.tried(ask_waiver, self.case, line, "no camera", self.who(name))
        if asked is not None:
            made = self.tried(sign, asked, self.who(signer))
            assert (made is not None) == (signer in {"sue", "una"} and signer != name)

    @rule(name=PEOPLE, yes=st.booleans())
    def answer(self, name: str, yes: bool) -> None:
        for asked in waiting(self.case):
            if yes:
                self.tried(sign, asked, self.who(name))
            else:
                self.tried(decline, asked, "no", self.who(name))

    @rule(act=st.sampled_from([move.act for move in CLASS.moves]), name=PEOPLE, senior=PEOPLE)
    def change(self, act: str, name: str, senior: str) -> None:
        said = {**SAID, "senior": senior, "supervisor": senior}
        self.tried(change_class_of, self.case, act, said, self.who(name))
        self.tried(ask_no_more, self.case, SAID, self.who(name))

    @rule(name=PEOPLE)
    def dissent(self, name: str) -> None:
        made = self.tried(disagree, self.case, ("paramedic", "x"), "Suspicious", self.who(name))
        self.dissents.append((made.pk, made.words))
        self.tried(lambda _: remove_dissent(made))

    @rule(name=PEOPLE)
    def lead(self, name: str) -> None:
        told = {"kind": "lead", "role": "officer", "words": "Who is Joe"}
        self.tried(recommend, self.case, told, self.who(name))

    @rule(act=st.sampled_from(["resolved", "signed off", "reopened"]), name=PEOPLE, other=PEOPLE)
    def lead_act(self, act: str, name: str, other: str) -> None:
        for lead in Lead.objects.filter(case=self.case):
            said = {"proof": "x", "reason": "x", "supervisor": other}
            self.tried(resolve_lead, lead, act, said, self.who(name))
            self.tried(ask_sign_off, lead, "x", self.who(other))

    @rule()
    def alert(self) -> None:
        made = pair(record(f"P-{Death.made}-{Pair.objects.count()}"), self.case)
        Pair.objects.filter(pk=made.pk).update(within_budget=True)

    @rule()
    def judged(self) -> None:
        Pair.objects.update(state=Pair.LINKED)

    @rule(ask=ASKS, name=PEOPLE, signer=st.one_of(st.none(), PEOPLE))
    def close(self, ask: ClosingRequest, name: str, signer: str | None) -> None:
        ready = self.ready()
        before = class_of(self.case)
        signed = self.who(signer) if signer else None
        self.now += timedelta(minutes=1)
        try:
            made = ask_to_close(self.case, ask, self.who(name), self.now, signed)
        except ActRefused:
            assert before != INVESTIGATED
            return
        may = ready and ask is GOOD and signer in {"sue", "una"} and signer != name
        assert made.closed == may, made.missing

    @rule(name=PEOPLE)
    def sign_it(self, name: str) -> None:
        waits = closing_that_waits(self.case)
        if waits is not None:
            ready, asker = self.ready(), waits.by
            made = self.tried(sign_closing, waits, self.who(name))
            may = name in {"sue", "una"} and asker is not None and asker.name != name
            assert (made is not None) == may
            assert made is None or made.closed == ready

    @rule()
    def late(self) -> None:
        before = class_of(self.case)
        opened = self.tried(late_fact, self.case, ("substances",))
        assert bool(opened) == (before in {"expected", "unexpected_not_suspicious"})
        assert class_of(self.case) == (INVESTIGATED if opened else before)

    def ready(self) -> bool:
        lines = [one for one in lines_of(self.case, self.now) if one.open]
        return not lines and not open_leads(self.case) and not open_pairs(self.case)

    @invariant()
    def closed_only_by_a_closing_in_which_nothing_lacked(self) -> None:
        closed = Closing.objects.filter(case=self.case, closed=True)
        calls = ClassChange.objects.filter(case=self.case, act="called not suspicious")
        assert [one.at for one in closed] == [one.at for one in calls]
        assert all(one.missing == [] and one.signer not in {None, one.by} for one in closed)
        if class_of(self.case) == "unexpected_not_suspicious":
            last = ClassChange.objects.filter(case=self.case).last()
            assert last is not None
            assert last.act == "called not suspicious"

    @invariant()
    def no_dissent_is_lost(self) -> None:
        held = Dissent.objects.filter(case=self.case).values_list("pk", "words")
        assert list(held) == self.dissents

    @invariant()
    def every_row_has_its_row_of_the_ledger(self) -> None:
        rows = Entry.objects.filter(number__gt=self.start, subject=f"case:{self.case.case_id}")
        told = [json.loads(body).get("what", "") for body in rows.values_list("body", flat=True)]
        for model, begins in ROWS:
            key = (
                "request__case"
                if model is ApprovalDecision
                else "lead__case"
                if model is LeadAct
                else "case"
            )
            made = model.objects.filter(**{key: self.case}).count()  # type: ignore[attr-defined]
            found = [
                what for what in told
                if what.startswith(begins)
                and (model is not ApprovalRequest or what != "asked to close")
            ]  # fmt: skip
            assert len(found) == made, (model, found)


class TestDeath(TestCase):
    """One death through any order of acts, on the database."""

    def test_any_order_of_acts(self) -> None:
        self.check(examples=30)

    @pytest.mark.long
    def test_many_orders_of_acts(self) -> None:
        self.check(examples=100)

    def check(self, examples: int) -> None:
        for name, role in (
            ("ann", "analyst"), ("rob", "reporter"), ("sue", "supervisor"), ("una", "supervisor"),
        ):  # fmt: skip
            made = Account.objects.make(name, name.title(), None)
            Grant.objects.create(account=made, role=role, area="KD", granted_by="test")
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Death,
            settings=settings(
                max_examples=examples,
                stateful_step_count=40,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
        assert Closing.objects.filter(closed=True).count() >= 3
        assert Closing.objects.filter(closed=False).count() >= 3
        assert ClassChange.objects.filter(act="opened again").exists()
        assert ApprovalDecision.objects.filter(signed=True).exists()
