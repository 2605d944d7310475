"""The first page is a work list; the search box and the folded menu are on every page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from made_desk import record
from populated import Town
from sealed_town import client_for
from signed_in import PASSWORD

from clew.desk.accounts.models import Account
from clew.desk.casework.concerns import NewConcern, take, tie
from clew.desk.casework.referrals import refer
from clew.desk.pages.home import _since
from clew.desk.pages.queue import waiting_for
from clew.desk.records.models import Case
from clew.desk.review.models import Pair

pytestmark = pytest.mark.database


def text(page: Any) -> str:
    return re.sub(r"\s+", " ", str(page.content.decode()))


def counts(page: str) -> dict[str, str]:
    """Return each kind of work on the page, with its count."""
    return dict(
        re.findall(
            r'<a class="govuk-link" href="[^"]*">([^<]+)</a></th> <td[^>]*>([\d,+]+)</td>', page
        )
    )


def test_each_role_is_told_what_waits(town: Town) -> None:
    at = timezone.now()
    before = counts(text(client_for(town.accounts["murder_team"]).get("/")))
    sent = refer(["BD-1", "BD-2"], "Please look.", "analyst", at - timedelta(days=9))
    assert sent.pk
    concern = take(NewConcern("Is it one of several?", "a sister", "family", "KD"), "analyst", at)
    tie(concern.pk, "BD-4", "analyst", at)
    person = town.accounts["analyst"].person()
    waiting = waiting_for(person)
    page = counts(text(client_for(town.accounts["analyst"]).get("/")))
    assert page["Alerts to judge"] == str(waiting.filter(within_budget=True).count())
    assert page["Other possible links"] == str(waiting.filter(within_budget=False).count())
    assert "Referrals to answer" not in page
    page = counts(text(client_for(town.accounts["murder_team"]).get("/")))
    assert int(page["Referrals to answer"]) == int(before["Referrals to answer"]) + 1
    shown = text(client_for(town.accounts["murder_team"]).get("/"))
    assert re.search(
        r"Referrals to answer</a></th> <td[^>]*>\d+</td> <td[^>]*><strong[^>]*>\d+ overdue", shown
    )
    page = counts(text(client_for(town.accounts["supervisor"]).get("/")))
    assert page["Concerns without an owner"] == "1"
    assert counts(text(client_for(town.accounts["analyst_gr"]).get("/"))).get(
        "Concerns without an owner"
    ) is None  # fmt: skip
    for name in ("overseer", "coroners_officer", "administrator", "reporter"):
        assert client_for(town.accounts[name]).get("/").status_code == 200


def test_a_second_reading_waits_for_a_senior_alone(town: Town) -> None:
    pair = town.pair("BD-1", "BD-2")
    Pair.objects.filter(pk=pair.pk).update(state=Pair.SECOND, listed=True)
    senior = counts(text(client_for(town.accounts["supervisor"]).get("/")))
    assert senior["Links waiting for a second reader"] == "1"
    analyst = counts(text(client_for(town.accounts["analyst"]).get("/")))
    assert "Links waiting for a second reader" not in analyst


def test_ones_own_deaths_are_listed_by_identity_within_seals(town: Town) -> None:
    now = timezone.now()
    case = record("OWN-9", "KD", now - timedelta(days=2), kind="death", sex="male", age_years="40")
    supervisor = town.accounts["supervisor"]
    with transaction.atomic():
        Case.objects.filter(pk=case.pk).update(owner=supervisor)
    page = text(client_for(supervisor).get("/"))
    assert "Man, 40" in page
    assert 'href="/assured/OWN-9"' in page
    assert "OWN-9" not in text(client_for(town.accounts["analyst"]).get("/"))
    Case.objects.filter(pk=case.pk).update(sealed=True, sealed_by="keeper")
    assert "OWN-9" not in text(client_for(supervisor).get("/"))


def test_what_is_new_counts_from_the_last_visit(town: Town) -> None:
    account = town.accounts["analyst_gr"]
    Account.objects.filter(pk=account.pk).update(last_login=timezone.now() - timedelta(hours=1))
    from django.test import Client  # noqa: PLC0415

    client = Client()
    sent = {"name": "analyst_gr", "password": PASSWORD, "purpose": "the meeting"}
    Case.objects.update(entered_at=timezone.now() - timedelta(days=3))
    for number, area in (("N-1", "GR"), ("N-2", "GR"), ("N-3", "KD")):
        record(number, area)
    assert client.post("/sign-in", sent).status_code == 302
    page = text(client.get("/"))
    assert "Since you were last here" in page
    assert "New records</a>: <strong>2</strong>" in page, "those of the person's own area"


def test_a_last_visit_after_now_counts_as_none(rf: Any) -> None:
    request = rf.get("/")
    now = timezone.now()
    request.session = {"clew_last_here": int((now + timedelta(days=1)).timestamp())}
    assert _since(request, now) == (now - timedelta(hours=24), False)


def test_the_page_asks_as_often_with_more_records(town: Town) -> None:
    client = client_for(town.accounts["supervisor"])
    client.get("/")
    asked = []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        asked.append(len(queries))
        for k in range(4):
            case = record(f"MORE-{number}{k}", "KD", timezone.now() - timedelta(hours=30))
            Case.objects.filter(pk=case.pk).update(owner=town.accounts["supervisor"])
    assert asked[1] == asked[2], "four deaths or eight"
    assert max(asked) < 90


def test_one_search_box_and_a_menu_that_folds_are_on_every_page(town: Town) -> None:
    client = client_for(town.accounts["analyst"])
    for path in ("/", "/queue", "/near", "/record/BD-2", "/clock"):
        page = text(client.get(path))
        assert page.count('role="search"') == 1, path
        assert page.count('<details class="desk-menu') == 1, path
    assert 'role="search"' not in text(client.get("/records")), "it has a box of its own"
    for name in ("overseer", "administrator", "coroners_officer"):
        assert 'role="search"' not in text(client_for(town.accounts[name]).get("/")), name
