"""What the values of a column look like: numbers, times, words of a vocabulary, or none."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import cache

from clew.intake.cases.cleaning import missing_cause, split_list
from clew.intake.prose.cause_text import read_cause, substance_ids
from clew.intake.suggest.suggestion import Suggestion, SuggestionLine
from clew.vocabulary.load import word_key, words

SAMPLE = 5_000
"""Rows that are looked at. Enough that a date format which fits them all fits the file."""
_FITS = 0.98
"""Share of the values that a format or vocabulary must fit; the rest is slips of the pen."""
FORMATS = (
    "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p",
    "%m/%d/%y", "%d/%m/%y", "%m/%d/%y %H:%M", "%d/%m/%y %H:%M", "%d.%m.%Y", "%d.%m.%Y %H:%M",
    "%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%B %d, %Y",
    "%b %d, %Y", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y%m%d", "%d%b%Y", "%d/%b/%Y", "%Y %m", "%Y-%m",
    "%B %Y", "%b %Y",
)  # fmt: skip
_TWIN = {form: form.replace("%m", "#").replace("%d", "%m").replace("#", "%d") for form in FORMATS}
VOCABULARIES = {
    "sex": "sexes", "manner": "manners", "premises": "premises", "category": "classes",
    "scene": "scene", "posture": "posture", "lividity": "lividity", "clothing": "clothing",
    "injuries": "injuries", "missing_items": "missing_items", "kind": "kinds",
}  # fmt: skip


@dataclass(slots=True)
class ColumnProfile:
    """One column: how many values, how many of them differ, and what they look like.

    `numbers` is the least and the greatest where all are numbers. `times` is `iso`, a format, ""
    for no times; `twin` another format that fits as well, so that the order of day and month
    cannot be told. `known` is the share of the values that a vocabulary knows, by our column.
    """

    header: str
    filled: int = 0
    distinct: int = 0
    rows: int = 0
    numbers: tuple[float, float] | None = None
    times: str = ""
    twin: str = ""
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
    found = ColumnProfile(header, len(values), rows=len(cells), counts=Counter(values))
    found.distinct = len(found.counts)
    found.longest = max(map(len, found.counts), default=0)
    if not values:
        return found
    found.numbers = _numbers(found.counts)
    found.times, found.twin = _times(found.counts, found.filled)
    if found.numbers is None or not found.times:
        for ours, vocabulary in VOCABULARIES.items():
            found.known[ours] = _known(found, lambda text, v=vocabulary: words(v).canonical(text))
        found.known["substances"] = _known(found, substance_ids)
        found.known["cause"] = _known(found, _names_a_cause)
    return found


def _names_a_cause(text: str) -> str | None:
    read = read_cause(text)
    return read.mechanism or (read.substances[0] if read.substances else None)


def _numbers(counts: Counter[str]) -> tuple[float, float] | None:
    found = []
    for text in counts:
        try:
            found.append(float(text))
        except ValueError:
            return None
    real = [n for n in found if math.isfinite(n)]
    return (min(real), max(real)) if real and len(real) == len(found) else None


def _times(counts: Counter[str], filled: int) -> tuple[str, str]:
    if not any(re.search(r"\d{4}|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}", text) for text in counts):
        return "", ""
    if _share(counts, filled, _is_iso) >= _FITS:
        return "iso", ""
    fits = [
        form for form in FORMATS if _share(counts, filled, lambda t, f=form: _parses(t, f)) >= _FITS
    ]
    if not fits:
        return "", ""
    best = max(fits, key=lambda form: _share(counts, filled, lambda t: _parses(t, form)))
    twin = _TWIN.get(best, "")
    ambiguous = (
        twin != best
        and twin in fits
        and _share(counts, filled, lambda t: _parses(t, twin))
        == (_share(counts, filled, lambda t: _parses(t, best)))
    )
    return best, twin if ambiguous else ""


def _share(counts: Counter[str], filled: int, fits: object) -> float:
    if not callable(fits):
        return 0.0
    return sum(number for text, number in counts.items() if fits(text)) / max(filled, 1)


def _is_iso(text: str) -> bool:
    if not re.match(r"\d{4}-\d{2}-\d{2}", text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _parses(text: str, form: str) -> bool:
    try:
        found = datetime.strptime(text, form)
    except (ValueError, re.error):
        return False
    return 1850 <= found.year <= 2200


def _known(profile: ColumnProfile, canonical: object) -> float:
    """Return the share of the values whose every element a vocabulary knows."""
    if not callable(canonical):
        return 0.0
    hit = 0
    for text, number in profile.counts.most_common(300):
        parts = split_list(text) or [text]
        hit += number * all(canonical(part) for part in parts)
    seen = sum(number for _, number in profile.counts.most_common(300))
    return hit / max(seen, 1)


# Foreign values of columns that hold words: which of ours each means, as far as it can be told.


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


@cache
def _spellings(vocabulary: str) -> dict[str, str]:
    found = {word_key(one): one for one in words(vocabulary).ids}
    return found | {word_key(words(vocabulary).label(one)): one for one in words(vocabulary).ids}


def value_lines(profile: ColumnProfile, suggestion: Suggestion) -> list[SuggestionLine]:
    """Return a line for every value of a column of words that no vocabulary knows."""
    lines: list[SuggestionLine] = []
    for ours in [line.ours for line in suggestion.of("column") if line.theirs == profile.header]:
        vocabulary = VOCABULARIES.get(ours)
        if vocabulary is None:
            continue
        for text, number in profile.counts.most_common(MOST):
            unknown = [p for p in split_list(text) if words(vocabulary).canonical(p) is None]
            if not unknown or missing_cause(text) is not None:
                continue
            word, why = _meant(ours, vocabulary, text)
            told = f"{number:,} times; {why}"
            lines.append(SuggestionLine("value", profile.header, ours, told, f"{text}\x1f{word}"))
    return lines


def _meant(ours: str, vocabulary: str, text: str) -> tuple[str, str]:
    key = word_key(text)
    plain = key.replace("_", " ")
    for start, word in _STARTS.get(ours, {}).items():
        if plain.startswith(start) and (len(start) > 1 or len(plain) == 1 or ours == "sex"):
            return word, f"it begins like {word.replace('_', ' ')}: please check"
    close = get_close_matches(key, list(_spellings(vocabulary)), n=1, cutoff=_CLOSE)
    if close:
        word = _spellings(vocabulary)[close[0]]
        return word, f"spelt nearly like {word.replace('_', ' ')}: please check"
    for spelling, word in _spellings(vocabulary).items():
        if len(spelling) > 3 and re.search(rf"(?:^|_){re.escape(spelling)}(?:_|$)", key):
            return word, f"it holds the word {spelling.replace('_', ' ')}: please check"
    return "", "no word of ours; kept as it is written unless you say what it means"
