"""Scene cards in a real browser: kept when the session has ended, corrected, withdrawn."""

from __future__ import annotations

import json
import time
from typing import Any

from django.contrib.sessions.models import Session
from looked_at import fits, sound
from playwright.sync_api import Page, expect
from review_town import Town

from clew.desk.accounts.sign_in_limits import BEGAN
from clew.desk.records.models import Case, SceneCard
from clew.desk.settings import CONFIGURATION

PASSWORD = "a-long-demo-password-1"
SIGNED_OUT = (
    "You have been signed out. Sign in to send your card. What you typed is kept on this device."
)
SENT = "The cards kept on this device have been sent."


def fill(page: Page, words: str) -> None:
    page.get_by_role("group", name="Phone").get_by_label("Absent").check()
    page.get_by_label("Anything else, in your own words").fill(words)


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("What are you using Clew for?").fill("journey")
    page.get_by_role("button", name="Sign in").click()


def send(page: Page) -> None:
    """Press the button; it takes no second press within a second (GOV.UK's double click)."""
    page.wait_for_timeout(1_100)
    page.get_by_role("button", name="Send the card").click()


def kept(page: Page) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(
        page.evaluate("localStorage.getItem('clew-scene-cards') ?? '[]'")
    )
    return found


def test_a_card_typed_in_an_ended_session_is_kept_and_sent_after_sign_in(
    visit: Any, town: Town
) -> None:
    page = visit("sam", "reporter:KD", width=320)
    page.goto("/scene-card")
    fill(page, "The first train passed.")
    Session.objects.all().delete()
    send(page)
    expect(page.get_by_text(SIGNED_OUT)).to_be_visible()
    expect(page.get_by_label("Anything else, in your own words")).to_have_value("")
    fits(page, 320)
    sound(page)
    assert [card["own_words"] for card in kept(page)] == ["The first train passed."]
    fill(page, "A second card.")
    send(page)
    expect(page.get_by_text(SIGNED_OUT)).to_be_visible()
    assert not SceneCard.objects.exists()
    page.get_by_role("link", name="Sign in", exact=True).click()
    sign_in(page, "sam")
    expect(page.get_by_text(SENT)).to_be_visible()
    assert kept(page) == []
    words = [case.texts["now"]["narrative"] for case in Case.objects.filter(cards__gt=0)]
    assert sorted(text.rpartition("checked. ")[2] for text in words) == [
        "A second card.", "The first train passed.",
    ]  # fmt: skip


def test_a_card_is_sent_later_if_the_page_is_closed_too_early(visit: Any, town: Town) -> None:
    page = visit("sam", "reporter:KD")
    page.goto("/scene-card")
    fill(page, "In a hurry.")
    page.route("**/scene-card", lambda route: None)  # the desk never answers
    send(page)
    page.wait_for_function("localStorage.getItem('clew-scene-cards')?.includes('hurry')")
    context = page.context
    page.close()
    page = context.new_page()
    page.goto("/scene-card")
    expect(page.get_by_text(SENT)).to_be_visible()
    assert "In a hurry." in Case.objects.get(cards__gt=0).texts["now"]["narrative"]


def test_a_card_waits_for_whoever_filled_it_in(visit: Any, town: Town) -> None:
    visit("bob", "reporter:KD")
    page = visit("sam", "reporter:KD")
    page.goto("/scene-card")
    fill(page, "Seen by Sam.")
    Session.objects.all().delete()
    send(page)
    expect(page.get_by_text(SIGNED_OUT)).to_be_visible()
    page.get_by_role("link", name="Sign in", exact=True).click()
    sign_in(page, "bob")
    expect(page.get_by_text("1 card on this device: filled in by someone else")).to_be_visible()
    assert not SceneCard.objects.exists()
    Session.objects.all().delete()
    page.goto("/sign-in?next=/scene-card")
    sign_in(page, "sam")
    expect(page.get_by_text(SENT)).to_be_visible()
    assert SceneCard.objects.get().account.name == "sam"


def test_an_online_card_goes_to_its_record_and_errors_keep_what_was_typed(
    visit: Any, town: Town
) -> None:
    page = visit("sam", "reporter:KD")
    page.goto("/scene-card")
    send(page)
    expect(page.get_by_text("This card is empty").first).to_be_visible()
    fill(page, "x")
    page.get_by_label("Record number").fill("BTP-1")
    send(page)
    expect(page.get_by_text("The card was not saved.")).to_be_visible()
    expect(page.get_by_label("Anything else, in your own words")).to_have_value("x")
    page.get_by_label("Record number").fill("")
    send(page)
    expect(page.get_by_text("Card saved")).to_be_visible()
    page.get_by_role("link", name="Withdraw this card").click()
    sound(page)
    page.get_by_label("Why are you withdrawing this card?").fill("The wrong body.")
    page.get_by_role("button", name="Withdraw this card").click()
    expect(page.get_by_text("Card withdrawn.")).to_be_visible()
    expect(page.get_by_text("by Sam: The wrong body.").first).to_be_visible()
    sound(page)


def test_a_kept_card_that_the_desk_refuses_can_be_corrected(visit: Any, town: Town) -> None:
    page = visit("sam", "reporter:KD", "reporter:LX")
    page.goto("/scene-card")
    fill(page, "No areas yet.")
    page.context.set_offline(True)
    send(page)
    expect(page.get_by_text("1 card is waiting on this device")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Choose the area of this death")).to_be_visible()
    page.get_by_role("button", name="Open the card to correct it").click()
    expect(page.get_by_label("Anything else, in your own words")).to_have_value("No areas yet.")
    page.get_by_label("Area").select_option("KD")
    send(page)
    expect(page.get_by_text("Card saved")).to_be_visible()
    page.goto("/scene-card")
    assert kept(page) == []
    assert Case.objects.get(case_id__startswith="SCENE").area == "KD"


def test_the_page_warns_before_the_session_ends(visit: Any, town: Town) -> None:
    page = visit("sam", "reporter:KD", width=320)
    page.clock.install()
    page.goto("/scene-card")
    warning = page.get_by_text("You will be signed out in 2 minutes or less.")
    idle = CONFIGURATION.idle_minutes * 60
    page.clock.run_for((idle - 200) * 1000)
    expect(warning).to_be_hidden()
    page.clock.run_for(100_000)
    expect(warning).to_be_visible()
    fits(page, 320)
    sound(page)
    page.get_by_role("button", name="Stay signed in").click()
    expect(warning).to_be_hidden()
    page.clock.run_for((idle + 10) * 1000)
    expect(page.get_by_text("You have been signed out. Choose")).to_be_visible()
    expect(page.get_by_role("button", name="Stay signed in")).to_be_hidden()


def test_nobody_stays_signed_in_after_the_shift(visit: Any, town: Town) -> None:
    page = visit("sam", "reporter:KD")
    for row in Session.objects.all():
        data = row.get_decoded()
        if BEGAN in data:
            data[BEGAN] = int(time.time()) - CONFIGURATION.session_hours * 3600 + 60
            row.session_data = Session.get_session_store_class()().encode(data)
            row.save()
    page.goto("/scene-card")
    expect(page.get_by_text("You will be signed out in 2 minutes or less.")).to_be_visible()
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_text("You will be signed out in 2 minutes or less.")).to_be_visible()
