"""A sister's concern, from her words to the answer that she can challenge, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from looked_at import sound
from playwright.sync_api import Page, expect
from town_papers import hand_in

from clew.desk.accounts.models import Area
from clew.desk.casework.models.concerns import Claim, Concern
from clew.desk.records.take_in import take_in
from clew.desk.review.models import Pair
from clew.desk.settings import CONFIGURATION

WORDS = "My brother never took drugs. I read about another death near there, on 28 August 2014."


@pytest.fixture
def town(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the small town in; nothing was compared yet."""
    home = CONFIGURATION.model_copy(update={"home": tmp_path / "home"})
    monkeypatch.setattr("clew.desk.rounds.sync.CONFIGURATION", home)
    Area.objects.create(code="KD", name="Kingsdown")
    take_in(hand_in(tmp_path / "made"), "test")


def opened(page: Page, words: str) -> None:
    told = page.locator("details", has=page.locator("summary", has_text=words))
    if told.get_attribute("open") is None:
        told.locator("summary").click()


def taken(page: Page) -> Concern:
    page.goto("/concerns")
    sound(page)
    page.get_by_role("link", name="Record a concern").click()
    page.get_by_label("What they say, in their own words").fill(WORDS)
    page.get_by_role("button", name="Save concern").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_label("What they say, in their own words")).to_have_value(WORDS)
    page.get_by_label("Their name").fill("A sister")
    page.get_by_label("Family", exact=True).check()
    page.get_by_label("Which area should answer?").select_option("KD")
    sound(page)
    page.get_by_role("button", name="Save concern").click()
    expect(page.get_by_text("Give them the reference")).to_be_visible()
    return Concern.objects.get()


@pytest.mark.journey
def test_a_sisters_concern_becomes_a_candidate_and_is_answered_to_her(
    visit: Any, town: None
) -> None:
    sam = visit("sam", "reporter:KD")
    one = taken(sam)
    row = sam.get_by_role("row", name="BD-2")
    expect(row).to_contain_text("28 August 2014")
    sound(sam)
    opened(sam, "Choose the record it is about")
    sam.get_by_label("Record", exact=True).fill("BD-3")
    sam.get_by_role("button", name="Save record").click()
    opened(sam, "They named another death")
    sam.get_by_label("The other death that they named").fill("BD-2")
    sam.get_by_role("button", name="Add both to the queue").click()
    expect(sam.get_by_text("The two records are compared. The link is")).to_be_visible()
    sound(sam)
    pair = Pair.objects.get()
    assert Claim.objects.get().pair == pair

    sue = visit("sue", "supervisor:KD")
    sue.goto("/queue")
    expect(sue.get_by_text("Someone outside named both").first).to_be_visible()
    sue.locator(f'a[href="/pair/{pair.pk}"]').first.click()
    expect(sue.get_by_text("From a concern")).to_be_visible()
    sound(sue)
    sue.goto(f"/concern/{one.pk}")
    opened(sue, "Assign an owner")
    sue.get_by_role("button", name="Assign").click()
    expect(sue.get_by_text("Sue is now the owner")).to_be_visible()
    sue.get_by_label("Your answer to them").fill("It is like BD-2, and we look at both.")
    sue.get_by_role("button", name="Answer", exact=True).click()
    expect(sue.get_by_text("two people").first).to_be_visible()
    sue.get_by_label("Your answer to them").fill("We look at your brother's death anew.")
    sound(sue)
    sue.get_by_role("button", name="Answer", exact=True).click()
    expect(sue.get_by_text("Answer saved. Print the letter")).to_be_visible()
    sue.get_by_role("link", name="Letter to print for them").click()
    for text in (one.reference, WORDS, "death anew", "Write to us or telephone"):
        expect(sue.get_by_text(text).first).to_be_visible()
    assert "BD-2" not in sue.content()
    sound(sue)
    sam.goto(f"/concern/{one.pk}")
    opened(sam, "They challenge the answer")
    sam.get_by_label("Their challenge").fill("You said so last year.")
    sam.get_by_role("button", name="Save challenge").click()
    expect(sam.get_by_text("It needs an owner")).to_be_visible()


def test_no_link_is_read_second_and_a_promise_is_kept(visit: Any, town: None) -> None:
    sam, sue, ann = (
        visit("sam", "reporter:KD"), visit("sue", "supervisor:KD"), visit("ann", "analyst:KD"),
    )  # fmt: skip
    one = taken(sam)
    sue.goto(f"/concern/{one.pk}")
    opened(sue, "Assign an owner")
    sue.get_by_role("button", name="Assign").click()
    sue.get_by_label("Your answer to them").fill("We found no link.")
    sue.get_by_label("What was searched").fill("All records of this force up to today.")
    sue.get_by_role("button", name="Answer", exact=True).click()
    expect(sue.get_by_text("You wrote this answer, so someone else must check it.")).to_be_visible()
    ann.goto(f"/concern/{one.pk}")
    ann.get_by_label("Yes: I checked, and it is right").check()
    ann.get_by_label("What did you check?").fill("The same records, again.")
    sound(ann)
    ann.get_by_role("button", name="Save second reading").click()
    expect(ann.get_by_text("this is now the answer")).to_be_visible()
    sam.goto("/family/BD-3")
    opened(sam, "Record a promise")
    sam.get_by_label("Who was it promised to?").fill("His sister")
    sam.get_by_label("What was promised?").fill("A call on Monday")
    sam.get_by_label("Deadline").fill("2099-01-05T09:00")
    sam.locator("details[open]").get_by_role("button", name="Save").click()
    expect(sam.get_by_text("with its deadline")).to_be_visible()
    sound(sam)
    sam.goto("/clock")
    expect(sam.get_by_text("A call on Monday")).to_be_visible()
    sam.goto("/family/BD-3")
    sam.get_by_label("How it was kept").fill("Called her.")
    sam.get_by_role("button", name="It was kept").click()
    expect(sam.get_by_text("the promise is kept")).to_be_visible()
