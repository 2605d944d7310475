"""The rows of a register together: what it said on a day, and what follows from that.

Rows are a set: adding one twice changes nothing, and the order of adding does not matter. Nothing
takes a row away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property
from typing import TypeVar

from clew.oversight.register.axes import AxisState, Verified, read_state
from clew.oversight.register.nouns import (
    Answer,
    Axis,
    Body,
    Check,
    Measure,
    Obligation,
    Power,
    Promise,
    Recommendation,
    ReopenTest,
    Repeat,
    Reply,
    Row,
    StateClaim,
    cell_of,
    noun_of,
)

TERMS = {"regulation_28": 56}
"""Days to answer, by basis. 56: Coroners (Investigations) Regulations 2013, regulation 29(4)."""
R = TypeVar("R", bound=Row)


def row_key(row: Row) -> tuple[str, ...]:
    """Return what orders rows: noun, id, the day it was recorded, then everything that it says."""
    cells = (cell_of(getattr(row, field.name)) for field in fields(row))
    return (noun_of(row), row.id, row.recorded_at.isoformat(), row.valid_from.isoformat(), *cells)


class Register:
    """Rows of every noun, in one order whatever the order they came in."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        found = {row_key(row): row for row in rows}
        self.rows: tuple[Row, ...] = tuple(found[key] for key in sorted(found))

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, rows: Iterable[Row]) -> Register:
        """Return a register with these rows too."""
        return Register((*self.rows, *rows))

    def as_of(self, day: date) -> View:
        """Return what the register said at the end of a day: nothing recorded later is in it."""
        latest: dict[tuple[str, str], Row] = {}
        for row in self.rows:  # in the order in which they were recorded
            if row.recorded_at <= day and row.valid_from <= day:
                latest[noun_of(row), row.id] = row
        return View(day, tuple(latest.values()))

    def recorded(self, after: date, until: date) -> Iterator[tuple[Row, bool]]:
        """Yield each row recorded after one day, up to another, and whether its id is new."""
        known = {(noun_of(row), row.id) for row in self.rows if row.recorded_at <= after}
        for row in self.rows:
            if after < row.recorded_at <= until:
                key = (noun_of(row), row.id)
                yield row, key not in known
                known.add(key)


@dataclass(frozen=True, slots=True)
class ObligationState:
    """One addressee's obligation on a day.

    `answers` are the ids that answer it; `overdue` days past `due`, 0 before, None without a day.
    """

    obligation: Obligation
    due: date | None
    answers: tuple[str, ...]
    state: str
    overdue: int | None
    axes: tuple[AxisState, ...]


class View:
    """The register as it was on one day. Withdrawn rows are in `withdrawn`, and nowhere else."""

    def __init__(self, day: date, rows: tuple[Row, ...]) -> None:
        self.day = day
        self.rows = tuple(row for row in rows if not row.withdrawn)
        self.withdrawn = tuple(row for row in rows if row.withdrawn)

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """Return the rows of one noun, by their ids."""
        return tuple(row for row in self._by_kind.get(kind, ()) if isinstance(row, kind))

    @cached_property
    def _by_kind(self) -> dict[type[Row], list[Row]]:
        found: dict[type[Row], list[Row]] = {}
        for row in self.rows:
            found.setdefault(type(row), []).append(row)
        return found

    @cached_property
    def _about(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            if isinstance(row, StateClaim | Check | Measure):
                found.setdefault(row.about, []).append(row)
        return found

    @cached_property
    def _names(self) -> dict[str, str]:
        """Return the id of each body by its name and aliases, case-folded; the first by id."""
        found: dict[str, str] = {}
        for one in self.bodies.values():
            for name in (one.name, *one.aliases):
                found.setdefault(name.casefold(), one.id)
        return found

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """Return each row by its id; where nouns share one, the last by name."""
        return {row.id: row for row in self.rows}

    @cached_property
    def bodies(self) -> dict[str, Body]:
        """Return each body by its id."""
        return {row.id: row for row in self.of(Body)}

    def name(self, body: str) -> str:
        """Return the name of a body, or the words that were given in place of an id."""
        found = self.bodies.get(body)
        return found.name if found else body

    def body_id(self, text: str) -> str:
        """Return the id of the body that an id, name or alias means, "" where there is none."""
        return text if text in self.bodies else self._names.get(text.casefold(), "")

    def independent(self, checker: str, promiser: str) -> bool:
        """Return whether both are bodies of the register, and neither is part of the other."""
        a, b = self.body_id(checker), self.body_id(promiser)
        return bool(a and b) and a not in self._above_body(b) and b not in self._above_body(a)

    def _above_body(self, body: str) -> list[str]:
        """Return a body and every one above it."""
        path = [body]
        while (found := self.bodies.get(path[-1])) and found.part_of:
            above = self.body_id(found.part_of)
            if not above or above in path:
                break
            path.append(above)
        return path

    def has_power(self, body: str, power: str) -> bool | None:
        """Return whether a body has a power on this day; None where no row says who has it."""
        said = [row for row in self.of(Power) if row.power == power]
        if not said:
            return None
        return any(
            row.body == body and (row.until is None or self.day <= row.until) for row in said
        )

    def test_in_force(self, about: str, day: date) -> ReopenTest | None:
        """Return the version of a reopening test that was in force on a day."""
        fits = [
            row
            for row in self.of(ReopenTest)
            if row.about == about
            and row.in_force <= day
            and (row.until is None or day <= row.until)
        ]
        return max(fits, key=lambda row: (row.in_force, row.id), default=None)

    def axis_states(self, about: str, promiser: str) -> tuple[AxisState, ...]:
        """Return what is claimed and verified of an obligation or promise, on each axis."""
        rows = self._about.get(about, [])
        claims = [row for row in rows if isinstance(row, StateClaim)]
        checks = [row for row in rows if isinstance(row, Check)]
        measures = [row for row in rows if isinstance(row, Measure)]
        free = frozenset(row.id for row in checks if self.independent(row.by, promiser))
        return tuple(read_state(axis, claims, checks, measures, free, self.day) for axis in Axis)

    def promise_states(self) -> list[tuple[Promise, tuple[AxisState, ...]]]:
        """Return every promise with its axes."""
        return [(row, self.axis_states(row.id, row.by)) for row in self.of(Promise)]

    def obligation_states(self) -> list[ObligationState]:
        """Return every obligation as it is on this day, by the day it is due."""
        answers: dict[str, list[Answer]] = {}
        for one in self.of(Answer):
            for about in one.obligations:
                answers.setdefault(about, []).append(one)
        found = [self._obligation(row, answers.get(row.id, [])) for row in self.of(Obligation)]
        return sorted(found, key=lambda one: (one.due or date.max, one.obligation.id))

    def _obligation(self, row: Obligation, answers: list[Answer]) -> ObligationState:
        due = due_day(row)
        late = None if due is None else max((self.day - due).days, 0)
        whole = [one for one in answers if not one.part]
        if whole:
            state = "answered"
        elif answers:
            state = "partial"
        else:
            state = "overdue" if late else "due"
        given = tuple(one.id for one in answers)
        axes = self.axis_states(row.id, row.addressee)
        return ObligationState(row, due, given, state, 0 if whole else late, axes)

    def repeats_of(self, finding: str) -> list[Repeat]:
        """Return the earlier findings that one repeats."""
        return [row for row in self.of(Repeat) if row.finding == finding]

    def replies_to(self, about: str) -> list[Reply]:
        """Return what bodies replied beside a row."""
        return [row for row in self.of(Reply) if row.about == about]

    def proceeding_of(self, row: Row) -> str:
        """Return the id of the proceeding that a row is of, "" where it is of none."""
        if direct := getattr(row, "proceeding", ""):
            return str(direct)
        if isinstance(row, Obligation):
            above = self.by_id.get(row.recommendation)
            return above.proceeding if isinstance(above, Recommendation) else ""
        up = getattr(row, "about", "") or next(iter(getattr(row, "obligations", ())), "")
        above = self.by_id.get(up or getattr(row, "finding", ""))
        if above is None or above is row:
            return ""
        if noun_of(above) == "proceeding":
            return above.id
        return str(getattr(above, "proceeding", "")) or self._above(above)

    def _above(self, row: Row) -> str:
        return self.proceeding_of(row) if isinstance(row, Obligation) else ""


def due_day(row: Obligation) -> date | None:
    """Return the day by which an obligation must be answered, None where nothing says so."""
    if row.due is not None:
        return row.due
    term = TERMS.get(row.basis)
    return None if term is None else row.valid_from + timedelta(days=term)


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts that follow from the rows of a day, and from nothing else."""

    by_noun: tuple[tuple[str, int], ...]
    obligations: tuple[tuple[str, int], ...]
    verified: tuple[tuple[str, int], ...]


def count(view: View) -> Totals:
    """Count the rows of a view: of each noun, obligations by state, axes by what is verified."""
    nouns: dict[str, int] = {}
    for row in view.rows:
        nouns[noun_of(row)] = nouns.get(noun_of(row), 0) + 1
    states = dict.fromkeys(("due", "overdue", "partial", "answered"), 0)
    verified = dict.fromkeys((one.value for one in Verified), 0)
    for one in view.obligation_states():
        states[one.state] += 1
    for _, axes in view.promise_states():
        for axis in axes:
            if axis.axis is Axis.PRACTICE:
                verified[axis.verified.value] += 1
    return Totals(tuple(nouns.items()), tuple(states.items()), tuple(verified.items()))
