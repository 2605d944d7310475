"""What the desk's browser journeys share: a real browser, the small town, people who sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from clew.desk.accounts.models import Account, Grant
from desk.review_town import Town, build

PASSWORD = "a-long-demo-password-1"
Visit = Callable[..., Page]


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
        page.get_by_label("Why are you here?").fill("journey")
        page.get_by_role("button", name="Sign in").click()
        return page

    yield make
    for context in opened:
        context.close()
