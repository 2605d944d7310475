"""A store filled day by day is the whole file: versions, codes and links; nothing comes twice."""

from __future__ import annotations

import csv
import errno
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from small_force import read_small_force

from clew.comparison.coding.columns import append_cases, stack_rows, to_columns
from clew.comparison.weights.weight_table import declared_table
from clew.disclosure.csv_files import write_links
from clew.errors import InputRejected, UsageRejected
from clew.intake.read import CaseSources, read_case_file
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.columns import Columns
from clew.store import durable
from clew.store.case_text import case_of
from clew.store.manifest import CHECKED
from clew.store.opened import Store, check_store
from clew.workflows.link import LinkOptions, link_cases
from clew.workflows.near import Prepared, near, prepare
from clew.workflows.store import add_to_store, codes_of

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[Row]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["case_id"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def force(small_force: CaseFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small force's files, written again for this module."""
    folder = tmp_path_factory.mktemp("force")
    read_small_force(folder)
    return folder


def in_days(force: Path, folder: Path) -> Iterator[CaseSources]:
    """Yield the force's papers in hand-ins: its cases in three parts, each fact when recorded."""
    cases = rows_of(force / "cases.csv")
    facts = rows_of(force / "facts.csv")
    cuts = [0, 900, 901, len(cases)]
    for k in range(3):
        part = cases[cuts[k] : cuts[k + 1]]
        there = {row["case_id"] for row in cases[: cuts[k + 1]]}
        until = "9999" if k == 2 else part[-1]["reported_at"]
        handed = [f for f in facts if f["case_id"] in there and f["recorded_at"] <= until]
        facts = [f for f in facts if f not in handed]
        yield CaseSources(
            write(folder / f"cases-{k}.csv", part),
            write(folder / f"facts-{k}.csv", handed) if handed else None,
        )
    assert facts == []


@pytest.fixture(scope="module")
def filled(force: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    for sources in in_days(force, folder):
        add_to_store(folder / "S", sources)
    return folder / "S"


@pytest.fixture(scope="module")
def whole(force: Path) -> CaseFile:
    return read_case_file(force / "cases.csv", facts=force / "facts.csv")


def test_its_histories_are_those_of_the_whole_file(filled: Path, whole: CaseFile) -> None:
    assert Store(filled).case_file().histories == whole.histories
    told = check_store(filled)
    assert told.segments == 3
    assert told.cases == len(whole.histories)
    assert told.versions == sum(len(history.versions) for history in whole.histories)


def test_links_from_it_are_those_of_the_files_to_the_byte(
    filled: Path, whole: CaseFile, tmp_path: Path
) -> None:
    written = []
    for case_file in (Store(filled).case_file(), whole):
        answer = link_cases(case_file, LinkOptions(declared_table()))
        write_links(tmp_path / "links.csv", answer)
        written.append((tmp_path / "links.csv").read_bytes())
    assert written[0] == written[1]


def test_near_from_it_is_near_from_the_files(filled: Path, whole: CaseFile) -> None:
    kept, made = Prepared.from_store(Store(filled), ()), Prepared.from_table(prepare(whole))
    for as_of in (None, whole.histories[1000].versions[0][0]):
        one, other = (near(x, 51.5, -0.1, 5.0, as_of=as_of) for x in (kept, made))
        assert len(one.rows) > 10
        for name in ("case_id", "manner", "age"):
            seen = sorted(kept.text[name][row] for row in one.rows)
            assert seen == sorted(made.text[name][row] for row in other.rows)
        np.testing.assert_array_equal(np.round(one.metres), np.round(other.metres))
        assert (one.searched, one.without_point) == (other.searched, other.without_point)


def test_its_columns_are_those_of_appending_in_memory(filled: Path) -> None:
    """The first addition teaches; the others are coded behind, and no earlier row changes."""
    store = Store(filled)
    taught = store.manifest.segments[0].taught
    cases = [case_of_row(store, row) for row in range(sum(s.rows for s in store.manifest.segments))]
    coded = to_columns(cases[:taught], "Europe/London")
    first = store.manifest.segments[0].rows
    second = first + store.manifest.segments[1].rows
    for a, b in ((taught, first), (first, second), (second, len(cases))):
        coded = append_cases(coded, cases[a:b], "Europe/London")
    kept = reduce(stack_rows, store.columns())
    for name in Columns._fields:
        np.testing.assert_array_equal(getattr(kept, name), getattr(coded.cols, name), name)
    codes = codes_of(store)
    for name in ("items", "place_keys", "areas", "entities", "mechanisms", "case_ids"):
        assert getattr(codes, name) == getattr(coded.codes, name), name


def case_of_row(store: Store, row: int) -> Case:
    return case_of(store.words("case")[row].as_py())


def test_the_same_hand_in_again_adds_nothing(force: Path, filled: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in filled.iterdir() if path.name != CHECKED)
    for sources in in_days(force, tmp_path):
        added = add_to_store(filled, sources)
        assert (added.new_cases, added.new_facts, added.changed) == (0, 0, 0)
        assert added.known > 0
    assert sorted(path.name for path in filled.iterdir() if path.name != CHECKED) == before


FIRST = [
    {"case_id": "A", "reported_at": "2014-01-01T10:00", "substances": "heroin", "sex": "male"},
    {"case_id": "B", "reported_at": "2014-01-02T10:00", "scene": "note", "group_religion": "x"},
]


def late(value: str, at: str, case_id: str = "A", name: str = "substances") -> Row:
    return {"case_id": case_id, "field": name, "op": "set", "value": value, "known_at": at}


def hand_in(folder: Path, cases: list[Row], facts: list[Row] | None = None) -> object:
    sources = CaseSources(
        write(folder / "c.csv", cases), write(folder / "f.csv", facts) if facts else None
    )
    return add_to_store(folder / "S", sources)


def test_a_late_fact_rules_over_the_row_that_came_before_it(tmp_path: Path) -> None:
    """As from one pair of files: the row's own value may have been learned much later."""
    hand_in(tmp_path, FIRST)
    facts = [late("ghb", "2014-02-01T10:00"), late("ghb; alcohol", "2014-01-20T10:00")]
    added = hand_in(tmp_path, FIRST, facts[:1])
    assert (added.new_cases, added.new_facts, added.known, added.changed) == (0, 1, 2, 1)
    hand_in(tmp_path, FIRST, facts)
    told = Store(tmp_path / "S").case_file().histories
    expected = read_case_file(tmp_path / "c.csv", facts=tmp_path / "f.csv").histories
    assert told == expected
    assert [case.substances for _, case in told[0].versions] == [None, ("ethanol", "ghb"), ("ghb",)]
    assert check_store(tmp_path / "S").versions == 4


def test_what_cannot_be_taken_is_told_with_row_and_reason(tmp_path: Path) -> None:
    hand_in(tmp_path, FIRST)
    changed = [FIRST[0] | {"sex": "female"}, FIRST[1]]
    facts = [late("ghb", "2014-02-01", "NOBODY"), late("x", "2014-02-01", "B", "group_religion")]
    added = hand_in(tmp_path, changed, facts)
    assert (added.new_cases, added.new_facts) == (0, 0)
    told = {(reject.file, reject.row, reject.field) for reject in added.rejects}
    assert told == {("c.csv", 2, "case_id"), ("f.csv", 2, "case_id")}
    assert any("traits" in warning for warning in added.warnings)
    assert Store(tmp_path / "S").histories()[0].versions[0][1].sex == "male"
    for path in (tmp_path / "S").iterdir():
        assert b"religion" not in path.read_bytes(), "no trait is kept"


def test_other_settings_are_refused(tmp_path: Path) -> None:
    hand_in(tmp_path, FIRST)
    with pytest.raises(UsageRejected, match="Europe/London"):
        add_to_store(tmp_path / "S", CaseSources(tmp_path / "c.csv", timezone="America/Chicago"))
    with pytest.raises(UsageRejected, match="mapping"):
        add_to_store(tmp_path / "S", CaseSources(tmp_path / "c.csv", mapping="milwaukee"))


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "S").mkdir()
    (tmp_path / "S" / "letters.txt").write_text("mine")
    with pytest.raises(UsageRejected, match="has other files"):
        hand_in(tmp_path, FIRST)
    (tmp_path / "T").write_text("a file")
    with pytest.raises(UsageRejected, match="is a file"):
        add_to_store(tmp_path / "T", CaseSources(tmp_path / "c.csv"))


@pytest.mark.parametrize("after", range(10))
def test_a_disk_that_fills_up_at_any_moment_costs_the_addition_alone(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five files are written, each flushed twice; the disk refuses after so many flushes."""
    hand_in(tmp_path, FIRST)
    left, fsync = [after], durable.os.fsync

    def flush(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(durable.os, "fsync", flush)
    more = [{"case_id": "C", "reported_at": "2014-01-03T10:00", "scene": "bottle"}]
    with pytest.raises(OSError, match="No space"):
        hand_in(tmp_path, more)
    monkeypatch.setattr(durable.os, "fsync", fsync)
    # Past the manifest's own name the addition is there, whole, though it was not acknowledged.
    assert check_store(tmp_path / "S").cases == (3 if after == 9 else 2)
    added = hand_in(tmp_path, more)
    assert added.cases == 3
    assert check_store(tmp_path / "S").left_over == 0


def test_a_first_addition_that_was_cut_off_leaves_no_store_and_may_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object, __: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr("clew.workflows.store.write_manifest", refuse)
        with pytest.raises(OSError, match="Input/output"):
            hand_in(tmp_path, FIRST)
    with pytest.raises(InputRejected, match="not a store"):
        Store(tmp_path / "S")
    assert hand_in(tmp_path, FIRST).cases == 2
