"""The budget: which rows alert, decided online, by what was ordinary in the ninety days before.

A row alerts iff its priority exceeds what the budget could have paid for in the past ninety days,
and a token is left. Every new death earns `budget` of a token; an alert spends a whole one. At most
seven days' worth is saved up, so a quiet spring buys no flood in June - and at least two tokens,
so that a small force, whose seven days earn less than one, can be alerted at all.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping
from math import ceil, log10

from clew.model.alert import AlertRow
from clew.model.finding import Relation
from clew.model.values import DAY, Instant
from clew.replay.events import Event

WINDOW_S = 90 * DAY
"""Settled: rows of the past ninety days show what is ordinary."""
SAVED_S = 7 * DAY
"""Settled: tokens are saved up for seven days."""
LEAST_SAVED = 2
"""Declared: tokens that may be saved up however small the force."""
TOKEN = 1_000_000
"""A token in whole millionths, so that a hundred hundredths are exactly one."""
AGAIN = log10(2)
"""Declared: a pair that has alerted alerts again once a new fact makes it twice as surprising."""


class AlertBudget:
    """Decides one row after another. Deaths and rows must be given in order of time.

    Parameters
    ----------
    share
        Alerts per new death, in (0, 1].
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.earned = round(share * TOKEN)
        self.tokens = 0
        self._deaths: deque[Instant] = deque()
        self._rows: deque[tuple[Instant, float]] = deque()
        self._ordered: list[float] = []

    def earn(self, at: Instant) -> None:
        """Count a new death at `at`: it earns its share of a token."""
        self._deaths.append(at)
        while self._deaths[0] <= at - WINDOW_S:
            self._deaths.popleft()
        lately = len(self._deaths) - bisect_left(self._deaths, at - SAVED_S + 1)
        most = max(LEAST_SAVED * TOKEN, self.earned * lately)
        self.tokens = min(self.tokens + self.earned, most)

    def threshold(self, at: Instant) -> float:
        """Return the priority that no more of the past ninety days' rows exceed than were paid for.

        With one row a death this is their (1 - share) quantile. Deaths have more rows than one,
        for every later fact is a row: a plain quantile would let through more than the deaths
        earn, and whoever came first would spend the tokens. Minus infinity where there was no row.
        """
        while self._rows and self._rows[0][0] <= at - WINDOW_S:
            _, gone = self._rows.popleft()
            del self._ordered[bisect_left(self._ordered, gone)]
        deaths = len(self._deaths) - bisect_left(self._deaths, at - WINDOW_S + 1)
        if not self._ordered:
            return float("-inf")
        # Rounded first: what is 27 but for the last bit must not be raised to 28.
        below = ceil(round(len(self._ordered) - self.share * deaths, 9))
        return self._ordered[max(below, 1) - 1]

    def offer(self, at: Instant, priority: float, *, may_alert: bool) -> bool:
        """Decide a row and remember it; return whether it alerts."""
        alerts = may_alert and priority > self.threshold(at) and self.tokens >= TOKEN
        if alerts:
            self.tokens -= TOKEN
        self._rows.append((at, priority))
        insort(self._ordered, priority)
        return alerts


class Decisions:
    """Decides one event after another, in order of time, by its best row."""

    def __init__(
        self, share: float, begins: Instant, alerted: Mapping[frozenset[str], float] | None = None
    ) -> None:
        self.budget = AlertBudget(share)
        self.begins = begins
        self._alerted = dict(alerted or {})

    @property
    def alerted(self) -> Mapping[frozenset[str], float]:
        """Return the pairs that have alerted, each with its priority then."""
        return self._alerted

    def take(self, event: Event, row: AlertRow | None) -> bool:
        """Let a new death earn, then decide its best row, if it has one; True if it alerts.

        Three kinds of row neither spend nor count for what is ordinary: two reports of one death; a
        fact that changes nothing that is compared; a pair that has alerted, until it has become
        AGAIN more surprising.
        """
        for gone in event.gone:
            self._alerted = {
                frozenset(event.case_id if one == gone else one for one in pair): priority
                for pair, priority in self._alerted.items()
            }
        if event.is_new_death:
            self.budget.earn(event.at)
        if row is None or row.relation is Relation.DUPLICATE_REPORT:
            return False
        pair = frozenset((row.case_id, row.linked_case_id))
        known = self._alerted.get(pair)
        if not event.compares_anew or (known is not None and row.priority < known + AGAIN):
            return False
        alerts = self.budget.offer(event.at, row.priority, may_alert=event.at >= self.begins)
        if alerts:
            self._alerted[pair] = row.priority
        return alerts
