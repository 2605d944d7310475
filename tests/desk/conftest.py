"""What desk tests share: accounts of each role, and a client that is signed in as one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from original import copied, database, original
from signed_in import PASSWORD, Make, SignedIn

from clew.desk.accounts.models import Account, Grant
from clew.desk.cases.commitments import LIST
from clew.desk.ledger.triggers import drop_guards, raise_guards
from clew.desk.settings import CONFIGURATION

__all__ = ["copied", "database", "original"]


@pytest.fixture
def account(db: None) -> Make:
    """Make an account with roles, `role` or `role:area` each."""

    def make(name: str, *roles: str) -> Account:
        made = Account.objects.make(name, name.title(), PASSWORD)
        for one in roles:
            role, _, area = one.partition(":")
            Grant.objects.create(account=made, role=role, area=area, granted_by="test")
        return made

    return make


@pytest.fixture
def signed_in(account: Make) -> SignedIn:
    """Return a client signed in as somebody with these roles."""

    def make(name: str, *roles: str) -> Client:
        made = Account.objects.filter(name=name).first() or account(name, *roles)
        client = Client()
        client.force_login(made)
        return client

    return make


@pytest.fixture(autouse=True, scope="session")
def _ledgers_may_be_emptied_after_a_test() -> Iterator[None]:
    """Between tests the tables are emptied, which the guards refuse: lift them for that."""
    empty = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(self: TransactionTestCase) -> None:
        drop_guards(connection)
        empty(self)
        raise_guards(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture(autouse=True)
def _nothing_was_erased_in_an_earlier_test() -> None:
    (CONFIGURATION.home / LIST).unlink(missing_ok=True)
