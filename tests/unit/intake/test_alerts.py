import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.errors import InputRejected
from clew.intake.inputs.alerts import read_alerts, read_key, read_sheet
from clew.model.alert import AlertRow, Trigger
from clew.model.contract import ALERT_COLUMNS, KEY_COLUMNS, SHEET_COLUMNS
from clew.model.finding import LEADS, Relation, Tier

Write = Callable[..., Path]
GOOD = {
    "at": "2014-08-28T09:30:00+01:00",
    "case_id": "BD-2",
    "linked_case_id": "BD-1",
    "rank": "1",
    "priority": "3.250000",
    "weight_bans": "-0.500000",
    "chance_per_case": "0.0005623",
    "tier": "shared_entity",
    "relation": "same_household",
    "trigger": "new_fact",
    "alert": "1",
    "update": "0",
    "series_alert": "BD-2+BD-1",
}


def test_a_row_is_read(write: Write) -> None:
    (row,) = read_alerts(write([GOOD], "alerts.csv"), "UTC")
    assert row == AlertRow(
        at=1_409_214_600,
        case_id="BD-2",
        linked_case_id="BD-1",
        rank=1,
        priority=3.25,
        micro_bans=-500_000,
        chance=0.0005623,
        compared=0,
        tier=Tier.SHARED_ENTITY,
        relation=Relation.SAME_HOUSEHOLD,
        trigger=Trigger.NEW_FACT,
        alert=True,
        series_alert="BD-2+BD-1",
    )


def test_a_row_that_was_added_to_an_alert_is_read_whatever_its_rank(write: Write) -> None:
    added = {"case_id": "BD-3", "rank": "4", "alert": "0", "update": "1"}
    first, third = read_alerts(write([GOOD | {"rank": "2"}, GOOD | added], "alerts.csv"), "UTC")
    assert (first.rank, first.alert, first.update, first.notifies) == (2, True, False, True)
    assert (third.rank, third.alert, third.update, third.notifies) == (4, False, True, True)
    assert first.series_alert == third.series_alert == "BD-2+BD-1"


def test_a_naive_time_is_in_the_zone_given(write: Write) -> None:
    path = write([GOOD | {"at": "2014-08-28T09:30"}], "alerts.csv")
    times = [read_alerts(path, zone)[0].at for zone in ("UTC", "Europe/London")]
    assert times[0] - times[1] == 3600


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"at": ""}, "at", "empty"),
        ({"at": "soon"}, "at", "not a date"),
        ({"case_id": ""}, "case_id", "two cases"),
        ({"linked_case_id": "BD-2"}, "linked_case_id", "two cases"),
        ({"rank": "0"}, "rank", "from 1"),
        ({"rank": "1.5"}, "rank", "whole number"),
        ({"rank": "²"}, "rank", "whole number"),
        ({"priority": "high"}, "priority", "not a number"),
        ({"priority": "inf"}, "priority", "finite"),
        ({"weight_bans": "1e300"}, "weight_bans", "no weight"),
        ({"chance_per_case": "-1"}, "chance_per_case", "not negative"),
        ({"chance_per_case": "nan"}, "chance_per_case", "finite"),
        ({"tier": "tier 1"}, "tier", "shared_entity, similarity"),
        ({"relation": "cousins"}, "relation", "duplicate_report"),
        ({"trigger": ""}, "trigger", "new_case, new_fact"),
        ({"alert": "yes"}, "alert", "neither 1"),
        ({"update": "yes"}, "update", "neither 1"),
        ({"update": ""}, "update", "empty"),
        ({"update": "1"}, "update", "cannot both alert and be added"),
        ({"series_alert": ""}, "series_alert", "names its alert"),
        ({"alert": "0", "update": "1", "series_alert": ""}, "series_alert", "names its alert"),
        ({"relation": "same_event"}, "relation", "a same_event never alerts"),
        ({"relation": "duplicate_report"}, "relation", "a duplicate_report never alerts"),
    ],
)
def test_a_bad_row_names_file_row_field_and_remedy(
    write: Write, change: dict[str, str], field: str, reason: str
) -> None:
    path = write([GOOD, GOOD | change], "alerts.csv")
    with pytest.raises(InputRejected) as refused:
        read_alerts(path, "UTC")
    assert (refused.value.file, refused.value.row, refused.value.field) == ("alerts.csv", 3, field)
    assert reason in refused.value.line()
    assert "as `clew replay` wrote it" in refused.value.line()


def test_a_file_of_another_kind_is_refused(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="header is missing at, linked_case_id"):
        read_alerts(write([{"case_id": "A", "rank": "1"}], "links.csv"), "UTC")
    with pytest.raises(InputRejected, match="no such file"):
        read_alerts(tmp_path / "none.csv", "UTC")


def read_or_refuse(read: Callable[[Path], Any], path: Path) -> Any:
    """Return what was read, or the one refusal that is allowed."""
    try:
        return read(path)
    except InputRejected as refused:
        return refused


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*GOOD.values(), "", "'", "'=x", "1e999", "-0", "0x1", "٣", "9" * 40, "2014"]),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(ALERT_COLUMNS, CELLS)), max_size=3), st.data())
def test_any_cells_give_rows_or_one_clear_refusal(
    tmp_path: Path, rows: list[dict[str, str]], data: st.DataObject
) -> None:
    spoil = data.draw(st.sampled_from(ALERT_COLUMNS))
    rows = [GOOD | {spoil: row[spoil]} for row in rows] + rows[:1]
    path = tmp_path / "fuzz.csv"
    with path.open("w", encoding="utf-8", newline="", errors="replace") as file:
        writer = csv.DictWriter(file, ALERT_COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    told = read_or_refuse(lambda p: read_alerts(p, "Europe/London"), path)
    if isinstance(told, InputRejected):
        assert (told.file, bool(told.reason), bool(told.remedy)) == ("fuzz.csv", True, True)
        assert "\n" not in told.line()
    else:
        assert not any(row.alert and row.update for row in told)
        assert all(row.series_alert and row.relation in LEADS for row in told if row.notifies)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_hold_no_rows(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "fuzz.csv"
    for start in (b"", ",".join(ALERT_COLUMNS).encode() + b"\r\n"):
        path.write_bytes(start + content)
        for read in (lambda p: read_alerts(p, "UTC"), read_sheet, read_key):
            told = read_or_refuse(read, path)
            assert told.line() if isinstance(told, InputRejected) else told == ()


SHEET = {"sample_id": "1", "case_a": "A", "case_b": "B", "worth_a_second_look": "", "reader": ""}
KEY = dict(zip(KEY_COLUMNS, ("1", "A", "B", "below", "2014-W35", "40", "7"), strict=True))


def test_a_sheet_is_read_and_blank_means_not_read(write: Write) -> None:
    rows = [
        SHEET | {"sample_id": str(n), "worth_a_second_look": text}
        for n, text in enumerate(("Yes", "n", "", "NO", "y"))
    ]
    assert [r.worth for r in read_sheet(write(rows, "s.csv"))] == [True, False, None, False, True]
    assert set(SHEET) == set(SHEET_COLUMNS)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([SHEET | {"worth_a_second_look": "perhaps"}], "'perhaps' is neither yes, no nor blank"),
        ([SHEET, SHEET], "row 3, field sample_id: the id is used twice"),
        ([SHEET | {"sample_id": ""}], "the id is empty"),
    ],
)
def test_a_bad_sheet_is_refused(write: Write, rows: list[dict[str, str]], said: str) -> None:
    with pytest.raises(InputRejected) as refused:
        read_sheet(write(rows, "s.csv"))
    assert said in refused.value.line()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([KEY | {"drawn_from": "above"}], "neither below nor control"),
        ([KEY | {"below_in_week": "many"}], "not a whole number"),
        ([KEY, KEY | {"sample_id": "2", "week": "2014-W36"}], "more than one sample"),
    ],
)
def test_a_bad_key_is_refused(write: Write, rows: list[dict[str, str]], said: str) -> None:
    with pytest.raises(InputRejected) as refused:
        read_key(write(rows, "k.csv"))
    assert said in refused.value.line()
