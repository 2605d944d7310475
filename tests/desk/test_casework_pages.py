"""The pages of assurance, as people of each role use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from casework_world import GOOD, do_all
from desk_records import record
from django.test import Client
from django.utils import timezone
from signed_in import Make, SignedIn

from clew.desk.accounts.models import Account
from clew.desk.casework import standards
from clew.desk.casework.closing import ask_to_close
from clew.desk.casework.leads import disagree
from clew.desk.casework.lines import act_on, change_class_of, class_of, lines_of
from clew.desk.casework.measures import is_gone, measures_for, runs_out
from clew.desk.casework.models.status import (
    ApprovalRequest,
    Closing,
    Dissent,
    LineState,
    Preserved,
    ReAudit,
)
from clew.desk.casework.re_audit import choose, chosen_for, draw
from clew.desk.casework.standards import standard_of
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case
from clew.desk.settings import CONFIGURATION
from clew.errors import InputRejected

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(db: None) -> Case:
    at = timezone.now() - timedelta(hours=5)
    return record("K-1", at=at, texts={"now": {"premises": "park", "scene": "bottle"}})


@pytest.fixture
def ann(account: Make) -> Account:
    return account("ann", "analyst:KD")


@pytest.fixture
def sue(account: Make) -> Account:
    return account("sue", "supervisor:KD")


@pytest.fixture
def analyst(ann: Account, signed_in: SignedIn) -> Client:
    return signed_in("ann")


@pytest.fixture
def senior(sue: Account, signed_in: SignedIn) -> Client:
    return signed_in("sue")


@pytest.fixture
def folder() -> Iterator[Path]:
    made = CONFIGURATION.home / standards.FOLDER
    made.mkdir(parents=True, exist_ok=True)
    yield made
    for path in made.glob("*"):
        path.unlink()


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_a_line_is_done_with_proof_on_the_page(case: Case, analyst: Client) -> None:
    page = text(analyst.get("/assured/K-1?line=cctv"))
    assert "usually lost 1 hour ago" in page
    assert 'value="cctv" selected' in page
    told = {"step": "line", "line": "cctv", "act": "done", "words": " "}
    empty = analyst.post("/assured/K-1", told)
    assert empty.status_code == 422
    assert "Enter the proof" in text(empty)
    page = text(analyst.post("/assured/K-1", told | {"words": "exhibit <b>4"}, follow=True))
    assert "exhibit &lt;b&gt;4" in page
    again = analyst.post("/assured/K-1", told | {"words": "exhibit 4"})
    assert again.status_code == 422
    assert "cannot be done" in text(again)


def test_a_waiver_is_asked_by_one_and_signed_by_another(
    case: Case, analyst: Client, senior: Client
) -> None:
    told = {"step": "line", "line": "cctv", "act": "waiver", "words": "No staff for it tonight"}
    page = text(analyst.post("/assured/K-1", told, follow=True))
    asked = ApprovalRequest.objects.get()
    assert "Cost or workload" in page
    assert "A supervisor who did not request it must decide" in page
    answer = {"step": "sign", "asked": asked.pk}
    assert analyst.post("/assured/K-1", answer).status_code == 422
    assert "supervisor" in text(analyst.post("/assured/K-1", answer))
    assert senior.post("/assured/K-1", answer | {"step": "decline"}).status_code == 422
    assert senior.post("/assured/K-1", answer).status_code == 302
    assert LineState.objects.get().state == "waived"
    assert senior.post("/assured/K-1", {"step": "sign", "asked": "9" * 30}).status_code == 422
    assert Entry.objects.filter(actor="sue", body__contains="line waived").exists()


def test_dissent_and_leads_stand_on_the_record_and_the_closing(case: Case, analyst: Client) -> None:
    dissent = {"step": "dissent", "role": "paramedic", "who": "crew 4", "words": "Suspicious <i>"}
    analyst.post("/assured/K-1", dissent)
    lead = {"step": "lead", "kind": "lead", "role": "officer", "who": "", "words": "Who is Joe"}
    page = text(analyst.post("/assured/K-1", lead, follow=True))
    assert "Who is Joe" in page
    for address in ("record", "closing", "assured", "class", "expected"):
        assert "Suspicious &lt;i&gt;" in text(analyst.get(f"/{address}/K-1")), address
    assert "Neither resolved nor signed off: Named lead: Who is Joe" in text(
        analyst.get("/closing/K-1")
    )


@pytest.mark.parametrize(
    "role", ["reporter", "analyst", "supervisor", "murder_team", "administrator"]
)
def test_no_role_finds_a_way_to_take_a_dissent_away(
    role: str, case: Case, ann: Account, signed_in: SignedIn
) -> None:
    disagree(case, ("paramedic", "crew 4"), "Suspicious", ann, timezone.now())
    client = signed_in("eve", role)
    for step in ("dissent", "remove", "delete", "line", "lead", "sign", "decline"):
        client.post("/assured/K-1", {"step": step, "dissent": "1", "delete": "1"})
    for method in (client.delete, client.put, client.patch):
        assert method("/assured/K-1").status_code in {403, 405}
    assert Dissent.objects.get().words == "Suspicious"


def test_an_expected_death_on_one_short_page(case: Case, analyst: Client) -> None:
    told = {
        "doctor": "Dr Example, Park Surgery", "reason": "Heart failure, seen on Monday",
        "would_change": "an injury", "rank": "PC", "decided_at": "2014-06-19T04:05",
    }  # fmt: skip
    assert analyst.post("/expected/K-1", told | {"doctor": ""}).status_code == 422
    page = text(analyst.post("/expected/K-1", told, follow=True))
    assert "Class: expected" in page
    assert "as stated by Dr Example" in page
    assert "Every line of enquiry is done or waived" in page
    assert analyst.post("/expected/K-1", told).status_code == 422


def test_a_closing_is_blocked_then_waits_then_is_signed(
    case: Case, ann: Account, analyst: Client, senior: Client
) -> None:
    said = {"evidence": "A known drug user.", "would_change": "x", "rank": "DI"}
    page = text(analyst.post("/closing/K-1", said))
    assert "You cannot close this death yet" in page
    assert "This names drug use" in page
    assert page.count(">Not met<") == 4
    do_all(case, ann, timezone.now())
    said |= {"evidence": "A known drug user, behind a bolted door."}
    assert analyst.post("/closing/K-1", said).status_code == 422
    page = text(analyst.post("/closing/K-1", said | {"answer_drug_user": "The bolt"}, follow=True))
    assert "who did not request it must sign" in page
    sign = {"step": "sign", "closing": Closing.objects.last().pk}
    assert analyst.post("/closing/K-1", sign).status_code == 422
    assert senior.post("/closing/K-1", sign | {"closing": 1}).status_code == 422
    page = text(senior.post("/closing/K-1", sign, follow=True))
    assert "Class: unexpected, investigated and not suspicious" in page
    assert "signed by sue" in page
    assert Closing.objects.count() == 4


def test_class_is_changed_by_its_page(case: Case, analyst: Client, senior: Client) -> None:
    told = {
        "act": "called homicide", "reason": "A wound", "would_change": "x", "rank": "DI",
        "decided_at": "2014-06-19T04:05",
    }  # fmt: skip
    assert analyst.post("/class/K-1", {}).status_code == 422
    assert analyst.post("/class/K-1", told | {"act": "called expected"}).status_code == 422
    analyst.post("/class/K-1", told)
    assert class_of(case) == "homicide"
    analyst.post("/class/K-1", told | {"act": "called homicide no more", "reason": "A scar"})
    assert class_of(case) == "homicide"
    senior.post("/assured/K-1", {"step": "sign", "asked": ApprovalRequest.objects.get().pk})
    assert class_of(case) == "unexpected_under_investigation"


def test_what_will_be_lost_is_one_page_with_requests(case: Case, analyst: Client) -> None:
    page = text(analyst.get("/preserve/K-1"))
    assert page.count("Not sent") == 7
    assert "Please keep all recordings of cameras that cover the open space" in page
    assert analyst.post("/preserve/K-1", {"keep": "cctv"}).status_code == 422
    sent = {"keep": "cctv", "to_whom": "the council"}
    assert "to the council" in text(analyst.post("/preserve/K-1", sent, follow=True))
    assert "cover the open space" in Preserved.objects.get().request


def test_only_a_death_has_these_pages(analyst: Client) -> None:
    record("R-1", kind="non_fatal")
    for page in ("assured", "class", "expected", "closing", "preserve"):
        assert analyst.get(f"/{page}/R-1").status_code == 403
    page = text(analyst.get("/record/R-1"))
    assert "What must be done" not in page


def test_a_force_has_its_own_standard_and_an_old_death_keeps_its_own(
    case: Case, ann: Account, analyst: Client, folder: Path
) -> None:
    ours = (
        'id = "f"\ntitle = "Ours"\nin_force_from = 2020-01-01\nsource = "an order of 2020"\n'
        '[[line]]\nid = "cctv"\ntitle = "Cameras"\nclasses = ["unexpected_under_investigation"]\n'
        'place = "scene"\ndue_hours = 9\nsource = "an order of 2020"\nread = "practice"\n'
    )
    old = record("OLD-1", at=datetime.fromisoformat("2015-01-01T00:00+00:00"))
    (folder / "a.toml").write_text(ours)
    assert standard_of(case).title == "Ours"
    assert standard_of(old).id == "clew-minimum"
    act_on(case, "cctv", "done", {"proof": "x"}, ann, timezone.now())
    (folder / "b.toml").write_text(ours.replace("2020-01-01", "2021-01-01").replace("Ours", "New"))
    (folder / "a.toml").write_text(ours.replace("Cameras", "Another text"))
    assert standard_of(record("K-2")).title == "New"
    assert standard_of(case).title == "Ours"
    assert [one.line.title for one in lines_of(case, timezone.now())] == ["Cameras"]
    (folder / "a.toml").unlink()
    assert standard_of(case).title == "Ours"
    (folder / "c.toml").write_text(ours.replace("due_hours = 9", "due_hours = 0"))
    (folder / "d.toml").write_bytes(b"\xff")
    with pytest.raises(InputRejected) as told:
        standards.of_the_force()
    said = "c.toml, row 1, field due_hours: it must be above 0. Give whole hours from the report"
    assert told.value.line() == said
    for address in ("/assured/K-1", "/standards"):
        page = text(analyst.get(address))
        assert said in page
        assert "d.toml" in page
    assert standard_of(record("K-3")).title == "New"


def test_measures_have_denominators_and_no_officer(
    case: Case, ann: Account, sue: Account, senior: Client, signed_in: SignedIn
) -> None:
    assert "No work is recorded yet" in text(senior.get("/measures"))
    now = timezone.now()
    same = {"reason": "Not needed  here", "approver": "sue"}
    for line in ("cctv", "exhibits", "toxicology"):
        act_on(case, line, "waived", same, ann, now)
    act_on(case, "items_tested", "waived", {"reason": "no budget", "approver": "sue"}, ann, now)
    act_on(case, "life_extinct", "done", {"proof": "x"}, ann, now)
    act_on(case, "body_examined", "done", {"proof": "x"}, ann, now)
    far = record("L-1", area="LX", at=now - timedelta(days=2))
    disagree(far, ("officer", "x"), "y", ann, now)
    told = measures_for(sue.person(), now)
    assert [one.lines.unit for one in told] == ["KD"]
    counted = told[0].lines
    assert (counted.lines, counted.on_time, counted.waived) == (7, 1, 4)
    assert counted.waived_for_money_or_time == 1
    page = text(senior.get("/measures"))
    assert "3 times: not needed here" in page
    for word in ("ann", "Ann", "sue"):
        assert f">{word}<" not in page
    over = text(signed_in("ove", "overseer").get("/measures"))
    assert "LX" in over
    assert "not needed here" not in over.lower()


def test_the_choice_to_read_again_can_be_checked_and_follows_risk() -> None:
    names = {f"C-{k}": 1 for k in range(40)}
    at_random, by_risk = choose("2026-03", names)
    assert at_random == sorted(names, key=lambda one: draw("2026-03", one))[:5]
    assert not set(at_random) & set(by_risk)
    assert choose("2026-03", dict(reversed(names.items()))) == (at_random, by_risk)
    assert choose("2026-04", names) != (at_random, by_risk)
    hits = sum("C-7" in choose(f"m{k}", names | {"C-7": 8})[1] for k in range(200))
    plain = sum("C-8" in choose(f"m{k}", names)[1] for k in range(200))
    assert hits > 3 * plain


def test_a_closed_death_is_read_again_by_somebody_else(
    case: Case, ann: Account, sue: Account, senior: Client, signed_in: SignedIn, account: Make
) -> None:
    then = timezone.now() - timedelta(days=40)
    Case.objects.update(reported_at=then)
    do_all(case, ann, then)
    ask_to_close(case, GOOD, ann, then, sue)
    other = record("K-2", at=then)
    said = {"rank": "PC", "reason": "x", "would_change": "y", "doctor": "Dr Example"}
    change_class_of(other, "called expected", said, ann, then)
    month, rows = chosen_for(sue.person(), timezone.now())
    assert {(one.case.case_id, one.how) for one in rows} == {
        ("K-1", "at random"),
        ("K-2", "at random"),
    }
    assert "K-2" in text(senior.get("/re-audit"))
    found = {"outcome": "opened_again", "words": "The camera shows a second person"}
    assert senior.post("/re-audit/K-1", found).status_code == 422  # who signed it
    una = signed_in("una", "supervisor:KD")
    assert una.post("/re-audit/K-1", found).status_code == 302
    assert una.post("/re-audit/K-1", found).status_code == 422
    assert ReAudit.objects.get().month == month
    assert class_of(case) == "unexpected_under_investigation"
    assert "It should be reopened" in text(una.get("/re-audit"))
    assert una.post("/re-audit/K-3", found).status_code == 404
    record("K-3")
    assert una.post("/re-audit/K-3", found).status_code == 403
    assert signed_in("rob", "analyst:KD").get("/re-audit").status_code == 403


def test_words_of_time() -> None:
    assert [runs_out(s) for s in (30, 3_600, 7_200, 86_400, 172_800, -90_000)] == [
        "1 minute left", "1 hour left", "2 hours left", "24 hours left", "2 days left",
        "25 hours overdue",
    ]  # fmt: skip
    assert is_gone(0) == "usually lost 1 minute ago"
