"""Fillers weigh nothing, whatever the column: one list for case files, registers and forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from clew.identities.fillers import filled
from clew.intake.cases.cleaning import filler_dates, is_finding, missing_cause
from clew.intake.cases.row_parsers import VOCABULARIES
from clew.intake.cases.times import FillerTimeError, TimeReader
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.vocabulary.load import read_table, words

NOW = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
FILLERS = [
    "NA", "N/A", "<NA>", "NaT", "NaN", "None", "NULL", "(null)", "#N/A", "#REF!", "#DIV/0!",
    "#####",
    "N/K", "NK", "n.k.", "Not Reported", "Unknown/Other", "Not Applicable", "U", "Undetermined",
    "Refused", "Not Specified", "Pending", "UNK", "9999", "99999", "(blank)", "Data not available",
    "<Null>", "nil", "TBA", "Not collected", "not provided", "No information", "Prefer not to say",
    "As above", "ditto", "no fixed abode", "NFA", "0000", "xxxx", "zzz", "--", "????",
    "1.23457E+11",
    "4.5E+12", "Not Documented", "unascertained",
]  # fmt: skip
TEXTS = ("place_key", "area", "agency", "cause", "allegation", "manner_said_by")
LISTS = ("posture", "lividity", "clothing", "injuries", "body_state", "scene", "missing_items")


@pytest.mark.parametrize("text", FILLERS)
def test_a_filler_is_missing_in_every_column(text: str, read_rows: Callable[..., CaseFile]) -> None:
    columns = (*TEXTS, *LISTS, "premises", "category", "substances", "tested_for")
    cells = dict.fromkeys(columns, text) | {"entities": f"caller:person:{text}"}
    case = read_rows([cells]).histories[0].versions[-1][1]
    for column in TEXTS:
        if column == "cause" and is_finding(text):
            assert (case.cause, case.mechanism) == (text, "unascertained")  # an examiner's word
            continue
        assert getattr(case, column) is None, column
    for column in (*LISTS, "substances", "tested_for"):
        assert not getattr(case, column), column
    for column in ("premises", "category"):
        known = words(VOCABULARIES[column]).canonical(text)
        assert getattr(case, column) == known, column
    assert not case.entities


@pytest.mark.parametrize(
    "text",
    ["home", "K-17", "Nat", "note", "9", "99", "1234", "Nash", "Unkempt garden", "E11", "1E+1",
     "Nilgiri Road", "Test Valley", "No. 9", "Knotts", "0740"],
)  # fmt: skip
def test_values_are_no_fillers(text: str) -> None:
    assert missing_cause(text) is None


@pytest.mark.parametrize("text", sorted(filler_dates()))
def test_default_dates_are_missing(text: str) -> None:
    with pytest.raises(ValueError, match=r"none is known|not a date"):
        TimeReader("UTC", NOW).read(text, "earliest", NOW)


def test_a_default_date_is_a_true_one_beside_a_report_of_its_years() -> None:
    reader, reported = TimeReader("UTC", NOW), -2_208_000_000  # 13 January 1900
    assert reader.read("1900-01-01", "earliest", reported).start == -2_208_988_800
    declared = TimeReader("UTC", NOW, {"earliest": ("%d/%m/%Y",)})
    with pytest.raises(FillerTimeError):
        declared.read("01/01/1900", "earliest", NOW)


def test_a_case_may_have_a_number_of_nines(read_rows: Callable[..., CaseFile]) -> None:
    file = read_rows([{"case_id": "9999"}, {"case_id": "0000"}, {"case_id": "1.23457E+11"}])
    assert sorted(h.case_id for h in file.histories) == ["0000", "9999"]
    assert [r.field for r in file.rejects] == ["case_id"]


def test_numbers_that_fill_gaps(read_one: Callable[..., Case]) -> None:
    case = read_one(latitude="9999.9", longitude="-9999", age_years="999")
    assert (case.point, case.age_years) == (None, None)
    assert missing_cause("1.2E+11", numeric=True) is None


def test_a_register_knows_the_same_fillers() -> None:
    for text in ("Not reported", "1.23457E+11", "#N/A", "NK", "xxxx"):
        assert filled(text, "address") is None, text
    assert filled("1 Mill Lane", "address") == "1 Mill Lane"


def test_every_filler_has_a_source_and_one_cause() -> None:
    table = read_table("placeholders")
    assert all(entry["source"] for kind in ("word", "pattern") for entry in table[kind])
    spellings = [word for entry in table["word"] for word in entry["synonyms"]]
    assert len(spellings) > 200
