"""Sign-ins that fail too often wait, a little longer each time, and nobody else waits for them.

An attempt is counted as failed before it is tried, under a lock, and taken back if it succeeds. So
of many tries at once no more get through than one after another would. Three counts are kept: of a
name at a place, of a name anywhere, and of a place. Who signed in from a place lately waits there
for their own failures alone: neither a stranger elsewhere nor one at the same place keeps them out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clew.desk.accounts.client_address import Network, networks, place_of, true_address
from clew.desk.accounts.models import SignInCount
from clew.desk.settings import CONFIGURATION


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, the longest wait after that, and when all is forgotten."""

    free: int
    longest: timedelta
    forgotten: timedelta

    def wait(self, failures: int) -> timedelta:
        """Return the wait after so many failures: `FIRST_WAIT`, doubled with each one more."""
        if failures < self.free:
            return timedelta()
        doubled: timedelta = FIRST_WAIT * 2 ** min(failures - self.free, DOUBLINGS)
        return min(self.longest, doubled)


FIRST_WAIT = timedelta(seconds=5)
"""Declared: somebody who mistyped once too often hardly notices; a program does."""
DOUBLINGS = 20
"""Declared: beyond any longest wait, and no number grows without end."""
HERE = Limit(5, timedelta(minutes=5), timedelta(days=1))
"""Declared: a name at a place. Free: as many as somebody mistypes. 288 guesses a day at most."""
ANYWHERE = Limit(20, timedelta(minutes=5), timedelta(days=1))
"""Declared: a name at places where it never signed in. Free: more than one stranger needs."""
PLACE = Limit(50, timedelta(minutes=1), timedelta(minutes=15))
"""Declared: a place, which a whole station may share, for names that are new there."""
KNOWN_FOR = timedelta(days=30)
"""Declared: how long a name counts as known at a place after it signed in there."""
PROXIES = "HTTP_X_FORWARDED_FOR"


class MustWait(Exception):
    """A sign-in that is not even tried: in how many seconds it may be."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def words(self) -> str:
        """Return what to tell the person."""
        wait = f"{self.seconds} seconds"
        if self.seconds >= 120:
            wait = f"{-(-self.seconds // 60)} minutes"
        return f"Too many attempts have failed. Try again in {wait}, or ask your administrator"


@dataclass(frozen=True, slots=True)
class SignInTry:
    """An attempt that is counted as failed until `forgive` takes it back."""

    mark: str
    place: str


def place_asked_from(request: HttpRequest) -> str:
    """Return the place a request comes from, as far as trusted proxies say."""
    peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get(PROXIES, "")
    return place_of(true_address(peer, forwarded, _proxies()))


@cache
def _proxies() -> tuple[Network, ...]:
    return networks(CONFIGURATION.proxies)


def begin(name: str, place: str) -> SignInTry:
    """Count an attempt as failed and return it.

    Raises
    ------
    MustWait
        If it has to wait; it counts for nothing then, and a wait ends however often it is tried.
    """
    mark, now = _mark(name), timezone.now()
    with transaction.atomic():
        _forget_old(now)
        at_place = _locked("", place)
        lately = now - KNOWN_FOR
        known = SignInCount.objects.filter(mark=mark, place=place, succeeded_at__gt=lately).exists()
        if not known:
            # Before there is any row of the name: names made up at a place that waits leave none.
            _check_wait(at_place, now)
        anywhere, here = _locked(mark, ""), _locked(mark, place)
        if not known:
            _check_wait(anywhere, now)
        _check_wait(here, now)
        for count, limit in ((at_place, PLACE), (anywhere, ANYWHERE), (here, HERE)):
            fresh = now - count.last_at <= limit.forgotten
            count.failures = (count.failures if fresh else 0) + 1
            count.last_at, count.waits_until = now, now + limit.wait(count.failures)
            count.save()
    return SignInTry(mark, place)


def _locked(mark: str, place: str) -> SignInCount:
    SignInCount.objects.get_or_create(mark=mark, place=place)
    return SignInCount.objects.select_for_update().get(mark=mark, place=place)


def _check_wait(count: SignInCount, now: datetime) -> None:
    if count.waits_until is not None and count.waits_until > now:
        raise MustWait(int((count.waits_until - now).total_seconds()) + 1)


def _forget_old(now: datetime) -> None:
    """Let go of counts that are forgotten and say of nobody where they are known."""
    old = SignInCount.objects.filter(last_at__lt=now - HERE.forgotten)
    old.filter(Q(succeeded_at=None) | Q(succeeded_at__lt=now - KNOWN_FOR)).delete()


def forgive(attempt: SignInTry) -> None:
    """Take an attempt that succeeded back, with the earlier ones of this name at this place."""
    with transaction.atomic():
        at_place, anywhere = _locked("", attempt.place), _locked(attempt.mark, "")
        here = _locked(attempt.mark, attempt.place)
        now = timezone.now()
        for count, limit in ((at_place, PLACE), (anywhere, ANYWHERE)):
            count.failures = max(0, count.failures - here.failures)
            count.waits_until = now + limit.wait(count.failures)
            count.save()
        here.failures, here.waits_until, here.succeeded_at = 0, None, now
        here.save()


def forget(name: str) -> None:
    """Take all failures of a name back: an administrator gave a new password."""
    SignInCount.objects.filter(mark=_mark(name)).update(failures=0, waits_until=None)


def _mark(name: str) -> str:
    # People type their password where the name belongs: the table must not keep it.
    return salted_hmac("clew.throttle", name.strip().lower(), algorithm="sha256").hexdigest()


# Sessions end: after a stretch without a word, and after a shift, whatever happens.


BEGAN, SEEN = "clew_began", "clew_seen"


class SessionLimits:
    """Signs out whoever was idle too long, or signed in too long ago."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or sign out first."""
        if request.user.is_authenticated:
            now = int(time.time())
            began = request.session.setdefault(BEGAN, now)
            seen = request.session.get(SEEN, now)
            too_long = now - began > CONFIGURATION.session_hours * 3600
            if too_long or now - seen > CONFIGURATION.idle_minutes * 60:
                logout(request)
                messages.info(request, "You were signed out, because the session had ended.")
                return redirect("sign-in")
            if now - seen >= 30:  # a row a request would be written for nothing
                request.session[SEEN] = now
            request.session.setdefault(SEEN, now)
        return self.answer(request)


def seconds_left(request: HttpRequest) -> int:
    """Return how many seconds the session lasts if nothing more is asked for from now on."""
    now = int(time.time())
    idle_ends = request.session.get(SEEN, now) + CONFIGURATION.idle_minutes * 60
    shift_ends = request.session.get(BEGAN, now) + CONFIGURATION.session_hours * 3600
    return int(max(0, min(idle_ends, shift_ends) - now))
