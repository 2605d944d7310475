"""Something new: how fast it grows, against how past newcomers went on after their first case."""

from __future__ import annotations

import numpy as np

from clew.model.columns import Array
from clew.model.excess import TemporalAlert
from clew.surveillance.excess.cusum import Looking, fit_prior, walk
from clew.surveillance.excess.null_runs import draw_null
from clew.surveillance.excess.weekly import Weekly, WeekSetting

LEFT_OUT = 26
"""Weeks before this one that teach nothing, so that an outbreak does not hide itself (Noufaily and
others 2013)."""
LEAST_WEEKS = 52
"""Declared: weeks of the past that something must have to be judged by it."""

NEW_AFTER = 26
"""Declared: what is first seen half a year after the file begins is new."""
NEW_FOR = LEAST_WEEKS + LEFT_OUT
"""Weeks for which something new is judged as a newcomer; then by its own past."""
NEW_LOOK_BACK = 26
NEW_DRAWS = 2_000
LEAST_NEW = 5
"""Declared: newcomers that must be known before they show what an ordinary newcomer does."""
YEAR = 52


def newcomers(
    kind: str, series: list[Weekly], known: Array, setting: WeekSetting
) -> list[TemporalAlert]:
    """Judge what appeared after the file began by how past newcomers went on.

    The first case brings a newcomer under watch; what follows is counted as in `cusum`, in weeks,
    against newcomers of the years before it. Weeks are those in which cases became known.
    """
    own = [one for one in series if one.kind == kind]
    kinds = len({one.kind for one in series})
    born = np.array([int(one.known.min()) for one in own])
    total = np.bincount(np.maximum(known, 0), minlength=setting.ends + 1)[: setting.ends + 1]
    found: list[TemporalAlert] = []
    for year in range(YEAR, setting.ends + 1, YEAR):
        before = [one for one, week in zip(own, born, strict=True) if NEW_AFTER <= week < year]
        fresh = [o for o, w in zip(own, born, strict=True) if year <= w < year + YEAR]
        if len(before) < LEAST_NEW or not fresh or year + YEAR + NEW_FOR < setting.begins:
            continue
        pace = max(float(total[year - YEAR : year].mean()), 1e-9)
        exposure = total / pace
        prior = fit_prior(*_table(before, exposure, year), np.ones(len(before)))
        rng = np.random.default_rng([setting.seed, year, *kind.encode()])
        look = Looking(setting.ratio, NEW_LOOK_BACK)
        null = draw_null(prior, np.ones(NEW_FOR), look, rng, NEW_DRAWS)
        rate = max(len(before) / ((year - NEW_AFTER) / YEAR), 1.0)
        level = null.boundary(min(setting.false_signals / rate / kinds, 0.5))
        for one in fresh:
            walked = walk(*_table([one], exposure, setting.ends + 1), prior, look)
            height = walked.height[0]
            above = (height >= level) & (np.arange(len(height)) >= setting.begins)
            crossed = np.flatnonzero(above).tolist()
            if not crossed:
                continue
            at = crossed[0]
            watched = at - int(one.known.min()) + 1
            found.append(
                TemporalAlert(
                    kind=kind,
                    subject=one.subject,
                    first_week=setting.day(int(walked.begins[0, at])),
                    last_week=setting.day(crossed[-1]),
                    signal_date=setting.last_day(at),
                    observed=int(walked.observed[0, at]),
                    expected=float(walked.expected[0, at]),
                    threshold=level,
                    score=float(height[at]) / level,
                    p_value=null.chance(float(height[at]), watched)[0],
                    complete=1.0,
                    method="newcomer",
                    watched=watched,
                )
            )
    return found


def _table(own: list[Weekly], exposure: Array, until: int) -> tuple[Array, Array]:
    """Return counts and exposure after the first case, for NEW_FOR weeks, shape (n, until)."""
    counts, seen = np.zeros((len(own), until)), np.zeros((len(own), until))
    for row, one in enumerate(own):
        known = np.sort(one.known)
        first = int(known[0])
        stop = min(first + NEW_FOR, until)
        after = known[1:][known[1:] < stop]
        counts[row, :until] = np.bincount(after, minlength=until)[:until]
        seen[row, first:stop] = np.maximum(exposure[first:stop], 1e-9)
        seen[row, first] /= 2
    return counts, seen
