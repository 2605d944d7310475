"""What is held from earlier extracts: each case's first row, and the facts since."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from clew.intake.cases.cleaning import missing_cause, says_none, split_list
from clew.intake.cases.contract import TIME_COLUMNS
from clew.intake.cases.draft import Draft
from clew.intake.cases.times import TimeReader
from clew.intake.cases.words import read_codes, read_entity, read_words
from clew.intake.extracts.flat import instant_text
from clew.model.case_file import Op
from clew.model.contract import FACT_COLUMNS, LIST_COLUMNS
from clew.vocabulary.load import words

EXTRACT = "extract"
"""Begins the source of every fact that an extract's changed cell brought."""
REPORT = f"{EXTRACT} report"
"""Source of what a case's first row said of a field that changed later."""

FactRow = dict[str, str]
"""One row of facts.csv, by column."""


@dataclass(slots=True)
class HeldExtract:
    """Cases by id, as their first row told them; facts in the order in which they were recorded.

    `gone` are the cases that the last extract lacked. `columns` are all that any extract had.
    `ruled_by_case` names the fields of each case that any fact tells.
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

    def add(self, draft: Draft) -> None:
        """Hold a new case."""
        self.cases[draft.case_id] = draft

    def add_fact(self, row: FactRow) -> bool:
        """Hold a fact, at the end; return False where the very same is held already."""
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
        """Return what the last extract that told this cell said; "" for blank.

        What a message told since is no cell: an extract that never holds it does not retract it.
        """
        later = self._cells.get(case_id, {})
        if name in later:
            return later[name]
        draft = self.cases[case_id]
        return draft.texts.get(name) or draft.extra.get(name, "")

    def note(self, case_id: str, name: str, value: str, source: str, at: str) -> list[FactRow]:
        """Hold a changed cell as a fact, and before it what the first row said; return them."""
        before, draft = self.cell(case_id, name), self.cases[case_id]
        rows: list[FactRow] = []
        if before and name not in self.ruled_by_case.get(case_id, ()):
            told = instant_text(draft.reported_at, self.zone)
            rows.append(fact_row(case_id, name, before, told, REPORT))
        rows += self._changed(case_id, name, value, at, source)
        return [row for row in rows if self.add_fact(row)]

    def _changed(self, case_id: str, name: str, value: str, at: str, source: str) -> list[FactRow]:
        """Return what sets a cell; of a list that messages add to, what changed of it."""
        others = (row for row in self.facts_of(case_id) if row["field"] == name)
        added = any(not row.get("source", "").startswith((EXTRACT, "report")) for row in others)
        if name not in LIST_COLUMNS or not added:
            return [fact_row(case_id, name, value, at, source)]
        before = {e.casefold(): e for e in split_list(self.cell(case_id, name))}
        after = {e.casefold(): e for e in split_list(value)}
        found = []
        for op, one, other in ((Op.WITHDRAW, before, after), (Op.ADD, after, before)):
            if changed := "; ".join(
                e for key, e in one.items() if key not in other and key != "none"
            ):
                found.append(fact_row(case_id, name, changed, at, source) | {"op": str(op)})
        return found

    def facts_of(self, case_id: str) -> list[FactRow]:
        """Return the facts of a case in the order in which they were recorded."""
        return self._by_case.get(case_id, [])

    def take_traits(self, traits: dict[str, dict[str, str]]) -> int:
        """Take sensitive traits over what was held of them; return how many cases changed."""
        changed = 0
        for case_id, told in traits.items():
            before = self.traits.get(case_id)
            changed += before is not None and before | told != before
            self.traits[case_id] = (before or {}) | told
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
    told = (case_id, name, "set", value, at, at, "", "", source)
    return dict(zip(FACT_COLUMNS, told, strict=True))


# Whether two cells of one column say the same, whatever the order, spelling or zeros.


_NUMBERS = frozenset(
    [
        "latitude",
        "longitude",
        "location_precision_m",
        "home_latitude",
        "home_longitude",
        "age_years",
    ]
)
_WORDS = {
    "kind": "kinds",
    "premises": "premises",
    "sex": "sexes",
    "identity_status": "identity",
    "category": "classes",
    "manner": "manners",
}


def meaning(column: str, text: str, times: TimeReader) -> object:
    """Return what a cell says: two cells with equal meanings tell no change.

    A placeholder ("unknown") says as little as a blank. What cannot be read means its own words.
    """
    plain = " ".join(text.split())
    if column in _WORDS and (known := words(_WORDS[column]).canonical(plain)) is not None:
        return known  # "pending" is a manner, and a placeholder elsewhere
    if column in LIST_COLUMNS and says_none(plain):
        return ()  # known to be empty: that is no blank
    if not plain or missing_cause(plain, numeric=column in _NUMBERS) is not None:
        return None
    if column in LIST_COLUMNS:
        return _list(column, plain)
    if column in TIME_COLUMNS:
        return _time(column, plain, times)
    return _number(plain) if column in _NUMBERS else plain


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _time(column: str, text: str, times: TimeReader) -> object:
    try:
        moment = times.read(text, column)
    except ValueError:
        return text
    return moment.start, moment.end


def _list(column: str, text: str) -> object:
    if column == "entities":
        return frozenset(read_entity(element) or element for element in split_list(text))
    if column in {"mentions", "references"}:
        return read_codes(text)
    return read_words(column, text)[0]


def same(column: str, before: str, after: str, times: TimeReader) -> bool:
    """Tell whether two cells of a column say the same."""
    return before == after or meaning(column, before, times) == meaning(column, after, times)
