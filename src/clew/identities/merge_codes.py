"""Codes that people took for one become one entity, from the moment at which they decided it.

The decisions come from a file. Without decisions nothing changes: a proposal of `clew resolve`
changes nothing on its own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clew.intake.cases.times import TimeReader
from clew.intake.tables.header import Wanted
from clew.intake.tables.open import open_table, require_columns
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory, Reject
from clew.model.identity import IdentityDecision, Sameness
from clew.model.values import Instant
from clew.vocabulary.load import word_key

REQUIRED = ("code_a", "code_b", "decision")
LONG_AGO = -(2**62)
"""When a decision without a date counts from: the beginning."""


def read_identity_decisions(
    path: Path, timezone: str
) -> tuple[tuple[IdentityDecision, ...], tuple[Reject, ...]]:
    """Return the decisions of a file, and the rows that could not be taken.

    A row whose date cannot be read is not taken: a decision must not count before it was made.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or misses one of the first three columns.
    """
    table = open_table(path, Wanted.from_names(REQUIRED))
    places = require_columns(table, REQUIRED)
    times = TimeReader(timezone, int(time.time()))
    decisions: list[IdentityDecision] = []
    rejects: list[Reject] = []
    for row in table.rows():
        cells = {} if row.fault else {name: row.cells[place] for name, place in places.items()}
        column, reason = ("", row.fault) if row.fault else _fault(cells)
        at = None
        if not reason and cells.get("decided_at"):
            try:
                at = times.read(cells["decided_at"]).end
            except ValueError as fault:
                column, reason = "decided_at", str(fault)
        if reason:
            value = cells.get(column, "")
            rejects.append(Reject(table.name, row.number, column, value, reason, kept=False))
            continue
        a, b = sorted((cells["code_a"], cells["code_b"]))
        decided = Sameness(word_key(cells["decision"]))
        by, why = cells.get("decided_by", ""), cells.get("reason", "")
        decisions.append(IdentityDecision(a, b, decided, at, by, why))
    return tuple(decisions), tuple(rejects)


def _fault(cells: dict[str, str]) -> tuple[str, str]:
    for column in ("code_a", "code_b"):
        if not cells[column]:
            return column, "a decision is of two codes"
    if cells["code_a"] == cells["code_b"]:
        return "code_b", "a decision is of two codes"
    if word_key(cells["decision"]) not in set(Sameness):
        return "decision", f"not one of {', '.join(Sameness)}"
    return "", ""


@dataclass(frozen=True, slots=True)
class MergedCodes:
    """What decisions make of codes from `since` on: code -> the code that its group is named by."""

    since: Instant
    one_of: Mapping[str, str]
    kept_apart: tuple[IdentityDecision, ...] = ()


def take_together(
    case_file: CaseFile, decisions: Sequence[IdentityDecision], as_of: Instant | None
) -> CaseFile:
    """Return the file with codes that are one by decision, and with what answers must say of it.

    A decision counts from `decided_at`, or from the beginning where it has no date; a later one of
    the same two codes overrules it. `different` keeps two codes apart whatever others join.
    """
    ordered = sorted(decisions, key=_order)
    merged = []
    for since in sorted({_order(decision)[0] for decision in ordered}):
        latest = {(d.code_a, d.code_b): d for d in ordered if _order(d)[0] <= since}
        apart = {pair for pair, last in latest.items() if last.decision is Sameness.DIFFERENT}
        groups: dict[str, frozenset[str]] = {}
        kept_apart = []
        for pair, last in sorted(latest.items(), key=lambda item: _order(item[1])):
            if last.decision is not Sameness.SAME:
                continue
            ours, theirs = (groups.get(code, frozenset({code})) for code in pair)
            if any((min(a, b), max(a, b)) in apart for a in ours for b in theirs):
                kept_apart.append(last)
            else:
                groups |= dict.fromkeys(ours | theirs, ours | theirs)
        first = {code: min(group) for code, group in groups.items()}
        merged.append(MergedCodes(since, first, tuple(kept_apart)))
    histories = []
    for history in case_file.histories:
        named = _codes_of(history)
        if all(named.isdisjoint(codes.one_of) for codes in merged):
            histories.append(history)
            continue
        # A version from each moment at which the history's codes became one.
        moments = {at for at, _ in history.versions}
        moments |= {codes.since for codes in merged if codes.since > history.versions[0][0]}
        versions: list[tuple[Instant, Case]] = []
        for at in sorted(moments):
            case = [case for since, case in history.versions if since <= at][-1]
            one_of = [codes.one_of for codes in merged if codes.since <= at]
            if one_of and case.entities is not None:
                renamed = {replace(e, code=one_of[-1].get(e.code, e.code)) for e in case.entities}
                case = replace(case, entities=tuple(sorted(renamed)))
            if not versions or case != versions[-1][1]:
                versions.append((at, case))
        histories.append(replace(history, versions=tuple(versions)))
    known = merged if as_of is None else [codes for codes in merged if codes.since <= as_of]
    words = _say(known[-1] if known else None, case_file)
    return replace(case_file, histories=tuple(histories), together=words)


def _order(decision: IdentityDecision) -> tuple[Instant, str, str, str]:
    """Return since when a decision counts, and what settles the order of one moment."""
    since = LONG_AGO if decision.decided_at is None else decision.decided_at
    return since, decision.code_a, decision.code_b, decision.decision


def _codes_of(history: CaseHistory) -> set[str]:
    return {entity.code for _, case in history.versions for entity in case.entities or ()}


def _say(merged: MergedCodes | None, case_file: CaseFile) -> tuple[str, ...]:
    """Say which codes of the file are taken together, and which decisions contradict others."""
    if merged is None:
        return ("No codes are taken together: nothing had been decided by then.",)
    named = set[str]().union(*map(_codes_of, case_file.histories))
    groups: dict[str, list[str]] = {}
    for code, first in sorted(merged.one_of.items()):
        groups.setdefault(first, []).append(code)
    ours = [group for group in groups.values() if not named.isdisjoint(group)]
    lines = ["No codes are taken together: no decision is of two codes of this file."]
    if ours:
        count = sum(map(len, ours))
        which = "; ".join(" = ".join(group) for group in ours)
        lines = [
            f"Taken together by people's decisions: {count:,} codes as {len(ours):,}. {which}."
        ]
    lines += [
        f"{decision.code_a} and {decision.code_b} were decided to be one, and are kept apart: a"
        " decision says that codes of their groups are different."
        for decision in merged.kept_apart
    ]
    return tuple(lines)
