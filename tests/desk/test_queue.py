"""The queue: what a person may see of it, in order, in as many statements for many as for few."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from populated import Town

from clew.desk.pages.queue import by_death, waiting_for
from clew.desk.records.models import Case, SealAccess
from clew.desk.review.models import Pair


def sees(town: Town, who: str) -> set[int]:
    """Return the numbers of the pairs that wait for somebody."""
    return {pair.pk for pair in waiting_for(town.accounts[who].person())}


def test_it_is_in_order_and_at_most_five_candidates_a_death_stand_together(town: Town) -> None:
    pairs = list(waiting_for(town.accounts["analyst"].person()))
    assert len(pairs) > 20
    order = [(not pair.within_budget, -pair.priority) for pair in pairs]
    assert order == sorted(order)
    deaths = by_death(pairs, town.accounts["analyst"].person())
    assert max(len(death.waiting) for death in deaths) <= 5
    assert sum(len(death.waiting) + death.more for death in deaths) == len(pairs)


def test_a_page_costs_the_same_statements_whatever_its_size(town: Town) -> None:
    person = town.accounts["analyst"].person()
    asked = []
    for size in (5, 50):
        with CaptureQueriesContext(connection) as queries:
            by_death(list(waiting_for(person)[:size]), person)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_pair_is_seen_from_the_area_of_either_record_and_from_no_other(town: Town) -> None:
    unsealed = Pair.objects.filter(first__sealed=False, second__sealed=False)
    every = {pair.pk: pair for pair in unsealed.select_related("first", "second")}
    theirs = {n for n, pair in every.items() if "KD" in (pair.first.area, pair.second.area)}
    across = {n for n in theirs if every[n].first.area != every[n].second.area}
    assert across
    assert theirs < sees(town, "analyst")
    assert sees(town, "analyst_kd") == theirs
    assert not sees(town, "overseer")


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_sealed_record_is_not_there_but_for_whom_it_was_opened_to(town: Town, name: str) -> None:
    pair = town.pair("BD-3", "BD-2")
    case: Case = getattr(pair, name)
    Case.objects.filter(pk=case.pk).update(sealed=True)
    supervisor = town.accounts["supervisor"]
    assert pair.pk not in sees(town, "analyst") | sees(town, "supervisor")
    for one in ("supervisor", "analyst"):
        SealAccess.objects.create(
            case=case, account=town.accounts[one], reason="r", given_by=supervisor.name
        )
    assert pair.pk in sees(town, "supervisor")
    assert pair.pk not in sees(town, "analyst")
