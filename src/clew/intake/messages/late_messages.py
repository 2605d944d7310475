"""What messages tell late finds its case, by number, and becomes facts of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from clew.intake.cases.cleaning import says_none, split_list
from clew.intake.cases.draft import Draft
from clew.intake.cases.facts import FIXED, FactsFile
from clew.intake.cases.times import TimeReader
from clew.intake.messages.message import Later
from clew.intake.prose.cause_text import read_cause
from clew.intake.tables.table import Late, Table
from clew.model.case_file import Fact, Op, Reject
from clew.model.contract import LIST_COLUMNS
from clew.model.values import Instant

_APART = FIXED | {"source_file", "source_sha256"}
UNKNOWN = "no case has this number, nor names it among its references"
TWICE = "several cases have this number among their references"
NO_TIME = "the message gives no time at which it became known"


@dataclass(slots=True)
class _Known:
    """The cases there are, by id and by every number that their records name."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    by_number: dict[str, set[str]] = field(default_factory=dict)

    def find(self, ids: Iterable[str]) -> Draft | str:
        """Return the case of the first number that is known, or why there is none."""
        for one in ids:
            if one in self.drafts:
                return self.drafts[one]
            found = self.by_number.get(_plain(one), set())
            if len(found) == 1:
                return self.drafts[next(iter(found))]
            if found:
                return TWICE
        return UNKNOWN


def _plain(number: str) -> str:
    return "".join(number.casefold().split())


def _known(drafts: Sequence[Draft]) -> _Known:
    known = _Known({draft.case_id: draft for draft in drafts})
    for draft in drafts:
        for one in [draft.case_id, *split_list(draft.texts.get("references", ""))]:
            for number in {one, one.partition(":")[2] or one}:
                known.by_number.setdefault(_plain(number), set()).add(draft.case_id)
    return known


def with_late(
    facts: FactsFile | None, table: Table, drafts: Sequence[Draft], times: TimeReader
) -> FactsFile:
    """Return the facts file with what messages told late, of the case file and of the facts file.

    A field that a message changes keeps what the case's own row said of it, as a fact known from
    the report on, so that nothing of what was known earlier is lost. What finds no case is
    rejected with its file, and so is what tells no time.
    """
    whole = facts if facts is not None else FactsFile(table.name)
    ruled = {case_id: set(names) for case_id, names in whole.ruled.items()}
    taken = _Taken(whole, times, ruled)
    known = _known(drafts)
    found: list[tuple[Instant, Late, Draft]] = []
    for late in [*table.late, *whole.late]:
        case = known.find(late.record.ids)
        number = late.record.ids[0] if late.record.ids else ""
        if isinstance(case, str):
            taken.reject(late, "case_id", number, case)
        elif late.record.later:
            taken.take_history(late, case)
        elif (at := taken.instant(late.record.at)) is None:
            taken.reject(late, "recorded_at", late.record.at, NO_TIME)
        else:
            found.append((at, late, case))
    for at, late, case in sorted(found, key=lambda told: told[0]):
        taken.take(at, late, case)
    return whole


@dataclass(slots=True)
class _Taken:
    """Facts as they are made; `told` is what each case says of each field so far."""

    facts: FactsFile
    times: TimeReader
    ruled_before: dict[str, set[str]]
    told: dict[str, dict[str, str]] = field(default_factory=dict)

    def instant(self, text: str) -> Instant | None:
        """Return an instant, or None where the text is none."""
        try:
            return self.times.read(text).end if text else None
        except ValueError:
            return None

    def reject(self, late: Late, name: str, value: str, reason: str) -> None:
        """Keep what could not be taken, with its file and item."""
        self.facts.rejects.append(Reject(late.file, late.row, name, value, reason, kept=False))

    def take(self, at: Instant, late: Late, case: Draft) -> None:
        """Make facts of the fields that a record adds to, or tells otherwise than before."""
        record = late.record
        told = self.told.setdefault(case.case_id, case.texts | case.extra)
        for name, value in record.texts.items():
            if name in _APART:
                continue
            op = Op.ADD if name in record.adds and name in LIST_COLUMNS else Op.SET
            text = _added(told, name, value) if op is Op.ADD else value
            if not text or (op is Op.SET and told.get(name, "") == text):
                continue
            if says_none(text):
                op = Op.SET
            self._baseline(case, name)
            held = told.get(name, "") if op is Op.ADD else ""
            told[name] = "; ".join(filter(None, [held, text]))
            known = self.instant(record.known)
            self._keep(late, case, _Dated(name, text, op, at if known is None else known, at))

    def take_history(self, late: Late, case: Draft) -> None:
        """Make facts of what a message dates itself."""
        for one in late.record.later:
            known = self.instant(one.known_at)
            recorded = self.instant(one.recorded_at) if one.recorded_at else known
            fault = _fault(one)
            if known is None or recorded is None or fault:
                self.reject(late, one.field, one.value, fault or NO_TIME)
                continue
            dated = _Dated(one.field, one.value, Op(one.op.casefold()), known, recorded)
            self._keep(late, case, dated, one)

    def _baseline(self, case: Draft, name: str) -> None:
        """Keep what the case's own row says of a field, from its report on, once."""
        ruled = self.facts.ruled.setdefault(case.case_id, set())
        if name in ruled:
            return
        ruled.add(name)
        own = case.texts.get(name) or case.extra.get(name)
        if own and name not in self.ruled_before.get(case.case_id, set()):
            at = case.reported_at
            fact = Fact(case.case_id, name, Op.SET, own, at, at, source="report", row=case.row)
            self.facts.by_case.setdefault(case.case_id, []).append(fact)

    def _keep(self, late: Late, case: Draft, dated: _Dated, one: Later | None = None) -> None:
        self.facts.ruled.setdefault(case.case_id, set()).add(dated.name)
        record = late.record
        source = f"{late.file} sha256:{late.sha256[:16]}"
        fact = Fact(
            case.case_id,
            dated.name,
            dated.op,
            dated.value,
            dated.known,
            dated.recorded,
            known_to=record.known_to if one is None else one.known_to,
            basis=record.basis if one is None else one.basis,
            source=source if one is None or not one.source else f"{one.source}; {source}",
            row=late.row,
        )
        self.facts.by_case.setdefault(case.case_id, []).append(fact)


@dataclass(frozen=True, slots=True)
class _Dated:
    name: str
    value: str
    op: Op
    known: Instant
    recorded: Instant


def _fault(one: Later) -> str:
    if one.field in _APART:
        return f"{one.field} makes the case what it is; no fact can change it"
    if one.op.casefold() not in set(Op):
        return f"not one of {', '.join(Op)}"
    if one.op.casefold() != Op.SET and one.field not in LIST_COLUMNS:
        return f"{one.op} is for lists, and {one.field} is none"
    if one.op.casefold() != Op.SET and not one.value:
        return f"{one.op} needs an element"
    return ""


def _added(told: dict[str, str], name: str, value: str) -> str:
    """Return the elements that are not there yet; `none` only where nothing is known.

    Where substances are still read out of the cause, those of the cause are added too.
    """
    held = {e.casefold() for e in split_list(told.get(name, "")) if not says_none(e)}
    from_cause: tuple[str, ...] = ()
    if name == "substances" and not held:
        from_cause = read_cause(told.get("cause", "")).substances or ()
    if says_none(value):
        return "" if held or from_cause or told.get(name) else value
    new = [e for e in [*from_cause, *split_list(value)] if e.casefold() not in held]
    return "; ".join(dict.fromkeys(new))
