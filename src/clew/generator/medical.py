"""Cause, manner, substances and category: what they turn out to be, and when that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clew.generator.generated import Row, join_words, make_fact
from clew.generator.rates import lognormal, pick, pick_many, read_rates
from clew.generator.times import later

POISONINGS = {"drug": "substances", "suicide_medicines": "medicines"}
"""Classes whose substances are the cause, and the table of papers.toml that they draw from."""


@dataclass
class Draft:
    """A row in the making, with what will be known later: (days, field, value, basis).

    `class_id` is the class of death or kind of record that it was drawn as.
    """

    row: Row
    late: list[tuple[float, str, str, str]] = field(default_factory=list)
    class_id: str = ""

    def facts(self) -> list[Row]:
        """Return the facts rows of this draft, once its row has its `case_id`."""
        row = self.row
        return [
            make_fact(
                row["case_id"],
                name,
                value,
                later(row["reported_at"], days) if days else row["reported_at"],
                known_to=row.get("agency", ""),
                basis=basis,
            )
            for days, name, value, basis in self.late
        ]


@dataclass(frozen=True)
class Verdict:
    """What a death turned out to be; a None or empty part is drawn or, from a real file, blank."""

    cause: str | None = None
    manner: str | None = None
    substances: tuple[str, ...] | None = None


def draw_substances(class_id: str, ghb: list[bool], rng: np.random.Generator) -> list[list[str]]:
    """Return what toxicology finds in each death; poisonings hold at least one substance."""
    size = len(ghb)
    if class_id in POISONINGS:
        table = dict(read_rates("papers")[POISONINGS[class_id]])
        if class_id == "drug":
            table.pop("ghb")
        found = pick_many(table, size, rng)
        first = pick({name: rate for name, rate in table.items() if name != "alcohol"}, size, rng)
        found = [words or [one] for words, one in zip(found, first, strict=True)]
        return [["ghb", *words[:1]] if g else words for g, words in zip(ghb, found, strict=True)]
    if class_id == "alcohol":
        return [["alcohol"] for _ in range(size)]
    return [[] for _ in range(size)]


def add_medical(
    drafts: list[Draft],
    entry: Mapping[str, Any],
    ghb: list[bool],
    rng: np.random.Generator,
    verdicts: Sequence[Verdict] | None = None,
) -> None:
    """Add cause, manner, substances and category to the drafts of one class, and their delays.

    `verdicts` replace what is drawn; an empty cause or manner never becomes known.
    """
    size, papers = len(drafts), read_rates("papers")
    rates, delays = papers["report"], papers["delays"]
    substances = draw_substances(entry["id"], ghb, rng)
    if entry["id"] in POISONINGS:
        substances = _put_substances(substances, verdicts or ())
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


def _put_substances(drawn: list[list[str]], verdicts: Sequence[Verdict]) -> list[list[str]]:
    """Return what toxicology finds with what verdicts hold put first, as many words as drawn."""
    for index, verdict in enumerate(verdicts):
        own = list(verdict.substances or ())
        both = list(dict.fromkeys([*own, *drawn[index]]))
        drawn[index] = both[: max(len(own), len(drawn[index]))]
    return drawn


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
