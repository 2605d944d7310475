"""The breakdown of a pair: every finding in words, with its weight, adding up exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from clew.comparison import kernel, pair_words, value_words
from clew.comparison.coding.columns import Coded
from clew.comparison.evidence.cause import cause_is_known
from clew.comparison.evidence.place import metres_between
from clew.comparison.evidence.timing import SHORT_S
from clew.comparison.pair_words import Alike, missing, missing_from_both, stance_of
from clew.comparison.value_words import ValueWords
from clew.model.case import Case
from clew.model.columns import ITEM_TYPES, SINGLE, Array, Tables
from clew.model.finding import Breakdown, Finding, Stance
from clew.model.values import HOUR

FAR_WORDS = {1: "more than 5 km from home", 0: "within 5 km of home", -1: ""}
AT_ONCE = 2_000
"""Pairs that are broken down together: enough that a call of the kernel costs nothing beside."""
SHARED_ASPECT = "same person, phone or place"
_EVIDENCE = (
    dict.fromkeys((kernel.DISTANCE, kernel.ADDRESS, kernel.AREA, kernel.FAR), "place")
    | dict.fromkeys((kernel.GAP, kernel.CLOCK, kernel.WEEKDAY), "timing")
    | dict.fromkeys((kernel.AGE, kernel.SEX), "victim")
    | dict.fromkeys((kernel.ENTITY, kernel.MENTION, kernel.COMBINED), "entities")
)
"""The evidence that each of the kernel's slots belongs to."""


def break_down(coded: Coded, tables: Tables, pairs: Array) -> list[Breakdown]:
    """Return the breakdown of each pair of rows, shape (pairs, 2), later case first."""
    return break_down_held(ValueWords(coded), tables, pairs)


def break_down_held(words: ValueWords, tables: Tables, pairs: Array) -> list[Breakdown]:
    """Return the same from the words of the file, where they have been worked out already."""
    return [*each_breakdown(words, tables, pairs)]


def each_breakdown(words: ValueWords, tables: Tables, pairs: Array) -> Iterator[Breakdown]:
    """Yield the same one by one: those of a whole file at once would not fit into memory."""
    coded = words.coded
    cols, cases = coded.cols, coded.cases
    bounds = [*range(0, len(pairs), AT_ONCE), len(pairs)]
    for first, last in pairwise(bounds):
        some = pairs[first:last]
        found, shared, counts = kernel.explain_pairs(cols, tables, some, kernel.DETAIL)
        for p, (i, j) in enumerate(some.tolist()):
            weights, values = found[p].tolist(), shared[p, : counts[p]].tolist()
            pair = _Pair(words, i, j, weights, values, coded, cases[i], cases[j])
            yield pair.breakdown()


@dataclass(slots=True)
class _Pair:
    """One pair while it is put into words: rows i and j, its findings and shared values."""

    words: ValueWords
    i: int
    j: int
    weights: list[int]
    shared: list[list[int]]
    coded: Coded
    a: Case
    b: Case

    @property
    def ids(self) -> tuple[str, str]:
        return self.a.case_id, self.b.case_id

    def breakdown(self) -> Breakdown:
        findings = [*self._place(), *self._time(), *self._victim()]
        findings += [*self._values(), *self._entities()]
        # Other explanations to check. They do not count against the link.
        weights = self.weights
        explanations: list[str] = []
        hours = abs(self.coded.cols.mid[self.i] - self.coded.cols.mid[self.j]) / HOUR
        if weights[kernel.ENTITY]:
            explanations.append("a person at both places by work, family or address")
        if weights[kernel.ADDRESS]:
            explanations.append("one household, or an institution where many people die")
        if (weights[kernel.ADDRESS] or weights[kernel.DISTANCE] > 0) and hours < 48:
            explanations.append("one event, or one death reported twice")
        if any(self.coded.codes.items[code][0] == "substances" for code, _ in self.shared):
            explanations.append("a common source of supply, or a bad batch")
        if not explanations:
            explanations.append("coincidence: rare things do happen twice in a large file")
        return Breakdown(*self.ids, tuple(findings), sum(weights), tuple(explanations))

    def _finding(
        self, slot: int, aspect: str, said: tuple[str, Alike], a: str = "", b: str = "",
        rarity: str = "",
    ) -> Finding:  # fmt: skip
        """Return a finding of one slot, its stance from what it says and its weight."""
        says, alike = said
        weight = self.weights[slot]
        stance = stance_of(alike, weight)
        return Finding(_EVIDENCE[slot], aspect, stance, weight, says, a, b, rarity)

    def _victim(self) -> Iterator[Finding]:
        ages = self.a.age_years, self.b.age_years
        a, b = value_words.age(self.a), value_words.age(self.b)
        if ages[0] is None or ages[1] is None:
            yield missing("victim", "age", a, b, self.ids)
        else:
            said = pair_words.say_ages(a, b, abs(ages[0] - ages[1]))
            yield self._finding(kernel.AGE, "age", said, a, b)
        a, b = self.a.sex or "", self.b.sex or ""
        if self.coded.cols.sex[self.i] < 0 or self.coded.cols.sex[self.j] < 0:
            yield missing("victim", "sex", a, b, self.ids)
        else:
            yield self._finding(kernel.SEX, "sex", pair_words.say_sexes(a, b), a, b)

    def _place(self) -> Iterator[Finding]:
        cols, codes, i, j = self.coded.cols, self.coded.codes, self.i, self.j
        place_key = int(cols.place_key[i])
        a, b = value_words.point(self.a), value_words.point(self.b)
        if place_key >= 0 and place_key == cols.place_key[j]:
            count = value_words.count_of(self.words.at_key[place_key], len(self.coded.cases))
            key = codes.place_keys[place_key]
            rarity = f"{count} records are of this address"
            said = pair_words.SAME_ADDRESS, Alike.ALIKE
            yield self._finding(kernel.ADDRESS, "address", said, key, key, rarity)
        elif a and b:
            distance = float(metres_between(cols.xyz[i], cols.xyz[j]))
            said = pair_words.say_distance(distance)
            yield self._finding(kernel.DISTANCE, "distance", said, a, b)
        elif (area := self.a.area) and (other := self.b.area):
            said = pair_words.say_areas(area, other)
            yield self._finding(kernel.AREA, "area", said, area, other)
        else:
            yield missing("place", "place", a, b, self.ids)
        home_a, home_b = FAR_WORDS[int(cols.far[i])], FAR_WORDS[int(cols.far[j])]
        if home_a and home_b:
            said = pair_words.say_far_from_home(home_a, home_b)
            yield self._finding(kernel.FAR, "distance from home", said, home_a, home_b)
        else:
            yield missing("place", "distance from home", home_a, home_b, self.ids)

    def _time(self) -> Iterator[Finding]:
        cols, i, j = self.coded.cols, self.i, self.j
        said = pair_words.say_gap(
            abs(float(cols.mid[i] - cols.mid[j])),
            wide=max(cols.width[i], cols.width[j]) > SHORT_S,
            by_report=self.a.window is None or self.b.window is None,
        )
        yield self._finding(kernel.GAP, "gap", said)
        clocks = int(cols.clock[i]), int(cols.clock[j])
        a, b = (value_words.clock(one) for one in clocks)
        if a and b:
            yield self._finding(kernel.CLOCK, "time of day", pair_words.say_clocks(*clocks), a, b)
        else:
            yield missing("timing", "time of day", a, b, self.ids)
        a, b = (value_words.weekday(int(cols.weekday[row])) for row in (i, j))
        if a and b:
            said = pair_words.say_weekdays(a, b)
            yield self._finding(kernel.WEEKDAY, "day of the week", said, a, b)
        else:
            yield missing("timing", "day of the week", a, b, self.ids)

    def _values(self) -> Iterator[Finding]:
        words = self.words
        by_kind = zip(ITEM_TYPES, words.values(self.i), words.values(self.j), strict=True)
        for kind, (name, in_a, in_b) in enumerate(by_kind):
            evidence = value_words.EVIDENCE_OF.get(name, "scene")
            aspect = value_words.KIND_WORDS[name]
            if in_a is None and in_b is None:
                if name != "further":  # most files have no such column: then nothing is missing
                    yield missing_from_both(evidence, aspect)
            elif in_a is None or in_b is None:
                yield missing(evidence, aspect, words.listed(in_a), words.listed(in_b), self.ids)
            else:
                yield from self._recorded(kind, in_a, in_b, evidence, aspect)

    def _recorded(
        self, kind: int, in_a: tuple[int, ...], in_b: tuple[int, ...], evidence: str, aspect: str
    ) -> Iterator[Finding]:
        """Yield what both records share of a kind of value, and then what only one has."""
        words, name = self.words, ITEM_TYPES[kind]
        inferred = ""  # in which record the mechanism is what was seen, no cause being known
        if name == "mechanism":
            seen = [case.case_id for case in (self.a, self.b) if not cause_is_known(case)]
            inferred = pair_words.say_inferred(seen, all_of_them=len(seen) > 1)
        weights = {code: weight for code, weight in self.shared if words.kind[code] == kind}
        all_shared = sum(weights.values())
        for group in words.groups & weights.keys():
            # A group counts under its word where one is shared.
            group_id = self.coded.codes.items[group][1]
            under = next((code for code in weights if words.group_of(code) == group_id), None)
            if under is not None:
                weights[under] += weights.pop(group)
        for code, weight in weights.items():
            word, a, b = words.words[code], words.said(code, in_a), words.said(code, in_b)
            says = pair_words.say_shared(name, word) + inferred
            if a != b:
                says += f" ({a}; {b})"
            rarity = words.rarity[code]
            yield Finding(evidence, aspect, Stance.AGREES, weight, says, word, word, rarity)
        rest = self.weights[kernel.ITEMS + kind] - all_shared
        common = {*in_a} & {*in_b} | words.groups
        only_a, only_b = (
            words.listed(code for code in codes if code not in common) for codes in (in_a, in_b)
        )
        if (only_a, only_b) != ("none", "none"):
            says = pair_words.say_unshared(name, only_a, only_b, self.ids)
            if kind < SINGLE:
                says += inferred
            yield Finding(evidence, aspect, Stance.DIFFERS, rest, says, only_a, only_b)
        elif not weights:
            says = pair_words.say_nothing_found(name)
            yield Finding(evidence, aspect, Stance.AGREES, rest, says, only_a, only_b)

    def _entities(self) -> Iterator[Finding]:
        cols = self.coded.cols
        in_a, in_b = (
            set(cols.entities[cols.entity_start[row] : cols.entity_start[row + 1]].tolist())
            for row in (self.i, self.j)
        )
        if in_a & in_b:
            count, code = min((self.words.in_entity[code], code) for code in in_a & in_b)
            name = self.coded.codes.entities[code]
            rarity = f"in {value_words.count_of(count, len(self.coded.cases))} records"
            said = pair_words.say_entity(name.split(":")[0]), Alike.ALIKE
            a, b = (value_words.roles(case, name) for case in (self.a, self.b))
            yield self._finding(kernel.ENTITY, SHARED_ASPECT, said, a, b, rarity)
        elif self.a.entities and self.b.entities:
            yield Finding("entities", SHARED_ASPECT, Stance.DIFFERS, 0, pair_words.NO_ENTITY)
        else:
            a, b = ("named" if case.entities else "" for case in (self.a, self.b))
            yield missing("entities", "people, phones or places", a, b, self.ids)
        if self.weights[kernel.MENTION]:
            said = pair_words.MENTIONED, Alike.ALIKE
            yield self._finding(kernel.MENTION, "mention", said)
        if weight := self.weights[kernel.COMBINED]:
            says = pair_words.DEPENDENCE
            yield Finding("entities", "taken together", Stance.NOTE, weight, says)
