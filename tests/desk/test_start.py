"""The desk starts: signing in, the first page, refusals, and each as a row of the ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from signed_in import PASSWORD, Make, SignedIn

from clew.desk.accounts.models import Grant
from clew.desk.commands.accounts import needs_administrator
from clew.desk.ledger.chain import BEGINNING, LedgerRow
from clew.desk.ledger.models import Act, Entry
from clew.desk.ledger.write import write


def test_who_signs_in_sees_what_may_be_opened(account: Make) -> None:
    account("ann", "analyst:KD")
    client = Client()
    page = client.post("/sign-in", {"name": "Ann", "password": PASSWORD, "purpose": "night duty"})
    assert page.status_code == 302
    assert "Ann" in client.get("/").content.decode()
    entry = Entry.objects.get()
    assert (entry.act, entry.actor, entry.purpose) == ("access", "ann", "night duty")


def test_a_desk_without_an_administrator_asks_for_one(account: Make) -> None:
    assert needs_administrator()
    account("ann", "administrator")
    assert not needs_administrator()
    Grant.objects.update(until=timezone.localdate() - timedelta(days=1))
    assert needs_administrator()


def test_a_wrong_password_is_refused_and_written_down(account: Make) -> None:
    account("ann", "analyst:KD")
    page = Client().post("/sign-in", {"name": "ann", "password": "x", "purpose": "p"})
    assert page.status_code == 422
    assert "name or password is wrong" in page.content.decode()
    assert Entry.objects.get().act == "denial"


def test_without_signing_in_there_is_nothing(client: Client, db: None) -> None:
    page = client.get("/")
    assert (page.status_code, page["Location"]) == (302, "/sign-in?next=/")


def test_no_page_lets_a_script_of_others_run(client: Client, db: None) -> None:
    told = client.get("/sign-in")["Content-Security-Policy"]
    assert "unsafe" not in told
    assert "script-src 'self'" in told


def test_an_administrator_gives_a_second_factor_first(signed_in: SignedIn) -> None:
    page = signed_in("root", "administrator").get("/")
    assert (page.status_code, page["Location"]) == (302, "/second-factor")


def test_a_row_is_written_with_its_act_or_not_at_all(transactional_db: None) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        write(Act.DECISION, "x", "me")
    with transaction.atomic():
        first = write(Act.DECISION, "x", "me", why="because")
        second = write(Act.DECISION, "y", "me")
    assert (first.number, first.previous) == (1, BEGINNING)
    assert second.previous == first.digest
    row = LedgerRow(
        second.number, second.recorded_at, second.act, second.actor, second.purpose,
        second.subject, second.body, second.previous, second.content,
    )  # fmt: skip
    assert row.digest() == second.digest


@pytest.mark.database
def test_the_migrations_make_what_the_models_say(transactional_db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
