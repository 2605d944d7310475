"""Whatever a CSV file holds: it is refused in one line, or every row of it is accounted for."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from clew.errors import ClewError
from clew.intake.cases.column_plan import wanted_columns
from clew.intake.cases.mapping import load_mapping
from clew.intake.read import CaseSources
from clew.intake.tables.open import open_table
from clew.model.case_file import CaseFile

VALID = (
    b"case_id,reported_at,earliest,latitude,longitude,age_years,scene,entities,cause,group_x\n"
    b"A,2014-06-19T04:05,2014-06-18,51.5,0.08,22,note; phone,caller:person:P1,Hanging,x\n"
    b'B,2014-08-28,,,,999,none,,"GHB toxicity, ""mixed""",\n'
    b"C,2015-09-14,unknown,0,0,25,,finder:person:W2,PENDING,y\n"
)


def check_one_line(fault: ClewError) -> None:
    assert len(fault.line().splitlines()) == 1
    assert fault.line().isprintable()


def read(content: bytes, name: str = "a.csv") -> CaseFile | None:
    """Read bytes as a case file; None where they were refused in one clear line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            file = CaseSources(path, now=1_800_000_000).read()
        except ClewError as fault:
            return check_one_line(fault)
        table = open_table(path, wanted_columns(load_mapping(None)))
        rows = sum(1 for _ in table.rows())
        refused = [r for r in file.rejects if not r.kept]
        assert len(file.histories) + len(refused) == rows
        assert len({r.row for r in refused}) == len(refused)
        assert len({h.case_id for h in file.histories}) == len(file.histories)
        return file


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes(content: bytes) -> None:
    read(content)


@given(st.lists(st.text(st.sampled_from('ab,;"\n\r\t \0=0é-'), max_size=8), max_size=30))
@settings(max_examples=150, deadline=None)
def test_any_csv_like_text_under_a_good_header(parts: list[str]) -> None:
    read(("case_id,reported_at,sex\n" + ",".join(parts)).encode())


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_mutation_of_a_valid_file(data: st.DataObject) -> None:
    content = bytearray(VALID)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content)))
        match data.draw(st.integers(0, 3)):
            case 0:
                content[at:at] = data.draw(st.binary(max_size=3))
            case 1:
                del content[at : at + data.draw(st.integers(1, 20))]
            case 2:
                content[at : at + 1] = data.draw(
                    st.sampled_from([b'"', b",", b"\n", b";", b"\xff"])
                )
            case _:
                end = at + data.draw(st.integers(1, 60))
                content += content[at:end]
    read(bytes(content))


def test_a_header_broken_in_two_lines() -> None:
    file = read(VALID.replace(b"reported_at,", b"reported_at\n").replace(b"T04:05,", b"T04:05\n"))
    assert file is not None
    assert [history.case_id for history in file.histories] == ["A"]
    assert [reject.row for reject in file.rejects] == [2, 4, 5, 6]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
COLUMNS = VALID.split(b"\n", 1)[0].decode().split(",")


@given(st.lists(st.lists(CELL, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=6))
@settings(max_examples=200, deadline=None)
@example([["A", "2014-06-19", "2014-06-20", "-0", "0", "1e3", "none;none", ":::", "-", "="]])
@example([["A", "0001-01-01T00:00+14:00", "", "", "", "", "", "", "", ""]])
@example([["A", "2014-06-19", "9999-12-31T23:59-12:00", "", "", "1_0", ";", "a:b:c", "", ""]])
def test_any_cells_in_the_contracts_columns(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    file = read(text.getvalue().encode())
    good = read(VALID + text.getvalue().split("\n", 1)[1].encode())
    assert good is not None
    if file is not None:
        assert len(file.histories) <= len(rows)


@given(st.lists(st.lists(CELL, min_size=6, max_size=6), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_facts_leave_the_cases_standing(rows: list[list[str]]) -> None:
    header = ["case_id", "field", "op", "value", "known_at", "recorded_at"]
    fields = ["scene", "earliest", "latitude", "cause", "entities", "odd"]
    aimed = [["A", fields[n % 6], "set", row[3], "2014-07-01", ""] for n, row in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        cases, facts = Path(folder) / "c.csv", Path(folder) / "f.csv"
        cases.write_bytes(VALID)
        with facts.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows, *aimed])
        try:
            read_file = CaseSources(cases, facts=facts, now=1_800_000_000).read()
        except ClewError as fault:
            check_one_line(fault)
            return
    assert [history.case_id for history in read_file.histories] == ["A", "B", "C"]
    for history in read_file.histories:
        instants = [since for since, _ in history.versions]
        assert instants == sorted(set(instants))
        assert instants[0] == history.versions[0][1].reported_at
