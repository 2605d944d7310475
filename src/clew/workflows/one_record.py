"""What several reports of one death say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from clew.model.case import Case
from clew.model.case_file import CaseHistory
from clew.model.contract import LIST_COLUMNS
from clew.model.time_window import Instant

TOLD_WITH = {"mechanism": "cause", "manner_said_by": "manner", "allegation_status": "allegation"}
"""Fields that mean something only beside another: both come from one report."""
OWN = frozenset(
    {"case_id", "reported_at", "report_known_to_the_minute", "kind", "missing", "extra"}
)
"""Fields that stay those of the earlier report, or are filled name by name."""
SINGLE = tuple(
    field.name for field in fields(Case) if field.name not in {*LIST_COLUMNS, *TOLD_WITH, *OWN}
)


@dataclass(frozen=True, slots=True)
class Part:
    """A report within a record, as it is written at `at`; it has been part of it since `since`."""

    history: CaseHistory
    since: Instant
    at: Instant

    @property
    def case(self) -> Case:
        """Return the report as it reads by itself, whether or not it still stands."""
        return [case for since, case in self.history.versions if since <= self.at][-1]

    def changed(self, name: str) -> Instant:
        """Return when a value last changed while it was part of the record; 0 if it has not."""
        found, before = 0, None
        for instant, case in self.history.versions:
            value = getattr(case, name)
            if self.since < instant <= self.at and value != before:
                found = instant
            before = value
        return found


def as_one(parts: Sequence[Part]) -> Case:
    """Fill the record of the earliest report, which stands first, from the others.

    A list holds what any report holds. Of single values the latest word since the reports are one
    comes first, then what the earlier report says. A report that takes its word back leaves the
    others'.
    """
    cases = [part.case for part in parts]
    own, ids = cases[0], [case.case_id for case in cases]
    told: dict[str, Any] = {}
    for name in SINGLE:
        told[name] = getattr(_speaker(name, parts), name)
    for name, beside in TOLD_WITH.items():
        told[name] = getattr(_speaker(beside, parts), name)
    for name in LIST_COLUMNS:
        held = [values for case in cases if (values := getattr(case, name)) is not None]
        told[name] = tuple(sorted({v for values in held for v in values})) if held else None
    numbers = {*(told["references"] or ()), *(f"report:{other}" for other in ids[1:])}
    told["references"] = tuple(sorted(numbers))
    if told["mentions"] is not None:
        told["mentions"] = tuple(name for name in told["mentions"] if name not in ids)
    told["extra"] = _filled([case.extra for case in cases])
    causes = _filled([case.missing for case in cases])
    told["missing"] = MappingProxyType({k: v for k, v in causes.items() if told.get(k) is None})
    return replace(own, **told)


def _speaker(name: str, parts: Sequence[Part]) -> Case:
    """Return the report whose value counts: the last changed, else the earliest that has one."""
    latest_first = sorted(parts, key=lambda part: -part.changed(name))
    speaking = (part.case for part in latest_first if getattr(part.case, name) is not None)
    return next(speaking, parts[0].case)


def _filled(said: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return all values by name, the earlier report's where several have one."""
    filled: dict[str, Any] = {}
    for values in reversed(said):
        filled |= values
    return MappingProxyType(filled)
