"""The planted record with what was seen told in prose alone: ten ways of writing, both sexes.

`barking_prose.toml` holds the reports. Posture, lividity, clothing, scene, missing items, people
and mentions stand in no column then: whoever reads the file must draw them from the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from clew.synthetic.barking import FOUR, BarkingOptions, barking_rows
from clew.synthetic.generated import Generated, Row

TOLD_IN_PROSE = frozenset(
    [
        "posture",
        "lividity",
        "clothing",
        "injuries",
        "body_state",
        "scene",
        "missing_items",
        "entities",
        "mentions",
        "narrative",
    ]
)
"""Columns of the four that the reports tell in prose; no row and no fact holds them."""
_WORDS = {
    "male": {"he": "he", "him": "him", "his": "his", "man": "man", "male": "male", "lad": "lad"},
    "female": {
        "he": "she",
        "him": "her",
        "his": "her",
        "man": "woman",
        "male": "female",
        "lad": "girl",
    },
}
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")


@cache
def styles() -> Mapping[str, Mapping[str, str]]:
    """Return the reports by style and case, with marks where the sex is told."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return {
        entry["id"]: {case: entry[case] for case in FOUR} for entry in tomllib.loads(text)["style"]
    }


def report_of(case: str, style: str, sex: str = "male") -> str:
    """Return the report of one of the four in one style."""
    words = _WORDS[sex]

    def said(found: re.Match[str]) -> str:
        mark = found[1]
        word = words[mark.lower()]
        return word.capitalize() if mark[0].isupper() else word

    return re.sub(r"\{(\w+)\}", said, styles()[style][case])


def prose_rows(
    options: BarkingOptions,
    rng: np.random.Generator,
    style: str | None = None,
    left_out: float = 0.0,
) -> Generated:
    """Return the planted record with the four told in prose.

    Parameters
    ----------
    options
        What else the record may lack; `wording_noise` moves ages and points as elsewhere.
    style
        The style of all four; None: each report in a style of its own, drawn.
    left_out
        Share of each report's sentences that its writer left out, 0 to 1.

    """
    made = barking_rows(options, rng)
    told = {case: _told(case, options, rng, style, left_out) for case in FOUR}
    rows = [_in_prose(row, told) for row in made.rows]
    facts = [
        fact
        for fact in made.facts
        if fact["case_id"] not in FOUR or fact["field"] not in TOLD_IN_PROSE
    ]
    return Generated(rows, facts)


def _told(
    case: str, options: BarkingOptions, rng: np.random.Generator, style: str | None, left_out: float
) -> str:
    names = tuple(styles())
    chosen = style or names[int(rng.integers(len(names)))]
    sentences = _SENTENCE.split(report_of(case, chosen, options.sex or "male"))
    kept = [sentence for sentence in sentences if rng.random() >= left_out]
    return " ".join(kept or sentences[:1])


def _in_prose(row: Row, told: Mapping[str, str]) -> Row:
    if row["case_id"] not in FOUR:
        return row
    kept = {name: value for name, value in row.items() if name not in TOLD_IN_PROSE}
    return {**kept, "narrative": told[row["case_id"]]}
