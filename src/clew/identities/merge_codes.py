"""Codes that people took for one become one entity, from the moment at which they decided it.

Without decisions nothing changes. A proposal of `clew resolve` changes nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from clew.model.case import Case, Entity
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.identity import IdentityDecision, Sameness
from clew.model.values import Instant

LONG_AGO = -(2**62)
"""When a decision without a date counts from: the beginning."""


@dataclass(frozen=True, slots=True)
class MergedCodes:
    """What decisions make of codes from `since` on: code -> the code that stands for its group."""

    since: Instant
    one_of: Mapping[str, str]
    kept_apart: tuple[IdentityDecision, ...] = ()


def take_together(
    case_file: CaseFile, decisions: Sequence[IdentityDecision], as_of: Instant | None
) -> CaseFile:
    """Return the file with codes that are one by decision, and with what answers must say of it.

    A decision holds from `decided_at`, or from the beginning where it has no date; a later one of
    the same two codes overrules it. `different` keeps two codes apart whatever others join.
    """
    stands = _standings(decisions)
    histories = tuple(_rewritten(history, stands) for history in case_file.histories)
    known = stands if as_of is None else [s for s in stands if s.since <= as_of]
    said = _say(known[-1] if known else None, case_file)
    return replace(case_file, histories=histories, together=said)


def _standings(decisions: Iterable[IdentityDecision]) -> list[MergedCodes]:
    """Return what stands from each moment on at which something was decided, oldest first."""
    ordered = sorted(decisions, key=_order)
    moments = sorted({_since(one) for one in ordered})
    return [_standing(at, [one for one in ordered if _since(one) <= at]) for at in moments]


def _since(one: IdentityDecision) -> Instant:
    return LONG_AGO if one.decided_at is None else one.decided_at


def _order(one: IdentityDecision) -> tuple[Instant, str, str, str]:
    return _since(one), one.code_a, one.code_b, one.decision


def _standing(at: Instant, decided: Sequence[IdentityDecision]) -> MergedCodes:
    latest = {(one.code_a, one.code_b): one for one in decided}
    apart = {pair for pair, one in latest.items() if one.decision is Sameness.DIFFERENT}
    group: dict[str, frozenset[str]] = {}
    kept_apart = []
    for one in sorted(latest.values(), key=_order):
        if one.decision is not Sameness.SAME:
            continue
        ours, theirs = (group.get(c, frozenset({c})) for c in (one.code_a, one.code_b))
        if any((min(a, b), max(a, b)) in apart for a in ours for b in theirs):
            kept_apart.append(one)
            continue
        group |= dict.fromkeys(ours | theirs, ours | theirs)
    return MergedCodes(at, {code: min(held) for code, held in group.items()}, tuple(kept_apart))


def _rewritten(history: CaseHistory, stands: Sequence[MergedCodes]) -> CaseHistory:
    named = {entity.code for _, case in history.versions for entity in case.entities or ()}
    if all(named.isdisjoint(standing.one_of) for standing in stands):
        return history
    begins = history.versions[0][0]
    moments = {at for at, _ in history.versions}
    moments |= {standing.since for standing in stands if standing.since > begins}
    versions: list[tuple[Instant, Case]] = []
    for at in sorted(moments):
        case = [case for since, case in history.versions if since <= at][-1]
        known = [standing for standing in stands if standing.since <= at]
        case = _renamed(case, known[-1].one_of) if known else case
        if not versions or case != versions[-1][1]:
            versions.append((at, case))
    return replace(history, versions=tuple(versions))


def _renamed(case: Case, one_of: Mapping[str, str]) -> Case:
    if case.entities is None:
        return case
    renamed = {Entity(e.role, e.type, one_of.get(e.code, e.code)) for e in case.entities}
    return replace(case, entities=tuple(sorted(renamed)))


def _say(standing: MergedCodes | None, case_file: CaseFile) -> tuple[str, ...]:
    """Say which codes of the file are taken together, and which decisions contradict others."""
    if standing is None:
        return ("No codes are taken together: nothing had been decided by then.",)
    named = {
        entity.code
        for history in case_file.histories
        for _, case in history.versions
        for entity in case.entities or ()
    }
    groups: dict[str, list[str]] = {}
    for code, first in sorted(standing.one_of.items()):
        groups.setdefault(first, []).append(code)
    ours = [held for held in groups.values() if not named.isdisjoint(held)]
    said = ["No codes are taken together: no decision is of two codes of this file."]
    if ours:
        codes = sum(len(held) for held in ours)
        which = "; ".join(" = ".join(held) for held in ours)
        said = [f"Taken together by people's decisions: {codes:,} codes as {len(ours):,}. {which}."]
    said += [
        f"{one.code_a} and {one.code_b} were decided to be one, and are kept apart: a decision says"
        " that codes of their groups are different."
        for one in standing.kept_apart
    ]
    return tuple(said)
