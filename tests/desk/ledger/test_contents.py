"""Tampering outside the ledger's own tables: every kind is found by `verify --all`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from every_table import Desk, Hand, faults_of

from clew.desk.ledger.coverage import own_coverage

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(scope="module")
def hand(filled_desk: Desk, django_db_blocker: Any) -> Iterator[Hand]:
    """A hand that writes to a copy of the desk past the desk."""
    with django_db_blocker.unblock(), filled_desk.copy() as address:
        assert faults(address) == []
        made = Hand(address)
        yield made
        made.leave()


def faults(address: str) -> list[str]:
    return [one for one in faults_of(address) if not one.startswith("the trigger")]


TABLES = list(own_coverage())
COLUMNS = [
    (table, column)
    for table, covered in own_coverage().items()
    for column in covered.columns
    if column != covered.key
]
OFTEN = dict(reversed(COLUMNS)).items()
"""One column of each table is tried at each commit, the others by `make test-all`."""


def test_there_are_more_than_a_hundred_kinds() -> None:
    assert len(COLUMNS) > 250
    assert len(TABLES) > 40


@pytest.mark.parametrize(
    ("table", "column"),
    [pytest.param(*one, marks=() if one in OFTEN else pytest.mark.long) for one in COLUMNS],
    ids=[f"{table}.{column}" for table, column in COLUMNS],
)
def test_a_value_altered_is_found(table: str, column: str, hand: Hand) -> None:
    key = hand.first_key(table)
    where = f"WHERE \"{own_coverage()[table].key}\" = '{key}'"
    change = f'UPDATE "{table}" SET "{column}" = {hand.other(table, column)} {where}'
    with hand.changed(table, key, change):
        found = faults(hand.address)
    assert len(found) == 1
    assert found[0].startswith(f"{table} {key}: it is not what row ")


@pytest.mark.parametrize("table", TABLES)
def test_a_row_removed_is_found(table: str, hand: Hand) -> None:
    key = hand.first_key(table)
    column = own_coverage()[table].key
    with hand.changed(table, key, f'DELETE FROM "{table}" WHERE "{column}" = \'{key}\''):
        found = faults(hand.address)
    assert len(found) == 1
    assert found[0].startswith(f"{table} {key}: it was removed; row ")


@pytest.mark.parametrize("table", TABLES)
def test_a_row_under_another_key_is_found(table: str, hand: Hand) -> None:
    key, column = hand.first_key(table), own_coverage()[table].key
    new = "29999"
    hand.run(f'UPDATE "{table}" SET "{column}" = \'{new}\' WHERE "{column}" = \'{key}\'')
    found = faults(hand.address)
    hand.run(f'UPDATE "{table}" SET "{column}" = \'{key}\' WHERE "{column}" = \'{new}\'')
    assert sorted(one.partition(":")[0] for one in found) == sorted(
        [f"{table} {key}", f"{table} {new}"]
    )
    assert any("the ledger has no row for it" in one for one in found)
    assert faults(hand.address) == []


@pytest.mark.parametrize("table", ["records_fact", "records_case", "casework_lineact"])
def test_two_rows_exchanged_are_found(table: str, hand: Hand) -> None:
    column = own_coverage()[table].key
    one, two = (row[0] for row in hand.ask(f"SELECT {column} FROM {table} ORDER BY 1 LIMIT 2"))
    swap = [
        f"UPDATE {table} SET {column} = {new} WHERE {column} = {old}"
        for old, new in ((one, 0), (two, one), (0, two))
    ]
    hand.run(*swap)
    found = faults(hand.address)
    hand.run(*swap)
    assert {text.partition(":")[0] for text in found} == {f"{table} {one}", f"{table} {two}"}
