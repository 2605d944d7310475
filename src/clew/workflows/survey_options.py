"""What a survey may be asked, and what of it makes no sense."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from clew.errors import UsageRejected
from clew.model.baseline import BaselineArea
from clew.model.cluster import (
    MODELS,
    PERMUTATION,
    POISSON,
    SPACE_TIME_POISSON,
    ScanLimits,
)
from clew.model.judgement import Judgement
from clew.model.place import Point
from clew.model.time_window import Instant
from clew.survey.strata import is_stratum

HISTORY_DAYS = 365
"""Declared: a daily scan looks back a year, so that every season is in it once."""

USUAL_REPLICATIONS = 999
"""Kulldorff and others 2005, and most since."""


@dataclass(frozen=True, slots=True)
class SurveyOptions:
    """How to survey. `begins` and `ends`: days; prospective: of the daily scans, else of the cases.

    `as_of` None uses every fact (a prospective scan never does: it knows its own day). `centres`
    None: circles stand on the file's own places. `strata` beside all cases. `top` clusters a scan.
    """

    limits: ScanLimits = field(default_factory=ScanLimits)
    prospective: bool = False
    begins: Instant | None = None
    ends: Instant | None = None
    as_of: Instant | None = None
    history_days: int = HISTORY_DAYS
    strata: tuple[str, ...] = ()
    model: str = PERMUTATION
    baseline: tuple[BaselineArea, ...] = ()
    centres: tuple[Point, ...] | None = None
    judgements: tuple[Judgement, ...] = ()
    top: int = 5
    seed: int = 1
    threads: int | None = None


def model_of(named: str | None, baseline: tuple[BaselineArea, ...]) -> str:
    """Return the model that was asked for, or the one that goes with the baseline.

    Raises
    ------
    UsageRejected
        If there is no such model.
    """
    if named is None:
        return SPACE_TIME_POISSON if baseline else PERMUTATION
    if named not in MODELS:
        raise UsageRejected(f"there is no model '{named}'", f"Give {', '.join(MODELS)}")
    return named


def enough_for(signal_days: float, strata: int) -> int:
    """Return how many replications a signal needs, at least USUAL_REPLICATIONS.

    p is at least 1 / (1 + replications), and is multiplied by the number of strata.
    """
    return max(USUAL_REPLICATIONS, math.ceil(signal_days * strata) - 1)


def check_options(options: SurveyOptions) -> None:
    """Refuse what cannot be."""
    limits = options.limits
    numbers = (limits.max_radius_km, limits.max_share)
    if not (all(map(math.isfinite, numbers)) and numbers[0] >= 0 and 0 < numbers[1] <= 1):
        raise UsageRejected(
            "a circle has a radius of at least 0 km and holds more than none and at most all cases",
            "Give --max-radius-km 3 and --max-share 0.5",
        )
    if not 1 <= limits.min_days <= limits.max_days or limits.step_days < 1:
        raise UsageRejected(
            f"no window is from {limits.min_days} to {limits.max_days} days long in steps of"
            f" {limits.step_days}",
            "Give --min-days from 1 to --max-days, and --step-days of at least 1",
        )
    if limits.step_days > limits.max_days:
        raise UsageRejected(
            f"a step of {limits.step_days} days is longer than the longest window",
            "Give --max-days of at least --step-days",
        )
    for name in options.strata:
        if not is_stratum(name):
            raise UsageRejected(
                f"there is no stratum '{name}'",
                "Give young, non_natural, outdoors, or substance: and its name",
            )
    if (options.model == PERMUTATION) != (not options.baseline):
        raise UsageRejected(
            "a Poisson model needs a baseline, and the permutation model takes none",
            f"Give --baseline with --model {SPACE_TIME_POISSON} or {POISSON}",
        )
    if options.prospective and options.model == POISSON:
        raise UsageRejected(
            "the purely spatial model has no time, so there is nothing to scan daily",
            f"Leave --prospective out, or give --model {SPACE_TIME_POISSON}",
        )


def say_deaf(options: SurveyOptions, strata: int) -> tuple[str, ...]:
    """Say where so few replications are drawn that nothing could ever signal."""
    limits = options.limits
    least = math.ceil(limits.signal_days * strata) - 1
    if not options.prospective or limits.replications >= least:
        return ()
    return (
        f"With {limits.replications:,} replications nothing can signal at one in"
        f" {limits.signal_days:,.0f} days: {least:,} are needed for {strata} strata.",
    )
