"""clusters.csv, and the same for machines."""

from __future__ import annotations

import csv
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from clew.disclosure.words import REASON_TO_LOOK, SILENCE
from clew.model.cells import safe_cell
from clew.model.cluster import Cluster, Day, Survey
from clew.model.contract import CLUSTER_COLUMNS

_EPOCH = date(1970, 1, 1)


def date_of(day: Day) -> date:
    """Return the calendar date of a day."""
    return _EPOCH + timedelta(days=day)


def write_clusters(path: Path, survey: Survey) -> None:
    """Write clusters.csv: scan by scan, of each the most likely cluster first."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CLUSTER_COLUMNS)
        for one in survey.clusters:
            writer.writerow([safe_cell(cell) for cell in cluster_row(one, survey).values()])


def cluster_row(one: Cluster, survey: Survey) -> dict[str, str]:
    """Return one cluster as the cells of CLUSTER_COLUMNS, by name."""
    figures = one.significance
    cells = {
        "cluster_id": one.cluster_id,
        "model": one.model,
        "stratum": one.stratum,
        "latitude": f"{one.zone.centre.latitude:.6f}",
        "longitude": f"{one.zone.centre.longitude:.6f}",
        "radius_km": f"{one.zone.radius_m / 1000:.6f}",
        "first_day": date_of(one.first_day).isoformat(),
        "last_day": date_of(one.last_day).isoformat(),
        "observed": str(one.observed),
        "expected": f"{one.expected:.6f}",
        "statistic": f"{one.statistic:.6f}",
        "p_value": f"{figures.p_value:.6g}",
        "recurrence_days": _number(figures.recurrence_days, ".6g"),
        "case_ids": "; ".join(one.case_ids),
        "places": str(len(one.zone.places)),
        "p_sequential": _number(figures.p_sequential, ".6g"),
        "p_gumbel": _number(figures.p_gumbel, ".4g"),
        "p_corrected": f"{figures.p_corrected:.6g}",
        "strata": str(figures.strata),
        "recurrence_source": figures.recurrence_source,
        "replications": str(figures.replications),
        "scanned_on": date_of(one.scanned_on).isoformat(),
        "signal": "1" if survey.signals(one) else "0",
    }
    return {name: cells[name] for name in CLUSTER_COLUMNS}


def survey_record(survey: Survey) -> dict[str, Any]:
    """Return what the scans say, ready for JSON."""
    scans = [
        {
            "scanned_on": date_of(scan.scanned_on).isoformat(),
            "first_day": date_of(scan.first_day).isoformat(),
            "stratum": scan.stratum,
            "cases": scan.cases,
            "places": scan.places,
            "clusters": [_machine(one, survey) for one in scan.clusters],
        }
        for scan in survey.scans
    ]
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
        "scans": scans,
    }


def _machine(one: Cluster, survey: Survey) -> dict[str, Any]:
    figures = one.significance
    return {
        "cluster_id": one.cluster_id,
        "latitude": one.zone.centre.latitude,
        "longitude": one.zone.centre.longitude,
        "radius_km": one.zone.radius_m / 1000,
        "places": len(one.zone.places),
        "first_day": date_of(one.first_day).isoformat(),
        "last_day": date_of(one.last_day).isoformat(),
        "observed": one.observed,
        "expected": one.expected,
        "statistic": one.statistic,
        **asdict(figures),
        "signal": survey.signals(one),
        "case_ids": list(one.case_ids),
    }


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
