"""What facts say of an audit's columns: X as it was known two days after the report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from clew.intake.cases.cleaning import split_list
from clew.intake.cases.contract import column_key
from clew.intake.cases.draft import Warnings
from clew.intake.cases.facts import FactsFile, read_facts
from clew.intake.cases.times import TimeReader, TimeReading
from clew.model.case_file import Fact, Op, Reject
from clew.model.values import Instant

KNOWN_BY = 48 * 3_600
"""Declared (docs/method/equality.md), in seconds after the report: later facts are results."""


def apply_facts(
    cells: dict[str, Sequence[str]],
    path: Path,
    times: TimeReader,
    reports: Sequence[TimeReading | None],
    early: Collection[str],
) -> list[Reject]:
    """Change columns as a facts file says; return its rows that were not taken.

    A field of which the file has any row is ruled by it: the case file's own value is ignored.
    `early` names the columns that count as they were known 48 hours after the report; all others
    as they are known now. `reports`: the time of each row's report.
    """
    facts = read_facts(path, times, Warnings())
    places = {case: row for row, case in enumerate(cells.get("case_id", ()))}
    by_key = {column_key(name): name for name in cells}
    changed: dict[str, list[str]] = {}
    for case, ruled in facts.ruled.items():
        if case not in places:
            continue
        row = places[case]
        by_field: dict[str, list[Fact]] = {}
        for fact in facts.by_case.get(case, ()):
            by_field.setdefault(column_key(fact.field), []).append(fact)
        for field in ruled:
            key = column_key(field)
            name = by_key.setdefault(key, key)
            if name == "case_id":
                continue
            column = changed.get(name)
            if column is None:
                column = changed[name] = list(cells.get(name, [""] * len(reports)))
            report = reports[row]
            until = report.end + KNOWN_BY if name in early and report is not None else None
            column[row] = _value(by_field.get(key, ()), until)
    cells.update(changed)
    return [*facts.rejects, *_unknown_cases(facts, places)]


def _value(facts: Sequence[Fact], until: Instant | None) -> str:
    """Return a field's text by what was recorded until then, in the order of recording."""
    value = ""
    for fact in sorted(facts, key=lambda one: (one.recorded_at, one.row)):
        if until is not None and fact.recorded_at > until:
            break
        if fact.op is Op.SET:
            value = fact.value
        elif fact.op is Op.ADD:
            value = "; ".join([*split_list(value), *split_list(fact.value)])
        else:
            gone = {one.casefold() for one in split_list(fact.value)}
            value = "; ".join(one for one in split_list(value) if one.casefold() not in gone)
    return value


def _unknown_cases(facts: FactsFile, places: Mapping[str, int]) -> list[Reject]:
    return [
        Reject(
            facts.name, fact.row, "case_id", case, "no record of the case file has this number",
            kept=False,
        )
        for case, of_case in facts.by_case.items()
        if case not in places
        for fact in of_case
    ]  # fmt: skip
