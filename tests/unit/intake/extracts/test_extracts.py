from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.errors import InputRejected, UsageRejected
from clew.intake.cases.times import TimeReader
from clew.intake.extracts.held import same
from clew.intake.extracts.held_files import read_state
from clew.intake.read import CaseSources
from clew.workflows import intake
from clew.workflows.intake import IntakeOptions, IntakeOutcome, take_in, watch_once

HEADER = ["case_id", "reported_at", "manner", "age_years", "scene", "cause", "race"]
DAY0 = {
    "A": ["A", "2021-03-02T07:40", "accident", "22", "note; phone", "PENDING", "x"],
    "B": ["B", "2021-03-03", "natural", "81", "", "Old age", "y"],
    "C": ["C", "2021-03-04", "suicide", "40", "", "Hanging", ""],
}
AT = 1_640_000_000
Write = Callable[..., Path]


@pytest.fixture
def day(tmp_path: Path) -> Write:
    def write(rows: dict[str, list[str]], name: str, header: list[str] | None = None) -> Path:
        path = tmp_path / name
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header or HEADER, *rows.values()])
        return path

    return write


def with_cell(
    rows: dict[str, list[str]], case: str, field: str, value: str
) -> dict[str, list[str]]:
    changed = {case_id: list(row) for case_id, row in rows.items()}
    changed[case][HEADER.index(field)] = value
    return changed


def take(path: Path, held: Path, at: int, previous: Path | None = None) -> IntakeOutcome:
    return take_in(path, previous, held, IntakeOptions(at=at))


def facts(held: Path) -> list[dict[str, str]]:
    with (held / "facts.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_changed_cell_is_a_fact_at_import_and_the_old_one_at_the_report(
    day: Write, tmp_path: Path
) -> None:
    held = tmp_path / "held"
    first = take(day(DAY0, "d0.csv"), held, AT)
    assert (first.changes.new, first.changes.facts) == (["A", "B", "C"], [])
    outcome = take(day(with_cell(DAY0, "A", "manner", "homicide"), "d1.csv"), held, AT + 9, held)
    assert [(c.case_id, c.field, c.before, c.after) for c in outcome.changes.changed] == [
        ("A", "manner", "accident", "homicide")
    ]
    told = [(r["value"], r["recorded_at"]) for r in facts(held)]
    assert told == [
        ("accident", "2021-03-02T07:40:00+00:00"), ("homicide", "2021-12-20T11:33:29+00:00"),
    ]  # fmt: skip
    file = CaseSources(held / "cases.parquet", held / "facts.csv").read()
    history = next(h for h in file.histories if h.case_id == "A")
    assert history.as_of(AT).manner == "accident"  # type: ignore[union-attr]
    assert history.as_of(AT + 9).manner == "homicide"  # type: ignore[union-attr]


def test_the_second_import_of_the_same_changes_nothing(day: Write, tmp_path: Path) -> None:
    held = tmp_path / "held"
    changed = day(with_cell(DAY0, "A", "cause", "GHB toxicity"), "d1.csv")
    take(day(DAY0, "d0.csv"), held, AT)
    take(changed, held, AT + 1, held)
    before = {p.name: p.read_bytes() for p in held.iterdir()}
    again = take(changed, held, AT + 2, held)
    assert again.before
    assert {p.name: p.read_bytes() for p in held.iterdir()} == before
    forced = take_in(changed, held, held, IntakeOptions(at=AT + 3, again=True))
    assert (forced.changes.changed, forced.changes.facts, forced.changes.new) == ([], [], [])
    assert (held / "facts.csv").read_bytes() == before["facts.csv"]
    assert (held / "cases.parquet").read_bytes() == before["cases.parquet"]


def test_an_old_file_sent_again_does_not_turn_the_clock_back(day: Write, tmp_path: Path) -> None:
    held = tmp_path / "held"
    first = day(DAY0, "d0.csv")
    take(first, held, AT)
    take(day(with_cell(DAY0, "A", "manner", "homicide"), "d1.csv"), held, AT + 1, held)
    assert take(first, held, AT + 2, held).before
    assert [r["value"] for r in facts(held)] == ["accident", "homicide"]


def test_blanked_vanished_returned_and_new(day: Write, tmp_path: Path) -> None:
    held = tmp_path / "held"
    take(day(DAY0, "d0.csv"), held, AT)
    rows = with_cell(DAY0, "A", "scene", "")
    del rows["C"]
    rows["D"] = ["D", "2021-03-09", "", "", "", "", ""]
    second = take(day(rows, "d1.csv"), held, AT + 1, held)
    assert (second.changes.vanished, second.changes.new) == (["C"], ["D"])
    assert [(c.before, c.after) for c in second.changes.changed] == [("note; phone", "")]
    third = take(day(DAY0, "d2.csv"), held, AT + 2, held)
    assert (third.changes.returned, third.changes.vanished) == (["C"], ["D"])
    file = CaseSources(held / "cases.parquet", held / "facts.csv").read()
    assert sorted(h.case_id for h in file.histories) == ["A", "B", "C", "D"]
    history = next(h for h in file.histories if h.case_id == "A")
    assert [case.scene for _, case in history.versions] == [
        ("note", "phone"),
        None,
        ("note", "phone"),
    ]


def test_order_spelling_and_columns_in_another_order_are_no_change(
    day: Write, tmp_path: Path
) -> None:
    held = tmp_path / "held"
    take(day(DAY0, "d0.csv"), held, AT)
    rows = {
        "C": ["SUICIDE", "C", "2021-03-04", "40.0", "", "Hanging", ""],
        "A": ["Accident", "A", "2021-03-02T07:40:00", "22", "phone; NOTE", "pending", "x"],
        "B": ["Natural", "B", "2021-03-03", "81", "unknown", "Old age", "y"],
    }
    header = ["manner", "case_id", "reported_at", "age_years", "scene", "cause", "race"]
    outcome = take(day(rows, "d1.csv", header), held, AT + 1, held)
    assert outcome.changes.changed == []
    assert facts(held) == []


def test_a_column_that_is_gone_retracts_nothing(day: Write, tmp_path: Path) -> None:
    held = tmp_path / "held"
    take(day(DAY0, "d0.csv"), held, AT)
    rows = {k: [*row[:3], "odd"] for k, row in DAY0.items()}
    outcome = take(day(rows, "d1.csv", [*HEADER[:3], "extra"]), held, AT + 1, held)
    assert outcome.changes.columns_gone == ["age_years", "cause", "scene"]
    assert outcome.changes.columns_new == ["extra"]
    assert {c.field for c in outcome.changes.changed} == {"extra"}


def test_the_time_of_the_report_cannot_change(day: Write, tmp_path: Path) -> None:
    held = tmp_path / "held"
    take(day(DAY0, "d0.csv"), held, AT)
    outcome = take(day(with_cell(DAY0, "A", "reported_at", "2021-02-01"), "d1.csv"), held, AT, held)
    assert [(r.row, r.field, r.kept) for r in outcome.rejects] == [(2, "reported_at", True)]


def test_traits_are_held_apart(day: Write, tmp_path: Path) -> None:
    held = tmp_path / "held"
    take(day(DAY0, "d0.csv"), held, AT)
    outcome = take(day(with_cell(DAY0, "A", "race", "z"), "d1.csv"), held, AT + 1, held)
    assert (outcome.changes.traits_changed, outcome.changes.facts) == (1, [])
    assert (held / "traits.csv").stat().st_mode & 0o077 == 0
    kept = CaseSources(held / "cases.parquet", held / "facts.csv").read()
    assert kept.traits is None


def test_the_last_extract_itself_may_be_the_previous_one(day: Write, tmp_path: Path) -> None:
    first = day(DAY0, "d0.csv")
    second = day(with_cell(DAY0, "B", "manner", "accident"), "d1.csv")
    outcome = take(second, tmp_path / "held", AT, first)
    assert [c.case_id for c in outcome.changes.changed] == ["B"]


def test_refusals_leave_what_is_held_as_it_was(day: Write, tmp_path: Path) -> None:
    held = tmp_path / "held"
    take(day(DAY0, "d0.csv"), held, AT)
    before = {p.name: p.read_bytes() for p in held.iterdir()}
    with pytest.raises(UsageRejected, match="has an import already"):
        take(day(DAY0, "d1.csv"), held, AT)
    with pytest.raises(InputRejected):
        take(day({}, "d2.csv", ["x"]), held, AT, held)
    with pytest.raises(UsageRejected, match="time zone"):
        take_in(day(DAY0, "d3.csv"), held, held, IntakeOptions(timezone="Asia/Tokyo"))
    assert {p.name: p.read_bytes() for p in held.iterdir()} == before


@pytest.mark.parametrize("damage", ["", "{", '{"schema": 9}', "[]", '{"schema": 1, "x": 2}'])
def test_damaged_state_is_one_line(day: Write, tmp_path: Path, damage: str) -> None:
    held = tmp_path / "held"
    take(day(DAY0, "d0.csv"), held, AT)
    (held / "intake.json").write_text(damage)
    with pytest.raises(InputRejected) as caught:
        take(day(DAY0, "d1.csv"), held, AT, held)
    assert len(caught.value.line().splitlines()) == 1


def test_a_watched_folder_takes_each_file_once_in_order(day: Write, tmp_path: Path) -> None:
    inbox, held = tmp_path / "in", tmp_path / "held"
    inbox.mkdir()
    options = IntakeOptions(at=AT)
    day(DAY0, "in/1.csv")
    day(with_cell(DAY0, "A", "manner", "homicide"), "in/3.csv")
    day(with_cell(DAY0, "A", "manner", "undetermined"), "in/2.csv")
    (inbox / "4.csv").write_text("broken\n")
    (inbox / "5.csv.part").write_text("not yet\n")
    outcomes = list(watch_once(inbox, held, options))
    assert [o.name for o in outcomes] == ["1.csv", "2.csv", "3.csv", "4.csv"]
    assert [r["value"] for r in facts(held)] == ["accident", "undetermined", "homicide"]
    assert outcomes[3].refused
    assert list(watch_once(inbox, held, options)) == []
    (inbox / "6.csv").write_bytes((inbox / "3.csv").read_bytes())
    (inbox / "7.csv").write_bytes((inbox / "4.csv").read_bytes())
    assert list(watch_once(inbox, held, options)) == []  # the last bytes, refused bytes: no news
    assert [one.refused != "" for one in read_state(held).imports] == [False, False, False, True]
    (inbox / "8.csv").write_bytes((inbox / "1.csv").read_bytes())
    (back,) = watch_once(inbox, held, options)  # an earlier day's words hold again
    assert [c.after for c in back.changes.changed] == ["accident"]


def test_watching_goes_on_where_it_was_killed(
    day: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever write is the last, the next look gives what an unbroken one gives."""
    options = IntakeOptions(at=AT)
    real = intake.write_durably
    inbox = tmp_path / "in"
    inbox.mkdir()
    day(DAY0, "in/1.csv")
    day(with_cell(DAY0, "A", "manner", "homicide"), "in/2.csv")
    list(watch_once(inbox, tmp_path / "whole", options))
    for last in range(8):
        held, count = tmp_path / f"held{last}", [0]

        def failing(path: Path, write: object, last: int = last, count: list[int] = count) -> None:
            count[0] += 1
            if count[0] > last:
                raise KeyboardInterrupt
            real(path, write)  # type: ignore[arg-type]

        monkeypatch.setattr(intake, "write_durably", failing)
        with pytest.raises(KeyboardInterrupt):
            list(watch_once(inbox, held, options))
        monkeypatch.setattr(intake, "write_durably", real)
        list(watch_once(inbox, held, options))
        assert facts(held) == facts(tmp_path / "whole")
        whole = (tmp_path / "whole" / "cases.parquet").read_bytes()
        assert (held / "cases.parquet").read_bytes() == whole


VALUES = st.sampled_from(["", "accident", "Homicide", "natural", "odd", "unknown", "PENDING"])


@given(st.lists(st.dictionaries(st.sampled_from("ABC"), VALUES), min_size=1, max_size=5))
@settings(max_examples=25, deadline=None)
def test_the_facts_always_say_what_the_last_extract_said(days: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        held, told = Path(folder) / "held", dict.fromkeys("ABC", "")
        for number, day in enumerate([dict.fromkeys("ABC", ""), *days]):
            told |= day
            rows = [f"{k},2021-03-0{n},{v}" for n, (k, v) in enumerate(told.items(), 1)]
            path = Path(folder) / f"{number}.csv"
            path.write_text("\n".join(["case_id,reported_at,manner", *rows]))
            take_in(path, held if number else None, held, IntakeOptions(at=AT + number, again=True))
        truth = CaseSources(path).read()
        kept = CaseSources(held / "cases.parquet", held / "facts.csv").read()
        for theirs, ours in zip(truth.histories, kept.histories, strict=True):
            assert theirs.versions[-1][1].manner == ours.versions[-1][1].manner


@pytest.mark.parametrize(
    ("column", "one", "other", "alike"),
    [
        ("scene", "a; b", "b;a", True), ("scene", "none", "", False), ("scene", "a", "", False),
        ("age_years", "22", "22.0", True), ("age_years", "999", "", True),
        ("manner", "pending", "", False), ("cause", "PENDING", "", True),
        ("earliest", "2021-03-02", "2021-03-02T00:00", False),
        ("earliest", "2021-03-02T07:40", "2021-03-02 07:40:00", True),
        ("entities", "caller:person:P1", "Caller:Person:P1", True), ("odd", "a  b", "a b", True),
    ],
)  # fmt: skip
def test_what_says_the_same(column: str, one: str, other: str, alike: bool) -> None:
    times = TimeReader("Europe/London", 2_000_000_000)
    assert same(column, one, other, times) is alike
    assert same(column, other, one, times) is alike


def test_a_message_is_not_retracted_by_the_next_extract(day: Write, tmp_path: Path) -> None:
    held = tmp_path / "held"
    take(day(DAY0, "d0.csv"), held, AT)
    history = [{"field": "substances", "value": "ghb", "known_at": "2021-04-01"}]
    event = {"id": "A", "reported_at": "2021-03-02T07:40", "type": "death", "history": history}
    path = tmp_path / "late.json"
    path.write_text(json.dumps({"events": [event]}))
    take(path, held, AT + 1, held)
    take(day(DAY0, "d2.csv"), held, AT + 2, held)
    file = CaseSources(held / "cases.parquet", held / "facts.csv").read()
    history_a = next(h for h in file.histories if h.case_id == "A")
    assert history_a.versions[-1][1].substances == ("ghb",)
