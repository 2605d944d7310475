"""`read`: every record's own prose, as facts with their words, for a person to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from clew.intake.prose.read import Report, read_narrative
from clew.intake.prose.readings_csv import (
    FROM_PROSE,
    MONTH_FIRST,
    ProseReading,
    Settled,
    key_of_fact,
)
from clew.model.case_file import CaseFile


def read_prose(case_file: CaseFile) -> list[ProseReading]:
    """Return what the prose of each record says, in the order of the case file.

    A record without prose is left out. `ProseReading.blank` are the columns that its prose fills.
    """
    zone, month_first = ZoneInfo(case_file.timezone), case_file.timezone.startswith(MONTH_FIRST)
    readings = []
    for history in case_file.histories:
        case = history.versions[-1][1]
        if not case.narrative:
            continue
        since = next(at for at, version in history.versions if version.narrative == case.narrative)
        reported = datetime.fromtimestamp(case.reported_at, zone).replace(tzinfo=None)
        facts = read_narrative(case.narrative, Report(case.case_id, reported, month_first))
        blank = frozenset(filter(None, case.extra.get(FROM_PROSE, "").split("; ")))
        known_at = datetime.fromtimestamp(since, zone).isoformat()
        readings.append(ProseReading(case.case_id, known_at, blank, facts))
    return readings


def count_settled(readings: Iterable[ProseReading], settled: Settled) -> tuple[int, int, int]:
    """Return how many facts a person confirmed, refused, and has not looked at."""
    answers = [
        settled.get(key_of_fact(one.case_id, fact)) for one in readings for fact in one.drawn
    ]
    return answers.count(True), answers.count(False), answers.count(None)
