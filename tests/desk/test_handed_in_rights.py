"""A file may do what a page lets its person do, and no more: attacks by files handed in."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from made_desk import folder_owner, person, record
from populated import ZONE
from signed_in import SignedIn

from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.rules import Permission
from clew.desk.commands.rounds import run_here
from clew.desk.ledger.models import Entry
from clew.desk.records.facts import add_facts
from clew.desk.records.hand_ins import HandIn, Proposal
from clew.desk.records.models import Case, Fact, SourceCoverage, Trait
from clew.desk.records.take_in import take_in, take_in_facts
from clew.desk.records.visible import visible_to
from clew.desk.review.runs import RoundStep
from clew.desk.rounds import inbox
from clew.desk.settings import CONFIGURATION
from clew.errors import ActRefused
from clew.intake.read import CaseSources

pytestmark = pytest.mark.database
HEAD = "case_id,field,op,value,known_at\n"
CARE = "a care home on the coast"


@pytest.fixture(autouse=True)
def home(own_inbox: Path) -> Path:
    return own_inbox


@pytest.fixture
def desk() -> dict[str, Case]:
    """Hold a death in KD, one in LX, and a sealed record in KD."""
    return {
        "own": record("KD-1", "KD", narrative="own"),
        "other": record("BD-1", "LX", narrative=CARE),
        "sealed": record("S-1", "KD", sealed_by="keeper", narrative="sealed"),
    }


def send(client: Client, **files: str) -> None:
    sent = {kind: SimpleUploadedFile(f"{kind}.csv", text.encode()) for kind, text in files.items()}
    answer = client.post("/hand-in", sent)
    assert answer.status_code == 302, answer.content.decode()


CLOCK = iter(range(1, 60))


def intake() -> dict[str, Any]:
    """Run a round, and return what its intake says."""
    list(run_here(datetime(2026, 1, 1, 7, next(CLOCK), tzinfo=ZONE)))
    return dict(RoundStep.objects.filter(name="intake").latest("id").says)


def now(case_id: str) -> dict[str, str]:
    return dict(Case.objects.get(case_id=case_id).texts["now"])


def test_facts_of_another_area_change_nothing_and_wait_for_its_keeper(
    desk: dict[str, Case], signed_in: SignedIn
) -> None:
    ann = signed_in("ann", "analyst:KD")
    lea = person("lea", "supervisor", area="LX")
    send(ann, facts=f"{HEAD}BD-1,narrative,set,nothing happened,2025-01-01\n")
    says = intake()
    assert now("BD-1")["narrative"] == CARE
    assert (says["facts"], says["proposed"]) == (0, 1)
    (made,) = Proposal.objects.all()
    assert (made.by, made.case, made.state) == ("ann", desk["other"], "open")
    assert [notice.to for notice in Notice.objects.all()] == [lea]
    assert CARE not in json.dumps(made.content)


def test_a_death_does_not_become_another_record_without_a_second_person(
    desk: dict[str, Case], signed_in: SignedIn
) -> None:
    ann = signed_in("ann", "analyst")
    sue = signed_in("sue", "supervisor")
    facts = (
        f"{HEAD}BD-1,kind,set,non_fatal,2025-01-01\nBD-1,allegation,set,assault,2025-01-01\n"
        "BD-1,scene,set,note,2025-01-01\n"
    )
    send(ann, facts=facts)
    intake()
    case = Case.objects.get(case_id="BD-1")
    assert (case.kind, case.sealed) == ("death", False)
    assert now("BD-1")["scene"] == "note"  # what needs nobody else is taken
    assert case in visible_to(Account.objects.get(name="ann").person(), Permission.SEE_RECORD)
    (made,) = Proposal.objects.all()
    assert "second person" in made.reason
    assert ann.get(f"/proposals/{made.pk}").status_code == 403
    assert "kind set: non_fatal" in sue.get(f"/proposals/{made.pk}").content.decode()
    answer = sue.post(f"/proposals/{made.pk}", {"decision": "accept", "reason": "she survived"})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert (case.kind, case.sealed) == ("non_fatal", True)
    body = json.loads(
        Entry.objects.filter(subject="case:BD-1", act="decision").latest("number").body
    )
    assert (body["what"], body["agreed_by"]) == ("sealed by rule", "sue")


def test_the_same_holds_for_a_supervisor_and_for_the_command_line(
    desk: dict[str, Case], signed_in: SignedIn, tmp_path: Path
) -> None:
    sue = signed_in("sue", "supervisor")
    facts = f"{HEAD}BD-1,kind,set,non_fatal,2025-01-01\nBD-1,allegation,set,assault,2025-01-01\n"
    send(sue, facts=facts)
    intake()
    assert Case.objects.get(case_id="BD-1").kind == "death"
    made = Proposal.objects.get()
    assert sue.get(f"/proposals/{made.pk}").status_code == 404  # nobody decides what he proposed
    path = tmp_path / "facts.csv"
    path.write_text(facts.replace("2025-01-01", "2025-01-02"))
    take_in_facts(path, "command line")
    assert Case.objects.get(case_id="BD-1").kind == "death"


def test_no_path_seals_a_death_alone(desk: dict[str, Case]) -> None:
    at = "2025-01-01T00:00:00.000000Z"
    facts = [
        Fact(case=desk["own"], field=name, value=value, known_at=at, recorded_at=at, entered_by="x")
        for name, value in (("kind", "non_fatal"), ("allegation", "assault"))
    ]
    with pytest.raises(ActRefused, match="second person"), transaction.atomic():
        add_facts(desk["own"], facts, "x")
    assert not Case.objects.get(case_id="KD-1").sealed


def test_a_sealed_record_answers_as_one_that_is_not_there(
    desk: dict[str, Case], signed_in: SignedIn
) -> None:
    ann = signed_in("ann", "analyst:KD")
    keeper = person("keeper", "murder_team")
    line = "{},narrative,set,rewritten,2025-01-01\n"
    answers = []
    for case_id in ("S-1", "NONE-1"):
        send(ann, facts=HEAD + line.format(case_id))
        says = intake()
        told = HandIn.objects.latest("id").reason.partition(", row")[2]
        answers.append((json.dumps(says) + told).replace(case_id, "X"))
        refused = Entry.objects.filter(subject=f"case:{case_id}", actor="ann")
        assert not refused.exists()
    assert answers[0] == answers[1]
    assert "no record X is held" in answers[0]
    assert now("S-1")["narrative"] == "sealed"
    (made,) = Proposal.objects.all()
    assert (made.case, made.by) == (desk["sealed"], "ann")
    assert {notice.to for notice in Notice.objects.all()} == {keeper}


def re_dated(text: str) -> str:
    """Leave out the one thing that differs between two hand-ins: the name the desk gave it."""
    says = json.loads(text)
    says["refused"] = [line.partition(", row")[2] for line in says["refused"]]
    return json.dumps(says)


def test_a_fact_that_a_sealed_record_holds_already_is_not_told_as_held(
    desk: dict[str, Case], signed_in: SignedIn, tmp_path: Path
) -> None:
    facts = f"{HEAD}S-1,scene,set,note,2025-01-01\n"
    path = tmp_path / "facts.csv"
    path.write_text(facts)
    assert take_in_facts(path, "command line").facts == 1
    send(signed_in("ann", "analyst:KD"), facts=facts)
    says = intake()
    assert (says["known"], says["facts"], says["quarantined"]) == (0, 0, 1)


def test_a_row_under_the_number_of_a_sealed_record_reads_as_new(
    desk: dict[str, Case], signed_in: SignedIn
) -> None:
    ann = signed_in("ann", "analyst:KD")
    keeper = person("keeper", "murder_team")
    answers = []
    for case_id in ("S-1", "NEW-1"):
        cases = f"case_id,reported_at,area,narrative\n{case_id},2025-01-01,KD,mine\n"
        send(ann, cases=cases, facts=f"{HEAD}{case_id},scene,set,note,2025-01-02\n")
        answers.append(json.dumps(intake()))
    assert re_dated(answers[0]) == re_dated(answers[1])
    assert json.loads(answers[0])["cases"] == 1
    assert now("S-1")["narrative"] == "sealed"
    assert keeper in {notice.to for notice in Notice.objects.all()}


def test_whether_a_row_equals_another_areas_record_is_not_told(
    desk: dict[str, Case], signed_in: SignedIn
) -> None:
    ann = signed_in("ann", "analyst:KD")
    held = Case.objects.get(case_id="BD-1")
    at = held.reported_at.isoformat(timespec="seconds")
    lines = []
    for guess in (CARE, "another guess"):
        send(ann, cases=f"case_id,reported_at,area,narrative\nBD-1,{at},LX,{guess}\n")
        assert intake()["quarantined"] == 1
        lines.append(HandIn.objects.latest("id").reason.partition("case_id: ")[2].strip())
    assert lines == ["BD-1 is held, and your roles do not cover the area LX."] * 2


def test_a_new_record_of_another_area_waits_for_that_areas_keeper(signed_in: SignedIn) -> None:
    ann, lea = signed_in("ann", "analyst:KD"), signed_in("lea", "supervisor:LX")
    cases = "case_id,reported_at,area\nKD-7,2025-01-01,KD\nLX-7,2025-01-01,LX\n"
    send(ann, cases=cases)
    says = intake()
    assert (says["cases"], says["proposed"]) == (1, 1)
    assert set(Case.objects.values_list("case_id", flat=True)) == {"KD-7"}
    made = Proposal.objects.get()
    assert f"/proposals/{made.pk}" in lea.get("/proposals").content.decode()
    lea.post(f"/proposals/{made.pk}", {"decision": "accept", "reason": "ours"})
    row = Entry.objects.get(subject="case:LX-7", act="collection")
    body = json.loads(row.body)
    assert (row.actor, body["proposed_by"]) == ("lea", "ann")
    assert body["sha256"] == sha256(cases.encode()).hexdigest()
    assert Proposal.objects.get().content == []


def test_a_record_is_not_moved_out_of_sight(desk: dict[str, Case], signed_in: SignedIn) -> None:
    send(signed_in("ann", "analyst:KD"), facts=f"{HEAD}KD-1,area,set,LX,2025-01-01\n")
    intake()
    assert Case.objects.get(case_id="KD-1").area == "KD"
    assert Proposal.objects.get().reason == "your roles do not cover the area LX"


def test_every_row_names_the_person_and_the_files_digest(
    desk: dict[str, Case], signed_in: SignedIn
) -> None:
    cases = "case_id,reported_at,area\nKD-8,2025-01-01,KD\n"
    facts = f"{HEAD}KD-1,scene,set,note,2025-01-01\n"
    send(signed_in("ann", "analyst:KD"), cases=cases, facts=facts)
    before = Entry.objects.count()
    intake()
    for subject, text in (("case:KD-8", cases), ("case:KD-1", facts)):
        row = Entry.objects.get(subject=subject, number__gt=before)
        body = json.loads(row.body)
        assert (row.actor, body["via"]) == ("ann", "page")
        assert body["sha256"] == sha256(text.encode()).hexdigest()
    assert Fact.objects.filter(case__case_id="KD-1", field="scene").get().entered_by == "ann"
    assert not Entry.objects.filter(actor="watched folder").exists()


def test_coverage_needs_its_own_permission_and_replaces_only_what_it_names(
    desk: dict[str, Case], signed_in: SignedIn, tmp_path: Path
) -> None:
    head = "system,agency,records,up_to\n"
    path = tmp_path / "coverage.csv"
    path.write_text(f"{head}Deaths,Force,9000,2025-01-01\nDeaths,Rail police,0,\n")
    cases = tmp_path / "cases.csv"
    cases.write_text("case_id,reported_at,area\nA-9,2025-01-01,KD\n")
    take_in(CaseSources(cases, None, path), "command line")
    sent = "case_id,reported_at,area\nA-{},2025-01-01,KD\n"
    claim = f"{head}Deaths,Rail police,5000000,2025-01-01\n"
    send(signed_in("ann", "analyst"), cases=sent.format(1), coverage=claim)
    send(signed_in("kim", "supervisor:KD"), cases=sent.format(2), coverage=claim)
    intake()
    stated = {(r.system, r.agency): r.records for r in SourceCoverage.objects.all()}
    assert stated == {("Deaths", "Force"): 9000, ("Deaths", "Rail police"): 0}
    made = Proposal.objects.get()
    sue = signed_in("sue", "supervisor")
    sue.post(f"/proposals/{made.pk}", {"decision": "accept", "reason": "they sent it"})
    rows = {r.agency: r for r in SourceCoverage.objects.all()}
    assert rows["Force"].records == 9000
    assert (rows["Rail police"].records, rows["Rail police"].stated_by) == (5_000_000, "sue")
    assert rows["Rail police"].sha256 == sha256(claim.encode()).hexdigest()


def test_traits_of_records_that_may_not_be_changed_are_not_taken(
    desk: dict[str, Case], signed_in: SignedIn
) -> None:
    facts = f"{HEAD}BD-1,group_ethnicity,set,x,2025-01-01\nKD-1,group_ethnicity,set,y,2025-01-01\n"
    send(signed_in("ann", "analyst:KD"), facts=facts)
    intake()
    assert [(trait.case, trait.value) for trait in Trait.objects.all()] == [(desk["own"], "y")]


def put(name: str, text: str) -> None:
    (inbox.inbox() / name).write_text(text)


def test_the_folder_has_an_owner_who_answers_for_it(desk: dict[str, Case]) -> None:
    put("facts-1.csv", f"{HEAD}BD-1,scene,set,note,2025-01-01\n")
    assert intake()["quarantined"] == 1  # the account that is named does not exist
    assert "scene" not in now("BD-1")
    folder_owner("analyst", area="LX")
    put("facts-2.csv", f"{HEAD}BD-1,scene,set,note,2025-01-01\nKD-1,scene,set,note,2025-01-01\n")
    says = intake()
    assert (says["facts"], says["proposed"]) == (1, 1)
    row = Entry.objects.filter(subject="case:BD-1").latest("number")
    assert (row.actor, json.loads(row.body)["via"]) == ("folder", "watched folder")


def test_a_folder_without_an_owner_takes_nothing(
    desk: dict[str, Case], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = CONFIGURATION.model_copy(update={"home": home, "inbox_owner": ""})
    monkeypatch.setattr("clew.desk.rounds.inbox.CONFIGURATION", held)
    put("cases-1.csv", "case_id,reported_at\nA-1,2025-01-01\n")
    assert intake()["quarantined"] == 1
    assert not Case.objects.filter(case_id="A-1").exists()
    assert "CLEW_DESK_INBOX_OWNER" in HandIn.objects.get().reason


def test_staff_on_duty_are_stated_for_units_of_ones_own(desk: dict[str, Case]) -> None:
    folder_owner("analyst", area="KD")
    put("workload-1.csv", "unit,day,staff_on_duty\nKD,2025-01-01,7\nLX,2025-01-01,700\n")
    says = intake()
    assert (says["facts"], says["refused_in_all"]) == (1, 1)


def altered(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"KD-1", b"KD-2"))


def closed(_: Path) -> None:
    Account.objects.filter(name="ann").update(is_active=False)


@pytest.mark.parametrize(
    ("act", "says"),
    [(altered, "has changed since it was imported"), (closed, "account ann is closed")],
)
def test_what_was_handed_in_is_taken_as_it_was_and_by_who_still_may(
    act: Callable[[Path], None], says: str, desk: dict[str, Case], signed_in: SignedIn
) -> None:
    send(signed_in("ann", "analyst:KD"), facts=f"{HEAD}KD-1,scene,set,note,2025-01-01\n")
    (path,) = [path for path in inbox.inbox().iterdir() if path.is_file()]
    at = path.stat().st_mtime
    act(path)
    os.utime(path, (at, at))
    intake()
    assert "scene" not in now("KD-1")
    row = HandIn.objects.get()
    assert row.state == "quarantined"
    assert says in row.reason


def test_a_role_that_was_taken_away_meanwhile_counts(
    desk: dict[str, Case], signed_in: SignedIn
) -> None:
    send(signed_in("ann", "analyst:KD"), facts=f"{HEAD}KD-1,scene,set,note,2025-01-01\n")
    Account.objects.get(name="ann").grants.all().delete()
    assert intake()["proposed"] == 1
    assert "scene" not in now("KD-1")


def test_a_survivors_record_is_completed_by_its_own_hand_in_alone(signed_in: SignedIn) -> None:
    ann = signed_in("ann", "analyst:KD")
    cases = "case_id,reported_at,area,kind,allegation\nN-1,2025-01-01,KD,non_fatal,assault\n"
    send(ann, cases=cases, facts=f"{HEAD}N-1,scene,set,note,2025-01-02\n")
    assert intake()["facts"] == 1
    assert Case.objects.get(case_id="N-1").sealed
    send(ann, facts=f"{HEAD}N-1,scene,set,syringe,2025-01-03\n")
    assert intake()["quarantined"] == 1
    assert now("N-1")["scene"] == "note"


def test_a_proposal_is_decided_once_and_by_a_keeper_who_sees_the_record(
    desk: dict[str, Case], signed_in: SignedIn
) -> None:
    send(signed_in("ann", "analyst:KD"), facts=f"{HEAD}S-1,scene,set,note,2025-01-01\n")
    intake()
    number = Proposal.objects.get().pk
    sent = {"decision": "accept", "reason": "r"}
    for name, role in (("kim", "supervisor:KD"), ("lea", "supervisor:LX"), ("mim", "murder_team")):
        client = signed_in(name, role)
        assert client.get(f"/proposals/{number}").status_code == 404
        assert client.post(f"/proposals/{number}", sent).status_code == 404
        assert "S-1" not in client.get("/proposals").content.decode()
    keeper = signed_in("keeper", "murder_team")
    assert keeper.post(f"/proposals/{number}", {}).status_code == 422
    assert keeper.post(f"/proposals/{number}", sent).status_code == 302
    assert now("S-1")["scene"] == "note"
    assert keeper.post(f"/proposals/{number}", sent).status_code == 404
    assert not Notice.objects.filter(to__name="ann").exists()  # to her there is no such record
