"""links.csv and series.csv beside the report, with the columns of docs/reference/columns.md."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from clew.disclosure.words import REASON_TO_LOOK, SILENCE, Clock
from clew.model.alert import AlertRow, Replay
from clew.model.cells import safe_cell
from clew.model.contract import ALERT_COLUMNS, KEY_COLUMNS, SHEET_COLUMNS
from clew.model.excess import EXCESS_COLUMNS, ExcessAnswer
from clew.model.finding import MICRO, Answer, Finding, Link, Stance
from clew.model.identity import (
    IDENTITY_COLUMNS,
    UNDECIDED_COLUMNS,
    IdentityFinding,
    Proposal,
    Resolution,
)
from clew.model.sample import Key
from clew.model.values import Instant

LINK_COLUMNS = (
    "case_a",
    "case_b",
    "rank",
    "weight_bans",
    "chance_per_case",
    "tier",
    "relation",
    "reasons_for",
    "reasons_against",
    "missing",
)
SERIES_COLUMNS = ("series_id", "view", "case_id", "added_by", "weight_bans", "chance")


def write_links(path: Path, answer: Answer) -> None:
    """Write links.csv, in the order of the later case's report, then by rank."""
    _write(path, LINK_COLUMNS, (link_row(link) for link in answer.links))


def write_series(path: Path, answer: Answer) -> None:
    """Write series.csv: the engine's possible series first, then the adopted ones."""
    rows = (
        (
            one.series_id,
            one.view,
            member.case_id,
            member.added_by or "",
            f"{one.micro_bans / MICRO:.6f}" if one.chance is not None else "",
            "" if one.chance is None else f"{one.chance:.3g}",
        )
        for one in answer.series
        for member in one.members
    )
    _write(path, SERIES_COLUMNS, rows)


def link_row(link: Link) -> tuple[str, ...]:
    """Return one link as the cells of LINK_COLUMNS."""
    findings = link.breakdown.findings
    return (
        link.case_a,
        link.case_b,
        str(link.rank),
        f"{link.micro_bans / MICRO:.6f}",
        f"{link.chance:.4g}",
        link.tier,
        link.relation,
        reasons(f for f in findings if f.micro_bans > 0),
        reasons(f for f in findings if f.micro_bans < 0),
        "; ".join(dict.fromkeys(f.aspect for f in findings if f.stance is Stance.MISSING)),
    )


def reasons(findings: Iterable[Finding]) -> str:
    """Return findings as one cell, the strongest first."""
    ordered = sorted(findings, key=lambda f: -abs(f.micro_bans))
    told = (f.says if f.says.startswith(f.aspect) else f"{f.aspect}: {f.says}" for f in ordered)
    return "; ".join(told)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([safe_cell(cell) for cell in row] for row in rows)


# The files beside the replay's page: alerts.csv, shared.csv, below.csv and run.json.


NOBODY_SIGNED = "nobody has signed this budget"


def write_alerts(path: Path, replay: Replay) -> None:
    """Write alerts.csv: every ranked row, in the order of the replay."""
    _write_alerts_table(path, replay.rows, replay)


def write_beyond(path: Path, replay: Replay) -> None:
    """Write shared.csv: pairs that share a person, phone or place and stood beyond the top."""
    _write_alerts_table(path, replay.beyond, replay)


def write_below(path: Path, replay: Replay) -> None:
    """Write below.csv: every best match since alerting began that did not alert."""
    _write_alerts_table(path, replay.below, replay)


def write_warm_up(path: Path, replay: Replay) -> None:
    """Write warm-up.csv: the best match of each trigger before alerting began.

    With alerts.csv, whoever doubts an alert can work out again what it had to exceed.
    """
    _write_alerts_table(path, replay.warm_up, replay)


def write_run(path: Path, replay: Replay) -> None:
    """Write run.json: what this run rests on, and who signed its budget. It reads no clock."""
    text = json.dumps(run_record(replay), indent=1) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def alert_row(row: AlertRow, clock: Clock) -> tuple[str, ...]:
    """Return one row as the cells of ALERT_COLUMNS."""
    return (
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
    )


def run_record(replay: Replay) -> dict[str, Any]:
    """Return the run's own record, ready for JSON."""
    clock = Clock(ZoneInfo(replay.timezone))
    return {
        "words": REASON_TO_LOOK,
        "silence": SILENCE,
        "file": replay.file,
        "timezone": replay.timezone,
        "learns_from": _told_if_by(replay.learns_from, replay, clock),
        "from": _told_if_by(replay.begins, replay, clock),
        "to": clock.local(replay.ends).isoformat(),
        "budget_share": replay.budget.share,
        "signed_by": replay.budget.signed_by or NOBODY_SIGNED,
        "signed_on": replay.budget.signed_on,
        "cases": replay.cases,
        "deaths": replay.deaths,
        "alerts": len(replay.alerts),
        "below_budget": len(replay.below),
        "duplicates": len(replay.duplicates),
        "shared_beyond": len(replay.beyond),
        "version": replay.version,
        "weights": replay.weights,
        "hindsight": replay.hindsight,
        "coverage": [
            {"system": c.system, "agency": c.agency, "records": c.records, "up_to": c.up_to}
            for c in replay.coverage
        ],
        "rejects": replay.rejects,
        "warnings": list(replay.warnings),
    }


def _told_if_by(at: Instant, replay: Replay, clock: Clock) -> str | None:
    """Return an instant of the walk, or None where the walk ended before it came."""
    return clock.local(at).isoformat() if at <= replay.ends else None


def _write_alerts_table(path: Path, rows: Iterable[AlertRow], replay: Replay) -> None:
    clock = Clock(ZoneInfo(replay.timezone))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ALERT_COLUMNS)
        writer.writerows([safe_cell(cell) for cell in alert_row(row, clock)] for row in rows)


# excess.csv: every watched unit with two records or more, and every temporal alert.


def write_excess(path: Path, answer: ExcessAnswer) -> None:
    """Write excess.csv in the order of the alphabet: units are never ranked."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(EXCESS_COLUMNS)
        writer.writerows([safe_cell(cell) for cell in row] for row in excess_rows(answer))


def excess_rows(answer: ExcessAnswer) -> Iterator[tuple[str, ...]]:
    """Yield the cells of EXCESS_COLUMNS, sorted by kind, unit and period."""
    rows = [
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
    ]
    rows += [
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
    ]
    yield from sorted(rows)


def excess_records(answer: ExcessAnswer) -> list[dict[str, str]]:
    """Return the rows of excess.csv, ready for JSON."""
    return [dict(zip(EXCESS_COLUMNS, row, strict=True)) for row in excess_rows(answer)]


# Proposals that two codes are one, as files: each comparison with its own weight, in words.


def write_identities(path: Path, resolution: Resolution) -> None:
    """Write the proposals, one row a pair of codes."""
    _write_identities_table(path, IDENTITY_COLUMNS, ((p, p.group) for p in resolution.proposals))


def write_undecided(path: Path, resolution: Resolution) -> None:
    """Write the pairs that are left undecided, each with the reason why it is not proposed."""
    _write_identities_table(path, UNDECIDED_COLUMNS, ((p, p.why_not) for p in resolution.undecided))


def _write_identities_table(
    path: Path, columns: tuple[str, ...], rows: Iterable[tuple[Proposal, str]]
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for one, sixth in rows:
            texts = (sixth, say_breakdown(one.findings), say_missing(one.findings))
            codes = map(safe_cell, (one.code_a, one.code_b, one.type))
            figures = (f"{one.bans:.6f}", f"{one.probability:.6f}")
            writer.writerow((*codes, *figures, *map(safe_cell, texts)))


def say_breakdown(findings: Iterable[IdentityFinding]) -> str:
    """Return every finding that weighs or tells, for and against, with its own weight in bans."""
    told = [f for f in findings if f.stance is not Stance.MISSING]
    parts = [f"{f.aspect}: {f.says} ({f.micro_bans / MICRO:+.6f})" for f in told]
    return "; ".join(part.replace(";", ",") for part in parts)


def say_missing(findings: Iterable[IdentityFinding]) -> str:
    """Return what one or both records do not tell."""
    return "; ".join(f.aspect for f in findings if f.stance is Stance.MISSING)


# Write the sheet of the weekly blind sample, and its key, which the reader must not see.


def sheet_text(key: Key) -> str:
    """Return sample.csv: two ids a line and room for an answer; no rank, no priority, no chance."""
    return _text(SHEET_COLUMNS, [(d.sample_id, d.case_a, d.case_b, "", "") for d in key.drawn])


def key_text(key: Key) -> str:
    """Return sample-key.csv: which pairs fell below the budget, and out of how many."""
    same = (key.week, str(key.below_in_week), str(key.seed))
    return _text(
        KEY_COLUMNS,
        [
            (d.sample_id, d.case_a, d.case_b, "below" if d.below else "control", *same)
            for d in key.drawn
        ],
    )


def _text(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return file.getvalue()
