"""The page of `clew survey`: counts that are unusual, their cases, and what was not searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from clew.disclosure import surveillance_words as said
from clew.disclosure.comparison import RecordHead, show_records
from clew.disclosure.figures.charts import draw_strip
from clew.disclosure.figures.excess_charts import (
    DAYS,
    boundary_chart,
    funnel_chart,
    profile_chart,
    shares,
)
from clew.disclosure.figures.map import Circle, Placed, draw_map, length_words
from clew.disclosure.report import environment, style
from clew.disclosure.surveillance_words import (
    INNOCENT,
    STRATUM_WORD,
    InWords,
    is_unusual,
    say_cluster,
    say_scanned,
)
from clew.disclosure.words import Clock, capital, count_of, plain
from clew.model.case import Case
from clew.model.cluster import Cluster, Day, Survey, ToldLink
from clew.model.excess import ExcessAnswer, Funnel, TemporalAlert, TimeProfile, UnitExcess

CARDS = 40
"""Clusters that get a card; all stand in clusters.csv."""
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
    reported: str
    place: str


@dataclass(frozen=True, slots=True)
class ClusterCard:
    """Everything that stands on the page of one cluster."""

    ident: str
    cluster: Cluster
    said: InWords
    signals: bool
    map: Markup | None
    strip: Markup
    cases: tuple[CaseLine, ...]
    more: int
    links: tuple[ToldLink, ...] | None


def render_survey(
    survey: Survey, links: Sequence[ToldLink] | None = None, further: Sequence[Section] = ()
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
    clock = Clock(ZoneInfo(survey.timezone))
    held = {case.case_id: case for case in survey.cases}, clock, links
    shown = chosen(survey)
    first = {(scan.scanned_on, scan.stratum): scan.first_day for scan in survey.scans}
    cards = [
        _card(one, survey, held, first[one.scanned_on, one.stratum], f"cluster-{n}")
        for n, one in enumerate(shown[:CARDS], 1)
    ]
    sheet, style_hash = style("report.css", "replay.css", "survey.css", "excess.css")
    page = environment().get_template("survey.html.j2")
    return page.render(
        survey=survey,
        scanned=say_scanned(survey),
        cards=cards,
        more=len(survey.clusters) - len(cards),
        further=further,
        listed=LISTED,
        innocent=INNOCENT,
        strata_told=[(name, STRATUM_WORD[name]) for name in survey.strata if name in STRATUM_WORD],
        style=sheet,
        style_hash=style_hash,
    )


def chosen(survey: Survey) -> list[Cluster]:
    """Return what is shown: what is unusual, the newest first; of one scan its most likely too."""
    shown = [one for one in survey.clusters if is_unusual(one, survey)]
    if len({scan.scanned_on for scan in survey.scans}) == 1:
        likely = min(survey.clusters, key=_by_p, default=None)
        shown = sorted({one.cluster_id: one for one in (likely, *shown) if one}.values(), key=_by_p)
    return sorted(shown, key=lambda one: -one.scanned_on)


def _by_p(one: Cluster) -> tuple[float, float]:
    return one.significance.p_corrected, -one.statistic


def _card(
    one: Cluster,
    survey: Survey,
    held: tuple[Mapping[str, Case], Clock, Sequence[ToldLink] | None],
    first_day: Day,
    ident: str,
) -> ClusterCard:
    cases, clock, links = held
    records = show_records(one.case_ids[:LISTED], cases)
    placed = [Placed(r.letter, r.case_id, r.case.point if r.case else None) for r in records]
    inside = set(one.case_ids)
    return ClusterCard(
        ident=ident,
        cluster=one,
        said=say_cluster(one, survey),
        signals=survey.signals(one),
        map=draw_map(placed, f"{ident}-map", Circle(one.zone.centre, one.zone.radius_m)),
        strip=draw_strip(one, first_day, f"{ident}-time"),
        cases=tuple(_line(record, clock) for record in records),
        more=len(one.case_ids) - len(records),
        links=None
        if links is None
        else tuple(link for link in links if {link.case_a, link.case_b} <= inside),
    )


def _line(record: RecordHead, clock: Clock) -> CaseLine:
    case = record.case
    if case is None or case.point is None:
        return CaseLine(record, clock.reported(case) if case else "", "no point")
    exact = case.point.precision_m
    within = "" if exact is None else f", within {length_words(exact)}"
    where = f"{case.point.latitude:.4f}, {case.point.longitude:.4f}{within}"
    return CaseLine(record, clock.reported(case), where)


# The parts of the survey page that hold unusual counts. `excess.html.j2` lays them out.


Rows = tuple[tuple[str, ...], ...]
METHOD_WORD = {
    "cusum": "Against its own past and units of its kind",
    "sprt": "Against the expected counts that were given",
    "history": "Against its own past",
    "newcomer": "Against how past newcomers went on",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, its caption, and the same as a table."""

    title: str
    drawing: Markup
    caption: str
    heads: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True, slots=True)
class ExcessCard:
    """One unusual count."""

    ident: str
    title: str
    says: tuple[str, ...]
    method: str
    pictures: tuple[Picture, ...]
    explanations: tuple[str, ...]
    case_ids: tuple[str, ...]


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
    said: object = said


def excess_sections(answer: ExcessAnswer) -> tuple[Section, ...]:
    """Return the parts of the survey page: units, and weeks of one substance or mechanism."""
    shown = show_excess(answer)
    page: Any = environment().get_template("excess.html.j2").module
    return (
        Section(
            "excess",
            "Unusual counts around a place, an institution or a role",
            page.units(shown),
            count_of(len(shown.cards), "unusual count", "unusual counts"),
        ),
        Section(
            "temporal",
            "Weeks with unusually many deaths of one substance or mechanism",
            page.weeks(shown),
            count_of(len(shown.alerts), "unusual stretch", "unusual stretches"),
        ),
    )


def show_excess(answer: ExcessAnswer, *, public: bool = False) -> ShownExcess:
    """Return the cards, in the order of the alphabet.

    `public`: for a page that leaves the building. Keys of units that are people, and ids of
    cases, are left out.
    """
    numbered = enumerate(answer.signals, 1)
    return ShownExcess(
        answer=answer,
        watched=tuple(
            f"{said.kind_word(about.kind)}: {count_of(about.units, 'unit', 'units')}, "
            f"{count_of(about.records, 'record', 'records')}"
            + (f". Not watched: {about.note}" if about.note else "")
            for about in answer.kinds
        ),
        error=_say_error(answer),
        cards=tuple(
            _card_excess_cards(unit, f"excess-{n}", answer, public=public) for n, unit in numbered
        ),
        alerts=tuple(_alert_row(alert) for alert in answer.alerts),
        delay=_say_delay(answer.typical_delay_days),
        funnels=tuple(_funnel(one, f"funnel-{one.kind}") for one in answer.funnels),
    )


def _say_error(answer: ExcessAnswer) -> str:
    share = answer.false_signals_a_year
    each = f"{share:g} a year" if share >= 1 else f"one in {1 / share:.3g} years"
    return (
        f"Boundaries are set so that, with nothing amiss anywhere, false signals come at about"
        f" {each} from all units together, and at about {each} from all substances and mechanisms"
        " together. Looking at many units, and looking often, is paid for in that."
    )


def _say_delay(days: float) -> str:
    if days < 1:
        return (
            "This file does not show that anything became known late, so that recent weeks were"
            " taken as complete. They may not be."
        )
    return (
        f"On average a substance or mechanism was recorded {days:.0f} days late. Recent weeks are"
        " judged by the share of their cases that is expected to be known."
    )


def _card_excess_cards(
    unit: UnitExcess, ident: str, answer: ExcessAnswer, *, public: bool
) -> ExcessCard:
    hidden = public and unit.kind in said.PERSONAL
    name = "key withheld" if hidden else unit.unit
    first, _, last = unit.period.partition("/")
    says = (
        f"{said.UNUSUAL} {count_of(unit.observed, 'case', 'cases')} from {first} to {last},"
        f" where {_number(unit.expected)} were expected.",
        f"It first signalled on what was recorded by {unit.signal_date}.",
        f"A unit of this kind, with nothing amiss, stands this high at some time of its watch"
        f" {said.say_times(unit.p_value)}; and {count_of(unit.watched, 'unit was', 'units were')}"
        f" watched. Corrected for that: {said.say_times(unit.p_corrected)}.",
    )
    pictures = [_test_picture(unit, f"{ident}-test")]
    for profile, hours in ((unit.hours, True), (unit.weekdays, False)):
        if profile is not None:
            label = f"{ident}-{'hours' if hours else 'days'}"
            pictures.append(_profile_picture(profile, label, answer.time_basis, hours=hours))
    return ExcessCard(
        ident=ident,
        title=f"{said.kind_word(unit.kind)} {name}",
        says=says,
        method=METHOD_WORD[unit.method],
        pictures=tuple(pictures),
        explanations=said.EXPLANATIONS[unit.kind],
        case_ids=() if public else unit.case_ids,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.2g}"


def _test_picture(unit: UnitExcess, ident: str) -> Picture:
    rows = tuple(
        (period, f"{100 * height / limit:.0f} %", "yes" if height >= limit else "")
        for period, height, limit in unit.steps
    )
    return Picture(
        "boundary",
        boundary_chart(unit, ident),
        "How near the count came to its boundary. At 100 % it signals.",
        ("Period", "Of its boundary", "Signals"),
        rows,
    )


def _profile_picture(profile: TimeProfile, ident: str, basis: str, *, hours: bool) -> Picture:
    bins = len(profile.unit_counts)
    names = [f"{k:02}:00" for k in range(24)] if hours else list(DAYS)
    first, last = names[profile.first], names[(profile.first + profile.length) % bins]
    arc = f"{first} to {last}" if hours else f"{first}, {count_of(profile.length, 'day', 'days')}"
    times = said.say_times(profile.p_value)
    own, rest = shares(profile.unit_counts), shares(profile.other_counts)
    rows = tuple(
        (name, str(count), f"{100 * a:.0f} %", f"{100 * b:.0f} %")
        for name, count, a, b in zip(names, profile.unit_counts, own, rest, strict=True)
    )
    return Picture(
        "hours" if hours else "days of the week",
        profile_chart(profile, ident, hours=hours),
        f"{'Hour of day' if hours else 'Day of the week'} {basis}. Fullest: {arc},"
        f" {profile.observed} where {_number(profile.expected)} were expected. Some stretch as full"
        f" as that comes {times} by chance.",
        ("Hour" if hours else "Day", "Cases", "Share", "Share of all others"),
        rows,
    )


def _alert_row(alert: TemporalAlert) -> tuple[str, ...]:
    return (
        f"{capital(plain(alert.subject))} ({alert.kind})",
        f"{alert.first_week} to {alert.last_week}",
        alert.signal_date,
        str(alert.observed),
        _number(alert.expected),
        f"{100 * alert.complete:.0f} %",
        METHOD_WORD[alert.method],
        capital(said.say_times(alert.p_value)),
    )


def _funnel(funnel: Funnel, ident: str) -> Picture:
    chosen: Sequence[tuple[float, ...]] = funnel.limits[4::5]
    rows = tuple(tuple(_number(value) for value in row) for row in chosen)
    outside = sum(point.outside for point in funnel.points)
    vary = funnel.variation.between
    return Picture(
        "limits",
        funnel_chart(funnel, ident),
        f"{said.kind_word(funnel.kind)}: counts after the first case against the mean rate of the"
        f" kind. Ordinary units vary by {100 * vary:.0f} % beyond chance."
        f" {count_of(outside, 'unit stands', 'units stand')} above all that chance and this"
        " variation explain (a diamond). That is a level, not a change: a busy place is always"
        " there.",
        ("Expected", "Lower 95 %", "Upper 95 %", "Lower 99.8 %", "Upper 99.8 %"),
        rows,
    )
