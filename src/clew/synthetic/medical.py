"""Cause, manner, substances and category: what they turn out to be, and when that is known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from clew.synthetic.generated import Row, join_words, split_words
from clew.synthetic.rates import lognormal, pick, pick_many, read_rates, setting_of
from clew.synthetic.times import later

POISONINGS = {"drug": "substances", "suicide_medicines": "medicines"}
"""Classes whose substances are the cause, and the table of papers.toml that they draw from."""
FREE_CHOICE = ("posture", "clothing", "scene", "missing_items")
"""Columns whose words a coder chooses freely."""
FLOOR = 0.0005
"""Least weight of a near or extra word that is not in its setting's table (declared)."""


@dataclass
class MedicalDraft:
    """A row in the making, with what will be known later: (days, field, value, basis).

    `class_id` is the class of death or kind of record that it was drawn as.
    """

    row: Row
    late: list[tuple[float, str, str, str]] = field(default_factory=list)
    class_id: str = ""

    def facts(self) -> list[Row]:
        """Return the facts rows of this draft, once its row has its `case_id`."""
        row, reported = self.row, self.row["reported_at"]
        facts = []
        for days, name, value, basis in self.late:
            at = later(reported, days) if days else reported
            facts.append(
                {
                    "case_id": row["case_id"],
                    "field": name,
                    "op": "set",
                    "value": value,
                    "known_at": at,
                    "recorded_at": at,
                    "known_to": row.get("agency", ""),
                    "basis": basis,
                    "source": "generated",
                }
            )
        return facts


@dataclass(frozen=True)
class MedicalVerdict:
    """What a death turned out to be; a None or empty part is drawn or, from a real file, blank."""

    cause: str | None = None
    manner: str | None = None
    substances: tuple[str, ...] | None = None


def add_medical(
    drafts: list[MedicalDraft],
    entry: Mapping[str, Any],
    ghb: list[bool],
    rng: np.random.Generator,
    verdicts: Sequence[MedicalVerdict] | None = None,
) -> None:
    """Add cause, manner, substances and category to the drafts of one class, and their delays.

    `verdicts` replace what is drawn; an empty cause or manner never becomes known.
    """
    size, papers = len(drafts), read_rates("papers")
    rates, delays = papers["report"], papers["delays"]
    # What toxicology finds in each death; in poisonings at least one substance.
    substances = [["alcohol"] if entry["id"] == "alcohol" else [] for _ in drafts]
    if entry["id"] in POISONINGS:
        table = dict(papers[POISONINGS[entry["id"]]])
        if entry["id"] == "drug":
            table.pop("ghb")
        found = pick_many(table, size, rng)
        table.pop("alcohol", None)
        one_each = pick(table, size, rng)
        for index, by_ghb in enumerate(ghb):
            words = found[index] or [one_each[index]]
            substances[index] = ["ghb", *words[:1]] if by_ghb else words
        # What verdicts name comes first, with as many words as were drawn.
        for index, verdict in enumerate(verdicts or ()):
            own, drawn = list(verdict.substances or ()), substances[index]
            both = list(dict.fromkeys([*own, *drawn]))
            substances[index] = both[: max(len(own), len(drawn))]
    causes = _write_causes(entry["causes"], substances, rng)
    manners = pick(entry["manner"], size, rng)
    for index, verdict in enumerate(verdicts or ()):
        causes[index] = causes[index] if verdict.cause is None else verdict.cause
        manners[index] = manners[index] if verdict.manner is None else verdict.manner
    speakers = pick(entry["said_by"], size, rng)
    first = pick(entry["first"], size, rng)
    found_days = lognormal(delays[entry["delay"]], size, rng).tolist()
    tox_days = lognormal(delays["toxicology"], size, rng).tolist()
    inquest_days = lognormal(delays["inquest"], size, rng).tolist()
    for index, (asked, ghb_asked, changed) in enumerate(rng.random((size, 3)).tolist()):
        draft, cause_days = drafts[index], found_days[index]
        by_coroner = speakers[index] == "coroner" and manners[index] != "natural"
        manner_days = max(cause_days, inquest_days[index]) if by_coroner else cause_days
        late = [
            (cause_days, "cause", causes[index], "tested"),
            (manner_days, "manner", manners[index], "inferred"),
            (manner_days, "manner_said_by", speakers[index], "told"),
        ]
        if substances[index] or asked < papers["tests"]["other_classes"]:
            days = cause_days if entry["delay"] == "toxicology" else tox_days[index]
            panel = papers["tests"]["panel"]
            with_ghb = "ghb" in substances[index] or ghb_asked < papers["tests"]["asked_for_ghb"]
            late.append((days, "substances", join_words(substances[index]) or "none", "tested"))
            late.append((days, "tested_for", f"{panel}; ghb" if with_ghb else panel, "tested"))
        draft.row["category"] = first[index]
        last = rates["last_category"][first[index]]
        if last != first[index] and changed < rates["category_changed_share"]:
            late.append((0.0, "category", first[index], "inferred"))
            late.append((manner_days, "category", last, "inferred"))
        draft.late += [part for part in late if part[2]]
        draft.row.update({name: value for _, name, value, _ in late if value})


def _write_causes(
    templates: list[str], substances: list[list[str]], rng: np.random.Generator
) -> list[str]:
    """Return causes as written: mixed capitals, now and then a slip of the pen."""
    rates = read_rates("papers")["report"]
    size = len(substances)
    chosen = rng.integers(0, len(templates), size).tolist()
    capitals = pick(rates["cause_case"], size, rng)
    slips = rng.random((size, 2)).tolist()
    written = []
    for index, words in enumerate(substances):
        text = templates[chosen[index]].format(", ".join(words))
        if slips[index][0] < rates["misspelt_cause"]:
            at = 1 + int(slips[index][1] * (len(text) - 2))
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        case = capitals[index]
        written.append(
            text.lower() if case == "lower" else text.upper() if case == "upper" else text
        )
    return written


# How people write up what they saw: coders disagree, and fields are left out.


@cache
def _ordinary(column: str, setting: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the words of a setting with their rates, from the declared tables."""
    rates = read_rates("words")
    table: dict[str, float] = dict(rates.get(f"{column}_one", {}).get(setting, {}))
    for word, chance in rates[column].get(setting, {}).items():
        table[word] = table.get(word, 0.0) + chance
    return tuple(table), tuple(table.values())


@cache
def _near(column: str, word: str, setting: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return what another coder may write for `word`, weighted by what is ordinary there."""
    groups = [group for group in read_rates("words")["near"][column] if word in group]
    words = tuple(dict.fromkeys(near for group in groups for near in group if near != word))
    rates = dict(zip(*_ordinary(column, setting), strict=True))
    return words, tuple(max(FLOOR, rates.get(near, 0.0)) for near in words)


def _choose(words: Sequence[str], weights: Sequence[float], rng: np.random.Generator) -> str:
    """Draw one word with probability in proportion to its weight."""
    left = float(rng.random()) * sum(weights)
    for word, weight in zip(words, weights, strict=True):
        left -= weight
        if left < 0:
            return word
    return words[-1]


def code_words(
    words: Sequence[str], column: str, setting: str, agreement: float, rng: np.random.Generator
) -> list[str]:
    """Return `words` as one coder writes them: kept, replaced, dropped, or joined by another.

    A field that is filled in has at least one word: `draw_missing` makes the blanks.

    For two coders to agree on `agreement` g, a word is kept (chance k), replaced or dropped (half
    of 1 - k each), and joined by an extra word (half of 1 - k), so lists keep their length s = 1 a
    word. Two codings then share k^2 words of 2 - k^2 in their union: agreement
    g = k^2 / (2 - k^2), k = sqrt(2 g / (1 + g)).
    """
    keep = math.sqrt(2 * agreement / (1 + agreement))
    coded: list[str] = []
    for word, (fate, extra) in zip(words, rng.random((len(words), 2)).tolist(), strict=True):
        near = _near(column, word, setting)
        if fate < keep:
            coded.append(word)
        elif fate < (1 + keep) / 2:
            coded.append(_choose(*(near if near[0] else _ordinary(column, setting)), rng))
        if extra < (1 - keep) / 2:
            coded.append(_choose(*_ordinary(column, setting), rng))
    if words and not coded:
        near = _near(column, words[0], setting)
        coded.append(_choose(*(near if near[0] else _ordinary(column, setting)), rng))
    return list(dict.fromkeys(coded))


def code_row(row: Row, agreement: float, rng: np.random.Generator) -> None:
    """Rewrite the free-choice columns of `row` as one coder would, in place."""
    setting = setting_of().get(row.get("premises", ""), "indoors")
    for column in FREE_CHOICE:
        if cell := row.get(column, ""):
            words = code_words(split_words(cell), column, setting, agreement, rng)
            row[column] = join_words(words)


def draw_missing(share: float, rng: np.random.Generator) -> frozenset[str]:
    """Return the fields that one report leaves out: probability `share` times their factor."""
    factors = read_rates("papers")["missing"]
    drawn = rng.random(len(factors)).tolist()
    return frozenset(
        name
        for names, chance in zip(factors, drawn, strict=True)
        if chance < share * factors[names]
        for name in names.split()
    )
