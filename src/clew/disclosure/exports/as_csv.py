"""CSV: records, links and what the export says of itself, in one archive.

For machines: `weight_bans` is a column here, and in no other export.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import IO

from clew.disclosure.exports.nouns import Extract, LinkRow
from clew.disclosure.exports.said import LINK_COLUMNS, RECORD_COLUMNS, link_cells, record_cells
from clew.disclosure.exports.zipped import text_entry, write_about, write_table
from clew.model.finding import MICRO

MACHINE_LINK_COLUMNS = (*LINK_COLUMNS, "weight_bans")


def write_csv(extract: Extract, file: IO[bytes]) -> None:
    """Write `about.csv`, `records.csv` and `links.csv` as one ZIP archive, row by row."""
    stamp = extract.stamp
    with zipfile.ZipFile(file, "w") as archive:
        with text_entry(archive, "about.csv", stamp.made_at) as text:
            write_about(text, stamp)
        with text_entry(archive, "records.csv", stamp.made_at) as text:
            write_table(text, RECORD_COLUMNS, map(record_cells, extract.records), stamp)
        with text_entry(archive, "links.csv", stamp.made_at) as text:
            write_table(text, MACHINE_LINK_COLUMNS, _weighed(extract), stamp)


def _weighed(extract: Extract) -> Iterator[tuple[str, ...]]:
    def cells(row: LinkRow) -> tuple[str, ...]:
        return (*link_cells(row), f"{row.micro_bans / MICRO:.6f}")

    return map(cells, extract.links)
