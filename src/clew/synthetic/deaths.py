"""The deaths of one class, from the batch to finished drafts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.synthetic.entities import draw_entities
from clew.synthetic.generated import Row, split_words
from clew.synthetic.medical import MedicalDraft, MedicalVerdict, add_medical, code_row, draw_missing
from clew.synthetic.observations import SceneGroup, draw_observations
from clew.synthetic.rates import Ints, pick, read_rates
from clew.synthetic.records import Batch, World, draw_ages, draw_sexes, start_batch, write_age
from clew.synthetic.times import write_time

NARRATIVE_WORDS = 3
"""Scene words that a short narrative repeats (declared)."""


@dataclass(frozen=True)
class BatchFacts:
    """What is known of the deaths of a batch beforehand.

    `ghb` marks those that GHB caused; `sign` changes rows before they are worded; `verdicts` stand
    in for the drawn causes and manners; the fields `never` are not left out.
    """

    ghb: list[bool]
    sign: Callable[[list[Row]], None] | None = None
    verdicts: Sequence[MedicalVerdict] | None = None
    never: frozenset[str] = frozenset()


def draw_deaths(entry: Mapping[str, Any], days: Ints, world: World) -> list[MedicalDraft]:
    """Return a draft for each death of one class reported on `days` (n,).

    Of the drug deaths some are by GHB, with ages and sexes of their own.
    """
    batch = start_batch(entry, days, world)
    rng, size, papers = world.rng, len(batch.rows), read_rates("papers")
    ghb = [False] * size
    if entry["id"] == "drug":
        ghb = (rng.random(size) < papers["substances"]["ghb"]).tolist()
        ages = draw_ages(papers["ghb"]["ages"], size, rng).tolist()
        sexes = draw_sexes(papers["ghb"]["male"], size, rng)
        for index in np.flatnonzero(ghb).tolist():
            batch.rows[index].update(age_years=write_age(ages[index]), sex=sexes[index])
    return finish_deaths(entry, batch, BatchFacts(ghb), world)


def finish_deaths(
    entry: Mapping[str, Any], batch: Batch, given: BatchFacts, world: World
) -> list[MedicalDraft]:
    """Return the drafts of a batch: observed, worded, judged later, with fields left out."""
    rng, size, times = world.rng, len(batch.rows), batch.times
    # Observations and people, one setting at a time; then windows, states and numbers.
    kinds = np.asarray(batch.settings)
    for setting in sorted(set(batch.settings)):
        here = np.flatnonzero(kinds == setting)
        observed = draw_observations(
            SceneGroup(entry["id"], setting, times.hours[here]), world.words, rng
        )
        lone = [times.lone[index] for index in here]
        named = draw_entities(entry, setting, batch.areas[here], lone, world.people)
        for place, index in enumerate(here.tolist()):
            batch.rows[index].update(observed[place], entities=named[place])
    rates = read_rates("papers")["report"]
    identity = pick(rates["identity"], size, rng)
    moved = pick(rates["moved_after_death"], size, rng)
    numbers = rng.integers(1, 10_000, (size, 2)).tolist()
    for index, row in enumerate(batch.rows):
        incident, inquest = numbers[index]
        row["kind"] = "death"
        row["earliest"] = write_time(times.earliest[index])
        row["latest"] = write_time(times.latest[index])
        if times.lone[index]:
            row["last_seen_alive"] = row["earliest"]
        row["identity_status"] = identity[index]
        row["moved_after_death"] = moved[index]
        row["references"] = f"CAD:{incident}/{times.reported[index]:%d%b%y}; coroner:{inquest}"
    if given.sign is not None:
        given.sign(batch.rows)
    for row in batch.rows:
        code_row(row, world.agreement, rng)
        # A short narrative in the report's own words, with nothing that comes later.
        seen = split_words(row.get("scene", ""))[:NARRATIVE_WORDS]
        found = "found" if "last_seen_alive" in row else "seen to collapse"
        where = row["premises"].replace("_", " ")
        noted = f" Noted: {', '.join(seen).replace('_', ' ')}." if seen else ""
        row["narrative"] = (
            f"{row['sex'].capitalize()}, {row['age_years']}, {found}, {where}.{noted}"
        )
    drafts = [MedicalDraft(row, class_id=entry["id"]) for row in batch.rows]
    add_medical(drafts, entry, given.ghb, rng, given.verdicts)
    for draft in drafts:
        leave_out(draft, draw_missing(world.missing_share, rng) - given.never)
    return drafts


def leave_out(draft: MedicalDraft, names: frozenset[str]) -> None:
    """Drop the fields `names` from the draft, and what would become known of them later."""
    for name in names:
        draft.row.pop(name, None)
    draft.late = [late for late in draft.late if late[1] not in names]
