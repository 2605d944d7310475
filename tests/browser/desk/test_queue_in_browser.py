"""Home, search and the queue in a real browser: by keys alone, on a phone, in the dark."""

from __future__ import annotations

from typing import Any

import pytest
from looked_at import fits, sound
from playwright.sync_api import Page, expect
from review_town import Town

from clew.desk.review.models import Judgement, PairAssignment


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('href') ?? ''"))


def judge_by_keys(page: Page) -> None:
    """Judge the pair on the page and go on to the next, without a mouse."""
    page.get_by_label("Undetermined").focus()
    page.keyboard.press("Space")
    page.get_by_label("Why", exact=True).focus()
    page.keyboard.type("Too little is known.")
    page.get_by_role("button", name="Save and next").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()


@pytest.mark.journey
def test_pairs_are_judged_one_after_another_by_keys(visit: Any, town: Town) -> None:
    page = visit("ann", "analyst:KD")
    sound(page, "home")
    page.goto("/queue?sort=rare")
    sound(page, "queue")
    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("j")
    second = focused(page)
    assert first.startswith("/pair/")
    assert second not in ("", first)
    page.keyboard.press("k")
    assert focused(page) == first
    page.keyboard.press("x")
    assert page.locator("tbody input:checked").count() == 1
    page.keyboard.press("?")
    expect(page.get_by_text("next link")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{first}")
    expect(page.get_by_role("heading", name="The reports")).to_be_visible()
    box = page.locator("#judge").bounding_box()
    page.mouse.wheel(0, 2_000)
    expect(page.locator("#judge")).to_be_in_viewport()
    assert box is not None
    for number in range(3):
        judge_by_keys(page)
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        assert Judgement.objects.count() == number + 1
    sound(page, "comparison")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Undone. The link is as it was")).to_be_visible()
    assert (Judgement.objects.count(), Judgement.written.count()) == (2, 3)
    assert page.faults == []


def test_the_keys_can_be_switched_off(visit: Any, town: Town) -> None:
    page = visit("ann", "analyst:KD")
    page.goto("/queue")
    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("j")
    assert not focused(page).startswith("/pair/")
    page.reload()
    page.keyboard.press("j")
    assert not focused(page).startswith("/pair/"), "it is remembered"


def test_a_search_from_any_page_finds_bd_2_on_a_phone_in_the_dark(visit: Any, town: Town) -> None:
    page = visit("ann", "analyst:KD", width=320, color_scheme="dark")
    fits(page, 320)
    expect(page.get_by_role("link", name="Decisions").first).to_be_visible()
    page.get_by_text("Menu", exact=True).click()
    expect(page.locator(".desk-menu").get_by_role("link", name="Queue")).to_be_visible()
    page.goto("/queue")
    fits(page, 320)
    page.get_by_role("searchbox").fill("dog walker dark glasses")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_be_visible()
    expect(page.get_by_role("link", name="(BD-2)").first).to_be_visible()
    sound(page, "search")
    page.goto("/records?words=curchyard")
    page.get_by_role("link", name="churchyard").click()
    expect(page.get_by_role("link", name="(BD-3)").first).to_be_visible()
    page.get_by_role("button", name="Notify me of new records like these").click()
    expect(page.get_by_text("Saved: churchyard")).to_be_visible()
    sound(page, "searches")


def test_several_are_assigned_at_once(visit: Any, town: Town) -> None:
    page = visit("ann", "analyst:KD")
    page.goto("/queue")
    for box in page.locator('tbody input[type="checkbox"]').all()[:3]:
        box.check(force=True)
    page.get_by_role("button", name="Assign the selected links").click()
    page.get_by_label("Who should judge them?").select_option(label="Ann")
    sound(page, "assign")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("3 possible links assigned to Ann")).to_be_visible()
    assert PairAssignment.objects.count() == 3
