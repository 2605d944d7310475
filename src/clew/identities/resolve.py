"""A register becomes proposals: which codes may be one person, phone, address, vehicle, handle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from clew.identities.keys import AddressKeys, PersonKeys
from clew.identities.person_model import Model
from clew.identities.propose import PROPOSED, Contradictions, propose
from clew.identities.splink_run import score
from clew.identities.weigh import RecordPair, exact_pairs, prior_bans, weigh_scored
from clew.model.identity import Proposal, RegisterRecord, Resolution

LEAST_POPULATION = 200
"""A register of fewer is taken for so many (declared): its people come from a larger town, in which
others bear the same names."""
OFTEN = 10
"""Records with a given name from which on it counts as a name of its own, not a slip; in a large
register one in 5,000 (declared)."""
ROUNDS = 12
"""Rounds in which a large register's own number of matches is found; it settles in a few."""
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
        keys = [PersonKeys.from_record(record, options.region) for record in records]
        # Given names that are frequent here are known: Maria is no slip of Marie.
        counts = Counter(key.given for key in keys)
        least = max(OFTEN, len(keys) // 5_000)
        keys = [
            replace(
                key,
                given_known=key.given_known or counts[key.given] >= least,
                given_count=counts[key.given],
            )
            if key.given
            else key
            for key in keys
        ]
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
    scored = score(sorted_keys, model, options.engine, odds / (1 + odds))
    pairs = weigh_scored(scored, model.levels, before, people=people)
    if scored.learned and pairs:
        # The odds before them are those that fit how many matches the register shows.
        for _ in range(ROUNDS):
            odds_now = [replace(pair, prior_bans=before).odds for pair in pairs]
            expected = sum(odds / (1 + odds) for odds in odds_now)
            before = prior_bans(len(ours), max(expected, 1.0) / len(ours))
        pairs = [replace(pair, prior_bans=before) for pair in pairs]
    return pairs, Contradictions(ours, sorted_keys), scored.learned
