"""Unusual counts in plain words: clusters, units and weeks, and what else may explain them."""

from __future__ import annotations

from dataclasses import dataclass

from clew.disclosure.crime_words import nouns_of
from clew.disclosure.figures.map import length_words
from clew.disclosure.input_words import say_input
from clew.disclosure.words import capital, count_of, date_of, long_date, plain
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
ORDINARY = (
    "This is the most unusual count of this scan. Chance often brings as much: it is ordinary."
)
RARE = 0.05
"""Declared: of one scan, a count that chance brings less often than in 1 of 20 files is unusual."""
INNOCENT = (
    "one event with several deaths: a household, a fire, a road crash, one batch of a drug",
    "one death reported twice, or a batch of records entered on one day",
    "a hospice, ward or care home that opened, grew or began to report",
    "points set to the middle of a street, an area or a station",
    "heat, cold or an infection in one part of the area",
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
    """One cluster: heading, count, how often chance does it, whether it is unusual, figures."""

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
    taken: tuple[str, ...]


def stratum_words(name: str) -> str:
    """Return the stratum as words; nothing for the stratum of all cases."""
    return "" if name == EVERYTHING else plain(name.replace("substance:", "with "))


def say_cluster(cluster: Cluster, survey: Survey) -> InWords:
    """Return one cluster in words."""
    first, last = date_of(cluster.first_day), date_of(cluster.last_day)
    days = cluster.last_day - cluster.first_day + 1
    when = f"on {long_date(first)}"
    if days > 1:
        when = f"from {long_date(first)} to {long_date(last)}"
    radius_m, centre = cluster.zone.radius_m, cluster.zone.centre
    where = "at one place" if radius_m == 0 else f"in a circle of {length_words(radius_m)}"
    stratum = stratum_words(cluster.stratum)
    deaths = count_of(cluster.observed, *nouns_of(survey.crime))
    figures, recurs = cluster.significance, ""
    tail = "" if figures.p_gumbel is None else f", Gumbel tail {figures.p_gumbel:.3g}"
    early = "" if figures.p_sequential is None else f", sequential p {figures.p_sequential:.3g}"
    strata = f", times {figures.strata} strata" if figures.strata > 1 else ""
    # How often chance alone brings a count at least this unusual.
    once = 1 / figures.p_corrected
    chance = (
        "If place and time were unrelated, a count at least this unusual would be found in"
        f" {f'about 1 of {once:,.0f} files' if once >= 1.5 else 'most files'} like this one."
    )
    if figures.recurrence_days is not None:
        source = "sequential p" if figures.recurrence_source == BY_SEQUENTIAL else "Monte Carlo p"
        recurs = f"; recurrence interval {figures.recurrence_days:,.1f} days, from the {source}"
        chance = (
            "Chance alone brings a count at least this unusual about once in"
            f" {figures.recurrence_days:,.0f} days of daily scans."
            f" {'It signals.' if survey.signals(cluster) else 'It does not signal.'}"
        )
        if figures.recurrence_days < 2:
            chance = (
                "Chance alone brings a count at least this unusual on most days: it is ordinary."
            )
    return InWords(
        title=f"{deaths}{f' ({stratum})' if stratum else ''} {when}",
        count=f"{deaths} {where} around {centre.latitude:.3f}, {centre.longitude:.3f}, in"
        f" {count_of(days, 'day', 'days')}; about {cluster.expected:.2g} would be expected.",
        chance=chance,
        verdict=UNUSUAL if is_unusual(cluster, survey) else ORDINARY,
        method=f"Log likelihood ratio {cluster.statistic:.6f}; expected {cluster.expected:.4f};"
        f" {count_of(len(cluster.zone.places), 'place', 'places')}; p {figures.p_value:.4g} of"
        f" {figures.replications:,} replications{early}{tail}{strata}{recurs}.",
    )


def is_unusual(cluster: Cluster, survey: Survey) -> bool:
    """Return whether a count is unusual: a daily scan's signal, or rare among such files."""
    if survey.prospective:
        return survey.signals(cluster)
    return cluster.significance.p_corrected <= RARE


def say_scanned(survey: Survey) -> Scanned:
    """Return what was scanned, in words."""
    everything = [scan for scan in survey.scans if scan.stratum == EVERYTHING]
    last, limits = everything[-1], survey.limits
    scans, signals = len(everything), sum(survey.signals(one) for one in survey.clusters)
    span = f"{long_date(date_of(last.first_day))} to {long_date(date_of(last.scanned_on))}"
    if scans > 1:
        begun = long_date(date_of(everything[0].scanned_on))
        span = (
            f"{count_of(scans, 'daily scan', 'daily scans')}, {begun} to"
            f" {long_date(date_of(last.scanned_on))}, each using only what was recorded by then"
        )
    expected = scans / limits.signal_days
    return Scanned(
        cases=f"{count_of(last.cases, *nouns_of(survey.crime))} at"
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
        taken=say_input(survey.account),
    )


# Units, substances and mechanisms that are watched: innocent explanations, and no person named.


KIND_WORD = {
    "agency": "Reporting agency",
    "area": "Area",
    "caller": "Same caller, by code",
    "certifier": "Same certifier, by code",
    "dwelling": "Dwelling",
    "finder": "Same finder, by code",
    "institution": "Institution",
    "mechanism": "Mechanism",
    "organisation": "Organisation, by code",
    "place": "Place",
    "premises": "Kind of premises in an area",
    "substance": "Substance",
    "venue": "Venue, by code",
}
PERSONAL = frozenset({"caller", "certifier", "finder"})
"""Kinds whose units are people: no public page shows even their keys."""

_DATA = (
    "Data entry: records entered in a batch, twice, under one default key, or a key that changed."
)
_CATCHMENT = "Change of catchment: a neighbour closed, beds or homes were added, a boundary moved."
_MIX = "Case mix: older or sicker people than before, a hospice or palliative beds."
_WIDE = "Something wider: heat, cold, influenza or another outbreak; compare the neighbours."
_RULE = "A new rule on what must be reported, or a new system that reports more of it."
_DOCTOR = "A new doctor or rota: someone took over a list, a night shift, or all certificates."
_WORK = (
    "Work: people who manage, clean, patrol or visit a place find and report more of its deaths."
)
_CARE = "Family and care: who looks after frail people is often the one who finds them."
EXPLANATIONS = {
    "agency": (_RULE, _CATCHMENT, _DATA, _WIDE),
    "area": (_CATCHMENT, _WIDE, _RULE, _DATA),
    "caller": (_WORK, _CARE, _DATA),
    "certifier": (_DOCTOR, _MIX, _CATCHMENT, _DATA),
    "dwelling": (
        "A large building under one address key: flats, sheltered housing, a hostel.",
        "One event with several deaths, such as a fire or carbon monoxide; or one household.",
        _MIX,
        _DATA,
    ),
    "finder": (_WORK, _CARE, _DATA),
    "institution": (_MIX, _CATCHMENT, _DOCTOR, _RULE, _WIDE, _DATA),
    "organisation": (_WORK, _CATCHMENT, _DATA),
    "place": (
        "A place that draws people: a bridge, a station, a hotel, a service for people at risk.",
        "One event with several deaths, such as a crash or a fire.",
        _CATCHMENT,
        _DATA,
    ),
    "premises": (_WIDE, "Premises described in another way than before.", _CATCHMENT, _DATA),
    "venue": (_WORK, "The venue opened, grew, or is used by more people.", _DATA),
}


def kind_word(kind: str) -> str:
    """Return the plain name of a kind of unit."""
    return KIND_WORD.get(kind, plain(kind).capitalize())


def say_times(p_value: float) -> str:
    """Return how often an ordinary unit would look like that, in words: 'about 1 in 500'."""
    if p_value >= 0.5:
        return "more often than not"
    if p_value < 1e-6:
        return "less than once in a million"
    turns = 1 / p_value
    step = 10 ** max(len(str(int(turns))) - 2, 0)
    return f"about 1 in {round(turns / step) * step:,}"
