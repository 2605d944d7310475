"""The present candidates of each record: the five that the engine now ranks first, for each reader.

Whenever a record is compared, its list is worked out anew, and its place in the lists of others is
too: a record that came later stands in the list of an earlier one that it matches. A pair that
shares nothing that speaks for it is never a candidate. A list goes on behind its fifth where some
of the five are sealed: for a reader who may not see these, the next ones move up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import (
    Count,
    Exists,
    F,
    IntegerField,
    Manager,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from clew.desk.accounts.rules import Permission, Person
from clew.desk.records.models import Case
from clew.desk.records.visible import sealed_from, unsealed_to
from clew.desk.review.models import Candidate, Link, Pair
from clew.desk.review.pair_state import CANDIDATES
from clew.desk.review.runs import Run
from clew.model.finding import Tier

AT_ONCE = 500
"""Declared: records asked for at once."""
Key = tuple[int, int]
"""The numbers of a pair's two records, the smaller first."""


class _Row(NamedTuple):
    """What places a link in a list; `case` is the number of the record that was compared."""

    at: datetime
    case_id: str
    pk: int
    case: int
    other: int
    rank: int
    micro_bans: int
    case_reported: datetime
    other_reported: datetime
    other_id: str
    spare: bool


COLUMNS = (
    "at", "case__case_id", "pk", "case", "other", "rank", "micro_bans", "case__reported_at",
    "other__reported_at", "other__case_id", "spare",
)  # fmt: skip


def records_of(links: Iterable[Link]) -> set[int]:
    """Return the numbers of all records in some links: those whose lists a round renews."""
    return {number for link in links for number in (link.case_id, link.other_id)}


def sealed_now() -> set[int]:
    """Return the numbers of the sealed records, which are passed over in a list."""
    return set(Case.objects.filter(sealed=True).values_list("pk", flat=True))


def renew_lists(ids: Iterable[int]) -> set[Key]:
    """Work out the lists of some records again, within the transaction of what changed them.

    Returns
    -------
    Every pair that is in such a list, or was; by the numbers of its records.
    """
    sealed, shifted = sealed_now(), set[Key]()
    for part in parts(ids):
        shifted.update(keys_in_lists(part))
        Candidate.objects.filter(case__in=part).delete()
        made = new_lists(part, sealed)
        Candidate.objects.bulk_create(made, batch_size=AT_ONCE)
        shifted.update(pair_key(one.case_id, one.other_id) for one in made)
    return shifted


def new_lists(
    part: Sequence[int], sealed: Collection[int], run: Run | None = None
) -> list[Candidate]:
    """Return the lists of some records worked out again, not saved.

    `run`: a staged run, whose links count too and whose lists these are.
    """
    links = Link.objects if run is None else Link.written
    return [
        Candidate(case_id=number, other_id=other, link_id=row.pk, place=place, run=run)
        for number, entries in _lists(part, sealed, links).items()
        for place, (other, row) in enumerate(entries, 1)
    ]


def keys_in_lists(part: Sequence[int]) -> set[Key]:
    """Return the pairs that are in the lists of some records, as readers see them."""
    rows = Candidate.objects.filter(case__in=part).order_by()
    return {pair_key(case, other) for case, other in rows.values_list("case_id", "other_id")}


def _lists(
    numbers: Sequence[int], sealed: Collection[int], links: Manager[Link]
) -> dict[int, list[tuple[int, _Row]]]:
    """Return the list of each record: the other records, with the link that places each.

    A record's last comparison says which five are best among all that were known then. A record
    that was compared later, and any that was weighed with it again, counts by its newest link. A
    pair that the public named was weighed alone, outside a round: no comparison of the record.
    """
    wanted = set(numbers)
    rows: dict[int, list[_Row]] = {number: [] for number in numbers}
    found = links.filter(Q(case__in=numbers) | Q(other__in=numbers))
    found = found.filter(run__round__isnull=False).order_by()
    for row in map(_Row._make, found.values_list(*COLUMNS)):
        for number in wanted & {row.case, row.other}:
            rows[number].append(row)
    return {number: _list(number, rows[number], sealed) for number in numbers}


def _list(number: int, rows: Sequence[_Row], sealed: Collection[int]) -> list[tuple[int, _Row]]:
    """Return the list of one record: five, and further ones until five are not sealed."""
    last = max(((row.at, row.case_id) for row in rows if row.case == number), default=None)
    newest: dict[int, _Row] = {}
    for row in sorted(rows):
        moment = (row.at, row.case_id)
        ranked = row.rank <= CANDIDATES or row.spare
        own = row.case == number and moment == last and ranked
        if own or (row.case != number and (last is None or moment > last)):
            newest[row.other if row.case == number else row.case] = row
    entries = [entry for entry in newest.items() if entry[1].micro_bans > 0]

    def order(entry: tuple[int, _Row]) -> tuple[int, datetime, str]:
        # As the engine orders them: of equal weights the earlier report is first.
        row = entry[1]
        own = row.case == number
        reported = row.other_reported if own else row.case_reported
        return -row.micro_bans, reported, row.other_id if own else row.case_id

    listed: list[tuple[int, _Row]] = []
    unsealed = 0
    for entry in sorted(entries, key=order):
        if unsealed >= CANDIDATES:
            break
        listed.append(entry)
        unsealed += entry[0] not in sealed
    return listed


def pair_key(a: int, b: int) -> Key:
    """Return the key of two records."""
    return (min(a, b), max(a, b))


def key_of(link: Link) -> Key:
    """Return the key of a link's two records."""
    return pair_key(link.case_id, link.other_id)


def links_of(wanted: set[Key], run: Run | None = None) -> list[Link]:
    """Return the links that place these pairs in a list of candidates; those in none are left.

    `run`: in the lists of this staged run, in place of those that readers see.
    """
    lists = Candidate.objects.all() if run is None else Candidate.written.filter(run=run)
    found: list[Link] = []
    for part in parts({number for key in wanted for number in key}):
        rows = lists.filter(case__in=part).select_related("link__case", "link__other")
        plain = rows.defer("link__findings", "link__case__texts", "link__other__texts")
        links = (row.link for row in plain)
        found += [link for link in links if key_of(link) in wanted]
    return found


def listing(case_id: str) -> list[str]:
    """Return the records in whose lists one is, by the newest round."""
    found = Candidate.objects.filter(other__case_id=case_id).order_by("case__case_id")
    return list(found.values_list("case__case_id", flat=True))


def places_of(cases: Iterable[int], person: Person) -> dict[int, dict[int, int]]:
    """Return the present five of each record for one reader: the others, each with its place.

    Those that are sealed from the reader have no place, and the next ones move up.
    """
    found: dict[int, dict[int, int]] = {}
    for part in parts(cases):
        rows = Candidate.objects.filter(case__in=part).order_by("case", "place")
        seen = rows.filter(unsealed_to(person, Permission.SEE_LINKS, "other__"))
        for case, other in seen.values_list("case_id", "other_id"):
            places = found.setdefault(case, {})
            if len(places) < CANDIDATES:
                places[other] = len(places) + 1
    return found


def present_pairs(
    pairs: QuerySet[Pair], cases: Iterable[int], person: Person
) -> dict[int, list[Pair]]:
    """Return those of some pairs that are present candidates of each record, in its order."""
    numbers = list(cases)
    among = pairs.filter(Q(first__in=numbers) | Q(second__in=numbers))
    of_two = {pair_key(pair.first_id, pair.second_id): pair for pair in among}
    found = {}
    for number, places in places_of(numbers, person).items():
        keys = [pair_key(number, other) for other in sorted(places, key=places.__getitem__)]
        found[number] = [of_two[key] for key in keys if key in of_two]
    return found


def is_present(within: int | None = None) -> Exists:
    """Return the condition that a pair is in the list of one of its two records.

    `within`: up to this place; None: wherever in it.
    """
    rows = (
        Candidate.objects.all() if within is None else Candidate.objects.filter(place__lte=within)
    )
    return _in_a_list(rows)


def is_shown_to(person: Person) -> Q:
    """Return the condition that a listed pair is shown to one reader.

    A spare one is where sealed ones before it leave it a place among the reader's five.
    """
    shut = sealed_from(person, Permission.SEE_LINKS).values("pk")
    before = Candidate.objects.filter(
        case=OuterRef("case"), place__lt=OuterRef("place"), other__in=shut
    )
    count = before.order_by().values("case").annotate(n=Count("pk")).values("n")
    left = F("place") - Coalesce(Subquery(count), Value(0), output_field=IntegerField())
    return Q(spare=False) | Q(
        _in_a_list(Candidate.objects.alias(left=left).filter(left__lte=CANDIDATES))
    )


def _in_a_list(rows: QuerySet[Candidate]) -> Exists:
    first = rows.filter(case=OuterRef("first"), other=OuterRef("second"))
    second = rows.filter(case=OuterRef("second"), other=OuterRef("first"))
    return Exists(first) | Exists(second)  # type: ignore[return-value]


def has_reason() -> Q:
    """Return the condition that a pair is shown whatever its place: decision 36's reasons.

    It alerted, came back, was named by the public, judged or referred, or shares an entity.
    """
    return (
        Q(within_budget=True)
        | Q(times__gt=1)
        | ~Q(because="")
        | ~Q(state=Pair.OPEN)
        | Q(link__tier=Tier.SHARED_ENTITY.value)
        | Q(judgements__isnull=False)
        | Q(first__referrals__cases=F("second"))
    )


def parts(ids: Iterable[int]) -> Iterable[list[int]]:
    """Yield numbers in order, as many as are asked for at once."""
    listed = sorted(ids)
    return (listed[k : k + AT_ONCE] for k in range(0, len(listed), AT_ONCE))
