"""The page of `clew survey`: counts that are unusual, their cases, and what was not searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from clew.disclosure.clock import Clock
from clew.disclosure.map import Circle, Placed, draw_map, length_words
from clew.disclosure.page import environment, style
from clew.disclosure.record import Record, show_records
from clew.disclosure.scan_words import (
    INNOCENT,
    STRATUM_WORD,
    InWords,
    is_unusual,
    say_cluster,
    say_scanned,
)
from clew.disclosure.time_strip import draw_strip
from clew.model.case import Case
from clew.model.cluster import Cluster, Day, Survey, ToldLink

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

    record: Record
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


def _line(record: Record, clock: Clock) -> CaseLine:
    case = record.case
    if case is None or case.point is None:
        return CaseLine(record, clock.reported(case) if case else "", "no point")
    exact = case.point.precision_m
    within = "" if exact is None else f", within {length_words(exact)}"
    where = f"{case.point.latitude:.4f}, {case.point.longitude:.4f}{within}"
    return CaseLine(record, clock.reported(case), where)
