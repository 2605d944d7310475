"""The breakdown of a pair: every finding in words, with its weight, adding up exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from clew.comparison import kernel, value_words
from clew.comparison.coding.columns import Coded
from clew.comparison.evidence.cause import cause_is_known
from clew.comparison.evidence.place import NEAR_M, metres_between
from clew.comparison.evidence.timing import SHORT_S
from clew.comparison.value_words import ValueWords
from clew.model.case import Case
from clew.model.columns import ITEM_TYPES, SINGLE, Array, Tables
from clew.model.finding import Breakdown, Finding, Stance
from clew.model.values import HOUR

ALIKE = frozenset({kernel.ADDRESS, kernel.ENTITY, kernel.MENTION})
FAR_WORDS = {1: "more than 5 km from home", 0: "within 5 km of home", -1: ""}
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
    cols = words.coded.cols
    findings, shared, counts = kernel.explain_pairs(cols, tables, pairs, kernel.DETAIL)
    return [
        _Pair(words, i, j, findings[p].tolist(), shared[p, : counts[p]].tolist()).breakdown()
        for p, (i, j) in enumerate(pairs.tolist())
    ]


@dataclass(frozen=True, slots=True)
class _Pair:
    """One pair while it is put into words: rows i and j, its findings and shared values."""

    words: ValueWords
    i: int
    j: int
    weights: list[int]
    shared: list[list[int]]

    @property
    def coded(self) -> Coded:
        return self.words.coded

    @property
    def a(self) -> Case:
        return self.coded.cases[self.i]

    @property
    def b(self) -> Case:
        return self.coded.cases[self.j]

    def breakdown(self) -> Breakdown:
        findings = [*self._place(), *self._time()]
        a, b = value_words.age(self.a), value_words.age(self.b)
        if a and b:
            text = f"aged {a} and {b}"
            findings.append(self._finding(kernel.AGE, "age", text, value_a=a, value_b=b))
        else:
            findings.append(_missing("victim", "age", a, b))
        a, b = self.a.sex or "", self.b.sex or ""
        if self.coded.cols.sex[self.i] < 0 or self.coded.cols.sex[self.j] < 0:
            findings.append(_missing("victim", "sex", a, b))
        else:
            text = f"both {a}" if a == b else f"one {a}, one {b}"
            findings.append(self._finding(kernel.SEX, "sex", text, value_a=a, value_b=b))
        findings += [*self._values(), *self._entities()]
        # Other explanations to check. They take no weight off.
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
        return Breakdown(
            self.a.case_id, self.b.case_id, tuple(findings), sum(weights), tuple(explanations)
        )

    def _finding(self, slot: int, aspect: str, says: str, **more: str) -> Finding:
        """A finding of one slot; `evidence` by its slot, its stance by its sign.

        The same value agrees, whatever it weighs.
        """
        weight = self.weights[slot]
        same = slot in ALIKE or (more.get("value_a") or "a") == (more.get("value_b") or "b")
        stance = Stance.AGREES if weight > 0 or same else Stance.DIFFERS
        return Finding(_EVIDENCE[slot], aspect, stance, weight, says, **more)

    def _place(self) -> list[Finding]:
        cols, codes, i, j = self.coded.cols, self.coded.codes, self.i, self.j
        n = len(self.coded.cases)
        a, b = value_words.point(self.a), value_words.point(self.b)
        if cols.place_key[i] >= 0 and cols.place_key[i] == cols.place_key[j]:
            count, key = self.words.at_key[cols.place_key[i]], codes.place_keys[cols.place_key[i]]
            rarity = f"{value_words.count_of(count, n)} records are of this address"
            says = "the same address or site"
            first = self._finding(
                kernel.ADDRESS, "address", says, value_a=key, value_b=key, rarity=rarity
            )
        elif a and b:
            distance = float(metres_between(cols.xyz[i], cols.xyz[j]))
            apart = value_words.metres(distance)
            says = f"found {apart} of one another" if "within" in apart else f"found {apart} apart"
            first = self._finding(kernel.DISTANCE, "distance", says, value_a=a, value_b=b)
            if distance <= NEAR_M:
                first = replace(first, stance=Stance.AGREES)
        elif self.a.area and self.b.area:
            same = "the same area" if self.a.area == self.b.area else "different areas"
            first = self._finding(
                kernel.AREA, "area", f"{same}; a point is missing",
                value_a=self.a.area, value_b=self.b.area,
            )  # fmt: skip
        else:
            first = _missing("place", "place", a, b)
        home_a, home_b = FAR_WORDS[int(cols.far[i])], FAR_WORDS[int(cols.far[j])]
        if not home_a or not home_b:
            return [first, _missing("place", "distance from home", home_a, home_b)]
        says = "one found far from home, one near it"
        if home_a == home_b:
            says = f"both found {home_a}"
        far = self._finding(kernel.FAR, "distance from home", says, value_a=home_a, value_b=home_b)
        return [first, far]

    def _time(self) -> list[Finding]:
        cols, i, j = self.coded.cols, self.i, self.j
        wide = max(cols.width[i], cols.width[j]) > SHORT_S
        says = value_words.gap(abs(cols.mid[i] - cols.mid[j]))
        if wide:
            says += ", give or take the time that is not known"
        if self.a.window is None or self.b.window is None:
            says += " (by the time of report where no time is recorded)"
        findings = [self._finding(kernel.GAP, "gap", says)]
        clocks = (value_words.clock(cols.clock[row]) for row in (i, j))
        weekdays = (value_words.weekday(cols.weekday[row]) for row in (i, j))
        for slot, aspect, (a, b) in (
            (kernel.CLOCK, "time of day", clocks),
            (kernel.WEEKDAY, "day of the week", weekdays),
        ):
            if a and b:
                says = f"{aspect}: {'the same' if a == b else f'{a} and {b}'}"
                findings.append(self._finding(slot, aspect, says, value_a=a, value_b=b))
            else:
                findings.append(_missing("timing", aspect, a, b))
        return findings

    def _values(self) -> list[Finding]:
        words = self.words
        findings: list[Finding] = []
        by_kind = zip(ITEM_TYPES, words.values(self.i), words.values(self.j), strict=True)
        for kind, (name, in_a, in_b) in enumerate(by_kind):
            if name == "further" and in_a is in_b is None:
                continue  # most files have no such column: then nothing is missing
            evidence = value_words.EVIDENCE_OF.get(name, "scene")
            aspect = value_words.KIND_WORDS[name]
            if in_a is None or in_b is None:
                findings.append(_missing(evidence, aspect, words.listed(in_a), words.listed(in_b)))
                continue
            as_seen = ""  # which record's mechanism is what was seen, no cause being known
            if name == "mechanism":
                seen = [case.case_id for case in (self.a, self.b) if not cause_is_known(case)]
                as_seen = f"; as seen in {' and '.join(seen)}" if seen else ""
            shared = [(code, weight) for code, weight in self.shared if words.kind[code] == kind]
            weights = dict(shared)
            for group in words.groups & weights.keys():
                # A group counts under its word where one is shared.
                group_id = self.coded.codes.items[group][1]
                under = next((code for code in weights if words.group_of(code) == group_id), None)
                if under is not None:
                    weights[under] += weights.pop(group)
            for code, weight in weights.items():
                word, a, b = words.words[code], words.said(code, in_a), words.said(code, in_b)
                says = f"both: {word}" if a == b else f"both: {word} ({a} | {b})"
                findings.append(
                    Finding(
                        evidence, aspect, Stance.AGREES, weight, says + as_seen,
                        word, word, words.rarity[code],
                    )
                )  # fmt: skip
            rest = self.weights[kernel.ITEMS + kind] - sum(weight for _, weight in shared)
            common = {*in_a} & {*in_b} | words.groups
            only_a, only_b = (
                words.listed(code for code in codes if code not in common) for codes in (in_a, in_b)
            )
            if (only_a, only_b) != ("none", "none"):
                both = ((self.a.case_id, only_a), (self.b.case_id, only_b))
                says = "; ".join(f"only {case} has {only}" for case, only in both if only != "none")
                if kind < SINGLE:
                    says = f"different {aspect}{as_seen}"
            elif not shared:
                says = "both looked for, and nothing found"
            else:
                continue
            findings.append(Finding(evidence, aspect, Stance.DIFFERS, rest, says, only_a, only_b))
        return findings

    def _entities(self) -> list[Finding]:
        cols, aspect = self.coded.cols, "same person, phone or place"
        findings: list[Finding] = []
        in_a, in_b = (
            set(cols.entities[cols.entity_start[row] : cols.entity_start[row + 1]].tolist())
            for row in (self.i, self.j)
        )
        if in_a & in_b:
            count, code = min((self.words.in_entity[code], code) for code in in_a & in_b)
            name = self.coded.codes.entities[code]
            rarity = f"in {value_words.count_of(count, len(self.coded.cases))} records"
            says = f"the same {name.split(':')[0]} in both"
            a, b = (value_words.roles(case, name) for case in (self.a, self.b))
            findings.append(
                self._finding(kernel.ENTITY, aspect, says, value_a=a, value_b=b, rarity=rarity)
            )
        elif self.a.entities and self.b.entities:
            says = "nobody and nothing named in both"
            findings.append(Finding("entities", aspect, Stance.DIFFERS, 0, says))
        else:
            a, b = ("named" if case.entities else "" for case in (self.a, self.b))
            findings.append(_missing("entities", "people, phones or places", a, b))
        if self.weights[kernel.MENTION]:
            says = "the papers of one record name the other"
            findings.append(self._finding(kernel.MENTION, "mention", says))
        if self.weights[kernel.COMBINED]:
            says = "place and person tend to come together: the weaker counts in part"
            findings.append(self._finding(kernel.COMBINED, "taken together", says))
        return findings


@lru_cache(10_000)  # in most pairs of a file the same few things are missing
def _missing(evidence: str, aspect: str, a: str, b: str) -> Finding:
    who = "neither record tells" if not a and not b else "only one record tells"
    return Finding(evidence, aspect, Stance.MISSING, 0, f"{who} the {aspect}", a, b)
