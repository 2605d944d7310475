"""Sign-ins that fail too often wait. Counted in the database, so that all processes agree.

An attempt is written down before it is tried and taken off again if it succeeds. So of many tries
at once no more get through than one after another would: the n-th one written counts at least n.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import logout
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clew.desk.accounts.models import Attempt
from clew.desk.settings import CONFIGURATION

WINDOW = timedelta(minutes=15)
"""Declared: how long a failure counts."""
PER_NAME_HERE = 5
"""Declared: failures for one name from one address, as many as somebody mistypes."""
PER_NAME = 20
"""Declared: failures for one name from anywhere; more than PER_NAME_HERE, so that a stranger
elsewhere does not keep somebody out with five words."""
PER_ADDRESS = 50
"""Declared: failures from one address, which a whole station may share."""
WAIT = (
    "Signing in failed too often for this name or from this place. Wait"
    f" {WINDOW.seconds // 60} minutes, or ask whoever looks after accounts"
)


def begin(name: str, address: str) -> Attempt | None:
    """Write an attempt down and return it; None if it has to wait."""
    since = timezone.now() - WINDOW
    Attempt.objects.filter(at__lte=since).delete()
    mark = _mark(name)
    attempt = Attempt.objects.create(name=mark, address=address)
    counted = Attempt.objects.filter(at__gt=since)
    by_name, here = Q(name=mark), Q(address=address)
    too_many = (
        counted.filter(by_name & here).count() > PER_NAME_HERE
        or counted.filter(by_name).count() > PER_NAME
        or counted.filter(here).count() > PER_ADDRESS
    )
    if too_many:
        attempt.delete()  # a wait ends, however often somebody knocks meanwhile
        return None
    return attempt


def forgive(attempt: Attempt) -> None:
    """Take an attempt that succeeded off, with the earlier ones of this name from this address."""
    Attempt.objects.filter(name=attempt.name, address=attempt.address).delete()


def forget(name: str) -> None:
    """Take all failures of a name off: an administrator gave a new password."""
    Attempt.objects.filter(name=_mark(name)).delete()


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
