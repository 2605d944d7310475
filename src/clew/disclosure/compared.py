"""What was compared, what was not, and up to when: no answer stands without it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from clew.disclosure.chance_words import say_sample
from clew.disclosure.clock import Clock
from clew.disclosure.words import count_of
from clew.model.case import Kind
from clew.model.case_file import Coverage
from clew.model.finding import Answer

_MANY = {
    Kind.DEATH: ("death", "deaths"),
    Kind.NON_FATAL: ("non-fatal incident", "non-fatal incidents"),
    Kind.MISSING_PERSON: ("missing person report", "missing person reports"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """The summary that stands at the top of every report."""

    records: str
    kinds: str
    agencies: tuple[str, ...]
    without_agency: int
    first_report: str
    last_report: str
    as_of: str
    searched: tuple[Coverage, ...]
    not_searched: tuple[Coverage, ...]
    only_this_file: bool
    rejects: int
    sample: str
    together: tuple[str, ...]


def say_compared(answer: Answer, clock: Clock) -> Compared:
    """Return what the answer rests on, in plain words and local time.

    Kinds and agencies are counted only where `answer.cases` are all that were compared.
    """
    agencies = Counter(case.agency for case in answer.cases)
    kinds = Counter(case.kind for case in answer.cases)
    whole = len(answer.cases) == answer.compared
    named = sorted((name, n) for name, n in agencies.items() if name)
    as_of = (
        "every fact in the file, whenever it was recorded"
        if answer.as_of is None
        else f"{clock.minute(answer.as_of)} ({answer.timezone})"
    )
    return Compared(
        records=count_of(answer.compared, "record", "records"),
        kinds=", ".join(count_of(kinds[kind], *_MANY[kind]) for kind in Kind if kinds[kind])
        if whole
        else "",
        agencies=tuple(f"{name} ({n:,})" if whole else name for name, n in named),
        without_agency=agencies[None] + agencies[""] if whole else 0,
        first_report=clock.day(answer.first_report),
        last_report=clock.day(answer.last_report),
        as_of=as_of,
        searched=tuple(row for row in answer.coverage if row.records > 0),
        not_searched=tuple(row for row in answer.coverage if row.records <= 0),
        only_this_file=not answer.coverage,
        rejects=answer.rejects,
        sample=say_sample(answer.null_sample),
        together=answer.together,
    )
