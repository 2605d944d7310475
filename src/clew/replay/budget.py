"""The budget: which rows alert, decided online, by what was ordinary in the year before.

An alert is about a possible series, once. At each trigger the case's best lead is decided: it
alerts if its priority exceeds what the budget could have paid for in the past year, if its chance
is small enough for the budget (the floor), and if a token is left. Every new death earns `share` of
a token; an alert spends a whole one. A row that brings a new case into a series already alerted
updates that alert, and spends nothing: it must pass the same threshold and floor, or those of a
larger budget where two of the case's five best leads are in that series. Deaths in one event and
two reports of one death are shown in sections of their own; they spend nothing and say nothing of
what is ordinary.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil, log10
from typing import Any, NamedTuple

from clew.model.alert import AlertRow
from clew.model.finding import LEADS, MICRO
from clew.model.values import DAY, YEAR_DAYS, Instant
from clew.replay.events import Event

WINDOW_S = round(YEAR_DAYS * DAY)
"""Settled: first-time lead rows of the past year show what is ordinary."""
SAVED_S = 60 * DAY
"""Settled: tokens are saved up, or spent ahead of time, for sixty days."""
LEAST_SAVED = 2
"""Settled: tokens that may be saved up however small the force."""
TOKEN = 1_000_000
"""A token in whole millionths, so that a hundred hundredths are exactly one."""
AGAIN = 10
"""Settled: a pair that has alerted alerts again once a new fact makes it ten times rarer."""
FLOOR = 5
"""An alert's chance is at most so many times the budget. Of 1, 2 and 5 the one that found most
series on the half of the kinds used for choosing (docs/decisions/0074-alerts-about-series.md)."""
RARE = 10
"""Settled: a match so many times rarer than the floor asks may overdraw the tokens."""
WARM_UP_MATCHES = 2.5
"""Settled: before the first whole token is earned, the floor is at least that many matches over
the records compared."""

BEST_LEADS = 5
"""Settled: what people are shown of a case."""
SUPPORT = 2
"""Declared: members of one alerted series among a case's best leads that support each other."""
SUPPORTED_SHARE = 0.1
"""A row so supported need only pass what a budget of ten per hundred deaths lets through. Of 3, 5
and 10 the one with which the fourth of the Barking deaths reaches people on arrival in most draws;
with all three, updates stay under half of one per hundred deaths (docs/decisions/0074)."""

Weigh = Callable[[Sequence[str]], Sequence[int]]
"""Returns the micro-bans of the event's case with each of some cases, all as they were then."""


def priority_of(chance: float, micro_bans: int) -> float:
    """Return what orders rows across cases, higher first: weight in bans plus -log10 of chance.

    Chosen among chance, weight, their sum and fitted mixtures on half of the kinds of hidden
    series, and checked on the other half (docs/decisions/0074). Chance is what people read.
    """
    return micro_bans / MICRO - log10(chance)


class _Lead(NamedTuple):
    """The first row of a pair that was its case's best lead."""

    at: Instant
    priority: float
    chance: float
    case_id: str
    linked: str


class _Alerted(NamedTuple):
    """When a pair alerted last: its chance then, and the series that it opened or joined."""

    chance: float
    series: str


class Decisions:
    """Decides one event after another, in order of time.

    Parameters
    ----------
    share
        Alerts per new death, in (0, 1].
    begins
        Since when alerts are given; before, rows only show what is ordinary.
    state
        Where an earlier run stopped, as `to_json` gave it. None: nothing was decided yet.
    """

    def __init__(
        self, share: float, begins: Instant, state: Mapping[str, Any] | None = None
    ) -> None:
        state = state or {}
        self.share, self.begins = share, begins
        self.tokens: int = state.get("tokens", 0)
        """Millionths of a token; negative where a rare match overdrew them."""
        self._earns = round(share * TOKEN)
        self._earned: int = state.get("earned", 0)  # deaths since the beginning
        self._deaths: list[Instant] = list(state.get("deaths", ()))  # of the past year
        self._rows = [_Lead(*row) for row in state.get("rows", ())]
        self._alerted = {
            frozenset((a, b)): _Alerted(chance, name)
            for a, b, chance, name in state.get("alerted", ())
        }
        self.series: dict[str, list[str]] = {
            name: list(members) for name, members in state.get("series", {}).items()
        }
        """The cases of each series that was alerted, in the order in which they joined."""
        self._index()

    def _index(self) -> None:
        """Work out what is looked up: priorities in order, pairs seen, the series of each case."""
        self._ordered = sorted(row.priority for row in self._rows)
        self._seen = Counter(frozenset(row[3:]) for row in self._rows)
        self._series_of: dict[str, str] = {}  # a case belongs to the first that it joined
        for name, members in self.series.items():
            for case_id in members:
                self._series_of.setdefault(case_id, name)

    def to_json(self) -> dict[str, Any]:
        """Return all that deciding depends on, to go on later."""
        return {
            "tokens": self.tokens,
            "earned": self._earned,
            "deaths": self._deaths,
            "rows": [list(row) for row in self._rows],
            "alerted": [[*sorted(pair), *was] for pair, was in self._alerted.items()],
            "series": self.series,
        }

    def take(self, event: Event, rows: Sequence[AlertRow], weigh: Weigh) -> list[AlertRow]:
        """Let a new death earn and decide the event's rows; return them, marked where they alert.

        A fact that changes nothing that is compared neither spends nor shows what is ordinary.
        """
        for gone in event.gone:
            self._rename(gone, event.case_id)
        self._forget(event.at)
        if event.is_new_death:
            self._earn(event.at)
        leads = [row for row in rows if row.relation in LEADS] if event.compares_anew else []
        if not leads:
            return list(rows)
        leads.sort(key=lambda row: (-row.priority, row.rank))
        marked: dict[str, AlertRow] = {}
        if event.at >= self.begins:
            for row in self._decide(leads, weigh):
                marked[row.linked_case_id] = row
        best = leads[0]
        pair = (best.case_id, best.linked_case_id)
        if not self._seen[frozenset(pair)]:
            self._seen[frozenset(pair)] += 1
            self._rows.append(_Lead(best.at, best.priority, best.chance, *pair))
            insort(self._ordered, best.priority)
        return [marked.get(row.linked_case_id, row) for row in rows]

    def threshold(self, at: Instant, share: float | None = None) -> float:
        """Return the priority that no more of the past year's rows exceed than deaths paid for.

        With one row a death this is their (1 - share) quantile. Deaths have more rows than one,
        for later facts bring new pairs: a plain quantile would let through more than the deaths
        earn, and the rows that came first would spend the tokens. Minus infinity where no row is.
        `share`: of another budget.
        """
        self._forget(at)
        if not self._ordered:
            return float("-inf")
        # Rounded first: what is 27 but for the last bit must not be raised to 28.
        paid = (self.share if share is None else share) * len(self._deaths)
        below = ceil(round(len(self._ordered) - paid, 9))
        return self._ordered[max(below, 1) - 1]

    def floor(self, compared: int) -> float:
        """Return the largest chance that may alert: what the budget could pay for, or warm-up's."""
        floor = FLOOR * self.share
        if self.share * self._earned < 1:
            return max(floor, WARM_UP_MATCHES / max(compared, 1))
        return floor

    def _decide(self, leads: Sequence[AlertRow], weigh: Weigh) -> Iterable[AlertRow]:
        """Yield the rows of one trigger that update an alert or alert, best lead first."""
        case_id, limit = leads[0].case_id, self.threshold(leads[0].at)

        def passes(row: AlertRow) -> bool:
            return row.chance <= self.floor(row.compared) and row.priority > limit

        own = self._series_of.get(case_id)
        supported = self._supported(leads)
        for row in leads if own is None else ():
            name = self._series_of.get(row.linked_case_id)
            if name is None or not (passes(row) or supported(row)):
                continue
            members = self.series[name]
            if sum(weigh(members)) > 0:
                own = name
                self._join(name, case_id, row)
                yield replace(row, update=True, series_alert=name, series_size=len(members))
                break
        best = leads[0]
        was = self._alerted.get(frozenset((case_id, best.linked_case_id)))
        again = was is not None and best.chance * AGAIN <= was.chance
        news = best if again else next((row for row in leads if self._is_news(row, own)), None)
        if news is None or not passes(news) or not self._pays(news):
            return
        name = was.series if was is not None and again else f"{case_id}+{news.linked_case_id}"
        if name not in self.series:
            self.series[name] = [news.linked_case_id]
            self._series_of.setdefault(news.linked_case_id, name)
        self._join(name, case_id, news)
        yield replace(news, alert=True, series_alert=name, series_size=len(self.series[name]))

    def _supported(self, leads: Sequence[AlertRow]) -> Callable[[AlertRow], bool]:
        """Return whether a row joins a series by the support of another of its case's best leads.

        Each alone is too ordinary to alert. That two of the few that alerted together are among
        the five best leads of one case is not.
        """
        best = leads[:BEST_LEADS]
        names = Counter(self._series_of.get(row.linked_case_id) for row in best)
        share = max(self.share, SUPPORTED_SHARE)
        limit, floor = self.threshold(leads[0].at, share), FLOOR * share

        def supported(row: AlertRow) -> bool:
            name = self._series_of.get(row.linked_case_id)
            enough = name is not None and names[name] >= SUPPORT
            return enough and row in best and row.chance <= floor and row.priority > limit

        return supported

    def _is_news(self, row: AlertRow, own: str | None) -> bool:
        """Tell whether neither the pair nor a series with both has alerted."""
        if frozenset((row.case_id, row.linked_case_id)) in self._alerted:
            return False
        return own is None or self._series_of.get(row.linked_case_id) != own

    def _join(self, name: str, case_id: str, row: AlertRow) -> None:
        """Record that a row alerted, and its case in the alert's series."""
        if case_id not in self.series[name]:
            self.series[name].append(case_id)
        self._series_of.setdefault(case_id, name)
        self._alerted[frozenset((case_id, row.linked_case_id))] = _Alerted(row.chance, name)

    def _pays(self, row: AlertRow) -> bool:
        """Spend a token: one that is there, or, for a rare match, one that is yet to be earned.

        A match far below the floor, or the rarest of the past year, may owe what sixty days earn,
        or one token where they earn less.
        """
        may_owe = 0
        if self.tokens < TOKEN:
            rarest = min((lead.chance for lead in self._rows), default=0.0)
            if row.chance <= max(self.floor(row.compared) / RARE, rarest):
                may_owe = max(TOKEN, self._sixty_days(row.at))
        if self.tokens + may_owe < TOKEN:
            return False
        self.tokens -= TOKEN
        return True

    def _earn(self, at: Instant) -> None:
        """Count a new death at `at`: it earns its share of a token, up to what may be saved."""
        self._deaths.append(at)
        self._earned += 1
        most = max(LEAST_SAVED * TOKEN, self._sixty_days(at))
        self.tokens = min(self.tokens + self._earns, most)

    def _sixty_days(self, at: Instant) -> int:
        """Return what the deaths of the past sixty days earned, in millionths of a token."""
        lately = len(self._deaths) - bisect_left(self._deaths, at - SAVED_S + 1)
        return self._earns * lately

    def _forget(self, at: Instant) -> None:
        """Drop what is a year past."""
        since = at - WINDOW_S + 1
        del self._deaths[: bisect_left(self._deaths, since)]
        gone = bisect_left(self._rows, since, key=lambda row: row.at)
        for row in self._rows[:gone]:
            del self._ordered[bisect_left(self._ordered, row.priority)]
            self._seen[frozenset(row[3:])] -= 1
        del self._rows[:gone]

    def _rename(self, gone: str, kept: str) -> None:
        """Let one record stand for a report that was merged into it, in all that is remembered."""

        def now(case_id: str) -> str:
            return kept if case_id == gone else case_id

        self._rows = [_Lead(*row[:3], now(row.case_id), now(row.linked)) for row in self._rows]
        self._alerted = {frozenset(map(now, pair)): was for pair, was in self._alerted.items()}
        self._alerted = {pair: was for pair, was in self._alerted.items() if len(pair) == 2}
        self.series = {
            name: list(dict.fromkeys(map(now, members))) for name, members in self.series.items()
        }
        self._index()
