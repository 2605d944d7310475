"""i2 Analyst's Notebook: one CSV of entities, one of links, for its import wizard.

Each row of `links.csv` has both ends in full, so that it alone makes a chart; `entities.csv` adds
what a record says. A person, phone, vehicle or address is on the chart only where two records of
the export name the same code: nobody appears who is not already in two case files.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterator
from typing import IO

from clew.disclosure.comparison import say_reasons
from clew.disclosure.exports.tabular import text_entry, write_about, write_table
from clew.disclosure.exports.text import (
    Extract,
    Mention,
    clean_text,
    clock_of,
    how_often,
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
Ends = dict[str, tuple[str, str]]
"""Type and label of each record, which the first table gives to the second."""


def write_i2(extract: Extract, file: IO[bytes]) -> None:
    """Write `about.csv`, `entities.csv` and `links.csv` as one ZIP archive."""
    stamp, ends = extract.stamp, Ends()
    mentions: dict[str, list[Mention]] = defaultdict(list)
    for mention in extract.mentions:
        if mention.type in TYPES and mention.role not in NEVER_ROLES:
            mentions[f"{mention.type}:{mention.code}"].append(mention)
    shared = {
        code: ones for code, ones in sorted(mentions.items()) if len({x.case_id for x in ones}) > 1
    }
    with zipfile.ZipFile(file, "w") as archive:
        with text_entry(archive, "about.csv", stamp.made_at) as text:
            write_about(text, stamp)
        with text_entry(archive, "entities.csv", stamp.made_at) as text:
            write_table(text, ENTITY_COLUMNS, _entities(extract, shared, ends), stamp)
        with text_entry(archive, "links.csv", stamp.made_at) as text:
            write_table(text, I2_LINK_COLUMNS, _links(extract, shared, ends), stamp)


def _entities(
    extract: Extract, shared: dict[str, list[Mention]], ends: Ends
) -> Iterator[tuple[str, ...]]:
    clock = clock_of(extract.stamp)
    for row in extract.records:
        kind = KINDS.get(row.texts.get("kind", "death"), "Death")
        ends[row.case_id] = (kind, clean_text(row.heading))
        at = clock.local(row.reported_at)
        latitude, longitude = row.point or ("", "")
        texts = (row.texts.get(c, "") for c in ("premises", "category", "manner", "cause"))
        cells = (
            row.case_id, kind, row.heading, f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", str(latitude),
            str(longitude), "; ".join(capital(plain(x)) for x in texts if x), row.case_id,
        )  # fmt: skip
        yield tuple(clean_text(cell) for cell in cells)
    for code, ones in shared.items():
        kind = TYPES[ones[0].type]
        records = ", ".join(sorted({one.case_id for one in ones}))
        description = f"{kind} by code, named in {records}"
        cells = (code, kind, code, "", "", "", "", description, "")
        yield tuple(clean_text(cell) for cell in cells)


def _links(
    extract: Extract, shared: dict[str, list[Mention]], ends: Ends
) -> Iterator[tuple[str, ...]]:
    clock = clock_of(extract.stamp)

    def end(case_id: str) -> tuple[str, str, str]:
        return (case_id, *ends.get(case_id, ("Death", case_id)))

    for link in extract.links:
        at = clock.local(link.at)
        reasons = (say_reasons(link.findings, sign) or "none" for sign in (1, -1))
        cells = (
            *end(link.case_a), *end(link.case_b), "Possible link", capital(plain(link.state)),
            "None", STRENGTH, f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}",
            "{} For: {}. Against: {}.".format(how_often(link), *reasons),
            f"{link.case_a} and {link.case_b}",
        )  # fmt: skip
        yield tuple(clean_text(cell) for cell in cells)
    for code, ones in shared.items():
        for one in ones:
            cells = (
                code, TYPES[one.type], code, *end(one.case_id), "Named in",
                capital(plain(one.role)), "None", STRENGTH, "", "", REASON_TO_LOOK, one.case_id,
            )  # fmt: skip
            yield tuple(clean_text(cell) for cell in cells)
