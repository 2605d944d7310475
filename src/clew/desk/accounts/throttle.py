"""Sign-ins that fail too often wait. Counted in the database, so that all processes agree.

An attempt is written down before it is tried and taken off again if it succeeds. So of many tries
at once no more get through than one after another would: the n-th one written counts at least n.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from clew.desk.accounts.models import Attempt

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
