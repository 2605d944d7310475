"""A value never says more than its cell: the column profile, on invented files of every format."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.intake.cases.column_profile import (
    TimeBounds,
    profile_clocks,
    profile_numbers,
    profile_times,
    rewriting,
)
from clew.intake.cases.times import TimeReader
from clew.intake.read import CaseSources
from clew.model.case import Case
from clew.model.case_file import CaseFile

NOW = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
CHICAGO = TimeBounds(ZoneInfo("America/Chicago"), NOW)


def kind(cells: Sequence[str], bounds: TimeBounds = CHICAGO) -> str | None:
    found = profile_times(Counter(cells), bounds)
    return None if found is None else found.kind


@pytest.mark.parametrize(
    ("cells", "expected", "first"),
    [
        (["2021-03-02T00:00:00.000", "2021-05-14T00:00:00.000", "2021-08-20T00:00:00.000"],
         "days", "2021-03-02"),
        (["2021-03-02T00:00:00.000Z", "2021-05-14T00:00:00Z", "2021-08-20T00:00Z"],
         "days", "2021-03-02"),
        (["2021-03-02T00:00:00-06:00", "2021-05-14T00:00:00-05:00", "2021-08-20T00:00:00-05:00"],
         "days", "2021-03-02"),
        # Midnight in Chicago, written in UTC, in winter and in summer.
        (["2021-03-02T06:00:00Z", "2021-05-14T05:00:00Z", "2021-08-20T05:00:00Z"],
         "days", "2021-03-02"),
        (["2021-03-02 00:00", "2021-05-14", "2021-08-20 24:00"], "days", "2021-03-02"),
        (["2021-03-02T00:00", "2021-05-14T00:00", "2021-08-20T13:45"],
         "as written", "2021-03-02T00:00"),
        (["2021-03-02T00:00", "2021-05-14T00:00"], None, ""),
        (["2021-03-02", "2021-05-14", "2021-08-20"], "as written", "2021-03-02"),
        (["44257", "44330", "44428"], "excel days", "2021-03-02"),
        (["44257.3194444444", "44330", "44428.5"], "excel days", "2021-03-02T07:40:00"),
        (["1614670800", "1620980000", "1629450000"], "epoch", "2021-03-02T07:40:00+00:00"),
        (["1614670800000", "1620980000000", "1629450000123"], "epoch", "2021-03-02T07:40:00+00:00"),
        (["1614643200", "1620950400", "1629417600"], "epoch+days", "2021-03-02"),
        (["202103", "202105", "202108"], "as written", "202103"),
        (["202103020740", "202105020740", "202108020740"], "as written", "202103020740"),
        (["1970-01-01", "2021-05-14", "2021-08-20"], "1970 fills gaps", "unknown"),
        (["1970-01-01T00:00:00Z", "2021-05-14T00:00:00Z", "2021-08-20T00:00:00Z"],
         "days+1970 fills gaps", "unknown"),
        (["1970-01-01", "1971-05-14", "2021-08-20"], "as written", "1970-01-01"),
        (["NA", "Unknown", "2021-03-02T00:00", "2021-03-03T00:00"], None, ""),
    ],
)  # fmt: skip
def test_a_column_of_times_is_profiled(cells: list[str], expected: str | None, first: str) -> None:
    assert kind(cells) == expected
    if expected is not None:
        rewrite = rewriting(expected, CHICAGO)
        assert (cells[0] if rewrite is None else rewrite(cells[0])) == first


def test_declared_formats_are_profiled_too() -> None:
    bounds = TimeBounds(ZoneInfo("UTC"), NOW, ("%m/%d/%Y %I:%M:%S %p",))
    cells = [f"0{n}/02/2021 12:00:00 AM" for n in range(1, 5)]
    assert kind(cells, bounds) == "days"
    rewrite = rewriting("days", bounds)
    assert rewrite is not None
    assert [rewrite(cell) for cell in cells[:2]] == ["2021-01-02", "2021-02-02"]
    assert rewrite("01/02/2021 07:40:00 AM") == "01/02/2021 07:40:00 AM"


@pytest.mark.parametrize(
    ("cells", "expected", "texts"),
    [
        (["257", "1027", "5", "2400"], "hhmm", ["0257", "1027", "0005", "2400"]),
        (["257.0", "1027.0", "914.0", "9999"], "hhmm", ["0257", "1027", "0914", ""]),
        (["5", "13", "22"], "hours", ["T05", "T13", "T22"]),
        (["5", "45", "30"], "as written", ["5", "45", "30"]),
        (["02:57", "10:27", "NK"], None, []),
        (["02:57", "10:27", "9:14"], "as written", ["02:57", "10:27", "9:14"]),
        (["0.5", "0.25", "0"], "day fraction", ["12:00:00", "06:00:00", "00:00:00"]),
        (["00:00", "00:00:00", "0:00"], "no clock", ["", "", ""]),
        (["1899-12-30T02:57:00", "1899-12-30T10:27:00", "1899-12-30 09:14:00"], "day zero",
         ["02:57:00", "10:27:00", "09:14:00"]),
    ],
)  # fmt: skip
def test_a_column_of_clocks_is_profiled(
    cells: list[str], expected: str | None, texts: list[str]
) -> None:
    found = profile_clocks(Counter(cells))
    assert (None if found is None else found.kind) == expected
    if found is not None:
        rewrite = rewriting(found.kind, CHICAGO)
        assert [cell if rewrite is None else rewrite(cell) for cell in cells] == texts


@pytest.mark.parametrize(
    ("cells", "whole", "expected"),
    [
        (["51,5123", "51,6", "52"], False, "comma"),
        (["51,5123", "51.6", "52"], False, "as written"),
        (["1,000", "2,500", "3,000"], True, "as written"),
        (["51,5123", "51,6"], False, None),
    ],
)
def test_decimal_commas(cells: list[str], whole: bool, expected: str | None) -> None:
    found = profile_numbers(Counter(cells), whole=whole)
    assert (None if found is None else found.kind) == expected


# Files of every format.

Table = list[dict[str, object]]


def _texts(rows: Table) -> list[list[str]]:
    return [["" if v is None else str(v) for v in row.values()] for row in rows]


def as_csv(folder: Path, rows: Table) -> Path:
    path = folder / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(rows[0]), *_texts(rows)])
    return path


def as_gz(folder: Path, rows: Table) -> Path:
    path = folder / "t.csv.gz"
    path.write_bytes(gzip.compress(as_csv(folder, rows).read_bytes()))
    return path


def as_xlsx(folder: Path, rows: Table) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in [list(rows[0])] + [list(row.values()) for row in rows]:
        sheet.append(line)
    path = folder / "t.xlsx"
    book.save(path)
    return path


def as_parquet(folder: Path, rows: Table) -> Path:
    path = folder / "t.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def as_json(folder: Path, rows: Table) -> Path:
    path = folder / "t.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


FORMATS = [as_csv, as_gz, as_xlsx, as_parquet, as_json]
Write = Callable[[Path, Table], Path]


def read(path: Path, mapping: str = "", zone: str | None = None) -> CaseFile:
    toml = path.parent / "m.toml"
    toml.write_text(mapping, encoding="utf-8")
    return CaseSources(path, mapping=toml, timezone=zone, now=NOW).read()


def cases(file: CaseFile) -> dict[str, Case]:
    return {history.case_id: history.versions[-1][1] for history in file.histories}


JOINED = """
[columns]
case_id = "Case No"
reported_at = "Reported"
earliest = ["Died on", "Died at"]
latest = ["Died on", "Died at"]
"""


@pytest.mark.parametrize("write", FORMATS)
def test_a_clock_without_a_mark_is_that_clock_in_every_format(tmp_path: Path, write: Write) -> None:
    clocks = [257, 1027, 5, 2400, 914, 0, 147, 9999]
    rows: Table = [
        {"Case No": f"K-{n}", "Died on": f"2021-03-0{n}", "Died at": clock,
         "Reported": "2021-04-01"}
        for n, clock in enumerate(clocks, start=1)
    ]  # fmt: skip
    found = cases(read(write(tmp_path, rows), JOINED, "UTC"))
    got = []
    for n in range(1, 9):
        window = found[f"K-{n}"].window
        assert window is not None
        begins = datetime.fromtimestamp(window.earliest, UTC).strftime("%d %H:%M")
        got.append((begins, window.latest - window.earliest))
    assert got == [
        ("01 02:57", 0), ("02 10:27", 0), ("03 00:05", 0), ("04 23:59", 0), ("05 09:14", 0),
        ("06 00:00", 0), ("07 01:47", 0), ("08 00:00", 86_399),
    ]  # fmt: skip


@pytest.mark.parametrize("write", FORMATS)
def test_midnights_are_dates_in_every_format(tmp_path: Path, write: Write) -> None:
    rows: Table = [
        {"case_id": f"M-{n}", "reported_at": f"2021-03-1{n}T00:00:00.000Z",
         "earliest": f"2021-03-0{n}T00:00:00.000Z", "latest": f"2021-03-0{n}T00:00:00.000Z"}
        for n in range(1, 5)
    ]  # fmt: skip
    file = read(write(tmp_path, rows), zone="America/Chicago")
    for n in range(1, 5):
        case = cases(file)[f"M-{n}"]
        assert case.window is not None
        assert not case.report_known_to_the_minute
        assert case.window.latest - case.window.earliest == 86_399
        local = datetime.fromtimestamp(case.window.earliest, ZoneInfo("America/Chicago"))
        assert local.date() == date(2021, 3, n)
    assert any("every clock in the column is midnight" in line for line in file.warnings)


@pytest.mark.parametrize("write", FORMATS)
def test_an_age_has_the_unit_beside_it_in_every_format(tmp_path: Path, write: Write) -> None:
    units = ["Months", "Years", "Days", "years", None, "Fortnights"]
    rows: Table = [
        {"Case": f"G-{n}", "Reported": "2021-03-02", "Age": 3, "Age Unit": unit}
        for n, unit in enumerate(units, start=1)
    ]
    mapping = '[columns]\ncase_id = "Case"\nreported_at = "Reported"\nage_years = "Age"\n'
    file = read(write(tmp_path, rows), mapping)
    ages = [cases(file)[f"G-{n}"].age_years for n in range(1, 7)]
    assert ages == [0.25, 3.0, pytest.approx(3 / 365.25), 3.0, None, None]
    header = write not in (as_parquet, as_json)  # a spreadsheet counts it as its first row
    assert [(r.row, r.field, r.kept) for r in file.rejects] == [
        (5 + header, "age_years", True), (6 + header, "age_years", True),
    ]  # fmt: skip


def test_letters_of_units_and_units_of_headers(tmp_path: Path) -> None:
    rows: Table = [
        {"case_id": f"G-{n}", "reported_at": "2021-03-02", "Age": "6", "AGE_UNITS": unit}
        for n, unit in enumerate("MYDH", start=1)
    ]
    mapping = '[columns]\nage_years = "Age"\n'
    ages = [
        case.age_years for _, case in sorted(cases(read(as_csv(tmp_path, rows), mapping)).items())
    ]
    assert ages == pytest.approx([0.5, 6, 6 / 365.25, 6 / 24 / 365.25])
    rows = [{"case_id": "a", "reported_at": "2021-03-02", "Age (months)": "6"}]
    mapping = '[columns]\nage_years = "Age (months)"\n'
    assert cases(read(as_csv(tmp_path, rows), mapping))["a"].age_years == 0.5
    rows = [{"case_id": "a", "reported_at": "2021-03-02", "age_years": "6", "age_unit": "Months"}]
    file = read(as_csv(tmp_path, rows))
    assert cases(file)["a"].age_years is None
    assert [r.field for r in file.rejects] == ["age_years"]


def test_an_hour_alone_is_a_whole_hour(tmp_path: Path) -> None:
    rows: Table = [
        {"Case No": f"K-{n}", "Died on": f"03/0{n}/2021", "Died at": hour, "Reported": "04/01/2021"}
        for n, hour in enumerate([5, 13, 22, 99], start=1)
    ]
    mapping = JOINED.replace("[columns]", 'date_format = "%m/%d/%Y"\n[columns]')
    found = cases(read(as_csv(tmp_path, rows), mapping, "UTC"))
    widths = [w.latest - w.earliest for n in range(1, 5) if (w := found[f"K-{n}"].window)]
    assert widths == [3_599, 3_599, 3_599, 86_399]


def test_too_few_rows_say_nothing_together(tmp_path: Path) -> None:
    rows: Table = [
        {
            "Case No": f"K-{n}",
            "Died on": f"2021-03-0{n}",
            "Died at": clock,
            "Reported": "2021-04-01",
        }
        for n, clock in enumerate([5, 257], start=1)
    ]
    file = read(as_csv(tmp_path, rows), JOINED, "UTC")
    assert cases(file)["K-1"].window is None  # five o'clock, or five past midnight
    assert [(r.row, r.field) for r in file.rejects] == [(2, "earliest"), (2, "latest")]
    second = cases(file)["K-2"].window
    assert second is not None
    assert second.earliest == second.latest


def test_default_dates_and_late_windows(tmp_path: Path) -> None:
    rows: Table = [
        {"case_id": "a", "reported_at": "2021-03-02T07:40", "earliest": "1900-01-01", "latest": ""},
        {"case_id": "b", "reported_at": "2021-03-02T07:40", "earliest": "2021-03-02",
         "latest": "2021-03-02"},
        {"case_id": "c", "reported_at": "2021-03-02T07:40", "earliest": "2021-03-01",
         "latest": "2021-03-04"},
        {"case_id": "d", "reported_at": "1900-01-01", "earliest": "", "latest": ""},
    ]  # fmt: skip
    file = read(as_csv(tmp_path, rows), zone="UTC")
    found = cases(file)
    assert found["a"].window is None
    assert found["a"].missing["window"] == "placeholder"
    assert all(c.window is None or c.window.latest <= c.reported_at for c in found.values())
    assert [(r.row, r.field, r.kept) for r in file.rejects] == [
        (4, "latest", True), (5, "reported_at", False),
    ]  # fmt: skip


def test_short_values_that_records_share_weigh_nothing_until_confirmed(tmp_path: Path) -> None:
    rows: Table = [
        {"case_id": str(n), "reported_at": "2021-03-02", "place_key": key, "premises": "home",
         "area": "York"}
        for n, key in enumerate(["VOID", "void", "k1", "k1", "mill"])
    ]  # fmt: skip
    file = read(as_csv(tmp_path, rows))
    found = cases(file)
    assert [found[str(n)].place_key for n in range(5)] == [None, None, "k1", "k1", "mill"]
    assert found["0"].missing["place_key"] == "placeholder"
    assert found["0"].extra["place_key, as written"] == "VOID"
    assert {case.area for case in found.values()} == {"York"}
    assert {case.premises for case in found.values()} == {"home"}
    assert any("[confirmed]" in line for line in file.warnings)
    file = read(as_csv(tmp_path, rows), '[confirmed]\nplace_key = ["Void"]\n')
    assert cases(file)["0"].place_key == "VOID"


def test_one_cell_in_unlike_columns_is_a_filler(tmp_path: Path) -> None:
    rows: Table = [
        {"case_id": str(n), "reported_at": "2021-03-02", "place_key": word, "scene": word,
         "injuries": word, "cause": word}
        for n, word in enumerate(["System migrated", "system migrated", "note", "drowning"])
    ]  # fmt: skip
    found = cases(read(as_csv(tmp_path, rows)))
    assert [found[n].place_key for n in "0123"] == [None, None, "note", "drowning"]
    assert (found["0"].scene, found["0"].injuries, found["0"].cause) == (None, None, None)
    assert found["2"].scene == ("note",)


# Laws.


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1980, 1, 1), datetime(2025, 12, 31)), min_size=3, max_size=8),
    st.sampled_from(["clock", "midnight", "midnight z", "excel", "epoch", "epoch ms"]),
)
def test_what_was_written_is_read_back_or_refused(moments: list[datetime], written: str) -> None:
    """No profile gives another value: a cell is read as the time, as its day, or refused."""
    days = written.startswith("midnight")
    times = [m.replace(second=0, microsecond=0) for m in moments]
    times = [m.replace(hour=0, minute=0) if days else m for m in times]
    writers: dict[str, Callable[[datetime], str]] = {
        "clock": lambda m: m.isoformat(),
        "midnight": lambda m: m.isoformat(),
        "midnight z": lambda m: f"{m.isoformat()}.000Z",
        "excel": lambda m: repr((m - datetime(1899, 12, 30)) / timedelta(days=1)),
        "epoch": lambda m: str(int(m.replace(tzinfo=UTC).timestamp())),
        "epoch ms": lambda m: str(int(m.replace(tzinfo=UTC).timestamp()) * 1000),
    }
    cells = [writers[written](moment) for moment in times]
    zone = ZoneInfo("America/Chicago") if days else ZoneInfo("UTC")
    bounds = TimeBounds(zone, NOW)
    reader = TimeReader(zone.key, NOW)
    found = profile_times(Counter(cells), bounds)
    rewrite = None if found is None else rewriting(found.kind, bounds)
    for cell, moment in zip(cells, times, strict=True):
        try:
            reading = reader.read(cell if rewrite is None else rewrite(cell))
        except ValueError:
            continue
        if days:
            assert (reading.start, reading.end) == (
                reader.day(moment.date()).start, reader.day(moment.date()).end,
            )  # fmt: skip
        else:
            assert reading.start <= moment.replace(tzinfo=UTC).timestamp() <= reading.end


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 1439), min_size=3, max_size=12), st.randoms())
def test_a_clock_is_read_back_or_refused(minutes: list[int], random: object) -> None:
    cells = [str(m // 60 * 100 + m % 60) for m in minutes]
    found = profile_clocks(Counter(cells))
    assert found is not None
    rewrite = rewriting(found.kind, CHICAGO)
    reader = TimeReader("UTC", NOW)
    start = reader.read("2021-03-02").start
    for cell, minute in zip(cells, minutes, strict=True):
        clock = cell if rewrite is None else rewrite(cell)
        try:
            reading = reader.read(f"2021-03-02 {clock}".strip())
        except ValueError:
            continue
        if found.kind != "hours":
            assert reading.start <= start + minute * 60 <= reading.end
