"""Strata: parts of a file that are scanned by themselves, so that few are not lost among many.

Who is in a stratum is told by what was recorded by then. A record that does not tell is in neither
the stratum nor outside it: it is counted as not searched there.
"""

from __future__ import annotations

from clew.model.case import Case

YOUNG_FROM, YOUNG_TO = 15.0, 40.0
"""Adolescents and young adults, 15 to 39 years (National Cancer Institute, AYA)."""
OUTDOORS = frozenset(
    {"street", "open_space", "burial_ground", "water", "railway", "vehicle", "vacant_building"}
)
"""Declared: premises at which nobody lives or works, of `premises.toml`."""
NOT_NATURAL = frozenset(
    {
        *("drug", "alcohol_acute", "firearm", "sharp_force", "blunt_force", "strangulation"),
        *("hanging", "asphyxia_other", "choking", "drowning", "fire_smoke", "carbon_monoxide"),
        *("poison_other", "fall", "vehicle", "railway", "electrocution", "hypothermia"),
        *("hyperthermia", "starvation_neglect"),
    }
)
"""Mechanisms of `mechanisms.toml` that are no illness."""
UNEXPECTED = frozenset({"unexpected_not_suspicious", "unexpected_under_investigation", "homicide"})

NAMED = ("young", "non_natural", "outdoors")
SUBSTANCE = "substance:"
"""`substance:ghb` is the stratum of the records in which that substance was found."""


def is_stratum(name: str) -> bool:
    """Tell whether there is a stratum of that name."""
    return name in NAMED or (name.startswith(SUBSTANCE) and len(name) > len(SUBSTANCE))


def belongs(case: Case, stratum: str) -> bool | None:
    """Tell whether a case is in the stratum as recorded; None: the record does not tell."""
    if stratum == "young":
        return None if case.age_years is None else YOUNG_FROM <= case.age_years < YOUNG_TO
    if stratum == "outdoors":
        return None if case.premises is None else case.premises in OUTDOORS
    if stratum.startswith(SUBSTANCE):
        found = case.substances
        return None if found is None else stratum.removeprefix(SUBSTANCE) in found
    return _not_natural(case)


def _not_natural(case: Case) -> bool | None:
    """Tell by the manner; where none is told yet, by the mechanism, then by the class."""
    if case.manner is not None and case.manner != "pending":
        return case.manner != "natural"
    if case.mechanism is not None and case.mechanism != "unascertained":
        return case.mechanism in NOT_NATURAL
    if case.category is not None:
        return case.category in UNEXPECTED
    return None
