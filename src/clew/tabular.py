"""Results that are also tables: for programs, data frames and notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any, ClassVar

import pyarrow as pa  # type: ignore[import-untyped]

from clew.disclosure.words import REASON_TO_LOOK, SILENCE
from clew.errors import UsageRejected

SHOWN = 20
"""Rows that a notebook shows; `to_arrow` and `to_frame` have all."""


class Tabular:
    """A result with one record for each row."""

    columns: ClassVar[tuple[str, ...]]
    """The table's columns, in order."""
    shown: ClassVar[tuple[str, ...]]
    """The columns that a notebook shows: what people read, without weights."""

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the rows; each has at least `columns` and `shown`."""
        raise NotImplementedError

    def to_arrow(self) -> pa.Table:
        """Return all rows as a pyarrow table."""
        rows = list(self.records())
        return pa.table({name: [row[name] for row in rows] for name in self.columns})

    def to_frame(self) -> Any:
        """Return all rows as a pandas frame.

        Raises
        ------
        UsageRejected
            If pandas is not installed.
        """
        try:
            return self.to_arrow().to_pandas()
        except ImportError:
            raise UsageRejected(
                "pandas is not installed", "Install pandas, or use to_arrow()"
            ) from None

    def _repr_html_(self) -> str:
        """Return the first rows as HTML, with the words of every screen above and below."""
        rows = list(self.records())
        head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in self.shown)
        cells = [[escape(str(row[name])) for name in self.shown] for row in rows[:SHOWN]]
        body = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
        more = f"<p>{len(rows) - SHOWN:,} more rows.</p>" if len(rows) > SHOWN else ""
        return (
            f"<p>{escape(REASON_TO_LOOK)}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{more}<p>{escape(SILENCE)}</p>"
        )
