"""Attach late messages to their case by number, and store them as facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clew.intake.cases.cleaning import says_none, split_list
from clew.intake.cases.draft import Draft
from clew.intake.cases.facts import FIXED, FactsFile
from clew.intake.cases.times import TimeReader
from clew.intake.messages.message import DatedField
from clew.intake.prose.cause_text import read_cause
from clew.intake.tables.table import Late, Table
from clew.model.case_file import Fact, Op, Reject
from clew.model.contract import LIST_COLUMNS
from clew.model.values import Instant

_APART = FIXED | {"source_file", "source_sha256"}
UNKNOWN = "no case has this number, nor names it among its references"
TWICE = "several cases have this number among their references"
NO_TIME = "the message gives no time at which it became known"


def with_late(
    facts: FactsFile | None, table: Table, drafts: Sequence[Draft], times: TimeReader
) -> FactsFile:
    """Return the facts file with the late messages of the case file and of the facts file.

    A field that a message changes keeps what the case's own row said of it, as a fact known from
    the report on, so that nothing of what was known earlier is lost. A message that finds no case
    is rejected with its file, and so is one without a time.
    """
    whole = facts if facts is not None else FactsFile(table.name)
    late_facts = _LateFacts(whole, times, drafts)
    dated: list[tuple[Instant, Late, Draft]] = []
    for late in [*table.late, *whole.late]:
        case = late_facts.find(late.record.ids)
        if isinstance(case, str):
            number = late.record.ids[0] if late.record.ids else ""
            late_facts.reject(late, "case_id", number, case)
        elif late.record.later:
            # Facts of the fields to which the message gives times of their own.
            for field in late.record.later:
                known = late_facts.instant(field.known_at)
                recorded = late_facts.instant(field.recorded_at) if field.recorded_at else known
                fault = _fault(field)
                if known is None or recorded is None or fault:
                    late_facts.reject(late, field.field, field.value, fault or NO_TIME)
                    continue
                source = f"{field.source}; {late.source}" if field.source else late.source
                late_facts.add(
                    Fact(
                        case.case_id, field.field, Op(field.op.casefold()), field.value, known,
                        recorded, known_to=field.known_to, basis=field.basis, source=source,
                        row=late.row,
                    )
                )  # fmt: skip
        elif (at := late_facts.instant(late.record.at)) is None:
            late_facts.reject(late, "recorded_at", late.record.at, NO_TIME)
        else:
            dated.append((at, late, case))
    for at, late, case in sorted(dated, key=lambda entry: entry[0]):
        late_facts.add_record(at, late, case)
    return whole


class _LateFacts:
    """The cases there are, by every number of theirs, and the facts made of late messages."""

    def __init__(self, facts: FactsFile, times: TimeReader, drafts: Sequence[Draft]) -> None:
        self.facts, self.times = facts, times
        self.ruled_before = {case_id: set(names) for case_id, names in facts.ruled.items()}
        self.texts: dict[str, dict[str, str]] = {}  # what each case says of each field so far
        self.drafts = {draft.case_id: draft for draft in drafts}
        self.by_number: dict[str, set[str]] = {}
        for draft in drafts:
            for own in [draft.case_id, *split_list(draft.texts.get("references", ""))]:
                for number in {own, own.partition(":")[2] or own}:
                    self.by_number.setdefault(_plain(number), set()).add(draft.case_id)

    def find(self, ids: Iterable[str]) -> Draft | str:
        """Return the case of the first number that is known, or why there is none."""
        for number in ids:
            if number in self.drafts:
                return self.drafts[number]
            cases = self.by_number.get(_plain(number), set())
            if cases:
                return self.drafts[next(iter(cases))] if len(cases) == 1 else TWICE
        return UNKNOWN

    def instant(self, text: str) -> Instant | None:
        """Return an instant, or None where the text is none."""
        try:
            return self.times.read(text).end if text else None
        except ValueError:
            return None

    def reject(self, late: Late, name: str, value: str, reason: str) -> None:
        """Keep what could not be taken, with its file and item."""
        self.facts.rejects.append(Reject(late.file, late.row, name, value, reason, kept=False))

    def add_record(self, at: Instant, late: Late, case: Draft) -> None:
        """Make facts of the fields that a record adds to, or gives otherwise than before."""
        record, case_id = late.record, case.case_id
        texts = self.texts.setdefault(case_id, case.texts | case.extra)
        for name, value in record.texts.items():
            if name in _APART:
                continue
            op = Op.ADD if name in record.adds and name in LIST_COLUMNS else Op.SET
            text = _added(texts, name, value) if op is Op.ADD else value
            if not text or (op is Op.SET and texts.get(name, "") == text):
                continue
            if says_none(text):
                op = Op.SET
            own = case.texts.get(name) or case.extra.get(name)
            if own and name not in self.facts.ruled.get(case_id, set()):
                at_report = case.reported_at  # from then on the case's own row counts
                row = case.row
                self.add(
                    Fact(case_id, name, Op.SET, own, at_report, at_report, source="report", row=row)
                )
            before = texts.get(name, "") if op is Op.ADD else ""
            texts[name] = "; ".join(filter(None, [before, text]))
            known = self.instant(record.known)
            known = at if known is None else known
            self.add(
                Fact(
                    case_id, name, op, text, known, at,
                    known_to=record.known_to, basis=record.basis, source=late.source, row=late.row,
                )
            )  # fmt: skip

    def add(self, fact: Fact) -> None:
        """Keep a fact, and that facts rule its field."""
        self.facts.ruled.setdefault(fact.case_id, set()).add(fact.field)
        self.facts.by_case.setdefault(fact.case_id, []).append(fact)


def _plain(number: str) -> str:
    return "".join(number.casefold().split())


def _fault(dated: DatedField) -> str:
    """Return why a dated field cannot become a fact, or ""."""
    op = dated.op.casefold()
    if dated.field in _APART:
        return f"{dated.field} makes the case what it is; no fact can change it"
    if op not in set(Op):
        return f"not one of {', '.join(Op)}"
    if op != Op.SET and dated.field not in LIST_COLUMNS:
        return f"{dated.op} is for lists, and {dated.field} is not a list"
    if op != Op.SET and not dated.value:
        return f"{dated.op} needs an element"
    return ""


def _added(texts: dict[str, str], name: str, value: str) -> str:
    """Return the elements that are not there yet; `none` only where nothing is known.

    Where substances are still read out of the cause, those of the cause are added too.
    """
    present = {e.casefold() for e in split_list(texts.get(name, "")) if not says_none(e)}
    from_cause: tuple[str, ...] = ()
    if name == "substances" and not present:
        from_cause = read_cause(texts.get("cause", "")).substances or ()
    if says_none(value):
        return "" if present or from_cause or texts.get(name) else value
    new = [e for e in [*from_cause, *split_list(value)] if e.casefold() not in present]
    return "; ".join(dict.fromkeys(new))
