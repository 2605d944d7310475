"""What a shared home or phone can tell: which household, never which of its members."""

from __future__ import annotations

from math import log10

from clew.model.finding import MICRO, Stance
from clew.model.identity import IdentityFinding

OTHERS = 2.0
"""Others in a household who could be meant (declared; homes of the United Kingdom hold 2.4)."""
TWINS = 0.02
"""Share of others in a household born on the same day: about 1.5 % of births are twins."""
NAMESAKES = 0.02
"""Share of others in a household with the same given name: fathers and sons (declared)."""
ASPECT = "what comes together"
NAMED = frozenset({"same", "form", "further", "slip"})
BORN_ALIKE = frozenset({"same", "swapped", "slip", "year"})


def dependence_finding(
    weights: dict[str, float], levels: dict[str, str], prior_bans: float
) -> IdentityFinding | None:
    """Return what is taken off because findings come together; None where nothing is.

    Home, phone and family name come together in a family, so they count as one: no more than says
    that one of the household is meant. Given name and day then tell the members apart, and count
    no more than they can among people who may be twins, or father and son of one name. Elsewhere
    too, family name and day leave a twin open where no given name speaks. A given name that agrees
    tells the sex already.

    Parameters
    ----------
    weights
        Bans of each comparison.
    levels
        The level each comparison found.
    prior_bans
        log10 of the odds that two records of the register are one person.
    """
    taken, said = 0.0, []
    shared = [name for name in ("home", "phone") if weights[name] > 0]
    named = levels["given"] in NAMED or levels["family"] == "swapped"
    if shared:
        whole = sum(weights[name] for name in shared) + max(weights["family"], 0.0)
        most = max(-prior_bans - log10(OTHERS), 0.0)
        taken += max(whole - most, 0.0)
        if levels["birth"] in BORN_ALIKE:
            taken += max(weights["birth"] + log10(TWINS), 0.0)
        elif levels["given"] in NAMED and levels["birth"] == "missing":
            taken += max(weights["given"] + log10(NAMESAKES), 0.0)
        said.append("home, phone and family name tell the household, not which member")
    elif (
        levels["given"] in {"missing", "initial"}
        and weights["family"] > 0
        and levels["birth"] in BORN_ALIKE
    ):
        whole = prior_bans + weights["family"] + weights["birth"]
        taken += max(whole + log10(TWINS), 0.0)
        said.append("without a given name it may be a twin")
    if named and weights["sex"] > 0:
        taken += weights["sex"]
        said.append("the given name tells the sex already")
    micro = -round(taken * MICRO)
    return IdentityFinding(ASPECT, Stance.DIFFERS, "; ".join(said), micro) if micro else None
