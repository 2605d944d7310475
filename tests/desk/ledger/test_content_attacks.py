"""What else is tampered with beside tables: digests, salts, triggers, keys, files; and erasure."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from copies import Copy
from django.db import connection, transaction
from every_table import Desk, Hand, faults_of
from made_desk import folder_owner, person, record
from test_erasure import SECRET, WHY, fact

from clew.desk.accounts.models import Account, Grant
from clew.desk.commands.home_check import home_faults
from clew.desk.commands.ledger import verify_ledger
from clew.desk.ledger.contents import content_digest
from clew.desk.ledger.key import KEY, PUBLIC
from clew.desk.ledger.models import Act, ContentDigest, Entry
from clew.desk.ledger.write import checkpoint, write
from clew.desk.records.commitments import LIST
from clew.desk.records.hand_ins import HandIn, Proposal
from clew.desk.records.models import Fact
from clew.desk.records.proposals import decide
from clew.desk.release.erase import erase
from clew.desk.rounds import inbox
from clew.desk.settings import CONFIGURATION
from clew.errors import ContentAltered

pytestmark = [pytest.mark.django_db, pytest.mark.database]


D = "UPDATE ledger_contentdigest SET"
LAST = "WHERE id = (SELECT max(id) FROM ledger_contentdigest)"
DIGESTS = {
    "a digest altered": f"{D} digest = '{'0' * 64}' {LAST}",
    "a digest emptied": f"{D} digest = '' {LAST}",
    "a salt altered": f"{D} salt = '{'0' * 32}' {LAST}",
    "a salt blanked": f"{D} salt = '' {LAST}",
    "a salt that is none": f"{D} salt = 'zz' {LAST}",
    "a digest for another row": f'{D} "key" = 77 {LAST}',
    "a digest for another table": f"{D} \"of\" = 'records_effort' {LAST}",
    "a digest of an earlier entry": f"{D} entry = 1 {LAST}",
    "a digest of an entry to come": f"{D} entry = 999 {LAST}",
    "a digest removed": f"DELETE FROM ledger_contentdigest {LAST}",
    "all digests removed": "DELETE FROM ledger_contentdigest",
    "a digest added": 'INSERT INTO ledger_contentdigest (entry, "of", "key", digest, salt) SELECT'
    f' entry, "of", "key", digest, salt FROM ledger_contentdigest {LAST}',
    "the coverage altered": "UPDATE ledger_coverage SET text = '{}'",
    "the coverage removed": "DELETE FROM ledger_coverage",
    "the coverage exchanged": "UPDATE ledger_coverage SET text = '{}', digest ="
    " '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'",
    "a row's content emptied": "UPDATE ledger_entry SET content = '' WHERE number = 1",
    "a row's content altered": "UPDATE ledger_entry SET content = '0' || content WHERE number = 1",
    "a table dropped": "DROP TABLE records_trait",
    "a table that is a view": "ALTER TABLE records_trait RENAME TO aside;"
    " CREATE VIEW records_trait AS SELECT * FROM aside",
    "a column dropped": "ALTER TABLE records_trait DROP COLUMN value",
}  # fmt: skip


@pytest.mark.parametrize("what", DIGESTS)
def test_digests_and_tables_altered_are_found(what: str, filled_desk: Desk) -> None:
    with filled_desk.copy() as address:
        assert faults_of(address) == []
        hand = Hand(address)
        hand.run(*DIGESTS[what].split(";"))
        hand.book.close()
        assert [one for one in faults_of(address) if not one.startswith("the trigger")]


SQLITE_TRIGGERS = {
    "a guard dropped": "DROP TRIGGER casework_concernwords_update",
    "a note dropped": "DROP TRIGGER clew_note_records_fact_update",
    "a guard that stops nothing": "DROP TRIGGER casework_dissent_delete;"
    "CREATE TRIGGER casework_dissent_delete BEFORE DELETE ON casework_dissent"
    " BEGIN SELECT 1@ END",
    "a trigger of somebody's own": "CREATE TRIGGER mine AFTER INSERT ON records_fact"
    " BEGIN UPDATE records_case SET sealed = 0@ END",
}
POSTGRES_TRIGGERS = {
    "a guard dropped": "DROP TRIGGER casework_concernwords_rows ON casework_concernwords",
    "a note dropped": "DROP TRIGGER clew_note_records_fact ON records_fact",
    "a guard switched off": "ALTER TABLE casework_dissent DISABLE TRIGGER casework_dissent_rows",
    "all of a table switched off": "ALTER TABLE records_fact DISABLE TRIGGER USER",
    "a note for replicas alone":
        "ALTER TABLE records_fact ENABLE REPLICA TRIGGER clew_note_records_fact",
    "a function that does nothing": "CREATE OR REPLACE FUNCTION kept_refuse() RETURNS trigger"
        " LANGUAGE plpgsql AS $$ BEGIN RETURN NULL@ END $$",
    "a trigger of somebody's own": "CREATE TRIGGER mine BEFORE INSERT ON records_fact"
        " FOR EACH ROW EXECUTE FUNCTION kept_refuse()",
    "the columns that a note leaves out": "DROP TRIGGER clew_note_records_fact ON records_fact;"
        "CREATE TRIGGER clew_note_records_fact AFTER DELETE OR UPDATE ON records_fact"
        " FOR EACH ROW EXECUTE FUNCTION clew_note('id', '{value}')",
}  # fmt: skip


@pytest.mark.parametrize("what", {**SQLITE_TRIGGERS, **POSTGRES_TRIGGERS})
def test_triggers_altered_are_found(what: str, filled_desk: Desk) -> None:
    triggers = SQLITE_TRIGGERS if connection.vendor == "sqlite" else POSTGRES_TRIGGERS
    if what not in triggers:
        pytest.skip("the other database has no such thing")
    with filled_desk.copy() as address:
        Copy(address).run(*(one.replace("@", ";") for one in triggers[what].split(";")))
        faults = faults_of(address)
    assert len(faults) == 1 or "switched off" in faults[0]
    assert faults[0].startswith(("the trigger", "the function"))


def test_every_act_of_a_page_or_command_leaves_nothing_unaccounted(database: str) -> None:
    """Whatever changes in a transaction is accounted for, in the order in which it is written."""
    rows = Entry.objects.filter(body__contains="tables changed")
    earlier = rows.count()  # what an earlier test committed stays
    with transaction.atomic():
        write(Act.ACCESS, "account:1", "test")
        person("late", "analyst")  # after the row of its transaction
    person("alone", "analyst")  # and without a row at all
    assert faults_of(database) == []
    assert rows.count() == earlier + 2


def test_what_is_rolled_back_is_not_accounted_for(database: str) -> None:
    with transaction.atomic():
        person("ann")
        try:
            with transaction.atomic():
                person("bob")
                write(Act.ACCESS, "account:2", "test")
                raise KeyError
        except KeyError:
            pass
        write(Act.ACCESS, "account:1", "test")
    assert faults_of(database) == []
    assert {one.key for one in ContentDigest.objects.all()} == {
        str(Account.objects.get(name="ann").pk)
    }


def test_a_change_that_no_transaction_of_the_desk_made_is_found(database: str) -> None:
    person("ann", "analyst")
    Grant.objects.update(role="administrator")  # as a hand would, with no row of the ledger
    person("bob", "analyst")  # a later row does not take it over
    faults = faults_of(database)
    assert len(faults) == 1
    assert faults[0].startswith("accounts_grant ")


def test_erased_content_cannot_be_guessed_from_its_digest(database: str) -> None:
    record("A-1", cause=SECRET)
    erased = fact("cause", SECRET)
    before = list(ContentDigest.objects.filter(of="records_fact", key=str(erased.pk)))
    assert all(one.salt for one in before)
    erase("A-1", erased.pk, WHY)
    assert faults_of(database) == []
    after = list(ContentDigest.objects.filter(of="records_fact", key=str(erased.pk)))
    assert [one.digest for one in after[: len(before)]] == [one.digest for one in before]
    assert not any(one.salt for one in after[: len(before)])
    assert after[-1].salt
    with pytest.raises(Exception, match="never altered"), transaction.atomic():
        ContentDigest.objects.filter(pk=after[-1].pk).update(digest="0" * 64)
    with pytest.raises(Exception, match="never altered"), transaction.atomic():
        ContentDigest.objects.filter(pk=after[-1].pk).update(salt="0" * 32)
    with pytest.raises(Exception, match="never altered"), transaction.atomic():
        ContentDigest.objects.all().delete()


def test_a_number_its_digits_and_bytes_differ() -> None:
    values = [(1,), ("1",), (1.0,), (b"1",), (None,), ("null",), ("", "1"), ("1", "")]
    assert len({content_digest("0" * 32, value) for value in values}) == len(values)


# Files in the home.


@pytest.fixture
def home(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    told = CONFIGURATION.model_copy(update={"home": tmp_path, "database": database})
    for module in ("commands.home_check", "commands.ledger", "ledger.write", "rounds.inbox",
                   "release.erase", "records.take_in"):  # fmt: skip
        monkeypatch.setattr(f"clew.desk.{module}.CONFIGURATION", told)
    person("ann", "analyst")
    checkpoint("test")
    verify_ledger("", None, None, everything=True)
    return tmp_path


def _swap_key(home: Path) -> None:
    (home / PUBLIC).write_bytes(Path(__file__).read_bytes())


KEYS: dict[str, Callable[[Path], object]] = {
    "the public key deleted": lambda home: (home / PUBLIC).unlink(),
    "the key deleted": lambda home: (home / KEY).unlink(),
    "both deleted": lambda home: [(home / name).unlink() for name in (KEY, PUBLIC)],
    "the key for all to read": lambda home: (home / KEY).chmod(0o644),
    "the list of erasures with one more": lambda home: (home / LIST).write_text(
        '{"case_id":"A-1","commitment":"00","erased_at":"2026-01-01T00:00:00.000000Z",'
        '"erased_by":"x","field":"cause","reason":"x"}\n'
    ),
}


@pytest.mark.parametrize("what", KEYS)
def test_files_of_the_home_altered_are_found(what: str, home: Path) -> None:
    KEYS[what](home)
    with pytest.raises(ContentAltered):
        verify_ledger("", None, None, everything=True)


def test_a_deleted_public_key_fails_the_short_check_too(home: Path) -> None:
    kept = (home / PUBLIC).read_bytes()
    (home / PUBLIC).unlink()
    with pytest.raises(ContentAltered, match="no signature can be checked"):
        verify_ledger("", None, None)
    (home / "kept.pub").write_bytes(kept)
    assert verify_ledger("", None, home / "kept.pub")


def test_an_erasure_that_the_list_lost_is_found(home: Path) -> None:
    record("A-1", cause=SECRET)
    erase("A-1", fact("cause", SECRET).pk, WHY)
    assert home_faults() == []
    (home / LIST).unlink()
    assert home_faults() == [f"{LIST} does not list the erasure of cause of A-1"]


def test_files_taken_in_and_altered_later_are_found(home: Path) -> None:
    folder_owner()
    path = inbox.inbox() / "cases-1.csv"
    path.write_text("case_id,reported_at,area\nA-1,2014-06-19T04:05,KD\n")
    os.utime(path, (0, 0))
    lease = type("Lease", (), {"say": lambda *_: None})()
    inbox.take_inbox(lease, None)  # type: ignore[arg-type]
    (done,) = (inbox.inbox() / "done").iterdir()
    assert home_faults() == []
    done.write_text(done.read_text().replace("KD", "LX"))
    assert home_faults() == [f"inbox/done/{done.name}: it is not the file that was imported"]
    done.unlink()  # let go: nothing says that it must be kept
    assert home_faults() == []
    beside = done.with_name(done.name.replace("-cases", "0-cases").replace("202", "209", 1))
    beside.write_text("x")
    assert home_faults() == [f"inbox/done/{beside.name}: the ledger has no row for it"]


def test_the_ledger_covers_all_that_a_hand_in_changes(home: Path) -> None:
    folder_owner()
    facts = "case_id,field,op,value,known_at,recorded_at\n"
    made = {
        "cases-1": "case_id,reported_at,area\nA-1,2014-06-19T04:05,KD\n",
        "facts-1": f"{facts}A-1,scene,add,note,2014-06-20T04:05,2014-06-20T05:05\n",
        "facts-2": f"{facts}A-1,kind,set,survivor,2014-06-21T04:05,2014-06-21T05:05\n",
        "workload-1": "unit,day,staff_on_duty\nKD,2014-06-19,7\n",
        "cases-3": "x,y\n1,2\n",
    }
    for name, text in made.items():
        path = inbox.inbox() / f"{name}.csv"
        path.write_text(text)
        os.utime(path, (0, 0))
    lease = type("Lease", (), {"say": lambda *_: None})()
    says = inbox.take_inbox(lease, None)(None)  # type: ignore[arg-type]
    assert (says["cases"], says["facts"], says["proposed"], says["quarantined"]) == (1, 2, 1, 1)
    verify_ledger("", None, None, everything=True)
    with transaction.atomic():
        set_aside = HandIn.objects.get(state=HandIn.QUARANTINED)
        inbox.try_again(set_aside, "adm", "r", "r")
        keeper = person("kim", "supervisor").person(second_factor=True)
        decide(Proposal.objects.get().pk, keeper, "it is so", accepts=True)
    verify_ledger("", None, None, everything=True)
    HandIn.objects.filter(state=HandIn.TAKEN).update(by="ann")  # past the ledger
    with pytest.raises(ContentAltered):
        verify_ledger("", None, None, everything=True)


def test_facts_are_still_there(home: Path) -> None:
    record("A-1", cause=SECRET)
    assert Fact.objects.exists()
    assert any(
        "rows of other tables" in line for line in verify_ledger("", None, None, everything=True)
    )
