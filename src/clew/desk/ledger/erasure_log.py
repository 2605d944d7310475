"""Forgetting: erased content leaves the notes of earlier states too, and any other text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clew.desk.ledger.accounting import blank_salts
from clew.desk.ledger.models import RowChange

WITHHELD = "withheld"
"""How erased content reads, as in `model.missing`."""
SHORTEST = 3
"""Declared: a word of fewer characters is not looked for in copies: `m` is everywhere."""


def words_of(value: str) -> list[str]:
    """Return the words to look for in copies: the value, and each element of a list."""
    parts = {part.strip() for part in (value, *value.split(";"))}
    return sorted((part for part in parts if len(part) >= SHORTEST), key=len, reverse=True)


def scrubbed(content: Any, words: Sequence[str]) -> Any:
    """Return JSON with the words withheld in every text, keys apart."""
    if isinstance(content, str):
        for word in words:
            content = content.replace(word, WITHHELD)
        return content
    if isinstance(content, list):
        return [scrubbed(part, words) for part in content]
    if isinstance(content, dict):
        return {key: scrubbed(part, words) for key, part in content.items()}
    return content


def forget(rows: Mapping[str, Iterable[int]], words: Sequence[str]) -> None:
    """Withhold words in what is noted of rows, table by table, and destroy their digests' salts.

    Call it before the ledger's row of the erasure, which accounts for what is left. A note holds
    SQL literals or JSON within JSON, so each word is looked for as those write it.
    """
    blank_salts({table: map(str, keys) for table, keys in rows.items()})
    forms = set(words)
    for word in words:
        forms |= {json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}
    forms |= {form.replace("'", "''") for form in forms}
    longest_first = sorted(forms, key=len, reverse=True)
    for table, keys in rows.items():
        wanted = [str(key) for key in keys]
        for note in RowChange.objects.filter(of=table, key__in=wanted).exclude(was=""):
            content = scrubbed(json.loads(note.was), longest_first)
            scrubbed_note = json.dumps(content, ensure_ascii=False)
            if scrubbed_note != note.was:
                RowChange.objects.filter(pk=note.pk).update(was=scrubbed_note)
