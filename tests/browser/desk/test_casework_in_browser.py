"""Journeys through assurance: a closing blocked, then allowed; a small phone; the keyboard."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from looked_at import sound, whole
from playwright.sync_api import Page, expect
from review_town import Town

from clew.desk.accounts.models import Account, Grant
from clew.desk.casework.leads import disagree
from clew.desk.casework.lines import act_on, class_of, late_fact, lines_of
from clew.desk.casework.models.referrals import Referral
from clew.desk.casework.models.status import ClassChange, Dissent, LineAct
from clew.desk.casework.referrals import act_on as answer
from clew.desk.records.models import Case
from clew.desk.review.models import Pair

EVIDENCE = "The camera at the gate shows that nobody came or went that night."


def fresh(case_id: str) -> Case:
    """Let a death of the town have been reported just now."""
    Case.objects.filter(case_id=case_id).update(reported_at=timezone.now() - timedelta(hours=5))
    return Case.objects.get(case_id=case_id)


def officer() -> Account:
    made = Account.objects.make("joe", "PC Example", None)
    Grant.objects.create(account=made, role="reporter", area="KD", granted_by="test")
    return made


@pytest.mark.journey
def test_a_closing_is_blocked_and_then_allowed(visit: Any, town: Town) -> None:
    case, joe = fresh("BD-4"), officer()
    disagree(case, ("paramedic", "crew 4"), "It looks suspicious to me.", joe, timezone.now())
    Pair.objects.filter(pk=town.pair().pk).update(within_budget=True)
    page = visit("ann", "analyst:KD")
    page.goto("/record/BD-4")
    sound(page, "record")
    page.get_by_role("link", name="Close as not suspicious").click()
    sound(page, "closing-at-first")
    expect(page.get_by_text("It looks suspicious to me.")).to_be_visible()
    page.get_by_label("What shows that no third party").fill("Known drug user. " + EVIDENCE)
    page.get_by_role("button", name="Request closing").click()
    expect(page.get_by_text("You cannot close this death yet")).to_be_visible()
    sound(page, "closing-blocked")
    assert class_of(case) == "unexpected_under_investigation"

    for one in lines_of(case, timezone.now()):
        act_on(case, one.line.id, "done", {"proof": "exhibit 4"}, joe, timezone.now())
    Pair.objects.update(state=Pair.LINKED)
    for one in Referral.objects.filter(state="sent"):  # each alert had referred itself
        answer(one.pk, "accepted", {"by": "tom", "rank": "DI", "reason": "r"}, timezone.now())
    page.get_by_label("This names drug use").fill("Two neighbours heard him alone until four.")
    page.get_by_label("What would change this decision?").fill("A second person on the camera")
    page.get_by_label("Your rank").fill("DI")
    page.get_by_role("button", name="Request closing").click()
    expect(page.get_by_text("It is closed when a supervisor has read")).to_be_visible()
    expect(whole(page).get_by_role("button", name="sign and close")).to_have_count(0)

    senior = visit("sue", "supervisor:KD")
    senior.goto("/closing/BD-4")
    sound(senior, "closing-to-sign")
    senior.get_by_role("button", name="sign and close").click()
    expect(senior.get_by_role("heading", name="Class: unexpected, investigated")).to_be_visible()
    expect(senior.get_by_text("It looks suspicious to me.")).to_be_visible()
    sound(senior, "record-closed")
    assert ClassChange.objects.get().signer == "sue"

    assert late_fact(case, ("substances",), timezone.now())
    senior.goto("/record/BD-4")
    expect(senior.get_by_text("New facts: substances")).to_be_visible()
    expect(senior.get_by_role("heading", name="Class: unexpected, under")).to_be_visible()
    assert Dissent.objects.count() == 1


def test_a_sergeant_does_a_line_on_a_small_phone(visit: Any, town: Town) -> None:
    fresh("BD-4")
    senior = visit("sue", "supervisor:KD")
    page = visit("sam", "reporter:KD", width=320)
    page.goto("/record/BD-4")
    page.get_by_role("link", name="Every line of enquiry, and what to do before").click()
    sound(page, "lines-phone")
    page.get_by_role("link", name="Cameras found").click()
    expect(page.get_by_label("Line of enquiry")).to_have_value("cctv")
    page.get_by_label("Not needed").check()
    page.get_by_label("Proof or reason").first.fill("No staff tonight")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("The line stays open until a supervisor signs")).to_be_visible()
    sound(page, "lines-asked-phone")
    for address, shot in (
        ("preserve", "preserve-phone"), ("class", "class-phone"), ("expected", "expected-phone"),
        ("closing", "closing-phone"),
    ):  # fmt: skip
        page.goto(f"/{address}/BD-4")
        sound(page, shot)
    page.goto("/standards")
    sound(page, "standards-phone")
    senior.goto("/notices")
    expect(senior.get_by_text("It names cost or workload").first).to_be_visible()
    senior.goto("/assured/BD-4")
    sound(senior, "lines")
    senior.get_by_label("Reason, if you decline").fill("Ask the council; it takes a call")
    senior.get_by_role("button", name="Decline").click()
    expect(senior.get_by_text("Declined. The person who asked gets a notice.")).to_be_visible()
    for address, shot in (
        ("/measures", "measures"), ("/re-audit", "re-audits"), ("/re-audit/BD-4", "re-audit"),
        ("/preserve/BD-4", "preserve"), ("/standards", "standards"), ("/class/BD-4", "class"),
    ):  # fmt: skip
        senior.goto(address)
        sound(senior, shot)


def test_an_expected_death_by_keyboard_alone(visit: Any, town: Town) -> None:
    case = fresh("BD-4")
    page = visit("sam", "reporter:KD")
    page.goto("/expected/BD-4")
    for name, words in (
        ("doctor", "Dr Example, Park Surgery"), ("reason", "Heart failure, seen on Monday"),
        ("would_change", "An injury"), ("rank", "PC"),
    ):  # fmt: skip
        _tab_to(page, name)
        page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Class: expected")).to_be_visible()
    assert class_of(case) == "expected"
    assert LineAct.objects.get().line_id == "medical_history"


def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def test_what_will_be_lost_prints_whole(visit: Any, town: Town, tmp_path: Any) -> None:
    from pypdf import PdfReader  # noqa: PLC0415

    fresh("BD-4")
    page = visit("sam", "reporter:KD")
    page.goto("/preserve/BD-4")
    path = tmp_path / "preserve.pdf"
    page.pdf(path=str(path), format="A4")
    read = PdfReader(str(path))
    told = "".join(one.extract_text() for one in read.pages)
    assert len(read.pages) <= 2
    assert told.count("Not sent") == 7
    assert "It was sent" not in told
