"""One table, any container: the same cases. One history, any order of files' rows: the same."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.intake.read import CaseSources
from clew.model.case_file import CaseFile

NOW = 1_800_000_000
WORD = st.text("abcXYZ é;,'\"-", min_size=0, max_size=12)
STAMP = st.datetimes().map(lambda d: d.replace(year=2000 + d.year % 20).isoformat()[:16])
ROW = st.fixed_dictionaries(
    {
        "reported_at": STAMP,
        "earliest": STAMP | st.just(""),
        "age_years": st.integers(0, 120).map(str) | st.just("unknown"),
        "scene": WORD,
        "cause": WORD,
        "hue": WORD,
    }
)


def read(path: Path, facts: Path | None = None) -> CaseFile:
    return CaseSources(path, facts=facts, now=NOW).read()


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@given(st.lists(ROW, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_every_container_gives_the_same_cases(rows: list[dict[str, str]]) -> None:
    rows = [{"case_id": f"C{n}"} | row for n, row in enumerate(rows)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = read(write_csv(folder / "a.csv", rows))
        packed = read(write_csv(folder / "a.csv.gz", rows))
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append([row[column] for column in rows[0]])
        for cells in book.active.iter_rows():
            for cell in cells:
                cell.data_type = "s" if cell.value else "n"
        book.save(folder / "a.xlsx")
        sheet = read(folder / "a.xlsx")
        pq.write_table(pa.Table.from_pylist(rows), folder / "a.parquet")
        parquet = read(folder / "a.parquet")
    assert plain.histories == packed.histories == sheet.histories == parquet.histories


@given(st.lists(ROW, min_size=2, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, str]], random: object) -> None:
    rows = [{"case_id": f"C{n}"} | row for n, row in enumerate(rows)]
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as name:
        one = read(write_csv(Path(name) / "a.csv", rows))
        other = read(write_csv(Path(name) / "b.csv", shuffled))
    assert one.histories == other.histories


@given(ROW)
@settings(max_examples=40, deadline=None)
def test_facts_at_the_report_say_what_the_case_file_would(row: dict[str, str]) -> None:
    case = {"case_id": "C1", "reported_at": row["reported_at"]}
    facts = [
        {
            "case_id": "C1",
            "field": field,
            "op": "set",
            "value": value,
            "known_at": row["reported_at"],
        }
        for field, value in row.items()
        if field != "reported_at"
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        direct = read(write_csv(folder / "a.csv", [case | row]))
        as_facts = read(write_csv(folder / "b.csv", [case]), write_csv(folder / "f.csv", facts))
    assert direct.histories == as_facts.histories
