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
    from clew.model.cluster import Survey, ToldLink

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
    Path | None, typer.Option(help="Baseline by area: area, latitude, longitude, expected.")
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
    """Look for too many deaths in too small a place and time. A second look beside linking.

    Writes clusters.csv, survey.html and rejects.csv.

    Example: clew survey deaths.csv --prospective --from 2014-06-01 --stop-after 10
    """
    # The kernel loads only for commands that compute: `clew near` must answer at once.
    from clew.intake.baseline import read_baseline, read_centres
    from clew.intake.told_links import read_told_links
    from clew.model.cluster import ScanLimits
    from clew.workflows.survey import SurveyOptions, enough_for, model_of, survey_cases

    case_file = opt.Sources(cases, facts, coverage, mapping, timezone).read()
    judged, refused = opt.judgements_of(judgements, case_file)
    areas, off_areas = read_baseline(baseline) if baseline else ((), ())
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
    write_survey(found, told, out)
    rejects = (*case_file.rejects, *refused, *off_areas, *off_points, *off_links)
    write_rejects(out / "rejects.csv", rejects)
    print_warnings(case_file)
    _print(found, out, as_json=as_json)


def write_survey(found: Survey, links: tuple[ToldLink, ...] | None, out: Path) -> None:
    """Write what the scans have to say into `out`, made where it is not there."""
    from clew.disclosure.clusters_table import write_clusters
    from clew.disclosure.survey_page import render_survey

    out.mkdir(parents=True, exist_ok=True)
    write_clusters(out / "clusters.csv", found)
    (out / "survey.html").write_text(render_survey(found, links), encoding="utf-8")


SHOWN = 10


def _print(found: Survey, out: Path, *, as_json: bool) -> None:
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
