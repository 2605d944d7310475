"""Law: in every format and every way to write a value, what is read is what was written, or none.

Never another value: a cell is read as the moment, place or age that was written, as the whole day
that it lies in where only days were written, or it is refused and the account says so.
"""

from __future__ import annotations

import csv
import gzip
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.intake.messages.write_mdi import document, json_text
from clew.intake.read import CaseSources
from clew.model.case import Case
from clew.model.case_file import CaseFile

NOW = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
REPORTED = "2025-06-01T12:00:00"
Rows = list[dict[str, str]]


def _lines(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_csv(folder: Path, rows: Rows) -> CaseSources:
    return CaseSources(_lines(folder / "t.csv", rows))


def as_gz(folder: Path, rows: Rows) -> CaseSources:
    path = folder / "t.csv.gz"
    path.write_bytes(gzip.compress(_lines(folder / "t.csv", rows).read_bytes()))
    return CaseSources(path)


def as_xlsx(folder: Path, rows: Rows) -> CaseSources:
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in [list(rows[0]), *(list(row.values()) for row in rows)]:
        book.active.append(cells)
    book.save(folder / "t.xlsx")
    return CaseSources(folder / "t.xlsx")


def as_parquet(folder: Path, rows: Rows) -> CaseSources:
    pq.write_table(pa.Table.from_pylist(rows), folder / "t.parquet")
    return CaseSources(folder / "t.parquet")


def as_json(folder: Path, rows: Rows) -> CaseSources:
    (folder / "t.json").write_text(json.dumps(rows), encoding="utf-8")
    return CaseSources(folder / "t.json")


def as_facts(folder: Path, rows: Rows) -> CaseSources:
    cases = [{name: row[name] for name in ("case_id", "reported_at")} for row in rows]
    facts = [
        {
            "case_id": row["case_id"],
            "field": name,
            "op": "set",
            "value": value,
            "known_at": REPORTED,
        }
        for row in rows
        for name, value in row.items()
        if name not in {"case_id", "reported_at"}
    ]
    return CaseSources(_lines(folder / "t.csv", cases), _lines(folder / "f.csv", facts))


def as_fhir(folder: Path, rows: Rows) -> CaseSources:
    (folder / "messages").mkdir()
    for row in rows:
        path = folder / "messages" / f"{row['case_id']}.json"
        path.write_text(json_text(document({"sex": "male"} | row)), encoding="utf-8")
    return CaseSources(folder / "messages")


TABLES = [as_csv, as_gz, as_xlsx, as_parquet, as_json, as_facts]
Write = Callable[[Path, Rows], CaseSources]


def read(write: Write, rows: Rows) -> CaseFile:
    with tempfile.TemporaryDirectory() as name:
        sources = write(Path(name), rows)
        return CaseSources(sources.path, sources.facts, timezone="Etc/UTC", now=NOW).read()


def by_id(file: CaseFile) -> dict[str, Case]:
    return {history.case_id: history.versions[-1][1] for history in file.histories}


TIMES: dict[str, Callable[[datetime], str]] = {
    "iso": lambda m: m.isoformat(),
    "space": lambda m: m.strftime("%Y-%m-%d %H:%M"),
    "zulu": lambda m: f"{m.isoformat()}.000Z",
    "basic": lambda m: m.strftime("%Y%m%d %H%M"),
    "hrs": lambda m: m.strftime("%Y-%m-%d %H%Mhrs"),
    "half": lambda m: m.strftime("%Y-%m-%d %I.%M %p"),
    "excel": lambda m: repr((m - datetime(1899, 12, 30)) / timedelta(days=1)),
    "epoch": lambda m: str(int(m.replace(tzinfo=UTC).timestamp())),
    "epoch ms": lambda m: str(int(m.replace(tzinfo=UTC).timestamp()) * 1000),
    "slashed": lambda m: m.strftime("%d/%m/%Y"),
}
NUMBERS: dict[str, Callable[[float], str]] = {
    "point": lambda x: f"{x:.4f}",
    "comma": lambda x: f"{x:.4f}".replace(".", ","),
    "sign": lambda x: f"{x:+.4f}",
    "mark": lambda x: f"{x:.4f}\u00b0",
}
moments = st.lists(
    st.datetimes(datetime(1980, 1, 1), datetime(2025, 5, 31)).map(
        lambda m: m.replace(second=0, microsecond=0)
    ),
    min_size=1,
    max_size=6,
)


def _check_time(case: Case, moment: datetime, file: CaseFile, *, days: bool) -> None:
    """The window begins at the moment, or at its day; else the field is refused or missing."""
    at = int(moment.replace(tzinfo=UTC).timestamp())
    if case.window is None:
        said = any(one.field == "earliest" for one in file.rejects)
        assert said or "window" in case.missing
    else:  # only days were written: their beginning
        assert case.window.earliest == (at - at % 86_400 if days else at)


@pytest.mark.parametrize("write", TABLES)
@settings(max_examples=15, deadline=None)
@given(moments=moments, written=st.sampled_from(sorted(TIMES)), midnight=st.booleans())
def test_a_moment(write: Write, moments: list[datetime], written: str, midnight: bool) -> None:
    if midnight:
        moments = [m.replace(hour=0, minute=0) for m in moments]
    rows = [
        {"case_id": f"C{n}", "reported_at": REPORTED, "earliest": TIMES[written](m)}
        for n, m in enumerate(moments)
    ]
    file = read(write, rows)
    for case_id, case in by_id(file).items():
        _check_time(case, moments[int(case_id[1:])], file, days=midnight)


@pytest.mark.parametrize("write", TABLES)
@settings(max_examples=10, deadline=None)
@given(
    places=st.lists(st.tuples(st.floats(1, 89), st.floats(-179, -1)), min_size=1, max_size=6),
    written=st.sampled_from(sorted(NUMBERS)),
)
def test_a_place(write: Write, places: list[tuple[float, float]], written: str) -> None:
    form = NUMBERS[written]
    rows = [
        {
            "case_id": f"C{n}", "reported_at": REPORTED, "latitude": form(north),
            "longitude": form(east),
        }
        for n, (north, east) in enumerate(places)
    ]  # fmt: skip
    file = read(write, rows)
    for case_id, case in by_id(file).items():
        north, east = places[int(case_id[1:])]
        if case.point is None:
            assert {one.field for one in file.rejects} & {"latitude", "longitude"}
        else:
            assert case.point.latitude == pytest.approx(north, abs=6e-5)
            assert case.point.longitude == pytest.approx(east, abs=6e-5)


@pytest.mark.parametrize("write", TABLES)
@settings(max_examples=10, deadline=None)
@given(
    ages=st.lists(st.integers(0, 110), min_size=1, max_size=6),
    written=st.sampled_from(["{}", "{} years", "{}y", "{} months", "{},5", "{}+", "{}s"]),
)
def test_an_age(write: Write, ages: list[int], written: str) -> None:
    rows = [
        {"case_id": f"C{n}", "reported_at": REPORTED, "age_years": written.format(age)}
        for n, age in enumerate(ages)
    ]
    file = read(write, rows)
    for case_id, case in by_id(file).items():
        age = ages[int(case_id[1:])]
        true = age / 12 if "months" in written else age + 0.5 if ",5" in written else age
        if case.age_years is None:
            said = any(one.field == "age_years" for one in file.rejects)
            assert said or "age_years" in case.missing
        else:
            assert written not in {"{}+", "{}s"}
            assert case.age_years == pytest.approx(true, abs=0.01)


@settings(max_examples=15, deadline=None)
@given(moments=moments, midnight=st.booleans())
def test_a_moment_in_messages(moments: list[datetime], midnight: bool) -> None:
    """Messages are profiled as a table is: midnights of all of them are days."""
    if midnight:
        moments = [m.replace(hour=0, minute=0) for m in moments]
    rows = [
        {
            "case_id": f"C{n}", "reported_at": f"{REPORTED}+00:00", "latitude": "51.5",
            "longitude": "-0.1", "age_years": "30", "earliest": f"{m.isoformat()}+00:00",
            "latest": f"{m.isoformat()}+00:00",
        }
        for n, m in enumerate(moments)
    ]  # fmt: skip
    file = read(as_fhir, rows)
    assert len(file.histories) == len(moments)
    for case_id, case in by_id(file).items():
        _check_time(case, moments[int(case_id[1:])], file, days=midnight)
        if midnight and len(moments) >= 3 and case.window is not None:
            assert case.window.seconds >= 86_399  # no hour of the day is known
        assert (case.age_years, case.sex) == (30, "male")
