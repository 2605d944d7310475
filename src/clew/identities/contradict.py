"""What two records cannot be one person with: told apart by day, name, or by standing together."""

from __future__ import annotations

from collections.abc import Sequence

from clew.identities.keys import AddressKeys, PersonKeys
from clew.model.identity import RegisterRecord

NAMES_ALIKE = 0.88
"""Jaro-Winkler, as in `person_model.py`."""


def together(a: RegisterRecord, b: RegisterRecord) -> str:
    """Say in which record both codes stand: they are two, unless somebody decides otherwise."""
    both = sorted(a.seen_in & b.seen_in)
    return f"both stand in the record {both[0]}" if both else ""


def people_contradict(a: PersonKeys, b: PersonKeys) -> str:
    """Say what tells two people apart, or nothing."""
    if not _births_agree(a, b):
        return "two different dates of birth"
    if not _given_agree(a, b):
        return "two different given names"
    if a.suffix and b.suffix and a.suffix != b.suffix:
        return "junior and senior"
    return ""


def _births_agree(a: PersonKeys, b: PersonKeys) -> bool:
    if a.year is None or b.year is None:
        return True
    if a.day is None or b.day is None:
        return a.year == b.year
    if a.day in {b.day, b.day_swapped}:
        return True
    if a.year == b.year and (a.vague or b.vague):
        return True
    from rapidfuzz.distance import OSA

    return int(OSA.distance(a.day, b.day, score_cutoff=1)) <= 1


def _given_agree(a: PersonKeys, b: PersonKeys) -> bool:
    if a.given is None or b.given is None or a.given == b.given:
        return True
    if (a.given, a.family) == (b.family, b.given):
        return True
    if set(a.forms) & set(b.forms) or set(a.given_all) & set(b.given_all):
        return True
    if min(len(a.given), len(b.given)) == 1:
        return a.initial == b.initial
    return not (a.given_known and b.given_known) and _slip(a.given, b.given)


def _slip(one: str, other: str) -> bool:
    from rapidfuzz.distance import OSA, JaroWinkler

    if min(len(one), len(other)) > 3 and int(OSA.distance(one, other)) <= 1:
        return True
    return float(JaroWinkler.similarity(one, other)) >= NAMES_ALIKE


def addresses_contradict(a: AddressKeys, b: AddressKeys) -> str:
    """Say what tells two addresses apart, or nothing."""
    if a.number and b.number and a.number != b.number:
        return "two different house numbers"
    if a.flat and b.flat and a.flat != b.flat:
        return "two different flats"
    return ""


class Contradictions:
    """Tells of any two records, by place, what speaks against their being one."""

    def __init__(
        self,
        records: Sequence[RegisterRecord],
        keys: Sequence[PersonKeys] | Sequence[AddressKeys] | None = None,
    ) -> None:
        self.records, self.keys = records, keys
        self._known: dict[tuple[int, int], str] = {}

    def between(self, a: int, b: int) -> str:
        """Return the first contradiction in words; empty where there is none."""
        pair = (a, b) if a < b else (b, a)
        if pair not in self._known:
            self._known[pair] = self._of(*pair)
        return self._known[pair]

    def _of(self, a: int, b: int) -> str:
        said = together(self.records[a], self.records[b])
        if said or self.keys is None:
            return said
        one, other = self.keys[a], self.keys[b]
        if isinstance(one, PersonKeys) and isinstance(other, PersonKeys):
            return people_contradict(one, other)
        assert isinstance(one, AddressKeys)
        assert isinstance(other, AddressKeys)
        return addresses_contradict(one, other)
