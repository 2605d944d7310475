"""Codes of the standards in Clew's own words, and the fields that FHIR's resources have."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from clew.intake.messages.message import Oddities
from clew.intake.messages.trees import each, word


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Return one of the TOML files of this folder."""
    return tomllib.loads((files("clew.intake.messages") / name).read_text(encoding="utf-8"))


def meaning(table: str, code: str) -> str | None:
    """Return our word for a code, "" where it says unknown, None where it is not known here."""
    known = read_toml("codes.toml")[table].get(code.strip().casefold())
    return None if known is None else str(known)


def factor(table: str, code: str) -> float | None:
    """Return the number that a code means, or None."""
    known = read_toml("codes.toml")[table].get(code.strip().casefold())
    return None if known is None else float(known)


def codes_of(concepts: Any) -> list[str]:
    """Return the codes of a CodeableConcept or Coding, or of a list of them, in order."""
    codes = []
    for concept in each(concepts):
        codings = each(concept, "coding")
        codes += [word(coding, "code") for coding in codings or [concept]]
    return list(filter(None, codes))


def text_of(concept: Any) -> str:
    """Return the words of a CodeableConcept: its text, else a display, else ""."""
    texts = [word(concept, "text"), word(concept, "coding", "display"), word(concept, "display")]
    return next(filter(None, texts), "")


def kind_of(resource: Any) -> tuple[str, str]:
    """Return which observation, condition or procedure this is, and by what it was known.

    `("age", "code")`, `("age", "profile")`, or `("", "")`.
    """
    tables = read_toml("codes.toml")
    for code in codes_of(each(resource, "code")):
        if kind := tables["kind_by_code"].get(code.casefold()):
            return str(kind), "code"
    for profile in each(resource, "meta", "profile"):
        name = word([profile]).rstrip("/").partition("|")[0].casefold()
        for rule in tables["kind_by_profile"]:
            if name.endswith(tuple(rule["ends"])):
                return str(rule["kind"]), "profile"
    return "", ""


def note_unknown_fields(place: str, resource: dict[str, Any], odd: Oddities) -> None:
    """Note every field of a resource that FHIR does not give to its type."""
    fields = read_toml("fields.toml")
    own = fields["types"].get(word(resource, "resourceType"))
    if own is None:
        return
    known = {*fields["every"], *own}
    choices = tuple(name[:-1] for name in own if name.endswith("*"))
    for field, value in resource.items():
        name = str(field).removeprefix("_")
        if name not in known and not name.startswith(choices):
            odd.note(
                f"{place}.{field}",
                "a field that this resource does not have; not read",
                "Take it out, or put it in an extension",
                value,
            )
