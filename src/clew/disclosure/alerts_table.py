"""The files beside the replay's page: alerts.csv, shared.csv, below.csv and run.json."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from clew.disclosure.clock import Clock
from clew.disclosure.words import REASON_TO_LOOK, SILENCE
from clew.model.alert import AlertRow, Replay
from clew.model.cells import safe_cell
from clew.model.contract import ALERT_COLUMNS
from clew.model.finding import MICRO
from clew.model.time_window import Instant

NOBODY_SIGNED = "nobody has signed this budget"


def write_alerts(path: Path, replay: Replay) -> None:
    """Write alerts.csv: every ranked row, in the order of the replay."""
    _write(path, replay.rows, replay)


def write_beyond(path: Path, replay: Replay) -> None:
    """Write shared.csv: pairs that share a person, phone or place and stood beyond the top."""
    _write(path, replay.beyond, replay)


def write_below(path: Path, replay: Replay) -> None:
    """Write below.csv: every best match since alerting began that did not alert."""
    _write(path, replay.below, replay)


def write_warm_up(path: Path, replay: Replay) -> None:
    """Write warm-up.csv: the best match of each trigger before alerting began.

    With alerts.csv, whoever doubts an alert can work out again what it had to exceed.
    """
    _write(path, replay.warm_up, replay)


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


def _write(path: Path, rows: Iterable[AlertRow], replay: Replay) -> None:
    clock = Clock(ZoneInfo(replay.timezone))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ALERT_COLUMNS)
        writer.writerows([safe_cell(cell) for cell in alert_row(row, clock)] for row in rows)
