"""The budget: which rows alert, decided online, by what was ordinary in the ninety days before.

A row alerts iff its priority exceeds the (1 - budget) quantile of the rows of the past ninety days,
and a token is left. Every new death earns `budget` of a token; an alert spends a whole one. At most
seven days' worth is saved up, so a quiet spring buys no flood in June - and at least one token,
so that a small force, whose seven days earn less than one, can be alerted at all.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from math import ceil

from clew.model.time_window import DAY, Instant

WINDOW_S = 90 * DAY
"""Settled: rows of the past ninety days tell what is ordinary."""
SAVED_S = 7 * DAY
"""Settled: tokens are saved up for seven days."""
TOKEN = 1_000_000
"""A token in whole millionths, so that a hundred hundredths are exactly one."""


class AlertBudget:
    """Decides one row after another. Rows must be offered in order of time.

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
        while self._deaths[0] <= at - SAVED_S:
            self._deaths.popleft()
        most = max(TOKEN, self.earned * len(self._deaths))
        self.tokens = min(self.tokens + self.earned, most)

    def threshold(self, at: Instant) -> float:
        """Return the (1 - share) quantile of the priorities of the ninety days before `at`.

        The smallest priority that at least (1 - share) of the rows do not exceed; minus infinity
        where there was no row.
        """
        while self._rows and self._rows[0][0] <= at - WINDOW_S:
            _, gone = self._rows.popleft()
            del self._ordered[bisect_left(self._ordered, gone)]
        if not self._ordered:
            return float("-inf")
        n = len(self._ordered)
        # Rounded first: 0.9 of 30 is 27, not the 28 that 27.000000000000004 would be raised to.
        at_least = ceil(round((1 - self.share) * n, 9))
        return self._ordered[max(at_least, 1) - 1]

    def offer(self, at: Instant, priority: float, *, may_alert: bool) -> bool:
        """Decide a rank-1 row, and remember it; return whether it alerts."""
        alerts = may_alert and priority > self.threshold(at) and self.tokens >= TOKEN
        if alerts:
            self.tokens -= TOKEN
        self._rows.append((at, priority))
        insort(self._ordered, priority)
        return alerts
