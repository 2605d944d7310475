"""What the desk's browser journeys share: a real browser, the small town, people who sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect
from review_town import Town, build

from clew.desk.accounts.models import Account, Grant

expect.set_options(timeout=30_000)  # milliseconds: on a busy machine a page takes its time
HERE = Path(__file__).parent
PASSWORD = "a-long-demo-password-1"
Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to make test-all what is not the main journey of a kind of user; journeys come last.

    What a served desk wrote stays in the worker's ledger, and every test that verifies a ledger
    after a journey reads it all: 4.5 s in place of .2 s each. This hook is called with the items
    of every folder.
    """
    items.sort(key=lambda item: HERE in item.path.parents)
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("journey") is None:
            item.add_marker("long")


@pytest.fixture(autouse=True, scope="session")
def _the_server_lets_go(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End what threads of the served desk still hold, or PostgreSQL keeps the tests' database."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture
def town(tmp_path: Path, transactional_db: None) -> Town:
    return build(tmp_path)


@pytest.fixture
def visit(browser: Browser, live_server: Any, town: Town) -> Iterator[Visit]:
    """Sign somebody in with a real form, on a screen of this width; each visit is a new browser."""
    opened = []

    def make(name: str, *roles: str, width: int = 1280, **more: Any) -> Page:
        account = Account.objects.filter(name=name).first()
        if account is None:
            account = Account.objects.make(name, name.title(), PASSWORD)
            for one in roles:
                role, _, area = one.partition(":")
                Grant.objects.create(account=account, role=role, area=area, granted_by="test")
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 800}, **more
        )
        opened.append(context)
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.faults = faults  # type: ignore[attr-defined]
        page.goto("/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("What are you using Clew for?").fill("journey")
        page.get_by_role("button", name="Sign in").click()
        return page

    yield make
    for context in opened:
        context.close()
