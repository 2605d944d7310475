"""The versions of a store's cases by time, each read only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from clew.model.alert import Trigger
from clew.model.case import Case
from clew.model.case_file import CaseHistory
from clew.model.columns import Array
from clew.model.values import Instant
from clew.replay.events import Event, events_of
from clew.store.case_text import case_of
from clew.store.opened import Store


class LazyCases(Sequence[Case]):
    """Cases of a store by row, each made when it is asked for, and further cases behind them."""

    def __init__(self, read: Callable[[int], Case], rows: Array, behind: Sequence[Case]) -> None:
        self._read, self._rows, self._behind = read, rows, behind

    def __getitem__(self, k: Any) -> Any:  # one case alone: nothing here takes a slice
        if k < len(self._rows):
            return self._read(int(self._rows[k]))
        return self._behind[k - len(self._rows)]

    def __len__(self) -> int:
        return len(self._rows) + len(self._behind)


def as_cases(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Type a sequence as the tuple of cases that is asked for: both are only indexed."""
    return cast(tuple[Case, ...], cases)


@dataclass(frozen=True, slots=True)
class Versions:
    """All current versions in a store, by case and time: row, owner, from and until when."""

    store: Store
    rows: Array
    since: Array
    until: Array
    owner: Array

    @classmethod
    def from_store(cls, store: Store) -> Versions:
        """Return the versions of an open store."""
        current = store.current()
        owner = store.owners()[current.rows]
        return cls(store, current.rows, current.since, current.until, owner)

    def cases_at(self, rows: Array) -> list[Case]:
        """Return the versions that are in rows of the store, all read now."""
        return [case_of(text) for text in self.store.words("case").take(pa.array(rows)).to_pylist()]

    def arrivals(self) -> list[Instant]:
        """Return when each case was first known, in order."""
        first = np.append(True, self.owner[1:] != self.owner[:-1])[: len(self.owner)]
        return [int(at) for at in np.sort(self.since[first])]

    def events_between(self, first: Instant, last: Instant) -> list[Event]:
        """Return all events from `first` to `last`, both included, in order."""
        touched = np.unique(self.owner[(self.since >= first) & (self.since <= last)])
        return [event for event in events_of(self._histories(touched), last) if event.at >= first]

    def late(self, changed: Mapping[str, tuple[str, ...]], done: Instant) -> list[Event]:
        """Return one event a case whose papers came after the round that should have had them.

        It takes place right after that round, the first moment at which nothing is missed. What
        the case's papers say of a time after `done` is an event of its own.
        """
        if not changed:
            return []
        case_ids = self.store.words("case_id").take(pa.array(self.rows))
        is_late = pc.is_in(case_ids, pa.array(sorted(changed), pa.large_string()))
        owners = np.unique(self.owner[np.array(is_late.to_pylist(), np.bool_)])
        found = []
        for history in self._histories(owners):
            known = [case for since, case in history.versions if since <= done]
            if known:
                names = changed[history.case_id]
                trigger = Trigger.NEW_FACT if names else Trigger.NEW_CASE
                found.append(Event(done + 1, known[-1], trigger, names))
        return found

    def _histories(self, owners: Array) -> Iterable[CaseHistory]:
        mine = np.flatnonzero(np.isin(self.owner, owners))
        versions: dict[int, list[tuple[Instant, Case]]] = {}
        for k, case in zip(mine.tolist(), self.cases_at(self.rows[mine]), strict=True):
            versions.setdefault(int(self.owner[k]), []).append((int(self.since[k]), case))
        return [CaseHistory(own[0][1].case_id, tuple(own)) for own in versions.values()]
