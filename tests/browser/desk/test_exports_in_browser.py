"""A journey: an export, giving to the coroner, the coroner's officer, a question and its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from looked_at import sound
from playwright.sync_api import Browser, Page
from sample_desk import a_case, a_pair
from signed_in import PASSWORD

from clew.desk.accounts.models import Account, Grant
from clew.desk.release.models import CoronerDisclosure

SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(browser: Browser, live_server: Any, transactional_db: None) -> Iterator[SignIn]:
    opened = []

    def make(name: str, role: str, area: str, width: int = 1280) -> Page:
        account, new = Account.objects.get_or_create(name=name, full_name=name.title())
        if new:
            account.set_password(PASSWORD)
            account.save()
            Grant.objects.create(account=account, role=role, area=area, granted_by="test")
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 800}
        )
        opened.append(context)
        context.set_default_timeout(150_000)  # a bundle takes seconds, on a busy machine many
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("What are you using Clew for?").fill("the inquest")
        page.get_by_role("button", name="Sign in").click()
        return page

    yield make
    for context in opened:
        context.close()


def test_an_export_asks_why_and_hands_the_file_over(sign_in: SignIn) -> None:
    case = a_case("BD-2", known_as="Sam Example", cause="unascertained")
    pair = a_pair(case, a_case("BD-1", hours=-5))
    a_case("NF-1", kind="non_fatal")
    police = sign_in("sue", "supervisor", "KD")

    police.goto("/exports/records")
    sound(police, "export")
    police.get_by_role("button", name="Create export").click()
    sound(police, "export-errors")
    police.get_by_label("Workbook").check()
    police.get_by_label("Purpose").fill("the nine o'clock meeting")
    police.get_by_label("Who will receive it?").fill("the murder team")
    with police.expect_download() as download:
        police.get_by_role("button", name="Create export").click()
    assert download.value.suggested_filename.endswith("records.xlsx")
    for path, shot in (("/exports/record/BD-2", "export-one"), ("/exports/sheet", "sheet"),
                       (f"/exports/pair/{pair.pk}", "pair")):  # fmt: skip
        police.goto(path)
        sound(police, shot)


@pytest.mark.journey
def test_from_giving_to_the_coroners_answer(sign_in: SignIn) -> None:
    a_pair(a_case("BD-2", known_as="Sam Example"), a_case("BD-1", hours=-5))
    police = sign_in("sue", "supervisor", "KD")
    police.goto("/give/record/BD-2")
    sound(police, "give")
    police.get_by_label("Which coroner will receive it?").fill("the senior coroner")
    police.get_by_label("Purpose").fill("the inquest")
    police.get_by_role("button", name="Give to the coroner").click()
    sound(police, "give-errors")
    police.get_by_label("I give this to the coroner").check()
    police.get_by_role("button", name="Give to the coroner").click()
    police.get_by_text("Given to the coroner as").wait_for()
    gift = CoronerDisclosure.objects.get()

    officer = sign_in("cora", "coroners_officer", "KD", 320)
    officer.goto("/coroner")
    sound(officer, "workspace")
    officer.get_by_role("link", name="One case for the coroner: BD-2").click()
    officer.get_by_text(gift.digest).wait_for()
    sound(officer, "gift")
    with officer.expect_download() as download:
        officer.get_by_role("link", name="Open the bundle").click()
    assert Path(download.value.path()).read_bytes() == bytes(gift.content)
    officer.get_by_label("Your note").fill("Ask about the note")
    officer.get_by_role("button", name="Save note").click()
    officer.get_by_text("Note saved").wait_for()
    officer.get_by_label("Your question").fill("Where is the laptop?")
    due = timezone.localdate() + timedelta(days=7)
    officer.get_by_label("Answer due").fill(due.isoformat())
    officer.get_by_role("button", name="Ask", exact=True).click()
    officer.get_by_text("Question sent").wait_for()

    police.goto("/coroner/questions")
    sound(police, "questions")
    assert "Ask about the note" not in police.content()
    police.get_by_role("link", name="Where is the laptop?").click()
    sound(police, "answer")
    police.get_by_label("Your answer").fill("In the store")
    police.get_by_role("button", name="Answer").click()
    officer.reload()
    officer.get_by_text("In the store").wait_for()
    sound(officer, "gift-answered")
