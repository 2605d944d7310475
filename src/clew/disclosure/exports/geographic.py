"""KML 2.2 (OGC 07-147r2) for map viewers: a folder of records, a folder of possible links."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from clew.disclosure.exports.text import (
    LINK_COLUMNS,
    RECORD_COLUMNS,
    Extract,
    LinkRow,
    RecordRow,
    about,
    iso,
    link_cells,
    record_cells,
    said,
)
from clew.disclosure.words import REASON_TO_LOOK

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
)


def write_kml(extract: Extract, file: IO[bytes]) -> None:
    """Write one document, placemark by placemark; what has no point is there without one."""
    placed: dict[str, str] = {}
    title = f"{extract.stamp.reference}: {extract.stamp.what}"
    file.write(
        f"{_HEAD}\n{_element('name', title)}{_element('description', _words(extract))}".encode()
    )
    file.write(b"\n<Folder><name>Records</name>")
    for row in extract.records:
        file.write(_record(row, placed).encode())
    file.write(b"</Folder>\n<Folder><name>Possible links</name>")
    for link in extract.links:
        file.write(_link(link, placed).encode())
    file.write(b"</Folder>\n</Document></kml>\n")


def _words(extract: Extract) -> str:
    return "\n".join(f"{label}: {words}" for label, words in about(extract.stamp))


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(said(text))}</{name}>"


def _data(columns: Iterable[str], cells: Iterable[str]) -> str:
    pairs = [(c, cell) for c, cell in zip(columns, cells, strict=True) if cell]
    told = "".join(
        f"<Data name={quoteattr(name)}><value>{escape(cell)}</value></Data>"
        for name, cell in (*pairs, ("notice", REASON_TO_LOOK))
    )
    return f"<ExtendedData>{told}</ExtendedData>"


def _record(row: RecordRow, placed: dict[str, str]) -> str:
    point = ""
    if row.point is not None:
        placed[row.case_id] = f"{row.point[1]!r},{row.point[0]!r}"
        point = f"<Point><coordinates>{placed[row.case_id]}</coordinates></Point>"
    name = f"{row.name} ({row.case_id})" if row.name else row.case_id
    return (
        f"\n<Placemark>{_element('name', name)}{_element('description', REASON_TO_LOOK)}"
        f"<TimeStamp><when>{iso(row.reported_at)}</when></TimeStamp>"
        f"{_data(RECORD_COLUMNS, record_cells(row))}{point}</Placemark>"
    )


def _link(row: LinkRow, placed: dict[str, str]) -> str:
    line = ""
    if row.case_a in placed and row.case_b in placed:
        ends = f"{placed[row.case_a]} {placed[row.case_b]}"
        line = (
            f"<LineString><tessellate>1</tessellate><coordinates>{ends}</coordinates></LineString>"
        )
    return (
        f"\n<Placemark>{_element('name', f'{row.case_a} and {row.case_b}')}"
        f"{_element('description', REASON_TO_LOOK)}{_data(LINK_COLUMNS, link_cells(row))}{line}"
        "</Placemark>"
    )


# GeoJSON (RFC 7946): records as points, links as lines; what the export says stands beside.


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
