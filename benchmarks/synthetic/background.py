"""The background among which series are hidden, and what planted records borrow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from clew.synthetic.deaths import leave_out
from clew.synthetic.force import ForceSettings, build_world, coverage_of, draw_drafts
from clew.synthetic.generated import Generated, Row
from clew.synthetic.medical import MedicalDraft, MedicalVerdict
from clew.synthetic.rates import WordRates
from clew.synthetic.records import World
from synthetic.noise import KeyedPeople, OverlaySettings, add_errors, finish, give_ids

NO_FIELDS: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Donors:
    """What planted records borrow: the world, the verdicts of each class, ids already given.

    `verdicts` is empty where causes are made up. Fields of `blank` are as blank in a verdict as in
    the real file, hence not left out again. `texts`: substances are in causes alone.
    """

    world: World
    verdicts: Mapping[str, list[MedicalVerdict]]
    taken: frozenset[str]
    blank: frozenset[str] = NO_FIELDS
    texts: bool = False


@dataclass(frozen=True)
class Background:
    """Rows, facts and coverage in the contract's columns; first and last day of the span.

    `classes` are the class of death or kind of record that each id was drawn as.
    """

    rows: list[Row]
    facts: list[Row]
    coverage: list[Row]
    first_day: date
    last_day: date
    donors: Donors
    classes: Mapping[str, str]

    @property
    def days(self) -> int:
        """Return the length of the span, days."""
        return (self.last_day - self.first_day).days + 1

    def generated(self) -> Generated:
        """Return the rows and facts as the generator hands them out."""
        return Generated(self.rows, self.facts, self.coverage)


def background_force(
    seed: int, settings: ForceSettings, noise: OverlaySettings | None = None
) -> Background:
    """Return a made-up force as background, with the same errors and ids as a real one's overlay.

    `noise` defaults to moderate noise with the force's own missing share and agreement.
    """
    noise = noise or OverlaySettings(
        settings.missing_share,
        settings.coder_agreement,
        scene_rate=settings.scene_rate,
        missing_item_rate=settings.missing_item_rate,
    )
    settings = replace(
        settings,
        missing_share=noise.missing_share,
        coder_agreement=noise.coder_agreement,
        scene_rate=noise.scene_rate,
        missing_item_rate=noise.missing_item_rate,
    )
    rng = np.random.default_rng(seed)
    world = build_world(settings, KeyedPeople(rng), rng)
    drafts = draw_drafts(settings, world)
    donors = Donors(world, {}, NO_FIELDS)
    return build_background(drafts, donors, noise, (settings.first_day, settings.last_day))


def build_background(
    drafts: list[MedicalDraft], donors: Donors, noise: OverlaySettings, span: tuple[date, date]
) -> Background:
    """Return the background of finished drafts in time order, with errors and ids put in."""
    rng, taken = donors.world.rng, set(donors.taken)
    add_errors(drafts, noise, rng)
    give_ids(drafts, taken, rng)
    rows, facts = finish(drafts, noise.overlay)
    done = replace(donors, taken=frozenset(taken))
    return Background(rows, facts, coverage_of(rows, span[1]), *span, done, classes_of(drafts))


def classes_of(drafts: Sequence[MedicalDraft]) -> dict[str, str]:
    """Return id -> the class of death or kind of record, of drafts that have ids."""
    return {draft.row["case_id"]: draft.class_id for draft in drafts}


def borrow_world(donors: Donors, noise: OverlaySettings, rng: np.random.Generator) -> World:
    """Return the background's world with a stream and noise of its own."""
    return replace(
        donors.world,
        rng=rng,
        people=KeyedPeople(rng),
        words=WordRates(noise.scene_rate, noise.missing_item_rate),
        agreement=noise.coder_agreement,
        missing_share=noise.missing_share,
    )


def drop_texts(drafts: list[MedicalDraft], donors: Donors) -> None:
    """Leave out the columns of toxicology where substances are in the cause alone."""
    if donors.texts:
        for draft in drafts:
            leave_out(draft, frozenset({"substances", "tested_for"}))
