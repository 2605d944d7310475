"""Sensitive traits: held in a table of their own, and read as suppressed counts alone.

No page, list, search, export or comparison reads this table; `counts` is its only reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.records.models import Case, Trait
from clew.desk.records.suppression import SuppressedTable, fold, suppress

SAID_BY = "_said_by"
"""A column `group_X_said_by` tells who said what stands in `group_X`."""
SELF, FAMILY, GUESS = SOURCES = ("self", "family", "guess")


def hold_traits(
    traits: Mapping[str, Iterable[tuple[str, str, str]]],
    by: str,
    purpose: str = "",
    says: Mapping[str, Any] | None = None,
) -> int:
    """Add traits, (name, value, source) by case; return how many are new. Within a transaction.

    `says` is what the ledger's row states besides: the file and its digest. A trait is somebody's
    guess unless it says that the person, or the family, said so.
    """
    if not traits:
        return 0
    cases = {case.case_id: case for case in Case.objects.filter(case_id__in=list(traits))}
    held = {
        (row.case_id, row.trait): (row.value, row.said_by)
        for row in Trait.objects.filter(case__in=cases.values()).order_by("id")
    }
    new = []
    for case_id, reported in traits.items():
        if case_id not in cases:
            continue
        for name, value, said_by in _read(reported):
            case = cases[case_id]
            if held.get((case.pk, name)) != (value, said_by):
                held[case.pk, name] = (value, said_by)
                new.append(Trait(case=case, trait=name, value=value, said_by=said_by))
    Trait.objects.bulk_create(new)
    if new:
        names = sorted({row.trait for row in new})
        # Never a value, nor whose.
        write(Act.COLLECTION, "traits", by, purpose, rows=len(new), traits=names, **(says or {}))
    return len(new)


def _read(reported: Iterable[tuple[str, str, str]]) -> Iterable[tuple[str, str, str]]:
    rows = list(reported)
    who = {name: value for name, value, _ in rows if name.endswith(SAID_BY)}
    for name, value, source in rows:
        if name.endswith(SAID_BY) or not value.strip():
            continue
        said = (who.get(name + SAID_BY) or source).strip().lower()
        yield name[:60], value.strip()[:200], said if said in {SELF, FAMILY} else GUESS


def counts(person: Person) -> dict[str, dict[str, SuppressedTable]]:
    """Return, for each trait, its values and its sources as suppressed counts of deaths."""
    areas = areas_of(person, Permission.SEE_TRAITS)
    rows = Trait.objects.filter(case__kind="death", case__sealed=False).order_by("id")
    if areas is not None:
        rows = rows.filter(case__area__in=sorted(areas))
    last = {
        (case, trait): (value, said_by)
        for case, trait, value, said_by in rows.values_list("case", "trait", "value", "said_by")
    }
    found: dict[str, dict[str, SuppressedTable]] = {}
    for name in sorted({trait for _, trait in last}):
        own = [entry for (_, trait), entry in last.items() if trait == name]
        found[name] = {
            "value": fold(suppress(Counter(sorted(value for value, _ in own))), "Other groups"),
            "said_by": suppress({one: sum(said == one for _, said in own) for one in SOURCES}),
        }
    return found
