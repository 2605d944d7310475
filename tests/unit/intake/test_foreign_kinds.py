"""Kinds of foreign files, tried by hand on the commands: read as they are meant, or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from clew.errors import InputRejected
from clew.intake.cases.quantities import read_degrees
from clew.intake.cases.times import TimeReader
from clew.intake.cases.words import read_words
from clew.intake.read import CaseSources
from clew.model.case_file import CaseFile

NOW = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


def read(folder: Path, text: str, *, mapping: str = "", encoding: str = "utf-8") -> CaseFile:
    path = folder / "a.csv"
    path.write_bytes(text.encode(encoding))
    if mapping:
        (folder / "m.toml").write_text(mapping, "utf-8")
    return CaseSources(path, mapping=folder / "m.toml" if mapping else None, now=NOW).read()


def rows(*cells: str, header: str) -> str:
    return "\n".join([header, *cells]) + "\n"


@pytest.mark.parametrize(
    ("column", "text", "expected", "unknown"),
    [
        ("scene", "note, syringe", ("note", "syringe"), ()),
        ("scene", "note / syringe and tourniquet", ("note", "syringe", "tourniquet"), ()),
        ("substances", "heroin + cocaine", ("cocaine", "heroin"), ()),
        ("substances", "heroin & cocaine; ethanol", ("cocaine", "ethanol", "heroin"), ()),
        # One part that is not known: nobody knows where the element ends.
        ("scene", "note, and so on", ("note_and_so_on",), ("note_and_so_on",)),
        ("scene", "note, no syringe", ("note_no_syringe",), ("note_no_syringe",)),
    ],
)
def test_a_list_with_other_marks(
    column: str, text: str, expected: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    assert read_words(column, text) == (expected, unknown)


@pytest.mark.parametrize(
    ("text", "letters", "expected"),
    [
        ("51.5", "NS", 51.5),
        ("51.5N", "NS", 51.5),
        ("N 51.5", "NS", 51.5),
        ("0.12 W", "EW", -0.12),
        ("51\u00b030'36\"N", "NS", 51.51),
        ("51\u00b0 30\u2032 36\u2033 N", "NS", 51.51),
        ("51 30 36 S", "NS", -51.51),
        ("0\u00b007.2'W", "EW", -0.12),
        ("-0.12\u00b0", "EW", -0.12),
    ],
)
def test_degrees_as_maps_write_them(text: str, letters: str, expected: float) -> None:
    assert read_degrees(text, letters) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("51 30 36", "NS"), ("51.5W", "NS"), ("-51.5N", "NS"), ("51\u00b060'N", "NS"),
        ("51.5\u00b030'N", "NS"), ("N51.5N", "NS"), ("51,5N", "NS"), ("51.5, -0.12", "NS"),
        ("51.5N 0.12W", "NS"), ("POINT (-0.12 51.5)", "EW"), ("51\u00b030.5'10\"N", "NS"),
    ],
)  # fmt: skip
def test_other_texts_are_no_degrees(text: str, letters: str) -> None:
    with pytest.raises(ValueError, match=r"degrees|number"):
        read_degrees(text, letters)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-03-01 9.30pm", "21:30"), ("2021-03-01 9.30 p.m.", "21:30"),
        ("2021-03-01 2130hrs", "21:30"), ("2021-03-01 21:30 hrs", "21:30"),
        ("2021-03-01 2130 hours", "21:30"), ("2021-03-01 21h30", "21:30"),
        ("2021-03-01 21.30 Uhr", "21:30"), ("2021-03-01 21:30h", "21:30"),
        ("2021-03-01 2130hrs GMT", "21:30"),
    ],
)  # fmt: skip
def test_clocks_as_reports_write_them(text: str, expected: str) -> None:
    moment = TimeReader("Europe/London", NOW).read(text)
    assert moment.has_clock
    assert moment.start == moment.end
    assert datetime.fromtimestamp(moment.start, UTC).strftime("%H:%M") == expected


@pytest.mark.parametrize(
    "text",
    ["2021-03-01 noon", "2021-03-01 @ 21:30", "2021-03-01 21h", "2021-03-01 2130hst", "2021-03"],
)
def test_clocks_that_say_less(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a date|zone"):
        TimeReader("Europe/London", NOW).read(text)


def test_a_zone_that_begins_with_h() -> None:
    moment = TimeReader("Pacific/Honolulu", NOW).read("2021-03-01 0740 HST")
    assert datetime.fromtimestamp(moment.start, UTC).strftime("%H:%M") == "17:40"


def test_a_text_kept_from_a_spreadsheet(tmp_path: Path) -> None:
    text = rows('="00123",2021-03-01,"=""A, B"""', header="case_id,reported_at,area")
    (case,) = read(tmp_path, text).as_of(None)
    assert (case.case_id, case.area) == ("00123", "A, B")
    text = rows('="00123"&"4",2021-03-01,x', header="case_id,reported_at,area")
    (case,) = read(tmp_path, text).as_of(None)
    assert case.case_id == '="00123"&"4"'


def test_cells_merged_with_the_one_above_are_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["case_id", "reported_at", "area", "agency"],
        ["A-1", "2021-03-01", "KD", "x"], ["A-2", "2021-03-02", None, None],
        ["A-3", "2021-03-03", None, None],
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("C2:D4")
    book.save(tmp_path / "a.xlsx")
    file = CaseSources(tmp_path / "a.xlsx", now=NOW).read()
    assert [note for note in file.account.notes if "4 cells are merged" in note]
    sheet.unmerge_cells("C2:D4")
    sheet.insert_rows(1)
    sheet["A1"] = "Deaths"
    sheet.merge_cells("A1:D1")  # a title says nothing of the rows
    book.save(tmp_path / "b.xlsx")
    assert not CaseSources(tmp_path / "b.xlsx", now=NOW).read().account.notes


def test_a_header_too_far_down_is_said(tmp_path: Path) -> None:
    preface = "".join(f"line {n} of a preface,,\n" for n in range(60))
    text = preface + rows("A-1,2021-03-01", header="case_id,reported_at")
    with pytest.raises(InputRejected, match="first 50 rows were searched for a header"):
        read(tmp_path, text)
    file = read(tmp_path, "".join(preface.splitlines(keepends=True)[:45]) + text[len(preface) :])
    assert len(file.histories) == 1


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        ("age_years", "-1", "outside 0 to 130"),
        ("age_years", "3/12", "not one of an age"),
        ("age_years", "30s", "a range or a limit"),
        ("age_years", "mid 20s", "a range or a limit"),
        ("age_years", "40?", "not one of an age"),
        ("age_years", "40 (DOB 1981)", "not one of an age"),
        ("age_years", "adult", "not a number"),
        ("sex", "1", "not one of female, male"),
        ("sex", "0", "not one of female, male"),
        ("moved_after_death", "-1", "neither yes nor no"),
        ("location_precision_m", '"1,000"', "not a number"),
        ("earliest", "between 1 and 3 March", "not a date or time"),
        ("earliest", "1/2/14", "order of day and month"),
        ("earliest", "2021-02-00", "not a date or time"),
        ("earliest", "2121-03-01", "in the future"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(
    header: str, cell: str, reason: str, tmp_path: Path
) -> None:
    file = read(tmp_path, rows(f"A-1,2021-03-01,{cell}", header=f"case_id,reported_at,{header}"))
    (reject,) = [one for one in file.rejects if one.field == header]
    assert reason in reject.reason
    assert (file.account.refused, file.account.fields) == (0, 1)


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        (["A-1,2021-03-01,x", "A-2;2021-03-02;y", "A-3,2021-03-03,z"], 1),
        (["A-1,2021-03-01,x", "case_id,reported_at,area", "A-3,2021-03-03,z"], 1),
        (["A-1,2021-03-01,x", "Total,1,", "Grand total: 1,,"], 2),
        (["A-1,2021-03-01,x", "", "Notes:", "Source: the office 2021", "* suppressed"], 3),
        (["A-1,2021-03-01,x", "A-1,2021-03-01,x", "A-1,2021-03-01,y"], 2),
    ],
)
def test_lines_that_are_no_records(lines: list[str], refused: int, tmp_path: Path) -> None:
    account = read(tmp_path, rows(*lines, header="case_id,reported_at,area")).account
    assert account.refused == refused
    assert account.rows == account.taken + refused


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    text = rows("A-1,2021-03-01,\u00dcberdosis", header="case_id,reported_at,cause")
    (case,) = read(tmp_path, text, encoding=encoding).as_of(None)
    assert case.cause == "\u00dcberdosis"


def test_years_of_two_digits_are_never_after_the_report(tmp_path: Path) -> None:
    mapping = 'name = "m"\n[date_formats]\nreported_at = ["%d/%m/%y"]\n'
    text = rows("A,01/02/69", "B,13/02/14", "C,13/02/30", header="case_id,reported_at")
    years = {
        case.case_id: datetime.fromtimestamp(case.reported_at, UTC).year
        for case in read(tmp_path, text, mapping=mapping).as_of(None)
    }
    assert years == {"A": 1969, "B": 2014, "C": 1930}
