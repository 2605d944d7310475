"""The page of `clew survey`: unusual counts, their cases, and what was not searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from clew.disclosure.comparison import RecordHead, show_records
from clew.disclosure.crime_words import DEATH, in_nouns
from clew.disclosure.figures.charts import draw_strip
from clew.disclosure.figures.excess_charts import (
    Picture,
    boundary_chart,
    draw_funnel,
    draw_profile,
    expected_words,
)
from clew.disclosure.figures.map import Circle, Placed, draw_map, length_words
from clew.disclosure.record_identity import Namer, namer
from clew.disclosure.report import environment, style
from clew.disclosure.surveillance_words import (
    EXPLANATIONS,
    INNOCENT,
    PERSONAL,
    STRATUM_WORD,
    InWords,
    is_unusual,
    kind_word,
    say_cluster,
    say_scanned,
    say_times,
)
from clew.disclosure.words import Clock, capital, count_of, long_iso, plain
from clew.model.cluster import Cluster, DeclaredLink, Survey
from clew.model.excess import ExcessAnswer, UnitExcess

CARDS = 40
"""Clusters that get a card; clusters.csv has all."""
LISTED = 60
"""Cases of one cluster, and records not searched, that are named on the page."""


@dataclass(frozen=True, slots=True)
class Section:
    """A further part of the page, made elsewhere: `body` is Clew's own markup, escaped already."""

    ident: str
    title: str
    body: Markup
    tally: str = ""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case of a cluster: its letter and id, its day, and what is known of it."""

    record: RecordHead
    name: str
    reported: str
    place: str


@dataclass(frozen=True, slots=True)
class ClusterCard:
    """Everything the page says of one cluster."""

    ident: str
    cluster: Cluster
    words: InWords
    signals: bool
    map: Markup | None
    strip: Markup
    cases: tuple[CaseLine, ...]
    more: int
    links: tuple[DeclaredLink, ...] | None


def render_survey(
    survey: Survey, links: Sequence[DeclaredLink] | None = None, further: Sequence[Section] = ()
) -> str:
    """Return the page as one self-contained HTML document.

    Parameters
    ----------
    survey
        What the scans found, and what they could not search.
    links
        Links of a `clew link` run: those within a cluster are shown with it. None: none were given.
    further
        Parts that other counts of the survey bring; they stand behind the clusters.
    """
    cases = {case.case_id: case for case in survey.cases}
    shown = chosen(survey)
    first_days = {(scan.scanned_on, scan.stratum): scan.first_day for scan in survey.scans}
    clock = Clock(ZoneInfo(survey.timezone))
    name = namer(cases, clock)
    cards = []
    for n, cluster in enumerate(shown[:CARDS], 1):
        records = show_records(cluster.case_ids[:LISTED], cases)
        lines = []
        for record in records:
            place = "no point"
            if record.case and (point := record.case.point):
                exact = point.precision_m
                within = "" if exact is None else f", within {length_words(exact)}"
                place = f"{point.latitude:.4f}, {point.longitude:.4f}{within}"
            reported = clock.reported(record.case) if record.case else ""
            lines.append(CaseLine(record, name(record.case_id), reported, place))
        placed = [Placed(r.letter, r.case_id, r.case.point if r.case else None) for r in records]
        zone = Circle(cluster.zone.centre, cluster.zone.radius_m)
        first_day = first_days[cluster.scanned_on, cluster.stratum]
        inside = set(cluster.case_ids)
        cards.append(
            ClusterCard(
                ident=f"cluster-{n}",
                cluster=cluster,
                words=say_cluster(cluster, survey),
                signals=survey.signals(cluster),
                map=draw_map(placed, f"cluster-{n}-map", zone),
                strip=draw_strip(cluster, first_day, f"cluster-{n}-time"),
                cases=tuple(lines),
                more=len(cluster.case_ids) - len(records),
                links=None
                if links is None
                else tuple(link for link in links if {link.case_a, link.case_b} <= inside),
            )
        )
    sheet, style_hash = style("report.css", "replay.css", "survey.css", "excess.css")
    page = environment(survey.crime).get_template("survey.html.j2")
    return page.render(
        survey=survey,
        scanned=say_scanned(survey),
        cards=cards,
        more=len(survey.clusters) - len(cards),
        further=further,
        listed=LISTED,
        name_of_record=name,
        innocent=tuple(in_nouns(text, survey.crime) for text in INNOCENT),
        strata=[
            (name, in_nouns(STRATUM_WORD[name], survey.crime))
            for name in survey.strata
            if name in STRATUM_WORD
        ],
        style=sheet,
        style_hash=style_hash,
    )


def chosen(survey: Survey) -> list[Cluster]:
    """Return what is shown: what is unusual, the newest first; of one scan its most likely too."""

    def likeliest_first(cluster: Cluster) -> tuple[float, float]:
        return cluster.significance.p_corrected, -cluster.statistic

    shown = [cluster for cluster in survey.clusters if is_unusual(cluster, survey)]
    if len({scan.scanned_on for scan in survey.scans}) == 1:
        shown = [*sorted(survey.clusters, key=likeliest_first)[:1], *shown]
        shown = sorted({c.cluster_id: c for c in shown}.values(), key=likeliest_first)
    return sorted(shown, key=lambda cluster: -cluster.scanned_on)


# The parts about unusual counts of units and weeks, which `excess.html.j2` lays out.


Rows = tuple[tuple[str, ...], ...]
METHOD_WORD = {
    "cusum": "Against its own past and units of its kind",
    "sprt": "Against the expected counts that were given",
    "history": "Against its own past",
    "newcomer": "Against how past newcomers went on",
}


@dataclass(frozen=True, slots=True)
class ExcessCard:
    """One unusual count."""

    ident: str
    title: str
    says: tuple[str, ...]
    method: str
    pictures: tuple[Picture, ...]
    explanations: tuple[str, ...]
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownExcess:
    """Everything that the template lays out."""

    answer: ExcessAnswer
    watched: tuple[str, ...]
    error: str
    cards: tuple[ExcessCard, ...]
    alerts: Rows
    delay: str
    funnels: tuple[Picture, ...]


def excess_sections(
    answer: ExcessAnswer, crime: str = DEATH, name: Namer = str
) -> tuple[Section, ...]:
    """Return the parts of the survey page: units, and weeks of one substance or mechanism.

    They are in the nouns of `crime`, as the page around them is.
    """
    shown = show_excess(answer, crime, name=name)
    page: Any = environment(crime).get_template("excess.html.j2").module
    return (
        Section(
            "excess",
            "Unusual counts around a place, an institution or a role",
            page.units(shown),
            count_of(len(shown.cards), "unusual count", "unusual counts"),
        ),
        Section(
            "temporal",
            in_nouns("Weeks with unusually many deaths of one substance or mechanism", crime),
            page.weeks(shown),
            count_of(len(shown.alerts), "unusual period", "unusual periods"),
        ),
    )


def show_excess(
    answer: ExcessAnswer, crime: str = DEATH, *, public: bool = False, name: Namer = str
) -> ShownExcess:
    """Return the cards, in alphabetical order.

    `public`: for a page that leaves the building. Keys of units that are people, and ids of
    cases, are left out. `name` gives the identity of a record for its number.
    """
    share, delay_days = answer.false_signals_a_year, answer.typical_delay_days
    each = f"{share:g} a year" if share >= 1 else f"one in {1 / share:.3g} years"
    delay = (
        f"On average a substance or mechanism was recorded {delay_days:.0f} days late. Recent"
        " weeks are judged by the share of their cases that is expected to be known."
    )
    if delay_days < 1:
        delay = (
            "This file does not show that anything became known late, so recent weeks were treated"
            " as complete. They may not be."
        )
    return ShownExcess(
        answer=answer,
        watched=tuple(
            f"{kind_word(about.kind)}: {count_of(about.units, 'unit', 'units')}, "
            f"{count_of(about.records, 'record', 'records')}"
            + (f". Not watched: {about.note}" if about.note else "")
            for about in answer.kinds
        ),
        error="The boundaries accept a known rate of false signals. If nothing is wrong anywhere,"
        f" there is about {each} from all units together, and about {each} from all substances"
        " and mechanisms together. This allows for looking at many units, and often.",
        cards=tuple(
            replace(
                _show_unit(unit, f"excess-{n}", answer, crime, public=public),
                records=() if public else tuple(map(name, unit.case_ids)),
            )
            for n, unit in enumerate(answer.signals, 1)
        ),
        alerts=tuple(
            (
                f"{capital(plain(alert.subject))} ({alert.kind})",
                f"{long_iso(alert.first_week)} to {long_iso(alert.last_week)}",
                long_iso(alert.signal_date),
                str(alert.observed),
                expected_words(alert.expected),
                f"{100 * alert.complete:.0f} %",
                METHOD_WORD[alert.method],
                capital(say_times(alert.p_value)),
            )
            for alert in answer.alerts
        ),
        delay=delay,
        funnels=tuple(draw_funnel(funnel) for funnel in answer.funnels),
    )


def _show_unit(
    unit: UnitExcess, ident: str, answer: ExcessAnswer, crime: str, *, public: bool
) -> ExcessCard:
    hidden = public and unit.kind in PERSONAL
    first, _, last = unit.period.partition("/")
    test = Picture(
        "boundary",
        boundary_chart(unit, f"{ident}-test"),
        "How near the count came to its boundary. At 100 % it signals.",
        ("Period", "Of its boundary", "Signals"),
        tuple(
            (period, f"{100 * height / limit:.0f} %", "yes" if height >= limit else "")
            for period, height, limit in unit.steps
        ),
    )
    profiles = [
        draw_profile(
            profile, f"{ident}-{'hours' if hours else 'days'}", answer.time_basis, hours=hours
        )
        for profile, hours in ((unit.hours, True), (unit.weekdays, False))
        if profile is not None
    ]
    return ExcessCard(
        ident=ident,
        title=f"{kind_word(unit.kind)} {'key withheld' if hidden else unit.unit}",
        says=(
            f"This count is unusual. {count_of(unit.observed, 'case', 'cases')} from"
            f" {long_iso(first)} to {long_iso(last)}; {expected_words(unit.expected)} were"
            " expected.",
            f"It first signalled with what was recorded by {long_iso(unit.signal_date or '')}.",
            "A unit of this kind with nothing wrong reaches a count this high while it is watched"
            f" {say_times(unit.p_value)}. {count_of(unit.watched, 'unit was', 'units were')}"
            f" watched. Corrected for that: {say_times(unit.p_corrected)}.",
        ),
        method=METHOD_WORD[unit.method],
        pictures=(test, *profiles),
        explanations=tuple(in_nouns(text, crime) for text in EXPLANATIONS[unit.kind]),
    )
