"""Saved searches: each tells its owner of a record that begins to match, within its transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction

from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case
from clew.desk.search.find import matching, read, visible_documents
from clew.desk.search.models import SavedSearch
from clew.desk.search.query import Query
from clew.errors import ActRefused

MOST_SAVED = 20
"""Declared: searches that one person keeps; each is asked at every change of a record."""


def why_not_saved(query: Query) -> str:
    """Return why a search cannot be saved, "" where it can: places, dates and features alone."""
    if query.near:
        return "A saved search goes by areas and kinds of place. Remove the words from near on"
    if not query.parts:
        return "Enter what to look for"
    others = [part.typed for part in query.parts if not part.feature]
    if others:
        listed = ", ".join(others)
        return (
            "Only places, dates and features can be saved, so that no search is about a person."
            f" Remove: {listed}"
        )
    return ""


@transaction.atomic
def save_search(account: Account, query: Query) -> SavedSearch:
    """Save a search. Within the transaction of its ledger row.

    Raises
    ------
    ActRefused
        If it is not about places, dates and features alone, or too many are saved.
    """
    if reason := why_not_saved(query):
        raise ActRefused(reason)
    own = SavedSearch.objects.filter(account=account, ended_at=None)
    if own.count() >= MOST_SAVED:
        raise ActRefused(f"you have {MOST_SAVED} saved searches. Stop one first")
    same = own.filter(typed=query.typed).first()
    return same or SavedSearch.objects.create(
        account=account, typed=query.typed[:200], made_at=desk_now()
    )


def end_search(saved: SavedSearch) -> None:
    """Stop a saved search; it stays in the database, with the day on which it ended."""
    saved.ended_at = desk_now()
    saved.save(update_fields=["ended_at"])


@contextmanager
def telling(cases: Sequence[Case]) -> Iterator[None]:
    """Look before and after a change of the index, and tell the owners of what is new to them.

    A record that matched before is no news. Seals and areas hold: a search finds what its owner may
    find at this moment.
    """
    keys = [case.pk for case in cases]
    searches = list(
        SavedSearch.objects.filter(ended_at=None, account__is_active=True)
        .select_related("account")
        .prefetch_related("account__grants")
    )
    if not searches:
        yield
        return
    asked = [(one, read(one.typed)) for one in searches]
    before = {one.pk: _matching(one, query, keys) for one, query in asked}
    yield
    numbers = {case.pk: case.case_id for case in cases}
    for one, query in asked:
        words = f"A record now matches your saved search: {one.typed}"
        for key in sorted(_matching(one, query, keys) - before[one.pk]):
            notify([one.account], words, case_subject(numbers[key]))


def _matching(saved: SavedSearch, query: Query, keys: Sequence[int]) -> set[int]:
    person = saved.account.person(second_factor=True)
    documents = visible_documents(person).filter(case__in=keys)
    found = matching(documents, query).values_list("case_id", flat=True)
    return {key for key in found if key is not None}
