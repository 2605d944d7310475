"""Keys, dates and old words of ledger rows are read as people write them."""

from __future__ import annotations

from datetime import datetime

import pytest

from clew.desk.web.ledger_words import ledger_key, ledger_subject, ledger_value


def moment(at: datetime) -> str:
    return f"{at:%H:%M}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("line:BD-1:next_of_kin:due#0", "line, BD-1, next of kin, due"),
        ("2015-09-17", "17 September 2015"),
        ("2015-09-17T08:15:00+01:00", "08:15"),
        ("gone up", "escalated"),
        ("whom to warn is owed", "a decision on who to warn is due"),
        (["taken in", None, True], "imported, none, yes"),
        ({"given_to": "the coroner"}, "given to: the coroner"),
        ("a_name_to_sign_in_with", "a_name_to_sign_in_with"),
    ],
)
def test_a_value_is_said_in_words(value: object, said: str) -> None:
    assert ledger_value(value, moment) == said


def test_a_subject_and_a_key_are_said_in_words() -> None:
    assert ledger_subject("case:BD-1") == "Record BD-1"
    assert ledger_subject("morning:2015-09-17") == "Morning summary 17 September 2015"
    assert ledger_subject("workload:2015-09-17") == "workload: 17 September 2015"
    assert ledger_subject("hand-in:3") == "hand-in:3"
    assert ledger_key("given_to") == "Given to"
