"""Reading in a process of its own: content comes back whole, harm comes back as a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clew.errors import InputRejected
from clew.intake import bounded
from clew.intake.bounded import BoundedReader
from clew.intake.cases.stored_history import read_stored_history
from clew.intake.read import CaseSources

ZONE = "Europe/London"


@pytest.fixture(scope="module")
def reader() -> Iterator[BoundedReader]:
    with BoundedReader() as made:
        yield made


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_comes_back_is_what_is_read_here(reader: BoundedReader, tmp_path: Path) -> None:
    cases = put(
        tmp_path, "cases.csv",
        "case_id,reported_at,area,narrative,group_x,own column\n"
        'A,2025-01-01,KD,"é, ""a""\n2nd line",trait,x\nB,someday,KD,,,\n',
    )  # fmt: skip
    facts = put(
        tmp_path, "facts.csv", "case_id,field,op,value,known_at\nA,scene,add,note,2025-01-02\n"
    )
    coverage = put(tmp_path, "coverage.csv", "system,agency,records,up_to\nS,A,5,2025\nS,B,x,\n")
    files = {"cases": cases, "facts": facts, "coverage": coverage}
    found = reader.read(files, ZONE)
    here = read_stored_history(CaseSources(cases, facts, timezone=ZONE))
    assert found.history is not None
    for name in ("rows", "numbers", "facts", "ruled", "facts_name", "traits", "warnings"):
        assert getattr(found.history, name) == getattr(here, name), name
    assert [reject.reason for reject in found.history.rejects] == [
        reject.reason for reject in here.rejects
    ]
    assert [(row.system, row.agency, row.records) for row in found.coverage] == [("S", "A", 5)]
    assert len(found.refused) == 1


def test_staff_on_duty(reader: BoundedReader, tmp_path: Path) -> None:
    path = put(tmp_path, "workload.csv", "unit,day,staff_on_duty\nKD,2025-01-01,7\n")
    assert reader.read({"workload": path}, ZONE).workload == [(2, "", "KD", "2025-01-01", "7")]


def test_a_reason_comes_back_and_the_process_goes_on(reader: BoundedReader, tmp_path: Path) -> None:
    path = put(tmp_path, "cases.csv", "x,y\n1,2\n")
    child = reader._child
    with pytest.raises(InputRejected, match="is missing case_id"):
        reader.read({"cases": path}, ZONE)
    assert reader._child is child


def test_what_takes_too_much_memory_time_or_room_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"A{k},2025-01-01,{'x' * 1_000}\n" for k in range(60_000))
    path = put(tmp_path, "cases.csv", f"case_id,reported_at,narrative\n{rows}")
    with (
        BoundedReader(memory=420 * 1024 * 1024) as small,
        pytest.raises(InputRejected, match=r"memory|ended the process"),
    ):
        small.read({"cases": path}, ZONE)
    with BoundedReader(seconds=0.05) as quick:
        monkeypatch.setattr(quick, "seconds", 300.0)
        quick.begin()
        monkeypatch.setattr(quick, "seconds", 0.05)
        with pytest.raises(InputRejected, match="more than 0 seconds"):
            quick.read({"cases": path}, ZONE)
    monkeypatch.setattr(bounded, "ANSWER", 1_000_000)
    with BoundedReader() as short, pytest.raises(InputRejected, match="more than can be held"):
        short.read({"cases": path}, ZONE)


def test_a_reader_that_was_killed_begins_anew(tmp_path: Path) -> None:
    path = put(tmp_path, "cases.csv", "case_id,reported_at\nA,2025-01-01\n")
    with BoundedReader() as reader:
        reader.begin()
        assert reader._child is not None
        reader._child.kill()
        reader._child.wait()
        found = reader.read({"cases": path}, ZONE)
    assert found.history is not None
    assert set(found.history.rows) == {"A"}
