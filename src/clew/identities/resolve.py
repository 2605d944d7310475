"""A register becomes proposals: which codes may be one person, phone, address, vehicle, handle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clew.identities import person_model as model
from clew.identities.contradict import Contradictions
from clew.identities.fillers import data
from clew.identities.keys import (
    AddressKeys,
    PersonKeys,
    address_keys,
    in_content_order,
    person_keys,
    table_of,
    with_known_names,
)
from clew.identities.numbers import exact_pairs
from clew.identities.person_model import Parameters
from clew.identities.propose import PROPOSED, propose
from clew.identities.splink_run import Model, Scored, score
from clew.identities.weigh import RecordPair, prior_bans, weigh_scored, with_own_prior
from clew.model.identity import Proposal, RegisterRecord, Resolution

LEAST_POPULATION = 200
"""A register of fewer is taken for so many (declared): its people come from a larger town, in which
others bear the same names."""
EXACT = ("phone", "handle", "vehicle")


@dataclass(frozen=True, slots=True)
class ResolveOptions:
    """`engine` is Splink's; `region` reads phones without a country; `least` is of a proposal."""

    engine: Any
    region: str = "GB"
    least: float = PROPOSED


def resolve(records: Sequence[RegisterRecord], options: ResolveOptions) -> Resolution:
    """Return the proposals of a register; the order of its rows plays no part."""
    proposals: list[Proposal] = []
    undecided: list[Proposal] = []
    compared: dict[str, int] = {}
    trained = "declared"
    for kind in ("person", "address", *EXACT):
        ours = [record for record in records if record.type == kind]
        if len(ours) < 2:
            continue
        if kind in EXACT:
            ours = sorted(ours, key=lambda record: record.code)
            pairs = exact_pairs(ours, kind, options.region, prior_bans(len(ours)))
            against = Contradictions(ours)
        else:
            ours, pairs, against, scored = _modelled(ours, kind, options)
            trained = "learned" if scored.learned and kind == "person" else trained
        compared[kind] = len(pairs)
        found, left = propose(pairs, ours, against.between, options.least)
        proposals += found
        undecided += left
    counts = dict(sorted(Counter(record.type for record in records).items()))
    return Resolution(tuple(proposals), tuple(undecided), counts, compared, trained)


def _modelled(
    records: Sequence[RegisterRecord], kind: str, options: ResolveOptions
) -> tuple[list[RegisterRecord], list[RecordPair], Contradictions, Scored]:
    people = kind == "person"
    keys: list[PersonKeys] | list[AddressKeys]
    if people:
        keys = with_known_names([person_keys(record, options.region) for record in records])
    else:
        keys = [address_keys(record) for record in records]
    order = in_content_order(records, keys)
    ours = [records[k] for k in order]
    sorted_keys: Any = [keys[k] for k in order]
    before = prior_bans(max(len(ours), LEAST_POPULATION))
    chosen = person_model() if people else address_model()
    scored = score(table_of(sorted_keys), chosen, options.engine, _share(before))
    pairs = weigh_scored(scored, chosen.levels, before, people=people)
    if scored.learned:
        pairs = with_own_prior(pairs, len(ours))
    return ours, pairs, Contradictions(ours, sorted_keys), scored


def _share(before: float) -> float:
    odds = float(10**before)
    return odds / (1 + odds)


def declared_parameters(kind: str) -> Parameters:
    """Return the declared shares of `person` or `address`."""
    told: Mapping[str, Mapping[str, Sequence[float]]] = data("declared")[kind]
    return {
        name: {level: (float(m), float(u)) for level, (m, u) in levels.items()}
        for name, levels in told.items()
    }


def person_model() -> Model:
    """Return what is compared of two people."""
    return Model(
        model.PERSON, model.PERSON_BLOCKS, model.PERSON_TRAINING, declared_parameters("person")
    )


def address_model() -> Model:
    """Return what is compared of two addresses."""
    return Model(
        model.ADDRESS, model.ADDRESS_BLOCKS, model.ADDRESS_TRAINING, declared_parameters("address")
    )
