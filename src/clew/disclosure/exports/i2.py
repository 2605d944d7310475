"""i2 Analyst's Notebook: one CSV of entities, one of links, for its import wizard.

Each row of `links.csv` holds both ends in full, so that it makes a chart by itself; `entities.csv`
adds what a record holds. A person, phone, vehicle or address stands on the chart only where two
records of the export name the same code: nobody appears who is not already in two case files.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from clew.disclosure.exports.tabular import text_entry, write_about, write_table
from clew.disclosure.exports.text import (
    Extract,
    LinkRow,
    Mention,
    RecordRow,
    clock_of,
    how_often,
    link_cells,
    record_cells,
    said,
)
from clew.disclosure.words import REASON_TO_LOOK, capital, plain

ENTITY_COLUMNS = (
    *("identity", "type", "label", "date", "time", "latitude", "longitude"),
    *("description", "source_reference"),
)
I2_LINK_COLUMNS = (
    *("end1_identity", "end1_type", "end1_label", "end2_identity", "end2_type", "end2_label"),
    *("link_type", "link_label", "direction", "strength", "date", "time"),
    *("description", "source_reference"),
)
TYPES = {"person": "Person", "phone": "Phone", "vehicle": "Vehicle", "address": "Location"}
"""Entity types that leave, as the standard chart template names them. Venues and handles do not:
of living people they are sensitive. Officers do not: nobody is searched by officer."""
NEVER_ROLES = frozenset({"officer", "paramedic", "pathologist"})
"""Roles that are a reason to ask somebody, never to draw a line."""
KINDS = {"death": "Death", "non_fatal": "Incident", "missing_person": "Missing person report"}
STRENGTH = "Tentative"
"""Of every link: a reason to look is not a finding, and the chart must not draw it as one."""


@dataclass(slots=True)
class _Chart:
    """What the first pass keeps for the second: each record's type and label."""

    ends: dict[str, tuple[str, str]] = field(default_factory=dict)


def write_i2(extract: Extract, file: IO[bytes]) -> None:
    """Write `about.csv`, `entities.csv` and `links.csv` as one ZIP archive."""
    stamp, chart = extract.stamp, _Chart()
    shared = shared_mentions(extract.mentions)
    with zipfile.ZipFile(file, "w") as archive:
        with text_entry(archive, "about.csv", stamp.made_at) as text:
            write_about(text, stamp)
        with text_entry(archive, "entities.csv", stamp.made_at) as text:
            write_table(text, ENTITY_COLUMNS, _entities(extract, shared, chart), stamp)
        with text_entry(archive, "links.csv", stamp.made_at) as text:
            write_table(text, I2_LINK_COLUMNS, _links(extract, shared, chart), stamp)


def shared_mentions(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    """Return, by code, who is named in two records or more, in a role and type that may leave."""
    found: dict[str, list[Mention]] = defaultdict(list)
    for one in mentions:
        if one.type in TYPES and one.role not in NEVER_ROLES:
            found[f"{one.type}:{one.code}"].append(one)
    return {
        code: ones for code, ones in sorted(found.items()) if len({x.case_id for x in ones}) > 1
    }


def _entities(
    extract: Extract, shared: dict[str, list[Mention]], chart: _Chart
) -> Iterator[tuple[str, ...]]:
    for row in extract.records:
        kind = KINDS.get(row.told.get("kind", "death"), "Death")
        label = f"{row.name} ({row.case_id})" if row.name else row.case_id
        chart.ends[row.case_id] = (kind, said(label))
        yield _record(row, kind, label, extract)
    for code, ones in shared.items():
        named = "named in " + ", ".join(sorted({one.case_id for one in ones}))
        kind = TYPES[ones[0].type]
        yield tuple(
            said(x) for x in (code, kind, code, "", "", "", "", f"{kind} by code, {named}", "")
        )


def _record(row: RecordRow, kind: str, label: str, extract: Extract) -> tuple[str, ...]:
    at = clock_of(extract.stamp).local(row.reported_at)
    latitude, longitude = row.point or ("", "")
    told = (row.told.get(c, "") for c in ("premises", "category", "manner", "cause"))
    description = "; ".join(capital(plain(x)) for x in told if x)
    cells = (
        row.case_id, kind, label, f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", str(latitude),
        str(longitude), description, record_cells(row)[0],
    )  # fmt: skip
    return tuple(said(cell) for cell in cells)


def _links(
    extract: Extract, shared: dict[str, list[Mention]], chart: _Chart
) -> Iterator[tuple[str, ...]]:
    for link in extract.links:
        yield _possible(link, extract, chart)
    for code, ones in shared.items():
        for one in ones:
            ends = (code, TYPES[one.type], code, *_end(one.case_id, chart))
            role = capital(plain(one.role))
            told = ("Named in", role, "None", STRENGTH, "", "", REASON_TO_LOOK, one.case_id)
            yield tuple(said(cell) for cell in (*ends, *told))


def _end(case_id: str, chart: _Chart) -> tuple[str, str, str]:
    return (case_id, *chart.ends.get(case_id, ("Death", case_id)))


def _possible(link: LinkRow, extract: Extract, chart: _Chart) -> tuple[str, ...]:
    at = clock_of(extract.stamp).local(link.at)
    cells = link_cells(link)
    description = f"{how_often(link)} For: {cells[9] or 'none'}. Against: {cells[10] or 'none'}."
    ends = (*_end(link.case_a, chart), *_end(link.case_b, chart))
    told = (
        "Possible link", capital(plain(link.state)), "None", STRENGTH, f"{at:%Y-%m-%d}",
        f"{at:%H:%M:%S}", description, f"{link.case_a} and {link.case_b}",
    )  # fmt: skip
    return tuple(said(cell) for cell in (*ends, *told))
