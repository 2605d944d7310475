"""`clew survey`: counts that are unusual, the second look beside linking."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clew.cli import options as opt
from clew.cli.link import print_warnings, progress_bar
from clew.identities.merged_reports import merge_reports
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.baselines import read_baseline, read_baseline_counts, read_centres
from clew.intake.inputs.earlier_run import read_declared_links
from clew.intake.read import DEFAULT_TIMEZONE
from clew.intake.tables.open import open_table
from clew.model.case_file import CaseFile, Reject
from clew.model.cluster import (
    PERMUTATION,
    SPACE_TIME_POISSON,
    BaselineArea,
    ScanLimits,
    ToldLink,
)
from clew.model.excess import Expected
from clew.model.judgement import Judgement
from clew.model.values import Point

if TYPE_CHECKING:
    from clew.model.case_file import CaseFile
    from clew.model.cluster import Survey, ToldLink
    from clew.model.excess import ExcessAnswer


# Options of `clew survey`, and the files beside the case file, read.


Cases = Annotated[
    Path, typer.Argument(help="Case file, messages or prepared store. Only deaths are counted.")
]
Judgements = Annotated[
    Path | None, typer.Option(help="Judgement file. Only verified double reports count.")
]
Timezone = Annotated[
    str | None,
    typer.Option(
        help=f"Time zone of days and times [default: the mapping's, else {DEFAULT_TIMEZONE}]."
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", help="Count from then on; --prospective: the day of the first scan."),
]
To = Annotated[
    str | None,
    typer.Option(
        help="Count up to then; --prospective: the day of the last scan [default: the last report]."
    ),
]
Prospective = Annotated[
    bool,
    typer.Option(
        "--prospective",
        help="Only spans that reach the day of the scan, with what was recorded by then. One scan,"
        " or one a day with --from.",
    ),
]
MaxRadius = Annotated[float, typer.Option(help="Largest radius in kilometres; 0: single places.")]
MaxShare = Annotated[float, typer.Option(help="Largest share of all cases in a circle.")]
MinDays = Annotated[int, typer.Option(help="Shortest span in days.")]
MaxDays = Annotated[int, typer.Option(help="Longest span in days.")]
StepDays = Annotated[
    int, typer.Option(min=1, help="Days counted together; 7 counts weeks back from the last day.")
]
MinCases = Annotated[int, typer.Option(min=1, help="Fewest cases in a cluster.")]
HistoryDays = Annotated[int, typer.Option(min=2, help="Days a prospective scan looks back.")]
Strata = Annotated[
    str,
    typer.Option(
        help="Strata to scan beside all cases, with commas: young, non_natural, outdoors,"
        " substance:NAME. p is multiplied by their number."
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="Model: space_time_permutation, space_time_poisson or poisson"
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
    float, typer.Option(help="False signals a year for units, and for substances and mechanisms.")
]
Centres = Annotated[
    Path | None, typer.Option(help="Points to centre circles on [default: places with a case].")
]
Replications = Annotated[
    int | None,
    typer.Option(
        min=19,
        help="Random files to compare with [default: 999, or what a signal needs: --signal-days"
        " times strata].",
    ),
]
StopAfter = Annotated[
    int,
    typer.Option(
        min=0,
        help="Stop drawing once so many random files reach the observed count; 0: never. 10 makes"
        " daily scans quick.",
    ),
]
SignalDays = Annotated[
    float,
    typer.Option(
        min=1.0, help="Signal when the expected false-alarm interval exceeds this many days."
    ),
]
Top = Annotated[
    int,
    typer.Option(
        min=1,
        max=100,
        help="Clusters to list per scan. Of many daily scans, the most likely of each and all that"
        " signal are kept.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the random files.")]
Links = Annotated[
    Path | None, typer.Option(help="The links.csv of clew link, to show links within clusters.")
]


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands in the files beside the case file; `rejects`: what could not be taken of them.

    `centres` and `links` are None where no such file was given.
    """

    judged: tuple[Judgement, ...]
    areas: tuple[BaselineArea, ...]
    expected: tuple[Expected, ...]
    centres: tuple[Point, ...] | None
    links: tuple[ToldLink, ...] | None
    rejects: tuple[Reject, ...]


def read_beside(
    case_file: CaseFile,
    judgements: Path | None,
    baseline: list[Path] | None,
    centres: Path | None,
    links: Path | None,
) -> Beside:
    """Read the files beside the case file."""
    judged, refused = opt.judgements_of(judgements, case_file)
    areas, expected, off_areas = read_baselines(baseline or [])
    points, off_points = read_centres(centres) if centres else (None, ())
    told, off_links = read_declared_links(links) if links else (None, ())
    rejects = (*refused, *off_areas, *off_points, *off_links)
    return Beside(judged, areas, expected, points, told, rejects)


def read_baselines(
    paths: list[Path],
) -> tuple[tuple[BaselineArea, ...], tuple[Expected, ...], tuple[Reject, ...]]:
    """Return expected numbers by area and of units, and the rows not taken; told by their columns.

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
            more, off = read_baseline_counts(path)
            units += more
        else:
            areas, off = read_baseline(path)
        rejects += off
    return areas, units, rejects


def strata_of(text: str) -> tuple[str, ...]:
    """Return the strata that are named, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def survey(
    cases: Cases,
    facts: opt.Facts = None,
    judgements: Judgements = None,
    coverage: opt.Coverage = None,
    mapping: opt.Mapping = None,
    timezone: Timezone = None,
    as_of: opt.AsOf = None,
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

    Writes clusters.csv, excess.csv, survey.html and rejects.csv.

    Example: clew survey deaths.csv --prospective --from 2014-06-01 --stop-after 10
    """
    # The kernel loads only for commands that compute: `clew near` must answer at once.
    from clew.surveillance.excess.excess import survey_excess
    from clew.surveillance.request import SurveyRequest, replications_to_signal
    from clew.workflows.survey import survey_cases

    case_file = opt.Sources(cases, facts, coverage, mapping, timezone).read()
    beside = read_beside(case_file, judgements, baseline, centres, links)
    zone, others = case_file.timezone, strata_of(strata)
    if replications is None:
        needed = replications_to_signal(signal_days if prospective else 0.0, len(others) + 1)
        replications = max(ScanLimits().replications, needed)
    request = SurveyRequest(
        limits=ScanLimits(
            max_radius_km, max_share, min_days, max_days, step_days, min_cases,
            replications, stop_after, signal_days,
        ),
        prospective=prospective,
        begins=opt.beginning_of(from_, zone, "--from"),
        ends=opt.instant_of(to, zone, "--to"),
        as_of=opt.instant_of(as_of, zone),
        history_days=history_days,
        strata=others,
        model=model or (SPACE_TIME_POISSON if beside.areas else PERMUTATION),
        baseline=beside.areas,
        centres=beside.centres,
        judgements=beside.judged,
        top=top,
        seed=seed,
        expected=beside.expected,
        false_signals=false_signals,
    )  # fmt: skip
    with progress_bar("Scanning", quiet=as_json) as progress:
        found = survey_cases(case_file, request, progress)
    with progress_bar("Counting", quiet=as_json) as progress:
        excess = survey_excess(merge_reports(case_file, beside.judged), request, progress)
    write_survey(found, excess, beside.links, out)
    write_rejects(out / "rejects.csv", (*case_file.rejects, *beside.rejects))
    print_warnings(case_file)
    _print(found, excess, out, as_json=as_json)


def write_survey(
    found: Survey, excess: ExcessAnswer, links: tuple[ToldLink, ...] | None, out: Path
) -> None:
    """Write what scans and counts have to say into `out`, made where it is not there."""
    from clew.disclosure.clusters_table import write_clusters
    from clew.disclosure.csv_files import write_excess
    from clew.disclosure.survey_page import excess_sections, render_survey

    out.mkdir(parents=True, exist_ok=True)
    write_clusters(out / "clusters.csv", found)
    write_excess(out / "excess.csv", excess)
    page = render_survey(found, links, excess_sections(excess))
    (out / "survey.html").write_text(page, encoding="utf-8")


SHOWN = 10


def _print(found: Survey, excess: ExcessAnswer, out: Path, *, as_json: bool) -> None:
    from clew.disclosure.clusters_table import survey_record
    from clew.disclosure.csv_files import excess_records
    from clew.disclosure.surveillance_words import say_cluster, say_scanned
    from clew.disclosure.survey_page import chosen

    if as_json:
        print(json.dumps(survey_record(found) | {"excess": excess_records(excess)}, indent=1))
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
    _print_excess(excess)
    opt.show(f"\nReport: {out / 'survey.html'}")
    opt.show(opt.SILENCE)


def _print_excess(excess: ExcessAnswer) -> None:
    from clew.disclosure.surveillance_words import UNUSUAL, kind_word

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
