"""What became of series since an earlier run, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from clew.model.finding import ENGINE, Series, SeriesChange, SeriesFate
from clew.model.judgement import Conflict, Contradiction, Judgement

MOST_CHANCE = 1.0
"""As for the series that are shown: so many would be expected by chance alone."""


class ChangeSentences(NamedTuple):
    """Sentences on what changed, and one on what they leave out; '' for nothing.

    Counted only are those of possible series that chance alone would be expected to bring about.
    """

    said: tuple[str, ...]
    rest: str


def say_changes(changes: Iterable[SeriesChange]) -> ChangeSentences:
    """Return what became of every series, in the order of the changes."""
    said, untouched, counted = [], 0, 0
    for one in changes:
        if one.change is SeriesFate.UNTOUCHED:
            untouched += 1
        elif one.series.chance is not None and one.series.chance > MOST_CHANCE:
            counted += 1
        else:
            said.append(_sentence(one))
    return ChangeSentences(tuple(said), _rest(untouched, counted))


def _rest(untouched: int, counted: int) -> str:
    parts = []
    if untouched:
        parts.append(f"{untouched:,} series with the same records as before")
    if counted:
        parts.append(
            f"{counted:,} change{'' if counted == 1 else 's'} among possible series such as chance"
            " alone would bring about"
        )
    return f"Not listed: {'; '.join(parts)}." if parts else ""


def _sentence(one: SeriesChange) -> str:
    name = f"{_view(one.series)} {one.series.series_id}"
    came, left = ", ".join(one.came), ", ".join(one.left)
    gone = f" No longer in it: {left}." if left else ""
    if one.change is SeriesFate.STARTED:
        return f"New: {name[0].lower()}{name[1:]}, {_cases(one.series)}."
    if one.change is SeriesFate.ENDED:
        return f"No longer a series: {name[0].lower()}{name[1:]}, {left}."
    if one.change is SeriesFate.BRIDGED:
        joined = f" New in it: {came}." if came else ""
        return f"{name} brings together {_and(one.of)}.{joined}{gone}"
    if one.change is SeriesFate.JOINED:
        return f"{came} joined {name[0].lower()}{name[1:]}: {_cases(one.series)}."
    new = f" New in it: {came}." if came else ""
    return f"{name}: no longer in it: {left}.{new}"


def _view(series: Series) -> str:
    return "Possible series" if series.view == ENGINE else "Adopted series"


def _cases(series: Series) -> str:
    return ", ".join(member.case_id for member in series.members)


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# Judgements that contradict one another, in words: nothing that people said is lost.


def say_contradictions(found: Iterable[Contradiction]) -> tuple[str, ...]:
    """Return one sentence a contradiction, in the order in which they were found."""
    return tuple(_sentence_contradictions(one) for one in found)


def _sentence_contradictions(one: Contradiction) -> str:
    pair, said = _pair(one.judgement), _judged(one.judgement)
    if one.kind is Conflict.OVERRULED:
        return f"{pair}: once {said}, later {_judged(one.against[0])}. The later one counts."
    apart = _and_contradictions([f"{_pair(j)}, {_judged(j)}" for j in one.against])
    return f"{pair}: {said}, but in no series together. It would bring together {apart}."


def _judged(judgement: Judgement) -> str:
    """Say 'judged not linked by B'."""
    by = f" by {judgement.decided_by}" if judgement.decided_by else ""
    return f"judged {judgement.verdict.replace('_', ' ')}{by}"


def _pair(judgement: Judgement) -> str:
    return f"{judgement.case_a} and {judgement.case_b}"


def _and_contradictions(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{'; '.join(parts[:-1])}; and {parts[-1]}"
