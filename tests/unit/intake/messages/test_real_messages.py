from __future__ import annotations

import os
from pathlib import Path

import pytest
from made_messages import NOW

from clew.intake.messages.reader import read_items
from clew.intake.read import CaseSources

DATA = os.environ.get("CLEW_DATA")
pytestmark = pytest.mark.skipif(DATA is None, reason="CLEW_DATA names no folder of real data")


def folder() -> Path:
    return Path(str(DATA)) / "fhir"


def test_every_file_is_read_or_refused_with_one_clear_line() -> None:
    files = {str(p.relative_to(folder())) for p in folder().rglob("*") if p.is_file()}
    items = list(read_items(folder()))
    assert {item.file for item in items} == files
    for item in items:
        if item.record is None:
            assert item.refused.isprintable()
            assert len(item.refused) > 20
        else:
            assert item.record.ids or item.record.texts
    documents = [i for i in items if i.record is not None and i.record.kind == "case"]
    assert len({i.file for i in documents}) >= 30


def test_the_whole_folder_is_one_case_file() -> None:
    file = CaseSources(folder(), now=NOW).read()
    assert len(file.histories) >= 15
    assert all(reject.reason for reject in file.rejects)
    told = {reject.file for reject in file.rejects} | {
        str(case.extra.get("source_file")) for h in file.histories for _, case in h.versions
    }
    lacking = {p.name for p in folder().rglob("*.xml")} - {Path(name).name for name in told}
    assert lacking == {"bundle-mdi-to-edrs-j-rogers.xml"}  # a later word on 15075, so its facts
    rogers = next(h for h in file.histories if h.case_id == "15075")
    assert [case.manner for _, case in rogers.versions] == [None, "accident"]
