"""Foreign values of columns that hold words: which of ours each means, as far as it can be told."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache

from clew.intake.cleaning import missing_cause, split_list
from clew.intake.suggest.profile import VOCABULARIES, Profile
from clew.intake.suggest.suggestion import Line, Suggestion
from clew.vocabulary.load import word_key, words

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


def value_lines(profile: Profile, suggestion: Suggestion) -> list[Line]:
    """Return a line for every value of a column of words that no vocabulary knows."""
    lines: list[Line] = []
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
            lines.append(Line("value", profile.header, ours, told, f"{text}\x1f{word}"))
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
