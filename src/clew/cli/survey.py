"""`clew survey`: counts that are unusual, the second look beside linking."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clew.cli import options as opt
from clew.cli.link import print_warnings, progress_bar
from clew.intake.rejects import write_rejects

if TYPE_CHECKING:
    from clew.model.baseline import BaselineArea
    from clew.model.case_file import Reject
    from clew.model.cluster import Survey, ToldLink
    from clew.model.excess import ExcessAnswer, Expected

From = Annotated[
    str | None,
    typer.Option("--from", help="Count cases from then on; prospective: scan daily from then on."),
]
To = Annotated[str | None, typer.Option("--to", help="Up to then [default: the last report].")]
Prospective = Annotated[
    bool, typer.Option("--prospective", help="Only spans up to the day of the scan; see --from.")
]
Strata = Annotated[
    str,
    typer.Option(
        help="Strata beside all cases, with commas: young, non_natural, outdoors, substance:NAME."
    ),
]
Baseline = Annotated[
    list[Path] | None,
    typer.Option(
        help="Baseline by area (area, latitude, longitude, expected) or of units (unit_kind, unit,"
        " period, expected). May be given twice."
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="space_time_permutation, space_time_poisson or poisson"
        " [default: the first, and the second with a baseline]."
    ),
]
Centres = Annotated[
    Path | None,
    typer.Option(help="Points to centre circles on: latitude, longitude [default: the places]."),
]
Links = Annotated[
    Path | None, typer.Option(help="links.csv of clew link: links within a cluster are shown.")
]


def survey(
    cases: opt.Cases,
    facts: opt.Facts = None,
    judgements: opt.Judgements = None,
    coverage: opt.Coverage = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    as_of: opt.AsOf = None,
    prospective: Prospective = False,
    from_: From = None,
    to: To = None,
    max_radius_km: float = typer.Option(3.0, help="Largest circle, kilometres."),
    max_share: float = typer.Option(0.5, help="Largest share of all cases in a circle."),
    min_days: int = typer.Option(1, help="Shortest span, days."),
    max_days: int = typer.Option(7, help="Longest span, days."),
    step_days: int = typer.Option(1, min=1, help="Days counted together: 1, or 7 for weeks."),
    min_cases: int = typer.Option(2, min=1, help="Fewest cases in a cluster."),
    history_days: int = typer.Option(365, min=2, help="Days a prospective scan looks back."),
    strata: Strata = "",
    model: Model = None,
    baseline: Baseline = None,
    false_signals: float = typer.Option(
        0.5, help="False signals a year allowed among all units, and among all substances."
    ),
    centres: Centres = None,
    replications: int | None = typer.Option(
        None, min=19, help="Random files to compare with [default: 999, or what a signal needs]."
    ),
    stop_after: int = typer.Option(
        0, min=0, help="Stop drawing once so many random files reach the observed; 0: never."
    ),
    signal_days: float = typer.Option(365.0, min=1.0, help="Signal if rarer than one in so many."),
    top: int = typer.Option(5, min=1, max=100, help="Clusters of a scan."),
    seed: int = typer.Option(1, min=0, help="Seed of the random files."),
    links: Links = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Look for too many deaths in too small a place and time, or around one unit or substance.

    A second look beside linking. Writes clusters.csv, excess.csv, survey.html and rejects.csv.

    Example: clew survey deaths.csv --prospective --from 2014-06-01 --stop-after 10
    """
    # The kernel loads only for commands that compute: `clew near` must answer at once.
    from clew.intake.baseline import read_centres
    from clew.intake.told_links import read_told_links
    from clew.model.cluster import ScanLimits
    from clew.workflows.excess import ExcessOptions, survey_excess
    from clew.workflows.merged_reports import merge_reports
    from clew.workflows.survey import SurveyOptions, enough_for, model_of, survey_cases

    case_file = opt.Sources(cases, facts, coverage, mapping, timezone).read()
    judged, refused = opt.judgements_of(judgements, case_file)
    areas, expected, off_areas = read_baselines(baseline or [])
    points, off_points = read_centres(centres) if centres else (None, ())
    others = tuple(dict.fromkeys(name.strip() for name in strata.split(",") if name.strip()))
    told, off_links = read_told_links(links) if links else (None, ())
    zone = case_file.timezone
    settings = SurveyOptions(
        limits=ScanLimits(
            max_radius_km, max_share, min_days, max_days, step_days, min_cases,
            replications or enough_for(signal_days if prospective else 0.0, len(others) + 1),
            stop_after, signal_days,
        ),
        prospective=prospective,
        begins=opt.beginning_of(from_, zone, "--from"),
        ends=opt.instant_of(to, zone, "--to"),
        as_of=opt.instant_of(as_of, zone),
        history_days=history_days,
        strata=others,
        model=model_of(model, areas),
        baseline=areas,
        centres=points,
        judgements=judged,
        top=top,
        seed=seed,
    )  # fmt: skip
    with progress_bar("Scanning", quiet=as_json) as progress:
        found = survey_cases(case_file, settings, progress)
    ends = [moment for moment in (settings.ends, settings.as_of) if moment is not None]
    counted = ExcessOptions(
        settings.begins, min(ends, default=None), false_signals, baseline=expected, seed=seed
    )
    with progress_bar("Counting", quiet=as_json) as progress:
        excess = survey_excess(merge_reports(case_file, judged), counted, progress)
    write_survey(found, excess, told, out)
    rejects = (*case_file.rejects, *refused, *off_areas, *off_points, *off_links)
    write_rejects(out / "rejects.csv", rejects)
    print_warnings(case_file)
    _print(found, excess, out, as_json=as_json)


def read_baselines(
    paths: list[Path],
) -> tuple[tuple[BaselineArea, ...], tuple[Expected, ...], tuple[Reject, ...]]:
    """Return expected numbers by area and of units, and the rows not taken; told by their columns.

    Raises
    ------
    InputRejected
        If a file cannot be read, or has the columns of neither.
    """
    from clew.intake.baseline import read_baseline
    from clew.intake.expected import read_expected
    from clew.intake.tables import open_table

    areas: tuple[BaselineArea, ...] = ()
    units: tuple[Expected, ...] = ()
    rejects: tuple[Reject, ...] = ()
    for path in paths:
        if "unit_kind" in open_table(path).header:
            more, off = read_expected(path)
            units += more
        else:
            areas, off = read_baseline(path)
        rejects += off
    return areas, units, rejects


def write_survey(
    found: Survey, excess: ExcessAnswer, links: tuple[ToldLink, ...] | None, out: Path
) -> None:
    """Write what scans and counts have to say into `out`, made where it is not there."""
    from clew.disclosure.clusters_table import write_clusters
    from clew.disclosure.excess_cards import excess_sections
    from clew.disclosure.excess_table import write_excess
    from clew.disclosure.survey_page import render_survey

    out.mkdir(parents=True, exist_ok=True)
    write_clusters(out / "clusters.csv", found)
    write_excess(out / "excess.csv", excess)
    page = render_survey(found, links, excess_sections(excess))
    (out / "survey.html").write_text(page, encoding="utf-8")


SHOWN = 10


def _print(found: Survey, excess: ExcessAnswer, out: Path, *, as_json: bool) -> None:
    from clew.disclosure.clusters_table import survey_record
    from clew.disclosure.scan_words import say_cluster, say_scanned
    from clew.disclosure.survey_page import chosen

    if as_json:
        print(json.dumps(survey_record(found), indent=1))
        return
    scanned = say_scanned(found)
    opt.show(f"{opt.WORDS}\n")
    for warning in found.warnings:
        opt.show(warning)
    opt.show(f"Scanned: {scanned.cases}; {scanned.span}.")
    opt.show(f"Tried: {scanned.limits}.")
    for out_of in found.unsearched:
        opt.show(f"Not scanned: {len(out_of.case_ids):,} records, {out_of.reason}.")
    absent = [row.system for row in scanned.not_searched]
    opt.show(opt.say_not_searched(absent, told=bool(found.coverage)))
    if scanned.signals:
        opt.show(f"{scanned.signals}.")
    shown = chosen(found)
    for one in shown[:SHOWN]:
        said = say_cluster(one, found)
        opt.show(f"\n{one.cluster_id}: {said.count}\n  {said.chance}\n  {said.verdict}")
    if len(shown) > SHOWN:
        opt.show(f"\n... and {len(shown) - SHOWN:,} more on the page.")
    if left := len(found.clusters) - len(shown):
        opt.show(f"\n{left:,} further clusters are ordinary; clusters.csv lists them.")
    opt.show(f"\nReport: {out / 'survey.html'}")
    opt.show(opt.SILENCE)


def _print_excess(excess: ExcessAnswer) -> None:
    from clew.disclosure.excess_words import kind_word

    units = sum(about.units for about in excess.kinds)
    opt.show(
        f"\nCounted: {units:,} units of {len(excess.kinds)} kinds, and"
        f" {excess.subjects_watched:,} substances and mechanisms by week."
    )
    for row in excess.signals[:SHOWN]:
        opt.show(
            f"  {kind_word(row.kind)} {row.unit}: {row.observed} in {row.period}, where"
            f" {row.expected:.2g} were expected; could be seen on {row.signal_date}."
        )
    for alert in excess.alerts[-SHOWN:]:
        opt.show(
            f"  {alert.subject}: {alert.observed} in the weeks from {alert.first_week} to"
            f" {alert.last_week}, where {alert.expected:.2g} were expected; could be seen on"
            f" {alert.signal_date}."
        )
    more = max(len(excess.signals) - SHOWN, 0) + max(len(excess.alerts) - SHOWN, 0)
    if more:
        opt.show(f"  and {more} more in excess.csv.")
