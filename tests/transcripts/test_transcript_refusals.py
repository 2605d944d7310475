"""Bad input: one clear line and exit 2, or one rejected row with its reason. Never a traceback."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from said import Said, case_rows, clew, clew_here, read_rows, write_rows

Write = Callable[[Path], object]


def _bad_weights(at: Path) -> None:
    (at / "weights.json").write_text('{"schema": 1, "levels": ')


def _other_weights(at: Path) -> None:
    (at / "weights.json").write_text('{"schema": 99}')


def _wrong_encoding(at: Path) -> None:
    text = (at / "cases.csv").read_text("utf-8").replace("MPS", "MPS")
    (at / "bad.csv").write_bytes((text + "É,2014-01-01\n").encode("utf-16-be")[1:])


def _mixed_encoding(at: Path) -> None:
    (at / "bad.csv").write_bytes((at / "cases.csv").read_bytes() + b"X,2014-01-01,Caf\x81\n")


def _bomb(at: Path) -> None:
    """A workbook of a few kilobytes that would unpack to 300 MB."""
    book = openpyxl.Workbook()
    book.active.append(["case_id", "reported_at"])
    book.active.append(["A", "2014-01-01"])
    book.save(at / "small.xlsx")
    with (
        zipfile.ZipFile(at / "small.xlsx") as small,
        zipfile.ZipFile(at / "bad.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bomb,
    ):
        for name in small.namelist():
            content = small.read(name)
            if not name.endswith("sheet1.xml"):
                bomb.writestr(name, content)
                continue
            with bomb.open(name, "w") as sheet:
                head, tail = content.split(b"</sheetData>")
                sheet.write(head)
                for _ in range(100):
                    sheet.write(b" " * 3_000_000)
                sheet.write(b"</sheetData>" + tail)


def _text(content: str) -> Write:
    return lambda at: (at / "bad.csv").write_text(content, "utf-8")


def _nothing(at: Path) -> None:
    """Writes nothing: the command itself is what is wrong."""


LINK = ("link", "cases.csv")
BAD = ("link", "bad.csv")
NEAR = ("near", "cases.csv", "--lat", "51.5", "--lon", "0.1")
REFUSED: dict[str, tuple[Write, tuple[str, ...], tuple[str, ...]]] = {
    "missing file": (_nothing, ("link", "none.csv"), ("none.csv", "no such file")),
    "missing file, near": (_nothing, ("near", "none.csv", *NEAR[2:]), ("none.csv",)),
    "missing file, explain": (_nothing, ("explain", "none.csv", "A", "B"), ("none.csv",)),
    "missing facts": (_nothing, (*LINK, "--facts", "none.csv"), ("none.csv",)),
    "missing judgements": (_nothing, (*LINK, "--judgements", "none.csv"), ("none.csv",)),
    "missing coverage": (_nothing, (*LINK, "--coverage", "none.csv"), ("none.csv",)),
    "missing weights": (_nothing, (*LINK, "--weights", "none.json"), ("none.json",)),
    "a folder": (lambda at: (at / "bad.csv").mkdir(), BAD, ("bad.csv",)),
    "empty file": (_text(""), BAD, ("bad.csv", "empty")),
    "header alone": (_text("case_id,reported_at\n"), BAD, ("bad.csv", "no rows")),
    "one case": (_text("case_id,reported_at\nA,2014-01-01\n"), BAD, ("Two are needed",)),
    "missing header": (_text("A,2014-01-01,22\nB,2014-01-02,23\n"), BAD, ("case_id",)),
    "missing column": (_text("case_id,age_years\nA,22\nB,23\n"), BAD, ("reported_at",)),
    "no row can be taken": (
        _text("case_id,reported_at\nA,some day\nB,never\n"), BAD, ("row 2", "reported_at"),
    ),
    "bad --as-of": (_nothing, (*LINK, "--as-of", "whenever"), ("--as-of whenever",)),
    "impossible --as-of": (_nothing, (*LINK, "--as-of", "2014-02-30"), ("2014-02-30",)),
    "before all": (_nothing, (*LINK, "--as-of", "1999-01-01"), ("0 case",)),
    "unknown case": (_nothing, ("explain", "cases.csv", "T-0", "T-99"), ("T-99",)),
    "not yet known": (
        _nothing, ("explain", "cases.csv", "T-0", "T-2", "--as-of", "2014-06-30"), ("T-2",),
    ),
    "a case and itself": (_nothing, ("explain", "cases.csv", "T-0", "T-0"), ("T-0",)),
    "bad mapping": (_nothing, (*LINK, "--mapping", "nowhere"), ("nowhere", "milwaukee")),
    "mapping is no TOML": (
        lambda at: (at / "m.toml").write_text("[["), (*LINK, "--mapping", "m.toml"), ("m.toml",),
    ),
    "bad zone": (_nothing, (*LINK, "--timezone", "Mars/Base"), ("Mars/Base",)),
    "weights are no JSON": (_bad_weights, (*LINK, "--weights", "weights.json"), ("weight table",)),
    "weights of another schema": (
        _other_weights, (*LINK, "--weights", "weights.json"), ("schema 99",),
    ),
    "no such engine": (_nothing, (*LINK, "--engine", "nowhere"), ("nowhere", "local")),
    "replay on Spark": (
        _nothing, ("replay", "cases.csv", "--engine", "spark"), ("this machine alone", "local"),
    ),
    "wrong encoding": (_wrong_encoding, BAD, ("bad.csv",)),
    "two encodings": (_mixed_encoding, BAD, ("bad.csv", "UTF-8")),
    "a very long line": (
        _text("case_id,reported_at\nA," + "x" * 20_000_000 + "\nB,2014-01-01\n"), BAD, ("bad.csv",),
    ),
    "an open quotation": (
        _text('case_id,reported_at,cause\nA,2014-01-01,"' + "y\n" * 10_000_000), BAD, ("bad.csv",),
    ),
    "a bomb": (_bomb, ("link", "bad.xlsx"), ("bad.xlsx",)),
    "no workbook": (
        lambda at: (at / "bad.xlsx").write_bytes(b"PK\x03\x04 no"), ("link", "bad.xlsx"),
        ("bad.xlsx",),
    ),
    "no parquet": (
        lambda at: (at / "bad.parquet").write_bytes(b"PAR1 no"), ("link", "bad.parquet"),
        ("bad.parquet",),
    ),
    "binary": (lambda at: (at / "bad.csv").write_bytes(bytes(range(256)) * 50), BAD, ("bad.csv",)),
    "no such place": (_nothing, ("near", "cases.csv", "--lat", "910", "--lon", "0"), ("910",)),
    "no radius": (_nothing, (*NEAR, "--within-km", "0"), ("--within-km",)),
    "no number": (_nothing, (*NEAR, "--within-km", "nan"), ("--within-km",)),
    "out is a file": (_nothing, (*LINK, "--out", "cases.csv"), ("cases.csv",)),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(REFUSED))
def test_one_clear_line(what: str, tmp_path: Path) -> None:
    write, words, expected = REFUSED[what]
    write_rows(tmp_path / "cases.csv", case_rows())
    write(tmp_path)
    line = clew_here(*words, cwd=tmp_path).one_line()
    for text in expected:
        assert text in line
    assert len(line) < 600


@pytest.mark.parametrize("what", ["missing file", "wrong encoding", "a bomb", "bad --as-of"])
def test_a_process_of_its_own_says_the_same(what: str, tmp_path: Path) -> None:
    write, words, _ = REFUSED[what]
    write_rows(tmp_path / "cases.csv", case_rows())
    write(tmp_path)
    assert clew(*words, cwd=tmp_path).one_line() == clew_here(*words, cwd=tmp_path).one_line()


@pytest.mark.parametrize(
    "words",
    [("link",), ("near", "c.csv", "--lat", "x", "--lon", "1"), ("nowhere",), ("link", "c", "--no")],
)
def test_bad_usage_is_one_line_too(words: tuple[str, ...], tmp_path: Path) -> None:
    clew_here(*words, cwd=tmp_path).one_line()


def linked(tmp_path: Path, changes: dict[str, dict[str, str]], *more: dict[str, str]) -> Said:
    """Link the tiny file with changed cells, and rows added behind it."""
    rows = [row | changes.get(row["case_id"], {}) for row in case_rows()]
    write_rows(tmp_path / "cases.csv", [*rows, *more])
    said = clew_here("link", "cases.csv", "--out", "out", cwd=tmp_path)
    said.well()
    return said


def rejects(tmp_path: Path) -> list[tuple[str, str]]:
    return [(r["row"], r["field"]) for r in read_rows(tmp_path / "out" / "rejects.csv")]


def test_bad_cells_are_rejected_by_row_and_field_and_the_rest_is_compared(tmp_path: Path) -> None:
    said = linked(
        tmp_path,
        {
            "T-0": {"latitude": "910"},
            "T-2": {"earliest": "2014-08-20T04:00", "latest": "2014-08-19T04:00"},
            "N-3": {"age_years": "-4"},
            "N-4": {"longitude": "far away"},
        },
        {"case_id": "T-1", "reported_at": "2014-12-01"},
        {"case_id": "", "reported_at": "2014-12-01"},
        {"case_id": "Z", "reported_at": "2014-13-01"},
    )
    rejected = rejects(tmp_path)
    assert ("2", "latitude") in rejected
    assert any(row == "4" and field in {"earliest", "latest"} for row, field in rejected)
    assert ("8", "age_years") in rejected
    assert ("9", "longitude") in rejected
    assert ("14", "case_id") in rejected
    assert ("15", "case_id") in rejected
    assert ("16", "reported_at") in rejected
    assert len(rejected) == 7
    assert "Compared: 12 records" in said.out
    for row in read_rows(tmp_path / "out" / "rejects.csv"):
        assert row["reason"]


def test_no_cell_is_run_by_a_spreadsheet(tmp_path: Path) -> None:
    formula = '=HYPERLINK("http://x","y")'
    linked(
        tmp_path,
        {
            "T-0": {"scene": f"{formula}; small_bottle", "cause": "@SUM(1+1)"},
            "T-1": {"scene": f"{formula}; small_bottle", "latitude": "=910+1"},
        },
        {"case_id": "+1|cmd", "reported_at": "2014-12-02", "sex": "male", "scene": formula},
        {"case_id": "-2+3", "reported_at": "2014-12-03", "sex": "male", "scene": formula},
    )
    for path in (tmp_path / "out").glob("*.csv"):
        for row in read_rows(path):
            for cell in row.values():
                number = cell.replace(".", "").replace("-", "").replace("e", "").isdigit()
                assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert 'HYPERLINK("http' not in report, "a record's marks are escaped on the page"


def test_dates_in_three_orders_are_never_guessed_wrong(tmp_path: Path) -> None:
    """The ISO order is read; an order that could be two days is refused, with the row named."""
    said = linked(
        tmp_path,
        {
            "T-0": {"reported_at": "2014-06-20"},
            "T-1": {"reported_at": "20/07/2014 04:05"},
            "T-2": {"reported_at": "07/08/2014"},
        },
    )
    rejected = dict(rejects(tmp_path))
    taken = 12 - len([row for row in ("2", "3", "4") if rejected.get(row) == "reported_at"])
    assert f"Compared: {taken} records" in said.out
    assert rejected.get("2") is None
    assert rejected.get("4") == "reported_at", "the 7th of August, or the 8th of July"


def test_markup_in_a_record_stays_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    linked(tmp_path, {"T-0": {"scene": evil}, "T-1": {"scene": evil, "narrative": evil}})
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<script" not in report
    assert "<img" not in report
