"""A fact that a text states, with its words; and the report that the text belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from clew.model.values import Instant


@dataclass(frozen=True, slots=True)
class ProseFact:
    """A fact drawn from a text: `text[start:end]` says it. Nobody has confirmed it.

    `stance` is `affirmed`, `denied` or `uncertain`; `person` is `deceased` or `other`; `when` is
    `now` or `before`; `basis` is `seen`, `told` or `tested`.
    """

    field: str
    value: str
    start: int
    end: int
    quote: str
    stance: str = "affirmed"
    person: str = "deceased"
    when: str = "now"
    basis: str = "seen"

    @property
    def applies(self) -> bool:
        """Say whether it is a fact of this death: affirmed, of the deceased, and of now."""
        return (self.stance, self.person, self.when) == ("affirmed", "deceased", "now")


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a report apart from its text.

    `reported` settles weekdays and years; None: they stay unsettled. `month_first`: 3/4 is March.
    """

    case_id: str = ""
    reported: datetime | None = None
    month_first: bool = False

    @classmethod
    def from_instant(cls, case_id: str, reported_at: Instant, timezone: str) -> Report:
        """Return the report of a case; in the zones of America 3/4 is the fourth of March."""
        reported = datetime.fromtimestamp(reported_at, ZoneInfo(timezone)).replace(tzinfo=None)
        return cls(case_id, reported, timezone.startswith(("America/", "US/")))
