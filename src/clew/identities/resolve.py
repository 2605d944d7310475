"""A register becomes proposals: which codes may be one person, phone, address, vehicle, handle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clew.identities.keys import (
    AddressKeys,
    PersonKeys,
    table_of,
    with_known_names,
)
from clew.identities.person_model import Model
from clew.identities.propose import PROPOSED, Contradictions, propose
from clew.identities.splink_run import score
from clew.identities.weigh import (
    RecordPair,
    exact_pairs,
    prior_bans,
    weigh_scored,
    with_own_prior,
)
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
            pairs, against, learned = _by_splink(ours, kind, options)
            trained = "learned" if learned and kind == "person" else trained
        compared[kind] = len(pairs)
        proposed, left = propose(pairs, against.records, against.between, options.least)
        proposals += proposed
        undecided += left
    counts = dict(sorted(Counter(record.type for record in records).items()))
    return Resolution(tuple(proposals), tuple(undecided), counts, compared, trained)


def _by_splink(
    records: Sequence[RegisterRecord], kind: str, options: ResolveOptions
) -> tuple[list[RecordPair], Contradictions, bool]:
    """Return the pairs of people or addresses, and whether their weights were learned."""
    people = kind == "person"
    keys: list[PersonKeys] | list[AddressKeys]
    if people:
        keys = with_known_names([PersonKeys.from_record(r, options.region) for r in records])
    else:
        keys = [AddressKeys.from_record(record) for record in records]
    # The order is of what the records say, so that neither rows nor codes play a part.
    texts = [repr((key, sorted(r.seen_in))) for r, key in zip(records, keys, strict=True)]
    order = sorted(range(len(keys)), key=texts.__getitem__)
    ours = [records[k] for k in order]
    sorted_keys: Any = [keys[k] for k in order]
    before = prior_bans(max(len(ours), LEAST_POPULATION))
    odds = float(10**before)
    model = Model.from_declared(kind)
    scored = score(table_of(sorted_keys), model, options.engine, odds / (1 + odds))
    pairs = weigh_scored(scored, model.levels, before, people=people)
    if scored.learned:
        pairs = with_own_prior(pairs, len(ours))
    return pairs, Contradictions(ours, sorted_keys), scored.learned
