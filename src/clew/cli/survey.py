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


def survey(
    cases: opt.Cases,
    facts: opt.Facts = None,
    judgements: opt.Judgements = None,
    coverage: opt.Coverage = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
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
    """Look for too many deaths in too small a place and time. A second look beside linking.

    Writes clusters.csv, survey.html and rejects.csv.

    Example: clew survey deaths.csv --prospective --from 2014-06-01 --stop-after 10
    """
    case_file = opt.Sources(cases, facts, coverage, mapping, timezone).read()
    beside = own.read_beside(case_file, judgements, baseline, centres, links)
    tried = (max_radius_km, max_share, min_days, max_days, step_days, min_cases)
    drawn = (replications, stop_after, signal_days)
    asked = own.Asked(prospective, tried, drawn, (from_, to, as_of), history_days, strata)
    found = _scan(case_file, beside, asked, (model, top, seed), quiet=as_json)
    write_survey(found, beside.links, out)
    write_rejects(out / "rejects.csv", (*case_file.rejects, *beside.rejects))
    print_warnings(case_file)
    _print(found, out, as_json=as_json)


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
