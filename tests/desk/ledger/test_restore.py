"""Backup, and restore to a moment: what came before is there, what came after is not."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_world import OWN, world
from django.db import connection, transaction
from django.utils import timezone
from test_erasure import SECRET, WHY, everything, fact

from clew.desk.accounts.models import Account, Grant
from clew.desk.casework import referrals
from clew.desk.casework.concerns import read_draft
from clew.desk.casework.family import keep_promise
from clew.desk.casework.leads import disagree
from clew.desk.casework.lines import act_on
from clew.desk.casework.models.concerns import Concern, Promise
from clew.desk.casework.models.referrals import Referral
from clew.desk.commands.accounts import add_account
from clew.desk.commands.restore import backup, restore
from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.models import Act, Entry
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.verify import verify
from clew.desk.ledger.write import write
from clew.desk.records.models import Case, Erasure, Fact
from clew.desk.records.take_in import take_in
from clew.desk.release.erase import erase
from clew.errors import InputRejected, UsageRejected
from clew.intake.read import CaseSources

CASES = (
    "case_id,reported_at,area,latitude,longitude,cause\n"
    f"A-1,2014-06-19T04:05,KD,51.53827461523,.1,{SECRET}\n"
)
LATER = "case_id,reported_at,area\nB-1,2014-08-28,KD\n"


def held() -> dict[str, list[Any]]:
    """Every table that is noted, row by row."""
    found = {}
    with connection.cursor() as cursor:
        for table, covered in own_coverage().items():
            names = ", ".join(f'"{column}"' for column in covered.names())
            cursor.execute(f'SELECT {names} FROM "{table}" ORDER BY "{covered.key}"')
            found[table] = cursor.fetchall()
    return found


def hand_in(folder: Path, text: str) -> None:
    (folder / "cases.csv").write_text(text)
    assert take_in(CaseSources(folder / "cases.csv"), "test").cases == 1


def before(folder: Path) -> None:
    add_account("ann", "Ann", "a-long-demo-password-1", (("analyst", "KD"),), "test")
    hand_in(folder, CASES)


def after(folder: Path) -> None:
    """Make, change and remove rows, in several tables."""
    hand_in(folder, LATER)
    with transaction.atomic():
        Case.objects.filter(case_id="A-1").update(sealed=True, latitude=1 / 3)
        Account.objects.filter(name="ann").update(is_active=False)
        Grant.objects.all().delete()
        write(Act.ALTERATION, "case:A-1", "sue")
    Account.objects.make("bob", "Bob", None)


def checked(database: str) -> int:
    with open_ledger(database) as source:
        return verify(source, None).rows


def test_a_backup_comes_back_whole(database: str, tmp_path: Path) -> None:
    before(tmp_path)
    wanted = held()
    said = backup(tmp_path / "b")
    assert "SHA-256" in said
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o600
    rows = Entry.objects.count()
    after(tmp_path)
    assert held() != wanted
    restore(tmp_path / "b", None)
    assert held() == wanted
    assert checked(database) == rows + 2
    told = json.loads(Entry.objects.get(number=rows + 1).body)
    assert (told["what"], told["file"], told["entries_undone"]) == ("restored", "b", 0)


def test_a_moment_comes_back_from_a_later_backup(database: str, tmp_path: Path) -> None:
    before(tmp_path)
    wanted, rows = held(), Entry.objects.count()
    moment = timezone.now()
    after(tmp_path)
    later = held()
    backup(tmp_path / "b")
    said = restore(tmp_path / "b", moment.isoformat())
    assert held() == wanted
    assert checked(database) == rows + 2
    assert "Restored to" in said[2]
    # The same file without a moment still brings all of it.
    restore(tmp_path / "b", None)
    assert held() == later


def test_lines_closings_referrals_and_concerns_go_back_too(database: str, tmp_path: Path) -> None:
    world()
    wanted, moment = held(), timezone.now()
    keeper, now = Account.objects.get(name="keeper"), timezone.now()
    case = Case.objects.get(case_id=OWN)
    act_on(case, "exhibits", "reopened", {"reason": "One was mislabelled."}, keeper, now)
    disagree(case, ("officer", "PC 4"), "I differ now.", keeper, now)
    open_now = Referral.objects.filter(state="sent").earliest("pk")
    referrals.act_on(open_now.pk, "accepted", {"by": "keeper", "rank": "DI", "reason": "r"}, now)
    concern = Concern.objects.earliest("pk")
    written = concern.drafts.get()
    reader = Account.objects.make("reader", "Reader", None)
    read_draft(written.pk, {"by": reader.name, "note": "I looked."}, now, agrees=True)
    keep_promise(Promise.objects.earliest("pk").pk, "I called.", "keeper", now)
    later = held()
    changed = {table for table in wanted if wanted[table] != later[table]}
    assert {
        "casework_lineact",
        "casework_referralstep",
        "casework_concernstep",
        "casework_promise",
    } <= changed
    backup(tmp_path / "b")
    restore(tmp_path / "b", moment.isoformat())
    assert held() == wanted
    assert checked(database) == Entry.objects.count()
    restore(tmp_path / "b", None)
    assert held() == later


def test_a_transaction_that_straddles_the_moment_is_undone_whole(
    database: str, tmp_path: Path
) -> None:
    before(tmp_path)
    wanted = held()
    with transaction.atomic():
        Account.objects.make("bob", "Bob", None)
        write(Act.ACCESS, "account:2", "test")
        moment = timezone.now()
        Account.objects.make("eve", "Eve", None)
        write(Act.ACCESS, "account:3", "test")
    backup(tmp_path / "b")
    restore(tmp_path / "b", moment.isoformat())
    assert held() == wanted
    assert checked(database) == Entry.objects.count()


def test_a_moment_after_everything_undoes_nothing(database: str, tmp_path: Path) -> None:
    before(tmp_path)
    backup(tmp_path / "b")
    wanted = held()
    restore(tmp_path / "b", (timezone.now() + timedelta(days=1)).isoformat())
    assert held() == wanted


def test_it_can_be_gone_back_again_after_a_restore(database: str, tmp_path: Path) -> None:
    before(tmp_path)
    wanted, moment = held(), timezone.now()
    after(tmp_path)
    backup(tmp_path / "b")
    restore(tmp_path / "b", None)
    backup(tmp_path / "c")
    restore(tmp_path / "c", moment.isoformat())
    assert held() == wanted


@pytest.mark.parametrize("to_moment", [False, True])
def test_what_was_erased_since_stays_erased(to_moment: bool, database: str, tmp_path: Path) -> None:
    before(tmp_path)
    moment = timezone.now()
    if not to_moment:
        backup(tmp_path / "b")
    erase("A-1", fact("cause", SECRET).pk, WHY)
    if to_moment:
        backup(tmp_path / "b")
    restore(tmp_path / "b", moment.isoformat() if to_moment else None)
    assert "Zanderlund" not in everything()
    assert Fact.objects.get(field="cause").value == "withheld"
    assert Fact.objects.get(field="cause").erased_at is not None
    assert Case.objects.get(case_id="A-1").texts["now"]["cause"] == "withheld"
    assert Erasure.objects.get().reason == WHY.reason
    assert Entry.objects.filter(act="erasure").count() == 1
    assert checked(database) == Entry.objects.count()


def test_further_back_than_is_noted_is_refused(database: str, tmp_path: Path) -> None:
    from clew.desk.ledger.models import RowChange  # noqa: PLC0415

    before(tmp_path)
    moment = timezone.now()
    after(tmp_path)
    RowChange.objects.filter(
        pk__lte=RowChange.objects.filter(did="E").order_by("-pk")[1].pk
    ).delete()
    backup(tmp_path / "b")
    with pytest.raises(UsageRejected, match="does not reach back so far"):
        restore(tmp_path / "b", moment.isoformat())


def test_what_is_no_backup_is_refused_before_anything_is_lost(
    database: str, tmp_path: Path
) -> None:
    before(tmp_path)
    wanted = held()
    (tmp_path / "x").write_text("hello")
    for name in ("x", "none"):
        with pytest.raises(InputRejected):
            restore(tmp_path / name, None)
    with pytest.raises(UsageRejected, match="is not a time"):
        restore(tmp_path / "x", "yesterday")
    backup(tmp_path / "b")
    with pytest.raises(UsageRejected, match="there already"):
        backup(tmp_path / "b")
    assert held() == wanted
