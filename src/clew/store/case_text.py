"""A case as one line of JSON and back, to the bit."""

from __future__ import annotations

import json
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from clew.model.case import Case, Entity, Kind
from clew.model.contract import LIST_COLUMNS
from clew.model.missing import MissingCause
from clew.model.place import Point
from clew.model.time_window import TimeWindow

NAMES = tuple(field.name for field in fields(Case))
LISTS = (LIST_COLUMNS - {"entities"}) | {"further"}


def case_text(case: Case) -> str:
    """Return everything that a case holds; what is missing is left out."""
    told: dict[str, Any] = {}
    for name in NAMES:
        value = getattr(case, name)
        if value is None:
            continue
        if name == "window":
            value = (value.earliest, value.latest)
        elif name in {"point", "home"}:
            value = (value.latitude, value.longitude, value.precision_m)
        elif name == "entities":
            value = [(one.role, one.type, one.code) for one in value]
        elif name in {"extra", "missing"}:
            if not value:
                continue
            value = dict(value)
        told[name] = value
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def case_of(text: str) -> Case:
    """Return the case that was written.

    Raises
    ------
    ValueError, TypeError, KeyError
        If it is no case.
    """
    told: dict[str, Any] = json.loads(text)
    told["kind"] = Kind(told["kind"])
    if "window" in told:
        told["window"] = TimeWindow(*told["window"])
    for name in ("point", "home"):
        if name in told:
            told[name] = Point(*told[name])
    for name in LISTS & told.keys():
        told[name] = tuple(told[name])
    if "entities" in told:
        told["entities"] = tuple(Entity(*one) for one in told["entities"])
    if "extra" in told:
        told["extra"] = MappingProxyType(told["extra"])
    if "missing" in told:
        causes = {name: MissingCause(cause) for name, cause in told["missing"].items()}
        told["missing"] = MappingProxyType(causes)
    return Case(**told)
