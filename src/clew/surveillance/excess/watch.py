"""Watch all units of one kind through time: each month judged by the months before it alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clew.model.columns import Array
from clew.model.excess import Funnel, FunnelPoint, KindWatched, UnitExcess, Variation
from clew.model.values import Instant
from clew.surveillance.excess.cusum import Looking, fit_prior, walk
from clew.surveillance.excess.funnel import LEVELS, chance_above, holm, limits
from clew.surveillance.excess.null_runs import draw_null
from clew.surveillance.excess.units import Calendar, Sighting

WARM_UP = 12
"""Declared: months from which the first idea of the ordinary is taken; no signal before."""
LEAST_MONTHS = 18
"""Declared: months that a kind must span to be watched at all."""
LEAST_UNITS = 3
"""Declared: with fewer units of a kind what is ordinary cannot be known."""
SETTLE = 6
"""Declared: months for which a unit is watched before a rise may begin; a certifier who is busy
from the first day is a busy certifier."""
KIND_COUNTS = 3.0
"""Declared: where a unit's own past shows its rate, its kind counts as three months at most."""
BY_LEVEL = frozenset({"dwelling", "place", "venue"})
"""Kinds whose units seldom have a second case: their level itself is judged from the first day."""
LEAST_CASES = 2
"""Declared: cases after the first that a signal needs: three deaths at one place."""
HORIZON = 60
"""Declared: boundaries are for watches of five years."""
METHOD = "cusum"
STRATUM = 30
"""Declared: places of one sort known after the warm-up, for that sort to be judged on its own."""
MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Watched:
    """How the watch is set: `false_signals` a year for this kind, `ratio` looked for."""

    false_signals: float
    ratio: float
    calendar: Calendar
    ends: Instant
    seed: int = 0


def watch_kind(
    kind: str, sightings: Sequence[Sighting], setting: Watched
) -> tuple[KindWatched, tuple[UnitExcess, ...], Funnel | None]:
    """Watch the units of one kind. `sightings` are in order of time, and at least one.

    The first case of a unit only brings it under watch: what follows is counted. Units are judged
    by one another; places of one sort of premises on their own where enough were known after the
    warm-up, the rest together. Each such group has its share of the false signals.
    """
    calendar = Calendar.since(sightings[0].at, str(setting.calendar.zone))
    setting = replace(setting, calendar=calendar)
    table = _Table(sightings, setting)
    units = len(table.names)
    about = KindWatched(kind, units, len(sightings))
    if table.months < LEAST_MONTHS:
        note = f"fewer than {LEAST_MONTHS} months of records: too few to say what is ordinary"
        return replace(about, note=note), (), None
    if units < LEAST_UNITS:
        return replace(about, note="too few units to say what is ordinary"), (), None
    early, names = table.entry < WARM_UP, np.array(table.strata)
    counted = {name: int((early & (names == name)).sum()) for name in set(table.strata)}
    separate = sorted(name for name, count in counted.items() if count >= STRATUM)
    members = [names == name for name in separate]
    rest = ~np.isin(names, separate)
    members += [rest] if rest.any() else []
    each = np.array([max(int((early & member).sum()), 1) for member in members])
    rows: list[UnitExcess] = []
    for member, share in zip(members, (each / each.sum()).tolist(), strict=True):
        within = replace(setting, false_signals=setting.false_signals * share)
        rows += _watch_group(kind, table, member, within)
    chances = holm(np.array([row.p_value for row in rows]), units)
    rows = [replace(row, p_corrected=float(p)) for row, p in zip(rows, chances, strict=True)]
    rows.sort(key=lambda row: (row.unit, row.period))
    prior = fit_prior(*table.past(table.months, np.ones(units, bool)))
    about = replace(about, mean_rate=prior.mean, shape=prior.shape, keep=prior.keep)
    # Counts after the first case against the mean rate of the kind, over the whole file.
    exposure = table.exposed(table.entry, table.left, table.months).sum(axis=1)
    counts = np.zeros(units)
    counts[table.many] = table.counts.sum(axis=1)
    expected = counts.sum() / max(exposure.sum(), 1e-9) * exposure
    variation = Variation(min(prior.shape**-0.5, 9.0))
    outside = chance_above(counts, expected, variation) * units <= 0.05
    shown = table.many[np.argsort(-expected[table.many], kind="stable")][:MOST_POINTS]
    points = tuple(
        FunnelPoint(kind, table.names[k], int(counts[k]), float(expected[k]), bool(outside[k]))
        for k in sorted(shown, key=lambda k: table.names[k])
    )
    most = float(expected.max())
    grid = np.linspace(max(most / 40, 1e-6), max(most, 1e-6), 40)
    curves = [limits(grid, level, variation) for level in LEVELS]
    columns = zip(grid, *curves[0], *curves[1], strict=True)
    drawn = tuple((float(a), float(b), float(c), float(d), float(e)) for a, b, c, d, e in columns)
    return about, tuple(rows), Funnel(kind, points, drawn, variation)


class _Table:
    """Counts after the first case, and exposure, by unit and month; units in order of entry."""

    def __init__(self, sightings: Sequence[Sighting], setting: Watched) -> None:
        self.names: list[str] = []
        self.strata: list[str] = []
        self.cases: list[list[tuple[int, str]]] = []
        index: dict[str, int] = {}
        entry, left, dated = [], [], []
        for one in sightings:
            month, rest = setting.calendar.month(one.at)
            dated.append(month)
            k = index.setdefault(one.unit, len(self.names))
            if k == len(self.names):
                self.names.append(one.unit)
                self.strata.append(one.stratum)
                self.cases.append([])
                entry.append(month)
                left.append(rest)
            self.cases[k].append((month, one.case_id))
        last = max(setting.calendar.month(setting.ends)[0], dated[-1])
        totals = np.bincount(dated, minlength=last + 1).astype(float)
        self.months = len(totals)
        self.exposure = totals / max(totals[:WARM_UP].mean(), 1e-9)
        self.entry, self.left = np.array(entry), np.array(left)
        self.many = np.array([k for k, cases in enumerate(self.cases) if len(cases) > 1], int)
        self.counts = np.zeros((len(self.many), self.months))
        for row, k in enumerate(self.many):
            for month, _ in self.cases[k][1:]:
                self.counts[row, month] += 1

    def exposed(self, entry: Array, left: Array, until: int) -> Array:
        """Return exposure up to a month, shape (units, until): none before entry."""
        span = np.arange(until)
        found: Array = np.where(span > entry[:, None], self.exposure[:until], 0.0)
        inside = (entry >= 0) & (entry < until)
        rows = np.flatnonzero(inside)
        found[rows, entry[rows]] = self.exposure[entry[rows]] * left[rows]
        return found

    def past(self, until: int, member: Array) -> tuple[Array, Array, Array]:
        """Return counts, exposure and multiplicity of `member` units as known before a month.

        Units of one record differ in their entry alone: one row is for all of a month.
        """
        seen = (self.counts[:, :until].sum(axis=1) > 0) & member[self.many]
        rows = self.exposed(self.entry[self.many[seen]], self.left[self.many[seen]], until)
        single = member & (self.entry < until)
        single[self.many[seen]] = False
        number = np.bincount(self.entry[single], minlength=until)
        months = np.flatnonzero(number)
        alike = self.exposed(months, np.full(len(months), 0.5), until)
        times = np.append(np.ones(len(rows)), number[months])
        none = np.zeros((len(months), until))
        counts = np.concatenate([self.counts[seen, :until], none])
        return counts, np.concatenate([rows, alike]), times


def _watch_group(kind: str, table: _Table, member: Array, setting: Watched) -> Iterator[UnitExcess]:
    """Fit the ordinary once a year from the past, and walk the units that entered since."""
    clock = setting.calendar
    fits = list(range(WARM_UP, table.months, 12))
    entered = np.maximum(np.searchsorted(fits, table.entry, side="right") - 1, 0)
    for number, until in enumerate(fits):
        rows = np.flatnonzero((entered == number)[table.many] & member[table.many])
        if not len(rows):
            continue
        by_level = kind in BY_LEVEL
        prior = fit_prior(*table.past(until, member), None if by_level else KIND_COUNTS)
        pace = max(float(table.exposure[until - 12 : until].mean()), 1e-6)
        rng = np.random.default_rng([setting.seed, number, *kind.encode()])
        look = Looking(setting.ratio, settle=0 if by_level else SETTLE)
        null = draw_null(prior, np.full(HORIZON, pace), look, rng)
        boundary = np.full(table.months, np.inf)
        for year in fits:
            watched = int((member & (table.entry < year)).sum())
            share = setting.false_signals * (HORIZON / 12) / max(watched, 1)
            boundary[year : year + 12] = null.boundary(min(share, 0.5))
        which = table.many[rows]
        exposure = table.exposed(table.entry[which], table.left[which], table.months)
        walked = walk(table.counts[rows], exposure, prior, look)
        heights = walked.height.copy()
        heights[:, :WARM_UP] = 0.0
        for i, row in enumerate(rows):
            height, k = heights[i], int(table.many[row])
            top = int(np.argmax(height))
            raised = bool(height[top] > 0)
            begins = int(walked.begins[i, top] if raised else table.entry[k])
            ends = top if raised else table.months - 1
            above = np.flatnonzero((height >= boundary) & (walked.observed[i] >= LEAST_CASES))
            signal = int(above[0]) if len(above) else None
            months = range(WARM_UP, 0 if signal is None else table.months)
            cases = [case for month, case in table.cases[k] if begins <= month <= ends]
            watched = int((exposure[i] > 0).sum())
            yield UnitExcess(
                kind=kind,
                unit=table.names[k],
                period=f"{clock.name(begins)}/{clock.name(ends)}",
                observed=int(walked.observed[i, top] if raised else table.counts[row].sum()),
                expected=float(walked.expected[i, top] if raised else walked.foretold[i]),
                statistic=float(height[top]),
                boundary=float(boundary[top if raised else -1]),
                signal_date=None
                if signal is None
                else clock.day(min(clock.end(signal), setting.ends)),
                p_value=null.chance(float(height[top]), watched)[0] if raised else 1.0,
                p_corrected=1.0,
                watched=len(table.names),
                method=METHOD,
                case_ids=tuple(dict.fromkeys(cases)),
                steps=tuple((clock.name(m), float(height[m]), float(boundary[m])) for m in months),
            )
