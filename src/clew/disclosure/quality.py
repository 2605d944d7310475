"""The page of `clew quality`: what a file's data are like."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from clew.disclosure.report import environment, style
from clew.model.quality import Filled, Quality

LISTED = 50
"""Rows of a list on the page; quality.json has all."""


def render_quality(quality: Quality) -> str:
    """Return the page as HTML: no script, nothing from elsewhere."""
    sheet, style_hash = style("report.css", "quality.css")
    page = environment().get_template("quality.html.j2")
    return page.render(q=quality, style=sheet, style_hash=style_hash, listed=LISTED)


def quality_json(quality: Quality) -> dict[str, Any]:
    """Return the report as plain values; shares are 0 to 1."""

    def shares(group: Filled) -> dict[str, Any]:
        return {
            "name": group.name,
            "records": group.records,
            "filled": {field: group.filled.get(field, 0) for field in quality.fields},
            "share": {field: round(group.share(field), 4) for field in quality.fields},
        }

    return asdict(quality) | {
        "units": [shares(group) for group in quality.units],
        "months": [shares(group) for group in quality.months],
        "all": shares(quality.all),
    }
