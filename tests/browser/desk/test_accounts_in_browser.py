"""Journeys in a real browser: the administrator, the overseer, and the force's own sign-in."""

from __future__ import annotations

import re
from base64 import b32decode
from typing import Any

import pytest
from desk_records import record
from django_otp.oath import totp
from looked_at import sound
from mock_provider import point_to, provider
from playwright.sync_api import Browser, Page, expect

from clew.desk.accounts.models import Account, Grant
from clew.desk.ledger.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a-long-demo-password-1"


def make(name: str, *roles: str) -> Account:
    made = Account.objects.make(name, name.title() + " Example", PASSWORD)
    for role in roles:
        Grant.objects.create(account=made, role=role, granted_by="test")
    return made


def sign_in(page: Page, address: str, name: str, password: str = PASSWORD) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_label("What are you using Clew for?").fill("a journey")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.journey), 320])
def test_an_administrator_adds_an_area_a_user_and_a_role(
    browser: Browser, live_server: Any, width: int
) -> None:
    make("root", "administrator")
    page = browser.new_page(viewport={"width": width, "height": 700})
    sign_in(page, live_server.url, "root")
    sound(page)
    key = b32decode(page.locator("code").inner_text())
    page.get_by_label("6-digit code").fill(f"{totp(key):06d}")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Accounts").first.click()
    sound(page)
    page.get_by_role("link", name="Areas").click()
    page.get_by_label("Code").fill("KD")
    page.get_by_label("Name", exact=True).fill("Barking and Dagenham")
    page.get_by_role("button", name="Add the area").click()
    sound(page)
    page.goto(f"{live_server.url}/accounts/add")
    page.get_by_label("Sign-in name").fill("not a name!")
    page.get_by_label("Full name").fill("Ann Example")
    page.get_by_role("button", name="Add the account").click()
    expect(page.get_by_label("Full name")).to_have_value("Ann Example")
    sound(page)
    page.get_by_label("Sign-in name").fill("ann")
    page.get_by_role("button", name="Add the account").click()
    first = page.locator("code").inner_text()
    sound(page)
    page.get_by_role("link", name="Continue to the account").click()
    page.get_by_label("Role").select_option("analyst")
    page.get_by_label("Area").select_option("KD")
    page.get_by_role("button", name="Give the role").click()
    expect(page.get_by_text("Role given")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, live_server.url, "ann", first)
    expect(page).to_have_url(f"{live_server.url}/password")
    sound(page)
    page.get_by_label("Current password").fill(first)
    page.get_by_label("New password", exact=True).fill("one long sentence of mine")
    page.get_by_label("Repeat new password").fill("one long sentence of mine")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Password changed")).to_be_visible()
    whats = " ".join(Entry.objects.values_list("body", flat=True))
    for act in ("area added", "account made", "role given", "password changed"):
        assert act in whats
    page.close()


def test_an_overseer_sees_figures_and_no_sealed_record(browser: Browser, live_server: Any) -> None:
    make("ove", "overseer")
    record("SEALED-1", sealed=True, sealed_by="x")
    page = browser.new_page(viewport={"width": 320, "height": 700})
    sign_in(page, live_server.url, "ove")
    page.get_by_role("link", name="Figures").first.click()
    sound(page)
    assert "SEALED" not in page.content()
    page.get_by_role("link", name="Sensitive traits").click()
    sound(page)
    page.goto(f"{live_server.url}/seals/SEALED-1")
    expect(page.get_by_role("heading", name="You do not have permission")).to_be_visible()
    sound(page)
    page.close()


def test_the_forces_own_sign_in(browser: Browser, live_server: Any, settings: Any) -> None:
    make("ann", "supervisor")
    with provider() as told:
        point_to(settings, told)
        page = browser.new_page(java_script_enabled=False)
        page.goto(f"{live_server.url}/seals")
        page.get_by_role("link", name="Sign in with your force's account").click()
        expect(page).to_have_url(re.compile(r"/purpose\?next="))
        page.get_by_label("What are you using Clew for?").fill("night duty")
        page.get_by_role("button", name="Continue").click()
        expect(page).to_have_url(f"{live_server.url}/seals")
        expect(page.get_by_role("heading", name="Records you have sealed")).to_be_visible()
        page.close()
    assert Account.objects.get(name="ann").subject == "s-1"
