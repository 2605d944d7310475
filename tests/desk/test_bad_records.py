"""One bad file, record or date stops nothing: it is set aside with its reason, and is mended."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from desk_world import client_of
from django.test import Client
from django.utils import timezone
from hostile_files import KINDS
from made_desk import folder_owner, person, record
from populated import ZONE
from signed_in import SignedIn

from clew.desk.commands.rounds import run_here
from clew.desk.ledger.models import Entry
from clew.desk.ledger.write import plain
from clew.desk.records.hand_ins import CardNumbers, HandIn, QuarantinedRecord
from clew.desk.records.models import Case, Fact
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds import inbox, run, sync
from clew.desk.rounds.lease import my_name
from clew.desk.rounds.run import ask_for_round, run_next
from clew.desk.rounds.save import deaths_a_year
from clew.errors import InputRejected
from clew.intake.cases.draft import Draft
from clew.store.opened import Store

pytestmark = pytest.mark.database
GOOD = "case_id,reported_at,area\nG-{},2025-01-01,KD\n"


@pytest.fixture(autouse=True)
def home(own_inbox: Path) -> Path:
    folder_owner()
    return own_inbox


@pytest.fixture
def admin(db: None) -> Client:
    return client_of(person("adm", "administrator"))


MINUTES = count(1)


def round_done() -> dict[str, dict[str, Any]]:
    """Run a round to its end, and return what its steps say."""
    list(run_here(datetime(2026, 1, 1, 7, tzinfo=ZONE) + timedelta(minutes=next(MINUTES))))
    held = Round.objects.latest("id")
    assert held.state == Round.DONE, held.failed_because
    return {step.name: step.says for step in RoundStep.objects.filter(round=held)}


def put(name: str, text: str) -> None:
    (inbox.inbox() / name).write_text(text)


# Dates.


def card(**more: str) -> dict[str, str]:
    return {
        "card": "8a9ba4b0-0000-4000-8000-000000000001", "seen_at": "2025-01-01T05:00",
        "area": "KD", "phone": "seen", **more,
    }  # fmt: skip


@pytest.mark.parametrize("year", ["0001", "1014", "1799"])
def test_a_card_of_an_impossible_year_is_refused(year: str, signed_in: SignedIn) -> None:
    sam = signed_in("sam", "reporter:KD")
    answer = sam.post("/scene-card", card(seen_at=f"{year}-01-01T05:00"))
    assert answer.status_code == 422
    assert "between 1800 and 2199" in answer.content.decode()
    assert not Case.objects.exists()


def test_a_fact_of_the_year_1_that_is_held_already_stops_no_round(signed_in: SignedIn) -> None:
    one, _ = record("A-1"), record("A-2")
    Fact.objects.create(
        case=one, field="scene", op="add", value="note", known_at="1-01-01T00:00:00.000000Z",
        recorded_at="0001-01-01T00:00:00.000000Z", entered_by="sam",
    )  # fmt: skip
    says = round_done()
    assert says["store"]["added"] == 2
    assert Store(sync.store_folder()).case_count() == 2
    assert signed_in("ann", "analyst").get("/record/A-1").status_code == 200


def test_one_wrong_date_does_not_change_deaths_a_year() -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC)
    for k in range(40):
        Case.objects.create(case_id=f"R-{k}", reported_at=at + timedelta(days=k))
    until = at + timedelta(days=40)
    before = deaths_a_year(until)
    Case.objects.create(case_id="OLD", reported_at=datetime(1850, 1, 1, tzinfo=UTC))
    Case.objects.create(case_id="OLDER", reported_at=datetime(1801, 1, 1, tzinfo=UTC))
    assert deaths_a_year(until) == before
    assert before == pytest.approx(365.25)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31"])
def test_no_page_fails_at_a_day_outside_the_calendar(text: str, signed_in: SignedIn) -> None:
    record("A-1")
    sue = signed_in("sue", "supervisor")
    for path in ("/morning", "/records", "/workload"):
        assert sue.get(path, {"day": text, "since": text}).status_code in {200, 422}
    sent = {"unit": "KD", "day": text, "staff": "5"}
    assert sue.post("/workload", sent).status_code == 422
    assert sue.get("/records", {"page": "9" * 5_000}).status_code == 200


# Numbers of cards.


@pytest.mark.parametrize("taken", ["00001", "99999", "1000000", "abc", "00001-b", "-5"])
def test_a_number_that_a_file_took_stops_no_card(taken: str, signed_in: SignedIn) -> None:
    record(f"SCENE-2025-{taken}")
    sam = signed_in("sam", "reporter:KD")
    for k in (1, 2):
        key = f"8a9ba4b0-0000-4000-8000-00000000000{k}"
        assert sam.post("/scene-card", card(card=key)).status_code == 302
    made = Case.objects.filter(cards__isnull=False)
    assert made.count() == 2
    first = 2 if taken == "00001" else 1
    assert {case.case_id for case in made} == {f"SCENE-2025-{first + k:05d}" for k in (0, 1)}
    assert CardNumbers.objects.get().last == first + 1


# Files.


def test_every_kind_of_hostile_file_is_set_aside_at_once(home: Path) -> None:
    folder = inbox.inbox()
    made = {maker(folder, f"{k:02d}"): name for k, (name, maker) in enumerate(KINDS.items())}
    put("cases-good.csv", GOOD.format(1))
    says = round_done()["intake"]
    reasons = {}
    for row in HandIn.objects.filter(state=HandIn.QUARANTINED):
        (file,) = row.files.values()
        reasons[file["name"]] = row.reason
    unseen = {name for path, name in made.items() if plain(path.name, 255) not in reasons}
    assert not unseen
    assert all(len(reason) > 20 for reason in reasons.values())
    assert says["quarantined"] == len(KINDS)
    assert set(Case.objects.values_list("case_id", flat=True)) == {"G-1"}
    assert not [path for path in folder.iterdir() if path.is_file()]
    assert len([p for p in (folder / "quarantine").iterdir() if p.suffix != ".txt"]) == len(KINDS)
    put("cases-later.csv", GOOD.format(2))
    assert round_done()["intake"]["cases"] == 1


@pytest.mark.long
@pytest.mark.parametrize("name", KINDS)
def test_a_hostile_file_is_set_aside_and_the_rest_goes_on(name: str, home: Path) -> None:
    made = KINDS[name](inbox.inbox(), "1")
    put("cases-good.csv", GOOD.format(1))
    says = round_done()
    assert set(Case.objects.values_list("case_id", flat=True)) == {"G-1"}
    assert says["intake"]["quarantined"] == 1
    row = HandIn.objects.get(state=HandIn.QUARANTINED)
    assert len(row.reason) > 20
    assert not made.exists()
    (aside,) = [p for p in (home / "inbox" / "quarantine").iterdir() if p.suffix != ".txt"]
    assert aside.name.startswith(f"{row.pk}-")
    assert not [path for path in inbox.inbox().iterdir() if path.is_file()]
    assert round_done()["intake"]["quarantined"] == 0


def test_what_is_no_file_is_left_alone(home: Path) -> None:
    folder = inbox.inbox()
    os.mkfifo(folder / "cases-pipe.csv")
    (folder / "cases-folder.csv").mkdir()
    (folder / "cases-link.csv").symlink_to("/etc/passwd")
    put("cases-good.csv", GOOD.format(1))
    assert round_done()["intake"]["cases"] == 1
    assert HandIn.objects.count() == 1


def test_a_file_at_which_the_worker_dies_is_not_taken_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt  # as good as killed: nothing more is written

    put("cases-1.csv", GOOD.format(1))
    put("cases-2.csv", GOOD.format(2))
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "_read_and_keep", dies)
        patch.setattr(inbox.BoundedReader, "begin", lambda _: None)
        for tries in range(1, inbox.MOST_TAKES + 1):
            held = ask_for_round("ann", datetime(2026, 1, 1, 6, tzinfo=ZONE))
            with pytest.raises(KeyboardInterrupt):
                run_next()
            assert HandIn.objects.earliest("id").tries == tries
            Round.objects.filter(pk=held.pk).update(held_until=timezone.now(), tries=1)
    assert run_next()
    first = HandIn.objects.earliest("id")
    assert first.state == HandIn.QUARANTINED
    assert "10 times the worker ended" in first.reason
    assert set(Case.objects.values_list("case_id", flat=True)) == {"G-2"}


def test_a_round_whose_worker_is_killed_each_time_has_failed_in_the_end() -> None:
    held = ask_for_round("ann", datetime(2026, 1, 1, 6, tzinfo=ZONE))
    for _ in range(run.MOST_TAKES):
        Round.objects.filter(pk=held.pk).update(tries=run.MOST_TAKES - 1)
    gone = f"{my_name().partition(':')[0]}:{os.getpid()}:1"
    Round.objects.filter(pk=held.pk).update(
        state=Round.RUNNING, held_by=gone, tries=run.MOST_TAKES,
        held_until=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip
    assert run_next()
    held.refresh_from_db()
    assert held.state == Round.FAILED
    assert "10 times" in held.failed_because
    round_done()  # the next one is not kept waiting


def test_a_killed_try_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    steps = [(name, words, dies if name == "store" else work) for name, words, work in run.STEPS]
    monkeypatch.setattr(run, "STEPS", tuple(steps))
    held = ask_for_round("ann", datetime(2026, 1, 1, 6, tzinfo=ZONE))
    for tries in range(1, 4):
        with pytest.raises(KeyboardInterrupt):
            run_next()
        held.refresh_from_db()
        assert held.tries == tries
        Round.objects.filter(pk=held.pk).update(held_until=timezone.now())


# What an administrator does with what was set aside.


def test_an_administrator_sees_what_is_set_aside_and_tries_it_again(admin: Client) -> None:
    put("facts-early.csv", "case_id,field,op,value,known_at\nG-1,scene,set,note,2025-01-02\n")
    round_done()
    row = HandIn.objects.get()
    page = admin.get("/quarantine").content.decode()
    assert "facts-early.csv" in page
    assert "no record G-1 is held" in page
    put("cases-good.csv", GOOD.format(1))
    sent = {"act": "again", "reason": "the record is there now"}
    assert admin.post(f"/quarantine/file/{row.pk}", {}).status_code == 422
    assert admin.post(f"/quarantine/file/{row.pk}", sent).status_code == 302
    assert round_done()["intake"]["facts"] == 1
    row.refresh_from_db()
    assert (row.state, row.by) == (HandIn.TAKEN, "folder")
    body = json.loads(
        Entry.objects.get(subject=f"hand-in:{row.pk}", actor="adm", act="decision").body
    )
    assert body == {"what": "tried again", "reason": "the record is there now"}


def test_the_ledger_shows_the_digest_of_each_file_that_was_taken(admin: Client) -> None:
    put("cases-good.csv", GOOD.format(1))
    assert round_done()["intake"]["cases"] == 1
    digest = HandIn.objects.get().files["cases"]["sha256"]
    page = admin.get("/ledger").content.decode()
    assert page.count(digest) >= 2  # when it was handed in, and when it was taken


def test_an_administrator_withdraws_a_file_for_good(admin: Client, signed_in: SignedIn) -> None:
    put("cases-bad.csv", "x,y\n1,2\n")
    round_done()
    row = HandIn.objects.get()
    assert signed_in("sue", "supervisor").get("/quarantine").status_code == 403
    sent = {"act": "withdraw", "reason": "sent by mistake"}
    assert admin.post(f"/quarantine/file/{row.pk}", sent).status_code == 302
    assert "cases-bad.csv" not in admin.get("/quarantine").content.decode()
    assert admin.get(f"/quarantine/file/{row.pk}").status_code == 404
    assert round_done()["intake"]["quarantined"] == 0


def test_a_record_that_cannot_be_compared_is_left_out_and_tried_again(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for case_id in ("A-1", "A-2", "A-3"):
        record(case_id)
    make = Draft.case

    def raises(draft: Draft) -> Any:
        if draft.case_id == "A-2":
            raise ZeroDivisionError("a value of this record")
        return make(draft)

    with monkeypatch.context() as patch:
        patch.setattr(Draft, "case", raises)
        assert round_done()["store"]["quarantined"] == 1
        assert Store(sync.store_folder()).case_count() == 2
        row = QuarantinedRecord.objects.get()
        assert (row.case.case_id, row.reason) == (
            "A-2", "ZeroDivisionError: a value of this record",
        )  # fmt: skip
        assert round_done()["store"]["quarantined"] == 0  # it is not tried at each round
        assert "A-2" in admin.get("/quarantine").content.decode()
    sent = {"act": "again", "reason": "mended in this version"}
    assert admin.post(f"/quarantine/record/{row.pk}", sent).status_code == 302
    round_done()
    assert Store(sync.store_folder()).case_count() == 3
    assert not QuarantinedRecord.objects.exists()


def test_a_record_that_is_withdrawn_stays_out(admin: Client) -> None:
    row = QuarantinedRecord.objects.create(case=record("A-1"), reason="r")
    record("A-2")
    sent = {"act": "withdraw", "reason": "a test record"}
    assert admin.post(f"/quarantine/record/{row.pk}", sent).status_code == 302
    round_done()
    assert Store(sync.store_folder()).case_count() == 1
    assert "A-1" not in admin.get("/quarantine").content.decode()


def test_the_page_names_no_sealed_record(admin: Client) -> None:
    row = QuarantinedRecord.objects.create(case=record("S-1", sealed_by="kim"), reason="r")
    for path in ("/quarantine", f"/quarantine/record/{row.pk}"):
        page = admin.get(path).content.decode()
        assert "S-1" not in page
        assert "sealed record" in page


# The prepared store.


@pytest.mark.parametrize("table", ["versions", "coded", "names", "papers"])
def test_a_damaged_store_of_equal_length_is_made_again(table: str) -> None:
    record("A-1", narrative="one")
    record("A-2", narrative="two")
    round_done()
    (path,) = sync.store_folder().glob(f"{table}-*.arrow")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    at = path.stat()
    path.write_bytes(raw)
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))
    with pytest.raises(InputRejected, match="not those that were written"):
        Store(sync.store_folder())
    assert round_done()["store"]["added"] == 2
    assert Store(sync.store_folder()).case_count() == 2


def test_a_store_is_read_again_only_when_it_was_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    record("A-1")
    record("A-2")
    round_done()
    folder = sync.store_folder()
    monkeypatch.setattr("clew.store.manifest.SETTLED_NS", -1)
    Store(folder)
    read: list[Path] = []
    monkeypatch.setattr("clew.store.manifest.file_digest", read.append)
    Store(folder)
    assert read == []
    (folder / "checked.json").write_text("[damaged")
    with pytest.raises(InputRejected):
        Store(folder)
    assert len(read) == 1
