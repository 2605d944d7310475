"""Records, facts and answers as known at one moment become what a bundle says.

Nothing recorded after the moment is taken. Of a record only the columns that may leave the desk are
taken (`exports/text.py`): no trait, no home, no code of a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from clew.disclosure.bundle.content import Entry, Record, Replayed, ReplayedLink
from clew.disclosure.chance_words import say_chance
from clew.disclosure.comparison import say_reasons
from clew.disclosure.exports.text import EXPORT_COLUMNS
from clew.disclosure.record_identity import identify
from clew.disclosure.words import Clock, plain
from clew.errors import UsageRejected
from clew.model.case import Case, Kind
from clew.model.case_file import CaseFile, Fact, Op
from clew.model.finding import Answer
from clew.model.values import Instant

NOT_ENTRIES = frozenset({"kind", "reported_at", "earliest", "latest", "latitude", "longitude",
                         "location_precision_m"})  # fmt: skip
"""Columns that the heading of a record says, or that give a point on a map."""
OP_WORD = {Op.SET: "", Op.ADD: "added: ", Op.WITHDRAW: "withdrawn: "}
LEFT_OUT = (
    "Living people, missing people and their records: none is included, and this does not say"
    " whether there are any.",
    "Sensitive traits, home addresses and the codes of people: never included.",
    "Comments, forms, scripts, attachments and layers of the documents handed in: only what their"
    " pages show is included.",
)


def records_of(
    case_file: CaseFile, ids: Sequence[str], as_of: Instant, facts: Iterable[Fact] = ()
) -> tuple[Record, ...]:
    """Return the records of the bundle with their entries, as recorded by then.

    Raises
    ------
    UsageRejected
        If a record is not in the file by then, or is not of a death.
    """
    known = {case.case_id: case for case in case_file.as_of(as_of)}
    clock = Clock(ZoneInfo(case_file.timezone))
    own: dict[str, list[Fact]] = {}
    for fact in facts:
        own.setdefault(fact.case_id, []).append(fact)
    made = []
    for case_id in dict.fromkeys(ids):
        case = known.get(case_id)
        if case is None or case.kind is not Kind.DEATH:
            raise UsageRejected(
                f"no death {case_id} is recorded by {clock.minute(as_of)}",
                "Check the number and --as-of",
            )
        entries = _entries(case_file, case_id, as_of, own.get(case_id, []))
        made.append(Record(case_id, str(identify(case, clock)), clock.happened(case), entries))
    return tuple(made)


def _entries(
    case_file: CaseFile, case_id: str, as_of: Instant, facts: Sequence[Fact]
) -> tuple[Entry, ...]:
    history = next(one for one in case_file.histories if one.case_id == case_id)
    ruled = {fact.field for fact in facts}
    made = [
        Entry(fact.field, f"{OP_WORD[fact.op]}{_spoken(fact.value)}" if fact.value else "",
              fact.known_at, fact.recorded_at, fact.known_to, fact.basis, fact.source,
              f"Facts file, row {fact.row}")
        for fact in facts
        if fact.recorded_at <= as_of and fact.field in EXPORT_COLUMNS
    ]  # fmt: skip
    before: dict[str, str] = {}
    for since, case in history.versions:
        if since > as_of:
            break
        now = _values(case)
        made += [
            Entry(name, now.get(name, ""), since, since, case.agency or "", "", "",
                  f"{case_file.name}, record {case_id}")
            for name in sorted(now.keys() | before.keys())
            if name not in ruled and now.get(name) != before.get(name)
        ]  # fmt: skip
        before = now
    order = {name: place for place, name in enumerate(EXPORT_COLUMNS)}
    made.sort(key=lambda one: (one.recorded_at, order.get(one.what, 0), one.says))
    return tuple(made)


def _values(case: Case) -> dict[str, str]:
    found = {}
    for name in EXPORT_COLUMNS:
        if name in NOT_ENTRIES or name == "last_seen_alive":
            continue
        value = getattr(case, name, None)
        if value is None:
            value = case.extra.get(name)
        if value is None:
            continue
        if isinstance(value, tuple):
            found[name] = "; ".join(plain(str(one)) for one in value) or "none"
        elif isinstance(value, bool):
            found[name] = "yes" if value else "no"
        else:
            found[name] = f"{value:g}" if isinstance(value, float) else _spoken(str(value))
    return found


def _spoken(value: str) -> str:
    """Return a value in words where it is made of ids (`burial_ground; note`), else as it is."""
    return plain(value) if value == value.casefold() and "_" in value else value


def replayed(
    answer: Answer, case_file: CaseFile, ids: Sequence[str], at: Instant, settings: str
) -> Replayed:
    """Return what an answer as of a key date says about the records of the bundle."""
    clock = Clock(ZoneInfo(answer.timezone))
    by_id = {case.case_id: case for case in answer.cases}
    wanted = set(ids)
    links = []
    for link in sorted(answer.links, key=lambda one: (one.case_a, one.rank, one.case_b)):
        pair = (by_id[link.case_a], by_id[link.case_b])
        if not wanted & {link.case_a, link.case_b}:
            continue
        if any(case.kind is not Kind.DEATH for case in pair):
            continue
        findings = link.breakdown.findings
        names = [str(identify(case, clock, named=case.case_id in wanted)) for case in pair]
        links.append(
            ReplayedLink(
                " and ".join(names),
                link.rank,
                say_chance(link.chance, answer.deaths_a_year, answer.crime).sentence,
                say_reasons(findings, 1),
                say_reasons(findings, -1),
            )
        )
    # Of deaths alone: no count may say that there is a record of a living person.
    used = [
        since
        for history in case_file.histories
        for since, case in history.versions
        if since <= at and case.kind is Kind.DEATH
    ]
    newest = max(used, default=None)
    deaths = sum(case.kind is Kind.DEATH for case in case_file.as_of(at))
    return Replayed(at, deaths, newest, answer.version, answer.weights, settings,
                    tuple(links))  # fmt: skip
