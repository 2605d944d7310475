"""Two reports of one death become one, from the moment at which somebody verified that they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from clew.errors import UsageRejected
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.contract import LIST_COLUMNS
from clew.model.judgement import Judgement
from clew.model.values import Instant

DUPLICATE = "duplicate_report"
Merge = tuple[Instant, str]
"""Since when, and with which record."""
STATED_WITH = {"mechanism": "cause", "manner_said_by": "manner", "allegation_status": "allegation"}
"""Fields that mean something only beside another: both come from one report."""
OWN = frozenset(
    {"case_id", "reported_at", "report_known_to_the_minute", "kind", "missing", "extra"}
)
"""Fields that stay those of the earlier report, or are filled name by name."""
SINGLE = tuple(
    field.name for field in fields(Case) if field.name not in {*LIST_COLUMNS, *STATED_WITH, *OWN}
)


@dataclass(frozen=True, slots=True)
class Part:
    """A report within a record, as it is at `at`; it has been part of the record since `since`."""

    history: CaseHistory
    since: Instant
    at: Instant

    @property
    def case(self) -> Case:
        """Return the report on its own, whether or not it was merged."""
        return [case for since, case in self.history.versions if since <= self.at][-1]

    def changed(self, name: str) -> Instant:
        """Return when a value last changed while it was part of the record; 0 if it has not."""
        last, before = 0, None
        for instant, case in self.history.versions:
            value = getattr(case, name)
            if self.since < instant <= self.at and value != before:
                last = instant
            before = value
        return last


def merge_reports(case_file: CaseFile, judgements: Iterable[Judgement]) -> CaseFile:
    """Merge the reports that verified judgements call two reports of one death.

    A judgement counts from `decided_at` on, or from the moment at which both reports are known
    where that is later or no date is given. The earlier report goes on; the later one ends.
    Without such a judgement the file is returned as it is.
    """
    by_id = {history.case_id: history for history in case_file.histories}
    verified = []
    for judgement in judgements:
        a, b = sorted((judgement.case_a, judgement.case_b))
        duplicate = judgement.relation == DUPLICATE and judgement.verified
        if duplicate and a in by_id and b in by_id:
            known = max(_reported(by_id[a])[0], _reported(by_id[b])[0])
            verified.append((max(known, judgement.decided_at or known), a, b))
    # Which reports each record took in, and which record each report went into.
    took: dict[str, list[Merge]] = {}
    went: dict[str, Merge] = {}
    for at, a, b in sorted(verified):
        by_then = {report: into for report, (_, into) in went.items()}
        pair = (by_id[_end_of(a, by_then)], by_id[_end_of(b, by_then)])
        kept, gone = (history.case_id for history in sorted(pair, key=_reported))
        if kept != gone and by_id[gone].until is None:
            went[gone] = (at, kept)
            took.setdefault(kept, []).append((at, gone))
            took[kept] += [(at, further) for _, further in took.get(gone, ())]
    if not went:
        return case_file
    merged = []
    for history in case_file.histories:
        taken = [(at, by_id[case_id]) for at, case_id in took.get(history.case_id, ())]
        until, record = went.get(history.case_id, (history.until, history.merged_into))
        merged.append(CaseHistory(history.case_id, _versions(history, taken, went), until, record))
    return replace(case_file, histories=tuple(merged))


def merged_by(case_file: CaseFile, instant: Instant | None) -> dict[str, str]:
    """Return the reports that are merged by then, each with the record that it is part of."""
    went = {h.case_id: h.merged_into for h in case_file.histories if h.is_merged(instant)}
    return {case_id: _end_of(case_id, went) for case_id in went}


def judged_by(
    judgements: Iterable[Judgement], case_file: CaseFile, instant: Instant | None
) -> tuple[Judgement, ...]:
    """Return what had been decided by then, of the records that there then were."""
    went = merged_by(case_file, instant)
    known = (
        replace(j, case_a=went.get(j.case_a, j.case_a), case_b=went.get(j.case_b, j.case_b))
        for j in judgements
        if instant is None or j.decided_at is None or j.decided_at <= instant
    )
    return tuple(j for j in known if j.case_a != j.case_b)


def say_merged(count: int) -> tuple[str, ...]:
    """Say how many reports were merged into others; nothing where none was."""
    if not count:
        return ()
    reports = "1 report is" if count == 1 else f"{count:,} reports are"
    return (f"{reports} merged into an earlier report of the same death, by verified judgements.",)


def refuse_merged(case_file: CaseFile, case_id: str, instant: Instant | None) -> None:
    """Refuse a report that was merged.

    Raises
    ------
    UsageRejected
        If it was merged into another record by then.
    """
    into = merged_by(case_file, instant).get(case_id)
    if into is not None:
        raise UsageRejected(
            f"{case_id} was merged into {into}: two reports of one death", f"Ask for {into}"
        )


def _reported(history: CaseHistory) -> Merge:
    return history.versions[0][0], history.case_id


def _end_of(case_id: str, went: Mapping[str, str]) -> str:
    while case_id in went:
        case_id = went[case_id]
    return case_id


def _versions(
    history: CaseHistory, taken: Sequence[tuple[Instant, CaseHistory]], went: Mapping[str, Merge]
) -> tuple[tuple[Instant, Case], ...]:
    """Return the versions of a record with what it took in; mentions name records, not reports."""
    every = [*history.versions, *(version for _, other in taken for version in other.versions)]
    named = {name for _, case in every for name in case.mentions or ()} & went.keys()
    if not taken and not named:
        return history.versions
    moments = {at for at, _ in history.versions} | {at for at, _ in taken}
    moments |= {at for since, other in taken for at, _ in other.versions if at > since}
    while named:  # a record that is mentioned by now may go into a further one
        moments |= {went[name][0] for name in named}
        named = {went[name][1] for name in named} & went.keys()
    versions: list[tuple[Instant, Case]] = []
    for at in sorted(at for at in moments if at >= history.versions[0][0]):
        case = Part(history, at, at).case
        if others := [(since, other) for since, other in taken if since <= at]:
            # The record of the earliest report, filled from the others that are one by then. Of
            # single values the latest change since the reports are one counts, then what the
            # earlier report says. A report that withdraws a value leaves the others'.
            reports = [(min(since for since, _ in others), history), *others]
            reports.sort(key=lambda report: _reported(report[1]))
            parts = [Part(report, since, at) for since, report in reports]
            cases = [part.case for part in parts]
            ids = [one.case_id for one in cases]
            stated_with = {**{name: name for name in SINGLE}, **STATED_WITH}
            values: dict[str, Any] = {
                name: getattr(_source(beside, parts), name) for name, beside in stated_with.items()
            }
            for name in LIST_COLUMNS:  # a list has what any report has
                lists = [own for one in cases if (own := getattr(one, name)) is not None]
                values[name] = tuple(sorted(set().union(*lists))) if lists else None
            numbers = {*(values["references"] or ()), *(f"report:{other}" for other in ids[1:])}
            values["references"] = tuple(sorted(numbers))
            if values["mentions"] is not None:
                values["mentions"] = tuple(name for name in values["mentions"] if name not in ids)
            values["extra"] = _filled([one.extra for one in cases])
            causes = _filled([one.missing for one in cases])
            unknown = {k: v for k, v in causes.items() if values.get(k) is None}
            case = replace(cases[0], **values, missing=MappingProxyType(unknown))
        gone = {name: into for name, (since, into) in went.items() if since <= at}
        # Mentions of a merged report name the record that it is part of.
        if case.mentions is not None and not gone.keys().isdisjoint(case.mentions):
            names = {_end_of(name, gone) for name in case.mentions} - {case.case_id}
            case = replace(case, mentions=tuple(sorted(names)))
        if not versions or case != versions[-1][1]:
            versions.append((at, case))
    return tuple(versions)


def _source(name: str, parts: Sequence[Part]) -> Case:
    """Return the report whose value counts: the last changed, else the earliest that has one."""
    latest_first = sorted(parts, key=lambda part: -part.changed(name))
    stating = (part.case for part in latest_first if getattr(part.case, name) is not None)
    return next(stating, parts[0].case)


def _filled(mappings: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return all values by name, the earlier report's where several have one."""
    filled: dict[str, Any] = {}
    for values in reversed(mappings):
        filled |= values
    return MappingProxyType(filled)
