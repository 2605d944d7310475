"""What desk tests share: accounts of each role, and a client that is signed in as one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_world import world
from django.db import transaction
from django.test import Client
from original import copied, database, original
from populated import Town, build_town
from sealed_town import sealed_built, sealed_town
from signed_in import PASSWORD, Make, SignedIn

from clew.desk.accounts.models import Account, Grant
from clew.desk.records.commitments import LIST
from clew.desk.rounds import inbox
from clew.desk.settings import CONFIGURATION

__all__ = ["copied", "database", "original", "sealed_built", "sealed_town"]

HERE = Path(__file__).parent
COMMITS = "transactional_db"
"""The fixture of a test that sees what is truly committed, and so the database itself."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `database` what commits; other tests of the database say so themselves."""
    for item in items:
        if HERE in item.path.parents and _commits(item):
            item.add_marker("database")


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    by_mark = mark is not None and mark.kwargs.get("transaction", False)
    return bool(by_mark) or COMMITS in getattr(item, "fixturenames", ())


@pytest.fixture(scope="module")
def world_built(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Build the world of `desk_world.py` once a module; what a test does to it is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        world()
        yield
        transaction.set_rollback(True)


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


@pytest.fixture(autouse=True)
def _nothing_was_erased_in_an_earlier_test() -> None:
    (CONFIGURATION.home / LIST).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def town_built(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """Build the town of `populated.py` once a module; what a test does to it is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_town(tmp_path_factory.mktemp("town"))
        transaction.set_rollback(True)


@pytest.fixture
def town(town_built: Town, db: None) -> Town:
    """Return a small populated desk, for a module of which every test stands on it."""
    return town_built


@pytest.fixture
def own_inbox(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a desk's home of the test's own, whose files are taken at once; return the home."""
    held = CONFIGURATION.model_copy(update={"home": tmp_path / "home"})
    for part in ("sync", "inbox"):
        monkeypatch.setattr(f"clew.desk.rounds.{part}.CONFIGURATION", held)
    monkeypatch.setattr(inbox, "STILL_S", 0.0)
    monkeypatch.setattr("clew.desk.rounds.lease.RENEWED_S", 3600.0)
    return held.home
