"""The counts of an audit, tied together by their sums, so that what leaves can be protected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from clew.oversight.equality.answers import OutcomeAnswer
from clew.oversight.equality.deaths import Deaths
from clew.oversight.suppression import Counts, Key

FOCAL: Final = "focal"
REFERENCE: Final = "reference"
BOTH: Final = "both"
DONE: Final = "done"
UNDONE: Final = "not done"
UNKNOWN: Final = "not known"
_TOGETHER: Final = (("file", "rows"), ("file", FOCAL), ("file", REFERENCE), ("file", BOTH))
MOST_CATEGORIES: Final = 30
"""Declared: a column with more categories is in no table."""


def count_audit(deaths: Deaths, answers: Sequence[OutcomeAnswer], rows: int) -> Counts:
    """Return the counts of a file and of each outcome by group, with every sum among them.

    Keys: (what, which) for deaths of the file; (group, "outcome", name, state) and (group,
    "column", name, value). What nobody is short of, such as an outcome that is known for all, is
    no count. Whether it was done is dearest: the rest is hidden before it.
    """
    focal, reference = int(deaths.focal.sum()), int((~deaths.focal).sum())
    values: dict[Key, int] = {
        ("file", "rows"): rows,
        ("file", FOCAL): focal,
        ("file", REFERENCE): reference,
        ("file", BOTH): focal + reference,
        ("file", "other groups"): deaths.other_groups,
        ("file", "group not recorded"): deaths.group_missing,
        ("file", "outside the plan"): deaths.outside,
    }
    for name in ("other groups", "group not recorded", "outside the plan"):
        if not values["file", name]:
            del values["file", name]
    dear: set[Key] = set()
    whole = ("file", BOTH)
    sums: list[tuple[Key, tuple[Key, ...]]] = [
        (whole, (("file", FOCAL), ("file", REFERENCE))),
        (
            ("file", "rows"),
            (whole, *(key for key in values if key not in _TOGETHER)),
        ),
    ]

    def split(name: tuple[str, str], parts: dict[str, tuple[int, int]]) -> None:
        """Add one way to divide both groups: its parts, by focal and reference."""
        for part, (one, other) in parts.items():
            values[FOCAL, *name, part] = one
            values[REFERENCE, *name, part] = other
            values[BOTH, *name, part] = one + other
            sums.append(((BOTH, *name, part), ((FOCAL, *name, part), (REFERENCE, *name, part))))
        sums.extend(
            (("file", group), tuple((group, *name, part) for part in parts))
            for group in (FOCAL, REFERENCE, BOTH)
        )

    for answer in answers:
        (a, n1), (c, n0) = answer.focal, answer.reference
        parts = {DONE: (a, c), UNDONE: (n1 - a, n0 - c)}
        dear |= {
            (g, "outcome", answer.name, part) for part in parts for g in (FOCAL, REFERENCE, BOTH)
        }
        if n1 < focal or n0 < reference:
            parts[UNKNOWN] = (focal - n1, reference - n0)
        split(("outcome", answer.name), parts)
    for column, cells in deaths.columns.items():
        names, codes = np.unique(np.asarray(cells), return_inverse=True)
        if names.size > MOST_CATEGORIES:
            continue
        ours = np.bincount(codes[deaths.focal], minlength=names.size)
        theirs = np.bincount(codes[~deaths.focal], minlength=names.size)
        split(
            ("column", column),
            {str(name): (int(a), int(b)) for name, a, b in zip(names, ours, theirs, strict=True)},
        )
    return Counts(values, sums, dear)
