"""Each fault that was found by a day's work at the desk (issue 24, part 12), and what is so now."""

from __future__ import annotations

import re
from typing import Any

import pytest
from desk_records import record
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from signed_in import PASSWORD, Make, SignedIn

from clew.desk.accounts.models import Account
from clew.desk.ledger.clock import demonstration_now
from clew.desk.records.models import Case
from clew.desk.web.forms import AgeField
from clew.desk.web.jinja import short
from clew.desk.web.ledger_words import KEYS, stated


def text(page: Any) -> str:
    return str(page.content.decode())


@pytest.mark.parametrize(
    ("address", "back"),
    [
        ("/pair/1/judge", "/pair/1"), ("/pair/1/second", "/pair/1"),
        ("/record-opinion/R-1", "/record/R-1"), ("/record-owner/R-1", "/record/R-1"),
        ("/queue/assign", "/queue"), ("/morning/meeting", "/morning"),
        ("/referral/3/answer", "/referral/3"), ("/searches/save", "/searches"),
    ],
)  # fmt: skip
def test_a_forms_address_opened_as_a_page_leads_back(
    db: None, signed_in: SignedIn, address: str, back: str
) -> None:
    answer = signed_in("sue", "supervisor", "murder_team").get(address)
    assert answer.status_code == 405
    assert answer["Allow"]
    assert f'href="{back}"' in text(answer)
    assert "Nothing was saved or changed" in text(answer)


def test_an_odd_method_is_answered_as_before(db: None, signed_in: SignedIn) -> None:
    answer = signed_in("sue", "supervisor").delete("/queue")
    assert (answer.status_code, answer.content) == (405, b"")


def test_near_here_leaves_out_the_record_it_started_from(db: None, signed_in: SignedIn) -> None:
    for number in ("R-1", "R-2"):
        record(number, latitude=51.5, longitude=0.1)
    client = signed_in("sam", "reporter:KD")
    page = text(client.get("/near", {"record": "R-1", "within": "500"}))
    assert "(R-2)<" in page
    assert "(R-1)<" not in page
    page = text(client.get("/near", {"latitude": "51.5", "longitude": "0.1", "within": "500"}))
    assert "(R-1)<" in page
    assert "(R-2)<" in page


@pytest.mark.parametrize(
    ("typed", "years", "about"),
    [
        ("23", 23, False), ("about 23", 23, True), ("c. 23", 23, True), ("Around 23", 23, True),
        ("3 months", 0.25, False), ("22.5", 22.5, False), ("~40", 40, True),
        ("23 years old", 23, False),
    ],
)  # fmt: skip
def test_an_age_may_be_about(typed: str, years: float, about: bool) -> None:
    age = AgeField().clean(typed)
    assert (age.years, age.about) == (years, about)


@pytest.mark.parametrize("typed", ["young", "20s", "-3", "131", "about", "20-25", "1e9"])
def test_what_is_no_age_says_what_to_enter(typed: str) -> None:
    from django.forms import ValidationError  # noqa: PLC0415

    with pytest.raises(ValidationError, match="Age must be a number, like 23"):
        AgeField().clean(typed)
    assert AgeField().clean("  ") is None


def test_a_guessed_age_is_a_guess_in_the_reports_words(db: None, signed_in: SignedIn) -> None:
    client = signed_in("sam", "reporter:KD")
    card = {"card": "00000000-0000-0000-0000-000000000007", "seen_at": "2015-09-14T08:20",
            "area": "KD", "age_years": "about 23", "sex": "male"}  # fmt: skip
    assert client.post("/scene-card", card).status_code == 302
    now = Case.objects.get().texts["now"]
    assert now["age_years"] == "23"
    assert "The person looked about 23 years old." in now["narrative"]


# The second factor.


def code_of(device: TOTPDevice, step: int = 0) -> str:
    return f"{totp(device.bin_key, drift=step):06d}"


@pytest.fixture
def adam(account: Make) -> tuple[Client, Account]:
    made = account("adam", "administrator")
    client = Client()
    client.force_login(made)
    return client, made


def test_setting_up_shows_a_qr_code_and_is_no_dead_end(adam: tuple[Client, Account]) -> None:
    client, made = adam
    refused = client.get("/accounts")
    assert refused.status_code == 403
    assert 'href="/second-factor"' in text(refused)
    page = text(client.get("/second-factor"))
    assert "<svg" in page
    assert 'style="' not in page, "the strict policy refuses it"
    device = TOTPDevice.objects.get(user=made)
    answer = client.post("/second-factor", {"code": code_of(device)})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "<svg" not in text(client.get("/second-factor")), "the key is shown once"


def test_a_right_code_after_a_wrong_one_is_taken(adam: tuple[Client, Account]) -> None:
    client, made = adam
    client.get("/second-factor")
    device = TOTPDevice.objects.get(user=made)
    right = code_of(device)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(2):
        assert client.post("/second-factor", {"code": wrong}).status_code == 422
    assert client.post("/second-factor", {"code": right}).status_code == 302


def test_guessing_on_costs_a_wait_that_is_said(adam: tuple[Client, Account]) -> None:
    client, made = adam
    client.get("/second-factor")
    device = TOTPDevice.objects.get(user=made)
    right = code_of(device)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(3):
        client.post("/second-factor", {"code": wrong})
    page = client.post("/second-factor", {"code": right})
    assert page.status_code == 422
    assert re.search(r"Too many wrong codes\. Wait \d seconds?,", text(page))


# Words and days.


def test_a_purpose_can_be_chosen(db: None, account: Make) -> None:
    page = text(Client().get("/sign-in"))
    assert '<datalist id="purposes">' in page
    assert 'list="purposes"' in page
    account("ann", "analyst")
    sent = {"name": "ann", "password": PASSWORD, "purpose": "Anything else at all"}
    assert Client().post("/sign-in", sent).status_code == 302


def test_short_times_have_their_year() -> None:
    at = timezone.make_aware(timezone.datetime(2014, 6, 19, 4, 5))
    assert short(at) == "19 Jun 2014, 04:05"
    assert short(timezone.make_aware(timezone.datetime(2014, 6, 19, 23, 59, 59))) == "19 Jun 2014"


def test_the_ledger_says_no_empty_key() -> None:
    body = {"because": "", "bytes": 184_973, "guarded": [], "why": None, "count": 0, "yes": False}
    assert stated(body) == [("bytes", 184_973), ("count", 0), ("yes", False)]
    assert KEYS["bytes"] == "Size in bytes"
    assert list(KEYS) == sorted(KEYS)


def test_the_day_of_a_summary_goes_with_its_export(db: None, signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst")
    page = text(client.get("/morning?day=2015-09-14"))
    assert 'href="/exports/sheet?day=2015-09-14"' in page
    page = text(client.get("/exports/sheet?day=2015-09-14"))
    assert 'value="2015-09-14"' in page
    assert re.search(r'value="day" checked', page), "the whole day, as the page shows it"
    assert 'href="/exports/sheet"' in text(client.get("/morning"))


def test_a_demonstration_says_so_on_every_page(
    db: None, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demonstration_now() is None

    from django.template import engines  # noqa: PLC0415

    env = engines.all()[0].env  # type: ignore[attr-defined]
    monkeypatch.setitem(env.globals, "demonstration_now", timezone.now)
    client = signed_in("sue", "supervisor")
    for page in (
        Client().get("/sign-in"),
        *(client.get(p) for p in ("/", "/queue", "/near", "/nothing")),
    ):
        assert "The force and its records are made up" in text(page)
        assert "are from the public record" in text(page)
