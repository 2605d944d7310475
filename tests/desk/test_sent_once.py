"""Attacks by haste: a form sent twice, an address that is none, dates and numbers out of range."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from made_desk import areas
from signed_in import PASSWORD, Make

from clew.desk.accounts.models import SentForm
from clew.desk.ledger.clock import desk_today
from clew.desk.ledger.models import Entry
from clew.desk.review.models import Decision, Meeting
from clew.desk.web import sent_once

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def sheet(account: Make) -> tuple[Client, dict[str, str]]:
    """Return somebody at the morning sheet, and the form as the page gives it."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(account("ann", "analyst"))
    return client, {**fields(client), "present": "all", "outcome": "Ann asks for the laptop"}


def fields(client: Client) -> dict[str, str]:
    found = TOKEN.search(client.get("/morning").content.decode())
    assert found is not None
    return {"csrfmiddlewaretoken": found[1], "day": desk_today().isoformat()}


@pytest.mark.django_db
@pytest.mark.database
def test_a_form_sent_twice_is_one_act_and_says_so(account: Make) -> None:
    client, form = sheet(account)
    first = client.post("/morning/meeting", form)
    second = client.post("/morning/meeting", form, follow=True)
    assert first.status_code == 302
    assert second.redirect_chain[0][0] == first["Location"]
    assert "It was saved once" in second.content.decode()
    assert Meeting.objects.count() == 1
    assert Entry.objects.filter(body__contains="morning meeting").count() == 1


@pytest.mark.django_db
@pytest.mark.database
def test_the_same_words_from_a_new_page_are_a_new_act(account: Make) -> None:
    client, form = sheet(account)
    client.post("/morning/meeting", form)
    client.post("/morning/meeting", {**form, **fields(client)})
    client.post("/morning/meeting", {**form, "outcome": "other words"})
    assert Meeting.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.database
def test_a_form_that_was_refused_can_be_sent_again(account: Make) -> None:
    client, form = sheet(account)
    wrong = {**form, "present": ""}
    assert [client.post("/morning/meeting", wrong).status_code for _ in range(2)] == [422, 422]
    assert not SentForm.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_act(account: Make) -> None:
    client, form = sheet(account)
    ready = Barrier(2)

    def send(_: int) -> int:
        own = Client(enforce_csrf_checks=True)
        for part in client.cookies.values():
            own.cookies[part.key] = part.value
        ready.wait()
        try:
            return own.post("/morning/meeting", form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, range(2))) == [302, 302]
    assert Meeting.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.database
def test_a_form_whose_first_answer_never_came_says_so(
    account: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, form = sheet(account)
    client.post("/morning/meeting", form)
    SentForm.objects.update(led_to="")
    monkeypatch.setattr(sent_once, "WAIT_S", 0.0)
    answer = client.post("/morning/meeting", form)
    assert answer.status_code == 409
    assert "check the page before you send it again" in answer.content.decode()
    assert Meeting.objects.count() == 1


BARE = (
    "", "morning", "clock", "nothing", "sign-in", "//evil.example/", "https://evil.example",
    "javascript:alert(1)", "\\\\evil.example", "?x", "#x", " ", "./x", "../x", "ledger-row",
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", BARE)
def test_a_next_that_is_no_address_leads_home(account: Make, wanted: str) -> None:
    account("ann", "analyst")
    told = {"name": "ann", "password": PASSWORD, "purpose": "p"}
    client = Client()
    answer = client.post("/sign-in", told, QUERY_STRING=f"next={wanted}")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    answer = client.post("/purpose", {"purpose": "p"}, QUERY_STRING=f"next={wanted}")
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.django_db
def test_a_next_within_the_desk_is_gone_to(account: Make) -> None:
    account("ann", "analyst")
    told = {"name": "ann", "password": PASSWORD, "purpose": "p"}
    assert Client().post("/sign-in?next=/morning", told)["Location"] == "/morning"
    assert Client().post("/sign-in?next", told)["Location"] == "/"


ODD = ("10000-01-01", "99999-12-31T23:59", "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-14:00",
       "9999-12-31T23:59", "0001-01-01", "-1-01-01", "2026-02-30", "2199-12-31T23:59:59-14:00",
       "1e309", "nan", "-1", "9" * 30, "2026-01-02T25:61", "2026-10-25T01:30",
       "2026-03-29T01:30")  # fmt: skip
"""Dates, times and numbers that overflow somewhere, or are none."""
FORMS = ("/morning/meeting", "/decisions/add", "/workload", "/areas", "/exports/records")


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.parametrize("value", ODD)
def test_dates_and_numbers_out_of_range_get_a_plain_answer(account: Make, value: str) -> None:
    areas(KD="Barking")
    made = account("max", "supervisor", "analyst")
    client = Client(raise_request_exception=False)
    client.force_login(made)
    told = dict.fromkeys(
        ("day", "decided_at", "alerts", "replaces", "staff", "unit", "since", "until", "review"),
        value,
    )
    told |= {"present": "x", "outcome": "x", "title": "x", "rationale": "x", "maker": str(made.pk)}
    for path in FORMS:
        assert client.post(path, told).status_code < 500, path
    for path in ("/morning", "/ledger", "/queue", "/records", "/near", "/search", "/like"):
        for name in ("day", "before", "page", "since", "until", "distance", "radius", "latitude"):
            assert client.get(path, {name: value}).status_code < 500, (path, name)


@pytest.mark.django_db
def test_a_time_that_came_twice_is_asked_which(account: Make) -> None:
    made = account("sue", "supervisor")
    client = Client()
    client.force_login(made)
    told = {"title": "x", "maker": str(made.pk), "rationale": "x"}
    page = client.post("/decisions/add", {**told, "decided_at": "2025-10-26T01:30"})
    assert page.status_code == 422
    words = page.content.decode()
    assert "the first as 2025-10-26T01:30+01:00, the second as 2025-10-26T01:30+00:00" in words
    assert 'name="decided_at" type="text"' in words  # a browser's own field takes no zone
    gone = client.post("/decisions/add", {**told, "decided_at": "2025-03-30T01:30"})
    assert "it did not exist on that day" in gone.content.decode()
    for text in ("2025-10-26T01:30+01:00", "2025-10-26T01:30+00:00"):
        assert client.post("/decisions/add", {**told, "decided_at": text}).status_code == 302
    times = Decision.objects.order_by("number").values_list("decided_at", flat=True)
    assert [at.hour for at in times] == [0, 1]
