import csv
import gzip
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clew.errors import InputRejected
from clew.intake.read import read_case_file
from clew.intake.tables import binary_rows, csv_rows
from clew.model.case import Case

HEADER = "case_id,reported_at,sex,age_years\n"
GOOD = HEADER + "C1,2014-06-19T04:05,male,22\n"


def put(tmp_path: Path, name: str, content: bytes | str) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(path: Path) -> Case:
    (history,) = read_case_file(path).histories
    return history.versions[0][1]


def rejected(path: Path) -> str:
    with pytest.raises(InputRejected) as caught:
        read_case_file(path)
    line = caught.value.line()
    assert "\n" not in line
    assert caught.value.remedy
    return line


def workbook(path: Path, *rows: list[Any]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.encode("utf-16"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").encode(),
        ("\n" + GOOD + "\n,,,\n").encode(),
        GOOD.replace("\n", ",,\n").encode(),
        GOOD.replace("case_id", "Case ID").encode(),
        GOOD.replace("C1,", '"C1",').encode(),
    ],
)
def test_the_same_case_in_many_csv_dialects(tmp_path: Path, content: bytes) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    case = only(plain)
    assert (case.case_id, case.sex, case.age_years) == ("C1", "male", 22)
    assert only(packed) == case


def test_xlsx_and_parquet_read_like_csv(tmp_path: Path) -> None:
    csv_case = only(put(tmp_path, "a.csv", GOOD + ",,,\n"))
    names = ["case_id", "reported_at", "sex", "age_years"]
    moment = datetime(2014, 6, 19, 4, 5)
    sheet = workbook(tmp_path / "a.xlsx", names, ["C1", moment, "male", 22], [None] * 4)
    assert only(sheet) == csv_case
    table = pa.table(
        {"case_id": ["C1"], "reported_at": [moment], "sex": ["male"], "age_years": [22]}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    assert only(tmp_path / "a.parquet") == csv_case


def test_dates_lists_and_blanks_of_typed_files(tmp_path: Path) -> None:
    columns = {
        "case_id": [1, 2],
        "reported_at": [datetime(2014, 1, 2), datetime(2014, 1, 3)],
        "earliest": [date(2014, 1, 1), None],
        "scene": [["note", "bottle"], []],
        "age_years": [float("nan"), 3.5],
        "moved_after_death": [True, None],
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    first, second = (h.versions[0][1] for h in read_case_file(tmp_path / "a.parquet").histories)
    assert first.case_id == "1"
    assert not first.report_known_to_the_minute  # every value is midnight: dates alone
    assert first.window is not None
    assert first.scene is not None
    assert (first.age_years, first.moved_after_death) == (None, True)
    assert (second.age_years, second.scene, second.window) == (3.5, None, None)
    sheet = workbook(
        tmp_path / "b.xlsx",
        ["case_id", "reported_at", "moved_after_death"],
        [7.0, date(2014, 1, 2), False],
    )
    case = only(sheet)
    assert (case.case_id, case.report_known_to_the_minute) == ("7", False)
    assert case.moved_after_death is False


def test_other_sheets_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["case_id", "reported_at"])
    book.active.append(["C1", "2014-06-19"])
    book.create_sheet("Old").append(["x"])
    book.save(tmp_path / "a.xlsx")
    (warning,) = read_case_file(tmp_path / "a.xlsx").warnings
    assert "Old" in warning


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"\n\n", "the file is empty"),
        ("a.csv", HEADER.encode(), "a header and no rows"),
        (
            "a.csv",
            b"id,when\n1,2014-06-19\n",
            "the header is missing case_id, reported_at; it has: id",
        ),
        ("a.csv", b"case_id,Case-ID,reported_at\n1,1,2014-06-19\n", "more than once: case_id"),
        ("a.csv", GOOD.encode() + b"C2,2014,caf\x81,1\n", "line 3 is neither UTF-8 nor"),
        ("a.csv", GOOD.encode() + b"C\x002,2014-06-19,,\n", "line 3 has a NUL byte"),
        ("a.csv", GOOD.encode("utf-16-le"), "NUL byte"),
        ("a.csv", GOOD.encode() + b'C2,"2014-06-19,,\n', "opens in line 3 is never closed"),
        ("a.csv", b"PK\x03\x04" + b"x" * 40, "ends in .csv, but the content is .xlsx"),
        (
            "a.csv",
            gzip.compress(GOOD.encode(), mtime=0),
            "but the content is .csv.gz",
        ),
        ("a.csv.gz", GOOD.encode(), "not a readable .csv.gz file"),
        ("a.csv.gz", gzip.compress(GOOD.encode() * 9, mtime=0)[:40], "damaged or cut short"),
        (
            "a.csv.gz",
            gzip.compress(GOOD.encode(), mtime=0)[:-8] + b"\0" * 8,
            "damaged or cut short",
        ),
        ("a.xlsx", GOOD.encode(), "not a readable .xlsx file"),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 40, "not a readable XLSX"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + b"x" * 40, "but the content is .xls"),
        ("a.parquet", GOOD.encode(), "not a readable .parquet file"),
        ("a.parquet", b"PAR1" + b"x" * 40, "not a readable Parquet"),
        ("a.docx", b"PK\x03\x04", "does not read '.docx'"),
    ],
)
def test_broken_files_give_one_clear_line(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    assert says in rejected(put(tmp_path, name, content))


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    assert "folder" in rejected(tmp_path)
    assert "no such file" in rejected(tmp_path / "absent.csv")


def test_cut_short_workbooks_and_parquet(tmp_path: Path) -> None:
    sheet = workbook(tmp_path / "a.xlsx", ["case_id", "reported_at"], ["C1", "2014-06-19"])
    assert "not a readable XLSX" in rejected(put(tmp_path, "b.xlsx", sheet.read_bytes()[:-300]))
    pq.write_table(pa.table({"case_id": ["C1"], "reported_at": ["2014"]}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    assert "not a readable Parquet" in rejected(put(tmp_path, "b.parquet", whole[:-20]))
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as container:
        container.writestr("hello.txt", "hello")
    assert "contains no workbook" in rejected(tmp_path / "c.xlsx")


def test_a_workbook_whose_directory_is_broken_anywhere_is_read_or_refused(tmp_path: Path) -> None:
    sheet = workbook(tmp_path / "a.xlsx", ["case_id", "reported_at"], ["C1", "2014-06-19"])
    raw = sheet.read_bytes()
    first = raw.find(b"PK\x01\x02")
    said = []
    for at in range(first, len(raw), 3):
        broken = bytearray(raw)
        broken[at] = 0x99  # sets also the mark that a name is UTF-8, which this is not
        broken[first + 9] |= 8
        try:
            read_case_file(put(tmp_path, "b.xlsx", bytes(broken)))
        except InputRejected as refused:
            said.append(refused.line())
    assert len(said) > 50
    assert [line for line in said if len(line.splitlines()) > 1] == []


def test_a_row_without_end_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "MAX_ROW", 50_000)
    assert "longer than 50,000" in rejected(put(tmp_path, "a.csv", GOOD + "x" * 60_000))
    lines = GOOD + 'C2,"' + '\n","' * 20_000
    assert "longer than 50,000" in rejected(put(tmp_path, "b.csv", lines))
    assert "longer than 50,000" in rejected(put(tmp_path, "c.csv", "x" * 60_000))
    packed = gzip.compress(GOOD.encode() + b"x" * 10_000_000)
    assert "longer than 50,000" in rejected(put(tmp_path, "d.csv.gz", packed))


def test_a_cell_without_end_is_refused(tmp_path: Path) -> None:
    cell = "x\n" * (csv_rows.MAX_CELL // 2 + 10)
    line = rejected(put(tmp_path, "a.csv", GOOD + f'C2,"{cell}"'))
    assert "a cell of more than" in line


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "BOMB_BYTES", 1_000_000)
    bomb = gzip.compress((HEADER + "C1,2014-06-19,,\n" * 200_000).encode())
    assert "more than 200 times" in rejected(put(tmp_path, "a.csv.gz", bomb))


def test_zip_bombs_are_refused_unopened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "a.xlsx", ["case_id", "reported_at"], ["C1", "2014-06-19"])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as container:
        container.writestr("xl/media/bomb", b"\0" * (17 * 1024 * 1024))
    assert "would unpack to" in rejected(path)
    whole = put(tmp_path, "b.xlsx", path.read_bytes())
    monkeypatch.setattr(binary_rows, "MAX_RATIO", 10**9)
    monkeypatch.setattr(binary_rows, "MAX_UNPACKED", 1_000_000)
    assert "would unpack to" in rejected(whole)


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["case_id", "reported_at"], ["C1", "2014-06-19"])
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\x01\x02")
    size = struct.unpack_from("<I", raw, at + 24)[0]
    struct.pack_into("<I", raw, at + 24, size // 2)
    assert "not a readable XLSX" in rejected(put(tmp_path, "b.xlsx", bytes(raw)))


def test_a_cell_at_the_far_corner_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["case_id", "reported_at"])
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "a.xlsx")
    assert "spans 17,179,869,184 cells" in rejected(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("stray", "said"),
    [
        (b'<row r="99999999999"><c r="A99999999999"/></row>', "beyond column XFD or row 1,048,576"),
        (b'<row r="1048577"><c r="A1048577"/></row>', "beyond column XFD or row 1,048,576"),
        (b'<row r="2"><c r="XFE2"/></row>', "beyond column XFD or row 1,048,576"),
        (b'<row r="34"><c r="NDUW34"/></row>', "beyond column XFD or row 1,048,576"),
        (b"<row><c/></row>" * 5_000, "a sheet spans"),
    ],
)
def test_cells_with_wild_or_no_references_are_refused(
    tmp_path: Path, stray: bytes, said: str
) -> None:
    good = workbook(tmp_path / "a.xlsx", ["case_id", "reported_at"], ["C1", "2014-06-19"])
    with (
        zipfile.ZipFile(good) as old,
        zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new,
    ):
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, content.replace(b"</sheetData>", stray + b"</sheetData>"))
    assert said in rejected(tmp_path / "b.xlsx")


def test_ragged_rows(tmp_path: Path) -> None:
    rows = "C2,2014-06-20\nC3,2014-06-20,f,30,extra\nC4,2014-06-20,f,30,,\n"
    file = read_case_file(put(tmp_path, "a.csv", GOOD + rows))
    assert [h.case_id for h in file.histories] == ["C1", "C2", "C4"]
    (reject,) = file.rejects
    assert (reject.row, reject.kept) == (4, False)
    assert "5 cells, but the header has 4" in reject.reason


def test_misplaced_quotation_marks_reject_the_lines_they_swallow(tmp_path: Path) -> None:
    rows = 'C2,"2014-06-20" x,,\nC3,2014-06-20,"f\nC4,2014-06-20,"m,1\nC5,2014-06-20,,\n'
    file = read_case_file(put(tmp_path, "a.csv", GOOD + rows))
    assert [h.case_id for h in file.histories] == ["C1", "C5"]
    assert [r.row for r in file.rejects] == [3, 4]
    assert "line 3;" in file.rejects[0].reason
    assert "lines 4 to 5;" in file.rejects[1].reason


def test_formulas_are_kept_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [["case_id", "reported_at", "cause", "=x"], ["C1", "2014-06-19", "=1+1", "@SUM(A1)"]]
        )
    case = only(path)
    assert case.cause == "=1+1"
    assert case.extra == {"=x": "@SUM(A1)"}


def test_empty_rows_are_counted(tmp_path: Path) -> None:
    file = read_case_file(put(tmp_path, "a.csv", GOOD + ",,,\nC2,bad,,\n"))
    assert file.rejects[0].row == 4
    assert any("nothing in them: 1" in warning for warning in file.warnings)


def test_a_header_is_shown_on_one_line(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", 'case_id,"when\nseen",\x1b[31mred\u2028,,\n1,2,3\n')
    assert rejected(path).endswith("propose a mapping")
    path = put(tmp_path, "b.csv", '"case\n id",reported_at,"a\n b"\nC1,2014-06-19,x\n')
    assert only(path).extra == {"a b": "x"}


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_one_text_in_all_rows_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """A file of a few kB whose 4,096 cells would take 4 GB."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 4_096, pa.int32()), ["x" * 1_000_000])
    ids, days = [f"C{k}" for k in range(4_096)], ["2014-06-19"] * 4_096
    path = parquet(tmp_path / "a.parquet", case_id=ids, reported_at=days, narrative=text)
    assert path.stat().st_size < 100_000
    assert "unpack to 4,096" in rejected(path)


def test_a_column_that_would_unpack_to_too_much_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parquet(tmp_path / "a.parquet", case_id=["C1"], reported_at=["2014-06-19"])
    monkeypatch.setattr(binary_rows, "MAX_UNPACKED", 10)
    assert "a column would unpack to" in rejected(path)


def test_a_parquet_time_outside_the_calendar_is_one_clear_line(tmp_path: Path) -> None:
    far = pa.array([9_000_000_000_000_000_000], pa.timestamp("us"))
    assert "not a readable Parquet" in rejected(
        parquet(tmp_path / "a.parquet", case_id=["C1"], reported_at=far)
    )


def test_a_text_that_no_database_holds_refuses_its_row_alone(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet", case_id=["C1", "C2"], reported_at=["2014-06-19"] * 2,
        narrative=["a\0b", "fine"],
    )  # fmt: skip
    read = read_case_file(path)
    assert [history.case_id for history in read.histories] == ["C2"]
    assert "NUL" in read.rejects[0].reason


def test_a_parquet_file_whose_columns_say_another_type_is_refused(tmp_path: Path) -> None:
    """A damaged footer ended the process inside pyarrow: found by 88,000 mutations."""
    rows = {"case_id": ["C1", "C2"], "reported_at": ["2014-06-19", "2014-06-20"]}
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(rows), path)
    whole = path.read_bytes()
    text_type, number_type = b"\x15\x0c", b"\x15\x04"  # BYTE_ARRAY and INT64 in Thrift's encoding
    places = [at for at in range(len(whole)) if whole[at : at + 2] == text_type]
    assert len(places) >= 4
    for at in places:
        path.write_bytes(whole[:at] + number_type + whole[at + 2 :])
        try:
            read_case_file(path)
        except InputRejected as refused:
            assert "Parquet" in str(refused) or "can be taken" in str(refused)  # noqa: PT017
