"""Which pairs are proposed: one record belongs to one person, and no group contradicts itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rapidfuzz.distance import OSA, JaroWinkler

from clew.identities.keys import AddressKeys, PersonKeys
from clew.identities.weigh import RecordPair
from clew.model.identity import Proposal, RegisterRecord

PROPOSED = 0.95
"""Least probability of a proposal (declared): of twenty, at most one is wrong."""
LISTED = 0.05
"""Least probability of a pair that is listed as undecided (declared)."""
NAMES_ALIKE = 0.88
"""Jaro-Winkler, as in `person_model.py`."""
GENERATION = 10
"""Years between two births from which on no slip is assumed: another decade (decision 41)."""
SLIP_OF, SLIP_RATIO = 10, 50
"""Records with a given name from which on a like name that nobody else has is its slip, and records
for each one with a like name, where others have that too (declared): two names that twins may have
are seldom so unequal."""
MOST_AGAINST = 0.5
"""Greatest probability of a pair that contradicts itself (declared): as likely as not at most."""
Contradict = Callable[[int, int], str]


class Contradictions:
    """What contradicts that two records, by place, are one."""

    def __init__(
        self,
        records: Sequence[RegisterRecord],
        keys: Sequence[PersonKeys] | Sequence[AddressKeys] | None = None,
    ) -> None:
        self.records, self.keys = records, keys
        self._known: dict[tuple[int, int], str] = {}

    def between(self, a: int, b: int) -> str:
        """Return the first contradiction in words; empty where there is none."""
        pair = (a, b) if a < b else (b, a)
        if pair in self._known:
            return self._known[pair]
        reason = ""
        # Codes in one record are two, unless somebody decides otherwise.
        if both := sorted(self.records[a].seen_in & self.records[b].seen_in):
            reason = f"both are in the record {both[0]}"
        elif self.keys is not None:
            one, other = (self.keys[place] for place in pair)
            if isinstance(one, PersonKeys) and isinstance(other, PersonKeys):
                reason = _two_people(one, other)
            else:
                assert isinstance(one, AddressKeys)
                assert isinstance(other, AddressKeys)
                if one.number and other.number and one.number != other.number:
                    reason = "two different house numbers"
                elif one.flat and other.flat and one.flat != other.flat:
                    reason = "two different flats"
        self._known[pair] = reason
        return reason


def _two_people(a: PersonKeys, b: PersonKeys) -> str:
    """Return why two records are of two people, or may well be; empty where nothing says so.

    Each takes more than one slip: an identity needs its identifiers (decision 41).
    """
    given = _given_alike(a, b)
    same_day = a.day is not None and a.day == b.day
    named = same_day and given in {"same", "missing"}
    unlike = (a.given is None and b.given is None) or (given == "slip" and not _is_misspelt(a, b))
    reasons = (
        (_born_apart(a, b), "two different dates of birth"),
        (bool(years := _years_between(a, b)), f"born {years} years apart"),
        (bool(a.sex and b.sex) and a.sex != b.sex, "two different sexes"),
        (not given, "two different given names"),
        (len({a.suffix, b.suffix} - {None}) > 1, "junior and senior"),
        (
            a.suffix != b.suffix and not named,
            "junior or senior in one record alone, and no date of birth that is the same",
        ),
        (
            same_day and unlike and _may_be_twins(a, b),
            "born on one day, and no given name that is the same: perhaps twins",
        ),
    )
    return next((reason for so, reason in reasons if so), "")


def _years_between(a: PersonKeys, b: PersonKeys) -> int:
    """Return the years between two births where they are too many for a slip, else 0."""
    years = abs(int(a.year) - int(b.year)) if a.year and b.year else 0
    return years if years >= GENERATION else 0


def _born_apart(a: PersonKeys, b: PersonKeys) -> bool:
    """Say whether two births differ by more than a slip; vague days agree within their year."""
    if not (a.year and b.year) or (a.year == b.year and (a.vague or b.vague)):
        return False
    near = a.day is not None and b.day is not None and int(OSA.distance(a.day, b.day)) <= 1
    return not near and (a.day is None or a.day not in {b.day, b.day_swapped})


def _is_misspelt(a: PersonKeys, b: PersonKeys) -> bool:
    """Say whether one given name is a slip of the other: many have it, hardly any the other."""
    fewer, more = sorted((a.given_count or 0, b.given_count or 0))
    return (fewer == 1 and more >= SLIP_OF) or (fewer > 1 and more >= SLIP_RATIO * fewer)


def _may_be_twins(a: PersonKeys, b: PersonKeys) -> bool:
    """Say whether two of one birth are of one household, or nothing says of which they are."""
    home = a.home is not None and a.home == b.home
    home = home or (a.door is not None and (a.door, a.street) == (b.door, b.street))
    phone = not set(a.phones).isdisjoint(b.phones)
    unknown = (a.home is None or b.home is None) and not (a.phones and b.phones)
    return home or phone or unknown


def _given_alike(a: PersonKeys, b: PersonKeys) -> str:
    """Return how two given names agree: `same`, `missing`, `initial`, `slip`; empty if not."""
    if a.given is None or b.given is None:
        return "missing"
    swapped = (a.given, a.family) == (b.family, b.given)
    shared = set(a.forms) & set(b.forms) or set(a.given_all) & set(b.given_all)
    if a.given == b.given or swapped or shared:
        return "same"
    shorter = min(len(a.given), len(b.given))
    if shorter == 1:
        return "initial" if a.initial == b.initial else ""
    slip = shorter > 3 and int(OSA.distance(a.given, b.given)) <= 1
    alike = slip or float(JaroWinkler.similarity(a.given, b.given)) >= NAMES_ALIKE
    return "slip" if alike and not (a.given_known and b.given_known) else ""


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
    against = [contradict(pair.a, pair.b) for pair in pairs]
    open_pairs = [pair for pair, reason in zip(pairs, against, strict=True) if not reason]
    undecided = [
        _proposal(pair, records, min(pair.odds / (1 + pair.odds), MOST_AGAINST), reason)
        for pair, reason in zip(pairs, against, strict=True)
        if reason
    ]
    pairs_of: dict[int, list[RecordPair]] = {}
    for pair in open_pairs:
        pairs_of.setdefault(pair.a, []).append(pair)
        pairs_of.setdefault(pair.b, []).append(pair)

    def excluding(pair: RecordPair, end: int, other: int) -> float:
        """Return the odds of the rivals at one end that exclude the pair."""
        odds = 0.0
        for rival in pairs_of[end]:
            third = rival.b if rival.a == end else rival.a
            if rival is not pair and contradict(third, other):
                odds += rival.odds
        return odds

    likely: list[tuple[Proposal, RecordPair]] = []
    for pair in open_pairs:
        rivals = max(excluding(pair, pair.a, pair.b), excluding(pair, pair.b, pair.a))
        probability = pair.odds / (1 + pair.odds + rivals)
        if probability >= least:
            likely.append((_proposal(pair, records, probability), pair))
        else:
            alone = pair.odds / (1 + pair.odds) >= least
            why = "the record may as well be another's" if alone else "too little speaks for it"
            undecided.append(_proposal(pair, records, probability, why))
    kept, refused = _consistent(likely, contradict, records)
    listed = [p for p in (*undecided, *refused) if p.probability >= LISTED]
    kept.sort(key=lambda p: (p.code_a, p.code_b))
    return kept, sorted(listed, key=lambda p: (p.code_a, p.code_b))


def _proposal(
    pair: RecordPair, records: Sequence[RegisterRecord], probability: float, why_not: str = ""
) -> Proposal:
    a, b = sorted((records[pair.a].code, records[pair.b].code))
    kind = records[pair.a].type
    return Proposal(a, b, kind, probability, pair.findings, why_not)


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
    for proposal, pair in sorted(likely, key=lambda p: (-p[1].odds, p[0].code_a, p[0].code_b)):
        a, b = (group_of.setdefault(end, end) for end in (pair.a, pair.b))
        ours, theirs = members.setdefault(a, [a]), members.setdefault(b, [b])
        if a != b:
            clashes = (
                (x, y, against) for x in ours for y in theirs if (against := contradict(x, y))
            )
            if clash := next(clashes, None):
                one, other = sorted(records[end].code for end in clash[:2])
                why = f"it would bring together {one} and {other}: {clash[2]}"
                refused.append(replace(proposal, why_not=why))
                continue
            for member in theirs:
                group_of[member] = a
            members[a] = ours + theirs
            del members[b]
        kept.append((proposal, pair))
    names = {group: min(records[m].code for m in own) for group, own in members.items()}
    return [replace(p, group=names[group_of[pair.a]]) for p, pair in kept], refused
