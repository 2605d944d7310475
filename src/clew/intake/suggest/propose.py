"""Propose which header is which column of ours, with the reason for each; and try it."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from clew.errors import ClewError, InputRejected
from clew.intake.cases.column_plan import plan_columns
from clew.intake.cases.contract import TIME_COLUMNS, column_key, looks_sensitive, trait_name
from clew.intake.cases.draft import Reading, Warnings
from clew.intake.cases.mapping import parse_mapping
from clew.intake.cases.row_parsers import PARSERS, run_parsers
from clew.intake.cases.rows import CaseRows
from clew.intake.cases.times import TimeReader
from clew.intake.read import DEFAULT_TIMEZONE
from clew.intake.suggest.profile import SAMPLE, ColumnProfile, profile_of, value_lines
from clew.intake.suggest.suggestion import Suggestion, SuggestionLine
from clew.intake.tables.open import open_table
from clew.model.contract import LIST_COLUMNS

# Try a proposed mapping on the file's first rows, and say what came of it.


_SHOWN = 5


def try_mapping(path: Path, suggestion: Suggestion, now: int) -> list[str]:
    """Return lines that say how many rows the mapping takes, and what it could not read.

    Raises
    ------
    ClewError
        If the mapping lacks what every case needs.

    """
    mapping = parse_mapping(f"{suggestion.file} (proposed)", suggestion.toml())
    table = open_table(path)
    plan = plan_columns(table, mapping)
    reading = Reading(
        table.name, TimeReader(DEFAULT_TIMEZONE, now, mapping.date_formats), Warnings()
    )
    rows = CaseRows(table, plan, reading)
    order = tuple(sorted(plan.columns() & set(PARSERS)))
    faults: Counter[str] = Counter()
    for draft in rows:
        run_parsers(draft, reading, order)
        faults.update(f"{p.field}: {p.reason}" for p in draft.problems)
        if rows.read >= SAMPLE:
            break
    refused = Counter(f"{r.field or 'row'}: {r.reason}" for r in rows.rejects)
    lines = [f"Tried on {rows.read:,} rows: {rows.taken:,} can be taken."]
    for what, found in (("Rows refused", refused), ("Fields refused", faults)):
        lines += [f"{what}: {n:,} times, {why}" for why, n in found.most_common(_SHOWN)]
    return lines


_EXACT, _WORDS, _VALUES = 3.0, 1.5, 1.0
"""What a name, some words of it, and the values themselves speak for a column; the sum decides.
Declared by judgement: a name beats a look, and both together beat either."""
_ENOUGH = 1.5
_MANY = LIST_COLUMNS | {"cause"}
"""Columns that several of theirs may make together."""
_APART = ("drop", "trait", "never", "substances_from")


@cache
def _names() -> dict[str, Any]:
    text = (files("clew.intake.suggest") / "headers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def suggest_mapping(path: Path) -> Suggestion:
    """Return a proposed mapping for a table, tried on its first rows.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or has no rows.

    """
    table = open_table(path)
    rows = [row.cells for row in islice(table.rows(), SAMPLE) if not row.fault]
    if not rows:
        raise InputRejected(table.name, "the file has a header and no rows", "Give some cases")
    profiles = [
        profile_of(name, [row[place] for row in rows]) for place, name in enumerate(table.header)
    ]
    suggestion = Suggestion(table.name, len(rows))
    taken = _apart(profiles, suggestion)
    _columns([p for p in profiles if p.header not in taken], suggestion)
    _stand_ins(profiles, suggestion)
    for profile in profiles:
        _dates(profile, suggestion)
    suggestion.lines += [line for p in profiles for line in value_lines(p, suggestion)]
    used = {line.theirs for line in suggestion.lines}
    for profile in profiles:
        if profile.header not in used:
            suggestion.lines.append(
                SuggestionLine("plain", profile.header, "", _why_plain(profile))
            )
    suggestion.tried = _tried(path, suggestion)
    return suggestion


def _tried(path: Path, suggestion: Suggestion) -> list[str]:
    try:
        return try_mapping(path, suggestion, int(time.time()))
    except ClewError as fault:
        return [f"It cannot be read yet: {fault.line()}"]


def _apart(profiles: list[ColumnProfile], suggestion: Suggestion) -> set[str]:
    """Put aside what is sensitive, what is never evidence, and what nobody needs."""
    for profile in profiles:
        key, header = column_key(profile.header), profile.header
        named = next((kind for kind in _APART if _name_score(kind, key) >= _EXACT), "")
        named = named or next(
            (k for k in _APART if _name_score(k, key) and not _any_exact(key)), ""
        )
        if key.startswith("group_") or looks_sensitive(header) or named == "trait":
            why = "it looks like a sensitive trait: held apart, never evidence"
            suggestion.lines.append(SuggestionLine("trait", header, trait_name(header), why))
        elif named == "drop":
            why = "of a person, and no job needs it; take the line out to keep it"
            suggestion.lines.append(SuggestionLine("drop", header, "", why))
        elif named == "never":
            why = "offenders and officers are never evidence; kept as a plain fact"
            suggestion.lines.append(SuggestionLine("plain", header, "", why))
        elif named == "substances_from" and profile.filled:
            why = "further conditions: read for substances together with the cause"
            suggestion.lines.append(SuggestionLine("substances_from", header, "", why))
    return {line.theirs for line in suggestion.lines}


def _any_exact(key: str) -> bool:
    return any(_name_score(ours, key) >= _EXACT for ours in _names() if ours not in _APART)


def _name_score(ours: str, key: str) -> float:
    """Return what a header's key alone speaks for one of our columns."""
    told = _names()[ours]
    plain = key.replace("_", "")
    if key in told["names"] or plain in {name.replace("_", "") for name in told["names"]}:
        return _EXACT
    numbered = key.rstrip("0123456789").rstrip("_")
    if ours in _MANY and numbered != key and numbered in told["names"]:
        return _EXACT
    held = set(numbered.split("_"))
    return _WORDS if any(set(one) <= held for one in told["words"]) else 0.0


_BOUNDS = {
    "latitude": (-90, 90),
    "longitude": (-180, 180),
    "home_latitude": (-90, 90),
    "home_longitude": (-180, 180),
    "age_years": (0, 130),
}
_NEVER = -9.0
_CLOSED = frozenset({"sex", "manner", "category", "kind"})
"""Columns of few words: a column whose values are none of them is hardly one."""


def _value_score(ours: str, profile: ColumnProfile) -> float:
    """Return what the values speak for a column; less than nothing where they cannot be it."""
    if not profile.filled:  # the tenth column of drugs may be blank in all the rows looked at
        return _ENOUGH - _EXACT if ours in _MANY else _NEVER
    if ours in _BOUNDS:
        mostly = ours == "age_years" and _mostly_number(profile)
        return _VALUES if mostly or _within(profile, *_BOUNDS[ours]) else _NEVER
    looks = {
        **dict.fromkeys(TIME_COLUMNS, _VALUES if profile.times else _NEVER),
        "case_id": _VALUES if profile.is_unique else -_EXACT,
        "narrative": _VALUES if profile.longest > 80 else -_VALUES,
    }
    if ours in looks:
        return looks[ours]
    known = profile.known.get(ours, 0.0)
    if ours in _CLOSED | {"premises"} and profile.times:
        return _NEVER
    return _VALUES * (2 * known - (0.5 if known < 0.1 else 0.0) if ours in _CLOSED else known)


def _within(profile: ColumnProfile, least: float, most: float) -> bool:
    numbers = profile.numbers
    known = numbers is not None and least <= numbers[0]
    return known and numbers is not None and (numbers[1] <= most or numbers[1] in {999, 9999, 998})


def _mostly_number(profile: ColumnProfile) -> bool:
    good = sum(n for text, n in profile.counts.items() if text.replace(".", "", 1).isdecimal())
    return good >= 0.9 * profile.filled


def _columns(profiles: list[ColumnProfile], suggestion: Suggestion) -> None:
    """Give each header to the column that name and values speak for most, the surest first."""
    scored = sorted(
        (
            (_name_score(ours, column_key(p.header)) + _value_score(ours, p), -place, p, ours)
            for place, p in enumerate(profiles)
            for ours in _names()
            if ours not in _APART
            and (_name_score(ours, column_key(p.header)) > 0 or p.known.get(ours, 0.0) > 0.9)
        ),
        key=lambda one: (-one[0], -one[1]),
    )
    given: set[str] = set()
    for score, _, profile, ours in scored:
        mine = suggestion.columns.get(ours, [])
        if profile.header in given or score < _ENOUGH or (mine and ours not in _MANY):
            continue
        if (mine or not profile.filled) and _name_score(ours, column_key(profile.header)) < _EXACT:
            continue
        if ours == "known_as":
            why = "a name; kept as the plain fact known_as, and shown to people"
            suggestion.lines.append(SuggestionLine("plain", profile.header, "", why))
            given.add(profile.header)
            continue
        given.add(profile.header)
        why = _why(ours, profile, score)
        suggestion.lines.append(SuggestionLine("column", profile.header, ours, why))


def _why(ours: str, profile: ColumnProfile, score: float) -> str:
    told = []
    named = _name_score(ours, column_key(profile.header))
    if not profile.filled:
        return "by its name; no value in the rows that were looked at"
    if named:
        told.append("by its name" if named >= _EXACT else "by words of its name")
    if ours == "case_id" and profile.is_unique:
        told.append(f"all {profile.rows:,} values differ")
    elif profile.times:
        told.append("its values are times")
    elif profile.known.get(ours, 0) >= 0.5:
        told.append(f"{profile.known[ours]:.0%} of its values are words for it")
    elif profile.numbers is not None:
        told.append(f"numbers from {profile.numbers[0]:g} to {profile.numbers[1]:g}")
    sure = "" if score >= _EXACT else "; please check"
    return " and ".join(told) + sure


def _stand_ins(profiles: list[ColumnProfile], suggestion: Suggestion) -> None:
    """Say what lacks; let another time stand in for the time of the report where there is none."""
    columns = suggestion.columns
    if "reported_at" not in columns:
        times = [p for p in profiles if p.times and p.filled == p.rows]
        mine = set(columns.get("earliest", []))
        named = [p for p in times if p.header in mine] or times
        if named:
            why = "no column tells the time of the report; this time stands in for it: please check"
            suggestion.lines.append(SuggestionLine("column", named[0].header, "reported_at", why))
    if "case_id" not in columns:
        unique = [p for p in profiles if p.is_unique and not p.times and p.longest < 60]
        if unique:
            why = "the only kind of column whose values all differ: please check"
            suggestion.lines.append(SuggestionLine("column", unique[0].header, "case_id", why))
        else:
            repeated = [
                f"; {p.header} has the name for it, but {p.rows - p.distinct:,} rows repeat a value"
                for p in profiles
                if _name_score("case_id", column_key(p.header)) >= _EXACT
            ]
            said = "no column tells the cases apart; add one with a number each"
            suggestion.lacking.append(said + "".join(repeated[:1]))
    if "reported_at" not in suggestion.columns:
        suggestion.lacking.append("no column tells when the case was reported")


def _dates(profile: ColumnProfile, suggestion: Suggestion) -> None:
    for line in [one for one in suggestion.lines if one.theirs == profile.header]:
        if line.ours not in TIME_COLUMNS or line.kind != "column" or profile.times in {"", "iso"}:
            continue
        example = next(iter(profile.counts))
        if profile.twin:
            suggestion.lacking.append(
                f"{profile.header}: day and month cannot be told apart ({example}); say which in"
                f" date_formats: {profile.times} or {profile.twin}"
            )
            continue
        why = f"times like {example}"
        suggestion.lines.append(
            SuggestionLine("date_format", profile.header, line.ours, why, profile.times)
        )


def _why_plain(profile: ColumnProfile) -> str:
    if not profile.filled:
        return "no value in it; kept as a plain fact"
    example = profile.counts.most_common(1)[0][0][:40]
    return f"no column of ours; kept as a plain fact, weighs nothing (such as {example})"
