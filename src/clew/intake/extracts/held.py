"""What earlier imports left: each case's first row, and the facts since."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from clew.intake.cases.cleaning import missing_cause, says_none, split_list
from clew.intake.cases.contract import TIME_COLUMNS
from clew.intake.cases.draft import Draft
from clew.intake.cases.facts import EXTRACT
from clew.intake.cases.row_parsers import VOCABULARIES
from clew.intake.cases.times import TimeReader
from clew.intake.cases.words import read_codes, read_entity, read_words
from clew.intake.extracts.flat import instant_text
from clew.model.case_file import Op
from clew.model.contract import FACT_COLUMNS, LIST_COLUMNS
from clew.vocabulary.load import words

REPORT = f"{EXTRACT} report"
"""Source of what a case's first row said of a field that changed later."""
_NUMBERS = frozenset([
    "latitude", "longitude", "location_precision_m", "home_latitude", "home_longitude", "age_years",
])  # fmt: skip

FactRow = dict[str, str]
"""One row of facts.csv, by column."""


@dataclass(slots=True)
class HeldExtract:
    """Cases by id, as in their first row; facts in the order in which they were recorded.

    `gone` are the cases that were not in the last extract. `columns` are all that any extract had.
    `ruled_by_case` names the fields of each case of which there is any fact.
    """

    cases: dict[str, Draft] = field(default_factory=dict)
    facts: list[FactRow] = field(default_factory=list)
    traits: dict[str, dict[str, str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    columns: frozenset[str] = frozenset()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    _cells: dict[str, dict[str, str]] = field(default_factory=dict)
    ruled_by_case: dict[str, set[str]] = field(default_factory=dict)
    _by_case: dict[str, list[FactRow]] = field(default_factory=dict)
    _facts_seen: set[tuple[str, ...]] = field(default_factory=set)

    def add_fact(self, row: FactRow) -> bool:
        """Add a fact at the end; return False where the very same is there already."""
        key = tuple(row.get(name, "") for name in FACT_COLUMNS[:6])
        if key in self._facts_seen:
            return False
        self._facts_seen.add(key)
        self.facts.append(row)
        case_id, name = row["case_id"], row["field"]
        self.ruled_by_case.setdefault(case_id, set()).add(name)
        self._by_case.setdefault(case_id, []).append(row)
        if row.get("source", "").startswith(EXTRACT):
            cells = self._cells.setdefault(case_id, {})
            cells[name] = applied(cells.get(name, ""), row["op"], row["value"])
        return True

    def cell(self, case_id: str, name: str) -> str:
        """Return the cell as the last extract that had it gave it; "" for blank.

        What a message added since is no cell: an extract that never has it does not retract it.
        """
        later = self._cells.get(case_id, {})
        if name in later:
            return later[name]
        draft = self.cases[case_id]
        return draft.texts.get(name) or draft.extra.get(name, "")

    def note(self, case_id: str, name: str, value: str, source: str, at: str) -> list[FactRow]:
        """Add a changed cell as a fact, and before it what the first row said; return them.

        Of a list that messages add to, what was added and withdrawn becomes facts.
        """
        cell = self.cell(case_id, name)
        rows: list[FactRow] = []
        if cell and name not in self.ruled_by_case.get(case_id, ()):
            reported = instant_text(self.cases[case_id].reported_at, self.zone)
            rows.append(fact_row(case_id, name, cell, reported, REPORT))
        from_messages = any(
            row["field"] == name and not row.get("source", "").startswith((EXTRACT, "report"))
            for row in self.facts_of(case_id)
        )
        if name in LIST_COLUMNS and from_messages:
            before = {e.casefold(): e for e in split_list(cell)}
            after = {e.casefold(): e for e in split_list(value)}
            for op, elements, others in ((Op.WITHDRAW, before, after), (Op.ADD, after, before)):
                changed = [e for k, e in elements.items() if k not in others and k != "none"]
                if changed:
                    row = fact_row(case_id, name, "; ".join(changed), at, source)
                    rows.append(row | {"op": str(op)})
        else:
            rows.append(fact_row(case_id, name, value, at, source))
        return [row for row in rows if self.add_fact(row)]

    def facts_of(self, case_id: str) -> list[FactRow]:
        """Return the facts of a case in the order in which they were recorded."""
        return self._by_case.get(case_id, [])

    def take_traits(self, traits: dict[str, dict[str, str]]) -> int:
        """Put sensitive traits over those already there; return how many cases changed."""
        changed = 0
        for case_id, own in traits.items():
            before = self.traits.get(case_id)
            changed += before is not None and before | own != before
            self.traits[case_id] = (before or {}) | own
        return changed


def applied(held: str, op: str, value: str) -> str:
    """Return a cell after a fact: set, or with elements added or withdrawn."""
    if op == Op.SET:
        return value
    elements = split_list(held)
    if op == Op.ADD:
        return "; ".join([*elements, *split_list(value)])
    gone = {e.casefold() for e in split_list(value)}
    return "; ".join(e for e in elements if e.casefold() not in gone)


def fact_row(case_id: str, name: str, value: str, at: str, source: str) -> FactRow:
    """Return a fact that sets a value, known and recorded at one time."""
    cells = (case_id, name, "set", value, at, at, "", "", source)
    return dict(zip(FACT_COLUMNS, cells, strict=True))


def same(column: str, before: str, after: str, times: TimeReader) -> bool:
    """Tell whether two cells of a column say the same, whatever their order, spelling or zeros."""
    return before == after or _meaning(column, before, times) == _meaning(column, after, times)


def _meaning(column: str, text: str, times: TimeReader) -> object:
    """Return what a cell says: between two cells with equal meanings nothing changed.

    A placeholder ("unknown") says as little as a blank. What cannot be read means its own words.
    """
    plain = " ".join(text.split())
    known = words(VOCABULARIES[column]).canonical(plain) if column in VOCABULARIES else None
    if known is not None:
        return known  # "pending" is a manner, and a placeholder elsewhere
    if column in LIST_COLUMNS and says_none(plain):
        return ()  # known to be empty: that is no blank
    if not plain or missing_cause(plain, numeric=column in _NUMBERS) is not None:
        return None
    found: object = plain
    if column == "entities":
        found = frozenset(read_entity(element) or element for element in split_list(plain))
    elif column in {"mentions", "references"}:
        found = read_codes(plain)
    elif column in LIST_COLUMNS:
        found = read_words(column, plain)[0]
    else:
        with suppress(ValueError):
            if column in _NUMBERS:
                found = float(plain)
            elif column in TIME_COLUMNS:
                moment = times.read(plain, column)
                found = moment.start, moment.end
    return found
