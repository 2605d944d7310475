"""Refused sign-ins in the ledger: one row when a window begins, one that counts when it is over.

Anybody can be refused without an account, as often as the server answers. So the number of rows
depends on how many names have an account and on time, not on how often somebody tries.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from clew.desk.accounts.models import Account, DenialCount
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write

UNKNOWN = "somebody"
"""The actor of a sign-in under a name that no account has."""
WINDOW = timedelta(minutes=15)
"""Declared: refusals within it are counted in one row after the first; as often as the worker
escalates."""


def deny(name: str, reason: str, place: str) -> None:
    """Log a sign-in that failed; a name that no account has may be a password.

    Parameters
    ----------
    reason
        Its words up to the first colon are the kind that is counted.
    place
        Where the first of a window came from.
    """
    name = name.replace("\0", "").strip().lower()[:150]
    actor = name if Account.objects.filter(name=name).exists() else UNKNOWN
    kind, now = reason.partition(":")[0][:60], timezone.now()
    with transaction.atomic():
        DenialCount.objects.get_or_create(
            actor=actor, kind=kind, defaults={"began_at": now - 2 * WINDOW}
        )
        count = DenialCount.objects.select_for_update().get(actor=actor, kind=kind)
        if now - count.began_at <= WINDOW:
            count.more, count.last_at = count.more + 1, now
            count.save(update_fields=["more", "last_at"])
            return
        _write_count(count)
        count.began_at = count.last_at = now
        count.save()
        write(Act.DENIAL, "sign-in", actor, reason=reason, place=place)


def write_counts(now: datetime) -> int:
    """Write the row of each window that is over; return how many. The worker asks for it."""
    done, over = 0, DenialCount.objects.filter(began_at__lt=now - WINDOW)
    if not over.exists():
        return 0
    with transaction.atomic():
        for count in over.select_for_update().order_by("pk"):
            done += bool(count.more)
            _write_count(count)
            count.delete()
    return done


def _write_count(count: DenialCount) -> None:
    if not count.more:
        return
    write(
        Act.DENIAL, "sign-in", count.actor, reason=count.kind, more=count.more,
        since=instant_text(count.began_at), until=instant_text(count.last_at),
    )  # fmt: skip
    count.more = 0
