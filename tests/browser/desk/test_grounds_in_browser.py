"""What must hold before a death is closed, and what opens it again: journeys in a real browser."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from looked_at import sound, whole
from made_desk import folder_owner
from playwright.sync_api import Page, expect
from town_papers import ZONE, town_papers

from clew.desk.accounts.models import Account, Area, Grant, Notice
from clew.desk.accounts.rules import Role
from clew.desk.casework import concerns, referrals
from clew.desk.casework.escalate import escalate_overdue
from clew.desk.casework.leads import disagree, recommend
from clew.desk.casework.lines import act_on, class_of, lines_of
from clew.desk.casework.models.concerns import Concern
from clew.desk.casework.models.referrals import Referral
from clew.desk.casework.models.status import Closing, Dissent, Escalation
from clew.desk.commands.rounds import run_here
from clew.desk.records.models import Case
from clew.desk.records.take_in import take_in
from clew.desk.review.models import Pair
from clew.desk.rounds import inbox
from clew.desk.settings import CONFIGURATION
from clew.intake.read import CaseSources
from clew.synthetic.generated import Generated, write_generated

LATE = frozenset({"substances", "tested_for", "cause"})
"""What the laboratory tells weeks later; taken from the files that are handed in first."""
EVIDENCE = "The camera at the gate shows that nobody came or went that night."
SECOND = datetime(2014, 8, 29, 7, tzinfo=ZONE)
TOXICOLOGY = datetime(2014, 10, 10, 7, tzinfo=ZONE)


@pytest.fixture
def late(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Generated:
    """Take the small town in but for the toxicology of the second death, which is returned."""
    home = CONFIGURATION.model_copy(update={"home": tmp_path / "home"})
    for part in ("sync", "inbox"):
        monkeypatch.setattr(f"clew.desk.rounds.{part}.CONFIGURATION", home)
    Area.objects.create(code="KD", name="Kingsdown")
    papers = town_papers()
    told = [row for row in papers.facts if row["case_id"] == "BD-2" and row["field"] in LATE]
    assert len(told) == len(LATE)
    first = replace(papers, facts=[row for row in papers.facts if row not in told])
    write_generated(first, tmp_path / "made")
    names = ("cases.csv", "facts.csv", "coverage.csv")
    take_in(CaseSources(*(tmp_path / "made" / name for name in names)), "test")
    list(run_here(SECOND))
    return replace(papers, facts=told)


@pytest.fixture
def town(late: Generated) -> Generated:
    """Stand for the small town of the other journeys."""
    return late


def somebody(name: str, role: str) -> Account:
    made = Account.objects.make(name, f"PC {name.title()}", None)
    Grant.objects.create(account=made, role=role, area="KD", granted_by="test")
    return made


def lacking(page: Page) -> list[str]:
    """Return the names of the grounds that lack, as the page shows them."""
    rows = whole(page).locator("tr", has=page.locator(".govuk-tag--red")).locator("th")
    return rows.all_inner_texts()


def asked(page: Page, evidence: str, change: str = "", **answers: str) -> list[str]:
    """Request closing with these words, and return the grounds that lack."""
    page.goto("/closing/BD-2")
    page.get_by_label("What shows that no third party").fill(evidence)
    page.get_by_label("What would change this decision?").fill(change)
    page.get_by_label("Your rank").fill("DI")
    for words, said in answers.items():
        box = page.get_by_label(f"This names {words.replace('_', ' ')}")
        if box.count():
            box.fill(said)
    page.get_by_role("button", name="Request closing").click()
    return lacking(page)


def a_sisters_question(joe: Account) -> None:
    now = timezone.now()
    told = concerns.NewConcern("He never took drugs.", "A sister", "family", "KD")
    one = concerns.take(told, joe.name, now)
    concerns.tie(one.pk, "BD-2", joe.name, now)


def test_each_missing_ground_blocks_in_turn_and_then_it_is_closed(visit: Any, late: Any) -> None:
    case, joe, now = Case.objects.get(case_id="BD-2"), somebody("joe", "reporter"), timezone.now()
    recommend(case, {"kind": "recommendation", "role": "pathologist", "words": "Test it."}, joe,
              now)  # fmt: skip
    a_sisters_question(joe)
    page, team = visit("ann", "analyst:KD"), visit("tom", "murder_team")
    number = _referred(page)

    nothing = asked(page, "Nothing similar was found in the records of this force.")
    words = (
        "Evidence", "What would", "Every line", "Every link", "Every concern",
        "Every recommendation", "No referral", "A supervisor",
    )  # fmt: skip
    assert [any(one.startswith(word) for one in nothing) for word in words] == [True] * 8
    expect(page.get_by_text("That nothing similar was found is not evidence")).to_be_visible()
    sound(page)
    left = asked(page, f"A known drug user. {EVIDENCE}", "A second person on the camera")
    assert left[0].startswith("Questions raised by the wording")
    left = asked(page, EVIDENCE, "A second person on the camera")
    assert left[0].startswith("Every line")
    for one in lines_of(case, timezone.now()):
        act_on(case, one.line.id, "done", {"proof": "exhibit 4"}, joe, timezone.now())
    left = asked(page, EVIDENCE, "A second person on the camera")
    assert left[0].startswith("Every link")
    pair = Pair.objects.get(first__case_id="BD-2", second__case_id="BD-1")
    page.goto(f"/pair/{pair.pk}")
    page.get_by_label("Linked", exact=True).check()
    page.get_by_label("How are they related?").select_option("same_source")
    page.get_by_label("Why", exact=True).fill("Alike.")
    page.get_by_role("button", name="Save judgement").click()
    left = asked(page, EVIDENCE, "A second person on the camera")
    assert left[0].startswith("Every concern")
    _answer_her(joe)
    left = asked(page, EVIDENCE, "A second person on the camera")
    assert left[0].startswith("Every recommendation")
    _resolve_the_lead(page)
    left = asked(page, EVIDENCE, "A second person on the camera")
    assert [one[:11] for one in left] == ["No referral", "A superviso"]
    team.goto(f"/referral/{number}")
    team.get_by_label("Refuse").check()
    team.get_by_label("Your rank").fill("DCI")
    team.get_by_label("Why", exact=True).fill("No sign of another person.")
    team.get_by_role("button", name="Save answer").click()
    assert [one[:12] for one in asked(page, EVIDENCE, "A second person")] == ["A supervisor"]
    expect(page.get_by_text("It is closed when a supervisor has read")).to_be_visible()
    assert class_of(case) == "unexpected_under_investigation"
    senior = visit("sue", "supervisor:KD")
    senior.goto("/closing/BD-2")
    senior.get_by_role("button", name="sign and close").click()
    expect(senior.get_by_text("Closed: no third party found")).to_be_visible()
    sound(senior)
    assert class_of(case) == "unexpected_not_suspicious"
    assert Closing.objects.filter(closed=True).count() == 1


def _referred(page: Page) -> int:
    page.goto("/refer")
    page.get_by_label("Records", exact=True).fill("BD-2")
    page.get_by_label("What are you asking for, and why?").fill("Please look at it.")
    page.get_by_role("button", name="Send referral").click()
    expect(page.get_by_text("The referral is sent")).to_be_visible()
    return Referral.objects.get().pk


def _resolve_the_lead(page: Page) -> None:
    page.goto("/assured/BD-2")
    page.get_by_text("Update a recommendation or lead").click()
    form = page.locator("details[open]")
    form.get_by_label("Recommendation or lead").select_option(index=1)
    form.get_by_label("It is resolved").check()
    form.get_by_label("Proof or reason").fill("Report 12: nobody else's traces.")
    form.get_by_role("button").click()


def _answer_her(joe: Account) -> None:
    one, now = Concern.objects.get(), timezone.now()
    senior = somebody("owner", "supervisor")
    concerns.act_on(one.pk, "owned", {"by": joe.name, "owner": senior.name}, now)
    told = {"answer": "We looked anew.", "how_to_challenge": "Write to us."}
    concerns.act_on(one.pk, "answered", {"by": senior.name, **told}, now)


def test_late_toxicology_opens_a_closed_death_again(
    visit: Any, late: Generated, tmp_path: Path
) -> None:
    list(run_here(TOXICOLOGY - timedelta(days=2)))
    case, joe = Case.objects.get(case_id="BD-2"), somebody("joe", "reporter")
    for one in lines_of(case, timezone.now()):
        act_on(case, one.line.id, "done", {"proof": "exhibit 4"}, joe, timezone.now())
    Pair.objects.update(state=Pair.LINKED)
    page, senior = visit("ann", "analyst:KD"), visit("sue", "supervisor:KD")
    # It alerted, so the team was asked; nothing is closed before the team has answered.
    left = asked(page, EVIDENCE, "Toxicology that he could not have taken by himself")
    assert [one[:11] for one in left] == ["No referral", "A superviso"]
    team = somebody("tom", "murder_team")
    for one in Referral.objects.filter(cases=case):
        said = {"by": team.name, "rank": "DCI", "reason": "No sign of another person."}
        referrals.act_on(one.pk, "refused", said, timezone.now())
    asked(page, EVIDENCE, "Toxicology that he could not have taken by himself")
    senior.goto("/closing/BD-2")
    senior.get_by_role("button", name="sign and close").click()
    expect(senior.get_by_role("heading", name="Class: unexpected, inv")).to_be_visible()

    folder_owner()
    write_generated(late, tmp_path / "laboratory")
    report = (tmp_path / "laboratory" / "facts.csv").replace(inbox.inbox() / "facts-tox.csv")
    os.utime(report, (0, 0))
    list(run_here(TOXICOLOGY))
    senior.goto("/record/BD-2")
    expect(senior.get_by_role("heading", name="Class: unexpected, under")).to_be_visible()
    told = "New facts: cause, mechanism, substances, tested for"
    expect(senior.get_by_text(told, exact=True)).to_be_visible()
    expect(senior.get_by_text("GHB toxicity").first).to_be_visible()
    sound(senior)
    senior.goto("/notices")
    expect(senior.get_by_text("BD-2").first).to_be_visible()
    page.goto("/closing/BD-2")
    assert any(one.startswith("Every line") for one in lacking(page))


def test_a_note_on_the_scene_card_raises_the_line_on_comparing_it(visit: Any, late: Any) -> None:
    page = visit("sam", "reporter:KD")
    page.goto("/assured/BD-2")
    note = page.get_by_role("link", name="A note is never taken as authentic")
    assert note.count() == 0
    page.goto("/scene-card?record=BD-2")
    page.get_by_role("group", name="note").get_by_label("Seen").check()
    page.get_by_role("button", name="Send the card").click()
    expect(page.get_by_text("Card saved")).to_be_visible()
    page.goto("/assured/BD-2")
    expect(note).to_be_visible()
    note.click()
    expect(page.get_by_label("Line of enquiry")).to_have_value("note_compared")
    sound(page)


def test_a_perishable_line_goes_up_once_when_its_clock_runs_out(visit: Any, late: Any) -> None:
    now = timezone.now()
    Case.objects.filter(case_id="BD-2").update(reported_at=now - timedelta(hours=1))
    page = visit("sam", "reporter:KD")
    senior = visit("sue", "supervisor:KD")
    page.goto("/preserve/BD-2")
    expect(page.get_by_text("Camera recordings around the place").first).to_be_visible()
    escalate_overdue(now)
    assert not Escalation.objects.filter(what__contains="Cameras").exists()
    for hours in (0, 1):
        escalate_overdue(now + timedelta(days=3, hours=hours))
    gone = Escalation.objects.filter(what__contains="Cameras", to="supervisor")
    assert gone.count() == 1
    senior.goto("/notices")
    told = senior.get_by_text(re.compile("escalated to the supervisor: .*Cameras"))
    expect(told).to_have_count(1)
    sound(senior)
    assert Notice.objects.filter(to__name="sue", words__contains="Cameras").count() == 1


def test_no_role_can_remove_a_dissent(visit: Any, late: Any) -> None:
    case, joe = Case.objects.get(case_id="BD-2"), somebody("joe", "reporter")
    disagree(case, ("paramedic", "crew 4"), "It looks suspicious to me.", joe, timezone.now())
    for role in Role:
        page = visit(role.value, role.value)
        for address in ("record", "class", "assured", "closing"):
            answered = page.goto(f"/{address}/BD-2")
            if answered.status != 200:
                continue
            expect(page.get_by_text("It looks suspicious to me.").first).to_be_visible()
            assert (
                page.get_by_role("button", name=re.compile("remove|delete|withdraw", re.I)).count()
                == 0
            )
        _attack(page)
    assert Dissent.objects.get().words == "It looks suspicious to me."


def _attack(page: Page) -> None:
    """Post what might remove it, with the token of a form that this person may send."""
    page.goto("/account")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.get_attribute("value")
    number = Dissent.objects.get().pk
    for step in ("remove_dissent", "delete", "dissent"):
        for address in ("/class/BD-2", "/assured/BD-2", f"/dissent/{number}"):
            told = {"csrfmiddlewaretoken": token or "", "step": step, "dissent": str(number)}
            sent = page.request.post(
                address, form=told, headers={"Referer": page.url}, max_redirects=0
            )
            assert sent.status in (403, 404, 405, 422), (step, address, sent.status)
