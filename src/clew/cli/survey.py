"""`clew survey`: counts that are unusual, the second look beside linking."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from clew.cli import options as opt
from clew.cli import survey_options as own
from clew.cli.link import print_warnings, progress_bar
from clew.intake.rejects import write_rejects

if TYPE_CHECKING:
    from clew.model.case_file import CaseFile
    from clew.model.cluster import Survey, ToldLink
    from clew.model.excess import ExcessAnswer


def survey(
    cases: own.Cases,
    facts: opt.Facts = None,
    judgements: own.Judgements = None,
    coverage: opt.Coverage = None,
    mapping: opt.Mapping = None,
    timezone: own.Timezone = None,
    as_of: opt.AsOf = None,
    prospective: own.Prospective = False,
    from_: own.From = None,
    to: own.To = None,
    max_radius_km: own.MaxRadius = 3.0,
    max_share: own.MaxShare = 0.5,
    min_days: own.MinDays = 1,
    max_days: own.MaxDays = 7,
    step_days: own.StepDays = 1,
    min_cases: own.MinCases = 2,
    history_days: own.HistoryDays = 365,
    strata: own.Strata = "",
    model: own.Model = None,
    baseline: own.Baseline = None,
    false_signals: own.FalseSignals = 0.5,
    centres: own.Centres = None,
    replications: own.Replications = None,
    stop_after: own.StopAfter = 0,
    signal_days: own.SignalDays = 365.0,
    top: own.Top = 5,
    seed: own.Seed = 1,
    links: own.Links = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Look for too many deaths in too small a place and time, or around one unit or substance.

    Writes clusters.csv, excess.csv, survey.html and rejects.csv.

    Example: clew survey deaths.csv --prospective --from 2014-06-01 --stop-after 10
    """
    case_file = opt.Sources(cases, facts, coverage, mapping, timezone).read()
    beside = own.read_beside(case_file, judgements, baseline, centres, links)
    tried = (max_radius_km, max_share, min_days, max_days, step_days, min_cases)
    drawn = (replications, stop_after, signal_days)
    asked = own.Asked(prospective, tried, drawn, (from_, to, as_of), history_days, strata)
    found = _scan(case_file, beside, asked, (model, top, seed), quiet=as_json)
    excess = _count(case_file, beside, asked, (false_signals, seed), quiet=as_json)
    write_survey(found, excess, beside.links, out)
    write_rejects(out / "rejects.csv", (*case_file.rejects, *beside.rejects))
    print_warnings(case_file)
    _print(found, excess, out, as_json=as_json)


def _scan(
    case_file: CaseFile,
    beside: own.Beside,
    asked: own.Asked,
    how: tuple[str | None, int, int],
    *,
    quiet: bool,
) -> Survey:
    """Scan as was asked; `how`: model, clusters of a scan, seed."""
    # The kernel loads only for commands that compute: `clew near` must answer at once.
    from clew.model.cluster import ScanLimits
    from clew.workflows.survey import survey_cases
    from clew.workflows.survey_options import SurveyOptions, enough_for, model_of

    zone = case_file.timezone
    others = own.strata_of(asked.strata)
    replications, stop_after, signal_days = asked.drawn
    needed = enough_for(signal_days if asked.prospective else 0.0, len(others) + 1)
    settings = SurveyOptions(
        limits=ScanLimits(*asked.tried, replications or needed, stop_after, signal_days),
        prospective=asked.prospective,
        begins=opt.beginning_of(asked.days[0], zone, "--from"),
        ends=opt.instant_of(asked.days[1], zone, "--to"),
        as_of=opt.instant_of(asked.days[2], zone),
        history_days=asked.history_days,
        strata=others,
        model=model_of(how[0], beside.areas),
        baseline=beside.areas,
        centres=beside.centres,
        judgements=beside.judged,
        top=how[1],
        seed=how[2],
    )
    with progress_bar("Scanning", quiet=quiet) as progress:
        return survey_cases(case_file, settings, progress)


def _count(
    case_file: CaseFile,
    beside: own.Beside,
    asked: own.Asked,
    how: tuple[float, int],
    *,
    quiet: bool,
) -> ExcessAnswer:
    """Watch units, substances and mechanisms; `how`: false signals a year, seed."""
    from clew.workflows.excess import ExcessOptions, survey_excess
    from clew.workflows.merged_reports import merge_reports

    zone = case_file.timezone
    ends = [opt.instant_of(day, zone) for day in asked.days[1:]]
    settings = ExcessOptions(
        opt.beginning_of(asked.days[0], zone, "--from"),
        min((moment for moment in ends if moment is not None), default=None),
        how[0],
        baseline=beside.expected,
        seed=how[1],
    )
    with progress_bar("Counting", quiet=quiet) as progress:
        return survey_excess(merge_reports(case_file, beside.judged), settings, progress)


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
    from clew.disclosure.excess_table import excess_records
    from clew.disclosure.scan_words import say_cluster, say_scanned
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
    from clew.disclosure.excess_words import kind_word
    from clew.disclosure.scan_words import UNUSUAL

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
