"""What `clew replay` and `clew sample-below` wrote, read back: alerts, a blind sample, its key."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from clew.errors import InputRejected
from clew.intake.cases.times import FAR_FUTURE, TimeReader
from clew.intake.tables.open import RowRefusedError, is_whole, number_in, sound_rows
from clew.model.alert import AlertRow, Trigger
from clew.model.contract import ALERT_COLUMNS, KEY_COLUMNS, SHEET_COLUMNS
from clew.model.finding import LEADS, MICRO, Relation, Tier
from clew.model.sample import Key, SampledPair, SampleReading

_MOST_BANS = 2_147.483_647
"""A weight is a sum of whole micro-bans in 32 bits."""
_REMEDY = "Give the file as `clew replay` wrote it"
_SHEET = "Give the sheet that `clew sample-below` wrote, filled in"
_KEY = "Give the sample-key.csv that was written with the sheet"
_ANSWER = {"yes": True, "y": True, "no": False, "n": False, "": None}

_Word = TypeVar("_Word", bound=StrEnum)


def read_alerts(path: Path, timezone: str) -> tuple[AlertRow, ...]:
    """Return the rows of an alerts.csv, shared.csv or below.csv, in the order of the file.

    The file has neither how many records were compared nor which fields changed: `compared` is
    0 and `changed` empty in every row.

    Parameters
    ----------
    path
        A file with the columns of alerts.csv.
    timezone
        Zone of times that have none; those that `clew replay` writes have one.

    Raises
    ------
    InputRejected
        If the file cannot be read, lacks a column, or has a row that is no row of alerts.csv.

    """
    times = TimeReader(timezone, FAR_FUTURE)  # a replay may reach past the reader's own clock
    alerts = []
    for number, cells in sound_rows(path, ALERT_COLUMNS, _REMEDY, escaped=True):
        try:
            alerts.append(_alert(cells, times))
        except RowRefusedError as no:
            reason = no.reason if cells[no.field] else f"it is empty; {no.reason}"
            raise InputRejected(path.name, reason, _REMEDY, row=number, field=no.field) from None
    return tuple(alerts)


def _alert(cells: dict[str, str], times: TimeReader) -> AlertRow:
    """Return one row of alerts.csv, or raise `RowRefusedError` for the first field at fault."""
    for field in ("case_id", "linked_case_id"):
        if not cells[field]:
            raise RowRefusedError(field, "every row names two cases")
    if cells["case_id"] == cells["linked_case_id"]:
        raise RowRefusedError("linked_case_id", "a pair is of two cases")
    rank = cells["rank"]
    if not (is_whole(rank, 9) and int(rank) >= 1):
        raise RowRefusedError("rank", "a rank is a whole number from 1")
    if not cells["at"]:
        raise RowRefusedError("at", "every row has a time")
    try:
        at = times.read(cells["at"]).end
    except ValueError as fault:
        raise RowRefusedError("at", str(fault)) from None
    priority, bans = number_in(cells, "priority"), number_in(cells, "weight_bans")
    if abs(bans) > _MOST_BANS:
        raise RowRefusedError("weight_bans", f"no weight is beyond {_MOST_BANS:,.0f} bans")
    if (chance := number_in(cells, "chance_per_case")) < 0:
        raise RowRefusedError("chance_per_case", "an expected number is not negative")
    tier = _word(cells, "tier", Tier)
    relation = _word(cells, "relation", Relation)
    trigger = _word(cells, "trigger", Trigger)
    alert, update = _flag(cells, "alert"), _flag(cells, "update")
    if alert or update:
        _check_alert(cells, relation, both=alert and update)
    return AlertRow(
        at=at,
        case_id=cells["case_id"],
        linked_case_id=cells["linked_case_id"],
        rank=int(rank),
        priority=priority,
        micro_bans=round(bans * MICRO),
        chance=chance,
        compared=0,
        tier=tier,
        relation=relation,
        trigger=trigger,
        alert=alert,
        update=update,
        series_alert=cells["series_alert"],
    )


def _check_alert(cells: dict[str, str], relation: Relation, *, both: bool) -> None:
    """Refuse an alert or update that no replay would have given."""
    if both:
        raise RowRefusedError("update", "a row cannot both alert and be added to an alert")
    if relation not in LEADS:
        raise RowRefusedError("relation", f"a {relation} never alerts")
    if not cells["series_alert"]:
        raise RowRefusedError("series_alert", "an alert or update names its alert")


def _flag(cells: dict[str, str], field: str) -> bool:
    if cells[field] not in {"0", "1"}:
        raise RowRefusedError(field, "neither 1 (yes) nor 0 (no)")
    return cells[field] == "1"


def _word(cells: dict[str, str], field: str, words: type[_Word]) -> _Word:
    try:
        return words(cells[field].casefold())
    except ValueError:
        raise RowRefusedError(field, f"not one of {', '.join(words)}") from None


def read_sheet(path: Path) -> tuple[SampleReading, ...]:
    """Return what the reader of a blind sample said of each pair; a blank answer: not read.

    Raises
    ------
    InputRejected
        If the file is no such sheet, or an answer is neither yes, no nor blank.

    """
    readings = []
    for number, cells in _sample_rows(path, SHEET_COLUMNS, _SHEET):
        answer = cells["worth_a_second_look"].casefold()
        if answer not in _ANSWER:
            raise InputRejected(
                path.name,
                f"'{answer[:40]}' is neither yes, no nor blank",
                "Write yes or no, or leave it blank where the pair was not read",
                row=number,
                field="worth_a_second_look",
            )
        pair = cells["sample_id"], cells["case_a"], cells["case_b"]
        readings.append(SampleReading(*pair, _ANSWER[answer], cells["reader"]))
    return tuple(readings)


def read_key(path: Path) -> Key:
    """Return the key of a blind sample: what each pair of its sheet was.

    Raises
    ------
    InputRejected
        If the file is no key, is empty, or speaks of more than one sample.

    """
    drawn: list[SampledPair] = []
    samples: set[tuple[str, int, int]] = set()
    for number, cells in _sample_rows(path, KEY_COLUMNS, _KEY):
        if cells["drawn_from"] not in {"below", "control"}:
            raise InputRejected(
                path.name, "neither below nor control", _KEY, row=number, field="drawn_from"
            )
        for name in ("below_in_week", "seed"):
            text = cells[name]
            if not is_whole(text, 18):
                raise InputRejected(path.name, "not a whole number", _KEY, row=number, field=name)
        pair = cells["sample_id"], cells["case_a"], cells["case_b"]
        drawn.append(SampledPair(*pair, cells["drawn_from"] == "below"))
        samples.add((cells["week"], int(cells["below_in_week"]), int(cells["seed"])))
    if len(samples) != 1:
        what = "it has no rows" if not samples else "it speaks of more than one sample"
        raise InputRejected(path.name, what, _KEY)
    week, below_in_week, seed = samples.pop()
    return Key(week, below_in_week, seed, tuple(drawn))


def _sample_rows(
    path: Path, columns: tuple[str, ...], remedy: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row's number and cells; refuse a sample's id that is empty or there twice."""
    seen: set[str] = set()
    for number, cells in sound_rows(path, columns, remedy, escaped=True):
        sample_id = cells["sample_id"]
        if not sample_id or sample_id in seen:
            reason = f"the id is {'used twice' if sample_id else 'empty'}"
            raise InputRejected(path.name, reason, remedy, row=number, field="sample_id")
        seen.add(sample_id)
        yield number, cells
