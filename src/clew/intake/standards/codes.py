"""Codes of the standards in Clew's own words, as codes.toml has them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from clew.intake.standards.trees import each, word


@cache
def _tables() -> dict[str, Any]:
    text = (files("clew.intake.standards") / "codes.toml").read_text(encoding="utf-8")
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
