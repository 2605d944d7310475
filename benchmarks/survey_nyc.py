"""The published example of the space-time permutation scan: fever in New York, November 2001.

`python benchmarks/survey_nyc.py`, with the folder of real data in CLEW_DATA. Prospective on the
last day, circles centred on the places. The figures to meet are those of SaTScan 10.3.2 on the same
files.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from clew.intake.read import read_case_file
from clew.model.cluster import Cluster, ScanLimits
from clew.model.values import Point
from clew.surveillance.request import SurveyRequest
from clew.surveillance.scan.cases import date_of
from clew.workflows.survey import survey_cases

PUBLISHED = (3.845418, 3.164201, 2.137259)
"""Statistics of the three clusters that SaTScan 10.3.2 reports."""
PUBLISHED_P = 0.242
MANY = 9_999
"""Replications for a p that is known to less than 0.01."""


def read_example(folder: Path) -> tuple[list[tuple[str, str, int]], dict[str, Point]]:
    """Return place, day and count of each row, and where the places are."""
    places = {}
    for line in (folder / "NYCfever.geo").read_text().split("\n"):
        if cells := line.split():
            places[cells[0]] = Point(float(cells[1]), float(cells[2]))
    rows = []
    for line in (folder / "NYCfever.cas").read_text().split("\n"):
        if cells := line.split():
            year, month, day = (int(part) for part in cells[2].split("/"))
            rows.append((cells[0], f"{year}-{month:02d}-{day:02d}", int(cells[1])))
    return rows, places


def scan(folder: Path, replications: int = 999, seed: int = 1) -> tuple[Cluster, ...]:
    """Return the clusters, the most likely first."""
    rows, places = read_example(folder)
    lines = ["case_id,reported_at,latitude,longitude,place_key"]
    for place, day, count in rows:
        point = places[place]
        for _ in range(count):
            number = f"F{len(lines):04d}"
            lines.append(f"{number},{day},{point.latitude!r},{point.longitude!r},{place}")
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "fever.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        case_file = read_case_file(path, timezone="America/New_York")
    options = SurveyRequest(
        limits=ScanLimits(replications=replications),
        prospective=True,
        centres=tuple(places.values()),
        seed=seed,
    )
    return survey_cases(case_file, options).clusters


def main() -> str:
    """Return the table beside the published figures."""
    data = os.environ.get("CLEW_DATA")
    if not data:
        return "The example's files were not at hand (CLEW_DATA is not set)."
    folder = Path(data) / "nyc_fever"
    found, many = scan(folder), scan(folder, MANY, seed=2)
    lines = [
        "Fever in New York, 1 to 24 November 2001: 194 cases, 192 places, prospective on the last"
        " day, circles up to 3 km and 50 % of the cases, 1 to 7 days, at least 2 cases, 999"
        " replications. Distances are great circles on a sphere of 6,371.0088 km.",
        "",
        "| cluster | places | centre | days | cases | expected | statistic | SaTScan 10.3.2 | p |"
        f" p of {MANY:,} |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for number, one in enumerate(found[: len(PUBLISHED)]):
        centre = one.zone.centre
        lines.append(
            f"| {number + 1} | {len(one.zone.places)} |"
            f" {centre.latitude:.3f}, {centre.longitude:.3f} |"
            f" {date_of(one.first_day)} to {date_of(one.last_day)} | {one.observed} |"
            f" {one.expected:.2f} | {one.statistic:.6f} | {PUBLISHED[number]:.6f} |"
            f" {one.significance.p_value:.3f} | {many[number].significance.p_value:.3f} |"
        )
    lines += [
        "",
        f"SaTScan's p of the first is {PUBLISHED_P} of at most 999 replications.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(main())
