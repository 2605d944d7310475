"""A referral from the queue to its acceptance, in a real browser, with real rounds between."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from looked_at import sound
from playwright.sync_api import Page, expect
from town_papers import ZONE, hand_in

from clew.desk.accounts.models import Area
from clew.desk.casework.models.referrals import Referral, ReferralStep, WarnDecision
from clew.desk.commands.rounds import run_here
from clew.desk.ledger.models import Entry
from clew.desk.records.take_in import take_in
from clew.desk.review.models import Pair
from clew.desk.settings import CONFIGURATION


@pytest.fixture
def town(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the small town in, and compare it as of the morning after the second death."""
    home = CONFIGURATION.model_copy(update={"home": tmp_path / "home"})
    monkeypatch.setattr("clew.desk.rounds.sync.CONFIGURATION", home)
    monkeypatch.setattr("clew.desk.rounds.inbox.CONFIGURATION", home)
    Area.objects.create(code="KD", name="Kingsdown")
    take_in(hand_in(tmp_path / "made"), "test")
    run_on(2014, 8, 29)


def run_on(year: int, month: int, day: int) -> None:
    list(run_here(datetime(year, month, day, 7, tzinfo=ZONE)))


def pages_of(page: Page) -> int:
    """Return on how many sheets a page is printed."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


def answer(page: Page, number: int, words: str, reason: str) -> None:
    page.goto(f"/referral/{number}")
    page.get_by_label(words).check()
    page.get_by_label("Your rank").fill("DCI")
    page.get_by_label("Why", exact=True).fill(reason)
    page.get_by_role("button", name="Save answer").click()


@pytest.mark.journey
def test_refused_challenged_and_accepted_when_the_third_death_arrives(
    visit: Any, town: None
) -> None:
    ann = visit("ann", "analyst:KD")
    ann.goto("/queue")
    two = Pair.objects.get(first__case_id="BD-2", second__case_id="BD-1")
    first = ann.locator("table a[href^='/pair/']").first
    expect(first).to_have_attribute("href", f"/pair/{two.pk}")
    first.click()
    ann.get_by_label("Linked", exact=True).check()
    ann.get_by_label("How are they related?").select_option("same_source")
    ann.get_by_label("Why", exact=True).fill("Alike in posture, place and what was missing.")
    ann.get_by_role("button", name="Save judgement").click()
    expect(ann.get_by_text("Recorded: linked")).to_be_visible()
    ann.get_by_role("link", name="Refer to the specialist team").click()
    expect(ann.get_by_label("Records", exact=True)).to_have_value("BD-2, BD-1")
    ann.get_by_role("button", name="Send referral").click()
    expect(ann.get_by_role("heading", name="There is a problem")).to_be_visible()
    ann.get_by_label("What are you asking for, and why?").fill("Please take both deaths over.")
    sound(ann)
    ann.get_by_role("button", name="Send referral").click()
    expect(ann.get_by_text("The referral is sent")).to_be_visible()
    number = Referral.objects.get().pk

    tom = visit("tom", "murder_team")
    tom.goto("/referrals")
    sound(tom)
    tom.get_by_role("link", name=f"Referral {number}").click()
    expect(tom.get_by_text("Please take both deaths over.")).to_be_visible()
    sound(tom)
    answer(tom, number, "Refuse", "Two overdoses.")
    expect(tom.get_by_text("Saved: refused")).to_be_visible()

    una = visit("una", "murder_team")
    ann.goto(f"/referral/{number}")
    expect(ann.get_by_text("Two overdoses.")).to_be_visible()
    ann.get_by_label("Which senior officer should answer?").select_option("una")
    ann.get_by_label("Why is the refusal wrong?").fill("The note was compared by nobody.")
    ann.get_by_role("button", name="Send challenge").click()
    expect(ann.get_by_text("Challenge sent")).to_be_visible()
    answer(tom, number, "Accept", "I thought again.")
    expect(tom.get_by_text("someone other than the person who refused").first).to_be_visible()
    answer(una, number, "Refuse", "Nothing new.")

    run_on(2014, 9, 22)  # the third death arrives
    ann.goto(f"/referral/{number}")
    expect(ann.get_by_text("Reopened by new facts").first).to_be_visible()
    answer(una, number, "Accept", "Three, in one place.")
    expect(una.get_by_text("Saved: accepted")).to_be_visible()
    sound(una)
    assert pages_of(una) == 1
    acts = list(ReferralStep.objects.filter(referral=number).values_list("act", flat=True))
    assert acts == ["sent", "refused", "challenged", "refused", "brought up again", "accepted"]
    assert Entry.objects.filter(subject=f"referral:{number}", act="decision").count() == 6
    assert ann.faults == [said for said in ann.faults if "422" in said]


def test_whom_to_warn_and_the_clock(visit: Any, town: None) -> None:
    ann, sue = visit("ann", "analyst:KD"), visit("sue", "supervisor:KD")
    two = Pair.objects.get(first__case_id="BD-2", second__case_id="BD-1")
    ann.goto(f"/pair/{two.pk}")
    ann.get_by_label("Linked", exact=True).check()
    ann.get_by_label("How are they related?").select_option("same_source")
    ann.get_by_label("Why", exact=True).fill("Alike.")
    ann.get_by_role("button", name="Save judgement").click()
    sue.goto("/")
    sue.get_by_role("link", name="Deadlines").first.click()
    expect(sue.get_by_text("in 23 hours")).to_be_visible()
    sound(sue)
    sue.get_by_role("link", name="Decide who to warn").click()
    sue.get_by_role("button", name="Save decision").click()
    expect(sue.get_by_role("heading", name="There is a problem")).to_be_visible()
    sue.get_by_label("Apps and websites").check()
    sue.get_by_label("Why, and what will you tell them?").fill("They may meet people at risk.")
    sound(sue)
    sue.get_by_role("button", name="Save decision").click()
    expect(sue.get_by_text("Decision saved with your name")).to_be_visible()
    assert WarnDecision.objects.get().taken.get().whom == ["apps"]
    sue.goto("/clock")
    expect(sue.get_by_text("There are no other deadlines in your area.")).to_be_visible()
