"""KML 2.2 (OGC 07-147r2) for map viewers: a folder of records, a folder of possible links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from clew.disclosure.exports.nouns import Extract, LinkRow, RecordRow
from clew.disclosure.exports.said import (
    LINK_COLUMNS,
    RECORD_COLUMNS,
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
