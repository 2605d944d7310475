"""A page of the queue: what a person may see of it, in order, in two statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from populated import Town

from clew.desk.cases.models import Case, Opening
from clew.desk.links.models import Pair
from clew.desk.links.queue_rows import QueueAsked, queue_page


def test_a_page_is_in_order_and_the_next_goes_on(town: Town) -> None:
    person = town.accounts["analyst"].person()
    first = queue_page(person, QueueAsked(size=10))
    second = queue_page(person, QueueAsked(page=2, size=10))
    rows = [*first.rows, *second.rows]
    order = [(not row.within_budget, -row.values["priority"]) for row in rows]
    assert order == sorted(order)
    assert len({row.pair_id for row in rows}) == 20
    assert first.has_next
    assert first.counted == Pair.objects.filter(state="open").count()


def test_a_page_costs_the_same_statements_whatever_its_size(town: Town) -> None:
    person = town.accounts["analyst"].person()
    asked = []
    for size in (5, 50):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            queue_page(person, QueueAsked(size=size))
        asked.append(len(queries))
    assert asked == [2, 2]


def test_only_pairs_of_ones_own_areas_are_there(town: Town) -> None:
    page = queue_page(town.accounts["analyst_kd"].person(), QueueAsked(size=500))
    assert page.rows
    assert {row.values["first__area"] for row in page.rows} == {"KD"}
    assert {row.values["second__area"] for row in page.rows} == {"KD"}
    assert not queue_page(town.accounts["overseer"].person(), QueueAsked()).rows


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_sealed_record_is_not_there_but_for_whom_it_was_opened_to(town: Town, name: str) -> None:
    pair = town.pair("BD-3", "BD-2")
    case: Case = getattr(pair, name)
    Case.objects.filter(pk=case.pk).update(sealed=True)
    supervisor = town.accounts["supervisor"]

    def sees(who: str) -> bool:
        page = queue_page(town.accounts[who].person(), QueueAsked(size=500))
        return pair.pk in {row.pair_id for row in page.rows}

    assert not sees("analyst")
    assert not sees("supervisor")
    for one in ("supervisor", "analyst"):
        Opening.objects.create(
            case=case, account=town.accounts[one], reason="r", given_by=supervisor.name
        )
    assert sees("supervisor")
    assert not sees("analyst")
