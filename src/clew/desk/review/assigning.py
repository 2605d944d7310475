"""Assigning pairs of the queue to people, several at once; each is a row of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.review.models import PairAssignment
from clew.desk.review.shown import subject_of, visible_pairs
from clew.disclosure.words import count_of
from clew.errors import ActRefused


def who_may_judge_any() -> list[Account]:
    """Return the accounts that may judge in some area, by name: to whom pairs can be assigned."""
    able = Account.objects.filter(is_active=True).prefetch_related("grants").order_by("full_name")
    return [
        one for one in able
        if areas_of(one.person(second_factor=True), Permission.JUDGE) != frozenset()
    ]  # fmt: skip


def assign(numbers: Sequence[int], to: Account, by: Account, person: Person) -> int:
    """Assign pairs to somebody; return how many. Within a transaction.

    Parameters
    ----------
    person
        Who assigns: only pairs that this person may judge.

    Raises
    ------
    ActRefused
        If one of the pairs is not there for either of the two; nothing is assigned then.
    """
    wanted = set(numbers)
    pairs = list(
        visible_pairs(person, Permission.JUDGE)
        .filter(pk__in=wanted)
        .select_related("first", "second")
        .order_by("pk")
    )
    theirs = set(
        visible_pairs(to.person(second_factor=True), Permission.JUDGE)
        .filter(pk__in=wanted)
        .values_list("pk", flat=True)
    )
    if len(pairs) < len(wanted):
        raise ActRefused("one of these links is no longer in your queue. Reload the page")
    if any(pair.pk not in theirs for pair in pairs):
        raise ActRefused(f"{to.full_name} cannot judge all of these. Choose fewer", ("to",))
    at = desk_now()
    for pair in pairs:
        PairAssignment.objects.update_or_create(pair=pair, defaults={"to": to, "by": by, "at": at})
        write(
            Act.ALTERATION, subject_of(pair), person.name, person.purpose, what="assigned",
            to=to.name,
        )  # fmt: skip
    if pairs and to.pk != by.pk:
        links = count_of(len(pairs), "possible link was", "possible links were")
        notify([to], f"{links} assigned to you by {by.full_name}", "queue")
    return len(pairs)
