"""Laws of the register: a set of rows, nothing deleted, no short way to "supported"."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from made_register import START, claim, days, force_and_inspectors, look, measure, promise, rows

from clew.disclosure.register_files import atom_feed, json_feed, register_json, render_page
from clew.disclosure.register_sections import sections
from clew.errors import ClewError
from clew.intake.inputs.register_cells import row_of
from clew.intake.inputs.register_files import read_register
from clew.intake.inputs.register_folder import Held, load
from clew.intake.tables.open import RowRefusedError
from clew.oversight.register.axes import STATES, Verified
from clew.oversight.register.nouns import (
    NOUNS,
    Axis,
    Check,
    Direction,
    Measure,
    StateClaim,
    Verdict,
    cells_of,
    noun_of,
)
from clew.oversight.register.rows import Register
from clew.oversight.register.tracker import Copies, Report, compare_copies, count_copy
from clew.workflows.register import changes, check, due, import_files, show

SLOW = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
some = st.lists(rows(), max_size=8)


@given(some, st.randoms(use_true_random=False))
@SLOW
def test_order_and_repetition_change_nothing(found, random):
    mixed = [*found, *found]
    random.shuffle(mixed)
    assert Register(mixed).rows == Register(found).rows
    assert Register(found).add(found).rows == Register(found).rows


@given(some, some, days)
@SLOW
def test_later_rows_change_no_byte_of_an_earlier_day(found, more, day):
    later = [row for row in more if row.recorded_at > day]

    def page(register: Register) -> str:
        shown = show(Held(register, Copies()), day)
        return json.dumps(register_json(shown)) + render_page("t", "l", sections(shown), notes=())

    assert page(Register(found)) == page(Register([*found, *later]))


@given(some, days)
@SLOW
def test_every_row_of_the_day_is_on_the_page_and_in_json(found, day):
    shown = show(Held(Register(found), Copies()), day)
    parts = {part.key: part for part in sections(shown)}
    listed = len(parts["rows"].rows) if "rows" in parts else 0
    gone = len(parts["withdrawn"].rows) if "withdrawn" in parts else 0
    assert listed == len(shown.view.rows)
    assert gone == len(shown.view.withdrawn)
    written = register_json(shown)
    assert sum(map(len, written["rows"].values())) == listed
    assert sum(written["totals"]["rows"].values()) == listed
    latest = {
        (noun_of(row), row.id) for row in found if max(row.recorded_at, row.valid_from) <= day
    }
    assert listed + gone == len(latest)


@given(rows())
@SLOW
def test_a_row_survives_its_cells(row):
    assert row_of(noun_of(row), cells_of(row)) == row


@given(some, days)
@SLOW
def test_nothing_public_was_not_released(found, day):
    shown = show(Held(Register(found), Copies()), day, public=True)
    assert all(row.public for row in (*shown.view.rows, *shown.view.withdrawn))
    text = atom_feed(shown) + json_feed(shown)
    for row in found:
        if not any(row.id == one.id for one in shown.view.rows):
            assert f":{noun_of(row)}:{row.id}:" not in text


@given(some, days, days)
@SLOW
def test_no_question_fails_on_any_rows(found, one, other):
    held = Held(Register(found), Copies())
    changes(held, min(one, other), max(one, other))
    due(held, one)
    check(held, one)


# The states of a promise


class Practice(RuleBasedStateMachine):
    """Acts on one promise in any order; what is verified is compared with what was done."""

    @initialize()
    def begin(self):
        self.day = START
        self.register = Register([*force_and_inspectors(), promise()])
        self.acts = len(self.register)
        self.claimed: list[tuple[date, str]] = []
        self.measures: list[Measure] = []
        self.checks: list[Check] = []

    def record(self, row):
        before = set(self.register.rows)
        self.register = self.register.add([row])
        assert before < set(self.register.rows), "a row was lost, or an act left none"
        self.acts += 1
        self.day += timedelta(days=1)

    @rule(state=st.sampled_from(STATES[Axis.PRACTICE]))
    def claim_a_state(self, state):
        self.claimed.append((self.day, state))
        self.record(claim(state, self.day))

    @rule(smallest=st.sampled_from([0.1, 0.3]), direction=st.sampled_from(list(Direction)))
    def freeze_a_measure(self, smallest, direction):
        row = measure(self.day, id=f"m{len(self.measures)}", smallest=smallest, direction=direction)
        self.measures.append(row)
        self.record(row)

    @rule(
        by=st.sampled_from(["force", "the Force", "branch", "inspectors", "somebody"]),
        verdict=st.sampled_from(list(Verdict)),
        value=st.none() | st.sampled_from([0.0, 0.35, 0.4, 0.45, 0.55, 0.9]),
        which=st.sampled_from(["m0", "m1", "", "absent"]),
    )
    def look(self, by, verdict, value, which):
        row = look(verdict, self.day, value, by=by, measure=which)
        self.checks.append(row)
        self.record(row)

    @rule(wait=st.sampled_from([1, 100, 400]))
    def wait(self, wait):
        self.day += timedelta(days=wait)

    @invariant()
    def every_act_left_a_row(self):
        assert len(self.register) == self.acts

    @invariant()
    def supported_has_its_reasons(self):
        _, axes = self.register.as_of(self.day).promise_states()[0]
        state = next(axis for axis in axes if axis.axis is Axis.PRACTICE)
        assert state.claimed == (self.claimed[-1][1] if self.claimed else "none")
        if state.verified is Verified.NOT_CHECKED:
            return
        made = next(row for row in self.checks if row.valid_from == state.verified_on)
        assert made.by == "inspectors" == state.verified_by
        assert not self.claimed or made.valid_from >= self.claimed[-1][0]
        if state.verified is not Verified.NOT_MEASURABLE:
            assert self.day < made.valid_from + timedelta(days=365)
        if state.verified is Verified.SUPPORTED:
            frozen = next(row for row in self.measures if row.id == made.measure)
            sign = 1 if frozen.direction is Direction.UP else -1
            assert made.verdict is Verdict.SUPPORTED
            assert frozen.frozen_at <= made.valid_from
            assert sign * (made.value - frozen.baseline) > frozen.smallest
        if not self.measures:
            assert state.verified is not Verified.SUPPORTED


Practice.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestPractice = Practice.TestCase


def test_supported_can_be_reached_and_left():
    """The machine above would pass if nothing were ever supported."""
    day = START + timedelta(days=5)
    register = Register([
        *force_and_inspectors(), promise(), claim("done", START), measure(),
        look(Verdict.SUPPORTED, day),
    ])  # fmt: skip
    seen = [
        next(
            axis.verified
            for axis in register.as_of(day + timedelta(days=later)).promise_states()[0][1]
            if axis.axis is Axis.PRACTICE
        )
        for later in (-1, 0, 364, 365)
    ]
    assert seen == [
        Verified.NOT_CHECKED, Verified.SUPPORTED, Verified.SUPPORTED, Verified.NOT_CHECKED,
    ]  # fmt: skip


# Copies of a tracker

reports = st.builds(
    Report,
    seen_on=st.sampled_from([date(2024, 8, 21), date(2024, 10, 1), date(2025, 7, 31)]),
    ref=st.sampled_from(["2022-0017", "2024-0001", ""]),
    reported=st.sampled_from([date(2022, 1, 21), date(2024, 8, 1)]),
    area=st.sampled_from(["London East", "Kent"]),
    sent_to=st.sampled_from([("A",), ("A", "B"), ()]),
    occurrence=st.just(0),
    added=st.none() | st.just(date(2022, 1, 25)),
    category=st.just("Police related deaths"),
    addressees=st.integers(0, 2),
    replies=st.integers(0, 3),
    status=st.sampled_from(["completed", "overdue", "pending"]),
)


@given(st.lists(reports, max_size=14), st.randoms(use_true_random=False))
@SLOW
def test_copies_in_any_order_are_the_same(found, random):
    mixed = list(found)
    random.shuffle(mixed)
    whole = Copies(found)
    assert Copies(mixed).by_day == whole.by_day
    assert len(whole) == len(found)
    by_day = [Copies(rows) for rows in whole.by_day.values()]
    random.shuffle(by_day)
    joined = Copies()
    for one in [*by_day, *by_day]:
        joined, _, refused = joined.with_copies(one)
        assert refused == []
    assert joined.by_day == whole.by_day
    for day, rows_ in whole.by_day.items():
        assert sum(n for _, n in count_copy(rows_, day).status) == len(rows_)


@given(st.lists(reports, max_size=14))
@SLOW
def test_changes_account_for_every_row(found):
    copies = Copies(found)
    for earlier in copies.days:
        for later in copies.days:
            made = compare_copies(copies, earlier, later)
            then, now = copies.by_day[earlier], copies.by_day[later]
            assert len(now) - len(then) == made.number("added") - made.number("withdrawn")
            if earlier == later:
                assert made.changes == ()


# Files


@given(some)
@SLOW
def test_a_register_survives_its_folder(tmp_path_factory, found):
    folder = tmp_path_factory.mktemp("register")
    lines = ["[[nothing]]", 'id = "x"']
    for row in found:
        lines.append(f"[[{noun_of(row)}]]")
        lines += [
            f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in cells_of(row).items() if v
        ]
    path = folder / "rows.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    out = folder / "held"
    first = import_files(out, [path])
    assert (first[0].read, len(first[0].rejects)) == (len(found) + 1, 1)
    assert first[0].new + first[0].known == len(found)
    assert load(out).register.rows == Register(found).rows
    before = (out / "rows.jsonl").read_bytes()
    again = import_files(out, [path])
    assert (again[0].new, (out / "rows.jsonl").read_bytes()) == (0, before)


hostile = st.text(max_size=40) | st.sampled_from(["", "2022-01-21", "17", "done", "=1+1", "\x00"])


@given(
    st.sampled_from([*NOUNS, "tracker", "no_such"]),
    st.dictionaries(
        st.sampled_from(sorted({name for kind in NOUNS.values() for name in kind.__match_args__}
                               | set(StateClaim.__dataclass_fields__) | {"x"})),
        hostile, max_size=8,
    ),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_any_cells_become_a_row_or_a_reason(noun, cells):
    try:
        row = row_of(noun, cells)
    except RowRefusedError:
        return
    assert row_of(noun, cells_of(row)) == row


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize("name", ["a.toml", "finding.csv", "rows.csv", "copy.csv.gz"])
def test_any_file_is_read_or_refused_plainly(tmp_path_factory, name, content):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    try:
        found = read_register(path)
    except ClewError:
        return
    assert found.read == len(found.rows) + len(found.copies) + len(found.rejects)


HEADER = "seen_on,status,ref,date_of_report,coroner_area,sent_to,replies_count,sent_to_count\n"


@given(st.lists(st.lists(hostile.filter(lambda t: "\x00" not in t), min_size=8, max_size=8),
                max_size=5))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_any_rows_of_a_copy_are_taken_or_rejected(tmp_path_factory, rows_):
    path: Path = tmp_path_factory.getbasetemp() / "copy.csv"
    with path.open("w", encoding="utf-8", newline="", errors="surrogateescape") as file:
        file.write(HEADER)
        file.write("2024-08-21,overdue,2022-0017,21/01/2022,London East,A | B,1,2\n")
        csv.writer(file).writerows(rows_)
    try:
        found = read_register(path)
    except UnicodeEncodeError:
        return
    assert found.read == len(found.rows) + len(found.copies) + len(found.rejects)
    assert len(found.copies) >= 1
