"""Which pairs are proposed: one record belongs to one person, and no group contradicts itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from clew.identities.weigh import RecordPair
from clew.model.identity import Proposal, RegisterRecord

PROPOSED = 0.95
"""Least probability of a proposal (declared): of twenty, at most one is wrong."""
LISTED = 0.05
"""Least probability of a pair that is listed as undecided (declared)."""
Contradict = Callable[[int, int], str]


def propose(
    pairs: Sequence[RecordPair],
    records: Sequence[RegisterRecord],
    contradict: Contradict,
    least: float = PROPOSED,
) -> tuple[list[Proposal], list[Proposal]]:
    """Return the proposals, and the pairs that are left undecided with the reason why.

    A pair that contradicts itself is never proposed. Where a record could be either of two who
    contradict one another, each takes its part of the chance.
    """
    told = [contradict(pair.a, pair.b) for pair in pairs]
    open_pairs = [pair for pair, against in zip(pairs, told, strict=True) if not against]
    undecided = [
        _proposal(pair, records, _alone(pair), against)
        for pair, against in zip(pairs, told, strict=True)
        if against
    ]
    rivals = _rivals(open_pairs, contradict)
    likely: list[tuple[Proposal, RecordPair]] = []
    for pair, odds in zip(open_pairs, rivals, strict=True):
        probability = pair.odds / (1 + pair.odds + odds)
        if probability >= least:
            likely.append((_proposal(pair, records, probability), pair))
        else:
            why = "too little speaks for it"
            if _alone(pair) >= least:
                why = "the record may as well be another's"
            undecided.append(_proposal(pair, records, probability, why))
    kept, refused = _consistent(likely, contradict, records)
    listed = [p for p in (*undecided, *refused) if p.probability >= LISTED]
    return _sorted(kept), _sorted(listed)


def _alone(pair: RecordPair) -> float:
    return pair.odds / (1 + pair.odds)


def _sorted(proposals: Sequence[Proposal]) -> list[Proposal]:
    return sorted(proposals, key=lambda p: (p.code_a, p.code_b))


def _proposal(
    pair: RecordPair, records: Sequence[RegisterRecord], probability: float, why_not: str = ""
) -> Proposal:
    a, b = sorted((records[pair.a].code, records[pair.b].code))
    kind = records[pair.a].type
    return Proposal(a, b, kind, probability, pair.findings, why_not)


def _rivals(pairs: Sequence[RecordPair], contradict: Contradict) -> list[float]:
    """Return for each pair the odds of others that exclude it, at the end where they are more."""
    at: dict[int, list[RecordPair]] = {}
    for pair in pairs:
        at.setdefault(pair.a, []).append(pair)
        at.setdefault(pair.b, []).append(pair)

    def against(pair: RecordPair, end: int, other: int) -> float:
        odds = 0.0
        for rival in at[end]:
            third = rival.b if rival.a == end else rival.a
            if rival is not pair and contradict(third, other):
                odds += rival.odds
        return odds

    return [max(against(p, p.a, p.b), against(p, p.b, p.a)) for p in pairs]


def _consistent(
    likely: Sequence[tuple[Proposal, RecordPair]],
    contradict: Contradict,
    records: Sequence[RegisterRecord],
) -> tuple[list[Proposal], list[Proposal]]:
    """Join groups, the likeliest first, unless two members contradict one another."""
    group_of: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    kept: list[tuple[Proposal, RecordPair]] = []
    refused: list[Proposal] = []
    for proposal, pair in sorted(
        likely, key=lambda one: (-one[1].odds, one[0].code_a, one[0].code_b)
    ):
        a, b = (group_of.setdefault(end, end) for end in (pair.a, pair.b))
        ours, theirs = members.setdefault(a, [a]), members.setdefault(b, [b])
        if a != b:
            clash = _clash(ours, theirs, contradict, records)
            if clash:
                refused.append(replace(proposal, why_not=clash))
                continue
            for member in theirs:
                group_of[member] = a
            members[a] = ours + theirs
            del members[b]
        kept.append((proposal, pair))
    names = {group: min(records[m].code for m in held) for group, held in members.items()}
    return [replace(p, group=names[group_of[pair.a]]) for p, pair in kept], refused


def _clash(
    ours: Sequence[int],
    theirs: Sequence[int],
    contradict: Contradict,
    records: Sequence[RegisterRecord],
) -> str:
    for a in ours:
        for b in theirs:
            if against := contradict(a, b):
                one, other = sorted((records[a].code, records[b].code))
                return f"it would bring together {one} and {other}: {against}"
    return ""
