from collections.abc import Callable

import pytest

from clew.intake.cases.cleaning import (
    missing_cause,
    read_number,
    says_none,
    split_list,
)
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.values import MissingCause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("unknown", MissingCause.PLACEHOLDER),
        ("UNKNOWN", MissingCause.PLACEHOLDER),
        ("-", MissingCause.PLACEHOLDER),
        ("Not Known", MissingCause.PLACEHOLDER),
        ("John Doe", MissingCause.PLACEHOLDER),
        ("n/a", MissingCause.NOT_APPLICABLE),
        ("none recorded", MissingCause.NOT_RECORDED),
        ("none", MissingCause.NOT_RECORDED),
        ("PENDING", MissingCause.PENDING),
        ("Pending toxicology", MissingCause.PENDING),
        ("[redacted]", MissingCause.WITHHELD),
        ("withheld", MissingCause.WITHHELD),
    ],
)
def test_placeholders_have_a_cause(text: str, cause: MissingCause) -> None:
    assert missing_cause(text) is cause


@pytest.mark.parametrize(
    "text",
    ["hanging", "unknown white male, 40", "pending matter of the lungs", "Nat", "No Man's Land"],
)
def test_values_are_left_alone(text: str) -> None:
    assert missing_cause(text) is None


def test_999_fills_gaps_in_columns_of_numbers_alone() -> None:
    assert missing_cause("999", numeric=True) is MissingCause.PLACEHOLDER
    assert missing_cause("999") is None
    assert missing_cause("99", numeric=True) is None


def test_numbers() -> None:
    assert read_number("22.5") == 22.5
    for text in ("51,5", "22y", "nan", "inf", "1_000", ""):
        with pytest.raises(ValueError, match="not a"):
            read_number(text)


def test_yes_and_no(read_one: Callable[..., Case], read_rows: Callable[..., CaseFile]) -> None:
    assert read_one(moved_after_death="Yes").moved_after_death is True
    assert read_one(moved_after_death="0").moved_after_death is False
    file = read_rows([{"moved_after_death": "perhaps"}])
    assert file.histories[0].versions[-1][1].moved_after_death is None
    (reject,) = file.rejects
    assert (reject.field, reject.value) == ("moved_after_death", "perhaps")
    assert reject.reason == "neither yes nor no nor unknown"


def test_lists() -> None:
    assert split_list(" a ; ;b;") == ["a", "b"]
    assert says_none(" None ")
    assert not says_none("none; a")
