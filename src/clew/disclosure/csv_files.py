"""The files beside the pages (docs/reference/columns.md), and their records for JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from clew.disclosure.chance_words import FEWEST_RECORDS, NO_BETTER
from clew.disclosure.comparison import FEW_REASONS, say_missing, say_reasons
from clew.disclosure.input_words import input_json
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, Clock, date_of
from clew.model.alert import AlertRow, Replay
from clew.model.cells import safe_cell
from clew.model.cluster import Survey
from clew.model.contract import ALERT_COLUMNS, CLUSTER_COLUMNS, KEY_COLUMNS, SHEET_COLUMNS
from clew.model.excess import ExcessAnswer
from clew.model.finding import MICRO, Answer, Breakdown, Link, Stance
from clew.model.identity import IDENTITY_COLUMNS, UNDECIDED_COLUMNS, IdentityFinding, Resolution
from clew.model.sample import Key
from clew.outputs import csv_begins, output_csv, write_output

LINK_COLUMNS = (
    *("case_a", "case_b", "rank", "weight_bans", "chance_per_case", "tier", "relation"),
    *("reasons_for", "reasons_against", "missing"),
)
SERIES_COLUMNS = ("series_id", "view", "case_id", "added_by", "weight_bans", "chance")
SHEET_NAMES = ("record_a", "record_b")
"""Further columns of sample.csv where the case file is given: both records in words."""
NOBODY_SIGNED = "nobody has signed this budget"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO(newline="")
    file.write(csv_begins())
    _write_rows(file, columns, rows)
    return file.getvalue()


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table as CSV, begun with a byte-order mark; no cell is a formula to a spreadsheet."""
    with output_csv(path) as file:
        _write_rows(file, columns, rows)


def _write_rows(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)


# Linking.


def each_breakdown(answer: Answer, places: Sequence[int]) -> Iterator[Breakdown]:
    """Yield the breakdowns of some links, by their places in the answer, many at a time."""
    if answer.break_down is None:
        return (answer.links[p].breakdown for p in places)
    return answer.break_down(places)


def shown_links(answer: Answer, *, every: bool = False) -> Iterator[tuple[Link, Breakdown]]:
    """Yield the links that a person may read, or all, each with its breakdown, in their order."""
    places = [p for p, link in enumerate(answer.links) if every or link.to_be_read]
    return zip((answer.links[p] for p in places), each_breakdown(answer, places), strict=True)


NO_BETTER_ROW = (NO_BETTER, "", "")
"""The reasons of a row that does not stand out: nobody reads them, and links.parquet has them."""


def write_links(
    path: Path, answer: Answer, *, every: bool = False, most: int | None = FEW_REASONS
) -> None:
    """Write links.csv, in the order of the later case's report, then by rank.

    It has the links that a person may read. Up to `most` reasons of a kind are said of those that
    stand out, or of all where too few records say how often unrelated ones match. With `every`, it
    has all links; without `most`, all reasons.
    """
    chosen = [p for p, link in enumerate(answer.links) if every or link.to_be_read]
    all_of_them = every or answer.compared < FEWEST_RECORDS
    spelt = [p for p in chosen if all_of_them or answer.links[p].stands_out]
    reasons = _each_reasons(answer, spelt, most)
    rows = (
        (
            link.case_a,
            link.case_b,
            str(link.rank),
            f"{link.micro_bans / MICRO:.6f}",
            f"{link.chance:.4g}",
            link.tier,
            link.relation,
            *(next(reasons) if all_of_them or link.stands_out else NO_BETTER_ROW),
        )
        for link in (answer.links[p] for p in chosen)
    )
    write_table(path, LINK_COLUMNS, rows)


def _each_reasons(
    answer: Answer, places: Sequence[int], most: int | None
) -> Iterator[tuple[str, str, str]]:
    """Yield what is for, against and missing of some links, by their places."""
    for breakdown in each_breakdown(answer, places):
        found = breakdown.findings
        yield say_reasons(found, 1, most), say_reasons(found, -1, most), say_missing(found, most)


def write_series(path: Path, answer: Answer) -> None:
    """Write series.csv: the engine's possible series first, then the adopted ones."""
    rows = (
        (
            series.series_id,
            series.view,
            member.case_id,
            member.added_by or "",
            f"{series.micro_bans / MICRO:.6f}" if series.chance is not None else "",
            "" if series.chance is None else f"{series.chance:.3g}",
        )
        for series in answer.series
        for member in series.members
    )
    write_table(path, SERIES_COLUMNS, rows)


# The replay: alerts.csv, shared.csv, below.csv and warm-up.csv have the same columns.


def write_alerts(path: Path, rows: Iterable[AlertRow], replay: Replay) -> None:
    """Write rows of a replay, in its order, with times in its zone."""
    clock = Clock(ZoneInfo(replay.timezone))
    cells = (
        (
            clock.local(row.at).isoformat(),
            row.case_id,
            row.linked_case_id,
            str(row.rank),
            f"{row.priority + 0.0:.6f}",  # adding 0.0 turns -0.0 into 0.0
            f"{row.micro_bans / MICRO:.6f}",
            f"{row.chance:.4g}",
            row.tier,
            row.relation,
            row.trigger,
            "1" if row.alert else "0",
            "1" if row.update else "0",
            row.series_alert,
        )
        for row in rows
    )
    write_table(path, ALERT_COLUMNS, cells)


def write_run(path: Path, replay: Replay) -> None:
    """Write run.json: what this run rests on, and who signed its budget. It reads no clock."""
    text = json.dumps(run_record(replay), indent=1) + "\n"
    write_output(path, text)


def run_record(replay: Replay) -> dict[str, Any]:
    """Return the run's own record, ready for JSON; None for what the replay ended before."""
    clock = Clock(ZoneInfo(replay.timezone))
    learns_from, begins = (
        clock.local(at).isoformat() if at <= replay.ends else None
        for at in (replay.learns_from, replay.begins)
    )
    return {
        "words": REASON_TO_LOOK,
        "silence": SILENCE,
        "file": replay.file,
        "timezone": replay.timezone,
        "learns_from": learns_from,
        "from": begins,
        "to": clock.local(replay.ends).isoformat(),
        "budget_share": replay.budget.share,
        "signed_by": replay.budget.signed_by or NOBODY_SIGNED,
        "signed_on": replay.budget.signed_on,
        "cases": replay.cases,
        "deaths": replay.deaths,
        "alerts": len(replay.alerts),
        "updates": len(replay.updates),
        "below_budget": len(replay.below),
        "duplicates": len(replay.duplicates),
        "shared_beyond": len(replay.beyond),
        "version": replay.version,
        "weights": replay.weights,
        "hindsight": replay.hindsight,
        "coverage": [asdict(row) for row in replay.coverage],
        "rejects": replay.rejects,
        "input": input_json(replay.account),
        "warnings": list(replay.warnings),
    }


def sample_files(key: Key, names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the weekly blind sample and its key, by file name.

    sample.csv has two ids per line and room for an answer: no rank, priority or chance. Its reader
    must not see sample-key.csv: which pairs fell below the budget, and out of how many. With
    `names`, the identity of each record in words, the sheet has these of both records too.
    """
    week = (key.week, str(key.below_in_week), str(key.seed))
    rows: list[tuple[str, ...]]
    rows = [(d.sample_id, d.case_a, d.case_b, "", "") for d in key.drawn]
    columns: tuple[str, ...] = SHEET_COLUMNS
    if names is not None:
        columns = (*SHEET_COLUMNS, *SHEET_NAMES)
        rows = [(*row, *(names.get(one, one) for one in row[1:3])) for row in rows]
    return {
        "sample.csv": _table(columns, rows),
        "sample-key.csv": _table(
            KEY_COLUMNS,
            [
                (d.sample_id, d.case_a, d.case_b, "below" if d.below else "control", *week)
                for d in key.drawn
            ],
        ),
    }


# The survey: clusters.csv and excess.csv.


def write_clusters(path: Path, survey: Survey) -> None:
    """Write clusters.csv: scan by scan, of each the most likely cluster first."""
    rows = []
    for cluster in survey.clusters:
        figures, zone = cluster.significance, cluster.zone
        cells = {
            "cluster_id": cluster.cluster_id,
            "model": cluster.model,
            "stratum": cluster.stratum,
            "latitude": f"{zone.centre.latitude:.6f}",
            "longitude": f"{zone.centre.longitude:.6f}",
            "radius_km": f"{zone.radius_m / 1000:.6f}",
            "first_day": date_of(cluster.first_day).isoformat(),
            "last_day": date_of(cluster.last_day).isoformat(),
            "observed": str(cluster.observed),
            "expected": f"{cluster.expected:.6f}",
            "statistic": f"{cluster.statistic:.6f}",
            "p_value": f"{figures.p_value:.6g}",
            "recurrence_days": _number(figures.recurrence_days, ".6g"),
            "case_ids": "; ".join(cluster.case_ids),
            "places": str(len(zone.places)),
            "p_sequential": _number(figures.p_sequential, ".6g"),
            "p_gumbel": _number(figures.p_gumbel, ".4g"),
            "p_corrected": f"{figures.p_corrected:.6g}",
            "strata": str(figures.strata),
            "recurrence_source": figures.recurrence_source,
            "replications": str(figures.replications),
            "scanned_on": date_of(cluster.scanned_on).isoformat(),
            "signal": "1" if survey.signals(cluster) else "0",
        }
        rows.append([cells[name] for name in CLUSTER_COLUMNS])
    write_table(path, CLUSTER_COLUMNS, rows)


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def survey_record(survey: Survey) -> dict[str, Any]:
    """Return what the scans say, ready for JSON."""
    return {
        "words": REASON_TO_LOOK,
        "silence": SILENCE,
        "file": survey.file,
        "timezone": survey.timezone,
        "model": survey.model,
        "prospective": survey.prospective,
        "limits": asdict(survey.limits),
        "strata": list(survey.strata),
        "seed": survey.seed,
        "version": survey.version,
        "known": survey.known,
        "unsearched": [
            {"reason": one.reason, "cases": len(one.case_ids)} for one in survey.unsearched
        ],
        "coverage": [asdict(row) for row in survey.coverage],
        "rejects": survey.rejects,
        "input": input_json(survey.account),
        "scans": [
            {
                "scanned_on": date_of(scan.scanned_on).isoformat(),
                "first_day": date_of(scan.first_day).isoformat(),
                "stratum": scan.stratum,
                "cases": scan.cases,
                "places": scan.places,
                "clusters": [
                    {
                        "cluster_id": cluster.cluster_id,
                        "latitude": cluster.zone.centre.latitude,
                        "longitude": cluster.zone.centre.longitude,
                        "radius_km": cluster.zone.radius_m / 1000,
                        "places": len(cluster.zone.places),
                        "first_day": date_of(cluster.first_day).isoformat(),
                        "last_day": date_of(cluster.last_day).isoformat(),
                        "observed": cluster.observed,
                        "expected": cluster.expected,
                        "statistic": cluster.statistic,
                        **asdict(cluster.significance),
                        "signal": survey.signals(cluster),
                        "case_ids": list(cluster.case_ids),
                    }
                    for cluster in scan.clusters
                ],
            }
            for scan in survey.scans
        ],
    }


def excess_rows(answer: ExcessAnswer) -> list[tuple[str, ...]]:
    """Return the cells of EXCESS_COLUMNS, sorted by kind, unit and period: never ranked.

    A row for every watched unit with two records or more, and for every temporal alert.
    """
    units = (
        (
            unit.kind,
            unit.unit,
            unit.period,
            str(unit.observed),
            f"{unit.expected:.4g}",
            f"{unit.statistic:.6f}",
            unit.signal_date or "",
            f"{unit.p_value:.4g}",
            f"{unit.p_corrected:.4g}",
            str(unit.watched),
            unit.method,
        )
        for unit in answer.units
    )
    alerts = (
        (
            alert.kind,
            alert.subject,
            f"{alert.first_week}/{alert.last_week}",
            str(alert.observed),
            f"{alert.expected:.4g}",
            f"{alert.score:.6f}",
            alert.signal_date,
            f"{alert.p_value:.4g}",
            "",
            str(alert.watched),
            alert.method,
        )
        for alert in answer.alerts
    )
    return sorted((*units, *alerts))


# Proposals that two codes are one.


def write_identities(path: Path, resolution: Resolution, *, undecided: bool = False) -> None:
    """Write the proposals, one row a pair of codes; or the pairs left undecided, and why."""
    columns = UNDECIDED_COLUMNS if undecided else IDENTITY_COLUMNS
    rows = (
        (
            *(pair.code_a, pair.code_b, pair.type),
            *(f"{pair.bans:.6f}", f"{pair.probability:.6f}"),
            pair.why_not if undecided else pair.group,
            say_breakdown(pair.findings),
            say_missing_codes(pair.findings),
        )
        for pair in (resolution.undecided if undecided else resolution.proposals)
    )
    write_table(path, columns, rows)


def say_breakdown(findings: Iterable[IdentityFinding]) -> str:
    """Return every finding of a pair of codes, for and against, with its own weight in bans."""
    parts = (
        f"{f.aspect}: {f.says} ({f.micro_bans / MICRO:+.6f})"
        for f in findings
        if f.stance is not Stance.MISSING
    )
    return "; ".join(part.replace(";", ",") for part in parts)


def say_missing_codes(findings: Iterable[IdentityFinding]) -> str:
    """Return what is missing from one or both codes."""
    return "; ".join(f.aspect for f in findings if f.stance is Stance.MISSING)
