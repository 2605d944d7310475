"""The queue after a round: new pairs enter, and pairs that were put aside come back."""

from __future__ import annotations

from collections.abc import Sequence

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
    links_of,
    pair_key,
    renew_candidates,
    renew_lists,
)
from clew.desk.review.models import Candidate, Link, Pair, Run
from clew.desk.review.pair_state import CANDIDATES, FactTouched, NewMatch, News, resurface
from clew.desk.review.shown import subject_of
from clew.model.alert import Trigger
from clew.model.finding import Tier
from clew.replay.events import Event

AT_ONCE = 500
"""Declared: pairs asked for at once."""


def enqueue(run: Run, events: Sequence[Event], links: Sequence[Link]) -> dict[str, int]:
    """Bring the queue up to date; call it within the transaction that wrote the links."""
    held = _held(events, links)
    returned = _hear(run, events, links, held)
    new = _enter(links, held, renew_candidates(links))
    return {"new_pairs": new, "returned": returned}


def _held(events: Sequence[Event], links: Sequence[Link]) -> dict[Key, Pair]:
    """Return the pairs of the queue that hold a case of this round, by their two numbers."""
    ids = {link.case_id for link in links} | {link.other_id for link in links}
    names = sorted({event.case_id for event in events})
    for k in range(0, len(names), AT_ONCE):
        part = Case.objects.filter(case_id__in=names[k : k + AT_ONCE])
        ids |= set(part.values_list("id", flat=True))
    listed = sorted(ids)
    found: dict[Key, Pair] = {}
    for k in range(0, len(listed), AT_ONCE):
        part_ids = listed[k : k + AT_ONCE]
        pairs = Pair.objects.filter(Q(first__in=part_ids) | Q(second__in=part_ids))
        asked = pairs.select_related("first", "second", "link").defer(
            "first__texts", "second__texts", "link__findings"
        )
        found |= {pair_key(pair.first_id, pair.second_id): pair for pair in asked}
    return found


def _hear(run: Run, events: Sequence[Event], links: Sequence[Link], held: dict[Key, Pair]) -> int:
    """Tell each pair what the round brought of it; return how many came back."""
    touched: dict[str, list[FactTouched]] = {}
    for event in events:
        if event.trigger is Trigger.NEW_FACT and event.compares_anew:
            fact = FactTouched(event.case_id, field_words(event.changed))
            touched.setdefault(event.case_id, []).append(fact)
    matched: dict[str, list[NewMatch]] = {}
    for link in links:
        if link.rank <= CANDIDATES:
            match = NewMatch(link.case.case_id, link.other.case_id, link.notifies, link.chance)
            matched.setdefault(match.candidate, []).append(match)
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


def _enter(links: Sequence[Link], held: dict[Key, Pair], shifted: set[Key]) -> int:
    """Add pairs that are new, lay the newest link to those that are there, and list what is due.

    `shifted`: pairs whose place in a list of candidates may have changed.
    """
    new: dict[Key, Pair] = {}
    again: dict[Key, Pair] = {}
    # A pair may enter a list by an earlier link, when others leave it.
    missing = links_of(shifted - held.keys() - {key_of(link) for link in links})
    for link in (*missing, *links):
        key = key_of(link)
        pair = held.get(key) or new.get(key)
        if pair is not None:
            pair.link, pair.priority = link, link.priority
            if link.notifies:
                # What alerted for itself stays an alert; what was added stays so till it alerts.
                pair.added = link.update and (pair.added or not pair.within_budget)
                pair.within_budget = True
            if key in held:
                again[key] = pair
        elif key in shifted or link.notifies or link.tier == Tier.SHARED_ENTITY.value:
            new[key] = Pair(
                first=link.case, second=link.other, link=link, area=link.case.area,
                other_area=link.other.area, priority=link.priority, within_budget=link.notifies,
                added=link.update,
            )  # fmt: skip
    Pair.objects.bulk_create(new.values(), batch_size=AT_ONCE)
    fields = ["link", "priority", "within_budget", "added"]
    Pair.objects.bulk_update(again.values(), fields, batch_size=AT_ONCE)
    moved = (pair for key, pair in held.items() if key in shifted or key in again)
    list_pairs([pair.pk for pair in (*moved, *new.values())])
    return len(new)


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
    _enter([], held, shifted)


def move_pairs(case: Case) -> None:
    """Give the pairs of a record its new area, by which readers see them."""
    Pair.objects.filter(first=case).update(area=case.area)
    Pair.objects.filter(second=case).update(other_area=case.area)
