"""`clew survey`: counts that are unusual, the second look beside linking."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from clew.cli import options as opt
from clew.cli.console import print_warnings, progress_bar
from clew.disclosure.csv_files import excess_rows, survey_record, write_clusters, write_excess
from clew.disclosure.surveillance_words import UNUSUAL, kind_word, say_cluster, say_scanned
from clew.disclosure.survey_page import chosen, excess_sections, render_survey
from clew.disclosure.words import REASON_TO_LOOK, SILENCE
from clew.identities.merged_reports import merge_reports
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.baselines import read_baseline, read_centres, read_expected
from clew.intake.inputs.earlier_run import read_told_links
from clew.intake.tables.open import open_table
from clew.model.case_file import Reject
from clew.model.cluster import BaselineArea, ScanLimits, Survey
from clew.model.excess import EXCESS_COLUMNS, ExcessAnswer, Expected
from clew.surveillance.excess.excess import ExcessOptions, survey_excess
from clew.workflows.survey import SurveyOptions, enough_for, model_of, survey_cases

SHOWN = 10

From = Annotated[
    str | None,
    typer.Option("--from", help="Count cases from then on; prospective: scan daily from then on."),
]
To = Annotated[str | None, typer.Option("--to", help="Up to then [default: the last report].")]
Prospective = Annotated[
    bool, typer.Option("--prospective", help="Only spans up to the day of the scan; see --from.")
]
MaxRadius = Annotated[float, typer.Option(help="Largest circle, kilometres.")]
MaxShare = Annotated[float, typer.Option(help="Largest share of all cases in a circle.")]
MinDays = Annotated[int, typer.Option(help="Shortest span, days.")]
MaxDays = Annotated[int, typer.Option(help="Longest span, days.")]
StepDays = Annotated[int, typer.Option(min=1, help="Days counted together: 1, or 7 for weeks.")]
MinCases = Annotated[int, typer.Option(min=1, help="Fewest cases in a cluster.")]
HistoryDays = Annotated[int, typer.Option(min=2, help="Days a prospective scan looks back.")]
Strata = Annotated[
    str,
    typer.Option(
        help="Strata beside all cases, with commas: young, non_natural, outdoors, substance:NAME."
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="space_time_permutation, space_time_poisson or poisson"
        " [default: the first, and the second with a baseline]."
    ),
]
Baseline = Annotated[
    list[Path] | None,
    typer.Option(
        help="Baseline by area (area, latitude, longitude, expected) or of units (unit_kind, unit,"
        " period, expected). May be given twice."
    ),
]
FalseSignals = Annotated[
    float, typer.Option(help="False signals a year allowed among all units, and all substances.")
]
Centres = Annotated[
    Path | None,
    typer.Option(help="Points to centre circles on: latitude, longitude [default: the places]."),
]
Replications = Annotated[
    int | None,
    typer.Option(
        min=19, help="Random files to compare with [default: 999, or what a signal needs]."
    ),
]
StopAfter = Annotated[
    int,
    typer.Option(
        min=0, help="Stop drawing once so many random files reach the observed; 0: never."
    ),
]
SignalDays = Annotated[
    float, typer.Option(min=1.0, help="Signal if chance does it less than once in so many days.")
]
Top = Annotated[int, typer.Option(min=1, max=100, help="Clusters of a scan.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the random files.")]
Links = Annotated[
    Path | None, typer.Option(help="links.csv of clew link: links within a cluster are shown.")
]


@opt.takes_sources("facts", "judgements", "coverage", "mapping", "timezone", "as_of")
def survey(
    sources: opt.Sources,
    prospective: Prospective = False,
    from_: From = None,
    to: To = None,
    max_radius_km: MaxRadius = 3.0,
    max_share: MaxShare = 0.5,
    min_days: MinDays = 1,
    max_days: MaxDays = 7,
    step_days: StepDays = 1,
    min_cases: MinCases = 2,
    history_days: HistoryDays = 365,
    strata: Strata = "",
    model: Model = None,
    baseline: Baseline = None,
    false_signals: FalseSignals = 0.5,
    centres: Centres = None,
    replications: Replications = None,
    stop_after: StopAfter = 0,
    signal_days: SignalDays = 365.0,
    top: Top = 5,
    seed: Seed = 1,
    links: Links = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Look for too many deaths in too small a place and time, or around one unit or substance.

    A second look beside linking. Writes clusters.csv, excess.csv, survey.html and rejects.csv.

    Example: clew survey deaths.csv --prospective --from 2014-06-01 --stop-after 10
    """
    case_file = sources.read()
    judged, judgement_rejects = sources.read_judgements(case_file)
    areas, expected, baseline_rejects = _read_baselines(baseline or [])
    points, centre_rejects = read_centres(centres) if centres else (None, ())
    declared_links, link_rejects = read_told_links(links) if links else (None, ())
    zone = case_file.timezone
    others = tuple(dict.fromkeys(name.strip() for name in strata.split(",") if name.strip()))
    enough = enough_for(signal_days if prospective else 0.0, len(others) + 1)
    limits = ScanLimits(
        *(max_radius_km, max_share, min_days, max_days, step_days, min_cases),
        *(replications or enough, stop_after, signal_days),
    )
    begins = opt.instant_of(from_, zone, "--from", begins=True)
    ends = opt.instant_of(to, zone, "--to")
    as_of = opt.instant_of(sources.as_of, zone)
    options = SurveyOptions(
        limits=limits,
        prospective=prospective,
        begins=begins,
        ends=ends,
        as_of=as_of,
        history_days=history_days,
        strata=others,
        model=model_of(model, areas),
        baseline=areas,
        centres=points,
        judgements=judged,
        top=top,
        seed=seed,
    )
    with progress_bar("Scanning", quiet=as_json) as progress:
        scanned = survey_cases(case_file, options, progress)
    last = min((moment for moment in (ends, as_of) if moment is not None), default=None)
    counts = ExcessOptions(begins, last, false_signals, baseline=expected, seed=seed)
    with progress_bar("Counting", quiet=as_json) as progress:
        excess = survey_excess(merge_reports(case_file, judged), counts, progress)
    out.mkdir(parents=True, exist_ok=True)
    write_clusters(out / "clusters.csv", scanned)
    write_excess(out / "excess.csv", excess)
    page = render_survey(scanned, declared_links, excess_sections(excess))
    (out / "survey.html").write_text(page, encoding="utf-8")
    rejects = (*judgement_rejects, *baseline_rejects, *centre_rejects, *link_rejects)
    write_rejects(out / "rejects.csv", (*case_file.rejects, *rejects))
    print_warnings(case_file)
    if as_json:
        rows = [dict(zip(EXCESS_COLUMNS, row, strict=True)) for row in excess_rows(excess)]
        print(json.dumps(survey_record(scanned) | {"excess": rows}, indent=1))
    else:
        _print(scanned, excess, out)


def _read_baselines(
    paths: list[Path],
) -> tuple[tuple[BaselineArea, ...], tuple[Expected, ...], tuple[Reject, ...]]:
    """Return expected numbers by area and of units, and the rows not taken; columns say which.

    Raises
    ------
    InputRejected
        If a file cannot be read, or has the columns of neither.
    """
    areas: tuple[BaselineArea, ...] = ()
    units: tuple[Expected, ...] = ()
    rejects: tuple[Reject, ...] = ()
    for path in paths:
        if "unit_kind" in open_table(path).header:
            more, rejected = read_expected(path)
            units += more
        else:
            areas, rejected = read_baseline(path)
        rejects += rejected
    return areas, units, rejects


def _print(scanned: Survey, excess: ExcessAnswer, out: Path) -> None:
    summary = say_scanned(scanned)
    opt.show(f"{REASON_TO_LOOK}\n")
    for warning in scanned.warnings:
        opt.show(warning)
    opt.show(f"Scanned: {summary.cases}; {summary.span}.")
    opt.show(f"Tried: {summary.limits}.")
    for unsearched in scanned.unsearched:
        opt.show(f"Not scanned: {len(unsearched.case_ids):,} records, {unsearched.reason}.")
    absent = [row.system for row in summary.not_searched]
    opt.show(opt.say_not_searched(absent, covered=bool(scanned.coverage)))
    if summary.signals:
        opt.show(f"{summary.signals}.")
    shown = chosen(scanned)
    for cluster in shown[:SHOWN]:
        words = say_cluster(cluster, scanned)
        opt.show(f"\n{cluster.cluster_id}: {words.count}\n  {words.chance}\n  {words.verdict}")
    if len(shown) > SHOWN:
        opt.show(f"\n... and {len(shown) - SHOWN:,} more on the page.")
    if left := len(scanned.clusters) - len(shown):
        opt.show(f"\n{left:,} further clusters are ordinary; clusters.csv lists them.")
    _print_excess(excess)
    opt.show(f"\nReport: {out / 'survey.html'}")
    opt.show(SILENCE)


def _print_excess(excess: ExcessAnswer) -> None:
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
    if more := max(len(excess.signals) - SHOWN, 0) + max(len(excess.alerts) - SHOWN, 0):
        opt.show(f"  and {more} more in excess.csv.")
    if excess.signals or excess.alerts:
        opt.show(UNUSUAL)
