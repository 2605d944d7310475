"""Codes of the standards in Clew's own words, as codes.toml has them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from clew.intake.messages.message import Oddities
from clew.intake.messages.trees import each, word


@cache
def _tables() -> dict[str, Any]:
    text = (files("clew.intake.messages") / "codes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def meaning(table: str, code: str) -> str | None:
    """Return our word for a code, "" where it says unknown, None where it is not known here."""
    found = _tables()[table].get(code.strip().casefold())
    return None if found is None else str(found)


def factor(table: str, code: str) -> float | None:
    """Return the number that a code stands for, or None."""
    found = _tables()[table].get(code.strip().casefold())
    return None if found is None else float(found)


def coded(concept: Any) -> list[str]:
    """Return the codes of a CodeableConcept or Coding, in order."""
    own = [word(concept, "code")] if not each(concept, "coding") else []
    return [code for code in own + [word(c, "code") for c in each(concept, "coding")] if code]


def said(concept: Any) -> str:
    """Return the words of a CodeableConcept: its text, else a display, else ""."""
    texts = [word(concept, "text"), word(concept, "coding", "display"), word(concept, "display")]
    return next(filter(None, texts), "")


def kind_of(resource: Any) -> tuple[str, str]:
    """Return which observation, condition or procedure this is, and by what it was known.

    `("age", "code")`, `("age", "profile")`, or `("", "")`.
    """
    for code in coded_all(each(resource, "code")):
        if kind := _tables()["kind_by_code"].get(code.casefold()):
            return str(kind), "code"
    for profile in each(resource, "meta", "profile"):
        name = word([profile]).rstrip("/").partition("|")[0].casefold()
        for rule in _tables()["kind_by_profile"]:
            if name.endswith(tuple(rule["ends"])):
                return str(rule["kind"]), "profile"
    return "", ""


def coded_all(concepts: list[Any]) -> list[str]:
    """Return the codes of several concepts."""
    return [code for concept in concepts for code in coded(concept)]


# Fields that a resource has and FHIR does not know: noted with their place, and left alone.


@cache
def _known() -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """Return, by type of resource, the names it has and how its choices of types begin."""
    text = (files("clew.intake.messages") / "fields.toml").read_text(encoding="utf-8")
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
