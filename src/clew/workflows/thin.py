"""Cases too thin to compare: listed outside the budget, with the three facts to ask for."""

from __future__ import annotations

from collections.abc import Sequence

from clew.model.case import Case
from clew.model.finding import ThinCase

LEAST_COMPARABLE = 5
"""Declared: a record that tells fewer of the things below cannot be told from thousands."""
ASKED = 3

# In the order in which an answer changes a ranking most: the spread of its weight over 400,000
# random pairs of the made-up force, in bans (0.59 for missing items, 0.03 for entities, which are
# rare and then decisive). Measured; see docs/method/thin.md.
THINGS = (
    ("missing_items", "was a phone found, and were keys and wallet there?"),
    ("age_years", "how old was the person?"),
    ("point", "where exactly was the person found?"),
    ("mechanism", "what was the cause, or what is suspected?"),
    ("sex", "what was the person's sex?"),
    ("home", "where did the person live?"),
    ("scene", "what was at the scene, and was anything out of place?"),
    ("premises", "what kind of place is it?"),
    ("posture", "how did the person lie or sit?"),
    ("substances", "has toxicology been asked for, and for which substances?"),
    ("window", "when was the person last known to be alive?"),
    ("entities", "who called, who found the person, and who was last with them?"),
)


def find_thin(cases: Sequence[Case]) -> tuple[ThinCase, ...]:
    """Return cases that tell fewer than LEAST_COMPARABLE things, in the order given."""
    found = []
    for case in cases:
        told = [name for name, _ in THINGS if getattr(case, name) is not None]
        if len(told) < LEAST_COMPARABLE:
            ask = tuple(question for name, question in THINGS if name not in told)[:ASKED]
            found.append(ThinCase(case.case_id, len(told), ask))
    return tuple(found)
