"""The planted record with what was seen in prose alone: ten ways of writing, both sexes.

`barking_prose.toml` has the reports. Posture, lividity, clothing, scene, missing items, people and
mentions are in no column then, and must be read from the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from clew.synthetic.barking import FOUR, BarkingOptions, barking_rows
from clew.synthetic.generated import Generated

IN_PROSE = frozenset(
    [
        *("posture", "lividity", "clothing", "injuries", "body_state"),
        *("scene", "missing_items", "entities", "mentions", "narrative"),
    ]
)
"""Columns of the four that are in the reports' prose, and in no row or fact."""
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
    """Return the reports by style and case, with marks where the sex is written."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return {
        entry["id"]: {case: entry[case] for case in FOUR} for entry in tomllib.loads(text)["style"]
    }


def report_of(case: str, style: str, sex: str = "male") -> str:
    """Return the report of one of the four in one style."""
    words = _WORDS[sex]

    def word_for(match: re.Match[str]) -> str:
        mark = match[1]
        word = words[mark.lower()]
        return word.capitalize() if mark[0].isupper() else word

    return re.sub(r"\{(\w+)\}", word_for, styles()[style][case])


def prose_rows(
    options: BarkingOptions,
    rng: np.random.Generator,
    style: str | None = None,
    left_out: float = 0.0,
) -> Generated:
    """Return the planted record with the four in prose.

    Parameters
    ----------
    options
        What else is left out; `wording_noise` moves ages and points as elsewhere.
    style
        The style of all four; None: each report in a style of its own, drawn.
    left_out
        Share of each report's sentences that its writer left out, 0 to 1.

    """
    made = barking_rows(options, rng)
    names = tuple(styles())
    prose = {}
    for case in FOUR:
        chosen = style or names[int(rng.integers(len(names)))]
        sentences = _SENTENCE.split(report_of(case, chosen, options.sex or "male"))
        written = [sentence for sentence in sentences if rng.random() >= left_out]
        prose[case] = " ".join(written or sentences[:1])
    rows = []
    for row in made.rows:
        if row["case_id"] in prose:
            kept = {name: value for name, value in row.items() if name not in IN_PROSE}
            rows.append({**kept, "narrative": prose[row["case_id"]]})
        else:
            rows.append(row)
    facts = [
        fact for fact in made.facts if fact["case_id"] not in FOUR or fact["field"] not in IN_PROSE
    ]
    return Generated(rows, facts)
