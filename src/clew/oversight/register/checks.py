"""What in a register contradicts itself, does not follow from its rows, or has no document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date

from clew.oversight.register.axes import STATES, Move, move, weigh_check
from clew.oversight.register.nouns import (
    Axis,
    Call,
    Check,
    Measure,
    Obligation,
    OutcomeCount,
    Promise,
    ReopenTest,
    Row,
    StateClaim,
    Statement,
    noun_of,
)
from clew.oversight.register.officers import names_officer
from clew.oversight.register.rows import Register, View
from clew.oversight.register.tracker import Copies

REFERENCES = (
    "proceeding", "recommendation", "obligations", "follows", "finding", "earlier", "about",
    "measure", "test",
)  # fmt: skip
"""Columns whose values are ids of other rows. `about` and `measure` of some nouns are words."""
NAMED = ("addressee", "asked_of", "power_of", "decides", "part_of")
"""Columns whose values must be bodies of the register."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong or missing: its kind, the row, and what it is."""

    kind: str
    noun: str
    id: str
    words: str


def check_register(register: Register, copies: Copies, day: date) -> list[Fault]:
    """Return what is wrong with a register on a day, by kind and row."""
    view = register.as_of(day)
    found = [
        *_doubled(register),
        *_references(view),
        *_sums(view),
        *_documents(view),
        *_claimed(view),
        *_powers(view),
        *_weighed(view),
        *_officers(view),
        *_copies(copies, day),
    ]
    return sorted(found, key=lambda one: (one.kind, one.noun, one.id, one.words))


def _doubled(register: Register) -> Iterator[Fault]:
    last: Row | None = None
    for row in register.rows:
        if last is not None and (noun_of(row), row.id, row.recorded_at) == (
            noun_of(last),
            last.id,
            last.recorded_at,
        ):
            yield Fault(
                "contradiction", noun_of(row), row.id,
                f"two rows recorded on {row.recorded_at:%-d %B %Y} differ",
            )  # fmt: skip
        last = row


def _references(view: View) -> Iterator[Fault]:
    everything = {*view.by_id, *(row.id for row in view.withdrawn)}
    for row in view.rows:
        for name in REFERENCES:
            value = getattr(row, name, "")
            if (name == "about" and noun_of(row) == "finding") or (
                name == "measure" and not isinstance(row, Check)
            ):
                continue
            if name == "test" and isinstance(row, ReopenTest):
                continue
            for one in (value,) if isinstance(value, str) else value:
                if one and one not in everything:
                    words = f"{name} names {one}, and no row has that id"
                    yield Fault("missing row", noun_of(row), row.id, words)
        for name in NAMED:
            value = getattr(row, name, "")
            if value and value not in view.bodies:
                words = f"{name} is {value}, which is no body of the register"
                yield Fault("missing row", noun_of(row), row.id, words)


def _sums(view: View) -> Iterator[Fault]:
    counts = {row.id: row for row in view.of(OutcomeCount)}
    for row in counts.values():
        whole = counts.get(row.of_set)
        if whole is not None and row.number > whole.number:
            yield Fault(
                "sum", "outcome_count", row.id,
                f"{row.number} of {whole.number}: more than the set has",
            )  # fmt: skip
    for whole in counts.values():
        parts = sum(one.number for one in counts.values() if one.part_of == whole.id)
        if parts > whole.number:
            words = f"its parts are {parts} together, and it is {whole.number}"
            yield Fault("sum", "outcome_count", whole.id, words)


def _documents(view: View) -> Iterator[Fault]:
    for row in view.rows:
        if isinstance(row, StateClaim | Promise) and not row.document:
            yield Fault("no document", noun_of(row), row.id, "claimed without a document")


def _claimed(view: View) -> Iterator[Fault]:
    states = {one.obligation.id: one for one in view.obligation_states()}
    said: dict[tuple[str, Axis], str] = {}
    claims = sorted(view.of(StateClaim), key=lambda row: (row.valid_from, row.recorded_at, row.id))
    for row in claims:
        if row.state not in STATES[row.axis]:
            continue
        before = said.get((row.about, row.axis))
        at_once = {
            one.state
            for one in claims
            if (one.about, one.axis, one.by, one.valid_from)
            == (row.about, row.axis, row.by, row.valid_from)
        }
        if len(at_once) > 1:
            words = f"{' and '.join(sorted(at_once))} are claimed of one day"
            yield Fault("contradiction", "state_claim", row.id, words)
        if move(row.axis, before, row.state) is Move.SKIPS:
            words = f"{row.state} is claimed, and done was never claimed"
            yield Fault("contradiction", "state_claim", row.id, words)
        said[row.about, row.axis] = row.state
        derived = states.get(row.about)
        answered = row.axis is Axis.ANSWER and row.state == "answered"
        if answered and derived is not None and derived.state != "answered":
            words = f"answered is claimed, and no whole answer is recorded for {row.about}"
            yield Fault("contradiction", "state_claim", row.id, words)


def _powers(view: View) -> Iterator[Fault]:
    for row in view.of(Call):
        if row.power and view.has_power(row.asked_of, row.power) is False:
            who = view.name(row.power_of) if row.power_of else "another body"
            yield Fault(
                "power", "call", row.id,
                f"asked of {view.name(row.asked_of)}, which cannot decide it: {who} can",
            )  # fmt: skip


def _weighed(view: View) -> Iterator[Fault]:
    bodies = {row.id: row.addressee for row in view.of(Obligation)}
    bodies |= {row.id: row.by for row in view.of(Promise)}
    bodies |= {row.id: row.by for row in view.of(Statement)}
    for row in view.of(Check):
        measures = [one for one in view.of(Measure) if one.about == row.about]
        independent = view.independent(row.by, bodies.get(row.about, ""))
        _, why = weigh_check(row, measures, independent=independent)
        if why:
            yield Fault("check", "check", row.id, f"does not count as {row.verdict.value}: {why}")


def _officers(view: View) -> Iterator[Fault]:
    for row in (*view.rows, *view.withdrawn):
        for field in fields(row):
            value = getattr(row, field.name)
            if type(value) is str and names_officer(value):
                words = f"{field.name} seems to name an officer; public forms leave the name out"
                yield Fault("name", noun_of(row), row.id, words)


def _copies(copies: Copies, day: date) -> Iterator[Fault]:
    at = copies.last_by(day)
    for row in copies.by_day[at] if at else ():
        name = row.ref or f"no number, {row.reported:%-d %B %Y}"
        if row.replies > len(row.sent_to):
            words = f"{row.replies} replies are claimed from {len(row.sent_to)} addressees"
            yield Fault("sum", "tracker", name, words)
        if row.addressees != len(row.sent_to):
            words = f"{row.addressees} addressees are claimed, and {len(row.sent_to)} are named"
            yield Fault("sum", "tracker", name, words)
        if row.derived() != row.status:
            words = f"claimed {row.status}; its own rows say {row.derived()}"
            yield Fault("contradiction", "tracker", name, words)
