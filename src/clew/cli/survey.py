"""`clew survey`: counts that are unusual, the second look beside linking."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from clew import api
from clew.cli import options as opt
from clew.cli.console import print_warnings, progress_bar
from clew.disclosure.csv_files import excess_rows, survey_record
from clew.disclosure.surveillance_words import UNUSUAL, kind_word, say_cluster, say_scanned
from clew.disclosure.survey_page import chosen
from clew.disclosure.words import (
    REASON_TO_LOOK,
    SILENCE,
    capital,
    count_of,
    long_iso,
    plain,
    say_period,
)
from clew.intake.cases.rows import write_rejects
from clew.intake.cases.times import instant_of
from clew.intake.inputs.baselines import read_baseline, read_baseline_counts, read_centres
from clew.intake.inputs.earlier_run import read_declared_links
from clew.intake.read import DEFAULT_TIMEZONE, with_rejects
from clew.intake.tables.open import open_table
from clew.model.cluster import (
    PERMUTATION,
    SPACE_TIME_POISSON,
    BaselineArea,
    ScanLimits,
    Survey,
)
from clew.model.excess import EXCESS_COLUMNS, ExcessAnswer, Expected
from clew.outputs import output_folder
from clew.surveillance.request import SurveyRequest, replications_to_signal

SHOWN = 10

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
    typer.Option("--from", help="Count from then; with --prospective: day of the first scan."),
]
To = Annotated[
    str | None,
    typer.Option(
        help="Count up to then; with --prospective: day of the last scan [default: last report]."
    ),
]
Prospective = Annotated[
    bool,
    typer.Option(
        "--prospective",
        help="Scan only spans that end on the day of the scan, with what was recorded by then. One"
        " scan, or one per day with --from.",
    ),
]
MaxRadius = Annotated[
    float, typer.Option(help="Largest radius in kilometres. 0 means single places.")
]
MaxShare = Annotated[float, typer.Option(help="Largest share of all cases in a circle.")]
MinDays = Annotated[int, typer.Option(help="Shortest span in days.")]
MaxDays = Annotated[int, typer.Option(help="Longest span in days.")]
StepDays = Annotated[
    int, typer.Option(min=1, help="Days counted together. 7 counts weeks back from the last day.")
]
MinCases = Annotated[int, typer.Option(min=1, help="Fewest cases in a cluster.")]
HistoryDays = Annotated[int, typer.Option(min=2, help="Days a prospective scan looks back.")]
Strata = Annotated[
    str,
    typer.Option(
        help="Strata to scan besides all cases, separated by commas: young, non_natural, outdoors,"
        " substance:NAME. p is multiplied by the number of strata."
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        help="Model: space_time_permutation, space_time_poisson or poisson"
        " [default: the first; with a baseline the second]."
    ),
]
Baseline = Annotated[
    list[Path] | None,
    typer.Option(
        help="Baseline by area (area, latitude, longitude, expected) or by unit (unit_kind, unit,"
        " period, expected). You can give both."
    ),
]
FalseSignals = Annotated[
    float,
    typer.Option(
        help="False signals accepted per year for units, and again for substances and mechanisms."
    ),
]
Centres = Annotated[
    Path | None, typer.Option(help="Points to centre circles on [default: places with a case].")
]
Replications = Annotated[
    int | None,
    typer.Option(
        min=19,
        help="Number of random files to compare with [default: 999, or --signal-days times strata"
        " if a signal needs more].",
    ),
]
StopAfter = Annotated[
    int,
    typer.Option(
        min=0,
        help="Stop once this many random files reach the observed count. 0 means never. 10 makes"
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
        help="Number of clusters to list per scan. Of many daily scans, only the most likely of"
        " each and all signals are kept.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the random files.")]
Links = Annotated[
    Path | None, typer.Option(help="The links.csv of clew link, to show links within clusters.")
]


@opt.writes_csv
@opt.takes_sources(
    *("facts", "judgements", "coverage", "mapping", "timezone", "as_of"),
    cases=Cases,
    judgements=Judgements,
    timezone=Timezone,
)
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
    """Look for unusually many deaths in one place and time, or around one unit or substance.

    Writes clusters.csv, excess.csv, survey.html and rejects.csv.

    Example: clew survey deaths.csv --prospective --from 2014-06-01 --stop-after 10
    """
    case_file = sources.read()
    judged, judgement_rejects = sources.read_judgements(case_file)
    # The columns of a file of expected numbers say whether they are of areas or of units.
    areas: tuple[BaselineArea, ...] = ()
    expected: tuple[Expected, ...] = ()
    rejects = judgement_rejects
    for path in baseline or []:
        if "unit_kind" in open_table(path).header:
            more, rejected = read_baseline_counts(path)
            expected += more
        else:
            areas, rejected = read_baseline(path)
        rejects += rejected
    points, centre_rejects = read_centres(centres) if centres else (None, ())
    declared_links, link_rejects = read_declared_links(links) if links else (None, ())
    rejects += (*centre_rejects, *link_rejects)
    case_file = with_rejects(case_file, rejects)
    zone = case_file.timezone
    others = tuple(dict.fromkeys(name.strip() for name in strata.split(",") if name.strip()))
    if replications is None:
        needed = replications_to_signal(signal_days if prospective else 0.0, len(others) + 1)
        replications = max(ScanLimits().replications, needed)
    request = SurveyRequest(
        limits=ScanLimits(
            max_radius_km, max_share, min_days, max_days, step_days, min_cases,
            replications, stop_after, signal_days,
        ),
        prospective=prospective,
        begins=instant_of(from_, zone, "--from", begins=True),
        ends=instant_of(to, zone, "--to"),
        as_of=instant_of(sources.as_of, zone, "--as-of"),
        history_days=history_days,
        strata=others,
        model=model or (SPACE_TIME_POISSON if areas else PERMUTATION),
        baseline=areas,
        centres=points,
        judgements=judged,
        top=top,
        seed=seed,
        expected=expected,
        false_signals=false_signals,
    )  # fmt: skip
    with (
        progress_bar("Scanning", quiet=as_json) as scanning,
        progress_bar("Counting", quiet=as_json) as counting,
    ):
        answer = api.survey(
            case_file,
            request,
            declared_links=declared_links,
            progress=scanning,
            counting=counting,
        )
    with output_folder(out):
        answer.save(out)
        write_rejects(out / "rejects.csv", (*case_file.rejects, *rejects))
    print_warnings(case_file)
    if as_json:
        rows = [dict(zip(EXCESS_COLUMNS, row, strict=True)) for row in excess_rows(answer.excess)]
        print(json.dumps(survey_record(answer.scans) | {"excess": rows}, indent=1))
    else:
        _print(answer.scans, answer.excess, out)


def _print(scanned: Survey, excess: ExcessAnswer, out: Path) -> None:
    summary = say_scanned(scanned)
    opt.show(f"{REASON_TO_LOOK}\n")
    opt.show_input(scanned.account)
    for warning in scanned.warnings:
        opt.show(warning)
    opt.show(f"Scanned: {summary.cases}; {summary.span}.")
    opt.show(f"Tried: {summary.limits}.")
    for unsearched in scanned.unsearched:
        records = count_of(len(unsearched.case_ids), "record", "records")
        opt.show(f"Not scanned: {records}, {unsearched.reason}.")
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
        opt.show(f"\n{left:,} more clusters are ordinary. clusters.csv lists them.")
    units = sum(about.units for about in excess.kinds)
    opt.show(
        f"\nCounted: {units:,} units of {len(excess.kinds)} kinds, and"
        f" {excess.subjects_watched:,} substances and mechanisms by week."
    )
    for row in excess.signals[:SHOWN]:
        seen = long_iso(row.signal_date or "")
        opt.show(
            f"  {kind_word(row.kind)} {row.unit}: {row.observed} from {say_period(row.period)};"
            f" expected {row.expected:.2g}. First visible on {seen}."
        )
    for alert in excess.alerts[-SHOWN:]:
        opt.show(
            f"  {capital(plain(alert.subject))}: {alert.observed} in the weeks from"
            f" {long_iso(alert.first_week)} to {long_iso(alert.last_week)}; expected"
            f" {alert.expected:.2g}. First visible on {long_iso(alert.signal_date)}."
        )
    if more := max(len(excess.signals) - SHOWN, 0) + max(len(excess.alerts) - SHOWN, 0):
        opt.show(f"  and {more} more in excess.csv.")
    if excess.signals or excess.alerts:
        opt.show(UNUSUAL)
    opt.show(f"\nReport: {out / 'survey.html'}")
    opt.show(SILENCE)
