"""The API answers what a page would, to whom it would, and a token is never more than its role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from desk_world import (
    EVERY_ROLE,
    OPENED,
    OTHER,
    OWN,
    OWN_WORD,
    SEALED,
    SEALED_WORD,
    client_of,
    open_to,
)
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from made_desk import person
from schemathesis.specs.openapi.checks import ignored_auth
from signed_in import SignedIn

from clew.desk.accounts.manage import CannotDo
from clew.desk.accounts.models import Account, Grant
from clew.desk.accounts.rules import Person, Role, RoleGrant
from clew.desk.api.models import ApiToken
from clew.desk.api.tokens import MOST_DAYS, READS, NewToken, end, holder_of, issue
from clew.desk.ledger.models import Act, Entry
from clew.desk.records.models import Case
from clew.desk.review.models import Link

pytestmark = pytest.mark.django_db
ADMINISTRATOR = Person("adm", (RoleGrant(Role.ADMINISTRATOR),), "test", second_factor=True)
PUBLISHED = Path(__file__).parents[2] / "docs/reference/api.json"
LISTS = ("records", "links", "alerts", "series", "deadlines")


def token_for(role: str, area: str = "KD", name: str = "prog") -> str:
    account = person(name, role, area=area)
    until = timezone.localdate() + timedelta(days=30)
    return issue(account, NewToken(Role(role), area, "a test", until), ADMINISTRATOR)[1]


def ask(token: str, address: str, **headers: str) -> Any:
    client = Client(raise_request_exception=False)
    return client.get(f"/api/v1/{address}", headers={"Authorization": f"Bearer {token}", **headers})


def read(token: str, address: str) -> dict[str, Any]:
    answer = ask(token, address)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


# What each role reads.

MAY = {
    "records": {"reporter", "analyst", "supervisor", "murder_team"},
    "links": {"analyst", "supervisor", "murder_team"},
    "alerts": {"analyst", "supervisor", "murder_team"},
    "series": {"analyst", "supervisor", "murder_team"},
    "deadlines": {"reporter", "analyst", "supervisor", "murder_team"},
}


@pytest.mark.parametrize("role", [role.value for role in READS])
def test_each_role_reads_what_its_pages_show(role: str, world_built: None) -> None:
    token = token_for(role)
    for address, roles in MAY.items():
        assert ask(token, address).status_code == (200 if role in roles else 403), address


@pytest.mark.parametrize("role", sorted(set(EVERY_ROLE) - {one.value for one in READS}))
def test_no_token_is_issued_for_a_role_that_sees_no_records(role: str) -> None:
    with pytest.raises(CannotDo, match="sees records"):
        token_for(role, "")


@pytest.mark.parametrize("role", ["reporter", "analyst", "supervisor", "murder_team"])
def test_no_answer_holds_a_sealed_record_or_another_areas(role: str, world_built: None) -> None:
    token = token_for(role)
    open_to("prog")  # a seal that was opened to the account is not opened to its program
    whole = ""
    for address in (*LISTS, f"records/{OWN}", f"links?record={OWN}"):
        whole += ask(token, address).content.decode()
    assert OWN in whole
    assert OWN_WORD in whole
    for kept in (SEALED, OPENED, SEALED_WORD):
        assert kept not in whole
    assert [one["number"] for one in read(token, "records")["records"]] == [OWN]


def test_sealed_absent_and_elsewhere_are_answered_alike(world_built: None) -> None:
    token = token_for("supervisor")
    answers = [ask(token, f"records/{number}") for number in (SEALED, OPENED, "NONE-1", OTHER)]
    assert [one.status_code for one in answers] == [404] * 4
    assert len({one.content for one in answers}) == 1
    linked = [ask(token, f"links?record={number}") for number in (SEALED, "NONE-1", OTHER)]
    assert {one.content for one in linked} == {answers[0].content}


def test_counts_and_pages_are_those_of_the_visible(world_built: None) -> None:
    token = token_for("murder_team", "")
    page = read(token, "records?lines=1")
    numbers = [page["records"][0]["number"]]
    while page["next"]:
        page = read(token, page["next"].removeprefix("/api/v1/"))
        numbers += [one["number"] for one in page["records"]]
    assert sorted(numbers) == sorted([OWN, OTHER])
    assert page["previous"]


# Tokens.


def test_a_token_ends_with_its_day_its_role_its_account_or_by_hand() -> None:
    text = token_for("analyst")
    token = ApiToken.objects.get()
    assert text not in json.dumps(list(ApiToken.objects.values()), default=str)
    held = holder_of(text)
    assert held is not None
    assert held.holdings == (RoleGrant(Role.ANALYST, "KD"),)
    assert not Account.objects.filter(name=held.name).exists()
    yesterday = timezone.localdate() - timedelta(days=1)
    for undo, do in (
        (lambda: ApiToken.objects.update(until=token.until),
         lambda: ApiToken.objects.update(until=yesterday)),
        (lambda: Grant.objects.update(until=None), lambda: Grant.objects.update(until=yesterday)),
        (lambda: Grant.objects.update(area="KD"), lambda: Grant.objects.update(area="LX")),
        (lambda: Account.objects.update(is_active=True),
         lambda: Account.objects.update(is_active=False)),
    ):  # fmt: skip
        do()
        assert holder_of(text) is None
        assert ask(text, "records").status_code == 401
        undo()
        assert holder_of(text) == held
    end(token, ADMINISTRATOR)
    assert ask(text, "records").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer clew_"])
def test_nothing_but_a_token_lets_anybody_in(header: str, signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")  # a session is no token
    for address in (*LISTS, "records/X"):
        answer = client.get(f"/api/v1/{address}", headers={"Authorization": header})
        assert answer.status_code == 401


def test_refused_tokens_are_counted_and_not_a_row_each() -> None:
    for _ in range(30):
        ask("clew_wrong", "records")
    assert Entry.objects.filter(act=Act.DENIAL, subject="sign-in").count() == 1
    assert not Entry.objects.filter(body__contains="clew_wrong").exists()


def test_a_token_is_never_more_than_its_account_and_never_ones_own() -> None:
    until = timezone.localdate() + timedelta(days=1)
    account = person("ann", "analyst", area="KD")
    for asked, why in (
        (NewToken(Role.SUPERVISOR, "KD", "p", until), "does not hold"),
        (NewToken(Role.ANALYST, "LX", "p", until), "does not hold"),
        (NewToken(Role.ANALYST, "", "p", until), "does not hold"),
        (NewToken(Role.ANALYST, "KD", "p", until - timedelta(days=2)), "last day"),
        (NewToken(Role.ANALYST, "KD", "p", until + timedelta(days=MOST_DAYS)), "last day"),
    ):
        with pytest.raises(CannotDo, match=why):
            issue(account, asked, ADMINISTRATOR)
    own = Person("ann", (RoleGrant(Role.ADMINISTRATOR),), second_factor=True)
    with pytest.raises(CannotDo, match="your own account"):
        issue(account, NewToken(Role.ANALYST, "KD", "p", until), own)
    local = Person("bob", (RoleGrant(Role.ADMINISTRATOR, "LX"),), second_factor=True)
    with pytest.raises(CannotDo, match="do not manage"):
        issue(account, NewToken(Role.ANALYST, "KD", "p", until), local)
    assert not ApiToken.objects.exists()


# Calls.


def test_every_call_is_a_row_with_the_tokens_purpose(world_built: None) -> None:
    token = token_for("analyst")
    before = Entry.objects.count()
    for address in LISTS:
        read(token, address)
    ask(token, f"records/{OWN}")
    ask(token, "records/NONE-1")
    ask(token_for("reporter", name="two"), "links")
    rows = list(Entry.objects.filter(number__gt=before + 0).exclude(act=Act.ACCESS))
    assert [row.act for row in rows[-8:]] == [Act.CONSULTATION] * 6 + [Act.DENIAL] * 2
    assert {row.purpose for row in rows[-8:]} == {"a test"}
    assert rows[-3].subject == f"case:{OWN}"
    assert rows[-8].actor.startswith("prog, API token ")


def test_what_a_program_has_already_is_not_sent_again(world_built: None) -> None:
    token = token_for("analyst")
    first = ask(token, "records")
    again = ask(token, "records", **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Case.objects.filter(case_id=OWN).update(area="LX")
    assert ask(token, "records", **{"If-None-Match": first["ETag"]}).status_code == 200


def test_alerts_are_those_of_the_engine(world_built: None) -> None:
    token = token_for("analyst", "")
    link = Link.objects.filter(case__sealed=False, other__sealed=False).first()
    assert link is not None
    assert read(token, "alerts")["alerts"] == []
    Link.objects.update(alert=True)
    (found,) = read(token, "alerts")["alerts"]
    assert (found["link"], found["kind"]) == (link.pk, "alert")
    assert {found["record"]["number"], found["other"]["number"]} == {OWN, OTHER}
    day = (link.at + timedelta(days=2)).date()
    assert read(token, f"alerts?since={day}")["alerts"] == []


@pytest.mark.parametrize(
    "asked",
    [
        "records?page=0",
        "records?lines=101",
        "records?since=x",
        "records?area=%00",
        "alerts?since=9",
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(asked: str) -> None:
    answer = ask(token_for("analyst"), asked)
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)


def test_an_administrator_issues_a_token_on_a_page_and_ends_it() -> None:
    client = client_of(person("adm", "administrator"))
    account = person("prog", "analyst", area="KD")
    address = f"/accounts/{account.pk}/tokens"
    assert b"has no tokens" in client.get(address).content
    until = timezone.localdate() + timedelta(days=9)
    sent = {"holding": "analyst|KD", "purpose": "dashboard", "until": until.isoformat()}
    page = client.post(address, sent).content.decode()
    text = page.partition('desk-id">')[2].partition("<")[0]
    assert ask(text, "records").status_code == 200
    token = ApiToken.objects.get()
    assert text not in client.get(address).content.decode()
    client.post(f"{address}/{token.pk}/end")
    assert ask(text, "records").status_code == 401
    assert "ended" in client.get(address).content.decode()
    refused = client.post(address, {**sent, "holding": "supervisor|KD"})
    assert refused.status_code == 422


# The published description against the answers.


@pytest.fixture
def stays_open() -> Iterator[None]:
    """Keep the test's own transaction: a served request would close the connection after it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("world_built", "stays_open")
@pytest.mark.parametrize("role", [role.value for role in READS])
@pytest.mark.parametrize("examples", [5, pytest.param(100, marks=pytest.mark.long)])
def test_whatever_is_asked_the_answer_is_as_described(role: str, examples: int) -> None:
    token = token_for(role)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    asked = 0
    for operation in schema.get_all_operations():

        @given(case=operation.ok().as_strategy())
        @settings(
            max_examples=examples, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), database=None,
        )  # fmt: skip
        def answer_is_as_described(case: schemathesis.Case) -> None:
            nonlocal asked
            answer = case.call(headers={"Authorization": f"Bearer {token}"})
            asked += 1
            assert answer.status_code < 500, answer.content
            case.validate_response(answer, excluded_checks=[ignored_auth])
            for kept in (SEALED, OPENED, SEALED_WORD):
                assert kept not in answer.text.replace(case.formatted_path, "")

        answer_is_as_described()
    assert asked >= 6


def test_the_published_description_is_the_one_that_is_served() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.json() == json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert answer.json()["openapi"].startswith("3.1")
