"""Officers are not named: a rank with a name after it, and names that are listed, are withheld.

This finds names by the words before them. A name without a rank is found only where it is listed,
so words leave for the public only where somebody has read them (`Row.public`).
"""

from __future__ import annotations

import re
from collections.abc import Collection

WITHHELD = "[name withheld]"
_RANKS = (
    r"PC|WPC|TPC|PCSO|DC|TDC|PS|DS|DI|DCI|DSU|DCS|ACC|DCC|CC|Insp\.?|Sgt\.?|Supt\.?|Ch\.? Supt\.?"
    r"|Det\.?|(?i:constable|sergeant|inspector|superintendent|commander|detective|officer)"
    r"|(?i:chief|deputy|assistant|acting|temporary|police|special|commissioner)"
)
"""Ranks of police in England and Wales, short and in full; words of rank may follow one another."""
_NAME = r"[A-ZÀ-ÞĀ-Ž][\w'’.-]*"
_NUMBER = r"\d{1,6}[A-Z]{0,2}"
_LAST = (
    r"PC|WPC|TPC|PCSO|DC|TDC|PS|DS|DI|DCI|DSU|DCS|ACC|DCC|CC|Insp\.?|Sgt\.?|Supt\.?|Det\.?"
    r"|(?i:constable|sergeant|inspector|superintendent|commander|officer|commissioner|detective)"
)
_RANKED = re.compile(
    rf"(?<!\w)((?:(?:{_RANKS})\s+)*(?:{_LAST}))(\s+(?:{_NUMBER}\s+)?(?:{_NAME})(?:\s+{_NAME})*"
    rf"|\s*{_NUMBER}(?!\w))"
)

_RANK_WORDS = frozenset(
    [
        "pc",
        "wpc",
        "tpc",
        "pcso",
        "dc",
        "tdc",
        "ps",
        "ds",
        "di",
        "dci",
        "dsu",
        "dcs",
        "acc",
        "dcc",
        "cc",
        "insp",
        "sgt",
        "supt",
        "det",
        "constable",
        "sergeant",
        "inspector",
        "superintendent",
        "commander",
        "officer",
        "detective",
    ]
)


def withhold_names(text: str, listed: Collection[str] = ()) -> str:
    """Return a text without the names of officers: after a rank, or listed, in any case."""
    for name in sorted((one.strip() for one in listed), key=len, reverse=True):
        if name:
            pattern = r"\s+".join(map(re.escape, name.split()))
            text = re.sub(rf"(?i)(?<!\w){pattern}(?!\w)", WITHHELD, text)
    return _RANKED.sub(lambda hit: f"{hit[1]} {WITHHELD}", text)


def names_officer(text: str) -> bool:
    """Return whether a text seems to name an officer by rank."""
    return _RANKED.search(text) is not None


def id_names(row_id: str, listed: Collection[str] = ()) -> bool:
    """Return whether an id seems to name somebody: a word after a rank, or a listed name.

    An id has no capitals to go by, so `ds-otherby` counts, and `inspector-report` does too.
    """
    words = [word.casefold() for word in re.findall(r"[^\W_]+", row_id)]
    ranked = any(word in _RANK_WORDS for word in words[:-1])
    named = {"".join(re.findall(r"[^\W_]+", name)).casefold() for name in listed} - {""}
    return ranked or any(name in "".join(words) for name in named)
