"""A cluster in plain words: how many against how many expected, and how often chance does that."""

from __future__ import annotations

from dataclasses import dataclass

from clew.disclosure.clusters_table import date_of
from clew.disclosure.map import length_words
from clew.disclosure.words import capital, count_of, plain
from clew.model.case_file import Coverage
from clew.model.cluster import (
    BY_SEQUENTIAL,
    EVERYTHING,
    PERMUTATION,
    POISSON,
    SPACE_TIME_POISSON,
    Cluster,
    Survey,
)

UNUSUAL = "This count is unusual. It does not say why, and names no one."
ORDINARY = "The most that this scan found. Chance brings as much often enough: it is ordinary."
RARE = 0.05
"""Declared: of one scan, a count that chance brings less often than in 1 of 20 files is unusual."""
INNOCENT = (
    "one event with several deaths: a household, a fire, a road, one batch of a drug",
    "one death reported twice, or a batch of records entered on one day",
    "a place where many die that opened, grew or began to report: a hospice, a ward, a care home",
    "points set to the middle of a street, an area or a station",
    "heat, cold or an infection that came to one part of the area",
    "more people there: new housing, a season of visitors, an event",
    "chance: a scan over so many circles and spans finds something in every file",
)
"""Other explanations to check before anything is made of a count."""
MODEL_WORD = {
    PERMUTATION: "space-time permutation: the cases alone, their places and days",
    SPACE_TIME_POISSON: "space-time Poisson, against the given baseline",
    POISSON: "Poisson, places alone, against the given baseline",
}
STRATUM_WORD = {
    "young": "adolescents and young adults, 15 to 39 years",
    "non_natural": "deaths not said to be natural: by manner, else by mechanism, else by class",
    "outdoors": "streets, open spaces, burial grounds, water, railways, vehicles, vacant buildings",
}


@dataclass(frozen=True, slots=True)
class InWords:
    """One cluster: a heading, the count, what chance does, whether that is unusual, the figures."""

    title: str
    count: str
    chance: str
    verdict: str
    method: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the survey rests on."""

    cases: str
    span: str
    limits: str
    model: str
    strata: str
    signals: str
    searched: tuple[Coverage, ...]
    not_searched: tuple[Coverage, ...]
    only_this_file: bool


def stratum_words(name: str) -> str:
    """Return the stratum as words; nothing for the stratum of all cases."""
    return "" if name == EVERYTHING else plain(name.replace("substance:", "with "))


def say_cluster(one: Cluster, survey: Survey) -> InWords:
    """Return one cluster in words."""
    first, last = date_of(one.first_day), date_of(one.last_day)
    days = one.last_day - one.first_day + 1
    when = f"on {first:%Y-%m-%d}" if days == 1 else f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    where = (
        "at one place"
        if one.zone.radius_m == 0
        else f"in a circle of {length_words(one.zone.radius_m)}"
    )
    stratum = stratum_words(one.stratum)
    centre = one.zone.centre
    return InWords(
        title=f"{count_of(one.observed, 'death', 'deaths')}{f' ({stratum})' if stratum else ''}"
        f" {when}",
        count=f"{count_of(one.observed, 'death', 'deaths')} {where}"
        f" around {centre.latitude:.3f}, {centre.longitude:.3f}, in"
        f" {count_of(days, 'day', 'days')}; about {one.expected:.2g} would be expected.",
        chance=say_chance(one, survey),
        verdict=UNUSUAL if is_unusual(one, survey) else ORDINARY,
        method=_method(one),
    )


def is_unusual(one: Cluster, survey: Survey) -> bool:
    """Tell whether a count deserves the word: a daily scan's signal, or rare among such files."""
    if survey.prospective:
        return survey.signals(one)
    return one.significance.p_corrected <= RARE


def say_chance(one: Cluster, survey: Survey) -> str:
    """Return how often chance alone brings a count at least this unusual."""
    figures = one.significance
    once = 1 / figures.p_corrected
    files = f"1 of {once:,.0f} files" if once >= 1.5 else "most files"
    if figures.recurrence_days is None:
        return (
            "If place and time had nothing to do with one another, a count at least this unusual"
            f" would be found somewhere in about {files} like this one."
        )
    if figures.recurrence_days < 2:
        return "Chance alone brings a count at least this unusual on most days: it is ordinary."
    often = f"about once in {figures.recurrence_days:,.0f} days of daily scans"
    if survey.signals(one):
        return f"Chance alone brings a count at least this unusual {often}. It signals."
    return f"Chance alone brings a count at least this unusual {often}. It does not signal."


def _method(one: Cluster) -> str:
    figures = one.significance
    tail = "" if figures.p_gumbel is None else f", Gumbel tail {figures.p_gumbel:.3g}"
    early = "" if figures.p_sequential is None else f", sequential p {figures.p_sequential:.3g}"
    strata = f", times {figures.strata} strata" if figures.strata > 1 else ""
    source = "sequential p" if figures.recurrence_source == BY_SEQUENTIAL else "Monte Carlo p"
    recurs = (
        ""
        if figures.recurrence_days is None
        else f"; recurrence interval {figures.recurrence_days:,.1f} days, from the {source}"
    )
    return (
        f"Log likelihood ratio {one.statistic:.6f}; expected {one.expected:.4f};"
        f" {count_of(len(one.zone.places), 'place', 'places')}; p {figures.p_value:.4g} of"
        f" {figures.replications:,} replications{early}{tail}{strata}{recurs}."
    )


def say_scanned(survey: Survey) -> Scanned:
    """Return what was scanned, in words."""
    everything = [scan for scan in survey.scans if scan.stratum == EVERYTHING]
    last, limits = everything[-1], survey.limits
    scans, signals = len(everything), sum(survey.signals(one) for one in survey.clusters)
    span = f"{date_of(last.first_day).isoformat()} to {date_of(last.scanned_on).isoformat()}"
    if scans > 1:
        begun = date_of(everything[0].scanned_on).isoformat()
        span = (
            f"{count_of(scans, 'daily scan', 'daily scans')}, {begun} to"
            f" {date_of(last.scanned_on).isoformat()}, each knowing only what was recorded by then"
        )
    expected = scans / limits.signal_days
    return Scanned(
        cases=f"{count_of(last.cases, 'death', 'deaths')} at"
        f" {count_of(last.places, 'place', 'places')}",
        span=span,
        limits=f"circles up to {limits.max_radius_km:g} km and {limits.max_share:.0%} of the cases,"
        f" spans of {limits.min_days} to {count_of(limits.max_days, 'day', 'days')}"
        f"{f' in steps of {limits.step_days}' if limits.step_days > 1 else ''},"
        f" at least {count_of(limits.min_cases, 'case', 'cases')}",
        model=MODEL_WORD[survey.model],
        strata=", ".join(stratum_words(name) or "all cases" for name in survey.strata),
        signals=""
        if not survey.prospective
        else f"{capital(count_of(signals, 'signal', 'signals'))} at one in"
        f" {limits.signal_days:,.0f} days; chance alone would bring about {expected:.2g} in"
        f" {count_of(scans, 'scan', 'scans')}",
        searched=tuple(row for row in survey.coverage if row.records > 0),
        not_searched=tuple(row for row in survey.coverage if row.records <= 0),
        only_this_file=not survey.coverage,
    )
