"""Temporal alerts: a week's count above what the time of year, and the trend, allow.

Method: Noufaily and others 2013, "An improved algorithm for outbreak detection in multiple
surveillance systems", after Farrington and others 1996: a quasi-Poisson regression on past weeks
with a trend and a seasonal factor, past outbreaks given less weight, the last half year left out,
and a negative binomial threshold. Recent weeks are known in part; expectation and threshold are
thinned by the share known, so that a missing report is never taken for a quiet week. A week is
judged knowing only what was known then; what is too new to have a past is judged as a newcomer: how
fast it grows, against how past newcomers went on after their first case.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import nbinom, poisson

from clew.model.columns import Array
from clew.model.excess import TemporalAlert
from clew.surveillance.excess.cusum import Looking, fit_prior, walk
from clew.surveillance.excess.null_runs import draw_null
from clew.surveillance.excess.weekly import REFIT, Weekly, Weeks, WeekSetting

YEAR_WEEKS = 52.18
SEASONS = 10
"""A seven-week window around this time of year, and nine other seasons (Noufaily 2013)."""
MOST_YEARS = 5
"""Years of the past that teach (the same)."""
TREND_FROM = 3 * 52
"""Weeks of past from which a trend (Farrington 1996: three years) and a season are fitted. From two
years a quiet series was forecast at a third of its rate."""
OUTLYING = 2.58
"""Anscombe residuals beyond this are given less weight (Noufaily 2013)."""
LEAST_KNOWN, OF_WEEKS = 5, 4
"""No alert below five cases in four weeks (Farrington 1996)."""
TRUSTED = 0.5
"""Declared: a week is judged once half of its cases are expected to be known."""
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
QUIET_WEEKS = 8
"""Declared: after so many weeks without an alert the next one is a new episode."""


def temporal_alerts(weeks: Weeks, setting: WeekSetting) -> tuple[TemporalAlert, ...]:
    """Return episodes of alerts in the order of the alphabet, then of time.

    Half of the false signals are for subjects with a past, half for newcomers. Alerts of one
    subject that follow within QUIET_WEEKS are one episode, of which the first alert speaks.
    """
    found: list[TemporalAlert] = []
    half = replace(setting, false_signals=setting.false_signals / 2)
    for one in weeks.series:
        episodes: list[TemporalAlert] = []
        first, latest = int(one.known.min()), 0
        young = first + NEW_FOR if first >= NEW_AFTER else 0
        fitted_at, forecast, watched, alpha = -1, None, 0, 0.0
        for now in range(max(half.begins, young, LEAST_WEEKS + LEFT_OUT), half.ends + 1):
            counts, share = weeks.counts(one, now), weeks.share(one.kind, now)
            age = int(np.argmax(share >= TRUSTED))
            week, complete = now - age, float(share[age])
            if counts[max(week - OF_WEEKS + 1, 0) : week + 1].sum() < LEAST_KNOWN:
                continue
            # The regression is fitted again every REFIT weeks, with half a year left out.
            if fitted_at != now // REFIT:
                fitted_at, forecast = now // REFIT, None
                watched = sum(
                    bool(((s.known <= now) & (s.happened > now - YEAR)).any()) for s in weeks.series
                )
                alpha = half.false_signals / (YEAR * max(watched, 1))
            if forecast is None:
                # Could it alert if a third of the past was expected? This spares most regressions.
                past = counts[max(week - LEFT_OUT - 5 * YEAR, 0) : max(week - LEFT_OUT, 1)]
                low = max(float(past.mean()) * complete / 3, 1e-9)
                if poisson.sf(counts[week] - 1, low) > alpha:
                    continue
                forecast = forecast_week(counts, week)
            observed = int(counts[week])
            if forecast is None or (p_value := forecast.tail(observed, complete)) > alpha:
                continue
            if episodes and week - latest <= QUIET_WEEKS:
                episodes[-1] = replace(episodes[-1], last_week=half.day(week))
            else:
                expected = forecast.expected * complete
                limit = forecast.threshold(alpha, complete)
                episodes.append(
                    TemporalAlert(
                        kind=one.kind,
                        subject=one.subject,
                        first_week=half.day(week),
                        last_week=half.day(week),
                        signal_date=half.last_day(now),
                        observed=observed,
                        expected=expected,
                        threshold=limit,
                        score=(observed - expected) / max(limit - expected, 1e-9),
                        p_value=p_value,
                        complete=complete,
                        method="history",
                        watched=watched,
                    )
                )
            latest = week
        found += episodes
    for kind in sorted(weeks.happened):
        found += newcomers(kind, weeks.series, weeks.known[kind], half)
    return tuple(sorted(found, key=lambda a: (a.kind, a.subject, a.first_week)))


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected cases of a week when all are known; `spread` is variance over mean, >= 1."""

    expected: float
    spread: float
    trend: bool
    weeks: int

    def tail(self, observed: int, complete: float) -> float:
        """Return the chance of at least `observed` known cases, if nothing is wrong."""
        mean, spread = self._thinned(complete)
        if spread <= 1 + 1e-9:
            return float(poisson.sf(observed - 1, mean))
        return float(nbinom.sf(observed - 1, mean / (spread - 1), 1 / spread))

    def threshold(self, alpha: float, complete: float) -> float:
        """Return the count that is exceeded with chance at most `alpha`."""
        mean, spread = self._thinned(complete)
        if spread <= 1 + 1e-9:
            return float(poisson.isf(alpha, mean))
        return float(nbinom.isf(alpha, mean / (spread - 1), 1 / spread))

    def _thinned(self, complete: float) -> tuple[float, float]:
        """Return mean and spread of what is known, each case being known with chance `complete`."""
        return max(self.expected * complete, 1e-9), 1 + (self.spread - 1) * complete


def forecast_week(counts: Array, now: int) -> Forecast | None:
    """Forecast week `now` from counts of weeks 0 .. now - 1, shape (>= now,); None: too short.

    Only weeks before `now - LEFT_OUT` are used.
    """
    last = now - LEFT_OUT
    first = max(0, now - LEFT_OUT - round(MOST_YEARS * YEAR_WEEKS))
    if last - first < LEAST_WEEKS:
        return None
    weeks, past = np.arange(first, last), counts[first:last].astype(float)
    if past.sum() == 0:
        return Forecast(0.5 / (last - first), 1.0, trend=False, weeks=last - first)
    seasons = np.zeros(len(weeks), int)
    if last - first >= TREND_FROM:
        # Season 0 is three weeks to either side of this time of year, 1 .. 9 what is beyond.
        phase = ((weeks - now) % YEAR_WEEKS + 3.5) % YEAR_WEEKS
        later = 1 + np.floor((phase - 7) / (YEAR_WEEKS - 7) * (SEASONS - 1))
        seasons = np.where(phase < 7, 0, np.clip(later, 1, SEASONS - 1)).astype(np.int64)
    fitted = _fit(weeks, past, seasons, now, trend=last - first >= TREND_FROM)
    if fitted is None or fitted.expected > past.max():
        # A trend that runs beyond all that was ever seen is not believed (Farrington 1996).
        fitted = _fit(weeks, past, seasons, now, trend=False) or fitted
    return fitted


def _fit(weeks: Array, past: Array, seasons: Array, now: int, *, trend: bool) -> Forecast | None:
    """Fit a weighted Poisson regression to the past; None where it does not converge."""
    # Loaded here: statsmodels takes a second to start, and most commands never need it.
    from statsmodels.genmod.families import Poisson  # noqa: PLC0415
    from statsmodels.genmod.generalized_linear_model import GLM  # noqa: PLC0415

    columns = [np.ones(len(weeks) + 1)]  # the last row is week `now`
    if trend:
        columns.append(np.append(weeks - now, 0) / YEAR_WEEKS)
    season_and_now = np.append(seasons, 0)
    columns += [
        (season_and_now == s).astype(float) for s in range(1, SEASONS) if (seasons == s).any()
    ]
    design = np.column_stack(columns)
    weight = np.ones(len(past))
    for fit in range(3):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                poisson_fit = GLM(past, design[:-1], family=Poisson(), var_weights=weight)
                model = poisson_fit.fit(maxiter=50)
            except (ValueError, np.linalg.LinAlgError):
                return None
        if not (model.converged and np.isfinite(model.params).all()):
            return None
        mean = model.mu
        phi = max(float((weight * (past - mean) ** 2 / mean).sum() / model.df_resid), 1.0)
        if fit == 2:
            break
        # Weights fall where a past week is unusual, by its Anscombe residual.
        left = np.maximum(1 - model.get_hat_matrix_diag(), 1e-6)
        residual = (
            1.5 * (past ** (2 / 3) - mean ** (2 / 3)) / (mean ** (1 / 6) * np.sqrt(phi * left))
        )
        falls = np.where(residual > OUTLYING, np.maximum(residual, OUTLYING) ** -2.0, 1.0)
        weight = falls * len(past) / falls.sum()
    row = design[-1]
    expected = float(np.exp(row @ model.params))
    unsure = float(row @ model.cov_params() @ row) * phi * expected
    if not np.isfinite(expected + unsure) or expected > 1e6:
        return None
    return Forecast(max(expected, 0.5 / len(past)), phi + min(unsure, 10.0), trend, len(past))


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
