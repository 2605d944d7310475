"""What reaches an agency, in order of time: each report, and each fact that came later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter

from clew.model.alert import Trigger
from clew.model.case import Case, Kind
from clew.model.case_file import CaseHistory
from clew.model.values import Instant

COMPARED = frozenset(
    {
        *("window", "point", "place_key", "premises", "home", "area", "age_years", "sex"),
        *("posture", "lividity", "clothing", "injuries", "body_state", "last_seen_alive"),
        *("mechanism", "substances", "scene", "missing_items", "entities", "mentions"),
    }
)
"""Attributes of a case that some evidence reads: a fact about another changes no comparison."""
_NAMES = tuple(field.name for field in fields(Case))


@dataclass(frozen=True, slots=True)
class Event:
    """A case as it read from `at` on. `changed` names what a new fact changed, () on arrival.

    `gone` are reports of the same death that end here: this case is their record as well.
    """

    at: Instant
    case: Case
    trigger: Trigger
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def case_id(self) -> str:
        """Return the id of the case."""
        return self.case.case_id

    @property
    def is_new_death(self) -> bool:
        """Tell whether a death arrives; other kinds of record earn no budget."""
        return self.trigger is Trigger.NEW_CASE and self.case.kind is Kind.DEATH

    @property
    def compares_anew(self) -> bool:
        """Tell whether anything that is compared is new."""
        return self.trigger is Trigger.NEW_CASE or not COMPARED.isdisjoint(self.changed)


ORDER = attrgetter("at", "case_id")
"""Order of events; ties in time by `case_id`. Sorting is stable, so versions keep theirs."""


def events_of(histories: Iterable[CaseHistory], until: Instant | None = None) -> list[Event]:
    """Return all events up to and including `until`, in order."""
    found, listed = [], list(histories)
    ended = {history.case_id: history for history in listed if history.until is not None}
    # Reports that ended, by moment and by the record that counts for them from then.
    gone: dict[tuple[Instant, str], tuple[str, ...]] = {}
    for case_id, history in ended.items():
        at, into = history.until or 0, history.merged_into
        while into in ended and ended[into].is_merged(at):
            into = ended[into].merged_into
        gone[at, into] = (*gone.get((at, into), ()), case_id)
    for history in listed:
        before: Case | None = None
        for at, case in history.versions:
            if (until is not None and at > until) or history.is_merged(at):
                break
            trigger = Trigger.NEW_CASE if before is None else Trigger.NEW_FACT
            changed = [n for n in _NAMES if before and getattr(before, n) != getattr(case, n)]
            went = gone.get((at, history.case_id), ())
            found.append(Event(at, case, trigger, tuple(changed), went))
            before = case
    return sorted(found, key=ORDER)
