"""A record of the desk as the noun that the rest of Clew speaks of."""

from __future__ import annotations

from django.utils import timezone

from clew.desk.cases.models import Case
from clew.desk.settings import CONFIGURATION
from clew.intake.draft import Draft, Reading
from clew.intake.notes import Notes
from clew.intake.parts import PARTS, run_parts
from clew.intake.times import TimeReader
from clew.model.case import Case as Noun


def read_now(record: Case) -> Noun:
    """Return the record as its last fact left it; what cannot be read is missing."""
    told: dict[str, str] = record.told.get("now", {})
    texts = {name: value for name, value in told.items() if name in PARTS}
    extra = {name: value for name, value in told.items() if name not in PARTS}
    at = timezone.localtime(record.reported_at)
    to_the_minute = (at.hour, at.minute, at.second) != (23, 59, 59)  # a day alone ends then
    seconds = int(record.reported_at.timestamp())
    draft = Draft(0, record.case_id, seconds, to_the_minute, texts, extra)
    times = TimeReader(CONFIGURATION.timezone, int(timezone.now().timestamp()))
    run_parts(draft, Reading("the desk", times, Notes()), tuple(sorted(texts)))
    return draft.case()
