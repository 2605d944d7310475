"""What a survey is asked: one request for the scans and for the counts of units and weeks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from clew.errors import UsageRejected
from clew.model.cluster import (
    MODELS,
    PERMUTATION,
    POISSON,
    SPACE_TIME_POISSON,
    BaselineArea,
    ScanLimits,
)
from clew.model.excess import Expected
from clew.model.judgement import Judgement
from clew.model.values import Instant, Point
from clew.surveillance.excess.sprt import RATIO
from clew.surveillance.scan.cases import NAMED, SUBSTANCE

HISTORY_DAYS = 365
"""Declared: a daily scan looks back a year, so that every season is in it once."""
FALSE_SIGNALS = 0.5
"""Declared: one false signal in two years among all units, and as many among all substances."""


@dataclass(frozen=True, slots=True)
class SurveyRequest:
    """How to survey.

    `begins` and `ends` None: the whole file. They are the days of prospective scans, else those of
    the cases; of counts, only signals between them are reported, and what is ordinary is always
    learned from all that was known before. `as_of` None uses every fact (a prospective scan never
    does: it knows its own day).

    For scans: `strata` beside all cases; `baseline` of areas; `centres` None: circles are centred
    on the file's own places; `top` clusters a scan.

    For counts: `false_signals` a year (0 to 50) are allowed among all units together, and again
    among all substances and mechanisms together. `ratio` is the rise that is looked for, above 1.
    `expected` gives expected counts; units in it are tested against those, all others against the
    file's own history.
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
    expected: tuple[Expected, ...] = ()
    false_signals: float = FALSE_SIGNALS
    ratio: float = RATIO


def replications_to_signal(signal_days: float, strata: int) -> int:
    """Return the fewest replications that a signal needs.

    p is at least 1 / (1 + replications), and is multiplied by the number of strata.
    """
    return math.ceil(signal_days * strata) - 1


def check_request(request: SurveyRequest) -> None:
    """Check what is asked.

    Raises
    ------
    UsageRejected
        If a value is out of range, or values make no sense together.
    """
    limits = request.limits
    numbers = (limits.max_radius_km, limits.max_share)
    if not (all(map(math.isfinite, numbers)) and numbers[0] >= 0 and 0 < numbers[1] <= 1):
        raise UsageRejected(
            "the largest radius must be 0 or more, and the largest share above 0 and at most 1",
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
    if request.model not in MODELS:
        raise UsageRejected(f"unknown model '{request.model}'", f"Give {', '.join(MODELS)}")
    for name in request.strata:
        if name not in NAMED and (not name.startswith(SUBSTANCE) or name == SUBSTANCE):
            raise UsageRejected(
                f"unknown stratum '{name}'",
                "Give young, non_natural, outdoors, or substance: and its name",
            )
    if (request.model == PERMUTATION) != (not request.baseline):
        raise UsageRejected(
            "a Poisson model needs a baseline, and the permutation model takes none",
            f"Give --baseline with --model {SPACE_TIME_POISSON} or {POISSON}",
        )
    if request.prospective and request.model == POISSON:
        raise UsageRejected(
            "the purely spatial model has no time, so there is nothing to scan daily",
            f"Leave --prospective out, or give --model {SPACE_TIME_POISSON}",
        )
    if not 0 < request.false_signals <= 50:
        raise UsageRejected(
            f"{request.false_signals:g} false signals a year is out of range",
            "Give more than 0 and at most 50; 0.5 is one in two years",
        )
    if not 1 < request.ratio <= 1000:
        raise UsageRejected(
            f"a rise of {request.ratio:g} times is out of range", "Give more than 1, such as 2"
        )
