"""A draft of a plan out of a file's columns: what could be compared, for people to decide.

No result is looked at: only the names of columns, what kind of values they hold, and how many
records each group has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from clew.oversight.equality.deaths import MONTH_LOAD, NO, YES, Columns, read_number
from clew.oversight.equality.plan import FORBIDDEN, MOST_OUTCOMES, plain_name

ALIKE: Final = (
    "age_years", "age", "age_band", "age_group", "sex", "premises", "hour", "hour_band", "found_by",
    "who_found", "scene", "injuries", "substances", "suspected_substance", "agency",
    "how_reported", "weekday",
)  # fmt: skip
"""What makes deaths comparable, by name (docs/method/equality.md)."""
LOADS: Final = (
    "open_deaths_per_officer", "arrivals_24h", "arrivals_7d", "arrivals_28d",
    "competing_homicides", "load", "workload", "open_cases",
)  # fmt: skip
UNITS: Final = ("unit", "command_unit", "bcu", "area", "borough", "city", "office", "division")
AGES: Final = {"age_years", "age"}
AGE_TOPS: Final = (12, 17, 24, 34, 49, 64)
"""The bands of the published figures of 47 US cities (benchmarks/equality.py)."""
MOST_VALUES: Final = 40
"""Declared: a column with more values makes too few deaths alike."""
SEEN: Final = 20_000
"""Declared: rows that are looked at."""


@dataclass(slots=True)
class _Draft:
    groups: dict[str, Counter[str]] = field(default_factory=dict)
    yes_or_no: list[str] = field(default_factory=list)
    hours: list[str] = field(default_factory=list)
    x: list[str] = field(default_factory=list)
    w: list[str] = field(default_factory=list)
    unit: str = ""
    disputed: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def suggest_plan(columns: Columns, traits: Collection[str], today: date) -> str:
    """Return a draft of a plan as TOML; `traits`: the columns that look like sensitive traits."""
    draft = _Draft()
    for name, cells in columns.cells.items():
        _place(draft, name, cells[:SEEN], name in traits)
    return "\n".join(_lines(draft, columns, today)) + "\n"


def _place(draft: _Draft, name: str, cells: Sequence[str], is_trait: bool) -> None:
    values = Counter(cell.strip() for cell in cells if cell.strip())
    key = plain_name(name)
    if not values:
        return
    if is_trait:
        draft.groups[name] = values
    elif key in LOADS:
        draft.w.append(name)
    elif key in UNITS and not draft.unit and len(values) > 1:
        draft.unit = name
    elif key in AGES or (key in ALIKE and 1 < len(values) <= MOST_VALUES):
        draft.x.append(name)
    elif reason := FORBIDDEN.get(key):
        draft.refused.append((name, reason))
    elif {one.casefold() for one in values} <= YES | NO and len(values) > 1:
        draft.yes_or_no.append(name)
    elif key.endswith("hours") and _are_hours(values):
        draft.hours.append(name)
    elif 1 < len(values) <= MOST_VALUES and key not in {"kind", "case_id", "year", "month"}:
        draft.disputed.append(name)


def _are_hours(values: Iterable[str]) -> bool:
    return all(read_number(one) >= 0 or one.casefold() in NO for one in values)


def _lines(draft: _Draft, columns: Columns, today: date) -> list[str]:
    group = next(iter(draft.groups), "")
    names = [name for name, _ in draft.groups.get(group, Counter()).most_common()]
    reference, focal = [*names, "", ""][:2]
    when = ["reported_at"] if "reported_at" in columns.cells else []
    if not when and {"year", "month"} <= columns.cells.keys():
        when = ["year", "month"]
    lines = [
        "# A draft. No result was looked at. Read every line, change what is wrong, agree it, and",
        "# date it before you run it. Who is compared is a decision: people make it.",
        *(
            [f"unit = {_text(draft.unit)}"]
            if draft.unit
            else ["# No column names the unit that enquired."]
        ),
        f"x = {_texts(draft.x)}",
        f"w = {_texts(draft.w or [MONTH_LOAD])}"
        + ("" if draft.w else "  # counted from the file itself: it knows nothing of staff"),
        "",
        "[plan]",
        f"dated = {today.isoformat()}  # the day it was agreed",
        f"group = {_text(group)}" + ("" if group else "  # no column looks like a group: name one"),
        f"focal = {_text(focal)}  # whose deaths are asked about",
        f"reference = {_text(reference)}  # with whom they are compared",
        "alpha = 0.05",
        f"when = {_texts(when)}",
    ]
    if len(names) > 2:
        lines.append(f"# Groups in the file, most frequent first: {', '.join(names[:12])}")
    if len(draft.groups) > 1:
        lines.append(f"# Other columns of groups: {', '.join(list(draft.groups)[1:])}")
    if draft.disputed:
        some = draft.disputed[:12]
        lines.append(f"# disputed = {_texts(some[:4])}  # shown with and without; at most 4")
        lines.append(f"# Not placed: {', '.join(some)}")
    bands = [name for name in draft.x if plain_name(name) in AGES]
    if bands:
        lines += ["", "[plan.bands]"]
        lines += [f"{_text(name)} = {list(AGE_TOPS)}" for name in bands]
    if draft.refused:
        lines.append("")
        lines += [f"# Never: {name}, because {reason}." for name, reason in draft.refused]
    return lines + _outcome_lines(draft)


def _outcome_lines(draft: _Draft) -> list[str]:
    lines = []
    outcomes = [(name, "") for name in draft.yes_or_no]
    outcomes += [(name, 'form = "time_to"') for name in draft.hours]
    for place, (name, form) in enumerate(outcomes):
        mark = "" if place < MOST_OUTCOMES else "# "
        lines += [
            "",
            f"{mark}[[outcome]]",
            f"{mark}name = {_text(name)}",
            f"{mark}column = {_text(name)}",
        ]
        if form:
            lines += [f"{mark}{form}", f"{mark}within_hours = 672"]
    if len(outcomes) > MOST_OUTCOMES:
        lines.insert(
            0, f"# More than {MOST_OUTCOMES} could be outcomes: choose. The rest is left out."
        )
        lines.insert(0, "")
    if not outcomes:
        lines += [
            "",
            "# No column says yes or no. Give an effort file, and name its outcomes here.",
            "# [[outcome]]",
            '# name = "Toxicology"',
            '# column = "toxicology"',
        ]
    return lines


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _texts(values: Sequence[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)
