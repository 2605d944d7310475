"""The age at which a text can be read, by letters, words and sentences alone."""

from __future__ import annotations

import re

WORD = re.compile(r"[A-Za-z0-9'\u2019-]+")
FEWEST_WORDS = 4
"""Declared: a label of fewer words is no sentence."""
FIRST_GRADE = 5
"""Years of age at which the first grade of a school in the United States is one year away."""


def reading_age(text: str) -> float | None:
    """Return the reading age of some lines of text, None where there are fewer than 20 words.

    The automated readability index (Senter and Smith 1967, AMRL-TR-6620) gives a school grade;
    five years are added. It needs no list of syllables, as `textstat` 0.7.13 does for its other
    measures, which it fetches from the network.
    """
    sentences = [
        words
        for line in text.split("\n")
        for one in re.split(r"(?<=[.?!:])\s+", line)
        if len(words := WORD.findall(one)) >= FEWEST_WORDS
    ]
    words = [word for sentence in sentences for word in sentence]
    if len(words) < 20:
        return None
    letters = sum(len(re.sub(r"\W", "", word)) for word in words)
    grade = 4.71 * letters / len(words) + 0.5 * len(words) / len(sentences) - 21.43
    return grade + FIRST_GRADE
