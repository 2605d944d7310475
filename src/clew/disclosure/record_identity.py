"""The identity of a record in words: who, where, when, and what sets it apart; the number last.

Every list names a record so, at the desk and on the command line. Pure: who may read a name is the
caller's to decide, and a record that the reader may not open must not be given to this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clew.disclosure.words import Clock, capital, clean, name_of
from clew.model.case import Case, Kind
from clew.model.case_file import CaseHistory
from clew.model.values import Instant
from clew.vocabulary.lexicon import concept_label
from clew.vocabulary.load import words

GROWN_UP = 18.0
"""Age in years from which somebody is a man or a woman: the age of majority in England and Wales
(Family Law Reform Act 1969, s. 1)."""
FIRST_YEARS = 2.0
"""Declared: below this age it is said in months, as in the comparison's own words."""
SHORT_PLACE: Mapping[str, str] = {"apartment": "flat", "hotel": "hotel", "building": "building"}
"""Kinds of place whose label is longer than a line needs; the others are said by their label."""
NO_PLACE = frozenset({"other"})
"""Kinds of place that say nothing."""
FEATURES = ("missing_items", "posture", "substances", "mechanism", "scene")
"""Declared: fields of which one value sets a record apart, in this order where no counts are at
hand. Things that were absent come first: they need somebody to have looked."""
Namer = Callable[[str], str]
"""Gives the identity of a record in words for its number."""
Counts = Mapping[tuple[str, str], int]
"""How many records state each value, by field and id: those of `Codes.items` with `item_counts`."""


@dataclass(frozen=True, slots=True)
class RecordIdentity:
    """A record's identity. `name` is that which the family uses, "" where none may be read.

    `who_and_where` is 'Man, 22 · churchyard or cemetery, KD · 28 Aug 2014 · phone missing', with
    what is missing left out; `short` is its first two parts.
    """

    case_id: str
    name: str
    who_and_where: str
    short: str

    @property
    def line(self) -> str:
        """Return the identity without the number: 'Sam · man, 22 · street, KD · 1 Mar 2014'."""
        return self._named(self.who_and_where)

    @property
    def brief(self) -> str:
        """Return who, where and the number, for a narrow column: 'Man, 22 · street, KD (BD-2)'."""
        return f"{self._named(self.short)} ({self.case_id})"

    def _named(self, text: str) -> str:
        return f"{self.name} · {text[:1].lower()}{text[1:]}" if self.name else text

    def __str__(self) -> str:
        return f"{self.line} ({self.case_id})"


def identify(
    case: Case, clock: Clock, *, named: bool = True, counts: Counts | None = None
) -> RecordIdentity:
    """Return the identity of a record in words.

    Parameters
    ----------
    named
        Whether the reader may see the name. A living person is never named (`words.name_of`).
    counts
        How many records state each value, where it is at hand: the rarest is shown.
    """
    parts = (who(case), _where(case), short_day(case, clock), feature(case, counts))
    line, short = (clean(" · ".join(filter(None, some))) for some in (parts, parts[:2]))
    return RecordIdentity(case.case_id, clean(name_of(case)) if named else "", line, short)


def in_brief(case: Case) -> str:
    """Return who, where and the number, for a narrow column: 'Man, 22 · street, KD (BD-2)'."""
    short = clean(" · ".join(filter(None, (who(case), _where(case)))))
    return RecordIdentity(case.case_id, clean(name_of(case)), short, short).brief


def undated(case: Case) -> str:
    """Return the identity without the day of the report, which would say which of two is later."""
    line = clean(" · ".join(filter(None, (who(case), _where(case), feature(case)))))
    return str(RecordIdentity(case.case_id, clean(name_of(case)), line, line))


def namer(cases: Mapping[str, Case], clock: Clock, counts: Counts | None = None) -> Namer:
    """Return what gives a record's identity in words for its number; the number if unknown."""

    def name(case_id: str) -> str:
        case = cases.get(case_id)
        return case_id if case is None else str(identify(case, clock, counts=counts))

    return name


def name_at(histories: Mapping[str, CaseHistory], case_id: str, at: Instant, clock: Clock) -> str:
    """Return a record's identity in words as it was known at `at`; the number if unknown then."""
    history = histories.get(case_id)
    case = None if history is None else history.as_of(at)
    return case_id if case is None else str(identify(case, clock))


def who(case: Case) -> str:
    """Return 'Man, 22', 'Missing girl, 14' or 'Incident: woman, 30'; 'Death' without either."""
    age = _age(case.age_years)
    young = case.age_years is not None and case.age_years < GROWN_UP
    person = {"male": "boy" if young else "man", "female": "girl" if young else "woman"}.get(
        case.sex or "", "person"
    )
    described = bool(age) or person != "person"
    said = f"{person}, {age}" if age else person
    if case.kind is Kind.MISSING_PERSON:
        return f"Missing {said}"
    if case.kind is Kind.NON_FATAL:
        return f"Incident: {said}" if described else "Incident"
    return capital(said) if described else "Death"


def short_day(case: Case, clock: Clock) -> str:
    """Return the day of the report for a line in a list: '28 Aug 2014'."""
    day, month, year = clock.day(case.reported_at).split(" ")
    return f"{day} {month[:3]} {year}"


def feature(case: Case, counts: Counts | None = None) -> str:
    """Return the one thing that sets a record apart: the rarest, else the first by `FEATURES`.

    "" where none is recorded, and for the living: what was seen of them is no label in a list.
    """
    if case.kind is not Kind.DEATH:
        return ""
    found: list[tuple[str, str]] = []
    for field in FEATURES:
        recorded = getattr(case, field)
        values = (recorded,) if isinstance(recorded, str) else recorded or ()
        found += [(field, value) for value in sorted(values, key=lambda v: _place(field, v))]
    found = [one for one in found if not _is_lifestyle(*one)]
    if not found:
        return ""
    if counts:
        found = [one for one in found if one in counts] or found
        return _said(*min(found, key=lambda one: counts.get(one, 0)))
    return _said(*found[0])


def _age(years: float | None) -> str:
    if years is None:
        return ""
    if years < FIRST_YEARS:
        months = int(years * 12)
        return f"{months} month" if months == 1 else f"{months} months"
    return f"{int(years)}"


def place_word(premises: str | None) -> str:
    """Return the kind of place as people read it: 'churchyard or cemetery'; "" for none."""
    return clean(words("premises").label(premises)) if premises else ""


def _where(case: Case) -> str:
    premises = case.premises or ""
    label = SHORT_PLACE.get(premises) or place_word(premises)
    return ", ".join(part for part in ("" if premises in NO_PLACE else label, case.area) if part)


def _place(field: str, value: str) -> tuple[int, str]:
    """Return where a value stands in its vocabulary; words that are not in it come last."""
    if field in ("substances", "mechanism"):
        return 0, value
    ids = words(field).ids
    return (ids.index(value) if value in ids else len(ids)), value


def _is_lifestyle(field: str, value: str) -> bool:
    return field == "scene" and value in words("scene").lifestyle


def _said(field: str, value: str) -> str:
    if field in ("substances", "mechanism"):
        return concept_label(value)
    said = words(field).label(value)
    return f"{said} missing" if field == "missing_items" else said
