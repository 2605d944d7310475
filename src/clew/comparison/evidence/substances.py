"""Substances: which were found in both, each by how rare it is, and what was looked for.

Two deaths with cocaine say little, two with GHB say more. Tested and nothing found differs from
not tested. What one record found and the other did not speaks a little against, unless the
substance lies outside routine screens: GHB is outside most, and forms after death, so its absence
from a report says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from clew.model.case import Case

OUTSIDE_ROUTINE = frozenset({"ghb", "gbl", "insulin"})
"""Declared: outside many routine screens (docs/reference/columns.md names GHB)."""
ROUTINE_SHARE = 0.5
"""Declared: a substance looked for in half of the reports that say what was looked for."""


def routinely_tested(cases: Sequence[Case]) -> frozenset[str]:
    """Return substances whose absence from a report says something in this file.

    Where the file says what was tested for, that decides; else all but OUTSIDE_ROUTINE.
    """
    screens = [set(case.tested_for) for case in cases if case.tested_for]
    found = {substance for case in cases for substance in case.substances or ()}
    if not screens:
        return frozenset(found - OUTSIDE_ROUTINE)
    looked_for = Counter(substance for screen in screens for substance in screen)
    return frozenset(s for s in found if looked_for[s] >= ROUTINE_SHARE * len(screens))
