"""Law: rows coded once and coded anew are what coding their cases alone gives, to the byte."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from made_histories import ZONE, made_history, read

from clew.comparison.coding.codes import Codes
from clew.comparison.coding.columns import Coded, append_cases, in_report_order, to_columns
from clew.comparison.coding.recode import EncodedHistory
from clew.model.case import Case
from clew.replay.events import events_of


def same(a: Coded, b: Coded) -> None:
    assert [case.case_id for case in a.cases] == [case.case_id for case in b.cases]
    for name in a.cols._fields:
        one, other = getattr(a.cols, name), getattr(b.cols, name)
        assert one.dtype == other.dtype, name
        np.testing.assert_array_equal(one, other, name)
    for name in Codes.__slots__:
        one, other = getattr(a.codes, name), getattr(b.codes, name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other, name)
        else:
            assert one == other, name
    np.testing.assert_array_equal(a.reference, b.reference)


@pytest.mark.parametrize("seed", range(40))
def test_rows_recoded_are_those_of_their_cases_alone(seed: int, tmp_path: Path) -> None:
    chosen = random.Random(seed)
    made = made_history(seed, chosen.randrange(4, 40))
    events = events_of(read(made, tmp_path).histories)
    whole = EncodedHistory.from_versions([event.case for event in events], ZONE)
    stop = chosen.randrange(3, len(events))
    standing: dict[str, tuple[int, Case]] = {}
    for k, event in enumerate(events[:stop]):
        standing[event.case_id] = (k, event.case)
    if len(standing) < 2:
        return
    plain = to_columns(in_report_order([case for _, case in standing.values()]), ZONE)
    learnt, book = whole.learn(np.sort(whole.row_of[[k for k, _ in standing.values()]]))
    same(learnt, plain)
    later = events[stop:]
    added = whole.append(learnt, book, whole.row_of[stop : len(events)])
    if later:
        same(added, append_cases(plain, [event.case for event in later], ZONE))
