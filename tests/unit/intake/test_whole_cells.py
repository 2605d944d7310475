"""A cell is read whole or refused: times, ages, windows, and what imports keep."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.intake.cases.quantities import read_age, read_metres
from clew.intake.cases.time_text import read_declared, read_iso
from clew.intake.cases.times import TimeReader
from clew.intake.cases.window_text import WindowText, read_window_text
from clew.intake.read import CaseSources
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.workflows.intake import IntakeOptions, take_in
from clew.workflows.store import add_to_store

NOW = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
LONDON = TimeReader("Europe/London", NOW)


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "start", "width"),
    [
        ("2021-03-12 0740", utc(2021, 3, 12, 7, 40), 0),
        ("20210312 0740", utc(2021, 3, 12, 7, 40), 0),
        ("2021-03-12T0740", utc(2021, 3, 12, 7, 40), 0),
        ("2021-03-12 7:40", utc(2021, 3, 12, 7, 40), 0),
        ("2021-03-12 07.40", utc(2021, 3, 12, 7, 40), 0),
        ("2021-03-12 740", utc(2021, 3, 12, 7, 40), 0),
        ("2021-03-12 07:40:00 PM", utc(2021, 3, 12, 19, 40), 0),
        ("2021-03-12 12:05 am", utc(2021, 3, 12, 0, 5), 0),
        ("2021-03-12 07:40 GMT", utc(2021, 3, 12, 7, 40), 0),
        ("2021-06-12 07:40 BST", utc(2021, 6, 12, 6, 40), 0),
        ("2021-06-12T07:40Z", utc(2021, 6, 12, 7, 40), 0),
        ("2021-03-12T24:00", utc(2021, 3, 12, 23, 59, 59), 0),
        ("2021-03-12 2400", utc(2021, 3, 12, 23, 59, 59), 0),
        ("2021-03-12 24:00:00", utc(2021, 3, 12, 23, 59, 59), 0),
        ("2021-03-12T05", utc(2021, 3, 12, 5), 3_599),
        ("2021-03-12 5 pm", utc(2021, 3, 12, 17), 3_599),
        ("2021-03-12T07:40:12.123456789", utc(2021, 3, 12, 7, 40, 12), 0),
        ("2014-10-26T01:30 GMT", utc(2014, 10, 26, 1, 30), 0),
        ("2014-10-26T01:30 BST", utc(2014, 10, 26, 0, 30), 0),
    ],
)
def test_a_clock_is_read_whole(text: str, start: int, width: int) -> None:
    moment = LONDON.read(text)
    assert moment.has_clock
    assert (moment.start, moment.end - moment.start) == (start, width)


@pytest.mark.parametrize(
    "text",
    ["2021-03-12 5", "2021-03-12 05", "2021-03-12 2460", "2021-03-12 25:00", "2021-03-12 24:30",
     "2021-03-12x07:40", "2021-03-12 07:40 EST", "2021-06-12 07:40 PST", "2021-03-12 13:00 pm",
     "2021-03-12 07:4", "2021-03-12 7", "2021-03-12 07:40:60", "2021-03-12 07:40 approx",
     "2021-03-12 07:40+25:00", "2021-03-12 noon", "2021-W10-5", "2021-03-12T", "2021-03"],
)  # fmt: skip
def test_what_is_not_read_whole_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a date|is not the file's"):
        LONDON.read(text)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2021-03-02 147", "%Y-%m-%d %H%M", datetime(2021, 3, 2, 1, 47)),
        ("2021-03-02 5", "%Y-%m-%d %H%M", datetime(2021, 3, 2, 0, 5)),
        ("2021-03-02 1027", "%Y-%m-%d %H%M", datetime(2021, 3, 2, 10, 27)),
        ("3022021", "%m%d%Y", datetime(2021, 3, 2)),
        ("3/2/2021 7:05", "%m/%d/%Y %H:%M", datetime(2021, 3, 2, 7, 5)),
        ("2021-03-02 12345", "%Y-%m-%d %H%M", None),
        ("2021-03-02 07:40", "%Y-%m-%d %H%M", None),
    ],
)
def test_declared_digits_take_their_width(text: str, form: str, expected: datetime | None) -> None:
    read = read_declared(text, form)
    assert (None if read is None else read[0]) == expected


def test_a_declared_date_may_have_a_clock_behind_it() -> None:
    reader = TimeReader("UTC", NOW, {"": ("%m/%d/%Y",), "latest": ("%d/%m/%Y %H:%M",)})
    assert reader.read("03/02/2021 0257").start == utc(2021, 3, 2, 2, 57)
    assert reader.read("03/02/2021 24:00").start == utc(2021, 3, 2, 23, 59, 59)
    assert reader.read("02/03/2021 24:00", "latest").start == utc(2021, 3, 2, 23, 59, 59)
    assert not reader.read("03/02/2021").has_clock


@settings(max_examples=150, deadline=None)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2025, 12, 1)), st.integers(0, 5))
def test_no_way_to_write_a_clock_gives_another(moment: datetime, way: int) -> None:
    moment = moment.replace(second=0, microsecond=0)
    forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H%M", "%Y%m%d %H:%M", "%Y-%m-%d %I:%M %p",
             "%Y-%m-%d %H.%M", "%Y-%m-%d %H:%M:%S"]  # fmt: skip
    read = read_iso(moment.strftime(forms[way]))
    assert read is not None
    assert read.clock is not None
    assert (read.day, read.clock.hour, read.clock.minute) == (
        moment.date(), moment.hour, moment.minute,
    )  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789:.-T ZapmAPM+", max_size=14))
def test_a_tail_is_never_dropped(tail: str) -> None:
    """Whatever follows a date is read as its clock, or the whole cell is refused."""
    text = f"2021-03-02{tail}"
    read = read_iso(text.strip())
    if read is not None and tail.strip():
        assert read.clock is not None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("3 months", 0.25), ("22y", 22), ("57 yrs", 57), ("41 years", 41), ("11 days", 11 / 365.25),
        ("2 years 3 months", 2.25), ("2y 3m", 2.25), ("22 y/o", 22), ("22 years old", 22),
        ("aged 40", 40), ("6wks", 42 / 365.25), ("36 hours", 1.5 / 365.25), ("22.5", 22.5),
    ],
)  # fmt: skip
def test_ages_with_units(text: str, years: float) -> None:
    assert read_age(text) == pytest.approx(years)


@pytest.mark.parametrize(
    "text",
    [">89", "90+", "45-54", "45 to 54", "~30", "30s", "<1 day", "3 m", "22 M", "stillborn", "22,5",
     "3 days 2 years", "forty", "12 stone", "22 years?"],
)  # fmt: skip
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a|a range or a limit"):
        read_age(text)


def test_lengths() -> None:
    assert (read_metres("0.5 km"), read_metres("100m"), read_metres("30")) == (500, 100, 30)


def test_a_typed_window_in_the_doubled_hour_is_no_reversed_one() -> None:
    form = WindowText("w", "day_first")
    window = read_window_text("26/10/2014 01:50 - 01:10", form, LONDON, utc(2014, 10, 27))
    assert (window.earliest, window.latest) == (utc(2014, 10, 26, 0, 50), utc(2014, 10, 26, 1, 10))
    late = read_window_text("26/10/2014 2300 - 2400", form, LONDON, utc(2014, 10, 26, 23, 30))
    assert late.latest == utc(2014, 10, 26, 23, 30)


@pytest.mark.parametrize("clock", ["T24:00", " 0740", " 7:40", "T05", " 12:05 am"])
def test_no_window_ends_after_its_report(read_one: Callable[..., Case], clock: str) -> None:
    case = read_one(reported_at=f"2021-03-02{clock}", earliest="2021-03-01", latest="2021-03-02")
    assert case.window is not None
    assert case.window.latest == case.reported_at


def _put(path: Path, rows: list[tuple[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("case_id", "reported_at", "earliest"), *(
            (case_id, "2021-06-01", earliest) for case_id, earliest in rows
        )])  # fmt: skip
    return path


MIDNIGHTS = [(f"M-{n}", f"2021-03-0{n}T00:00:00") for n in range(1, 5)]
CLOCKS = [
    ("C-1", "2021-03-01T00:00:00"),
    ("C-2", "2021-03-02T13:10:00"),
    ("C-3", "2021-03-03T07:40"),
]


def _begins(file: CaseFile, case_id: str) -> int:
    case = next(h.versions[-1][1] for h in file.histories if h.case_id == case_id)
    assert case.window is not None
    return case.window.earliest


def test_an_import_keeps_the_first_profile(tmp_path: Path) -> None:
    held = tmp_path / "held"
    take_in(_put(tmp_path / "a.csv", CLOCKS), None, held, IntakeOptions(timezone="UTC"))
    mixed = [*CLOCKS[:1], *MIDNIGHTS]
    second = take_in(_put(tmp_path / "b.csv", mixed), held, held, IntakeOptions())
    assert any("--new-profile" in warning for warning in second.warnings)
    assert second.changes.changed == []  # C-1 is still a clock at midnight
    third = take_in(
        _put(tmp_path / "c.csv", mixed), held, held, IntakeOptions(new_profile=True, again=True)
    )
    assert not any("--new-profile" in warning for warning in third.warnings)
    assert {change.field for change in third.changes.changed} == {"earliest"}


def test_an_import_keeps_what_read_like_a_filler(tmp_path: Path) -> None:
    def extract(name: str, keys: str) -> Path:
        path = tmp_path / name
        rows = [f"{n},2021-06-01,{key}" for n, key in enumerate(keys.split())]
        path.write_text("\n".join(["case_id,reported_at,place_key", *rows]), encoding="utf-8")
        return path

    held = tmp_path / "held"
    take_in(extract("a.csv", "VOID VOID k1 k2"), None, held, IntakeOptions())
    second = take_in(extract("b.csv", "VOID k3 k1 k2"), held, held, IntakeOptions())
    assert [(c.case_id, c.field, c.after) for c in second.changes.changed if c.after] == [
        ("1", "place_key", "k3")
    ]


def test_what_an_import_wrote_is_read_back(tmp_path: Path) -> None:
    rows = [
        ("a", "2021-03-01T05"), ("b", "2014-10-26T01:30"), ("c", "2014-03-30T01:30"),
        ("d", "2021-03-02"), ("e", "2021-03-02T24:00"), ("f", "2021-03-02 0740"),
    ]  # fmt: skip
    path = _put(tmp_path / "a.csv", rows)
    take_in(path, None, tmp_path / "held", IntakeOptions())
    first = CaseSources(path).read()
    again = CaseSources(tmp_path / "held" / "cases.parquet").read()
    for case_id, _ in rows:
        assert _begins(first, case_id) == _begins(again, case_id), case_id
    midnights = _put(tmp_path / "m.csv", MIDNIGHTS)
    take_in(midnights, None, tmp_path / "held2", IntakeOptions())
    again = CaseSources(tmp_path / "held2" / "cases.parquet").read()
    assert _begins(CaseSources(midnights).read(), "M-1") == _begins(again, "M-1")


def test_a_store_keeps_the_first_profile(tmp_path: Path) -> None:
    store = tmp_path / "store"
    add_to_store(store, CaseSources(_put(tmp_path / "a.csv", CLOCKS), timezone="UTC"))
    sources = CaseSources(_put(tmp_path / "b.csv", MIDNIGHTS), timezone="UTC")
    added = add_to_store(store, sources)
    assert any("--new-profile" in warning for warning in added.warnings)
    other = CaseSources(
        _put(tmp_path / "c.csv", [(f"N{i}", e) for i, e in MIDNIGHTS]), timezone="UTC"
    )
    assert not any(
        "--new-profile" in w for w in add_to_store(store, other, new_profile=True).warnings
    )
