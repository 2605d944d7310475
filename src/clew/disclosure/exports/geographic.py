"""Two formats for map viewers, with records as points and possible links as lines.

KML 2.2 (OGC 07-147r2): a folder of each. GeoJSON (RFC 7946): features, and a head about the export.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from clew.disclosure.exports.text import (
    LINK_COLUMNS,
    RECORD_COLUMNS,
    Extract,
    about,
    clean_text,
    iso,
    link_cells,
    record_cells,
)
from clew.disclosure.words import REASON_TO_LOOK

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
)
Position = tuple[float, float]
"""Longitude, latitude: RFC 7946, section 3.1.1."""


def write_kml(extract: Extract, file: IO[bytes]) -> None:
    """Write one document, placemark by placemark; what has no point is there without one."""
    placed: dict[str, str] = {}
    title = f"{extract.stamp.reference}: {extract.stamp.what}"
    description = "\n".join(f"{label}: {words}" for label, words in about(extract.stamp))
    head = f"{_HEAD}\n{_element('name', title)}{_element('description', description)}"
    file.write(f"{head}\n<Folder><name>Records</name>".encode())
    for row in extract.records:
        point = ""
        if row.point is not None:
            placed[row.case_id] = f"{row.point[1]!r},{row.point[0]!r}"
            point = f"<Point><coordinates>{placed[row.case_id]}</coordinates></Point>"
        when = f"<TimeStamp><when>{iso(row.reported_at)}</when></TimeStamp>"
        data = _data(RECORD_COLUMNS, record_cells(row))
        file.write(_placemark(row.heading, f"{when}{data}{point}"))
    file.write(b"</Folder>\n<Folder><name>Possible links</name>")
    for link in extract.links:
        line = ""
        if link.case_a in placed and link.case_b in placed:
            ends = f"<coordinates>{placed[link.case_a]} {placed[link.case_b]}</coordinates>"
            line = f"<LineString><tessellate>1</tessellate>{ends}</LineString>"
        data = _data(LINK_COLUMNS, link_cells(link))
        file.write(_placemark(f"{link.case_a} and {link.case_b}", f"{data}{line}"))
    file.write(b"</Folder>\n</Document></kml>\n")


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(clean_text(text))}</{name}>"


def _data(columns: Iterable[str], cells: Iterable[str]) -> str:
    pairs = [(c, cell) for c, cell in zip(columns, cells, strict=True) if cell]
    elements = "".join(
        f"<Data name={quoteattr(name)}><value>{escape(cell)}</value></Data>"
        for name, cell in (*pairs, ("notice", REASON_TO_LOOK))
    )
    return f"<ExtendedData>{elements}</ExtendedData>"


def _placemark(name: str, body: str) -> bytes:
    head = f"{_element('name', name)}{_element('description', REASON_TO_LOOK)}"
    return f"\n<Placemark>{head}{body}</Placemark>".encode()


def write_geojson(extract: Extract, file: IO[bytes]) -> None:
    """Write one FeatureCollection, feature by feature; what has no point has no geometry."""
    stamp: dict[str, list[str]] = {}
    for label, words in about(extract.stamp):
        stamp.setdefault(label.lower().replace(" ", "_"), []).append(words)
    head = {"type": "FeatureCollection", "notice": REASON_TO_LOOK, "about": stamp}
    file.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "features": [')
    separator, placed = "\n", dict[str, Position]()

    def write(ident: str, geometry: object, texts: dict[str, str]) -> None:
        nonlocal separator
        properties = {**texts, "notice": REASON_TO_LOOK}
        feature = {"type": "Feature", "id": ident, "geometry": geometry, "properties": properties}
        line = json.dumps(feature, ensure_ascii=False, allow_nan=False)
        file.write(separator.encode() + line.encode())
        separator = ",\n"

    for row in extract.records:
        point = None
        if row.point is not None:
            placed[row.case_id] = (row.point[1], row.point[0])
            point = {"type": "Point", "coordinates": placed[row.case_id]}
        cells = zip(RECORD_COLUMNS, record_cells(row), strict=True)
        texts = {column: cell for column, cell in cells if cell}
        write(f"record:{row.case_id}", point, {"is": "record", **texts})
    for link in extract.links:
        texts = dict(zip(LINK_COLUMNS, link_cells(link), strict=True))
        line = None
        if link.case_a in placed and link.case_b in placed:
            line = _line(placed[link.case_a], placed[link.case_b])
        write(f"link:{link.case_a},{link.case_b}", line, {"is": "possible link", **texts})
    file.write(b"\n]}\n")


def _line(a: Position, b: Position) -> dict[str, Any]:
    """Return the line between two records, cut in two where it crosses longitude 180 (3.1.9)."""
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
