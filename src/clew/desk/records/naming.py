"""How pages name a record: its identity in words, with the family's name where it may be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from clew.desk.accounts.rules import Permission, Person, areas_of, rule
from clew.desk.ledger.subjects import records_in
from clew.desk.records.models import Case
from clew.desk.records.timeline import read_cells
from clew.desk.records.visible import visible_to
from clew.desk.settings import CONFIGURATION
from clew.disclosure.record_identity import FEATURES, RecordIdentity, identify
from clew.disclosure.words import NAME_COLUMNS, Clock
from clew.model.case import Case as Noun

CLOCK = Clock(ZoneInfo(CONFIGURATION.timezone))
STATED = (
    *("age_years", "sex", "premises", "cause", *NAME_COLUMNS),
    *(name for name in FEATURES if name != "mechanism"),
)
"""Columns of a record that its identity is made of; its mechanism is read out of the cause."""
Cells = tuple[tuple[str, str], ...]
COLUMNS = ("pk", "case_id", "kind", "area", "reported_at", "texts")


def identity_of(case: Case, person: Person | None = None, *, named: bool = False) -> RecordIdentity:
    """Return the identity of a record that the reader may know of.

    Parameters
    ----------
    case
        A record that `person` may see, or may see compared: seals are the caller's to ask.
    person
        Who reads it; the name is given to those who may see records of its area.
    named
        Give the name without a person, for a file that only such people make.
    """
    now = case.texts.get("now", {})
    cells = tuple((name, now[name]) for name in STATED if now.get(name))
    named = named or (person is not None and may_name(person, case.area))
    return _identity(case.case_id, case.kind, case.area, case.reported_at, cells, named)


@lru_cache(8_192)
def _identity(
    case_id: str, kind: str, area: str, reported_at: datetime, cells: Cells, named: bool
) -> RecordIdentity:
    """Return the identity of these cells: reading them takes half a millisecond, so it is kept."""
    record = Case(case_id=case_id, kind=kind, area=area, reported_at=reported_at)
    read = read_cells(record, {**dict(cells), "kind": kind, "area": area})
    return identify(read, CLOCK, named=named)


def name_for(case: Case, person: Person) -> RecordIdentity | str:
    """Return the identity of a record that `person` may open, else its number alone."""
    if rule(person, Permission.SEE_RECORD, case.about()).allowed:
        return identity_of(case, person)
    return case.case_id


def names_in(subjects: Iterable[str], person: Person) -> dict[str, RecordIdentity]:
    """Return the identities, by number, of the records that subjects name and `person` may open."""
    numbers = {number for subject in subjects for number in records_in(subject)}
    if not numbers:
        return {}
    seen = visible_to(person, Permission.SEE_RECORD).filter(case_id__in=numbers).order_by()
    return {case.case_id: identity_of(case, person) for case in seen.only(*COLUMNS)}


def identities_of(numbers: Iterable[int], person: Person | None) -> dict[int, RecordIdentity]:
    """Return the identities of records by their keys, asked for at once; see `identity_of`."""
    cases = Case.objects.filter(pk__in=set(numbers)).order_by().only(*COLUMNS)
    return {case.pk: identity_of(case, person) for case in cases}


def without_name(record: Noun, person: Person) -> Noun:
    """Return a record as `person` may read it: without the name of one who died elsewhere."""
    if may_name(person, record.area or ""):
        return record
    kept = {name: text for name, text in record.extra.items() if name not in NAME_COLUMNS}
    return replace(record, extra=kept)


@lru_cache(4_096)
def may_name(person: Person, area: str) -> bool:
    """Tell whether somebody may read the names of those who died in an area."""
    areas = areas_of(person, Permission.SEE_RECORD)
    return areas is None or area in areas
