"""Numbers of records as people write them: in other letters' case, spaces, dashes and digits.

`bd 2`, `BD–2`, `B D/2` and full-width letters and digits are all BD-2. A text that must not name a
record must not name it in any of these. What is found too much is refused too: "BD-1 2 days later"
names BD-12 as well, where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import category, normalize

from django.db.models import CharField, F, Value
from django.db.models.functions import Replace, Upper

from clew.desk.records.models import Case

RUN = re.compile(r"[^\W_]+")
"""Letters and digits without anything between them."""
APART = re.compile(r"[^\w\s\-–‐‑−/.:#·]+|[.:]\s")
"""What no number has within: commas, brackets, the end of a sentence."""
MOST_RUNS = 6
"""Declared: runs that one number is written in: 2014/KD/77/2 has four, spaces make more."""
LONGEST = 120
"""Characters of a record's number; the column's length."""
BETWEEN = "-–‐‑−_/.:#· "
"""What a number of the desk may have between its runs, and what people write there."""
AT_ONCE = 300
"""Declared: spellings asked for in one query."""


def compact(text: str) -> str:
    """Return text as one spelling: compatible characters made plain, letters large."""
    plain = normalize("NFKC", text)
    return "".join(c for c in plain if category(c) != "Cf").upper()


def keys_in(texts: Iterable[str]) -> set[str]:
    """Return every part of some texts that may be a record's number, without what is between.

    A number of several runs has a digit; of one word it need not.
    """
    found: set[str] = set()
    for part in (part for text in texts for part in APART.split(compact(text))):
        runs = RUN.findall(part)
        for start in range(len(runs)):
            key = ""
            for run in runs[start : start + MOST_RUNS]:
                key += run
                if len(key) > LONGEST:
                    break
                if key == run or any(c.isdigit() for c in key):
                    found.add(key)
    return found


def ids_in(text: str) -> list[str]:
    """Return the records whose number is in a text, in whatever spelling."""
    spelled: Upper | Replace | F = F("case_id")
    for mark in BETWEEN:
        spelled = Replace(spelled, Value(mark), Value(""), output_field=CharField())
    cases = Case.objects.annotate(spelled=Upper(spelled)).order_by()
    keys, found = sorted(keys_in([text])), set[str]()
    for k in range(0, len(keys), AT_ONCE):
        some = cases.filter(spelled__in=keys[k : k + AT_ONCE])
        found |= set(some.values_list("case_id", flat=True))
    return sorted(found)
