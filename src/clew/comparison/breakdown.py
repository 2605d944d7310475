"""The breakdown of a pair: every finding in words, with its weight, adding up exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from clew.comparison import kernel, value_words
from clew.comparison.coding.columns import Coded
from clew.comparison.evidence.cause import is_told
from clew.comparison.evidence.place import NEAR_M, metres_between
from clew.comparison.evidence.timing import SHORT_S
from clew.comparison.value_words import ValueWords
from clew.model.case import Case
from clew.model.columns import ITEM_TYPES, SINGLE, Array, Tables
from clew.model.finding import Breakdown, Finding, Stance
from clew.model.values import HOUR

ALIKE = frozenset({kernel.ADDRESS, kernel.ENTITY, kernel.MENTION})
MISSING_HELD = 10_000  # a cache: most pairs of a file lack the same few things
FAR_WORDS = {1: "more than 5 km from home", 0: "within 5 km of home", -1: ""}


def break_down(coded: Coded, tables: Tables, pairs: Array) -> list[Breakdown]:
    """Return the breakdown of each pair of rows, shape (pairs, 2), later case first."""
    return break_down_held(ValueWords(coded), tables, pairs)


def break_down_held(held: ValueWords, tables: Tables, pairs: Array) -> list[Breakdown]:
    """Return the same from the words of the file, where they have been worked out already."""
    cols = held.coded.cols
    findings, shared, counts = kernel.explain_pairs(cols, tables, pairs, kernel.DETAIL)
    return [
        _Pair(held, i, j, findings[p].tolist(), shared[p, : counts[p]].tolist()).breakdown()
        for p, (i, j) in enumerate(pairs.tolist())
    ]


@dataclass(frozen=True, slots=True)
class _Pair:
    """One pair while it is put into words: rows i and j, findings and shared values."""

    held: ValueWords
    i: int
    j: int
    out: list[int]
    shared: list[list[int]]

    @property
    def coded(self) -> Coded:
        return self.held.coded

    @property
    def a(self) -> Case:
        return self.coded.cases[self.i]

    @property
    def b(self) -> Case:
        return self.coded.cases[self.j]

    def breakdown(self) -> Breakdown:
        findings = [
            *self._place(),
            *self._time(),
            *self._victim(),
            *self._values(),
            *self._entities(),
        ]
        total = sum(self.out)
        return Breakdown(self.a.case_id, self.b.case_id, tuple(findings), total, self._explain())

    def _finding(self, slot: int, aspect: str, says: str, **more: str) -> Finding:
        """A finding of one slot; `evidence` by its slot, its stance by its sign.

        The same value agrees, whatever it weighs.
        """
        weight = self.out[slot]
        same = slot in ALIKE or (more.get("value_a") or "a") == (more.get("value_b") or "b")
        stance = Stance.AGREES if weight > 0 or same else Stance.DIFFERS
        return Finding(_EVIDENCE[slot], aspect, stance, weight, says, **more)

    def _place(self) -> list[Finding]:
        cols, codes, i, j = self.coded.cols, self.coded.codes, self.i, self.j
        n = len(self.coded.cases)
        a, b = value_words.point(self.a), value_words.point(self.b)
        if cols.place_key[i] >= 0 and cols.place_key[i] == cols.place_key[j]:
            count = self.held.at_key[cols.place_key[i]]
            rarity = f"{value_words.count_of(count, n)} records are of this address"
            first = self._finding(
                kernel.ADDRESS, "address", "the same address or site",
                value_a=codes.place_keys[cols.place_key[i]],
                value_b=codes.place_keys[cols.place_key[j]],
                rarity=rarity,
            )  # fmt: skip
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
        for slot, aspect, values in (
            (
                kernel.CLOCK,
                "time of day",
                (value_words.clock(cols.clock[i]), value_words.clock(cols.clock[j])),
            ),
            (
                kernel.WEEKDAY,
                "day of the week",
                (value_words.weekday(cols.weekday[i]), value_words.weekday(cols.weekday[j])),
            ),
        ):
            if all(values):
                same = "the same" if values[0] == values[1] else f"{values[0]} and {values[1]}"
                text = f"{aspect}: {same}"
                findings.append(
                    self._finding(slot, aspect, text, value_a=values[0], value_b=values[1])
                )
            else:
                findings.append(_missing("timing", aspect, *values))
        return findings

    def _victim(self) -> list[Finding]:
        a, b = value_words.age(self.a), value_words.age(self.b)
        if a and b:
            text = f"aged {a} and {b}"
            findings = [self._finding(kernel.AGE, "age", text, value_a=a, value_b=b)]
        else:
            findings = [_missing("victim", "age", a, b)]
        a, b = self.a.sex or "", self.b.sex or ""
        if self.coded.cols.sex[self.i] < 0 or self.coded.cols.sex[self.j] < 0:
            return [*findings, _missing("victim", "sex", a, b)]
        text = f"both {a}" if a == b else f"one {a}, one {b}"
        return [*findings, self._finding(kernel.SEX, "sex", text, value_a=a, value_b=b)]

    def _values(self) -> list[Finding]:
        by_type: dict[int, list[list[int]]] = {}
        for pair in self.shared:
            by_type.setdefault(self.held.kind[pair[0]], []).append(pair)
        told_a, told_b = self.held.values(self.i), self.held.values(self.j)
        found: list[Finding] = []
        for kind, name in enumerate(ITEM_TYPES):
            if name == "further" and told_a[kind] is told_b[kind] is None:
                continue  # most files have no such column: then nothing is missing
            found += self._one_kind(name, by_type.get(kind, []), told_a[kind], told_b[kind])
        return found

    def _one_kind(
        self,
        name: str,
        shared: list[list[int]],
        told_a: tuple[int, ...] | None,
        told_b: tuple[int, ...] | None,
    ) -> list[Finding]:
        evidence, aspect, held = (
            value_words.EVIDENCE_OF.get(name, "scene"),
            value_words.KIND_WORDS[name],
            self.held,
        )
        if told_a is None or told_b is None:
            return [_missing(evidence, aspect, held.listed(told_a), held.listed(told_b))]
        found = []
        for code, weight in held.under_words((code, weight) for code, weight in shared):
            word = held.words[code]
            a, b = held.said(code, told_a), held.said(code, told_b)
            says = f"both: {word}" if a == b else f"both: {word} ({a} | {b})"
            says += self._as_seen(name)
            found.append(
                Finding(
                    evidence, aspect, Stance.AGREES, weight, says, word, word, held.rarity[code]
                )
            )
        rest = self.out[kernel.ITEMS + ITEM_TYPES.index(name)] - sum(w for _, w in shared)
        common = {*told_a} & {*told_b} | held.groups
        only_a = held.listed(code for code in told_a if code not in common)
        only_b = held.listed(code for code in told_b if code not in common)
        if (only_a, only_b) != ("none", "none"):
            single = name in ITEM_TYPES[:SINGLE]
            both = ((self.a.case_id, only_a), (self.b.case_id, only_b))
            says = "; ".join(f"only {who} has {told}" for who, told in both if told != "none")
            if single:
                says = f"different {aspect}{self._as_seen(name)}"
            found.append(Finding(evidence, aspect, Stance.DIFFERS, rest, says, only_a, only_b))
        elif not found:
            says = "both looked for, and nothing found"
            found.append(Finding(evidence, aspect, Stance.DIFFERS, rest, says, "none", "none"))
        return found

    def _as_seen(self, name: str) -> str:
        """Tell which record's mechanism is what was seen, no cause being told; '' for none."""
        if name != "mechanism":
            return ""
        seen = [case.case_id for case in (self.a, self.b) if not is_told(case)]
        return f"; as seen in {' and '.join(seen)}" if seen else ""

    def _entities(self) -> list[Finding]:
        found = []
        code = self._shared_entity()
        told = bool(self.a.entities) and bool(self.b.entities)
        if code >= 0:
            name = self.coded.codes.entities[code]
            count = self.held.in_entity[code]
            rarity = f"in {value_words.count_of(count, len(self.coded.cases))} records"
            says = f"the same {name.split(':')[0]} in both"
            found.append(
                self._finding(
                    kernel.ENTITY, "same person, phone or place", says,
                    value_a=value_words.roles(self.a, name),
                    value_b=value_words.roles(self.b, name),
                    rarity=rarity,
                )
            )  # fmt: skip
        elif told:
            found.append(
                Finding(
                    "entities", "same person, phone or place", Stance.DIFFERS, 0,
                    "nobody and nothing named in both",
                )
            )  # fmt: skip
        else:
            a, b = ("named" if c.entities else "" for c in (self.a, self.b))
            found.append(_missing("entities", "people, phones or places", a, b))
        if self.out[kernel.MENTION]:
            says = "the papers of one record name the other"
            found.append(self._finding(kernel.MENTION, "mention", says))
        if self.out[kernel.COMBINED]:
            says = "place and person tend to come together: the weaker counts in part"
            found.append(self._finding(kernel.COMBINED, "taken together", says))
        return found

    def _shared_entity(self) -> int:
        cols = self.coded.cols
        a, b = (
            set(cols.entities[cols.entity_start[row] : cols.entity_start[row + 1]].tolist())
            for row in (self.i, self.j)
        )
        counts = [(self.held.in_entity[code], code) for code in a & b]
        return min(counts)[1] if counts else -1

    def _explain(self) -> tuple[str, ...]:
        """Other explanations to check. They take no weight off."""
        found = []
        if self.out[kernel.ENTITY]:
            found.append("a person at both places by work, family or address")
        if self.out[kernel.ADDRESS]:
            found.append("one household, or an institution where many people die")
        if (self.out[kernel.ADDRESS] or self.out[kernel.DISTANCE] > 0) and self._hours() < 48:
            found.append("one event, or one death reported twice")
        shared = {self.coded.codes.items[code] for code, _ in self.shared}
        if any(kind == "substances" for kind, _ in shared):
            found.append("a common source of supply, or a bad batch")
        if not found:
            found.append("coincidence: rare things do happen twice in a large file")
        return tuple(found)

    def _hours(self) -> float:
        return float(abs(self.coded.cols.mid[self.i] - self.coded.cols.mid[self.j]) / HOUR)


@lru_cache(MISSING_HELD)
def _missing(evidence: str, aspect: str, a: str, b: str) -> Finding:
    who = "neither record tells" if not a and not b else "only one record tells"
    return Finding(evidence, aspect, Stance.MISSING, 0, f"{who} the {aspect}", a, b)


_EVIDENCE = {
    kernel.DISTANCE: "place",
    kernel.ADDRESS: "place",
    kernel.AREA: "place",
    kernel.FAR: "place",
    kernel.GAP: "timing",
    kernel.CLOCK: "timing",
    kernel.WEEKDAY: "timing",
    kernel.AGE: "victim",
    kernel.SEX: "victim",
    kernel.ENTITY: "entities",
    kernel.MENTION: "entities",
    kernel.COMBINED: "entities",
}
