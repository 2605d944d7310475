"""Fields that a resource has and FHIR does not know: noted with their place, and left alone."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from clew.intake.standards.message import Oddities
from clew.intake.standards.trees import word


@cache
def _known() -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """Return, by type of resource, the names it has and how its choices of types begin."""
    text = (files("clew.intake.standards") / "fields.toml").read_text(encoding="utf-8")
    told: dict[str, list[str]] = tomllib.loads(text)
    every = told.pop("every")
    return {
        kind: (
            frozenset(every) | {name for name in names if not name.endswith("*")},
            tuple(name[:-1] for name in names if name.endswith("*")),
        )
        for kind, names in told.items()
    }


def note_unknown_fields(place: str, resource: dict[str, Any], odd: Oddities) -> None:
    """Note every field of a resource that its type does not have."""
    known = _known().get(word(resource, "resourceType"))
    if known is None:
        return
    names, choices = known
    for field, value in resource.items():
        name = str(field).removeprefix("_")
        if name in names or (choices and name.startswith(choices)):
            continue
        odd.note(
            f"{place}.{field}",
            "a field that this resource does not have; not read",
            "Take it out, or put it in an extension",
            value,
        )
