"""Pages of the ledger, of erasure and of holds in a real browser: accessible, narrow, complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from looked_at import sound
from playwright.sync_api import Browser, Page, expect

from clew.desk.accounts.models import Account, Grant
from clew.desk.ledger.models import Act, Entry
from clew.desk.ledger.write import checkpoint, write
from clew.desk.records.models import Case, Fact

WIDE = {"width": 1280, "height": 900}


def fill() -> None:
    made = Case.objects.create(case_id="BD-2014-0619", area="KD", reported_at="2014-06-19T04:05Z")
    Case.objects.create(case_id="BD-2014-0828", area="KD", reported_at="2014-08-28T09:00Z")
    Case.objects.create(case_id="S-1", area="KD", reported_at="2014-06-19T04:05Z", sealed=True)
    for name in ("cause", "scene"):
        Fact.objects.create(case=made, field=name, value="x" * 9, known_at="2014-06-19",
                            recorded_at="2014-06-19T04:05Z", source="the report")  # fmt: skip
    with transaction.atomic():
        for k in range(60):
            subject = "case:S-1" if k == 57 else "pair:BD-2014-0828,BD-2014-0619"
            write(list(Act)[k % 9], subject, "a.jones", "the nine o'clock meeting", page="matrix")
        write(Act.ACCESS, "ledger", "command line", what="verified", outcome="holds", rows=60)
    checkpoint("the desk")


def signed_in(browser: Browser, server: Any, role: str) -> Page:
    account = Account.objects.make(role, f"{role.title()} of this test", None)
    Grant.objects.create(account=account, role=role, granted_by="test")
    client = Client()
    client.force_login(account)
    session = client.session
    session["clew_purpose"] = "test"
    device = TOTPDevice.objects.create(user=account, confirmed=True)
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    context = browser.new_context(viewport=WIDE)
    context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": server.url}])
    return context.new_page()


@pytest.mark.journey
def test_an_overseer_reads_the_ledger(browser: Browser, live_server: Any) -> None:
    fill()
    page = signed_in(browser, live_server, "overseer")
    page.goto(f"{live_server.url}/ledger")
    sound(page, "ledger")
    expect(page.locator("main")).to_contain_text("holds, 60 rows")
    page.click("summary:has-text('Checkpoints')")
    with page.expect_download() as download:
        page.click("text=61 rows")
    assert "rows: 61" in Path(download.value.path()).read_text()
    page.select_option("#id_act", "denial")
    page.fill("#id_actor", "a.jones")
    page.click("text=Search")
    expect(page.locator("tbody tr")).to_have_count(len([k for k in range(60) if k % 9 == 7]))
    page.click("text=Show all rows")
    page.click("text=Older rows")
    before = int(page.url.rpartition("before=")[2])
    expect(page.locator("tbody tr")).to_have_count(before - 1)
    assert 1 < before < Entry.objects.count() - 50
    page.click("tbody tr:last-child a")
    sound(page, "row")
    expect(page.locator("main")).to_contain_text("The digest matches")
    page.goto(f"{live_server.url}/ledger?actor=nobody")
    sound(page, "nothing")


def test_an_administrator_erases_unless_it_is_held(browser: Browser, live_server: Any) -> None:
    fill()
    page = signed_in(browser, live_server, "administrator")
    page.goto(f"{live_server.url}/erasures")
    sound(page, "erasures")
    page.fill("#record", "BD-2014-0619")
    page.click("text=Choose what to erase")
    sound(page, "erase")
    page.click("button:has-text('Erase')")
    sound(page, "erase-errors")
    page.check("#id_fact-1")
    page.fill("#id_reason", "order of the court of 3 May")
    page.check("#id_sure")
    page.click("button:has-text('Erase')")
    sound(page, "erased")
    assert Fact.objects.get(field="cause").value == "withheld"
    boss = signed_in(browser, live_server, "supervisor")
    boss.goto(f"{live_server.url}/records/BD-2014-0619/hold")
    sound(boss, "hold")
    boss.click("text=Set the hold")
    sound(boss, "hold-errors")
    boss.check("#id_kind-2")
    boss.fill("#id_reason", "opened 1 May")
    boss.click("text=Set the hold")
    sound(boss, "held")
    page.goto(f"{live_server.url}/erasures/BD-2014-0619")
    sound(page, "erase-held")
    expect(page.locator("main")).to_contain_text("under a legal hold: Inquest: opened 1 May")
