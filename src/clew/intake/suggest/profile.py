"""What a column's values look like: numbers, times, words of a vocabulary; and what they mean."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo

from clew.intake.cases.cleaning import missing_cause, split_list
from clew.intake.cases.column_profile import AS_WRITTEN, SAYS, TimeBounds, profile_times
from clew.intake.cases.settled_plan import key_words
from clew.intake.cases.time_text import read_declared, read_iso
from clew.intake.prose.cause_text import read_cause, substance_ids
from clew.intake.suggest.suggestion import Suggestion, SuggestionLine
from clew.model.values import LATEST
from clew.vocabulary.load import word_key, words

SAMPLE = 5_000
"""Rows that are looked at. Enough that a date format which fits them all fits the file."""
_FITS = 0.98
"""Share of the values that a format must fit; the rest is slips of the pen."""
FORMATS = (
    "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p",
    "%m/%d/%y", "%d/%m/%y", "%m/%d/%y %H:%M", "%d/%m/%y %H:%M", "%d.%m.%Y", "%d.%m.%Y %H:%M",
    "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%B %d, %Y",
    "%b %d, %Y", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y%m%d", "%d%b%Y", "%d/%b/%Y", "%Y %m", "%Y-%m",
    "%B %Y", "%b %Y",
)  # fmt: skip
NUMBERED = "numbered"
"""Times that are a spreadsheet's day numbers, or counted from 1970."""
_DATES = frozenset(
    ["date", "dates", "dt", "dod", "datetime", "day", "time", "timestamp", "on", "at"]
)
_TWIN = {form: form.replace("%m", "#").replace("%d", "%m").replace("#", "%d") for form in FORMATS}
VOCABULARIES = {
    "sex": "sexes", "manner": "manners", "premises": "premises", "category": "classes",
    "scene": "scene", "posture": "posture", "lividity": "lividity", "clothing": "clothing",
    "injuries": "injuries", "missing_items": "missing_items", "kind": "kinds",
}  # fmt: skip

MOST = 40
"""Values of one column that are proposed or listed; more than that are no vocabulary."""
_CLOSE = 0.84
"""Likeness (difflib's ratio) from which a spelling is proposed: `acident` for accident is 0.93."""
_STARTS = {
    "sex": {"m": "male", "f": "female", "w": "female", "k": "female", "h": "male", "v": "female"},
    "manner": {
        "nat": "natural", "acc": "accident", "sui": "suicide", "hom": "homicide",
        "und": "undetermined", "pen": "pending", "could not": "undetermined",
        "misadv": "misadventure", "unlaw": "unlawful_killing", "drug": "drug_related",
    },
}  # fmt: skip
"""How words of these columns begin in the languages and abbreviations met so far: M, F, W(oman,
weiblich), K(vinna), H(omme, ombre), V(rouw); NAT, ACC and the like."""


@dataclass(slots=True)
class ColumnProfile:
    """One column: how many values, how many of them differ, and what they look like.

    `numbers` is the least and the greatest where all are numbers. `times` is `iso`, a format,
    `numbered`, "" for no times; `twin` another format that fits as well, so that the order of day
    and month is not known. `reading` is the column profile's, where numbers are dates. `known` is
    the share of the values that a vocabulary knows, by our column.
    """

    header: str
    filled: int = 0
    distinct: int = 0
    rows: int = 0
    numbers: tuple[float, float] | None = None
    times: str = ""
    twin: str = ""
    reading: str = ""
    known: dict[str, float] = field(default_factory=dict)
    longest: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_unique(self) -> bool:
        """Tell whether every row has a value of its own."""
        return self.rows > 0 and self.filled == self.rows == self.distinct


def profile_of(header: str, cells: list[str]) -> ColumnProfile:
    """Return what a column's cells look like."""
    values = [c for c in cells if c and missing_cause(c) is None]
    profile = ColumnProfile(header, len(values), rows=len(cells), counts=Counter(values))
    profile.distinct = len(profile.counts)
    profile.longest = max(map(len, profile.counts), default=0)
    if not values:
        return profile
    with suppress(ValueError):
        numbers = [float(text) for text in profile.counts]
        if all(map(math.isfinite, numbers)):
            profile.numbers = min(numbers), max(numbers)
    profile.times, profile.twin = _times(profile.counts, profile.filled)
    if profile.numbers is not None and not profile.times and _DATES & key_words(header):
        found = profile_times(profile.counts, TimeBounds(ZoneInfo("UTC"), LATEST))
        if found is not None and found.kind != AS_WRITTEN:
            profile.times, profile.reading = NUMBERED, SAYS[found.kind.split("+")[0]]
    if profile.numbers is None or not profile.times:
        for ours, vocabulary in VOCABULARIES.items():
            profile.known[ours] = _share_known(profile, words(vocabulary).canonical)
        profile.known["substances"] = _share_known(profile, substance_ids)
        profile.known["cause"] = _share_known(
            profile, lambda text: (read := read_cause(text)).mechanism or read.substances
        )
    return profile


def _share_known(profile: ColumnProfile, canonical: Callable[[str], object]) -> float:
    """Return the share of the values whose every element a vocabulary knows."""
    common = profile.counts.most_common(300)
    known = sum(
        number * all(canonical(part) for part in split_list(text) or [text])
        for text, number in common
    )
    return known / max(sum(number for _, number in common), 1)


def _times(counts: Counter[str], filled: int) -> tuple[str, str]:
    """Return the format of times and, where it fits as well, the one with day and month swapped."""
    if not any(re.search(r"\d{4}|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}", text) for text in counts):
        return "", ""

    def share(form: str) -> float:
        fitting = 0
        for text, number in counts.items():
            with suppress(ValueError, re.error):
                if form == "iso":
                    fits = read_iso(text) is not None and text[4] == "-"
                else:
                    read = read_declared(text, form)
                    fits = read is not None and 1850 <= read[0].year <= 2200
                fitting += number * fits
        return fitting / filled

    if share("iso") >= _FITS:
        return "iso", ""
    shares = {form: share(form) for form in FORMATS}
    best = max(FORMATS, key=lambda form: shares[form])
    if shares[best] < _FITS:
        return "", ""
    twin = _TWIN[best]
    return best, twin if twin != best and shares.get(twin) == shares[best] else ""


@cache
def _spellings(vocabulary: str) -> dict[str, str]:
    """Return the keys of a vocabulary's ids, then of its labels, each with its id."""
    known = words(vocabulary)
    ids = {word_key(word): word for word in known.ids}
    return ids | {word_key(known.label(word)): word for word in known.ids}


def value_lines(profile: ColumnProfile, suggestion: Suggestion) -> list[SuggestionLine]:
    """Return a line for every value of a column of words that no vocabulary knows."""
    header = profile.header
    return [
        SuggestionLine("value", header, ours, f"{number:,} times; {why}", f"{text}\x1f{word}")
        for ours in [line.ours for line in suggestion.lines_of("column") if line.theirs == header]
        if ours in VOCABULARIES
        for text, number in profile.counts.most_common(MOST)
        if missing_cause(text) is None
        and any(words(VOCABULARIES[ours]).canonical(part) is None for part in split_list(text))
        for word, why in [_meaning(ours, text)]
    ]


def _meaning(ours: str, text: str) -> tuple[str, str]:
    """Return our word for a foreign value, "" for none, and the reason to show."""
    key = word_key(text)
    plain = key.replace("_", " ")
    for start, word in _STARTS.get(ours, {}).items():
        if plain.startswith(start) and (len(start) > 1 or len(plain) == 1 or ours == "sex"):
            return word, f"it begins like {word.replace('_', ' ')}: please check"
    spellings = _spellings(VOCABULARIES[ours])
    if close := get_close_matches(key, list(spellings), n=1, cutoff=_CLOSE):
        word = spellings[close[0]]
        return word, f"spelt nearly like {word.replace('_', ' ')}: please check"
    for spelling, word in spellings.items():
        if len(spelling) > 3 and re.search(rf"(?:^|_){re.escape(spelling)}(?:_|$)", key):
            return word, f"it contains the word {spelling.replace('_', ' ')}: please check"
    return "", "no word of ours; kept as it is written unless you say what it means"
