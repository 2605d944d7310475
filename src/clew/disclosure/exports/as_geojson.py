"""GeoJSON (RFC 7946): records as points, links as lines; what the export says stands beside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from clew.disclosure.exports.nouns import Extract, LinkRow
from clew.disclosure.exports.said import (
    LINK_COLUMNS,
    RECORD_COLUMNS,
    about,
    link_cells,
    record_cells,
)
from clew.disclosure.words import REASON_TO_LOOK

Position = tuple[float, float]
"""Longitude, latitude: RFC 7946, section 3.1.1."""


def write_geojson(extract: Extract, file: IO[bytes]) -> None:
    """Write one FeatureCollection, feature by feature; what has no point has no geometry."""
    head = {"type": "FeatureCollection", "notice": REASON_TO_LOOK, "about": _about(extract)}
    file.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "features": [')
    for k, feature in enumerate(_features(extract)):
        line = json.dumps(feature, ensure_ascii=False, allow_nan=False)
        file.write((",\n" if k else "\n").encode() + line.encode())
    file.write(b"\n]}\n")


def _about(extract: Extract) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for label, words in about(extract.stamp):
        told.setdefault(label.lower().replace(" ", "_"), []).append(words)
    return told


def _features(extract: Extract) -> Iterator[dict[str, Any]]:
    placed: dict[str, Position] = {}
    for row in extract.records:
        point = row.point
        if point is not None:
            placed[row.case_id] = (point[1], point[0])
        told = {c: cell for c, cell in zip(RECORD_COLUMNS, record_cells(row), strict=True) if cell}
        yield _feature(
            f"record:{row.case_id}",
            None if point is None else {"type": "Point", "coordinates": placed[row.case_id]},
            {"is": "record", **told},
        )
    for link in extract.links:
        cells = dict(zip(LINK_COLUMNS, link_cells(link), strict=True))
        yield _feature(
            f"link:{link.case_a},{link.case_b}",
            _line(link, placed),
            {"is": "possible link", **cells},
        )


def _feature(ident: str, geometry: object, told: dict[str, str]) -> dict[str, Any]:
    told["notice"] = REASON_TO_LOOK
    return {"type": "Feature", "id": ident, "geometry": geometry, "properties": told}


def _line(link: LinkRow, placed: dict[str, Position]) -> dict[str, Any] | None:
    """Return the line between two records, cut in two where it crosses longitude 180 (3.1.9)."""
    if link.case_a not in placed or link.case_b not in placed:
        return None
    a, b = placed[link.case_a], placed[link.case_b]
    if abs(a[0] - b[0]) <= 180:
        return {"type": "LineString", "coordinates": [a, b]}
    east, west = (a, b) if a[0] > b[0] else (b, a)
    to_east = 180 - east[0]
    whole = to_east + (west[0] + 180)
    at = east[1] + (west[1] - east[1]) * (to_east / whole if whole else 0.0)
    return {
        "type": "MultiLineString",
        "coordinates": [[east, (180.0, at)], [(-180.0, at), west]],
    }
