"""Journeys through the review pages in a real browser, as the people who use them make them."""

from __future__ import annotations

from typing import Any

import pytest
from looked_at import fits, sound
from playwright.sync_api import Page, expect
from review_town import Town

from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case
from clew.desk.review.models import Judgement, Shown
from clew.desk.rounds.inbox import inbox


@pytest.mark.journey
def test_a_sergeant_looks_near_here_on_a_small_phone(visit: Any, town: Town) -> None:
    page = visit(
        "sam", "reporter:KD", width=320, permissions=["geolocation"],
        geolocation={"latitude": 51.535, "longitude": 0.076},
    )  # fmt: skip
    fits(page, 320)
    page.get_by_role("link", name="Near here").first.click()
    fits(page, 320)
    page.get_by_role("button", name="Use my location").click()
    nearest = page.locator(".desk-nearest li").first
    expect(nearest).to_contain_text("BD-4")
    fits(page, 320)
    expect(page.get_by_text("Police National Database")).to_be_visible()
    nearest.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("(BD-4)")
    expect(page.get_by_text("Your role does not show links")).to_be_visible()
    fits(page, 320)
    assert Entry.objects.filter(subject="near", actor="sam").exists()
    assert page.faults == []


@pytest.mark.journey
def test_an_analyst_goes_from_the_sheet_to_a_judgement(visit: Any, town: Town) -> None:
    page = visit("ann", "analyst:KD")
    page.goto("/morning?day=2015-09-14")
    page.get_by_role("link", name="BD-4").first.click()
    page.get_by_label("What do you think happened?").fill("Somebody was with him.")
    page.get_by_role("button", name="Save, then show the links").click()
    page.get_by_role("link", name="(BD-1)").first.click()
    expect(page.get_by_role("heading", name="Reasons against")).to_be_visible()
    page.get_by_label("Linked", exact=True).check()
    page.get_by_role("button", name="Save judgement").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    page.get_by_label("Why", exact=True).fill("Alike in eight things.")
    page.get_by_label("How are they related?").select_option("same_source")
    page.get_by_role("button", name="Save judgement").click()
    expect(page.get_by_text("Recorded: linked")).to_be_visible()
    made = Judgement.objects.get()
    assert (made.verdict, made.account.name) == ("linked", "ann")
    page.goto("/morning?day=2015-09-14")
    page.get_by_label("Who was there").fill("A, B")
    page.get_by_label("What was agreed").fill("A speaks to the family")
    page.get_by_role("button", name="Save meeting").click()
    expect(page.get_by_text("A speaks to the family")).to_be_visible()
    assert all("422" in said for said in page.faults)  # the form that had an error


def test_one_judgement_by_keyboard_alone(visit: Any, town: Town) -> None:
    page = visit("ann", "analyst:KD")
    page.goto("/queue")
    _tab_to(page, lambda told: told["href"].endswith(town.address("BD-4", "BD-1")))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{town.address()}")
    _tab_to(page, lambda told: told["name"] == "verdict")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    _tab_to(page, lambda told: told["name"] == "reason")
    page.keyboard.type("Too little is known of the first hours.")
    _tab_to(page, lambda told: "Save judgement" in told["text"])
    page.keyboard.press("Enter")
    expect(page.get_by_text("Recorded: undetermined")).to_be_visible()
    assert Judgement.objects.get().verdict == "undetermined"


def _tab_to(page: Page, wanted: Any) -> None:
    """Press Tab until what has the focus is wanted; every stop must be visible."""
    for _ in range(150):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "(() => { const e = document.activeElement; const r = e.getBoundingClientRect();"
            " return {href: e.href ?? '', name: e.name ?? '', text: e.textContent ?? '',"
            " wide: r.width}; })()"
        )
        assert told["wide"] > 0, told
        if wanted(told):
            return
    raise AssertionError("the keyboard does not reach it")


def test_a_card_without_a_network_is_kept_and_sent_once(visit: Any, town: Town) -> None:
    page = visit("sam", "reporter:KD", width=320)
    page.goto("/scene-card")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.goto("/scene-card")
    expect(page.get_by_role("heading", level=1)).to_have_text("Scene card (offline)")
    fits(page, 320)
    page.get_by_role("group", name="Small bottle").get_by_label("Seen").check()
    page.get_by_role("group", name="Phone").get_by_label("Absent").check()
    expect(page.get_by_label("Area")).to_have_value("KD")
    page.get_by_role("button", name="Save the card").click()
    expect(page.get_by_text("1 card is waiting on this device")).to_be_visible()
    assert not Case.objects.filter(case_id__startswith="SCENE").exists()
    context = page.context
    page.close()  # it would send the card by itself as soon as there is a network
    context.set_offline(False)
    page = context.new_page()
    page.goto("/scene-card")
    expect(page.get_by_text("The cards kept on this device have been sent.")).to_be_visible()
    page.goto("/scene-card")
    expect(page.get_by_role("heading", level=1)).to_have_text("Scene card")
    case = Case.objects.get(case_id__startswith="SCENE")
    assert case.texts["now"]["missing_items"] == "phone"
    assert page.evaluate("localStorage.getItem('clew-scene-cards')") == "[]"


PAGES = (
    "/queue", "/morning?day=2015-09-14", "/near?latitude=51.535&longitude=0.076&within=500",
    "/near", "/records", "/records?since=wrong&words=&kind=&until=", "/record/BD-4",
    "/record/BD-1?links=1", "/scene-card", "/scene-card/offline", "/decisions", "/decisions/add",
    "/not-taken-forward", "/like/BD-4", "/budgets", "PAIR",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_runs_off_a_narrow_screen(
    visit: Any, town: Town, scheme: str
) -> None:
    page = visit("sue", "supervisor", "reporter", color_scheme=scheme)
    for address in PAGES:
        page.goto(town.address() if address == "PAIR" else address)
        sound(page)


def test_without_scripts_a_judgement_and_a_card_can_be_sent(visit: Any, town: Town) -> None:
    page = visit("ann", "analyst:KD", "reporter:KD", java_script_enabled=False)
    page.goto(town.address())
    page.get_by_label("Undetermined").check()
    page.get_by_label("Why", exact=True).fill("No scripts here.")
    page.get_by_role("button", name="Save judgement").click()
    expect(page.get_by_text("Recorded: undetermined")).to_be_visible()
    page.goto("/scene-card")
    page.get_by_role("group", name="Note").get_by_label("Seen").check()
    page.get_by_role("button", name="Send the card").click()
    expect(page.get_by_text("Card saved")).to_be_visible()
    assert Shown.objects.filter(page="comparison").count() == 2


def test_a_supervisor_hands_a_file_in(visit: Any, town: Town, tmp_path: Any) -> None:
    page = visit("sue", "supervisor:KD")
    page.goto("/rounds")
    page.get_by_role("link", name="Import files").click()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    sound(page)
    made = tmp_path / "monday.csv"
    made.write_text("case_id,reported_at\nH-1,2015-09-15\n")
    page.get_by_label("Case file").set_input_files(made)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("The next daily comparison reads it")).to_be_visible()
    row = Entry.objects.filter(subject__startswith="inbox:cases-").get()
    assert row.actor == "sue"
    (inbox() / row.subject.partition(":")[2]).unlink()
