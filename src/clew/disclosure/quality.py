"""The page of `clew quality`: what a file's data are like."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from clew.disclosure.report import environment, style
from clew.model.quality import Filled, Quality

LISTED = 50
"""Rows of a list that stand on the page; quality.json holds all."""


def render_quality(quality: Quality) -> str:
    """Return the page as HTML: no script, nothing from elsewhere."""
    sheet, style_hash = style("report.css", "quality.css")
    return (
        environment()
        .get_template("quality.html.j2")
        .render(q=quality, style=sheet, style_hash=style_hash, listed=LISTED, percent=_percent)
    )


def _percent(group: Filled, field: str) -> str:
    """Return the share that tells a field, in whole per cent, never rounded to none or all."""
    share = group.share(field)
    if 0 < share < 0.005:
        return "<1"
    return ">99" if 0.995 <= share < 1 else f"{share:.0%}"[:-1]


def quality_json(quality: Quality) -> dict[str, Any]:
    """Return the report as plain values; shares are 0 to 1."""
    told = asdict(quality)
    for name, groups in (("units", quality.units), ("months", quality.months)):
        told[name] = [_shares(group, quality.fields) for group in groups]
    told["all"] = _shares(quality.all, quality.fields)
    return told


def _shares(group: Filled, fields: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": group.name,
        "records": group.records,
        "filled": {field: group.filled.get(field, 0) for field in fields},
        "share": {field: round(group.share(field), 4) for field in fields},
    }
