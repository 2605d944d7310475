"""What the cases of one file hold, as words: worked out once a value and once a case."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from clew.engine import say
from clew.engine.columns import Coded
from clew.model.columns import ITEM_TYPES
from clew.vocabulary.load import words

GROUPED = frozenset({"scene", "missing_items", "posture", "clothing", "injuries"})
"""Kinds of value whose words belong to groups."""


class Held:
    """What the cases of one file hold, as words, worked out once a value and once a case."""

    def __init__(self, coded: Coded) -> None:
        codes = coded.codes
        self.coded = coded
        self.words = [say.label(kind, value) for kind, value in codes.items]
        self.kind = codes.item_type.tolist()
        self.rarity = [
            f"{say.count_of(int(count), int(codes.item_known[kind]))} records that tell the "
            f"{say.KIND_WORDS[ITEM_TYPES[kind]]}"
            for count, kind in zip(codes.item_counts, self.kind, strict=True)
        ]
        self.at_key = np.bincount(coded.cols.place_key[coded.cols.place_key >= 0]).tolist()
        self.in_entity = np.bincount(coded.cols.entities).tolist()
        self.groups = set(np.flatnonzero(codes.item_group).tolist())
        self._values: dict[int, tuple[tuple[int, ...] | None, ...]] = {}

    def values(self, row: int) -> tuple[tuple[int, ...] | None, ...]:
        """Return the codes of a case by item type; None where that type is not recorded."""
        if row not in self._values:
            cols = self.coded.cols
            codes = cols.items[cols.item_start[row] : cols.item_start[row + 1]].tolist()
            told = int(cols.recorded[row])
            self._values[row] = tuple(
                tuple(c for c in codes if self.kind[c] == kind) if told >> kind & 1 else None
                for kind in range(len(ITEM_TYPES))
            )
        return self._values[row]

    def group_of(self, code: int) -> str:
        """Return the id of the group that a word belongs to, '' for none."""
        kind, value = self.coded.codes.items[code]
        return words(kind).groups.get(value, "") if kind in GROUPED else ""

    def under_words(self, shared: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return shared codes and weights; a group counts under its word where one is."""
        found = dict(shared)
        for group in self.groups & found.keys():
            name = self.coded.codes.items[group][1]
            word = next((c for c in found if self.group_of(c) == name), None)
            if word is not None:
                found[word] += found.pop(group)
        return [*found.items()]

    def said(self, code: int, told: Iterable[int]) -> str:
        """Return a value in words; of a group, the words of it that a record holds."""
        if code not in self.groups:
            return self.words[code]
        name = self.coded.codes.items[code][1]
        return self.listed(c for c in told if self.group_of(c) == name)

    def listed(self, codes: Iterable[int] | None) -> str:
        """Return the words for values; 'none' where there are none, '' where not recorded."""
        if codes is None:
            return ""
        return "; ".join(map(self.words.__getitem__, codes)) or "none"
