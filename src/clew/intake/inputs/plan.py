"""The plan of an audit, read from TOML: what is compared, declared before any result is seen."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from clew.errors import InputRejected
from clew.oversight.equality.plan import Plan, PlannedOutcome

PLAN_KEYS = frozenset(
    ("dated", "focal", "reference", "group", "alpha", "looks", "unit", "x", "w", "where",
     "when", "bands", "look_ends", "disputed", "group_recorded", "signed_by")
)  # fmt: skip
OUTCOME_KEYS = frozenset(
    ("name", "column", "form", "within_hours", "competing", "followed", "exploratory")
)
BY_ENQUIRY = "by_enquiry"
EXAMPLE = 'Begin with [plan], dated = 2026-01-31, group = "group_ethnicity", focal, reference'


def read_plan(path: Path) -> Plan:
    """Return the plan of a TOML file; its lists may stand in [plan] or at the top.

    Raises
    ------
    InputRejected
        If the file cannot be read, has a key that no plan has, or a value of the wrong kind.
    """
    name = path.name
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputRejected(name, "the file does not exist", "Check the path") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fault = " ".join(str(error).split())
        raise InputRejected(name, f"the plan cannot be read: {fault}", EXAMPLE) from None
    table = content.get("plan")
    if not isinstance(table, Mapping):
        raise InputRejected(name, "it has no [plan]", EXAMPLE)
    merged = {
        key: value for key, value in content.items() if key not in ("plan", "outcome", "control")
    }
    merged |= table
    if unknown := sorted(set(merged) - PLAN_KEYS):
        raise InputRejected(
            name, f"a plan has no {', '.join(unknown)}", f"Use {', '.join(sorted(PLAN_KEYS))}"
        )
    read = _Reader(name, merged)
    recorded = read.text("group_recorded", "")
    if recorded not in ("", "always", BY_ENQUIRY):
        raise InputRejected(
            name, f"group_recorded is '{recorded}'", f"Use always or {BY_ENQUIRY}, or leave it out"
        )
    return Plan(
        dated=read.day("dated"),
        group=read.text("group"),
        focal=read.text("focal"),
        reference=read.text("reference"),
        outcomes=_outcomes(name, content, "outcome"),
        unit=read.text("unit", ""),
        x=read.texts("x"),
        w=read.texts("w"),
        where=read.choices("where"),
        bands=read.bands(),
        when=read.texts("when") or ("reported_at",),
        alpha=read.number("alpha", 0.05),
        looks=int(read.number("looks", 1)),
        look_ends=read.days("look_ends"),
        disputed=read.texts("disputed"),
        controls=_outcomes(name, content, "control"),
        by_enquiry=recorded == BY_ENQUIRY,
        signed_by=read.text("signed_by", ""),
    )


def _outcomes(name: str, content: Mapping[str, Any], key: str) -> tuple[PlannedOutcome, ...]:
    rows = content.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InputRejected(name, f"{key} is not a list of tables", f"Begin each with [[{key}]]")
    return tuple(_outcome(name, row) for row in rows)


def _outcome(name: str, row: Mapping[str, Any]) -> PlannedOutcome:
    if unknown := sorted(set(row) - OUTCOME_KEYS):
        raise InputRejected(
            name, f"an outcome has no {', '.join(unknown)}", f"Use {', '.join(OUTCOME_KEYS)}"
        )
    read = _Reader(name, row)
    form = read.text("form", "by_time")
    if form not in ("by_time", "time_to"):
        raise InputRejected(name, f"form is '{form}'", "Use by_time or time_to")
    title = read.text("name")
    return PlannedOutcome(
        title,
        read.text("column", title),
        form,  # type: ignore[arg-type]
        read.number("within_hours", 0.0) if "within_hours" in row else None,
        read.text("competing", ""),
        read.text("followed", ""),
        read.yes("exploratory"),
    )


class _Reader:
    """Reads values of a TOML table, each of its kind."""

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self.name, self.values = name, values

    def refuse(self, key: str, wanted: str) -> InputRejected:
        return InputRejected(self.name, f"{key} is not {wanted}", f"Give {key} as {wanted}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.refuse(key, "a text")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.refuse(key, "a list of column names")
        return tuple(value)

    def number(self, key: str, default: float) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(key, "a number")
        return float(value)

    def yes(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.refuse(key, "true or false")
        return value

    def days(self, key: str) -> tuple[date, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.refuse(key, "a list of days")
        return tuple(_Reader(self.name, {key: one}).day(key) for one in value)

    def day(self, key: str) -> date:
        value = self.values.get(key)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            raise self.refuse(key, "a day such as 2026-01-31") from None

    def choices(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return the values that each column may have."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            raise self.refuse(key, "a table of columns and their values")
        return {
            str(column): tuple(map(str, wanted if isinstance(wanted, list) else [wanted]))
            for column, wanted in value.items()
        }

    def bands(self) -> dict[str, tuple[float, ...]]:
        """Return the tops of each column's bands, in rising order."""
        value = self.values.get("bands", {})
        wanted = "a table of columns and the tops of their bands, rising"
        if not isinstance(value, Mapping):
            raise self.refuse("bands", wanted)
        found: dict[str, tuple[float, ...]] = {}
        for column, tops in value.items():
            numbers = (
                [t for t in tops if isinstance(t, int | float)] if isinstance(tops, list) else []
            )
            if not numbers or len(numbers) < len(tops) or numbers != sorted(set(numbers)):
                raise self.refuse(f"bands.{column}", wanted)
            found[str(column)] = tuple(map(float, numbers))
        return found
