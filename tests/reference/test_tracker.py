"""The nine real copies of a tracker of coroners' reports: totals, changes, jumps, one report."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path

import pytest

from clew.intake.inputs.register_files import RegisterFile, read_register
from clew.intake.inputs.register_folder import load
from clew.oversight.register.tracker import Copies, compare_copies, count_copy
from clew.workflows.register import import_files

FOLDER = Path(os.environ.get("CLEW_DATA", Path(__file__).parents[3] / "shared" / "data"))
FILE = FOLDER / "pfd_register_snapshots.csv.gz"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FILE.is_file(), reason="the real data folder is absent (CLEW_DATA)"),
]
TOTALS = {
    date(2024, 8, 21): (4717, 2481, 2135, 101),
    date(2024, 10, 1): (5266, 2959, 2248, 59),
    date(2024, 12, 2): (5413, 3094, 2210, 109),
    date(2025, 2, 1): (5527, 3192, 2250, 85),
    date(2025, 4, 1): (5636, 3299, 2250, 87),
    date(2025, 6, 2): (5720, 3389, 2264, 67),
    date(2025, 7, 1): (5764, 3450, 2229, 85),
    date(2025, 7, 15): (5772, 3450, 2249, 73),
    date(2025, 7, 31): (5830, 3454, 2290, 86),
}
"""Rows, and rows by the tracker's own status, counted with `sort | uniq -c` from the file."""


@pytest.fixture(scope="module")
def read() -> RegisterFile:
    return read_register(FILE)


def test_every_row_is_taken(read: RegisterFile) -> None:
    assert (read.read, len(read.copies), read.rejects) == (49_645, 49_645, ())


def test_totals_of_each_day_follow_from_rows(read: RegisterFile) -> None:
    found = {}
    for day, rows in read.copies.by_day.items():
        totals = count_copy(rows, day)
        found[day] = (totals.reports, *(n for _, n in totals.status))
    assert found == TOTALS
    last = count_copy(read.copies.by_day[date(2025, 7, 31)], date(2025, 7, 31))
    assert last.no_ref == 99


def test_the_key_is_one_row(read: RegisterFile) -> None:
    for rows in read.copies.by_day.values():
        assert len({row.key for row in rows}) == len(rows)


def test_the_two_jumps_are_flagged_and_quiet_pairs_are_not(read: RegisterFile) -> None:
    def jumps(*days: date) -> list[str]:
        return [one.what for one in compare_copies(read.copies, *days).jumps]

    first = compare_copies(read.copies, date(2024, 8, 21), date(2024, 10, 1))
    assert first.number("added") == 566
    assert any("over 60 days before" in one.what and one.rows == 521 for one in first.jumps)
    kent = compare_copies(read.copies, date(2025, 7, 1), date(2025, 7, 15))
    assert (kent.number("area renamed"), kent.number("withdrawn"), kent.number("added")) == (
        118, 4, 12,
    )  # fmt: skip
    assert any("under one area" in one.what for one in kent.jumps)
    for quiet in (
        (date(2025, 2, 1), date(2025, 4, 1)),
        (date(2025, 4, 1), date(2025, 6, 2)),
        (date(2025, 6, 2), date(2025, 7, 1)),
        (date(2025, 7, 15), date(2025, 7, 31)),
    ):
        assert jumps(*quiet) == []


@pytest.mark.long
def test_between_any_two_days_the_rows_add_up(read: RegisterFile) -> None:
    for earlier in read.copies.days:
        for later in read.copies.days:
            made = compare_copies(read.copies, earlier, later)
            then, now = (len(read.copies.by_day[day]) for day in (earlier, later))
            assert now - then == made.number("added") - made.number("withdrawn")


def test_the_report_of_2022_is_the_same_on_every_day(read: RegisterFile) -> None:
    rows = [row for rows in read.copies.by_day.values() for row in rows if row.ref == "2022-0017"]
    assert len(rows) == 9
    assert {(len(row.sent_to), row.replies, row.due) for row in rows} == {(4, 3, date(2022, 3, 18))}


@pytest.mark.long
def test_days_out_of_order_and_again_give_the_same_register(
    read: RegisterFile, tmp_path: Path
) -> None:
    began = time.perf_counter()
    import_files(tmp_path / "whole", [FILE])
    assert time.perf_counter() - began < 60
    before = (tmp_path / "whole" / "tracker.jsonl").read_bytes()
    (again,) = import_files(tmp_path / "whole", [FILE])
    assert (again.new, again.known) == (0, 49_645)
    assert (tmp_path / "whole" / "tracker.jsonl").read_bytes() == before
    mixed = Copies()
    for day in sorted(read.copies.days, key=lambda day: (day.month, day.day)):
        mixed, _, refused = mixed.with_copies(Copies(reversed(read.copies.by_day[day])))
        assert refused == []
    assert mixed.by_day == load(tmp_path / "whole").copies.by_day
