"""Failed sign-ins wait, nobody else does, and the ledger does not grow by them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone
from signed_in import PASSWORD, Make

from clew.desk.accounts import denials, sign_in_limits
from clew.desk.accounts.client_address import networks, place_of, true_address
from clew.desk.accounts.denials import deny, write_counts
from clew.desk.accounts.models import DenialCount, SignInCount
from clew.desk.accounts.sign_in_limits import ANYWHERE, HERE, PLACE, MustWait, begin, forgive
from clew.desk.configuration import Configuration
from clew.desk.ledger.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.database]
STATION, ELSEWHERE = "10.0.0.1", "203.0.113.9"


class Clock:
    """A clock that stands still until it is moved on."""

    def __init__(self) -> None:
        self.at = timezone.now()

    def now(self) -> datetime:
        return self.at

    def on(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (sign_in_limits, denials):
        monkeypatch.setattr(module, "timezone", SimpleNamespace(now=made.now))
    return made


def post(name: str, password: str, place: str = STATION, **headers: str) -> int:
    told = {"name": name, "password": password, "purpose": "p"}
    return Client().post("/sign-in", told, REMOTE_ADDR=place, **headers).status_code


def waits(name: str, place: str) -> int:
    try:
        begin(name, place)
    except MustWait as wait:
        return wait.seconds
    return 0


def test_the_wait_grows_and_ends(account: Make, clock: Clock) -> None:
    account("ann", "analyst")
    assert [post("ann", "x") for _ in range(7)] == [422] * 5 + [429] * 2
    assert post("ann", PASSWORD) == 429
    clock.on(seconds=6)
    waited = []
    for _ in range(8):
        begin("ann", STATION)
        waited.append(waits("ann", STATION))
        clock.on(seconds=waited[-1])
    assert waited == [11, 21, 41, 81, 161, 301, 301, 301]
    assert post("ann", PASSWORD) == 302
    assert [post("ann", "x") for _ in range(4)] == [422] * 4


def test_knocking_makes_no_wait_longer(account: Make, clock: Clock) -> None:
    account("ann", "analyst")
    for _ in range(500):
        waits("ann", STATION)
    clock.on(seconds=6)
    assert post("ann", PASSWORD) == 302


def test_fifty_wrong_tries_keep_nobody_out_of_their_station(account: Make, clock: Clock) -> None:
    for name in ("ann", "bob"):
        account(name, "analyst")
        assert post(name, PASSWORD) == 302
    codes = [post(f"n{k}", "x") for k in range(PLACE.free + 9)]
    assert codes == [422] * PLACE.free + [429] * 9
    assert post("ann", PASSWORD) == 302
    assert post("bob", PASSWORD) == 302
    clock.on(seconds=61)
    # Somebody who is new there waits, a minute at most, however long it was tried.
    account("new", "analyst")
    for k in range(40):
        begin(f"m{k}", STATION)
        clock.on(seconds=61)
    begin("m", STATION)
    assert 0 < waits("new", STATION) <= 61
    clock.on(seconds=61)
    assert post("new", PASSWORD) == 302


def test_a_stranger_elsewhere_keeps_nobody_out(account: Make, clock: Clock) -> None:
    account("ann", "analyst")
    assert post("ann", PASSWORD) == 302
    for k in range(60):
        waits("ann", f"203.0.113.{k}")
        clock.on(seconds=1)
    assert waits("ann", ELSEWHERE) > 0  # whoever guesses from ever new places waits
    assert post("ann", PASSWORD) == 302


def test_guesses_from_everywhere_are_few(clock: Clock) -> None:
    """A day of guessing one name, from as many places as there are."""
    tried, until = 0, clock.now() + timedelta(hours=2)
    while clock.now() < until:
        seconds = waits("ann", f"198.51.{tried % 250}.{tried % 199}")
        tried += not seconds
        clock.on(seconds=max(seconds, 1))
    longest = ANYWHERE.longest.total_seconds()
    assert tried <= ANYWHERE.free + 8 + 7200 / longest


def test_a_success_forgives_only_ones_own(account: Make, clock: Clock) -> None:
    account("ann", "analyst")
    for k in range(PLACE.free - 3):
        waits(f"n{k}", STATION)
    for _ in range(3):
        attempt = begin("ann", STATION)
    forgive(attempt)
    assert SignInCount.objects.get(mark="", place=STATION).failures == PLACE.free - 3


def test_what_is_forgotten_leaves_no_row(clock: Clock) -> None:
    for k in range(30):
        waits(f"n{k}", STATION)
    clock.on(days=2)
    waits("ann", ELSEWHERE)
    assert SignInCount.objects.count() == 3


def test_names_made_up_at_a_place_that_waits_leave_no_row() -> None:
    for k in range(400):
        waits(f"n{k}", STATION)
    assert SignInCount.objects.count() == 1 + 2 * PLACE.free


# The ledger does not grow by refusals.


def test_refusals_of_a_window_are_two_rows(account: Make, clock: Clock) -> None:
    account("ann", "analyst")
    for k in range(100):
        post(f"n{k}", "x")
    assert Entry.objects.filter(act="denial").count() == 2  # wrong, and waiting
    assert DenialCount.objects.count() == 2
    post("ann", "x", ELSEWHERE)
    assert Entry.objects.filter(act="denial", actor="ann").count() == 1
    clock.on(minutes=16)
    assert write_counts(clock.now()) == 2
    assert DenialCount.objects.count() == 0
    told = [json.loads(row.body) for row in Entry.objects.filter(act="denial")]
    assert sum(row.get("more", 1) for row in told) == 101
    assert write_counts(clock.now()) == 0


def test_the_next_window_says_first_how_many_the_last_had(clock: Clock) -> None:
    for _ in range(5):
        deny("x", "name and password", STATION)
    clock.on(minutes=16)
    deny("x", "name and password", STATION)
    told = [json.loads(row.body) for row in Entry.objects.order_by("number")]
    assert [row.get("more") for row in told] == [None, 4, None]
    assert told[0]["place"] == STATION


def test_reasons_that_a_stranger_words_are_one_kind() -> None:
    for k in range(50):
        deny("", f"single sign-on: made up {k}", ELSEWHERE)
    assert Entry.objects.count() == 1


# Behind proxies.

PROXIES = networks("10.1.0.0/24, 10.2.0.2, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy: the header is a lie
        ("10.1.0.7", "203.0.113.9", "203.0.113.9"),
        ("10.1.0.7", "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # what the client wrote before it
        ("10.1.0.7", "203.0.113.9, 10.2.0.2", "203.0.113.9"),
        ("10.1.0.7", "10.2.0.2, 203.0.113.9", "203.0.113.9"),
        ("10.1.0.7", "10.1.0.1, 10.1.0.2", "10.1.0.1"),
        ("10.1.0.7", "", "10.1.0.7"),
        ("10.1.0.7", "unknown", "10.1.0.7"),
        ("10.1.0.7", "203.0.113.9, ", "10.1.0.7"),
        ("10.1.0.7", "203.0.113.9:443", "203.0.113.9"),
        ("10.1.0.7", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.1.0.7", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.1.0.7", "203.0.113.9", "203.0.113.9"),
        ("fd00::1", "203.0.113.9", "203.0.113.9"),
        ("", "203.0.113.9", ""),
        ("10.1.0.7", "," * 5_000, "10.1.0.7"),
    ],
)
def test_the_true_address_is_what_trusted_proxies_say(
    peer: str, forwarded: str, address: str
) -> None:
    assert true_address(peer, forwarded, PROXIES) == address


def test_a_subscribers_ipv6_is_one_place() -> None:
    assert place_of("2001:db8:0:1::5") == place_of("2001:db8:0:1:ffff::9") == "2001:db8:0:1::/64"
    assert place_of("::ffff:203.0.113.9") == place_of("203.0.113.9") == "203.0.113.9"
    assert place_of("fe80::1%eth0") == "fe80::/64"
    assert len(place_of("x" * 500)) <= 64
    with pytest.raises(ValueError, match="does not appear"):
        networks("proxy.example")
    with pytest.raises(ValueError, match="does not appear"):
        Configuration(proxies="10.0.0.1, proxy.example")
    assert networks("") == ()
    assert ip_network("10.2.0.2") in PROXIES


def test_behind_a_proxy_only_the_station_that_fails_waits(
    account: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_limits, "_proxies", lambda: PROXIES)
    account("ann", "analyst")
    for k in range(PLACE.free + 5):
        post(f"n{k}", "x", "10.1.0.7", HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert post("ann", PASSWORD, "10.1.0.7", HTTP_X_FORWARDED_FOR="203.0.113.9") == 429
    lie = "198.51.100.4, 203.0.113.9"
    assert post("ann", PASSWORD, "10.1.0.7", HTTP_X_FORWARDED_FOR=lie) == 429
    assert post("ann", PASSWORD, "10.1.0.7", HTTP_X_FORWARDED_FOR="203.0.113.10") == 302


def test_limits_are_as_documented() -> None:
    assert (HERE.free, ANYWHERE.free, PLACE.free) == (5, 20, 50)
