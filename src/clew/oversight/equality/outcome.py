"""One outcome of an audit: crude, given what makes deaths comparable, and given workload."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from clew.oversight.equality.answers import LEAST, OutcomeAnswer, Sensitivity, Step, Times
from clew.oversight.equality.deaths import Columns, Deaths, done_of, waits_of
from clew.oversight.equality.hazards import fit_hazards
from clew.oversight.equality.overlap import (
    Fitted,
    Influence,
    difference_of_focal,
    difference_where_overlapping,
    divide,
    fit_groups,
    interaction,
    less,
    reference_mean,
    with_interval,
)
from clew.oversight.equality.plan import Plan, PlannedOutcome
from clew.oversight.equality.proportions import (
    Difference,
    Strata,
    detectable,
    newcombe,
    pool_differences,
)
from clew.oversight.equality.sensitivity import placebo_share, shuffled_p, unmeasured_cause
from clew.oversight.equality.times import DONE, OPEN, Waits, hours_without, incidence, pool_means

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
SHOWN_HOURS = (24.0, 72.0, 168.0, 336.0, 672.0)
"""Declared: the hours at which shares done are said: a day, three days, one, two and four weeks."""
EARLY = 72.0
"""Declared (compare.md): times are compared by three days besides their horizon."""


@dataclass(frozen=True, slots=True)
class Measured:
    """An outcome of some deaths: whether each was done, and what is compared of it.

    Arrays of shape (deaths,). `done`: 1, 0, nan where not known. `values`: the same, or the hours
    without it; nan where not known. `waits`: of a time.
    """

    done: Floats
    values: Floats
    waits: Waits | None = None

    @property
    def known(self) -> Bools:
        """Which deaths the outcome is known for."""
        return ~np.isnan(self.values)


def measure(planned: PlannedOutcome, columns: Columns, rows: Ints, focal: Bools) -> Measured:
    """Return an outcome of the deaths in these rows; the hours of each group are its own."""
    if planned.form == "by_time":
        done = done_of(planned, columns, rows)
        return Measured(done, done)
    waits = waits_of(planned, columns, rows)
    known = ~np.isnan(waits.hours)
    seen = waits.up_to(planned.horizon)
    ended = (seen.state != OPEN) | (seen.hours >= planned.horizon)
    done = np.where(known & ended, (seen.state == DONE).astype(float), np.nan)
    return Measured(done, _hours(waits, focal, planned.horizon), waits)


def _hours(waits: Waits, focal: Bools, horizon: float) -> Floats:
    values = np.full(focal.size, np.nan)
    for group in (focal, ~focal):
        which = group & ~np.isnan(waits.hours)
        if which.any():
            values[which] = hours_without(waits.take(which), horizon)
    return values


@dataclass(slots=True)
class Fits:
    """The models of group for each set of deaths that an outcome is known for: fitted once each."""

    deaths: Deaths
    rng: np.random.Generator
    _found: dict[tuple[bytes, str], Fitted] = field(default_factory=dict)
    _parts: dict[bytes, Ints] = field(default_factory=dict)

    def fitted(self, known: Bools, step: str) -> Fitted:
        """Return the model of these deaths, given "x", "xw" or "xw" and a disputed column."""
        key = known.tobytes()
        if step == "xw" and not self.deaths.w.shape[1]:
            step = "x"
        if (key, step) not in self._found:
            focal = self.deaths.focal[known]
            if key not in self._parts:
                self._parts[key] = divide(focal, self.rng)
            self._found[key, step] = fit_groups(self._design(step)[known], focal, self._parts[key])
        return self._found[key, step]

    def _design(self, step: str) -> Floats:
        if step == "x":
            return self.deaths.x
        parts = [self.deaths.x, self.deaths.w]
        if step != "xw":
            parts.append(self.deaths.disputed[step])
        return np.hstack(parts)


@dataclass(frozen=True, slots=True)
class Found:
    """An outcome's answer with what further work needs: the last step's pulls and what is known."""

    answer: OutcomeAnswer
    measured: Measured
    known: Bools
    influence: Influence | None = None


def compare_outcome(plan: Plan, planned: PlannedOutcome, columns: Columns, fits: Fits) -> Found:
    """Return what was found for one outcome, not yet judged beside the others."""
    deaths = fits.deaths
    measured = measure(planned, columns, deaths.rows, deaths.focal)
    known = measured.known
    focal = deaths.focal[known]
    did = measured.done[known] == 1
    of = int(focal.sum()), int((~focal).sum())
    counts = int((focal & did).sum()), int((~focal & did).sum())
    answer = OutcomeAnswer(
        planned,
        int(known.sum()),
        (counts[0], of[0]),
        (counts[1], of[1]),
        (int((~known & deaths.focal).sum()), int((~known & ~deaths.focal).sum())),
    )
    if min(of) < LEAST:
        return Found(answer, measured, known)
    values = measured.values[known]
    cluster = np.unique(deaths.cluster[known], return_inverse=True)[1].astype(np.int64)
    steps, pulls = [], []
    for name, stratum in (("x", deaths.stratum), ("xw", deaths.stratum_w)):
        fitted = fits.fitted(known, name)
        pull = difference_where_overlapping(fitted, values)
        steps.append(
            _step(
                plan,
                planned,
                fitted,
                with_interval(pull, cluster, plan.alpha),
                values,
                stratum[known],
            )
        )
        pulls.append(pull)
    fitted, last = fits.fitted(known, "xw"), pulls[-1]
    if planned.form == "by_time":
        crude = newcombe(counts, of, plan.alpha)
    else:
        crude = _difference_of_means(values, focal, plan.alpha)
    answer = replace(
        answer,
        crude=crude,
        given_x=steps[0],
        given_xw=steps[1],
        of_focal=with_interval(difference_of_focal(fitted, values), cluster, plan.alpha),
        by_workload=with_interval(less(*pulls), cluster, plan.alpha) if plan.w else None,
        reference_mean=reference_mean(fitted, values),
        least_detectable=detectable(steps[1].modelled.se, plan.alpha),
    )
    return Found(
        replace(
            answer,
            sensitivity=_sensitivity(plan, answer, fits, known, (values, cluster), last),
            times=None if measured.waits is None else _times(plan, answer, fits, known, measured),
        ),
        measured,
        known,
        last,
    )


def _step(
    plan: Plan,
    planned: PlannedOutcome,
    fitted: Fitted,
    modelled: Difference,
    values: Floats,
    stratum: Ints,
) -> Step:
    strata = Strata.from_deaths(values == 1, fitted.focal, stratum)
    pooled = (
        pool_differences(strata, plan.alpha)
        if planned.form == "by_time"
        else pool_means(values, fitted.focal, stratum, plan.alpha)
    )
    return Step(pooled, modelled, strata.dropped, fitted.without_comparator)


def _difference_of_means(values: Floats, focal: Bools, alpha: float) -> Difference:
    """Return the difference of two means, with Welch's interval (Biometrika 34 (1947) 28-35)."""
    one, other = values[focal], values[~focal]
    parts = [float(group.var(ddof=1) / group.size) for group in (one, other)]
    value, se = float(one.mean() - other.mean()), float(np.sqrt(sum(parts)))
    free = sum(parts) ** 2 / max(
        sum(p**2 / (g.size - 1) for p, g in zip(parts, (one, other), strict=True)), 1e-300
    )
    half = float(stats.t.isf(alpha / 2, max(free, 1.0))) * se
    return Difference(value, se, value - half, value + half, values.size, max(free, 1.0))


def _sensitivity(
    plan: Plan,
    answer: OutcomeAnswer,
    fits: Fits,
    known: Bools,
    seen: tuple[Floats, Ints],
    last: Influence,
) -> Sensitivity:
    values, cluster = seen
    deaths, fitted = fits.deaths, fits.fitted(known, "xw")
    assert answer.given_xw is not None
    disputed = {
        name: with_interval(
            difference_where_overlapping(fits.fitted(known, name), values), cluster, plan.alpha
        )
        for name in plan.disputed
    }
    shares = answer.planned.form == "by_time"
    modelled = answer.given_xw.modelled
    strata = Strata.from_deaths(values == 1, fitted.focal, deaths.stratum_w[known])
    critical = float(stats.t.isf(plan.alpha / 2, modelled.df))
    return Sensitivity(
        disputed,
        unmeasured_cause(modelled, answer.reference_mean) if shares else None,
        shuffled_p(strata, fits.rng) if shares else float("nan"),
        placebo_share(last, cluster, fits.rng, critical),
        interaction(fitted, last, deaths.w[known, 0], cluster, plan.alpha) if plan.w else None,
    )


def _times(
    plan: Plan, answer: OutcomeAnswer, fits: Fits, known: Bools, measured: Measured
) -> Times:
    assert measured.waits is not None
    deaths, fitted = fits.deaths, fits.fitted(known, "xw")
    horizon = answer.planned.horizon
    waits = measured.waits.take(known)
    seen = waits.up_to(horizon)
    hours = (*(hour for hour in SHOWN_HOURS if hour < horizon), horizon)
    curves = [
        incidence(seen.take(group), weight[group])
        for group, weight in (
            (fitted.focal, 1 - fitted.chance),
            (~fitted.focal, fitted.chance),
        )
    ]
    loads = deaths.w[known]
    varied = loads[:, loads.std(axis=0) > 0] if loads.size else loads
    scaled = (varied - varied.mean(axis=0)) / varied.std(axis=0) if varied.size else varied
    hazards = fit_hazards(
        seen.hours,
        seen.state == DONE,
        np.column_stack([fitted.focal.astype(float), scaled]),
        deaths.stratum[known],
    )
    early = min(EARLY, horizon)
    values = _hours(waits, fitted.focal, early)
    cluster = np.unique(deaths.cluster[known], return_inverse=True)[1].astype(np.int64)
    by_early = with_interval(difference_where_overlapping(fitted, values), cluster, plan.alpha)
    return Times(
        horizon,
        hours,
        (
            tuple(curves[0].done_by(hour) for hour in hours),
            tuple(curves[1].done_by(hour) for hour in hours),
        ),
        tuple(float(one.other[-1]) if one.other.size else 0.0 for one in curves),  # type: ignore[arg-type]
        hazards.ratio(plan.alpha),
        by_early,
    )
