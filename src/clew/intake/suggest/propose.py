"""Propose which header is which column of ours, with the reason for each; and try it."""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from clew.errors import ClewError, InputRejected
from clew.intake.cases.column_plan import plan_columns
from clew.intake.cases.column_profile import (
    AS_WRITTEN,
    DAY_ZERO,
    FRACTION,
    HHMM,
    HOURS,
    profile_clocks,
)
from clew.intake.cases.contract import TIME_COLUMNS, column_key, looks_sensitive, trait_name
from clew.intake.cases.countries import note_abroad
from clew.intake.cases.draft import Reading, Warnings
from clew.intake.cases.mapping import parse_mapping
from clew.intake.cases.row_parsers import PARSERS, run_parsers
from clew.intake.cases.rows import CaseRows
from clew.intake.cases.settled_plan import unit_column
from clew.intake.cases.time_text import split_clock
from clew.intake.cases.times import TimeReader
from clew.intake.read import DEFAULT_TIMEZONE
from clew.intake.suggest.grids import propose_grid
from clew.intake.suggest.headers import (
    EXACT,
    MANY,
    WORDS,
    known_names,
    name_rank,
    name_score,
    names,
)
from clew.intake.suggest.profile import (
    NUMBERED,
    SAMPLE,
    ColumnProfile,
    profile_of,
    value_lines,
)
from clew.intake.suggest.suggestion import Suggestion, SuggestionLine
from clew.intake.tables.header import Wanted
from clew.intake.tables.open import open_table
from clew.model.values import Point

_VALUES = 1.0
"""What the values themselves speak for a column; the sum with what its name speaks decides.
Declared by judgement: a name beats a look, and both together beat either."""
_ENOUGH = 1.5
_APART = ("drop", "trait", "never", "substances_from")
_SHOWN = 5
"""Lines of the trial for each kind of refusal."""
_BOUNDS = {
    "latitude": (-90, 90),
    "longitude": (-180, 180),
    "home_latitude": (-90, 90),
    "home_longitude": (-180, 180),
    "age_years": (0, 130),
}
_NEVER = -9.0
_DATE_WORDS = frozenset(["date", "dt", "day", "datum", "datetime", "on"])
_TIME_WORDS = frozenset(["time", "tm", "hour", "clock", "hhmm", "at"])
"""Words of headers that tell a date from its clock: Date of Death, Time of Death."""
_CLOSED = frozenset({"sex", "manner", "category", "kind"})
"""Columns of few words: a column whose values are none of them is hardly one."""


def suggest_mapping(path: Path, timezone: str | None = None) -> Suggestion:
    """Return a proposed mapping for a table, tried on its first rows.

    `timezone` is the zone of its times, where it is known: the mapping states it.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or has no rows.

    """
    wanted = Wanted.from_names((), known_names(), of_cases=True)
    table = open_table(path, wanted)
    rows = [row.cells for row in islice(table.rows(), SAMPLE) if not row.fault]
    if not rows:
        raise InputRejected(table.name, "the file has a header and no rows", "Give some cases")
    profiles = [
        profile_of(name, [row[place] for row in rows]) for place, name in enumerate(table.header)
    ]
    suggestion = Suggestion(table.name, len(rows), timezone=timezone)
    zone = timezone or DEFAULT_TIMEZONE
    _set_apart(profiles, suggestion)
    propose_grid(profiles, suggestion, zone)
    apart = {line.theirs for line in suggestion.lines}
    _give_columns([p for p in profiles if p.header not in apart], suggestion)
    _stand_in(profiles, suggestion)
    _give_companions([p for p in profiles if p.header not in apart], suggestion)
    by_header = {profile.header: profile for profile in profiles}
    columns = suggestion.lines_of("column")
    for line in [line for header in by_header for line in columns if line.theirs == header]:
        profile = by_header[line.theirs]
        if line.ours not in TIME_COLUMNS or profile.times in {"", "iso", NUMBERED}:
            continue
        example, form = next(iter(profile.counts)), profile.times
        if profile.twin:
            suggestion.lacking.append(
                f"{profile.header}: day and month could be either way round ({example}); say which"
                f" in date_formats: {form} or {profile.twin}"
            )
        else:
            why = f"times like {example}"
            suggestion.lines.append(
                SuggestionLine("date_format", profile.header, line.ours, why, form)
            )
    suggestion.lines += [line for p in profiles for line in value_lines(p, suggestion)]
    used = {line.theirs for line in suggestion.lines}
    for profile in profiles:
        if profile.header not in used:
            why = "no value in it; kept as a plain fact"
            if profile.filled:
                example = profile.counts.most_common(1)[0][0][:40]
                why = f"Clew does not compare it; it is kept and does not count (such as {example})"
            suggestion.lines.append(SuggestionLine("plain", profile.header, "", why))
    _try_it(path, wanted, suggestion, zone)
    return suggestion


def _try_it(path: Path, wanted: Wanted, suggestion: Suggestion, zone: str) -> None:
    """Say how many of the first rows the mapping takes, and what it cannot read of them."""
    try:
        mapping = parse_mapping(f"{suggestion.file} (proposed)", suggestion.toml())
        table = open_table(path, wanted)
        plan = plan_columns(table, mapping)
        times = TimeReader(zone, int(time.time()), mapping.date_formats)
        reading = Reading(table.name, times, Warnings())
        drafts = CaseRows(table, plan, reading)
        order = tuple(sorted(plan.columns() & set(PARSERS)))
        faults: Counter[str] = Counter()
        points: list[Point] = []
        for draft in drafts:
            run_parsers(draft, reading, order)
            faults.update(f"{p.field}: {p.reason}" for p in draft.problems)
            points += filter(None, [draft.attributes.get("point")])
            if drafts.read >= SAMPLE:
                break
        refused = Counter(f"{r.field or 'row'}: {r.reason}" for r in drafts.rejects)
        tried = [f"Tried on {drafts.read:,} rows: {drafts.taken:,} can be taken."]
        for what, counts in (("Rows refused", refused), ("Fields refused", faults)):
            tried += [f"{what}: {n:,} times, {why}" for why, n in counts.most_common(_SHOWN)]
        suggestion.tried = tried
        suggestion.lacking += filter(None, [note_abroad(points, zone)])
    except ClewError as fault:
        suggestion.tried = [f"The file cannot be read with this mapping yet: {fault.line()}"]


def _set_apart(profiles: list[ColumnProfile], suggestion: Suggestion) -> None:
    """Put aside what is sensitive, what is never evidence, and what nobody needs."""
    for profile in profiles:
        key, header = column_key(profile.header), profile.header
        scores = {name: name_score(name, header) for name in names()}
        ours_exactly = any(s >= EXACT for name, s in scores.items() if name not in _APART)
        least = EXACT if ours_exactly else WORDS
        named = next((kind for kind in _APART if scores[kind] >= EXACT), "") or next(
            (kind for kind in _APART if scores[kind] >= least), ""
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


def _value_score(ours: str, profile: ColumnProfile) -> float:
    """Return how far the values speak for a column; below 0 where they cannot be it."""
    if not profile.filled:  # the tenth column of drugs may be blank in all the rows looked at
        return _ENOUGH - EXACT if ours in MANY else _NEVER
    if ours in _BOUNDS:
        least, most = _BOUNDS[ours]
        low, high = profile.numbers or (-math.inf, math.inf)
        within = low >= least and (high <= most or high in {999, 9999, 998})
        plain = sum(n for text, n in profile.counts.items() if text.replace(".", "", 1).isdecimal())
        mostly = ours == "age_years" and plain >= 0.9 * profile.filled
        return _VALUES if within or mostly else _NEVER
    looks = {
        **dict.fromkeys(TIME_COLUMNS, _VALUES if profile.times else _NEVER),
        "case_id": _VALUES if profile.is_unique else -EXACT,
        "narrative": _VALUES if profile.longest > 80 else -_VALUES,
    }
    if ours in looks:
        return looks[ours]
    known = profile.known.get(ours, 0.0)
    if ours in _CLOSED | {"premises"} and profile.times:
        return _NEVER
    return _VALUES * (2 * known - (0.5 if known < 0.1 else 0.0) if ours in _CLOSED else known)


class _Rating(NamedTuple):
    """How far a column of theirs speaks for one of ours, by its name and in all."""

    score: float
    named: float
    place: int
    profile: ColumnProfile
    ours: str


def _give_columns(profiles: list[ColumnProfile], suggestion: Suggestion) -> None:
    """Give each header to the column that name and values speak for most, the surest first."""
    ratings = []
    for place, profile in enumerate(profiles):
        for ours in [name for name in names() if name not in _APART]:
            named = name_score(ours, profile.header)
            if named > 0 or profile.known.get(ours, 0.0) > 0.9:
                score = named + _value_score(ours, profile)
                ratings.append(_Rating(score, named, place, profile, ours))
    ratings.sort(
        key=lambda r: (-r.score, name_rank(r.ours, r.profile.header) if r.named else 0, r.place)
    )
    given: set[str] = set()
    for rating in ratings:
        score, named, _, profile, ours = rating
        mine = suggestion.columns.get(ours, [])
        if profile.header in given or score < _ENOUGH or (mine and ours not in MANY):
            continue
        if (mine or not profile.filled) and named < EXACT:
            continue
        given.add(profile.header)
        if ours == "known_as":
            why = "a name; kept as the plain fact known_as, and shown to people"
            suggestion.lines.append(SuggestionLine("plain", profile.header, "", why))
            continue
        rivals = [
            other.profile.header
            for other in ratings
            if other.ours == ours not in MANY and other.profile.header not in given
            if other.named >= WORDS and other.score >= _ENOUGH
        ]
        why = _reason(rating, rivals)
        suggestion.lines.append(SuggestionLine("column", profile.header, ours, why))


def _reason(rating: _Rating, rivals: list[str]) -> str:
    """Return why a header is given to a column; `rivals` are other headers of that name."""
    score, named, _, profile, ours = rating
    if not profile.filled:
        return "by its name; no value in the rows that were looked at"
    by_name = "by its name" if named >= EXACT else "by words of its name" if named else ""
    known, numbers = profile.known.get(ours, 0), profile.numbers
    if ours == "case_id" and profile.is_unique:
        look = f"all {profile.rows:,} values differ"
    elif profile.times:
        look = f"read {profile.reading}" if profile.reading else "its values are times"
    elif known >= 0.5:
        look = f"{known:.0%} of its values are words for it"
    else:
        look = "" if numbers is None else f"numbers from {numbers[0]:g} to {numbers[1]:g}"
    why = " and ".join(filter(None, (by_name, look)))
    if rivals:
        return f"{why}; please check: {rivals[0]} may be meant too"
    return why if score >= EXACT else f"{why}; please check"


def _give_companions(profiles: list[ColumnProfile], suggestion: Suggestion) -> None:
    """Join a column of units to its numbers, and one of clocks to its dates."""
    given = {theirs for listed in suggestion.columns.values() for theirs in listed}
    free = {p.header: p for p in profiles if p.header not in given and p.filled}
    ages = suggestion.columns.get("age_years", [])
    if len(ages) == 1 and (unit := unit_column(ages[0], free)) is not None:
        why = f"the unit of {ages[0]}, cell by cell"
        suggestion.lines.append(SuggestionLine("column", unit, "age_years", why))
        free.pop(unit)
    clocks = {header for header, profile in free.items() if _is_clock(profile)}
    for line in list(suggestion.lines_of("column")):
        if line.ours not in TIME_COLUMNS or len(suggestion.columns[line.ours]) > 1:
            continue
        rest = [word for word in _words_of(line.theirs) if word not in _DATE_WORDS]
        for header in sorted(clocks):
            words_of = _words_of(header)
            if _TIME_WORDS.isdisjoint(words_of):
                continue
            if [word for word in words_of if word not in _TIME_WORDS] == rest:
                why = f"the clock of {line.theirs}, cell by cell"
                suggestion.lines.append(SuggestionLine("column", header, line.ours, why))
                break


def _words_of(header: str) -> list[str]:
    plain = column_key(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)).split("_")
    return [word for word in plain if word not in {"of", "the"}]


def _is_clock(profile: ColumnProfile) -> bool:
    """Say whether nearly all values of a column are clocks."""
    reading = profile_clocks(profile.counts)
    if reading is None or reading.kind not in {AS_WRITTEN, HHMM, HOURS, FRACTION, DAY_ZERO}:
        return False
    if reading.kind != AS_WRITTEN:
        return True
    fits = sum(n for text, n in profile.counts.items() if split_clock(f"2021-01-01 {text}"))
    return fits >= 0.98 * profile.filled


def _stand_in(profiles: list[ColumnProfile], suggestion: Suggestion) -> None:
    """Let other columns stand in for time of report and id of the case; note what is missing."""
    columns = suggestion.columns
    if "reported_at" not in columns:
        times = [p for p in profiles if p.times and p.filled == p.rows]
        if best := [p for p in times if p.header in columns.get("earliest", [])] or times:
            why = "no column has the time of the report; this time is used instead: please check"
            suggestion.lines.append(SuggestionLine("column", best[0].header, "reported_at", why))
    if "case_id" not in columns:
        unique = [p for p in profiles if p.is_unique and not p.times and p.longest < 60]
        if unique:
            why = "the only kind of column whose values all differ: please check"
            suggestion.lines.append(SuggestionLine("column", unique[0].header, "case_id", why))
        else:
            repeated = [
                f"; {p.header} has the name for it, but {p.rows - p.distinct:,} rows repeat a value"
                for p in profiles
                if name_score("case_id", p.header) >= EXACT
            ]
            why = "no column has a different value in each row; add one with a number"
            suggestion.lacking.append(why + "".join(repeated[:1]))
    if "reported_at" not in suggestion.columns:
        suggestion.lacking.append("no column says when the case was reported")
