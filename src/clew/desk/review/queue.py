"""The queue after a round: new pairs enter, and pairs that were put aside come back.

What a round adds is written first, in many short transactions under a run that nobody sees; what it
changes is written by the one that publishes the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Q

from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.models import Case
from clew.desk.records.timeline import field_words
from clew.desk.review.candidates import (
    Key,
    has_reason,
    is_present,
    key_of,
    keys_in_lists,
    links_of,
    new_lists,
    pair_key,
    parts,
    records_of,
    renew_lists,
    sealed_now,
)
from clew.desk.review.models import Candidate, Link, Pair
from clew.desk.review.pair_state import (
    ANY_READER,
    CANDIDATES,
    FactTouched,
    NewMatch,
    News,
    resurface,
)
from clew.desk.review.runs import Run
from clew.desk.review.shown import subject_of
from clew.model.alert import Trigger
from clew.model.finding import Tier
from clew.replay.events import Event

AT_ONCE = 500
"""Declared: pairs asked for at once."""
MOST_ROWS = 300
"""Declared: rows written in one transaction, so that nobody waits long for it (see intake)."""
Batch = Callable[[], AbstractContextManager[None]]
"""Opens the transaction of a few rows."""


@dataclass(slots=True)
class QueueChange:
    """What a staged run changes in the queue once it is published.

    `links` of each pair, the oldest first; `known`: pairs that were there, by number; `renewed`:
    records whose lists are new, with `sealed` passed over; `shifted`: pairs whose place in a list
    may have changed; `touched` and `matched` by record: the facts and the matches that are new;
    `made`: the numbers of the new pairs.
    """

    sealed: set[int]
    renewed: set[int]
    shifted: set[Key] = field(default_factory=set)
    links: dict[Key, list[Link]] = field(default_factory=dict)
    known: dict[Key, int] = field(default_factory=dict)
    touched: dict[str, list[FactTouched]] = field(default_factory=dict)
    matched: dict[str, list[NewMatch]] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)


def stage_queue(
    run: Run, events: Sequence[Event], links: Sequence[Link], batch: Batch
) -> QueueChange:
    """Write the lists and the new pairs of a staged run; nobody sees them before it is published.

    `batch` opens the transaction of a few rows.
    """
    change = QueueChange(sealed_now(), records_of(links))
    places: dict[Key, int] = {}
    for part in parts(change.renewed):
        change.shifted |= keys_in_lists(part)
        made = new_lists(part, change.sealed, run)
        for one in made:
            key = pair_key(one.case_id, one.other_id)
            places[key] = min(one.place, places.get(key, one.place))
        for k in range(0, len(made), MOST_ROWS):
            with batch():
                Candidate.objects.bulk_create(made[k : k + MOST_ROWS])
        pairs = Pair.objects.filter(Q(first__in=part) | Q(second__in=part)).order_by()
        rows = pairs.values_list("pk", "first", "second")
        change.known |= {pair_key(first, second): pk for pk, first, second in rows}
    change.shifted |= places.keys()
    # A pair may enter a list by an earlier link, when others leave it.
    wanted = change.shifted - change.known.keys() - {key_of(link) for link in links}
    for link in (*links_of(wanted, run), *links):
        change.links.setdefault(key_of(link), []).append(link)
    new = list(_new_pairs(run, change, places))
    for k in range(0, len(new), MOST_ROWS):
        with batch():
            part_of_new = _not_there(new[k : k + MOST_ROWS], change)
            change.made += [pair.pk for pair in Pair.objects.bulk_create(part_of_new)]
    _news(change, events, links)
    return change


def _new_pairs(run: Run, change: QueueChange, places: Mapping[Key, int]) -> Iterator[Pair]:
    """Yield the pairs that are new, not saved; `places`: the best of a pair in any list."""
    for key, links in change.links.items():
        pair = None
        for link in () if key in change.known else links:
            if pair is not None:
                _lay(pair, link)
            elif key in change.shifted or link.notifies or link.tier == Tier.SHARED_ENTITY.value:
                pair = _pair_by(link)
        if pair is not None:
            lasts = pair.within_budget or pair.link.tier == Tier.SHARED_ENTITY.value
            first = lasts or places.get(key, CANDIDATES + 1) <= CANDIDATES
            pair.run, pair.listed = run, first or key in places
            pair.spare = pair.listed and not first
            yield pair


def _not_there(pairs: Sequence[Pair], change: QueueChange) -> list[Pair]:
    """Return those pairs that nobody has made since the staging began; note the others as known."""
    ids = {number for pair in pairs for number in (pair.first_id, pair.second_id)}
    rows = Pair.written.filter(first__in=ids, second__in=ids).values_list("pk", "first", "second")
    there = {pair_key(first, second): pk for pk, first, second in rows}
    found = [pair for pair in pairs if pair_key(pair.first_id, pair.second_id) not in there]
    keys = {pair_key(pair.first_id, pair.second_id) for pair in pairs}
    change.known |= {key: pk for key, pk in there.items() if key in keys}
    return found


def _pair_by(link: Link) -> Pair:
    return Pair(
        first=link.case, second=link.other, link=link, area=link.case.area,
        other_area=link.other.area, priority=link.priority, within_budget=link.notifies,
        added=link.update,
    )  # fmt: skip


def _lay(pair: Pair, link: Link) -> None:
    """Lay the newest link to a pair."""
    pair.link, pair.priority = link, link.priority
    if link.notifies:
        # What alerted for itself stays an alert; what was added stays so till it alerts.
        pair.added = link.update and (pair.added or not pair.within_budget)
        pair.within_budget = True


def _news(change: QueueChange, events: Sequence[Event], links: Sequence[Link]) -> None:
    for event in events:
        if event.trigger is Trigger.NEW_FACT and event.compares_anew:
            fact = FactTouched(event.case_id, field_words(event.changed))
            change.touched.setdefault(event.case_id, []).append(fact)
    for link in links:
        if link.rank <= CANDIDATES:
            match = NewMatch(link.case.case_id, link.other.case_id, link.notifies, link.chance)
            change.matched.setdefault(match.candidate, []).append(match)


def publish_queue(run: Run, change: QueueChange) -> dict[str, int]:
    """Bring the queue up to date; call it within the transaction that publishes the run.

    What was written before is seen from now on. Only what was there already is written now: the
    lists that others take the place of, and the pairs of which something changes.
    """
    for part in parts(change.renewed):
        Candidate.objects.filter(case__in=part).exclude(run=run).delete()
    held = _held(run, change)
    returned = _hear(run, change, held)
    laid = [(pair, links) for key, pair in held.items() if (links := change.links.get(key))]
    for pair, links in laid:
        for link in links:
            _lay(pair, link)
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE review_pair SET link_id = %s, priority = %s, within_budget = %s, added = %s"
            " WHERE id = %s",
            [(p.link.pk, p.priority, p.within_budget, p.added, p.pk) for p, _ in laid],
        )
    moved = [p.pk for key, p in held.items() if key in change.shifted or key in change.links]
    # A referral that was made meanwhile is a reason to list a new pair.
    unsure = Pair.objects.filter(run=run).filter(Q(listed=False) | Q(spare=True))
    list_pairs([*moved, *unsure.values_list("pk", flat=True)])
    for number in change.sealed ^ sealed_now():
        renew_after_sealing(Case.objects.get(pk=number))
    return {"new_pairs": len(change.made), "returned": returned}


def _held(run: Run, change: QueueChange) -> dict[Key, Pair]:
    """Lock and return the pairs of which something may change, by their two numbers.

    Those that the round compared or listed anew; and all with a record of this round that somebody
    has read, for news may bring them back.
    """
    wanted = {
        number for key, number in change.known.items()
        if key in change.shifted or key in change.links
    }  # fmt: skip
    ids = set(change.renewed)
    names = sorted(change.touched)
    for k in range(0, len(names), AT_ONCE):
        part = Case.objects.filter(case_id__in=names[k : k + AT_ONCE])
        ids |= set(part.values_list("id", flat=True))
    unread = Q(state=Pair.OPEN, times=1, level=ANY_READER)
    for part_ids in parts(ids):
        pairs = Pair.objects.filter(Q(first__in=part_ids) | Q(second__in=part_ids))
        wanted |= set(pairs.exclude(unread).values_list("pk", flat=True))
    if change.made:  # one of them was named by the public since, and is seen already
        among = Pair.objects.filter(pk__gte=change.made[0], pk__lte=change.made[-1])
        wanted |= set(among.exclude(run=run).values_list("pk", flat=True))
    found: dict[Key, Pair] = {}
    for part_ids in parts(wanted):
        locked = Pair.objects.filter(pk__in=part_ids).select_for_update(of=("self",), no_key=True)
        asked = (
            locked.order_by("pk")
            .select_related("first", "second", "link")
            .defer("first__texts", "second__texts", "link__findings")
        )
        found |= {pair_key(pair.first_id, pair.second_id): pair for pair in asked}
    return found


def _hear(run: Run, change: QueueChange, held: dict[Key, Pair]) -> int:
    """Tell each pair what the round brought of it; return how many came back."""
    touched, matched = change.touched, change.matched
    returned, moved = 0, []
    for pair in held.values():
        first, second = pair.first.case_id, pair.second.case_id
        news: list[News] = [
            match
            for case_id in (first, second)
            for match in matched.get(case_id, ())
            if match.counts_for(first, second, pair.link.chance)
        ]
        news += [*touched.get(first, ()), *touched.get(second, ())]
        before = pair.standing()
        after = resurface(before, news)
        if after == before:
            continue
        moved.append(pair)
        pair.state, pair.level = after.state, after.level
        pair.times, pair.because = after.times, after.because
        pair.matches = list(after.matches)
        if after.state == before.state:
            continue  # told to its reader, not moved: no act
        returned += 1
        pair.since = desk_now()
        write(
            Act.ALTERATION,
            subject_of(pair),
            ENGINE,
            run=run.pk,
            state=[before.state, after.state],
            level=after.level,
            because=after.because,
            **({"matches": pair.matches} if pair.matches else {}),
        )
    fields = ["state", "level", "times", "because", "matches", "since"]
    Pair.objects.bulk_update(moved, fields, batch_size=AT_ONCE)
    return returned


def list_pairs(numbers: Sequence[int]) -> None:
    """Show pairs that are present candidates or have a lasting reason, and no others.

    Those that are candidates behind the fifth alone are spare: shown where they move up.
    """
    for k in range(0, len(numbers), AT_ONCE):
        pairs = Pair.objects.filter(pk__in=numbers[k : k + AT_ONCE])
        due = pairs.filter(has_reason() | Q(is_present()))
        shown = set(due.values_list("pk", flat=True))
        whole = pairs.filter(has_reason() | Q(is_present(CANDIDATES)))
        first = set(whole.values_list("pk", flat=True))
        pairs.filter(pk__in=first).update(listed=True, spare=False)
        pairs.filter(pk__in=shown - first).update(listed=True, spare=True)
        pairs.exclude(pk__in=shown).update(listed=False, spare=False)


def renew_after_sealing(case: Case) -> None:
    """Let the next candidates move up where a record was sealed, and back where it is not any more.

    Called within the transaction of the seal.
    """
    numbers = {case.pk, *Candidate.objects.filter(other=case).values_list("case_id", flat=True)}
    shifted = renew_lists(numbers)
    listed = {number for key in shifted for number in key}
    pairs = Pair.objects.filter(first__in=listed, second__in=listed)
    held = {pair_key(pair.first_id, pair.second_id): pair for pair in pairs}
    new = {key_of(link): _pair_by(link) for link in links_of(shifted - held.keys())}
    # One of a staged run is seen once that is published.
    made = Pair.objects.bulk_create(_not_there(list(new.values()), QueueChange(set(), set())))
    list_pairs([*(pair.pk for key, pair in held.items() if key in shifted), *(p.pk for p in made)])


def move_pairs(case: Case) -> None:
    """Give the pairs of a record its new area, by which readers see them."""
    Pair.written.filter(first=case).update(area=case.area)
    Pair.written.filter(second=case).update(other_area=case.area)
