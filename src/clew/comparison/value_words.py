"""Plain words for values and findings: what a sergeant reads, without weights."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from clew.comparison.coding.columns import Coded
from clew.model.case import Case
from clew.model.columns import ITEM_TYPES
from clew.model.values import DAY, YEAR_DAYS
from clew.vocabulary.lexicon import concept_label
from clew.vocabulary.load import words

CONTRADICTIONS = {
    "lividity_against_posture": "blood pooled where the posture does not explain it",
    "account_against_time_of_death": "an account that does not fit the time of death",
    "no_way_of_having_come": "found far from home with no way of having come there",
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SETTING_WORDS = {
    "dwelling": "in a dwelling",
    "institution": "in an institution",
    "outdoors": "out of doors",
}
EVIDENCE_OF = {
    "mechanism": "cause",
    "setting": "place",
    "premises": "place",
    "substances": "substances",
}
KIND_WORDS = {
    "mechanism": "mechanism",
    "setting": "setting",
    "premises": "kind of place",
    "substances": "substances",
    "scene": "things at the scene",
    "missing_items": "things missing",
    "posture": "posture",
    "lividity": "lividity",
    "clothing": "clothing",
    "injuries": "injuries",
    "body_state": "state of the body",
    "contradictions": "things that do not fit",
    "further": "further particulars",
}
GROUPED = frozenset({"scene", "missing_items", "posture", "clothing", "injuries"})
"""Kinds of value whose words belong to groups."""


def label(kind: str, value: str) -> str:
    """Return the words for one value of one item type."""
    if kind in ("mechanism", "substances"):
        return concept_label(value)
    if kind == "contradictions":
        return CONTRADICTIONS[value]
    if kind == "setting":
        return SETTING_WORDS[value]
    if kind == "further":
        return value
    return words(kind).label(value)


def metres(distance: float) -> str:
    """Say a distance no more exactly than it is known: to 50 m, 0.1 km, 1 km."""
    if distance < 75:
        return "within about 100 m"
    if distance < 950:
        return f"about {round(distance / 50) * 50:.0f} m"
    if distance < 10_000:
        return f"about {distance / 1000:.1f} km"
    return f"about {distance / 1000:,.0f} km"


def gap(seconds: float) -> str:
    """Say a gap in hours, days or years."""
    if seconds < 5400:
        return "at about the same time"
    days = seconds / DAY
    if days < 1.5:
        return f"{seconds / 3600:.0f} hours apart"
    if days < 2 * YEAR_DAYS:
        return f"{days:,.0f} days apart"
    return f"{days / YEAR_DAYS:.1f} years apart"


def age(case: Case) -> str:
    """Say an age: whole years from two on, months below."""
    if case.age_years is None:
        return ""
    if case.age_years < 2:
        return f"{case.age_years * 12:.0f} months"
    return f"{case.age_years:.0f}"


def count_of(count: int, known: int) -> str:
    """Say a rarity as a plain count."""
    return f"{count:,} of {known:,}"


def point(case: Case) -> str:
    """Say where a case is, to about 100 m; empty where it is not known."""
    if case.point is None:
        return ""
    return f"{case.point.latitude:.3f}, {case.point.longitude:.3f}"


def clock(of_class: int) -> str:
    """Say when in the day the window of a clock class starts; empty where it is not known."""
    return "" if of_class < 0 else f"from about {of_class // 5:02d}:00"


def weekday(number: int) -> str:
    """Name a day of the week, 0 Monday; empty where it is not known."""
    return "" if number < 0 else WEEKDAYS[number]


def roles(case: Case, name: str) -> str:
    """Say as what a person, phone or place appears in a case."""
    found = sorted({e.role for e in case.entities or () if f"{e.type}:{e.code}" == name})
    return f"{name} ({', '.join(found)})"


_LISTED = {
    "mechanism": "give a mechanism",
    "setting": "give a setting",
    "premises": "give the kind of place",
    "substances": "list substances",
    "scene": "list things at the scene",
    "missing_items": "list missing things",
    "posture": "describe the posture",
    "lividity": "describe lividity",
    "clothing": "describe clothing",
    "injuries": "describe injuries",
    "body_state": "describe the state of the body",
    "contradictions": "have things that do not fit",
    "further": "give further particulars",
}


def say_rarity(count: int, known: int, kind: str) -> str:
    """Say in how many of the records that state a kind of thing one value of it is."""
    return f"{count_of(count, known)} records that {_LISTED[kind]}"


class ValueWords:
    """The values of the cases of one file, as words, worked out once per value and per case."""

    def __init__(self, coded: Coded) -> None:
        codes = coded.codes
        self.coded = coded
        self.words = [label(kind, value) for kind, value in codes.items]
        self.kind = codes.item_type.tolist()
        self.rarity = [
            say_rarity(int(count), int(codes.item_known[kind]), ITEM_TYPES[kind])
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
            recorded = int(cols.recorded[row])
            self._values[row] = tuple(
                tuple(c for c in codes if self.kind[c] == kind) if recorded >> kind & 1 else None
                for kind in range(len(ITEM_TYPES))
            )
        return self._values[row]

    def group_of(self, code: int) -> str:
        """Return the id of the group that a word belongs to, '' for none."""
        kind, value = self.coded.codes.items[code]
        return words(kind).groups.get(value, "") if kind in GROUPED else ""

    def said(self, code: int, values: Iterable[int]) -> str:
        """Return a value in words; of a group, the words of it that are among a record's values."""
        if code not in self.groups:
            return self.words[code]
        name = self.coded.codes.items[code][1]
        return self.listed(c for c in values if self.group_of(c) == name)

    def listed(self, codes: Iterable[int] | None) -> str:
        """Return the words for values; 'none' where there are none, '' where not recorded."""
        if codes is None:
            return ""
        return "; ".join(map(self.words.__getitem__, codes)) or "none"
