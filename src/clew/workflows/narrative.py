"""`read`: every record's own prose, as facts with their words, for a person to confirm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from clew.intake.cases.row_parsers import FROM_PROSE
from clew.intake.prose.prose_fact import Report
from clew.intake.prose.read import read_narrative
from clew.intake.prose.readings_csv import ProseReading, Settled, key_of_fact
from clew.model.case_file import CaseFile


def read_prose(case_file: CaseFile) -> list[ProseReading]:
    """Return what the prose of each record says, in the order of the case file.

    A record without prose is left out. `ProseReading.blank` are the columns that its prose fills.
    """
    zone = ZoneInfo(case_file.timezone)
    readings = []
    for history in case_file.histories:
        case = history.versions[-1][1]
        if not case.narrative:
            continue
        since = next(at for at, version in history.versions if version.narrative == case.narrative)
        report = Report.from_instant(case.case_id, case.reported_at, case_file.timezone)
        facts = read_narrative(case.narrative, report)
        blank = frozenset(filter(None, case.extra.get(FROM_PROSE, "").split("; ")))
        known_at = datetime.fromtimestamp(since, zone).isoformat()
        readings.append(ProseReading(case.case_id, known_at, blank, facts))
    return readings


def count_settled(readings: Iterable[ProseReading], settled: Settled) -> tuple[int, int, int]:
    """Return how many facts a person confirmed, refused, and has not looked at."""
    answers = [
        settled.get(key_of_fact(one.case_id, fact)) for one in readings for fact in one.facts
    ]
    return answers.count(True), answers.count(False), answers.count(None)
