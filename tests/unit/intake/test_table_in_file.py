"""The table is found in its file: titles, `sep=`, hidden sheets, footers, errors, encodings."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.errors import InputRejected
from clew.intake.cases.contract import COLUMNS, column_key
from clew.intake.inputs.judgements import read_judgements
from clew.intake.read import read_case_file
from clew.intake.suggest.propose import suggest_mapping
from clew.intake.tables.csv_rows import find_separator
from clew.intake.tables.header import Wanted, find_header, why_no_record
from clew.intake.tables.open import open_table
from clew.model.case_file import CaseFile

HEADER = "case_id,reported_at,age_years,sex,cause,narrative"
ROWS = [
    "A-1,2021-03-02T07:40,81,female,Drowning,Found in bed",
    'A-2,2021-03-09T22:15,67.5,male,Drowning,"Found; in bed, ""alone"""',
    "A-3,2021-04-18T06:50,24,male,,",
]
IDS = ["A-1", "A-2", "A-3"]


def put(folder: Path, *lines: str, name: str = "c.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def ids(file: CaseFile) -> list[str]:
    return [history.case_id for history in file.histories]


TITLES: dict[str, list[str]] = {
    "one title": ["Deaths reported to the coroner"],
    "title filled up with separators": ["Deaths reported to the coroner,,,,,"],
    "title, extract date and a blank row": [
        "Deaths in Northmere,,,,,",
        "Extracted,2021-05-01,,,,",
        ",,,,,",
    ],
    "blank line": [""],
    "two blank lines": ["", ""],
    "title with a separator in quotes": ['"Deaths, Northmere, 2021"', ""],
    "title with separators of its own": ["Deaths; men; women", "Source: register"],
    "title with a stray quotation mark": ['The "old" register', ""],
    "band of groups above the header": [",,Person,,Findings,"],
    "ten lines": [f"note {n}" for n in range(10)],
    "title with one known word": ["cause,,,,,"],
}


@pytest.mark.parametrize("above", TITLES.values(), ids=TITLES)
def test_what_is_above_the_header_is_passed_over_and_named(
    above: list[str], tmp_path: Path
) -> None:
    file = read_case_file(put(tmp_path, *above, HEADER, *ROWS, "A-4,never,,,,"))
    assert ids(file) == IDS
    assert file.rejects[0].row == len(above) + 5  # as the spreadsheet shows it
    said = [one for one in file.account.not_read if "the header is row" in one.why]
    assert bool(said) == any(line.strip(", ") for line in above)
    if said:
        assert f"the header is row {len(above) + 1}" in said[0].why


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;;", "\ufeffsep=;"])
def test_a_line_that_declares_the_separator_is_obeyed(first: str, tmp_path: Path) -> None:
    lines = [line.replace(",", ";") for line in (HEADER, *ROWS[::2])]
    file = read_case_file(put(tmp_path, first, *lines, "A-4;never;;;;"))
    assert ids(file) == ["A-1", "A-3"]
    assert file.rejects[0].row == 4  # a spreadsheet hides the line, and shows the header as row 1
    caret = [line.replace(";", "^") for line in lines]
    assert ids(read_case_file(put(tmp_path, "sep=^", *caret))) == ["A-1", "A-3"]


SEPARATED = {
    "semicolons, decimal commas": (
        ";",
        [
            "case_id;reported_at;latitude;longitude",
            "A;2021-03-02;51,5;-0,12",
            "B;2021-03-03;51,6;-0,13",
        ],
    ),
    "semicolons, commas in every text": (
        ";",
        ["id;cause;place", "A;a, b, c, d;x, y", "B;a, b, c, d;x, y"],
    ),
    "commas in quotes only": (";", ['"a, b, c, d, e";"x"', "1;2", "3;4"]),
    "tabs, commas in texts": (
        "\t",
        ["case_id\treported_at\tcause", "A\t2021-03-02\tdrugs, alcohol, cold"],
    ),
    "bars": ("|", ["case_id|reported_at", "A|2021-03-02"]),
    "commas, one header with a semicolon": (
        ",",
        ["id,what; how; when; why; who,sex", "A,b,c", "B,c,d"],
    ),
    "a line end within quotes": (
        ",",
        ["case_id,reported_at,narrative", 'A,2021-03-02,"a;b;c', ';d;e;f;g"', "B,2021-03-02,x"],
    ),
    "a blank line first": (";", ["", "case_id;reported_at;cause", "A;2021-03-02;a,b"]),
    "titles with commas": (
        ";",
        ["Deaths, Northmere, 2021, all", "case_id;reported_at", "A;2021-03-02"],
    ),
    "one column": (",", ["case_id", "A", "B"]),
}


@pytest.mark.parametrize(("separator", "lines"), SEPARATED.values(), ids=SEPARATED)
def test_separators_are_counted_over_whole_records(separator: str, lines: list[str]) -> None:
    assert find_separator([f"{line}\n" for line in lines], Wanted()) == separator


FOOTERS = [
    "Total,2,,,,",
    "TOTAL:,,,,,",
    "Grand Total,3,,,,",
    "*** end of report ***,,,,,",
    "(3 rows affected)",
    "3 records,,,,,",
    "Number of records: 3,,,,,",
    "Source: Northmere coroner,,,,,",
    "Notes:,,,,,",
    "Printed on 1 May 2021,,,,,",
    "Page 1 of 1,,,,,",
    ",,Total: 172.5,,,",
    "Average,,57.5,,,",
    "Total,2021-05-01,172,,,",
    "--- End of file ---",
]


@pytest.mark.parametrize("footer", FOOTERS)
def test_footers_and_totals_are_no_records_and_are_named(footer: str, tmp_path: Path) -> None:
    file = read_case_file(put(tmp_path, HEADER, *ROWS, footer))
    assert ids(file) == IDS
    (reject,) = file.rejects
    assert (reject.row, reject.kept) == (5, False)
    assert "total or a footer" in reject.reason


@pytest.mark.parametrize(
    "row",
    [
        "Total-17,2021-05-01,30,male,Drowning,x",
        "Source,2021-05-01,30,male,Drowning,x",
        "3,2021-05-01,,,,",
        "Page,2021-05-01,,,,",
        "Report-9,2021-05-01,,,,",
        "N-1,2021-05-01,,,,Total: 3",
    ],
)
def test_a_record_is_not_taken_for_a_footer(row: str) -> None:
    assert why_no_record(row.split(","), HEADER.split(",")) == ""


def test_a_header_that_comes_again_is_no_record(tmp_path: Path) -> None:
    file = read_case_file(put(tmp_path, HEADER, ROWS[0], HEADER, ROWS[2]))
    assert ids(file) == ["A-1", "A-3"]
    assert [(r.row, "repeats the header" in r.reason) for r in file.rejects] == [(3, True)]


def test_what_is_no_utf_8_is_read_as_windows_1252_with_a_note(tmp_path: Path) -> None:
    lines = [HEADER, "A-1,2021-03-02,30,male,Café – naïve,£5", "A-2,2021-03-03,31,male,Ö,"]
    file = read_case_file(put(tmp_path, *lines, encoding="cp1252"))
    assert [h.versions[-1][1].cause for h in file.histories] == ["Café – naïve", "Ö"]
    (note,) = file.account.notes
    assert "2 lines are not UTF-8 text (the first: line 2)" in note
    assert read_case_file(put(tmp_path, *lines)).account.notes == ()
    assert ids(read_case_file(put(tmp_path, *lines, encoding="utf-16"))) == ["A-1", "A-2"]


def test_a_double_header_is_refused_only_where_it_is_used(tmp_path: Path) -> None:
    plain = read_case_file(put(tmp_path, f"{HEADER},Ward,Ward", ROWS[2] + ",n,s"))
    assert plain.histories[0].versions[-1][1].extra == {"Ward": "n", "Ward (2)": "s"}
    with pytest.raises(InputRejected, match="more than once: cause"):
        read_case_file(put(tmp_path, f"{HEADER},Cause", ROWS[0] + ",x"))
    mapping = tmp_path / "m.toml"
    mapping.write_text('drop = ["Ward"]\n', encoding="utf-8")
    path = put(tmp_path, f"{HEADER},Ward,Ward", ROWS[2] + ",n,s")
    assert read_case_file(path, mapping=mapping).histories[0].versions[-1][1].extra == {}
    mapping.write_text('[columns]\narea = "Ward"\n', encoding="utf-8")
    with pytest.raises(InputRejected, match="more than once: ward"):
        read_case_file(path, mapping=mapping)
    judged = put(tmp_path, "case_a,case_b,judgement,note,note", "A,B,linked,x,y", name="j.csv")
    with pytest.raises(InputRejected, match="more than once: note"):
        read_judgements(judged, case_ids=("A", "B"), timezone="UTC")


def test_the_header_is_found_by_the_names_of_a_mapping(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('[columns]\ncase_id = "Nr"\nreported_at = "Gemeldet"\n', encoding="utf-8")
    path = put(tmp_path, "Liste;Stand;Mai", ";;", "Nr;Gemeldet;Ort", "A-1;2021-03-02;Nord")
    assert ids(read_case_file(path, mapping=mapping)) == ["A-1"]
    suggested = suggest_mapping(
        put(
            tmp_path,
            "Northmere",
            "",
            "Case Number,Date Reported,Ward",
            "A-1,2021-03-02,N",
            name="s.csv",
        )
    )
    columns = {line.theirs: line.ours for line in suggested.lines_of("column")}
    assert (columns["Case Number"], columns["Date Reported"]) == ("case_id", "reported_at")


def test_facts_and_judgements_are_found_under_titles_too(tmp_path: Path) -> None:
    judged = put(
        tmp_path, "Judgements of May", "", "case_a,case_b,judgement", "A,B,linked", name="j.csv"
    )
    taken, rejects = read_judgements(judged, case_ids=("A", "B"), timezone="UTC")
    assert (len(taken), rejects) == (1, ())


# Workbooks.


def workbook(path: Path, sheets: dict[str, tuple[str, list[list[Any]]]]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, (state, rows) in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


NAMES = ["case_id", "reported_at", "age_years", "cause"]
TABLE = [NAMES, ["A-1", "2021-03-02", 81, "Drowning"]]
OLD = [NAMES, ["OLD-1", "2011-03-02", 50, "Drowning"]]


@pytest.mark.parametrize(
    "sheets",
    [
        {"Old": ("hidden", OLD), "Deaths": ("visible", TABLE)},
        {"Old": ("veryHidden", OLD), "Deaths": ("visible", TABLE)},
        {"Read me": ("visible", [["How to read this"], ["Ask Ann"]]), "Deaths": ("visible", TABLE)},
        {
            "Codes": ("visible", [["code", "cause"], ["D", "Drowning"]]),
            "Deaths": ("visible", TABLE),
        },
        {"Deaths": ("visible", TABLE), "Old": ("visible", OLD)},
        {"Empty": ("visible", []), "Deaths": ("visible", TABLE), "Old": ("hidden", OLD)},
    ],
)
def test_the_visible_sheet_with_the_table_is_read_and_the_others_named(
    sheets: dict[str, tuple[str, list[list[Any]]]], tmp_path: Path
) -> None:
    file = read_case_file(workbook(tmp_path / "a.xlsx", sheets))
    assert ids(file) == ["A-1"]
    others = [name for name, (_, rows) in sheets.items() if rows and name != "Deaths"]
    said = " ".join(one.part for one in file.account.not_read)
    assert all(f"sheet '{name}'" in said for name in others)
    assert ("hidden" in said) == any(state != "visible" for state, _ in sheets.values())


def test_a_workbook_whose_table_is_hidden_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Old": ("hidden", OLD), "Empty": ("visible", [])})
    with pytest.raises(InputRejected, match="every sheet with anything in it is hidden: Old"):
        read_case_file(path)


def test_titles_blank_rows_and_an_offset_keep_the_rows_of_the_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet["B2"] = "Deaths of Northmere"
    for column, name in enumerate(NAMES, start=2):
        sheet.cell(5, column, name)
    sheet.cell(6, 2, "A-1")
    sheet.cell(6, 3, "2021-03-02")
    sheet.cell(9, 2, "A-2")
    sheet.cell(9, 3, "never")
    book.save(tmp_path / "a.xlsx")
    file = read_case_file(tmp_path / "a.xlsx")
    assert ids(file) == ["A-1"]
    assert file.rejects[0].row == 9
    assert "the header is row 5" in file.account.not_read[0].why


@pytest.mark.parametrize("cell", ["=1+1", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!"])
def test_formulas_without_result_and_errors_are_marked_and_not_blank(
    cell: str, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in ([], *TABLE, ["A-2", "2021-03-03", 40, "Fall"], ["A-3", "2021-03-04", 41, "x"]):
        sheet.append(row)
    sheet["D3"] = cell  # the cause of A-1, one row down and in place
    sheet["B4"] = cell  # the report of A-2
    sheet["C5"] = cell
    book.save(tmp_path / "a.xlsx")
    file = read_case_file(tmp_path / "a.xlsx")
    assert ids(file) == ["A-1", "A-3"]
    assert file.histories[0].versions[-1][1].cause is None
    found = {(r.row, r.field, r.kept) for r in file.rejects}
    assert found == {(3, "cause", True), (4, "reported_at", False), (5, "age_years", True)}
    says = "result was not saved" if cell.startswith("=") else f"spreadsheet error {cell}"
    assert all(says in r.reason for r in file.rejects)
    assert file.account.ids["A-2"].row == 4


def test_errors_that_a_csv_file_shows_are_no_values(tmp_path: Path) -> None:
    file = read_case_file(put(tmp_path, HEADER, "A-1,2021-03-02,30,male,#REF!,#hashtag"))
    case = file.histories[0].versions[-1][1]
    assert (case.cause, case.narrative) == (None, "#hashtag")
    assert [(r.field, r.value) for r in file.rejects] == [("cause", "#REF!")]


def test_saved_results_of_formulas_are_values(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", {"Deaths": ("visible", [*TABLE, ["A-2", "2021-03-03", 7, "f"]])}
    )
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member.endswith("sheet1.xml"):
                content = content.replace(b"<v>7</v>", b"<f>3+4</f><v>7</v>")
            new.writestr(member, content)
    file = read_case_file(tmp_path / "b.xlsx")
    assert [h.versions[-1][1].age_years for h in file.histories] == [81, 7]
    assert file.rejects == ()


def test_hidden_rows_are_read_and_counted(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", {"Deaths": ("visible", [*TABLE, ["A-2", "2021-03-03", 7, ""]])}
    )
    book = openpyxl.load_workbook(path)
    book["Deaths"].row_dimensions[3].hidden = True
    book.save(path)
    file = read_case_file(path)
    assert ids(file) == ["A-1", "A-2"]
    assert any("1 row is hidden in the sheet" in note for note in file.account.notes)


words = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)


@given(st.lists(words, min_size=2, max_size=6, unique_by=column_key), st.lists(words, max_size=3))
def test_a_first_row_that_is_a_header_stays_one(names: list[str], titles: list[str]) -> None:
    """With no name known, a full first row is the header; titles of one cell above it are not."""
    if {column_key(name) for name in names} & COLUMNS:
        return
    table = [names, *([f"v{n}"] * len(names) for n in range(5))]
    wide = len(names) > 2  # two cells of two are no less than half of it
    above = [[title] for title in titles if wide]
    assert find_header([*above, *table], Wanted()) == len(above) or not wide
    assert find_header(table, Wanted()) == 0


def test_a_file_with_many_title_lines_beyond_the_look_is_refused_clearly(tmp_path: Path) -> None:
    path = put(tmp_path, *["a note"] * 60, HEADER, *ROWS)
    with pytest.raises(InputRejected, match="the header is missing case_id"):
        read_case_file(path)
    assert open_table(put(tmp_path, HEADER, *ROWS)).header_row == 1
