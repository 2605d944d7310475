"""What test_kills_under_load.py asks of a desk in processes of its own.

`loaded_desk.py prepare USERS` fills a desk, asks for its rounds and prints a cookie a user;
`serve PORT` serves; `work` runs what waits; `waits` prints how many rounds are not done; `acts`
prints what the users did and the ledger knows; `stands` checks and prints as killed_rounds.py does.
"""

# ruff: noqa: PLC0415 (nothing of Django may load before it is set up)
from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from killed_rounds import DAYS, check, stands


def prepare(users: str) -> list[str]:
    """Fill a desk, ask for every round, and return a session key a user."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from populated import hand_in

    from clew.desk.accounts.models import Account
    from clew.desk.commands.accounts import add_account
    from clew.desk.records.take_in import take_in
    from clew.desk.rounds.run import ask_for_round
    from clew.desk.settings import CONFIGURATION
    from clew.desk.setup import migrate

    migrate()
    take_in(hand_in(CONFIGURATION.home / "made"), "test")
    for day in DAYS:
        at = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZoneInfo("Europe/London"))
        ask_for_round("test", at)
    keys = []
    for k in range(int(users)):
        add_account(f"user{k}", f"User {k}", None, (("analyst", ""),), "test")
        account = Account.objects.get(name=f"user{k}")
        session = SessionStore()
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session.save()
        keys.append(str(session.session_key))
    return keys


def serve_at(port: str) -> None:
    """Serve until stopped."""
    from clew.desk.commands.service import Address, serve

    serve(Address(port=int(port)))


def work_once() -> None:
    """Run every round that waits."""
    from clew.desk.rounds.worker import work

    work(once=True)


def waits() -> int:
    """Return how many rounds are not done; fail if one failed."""
    from clew.desk.review.runs import Round

    assert not Round.objects.filter(state=Round.FAILED).exists()
    return int(Round.objects.exclude(state=Round.DONE).count())


def acts() -> dict[str, int]:
    """Return staff by `unit day`, of rows that the ledger tells of too."""
    from clew.desk.ledger.models import Entry
    from clew.desk.records.models import Workload

    told = set()
    for body, subject in Entry.objects.filter(subject__startswith="workload:").values_list(
        "body", "subject"
    ):
        told.add((json.loads(body).get("unit"), subject.removeprefix("workload:")))
    return {
        f"{row.unit} {row.day}": int(row.staff_on_duty)
        for row in Workload.objects.exclude(staff_on_duty=None)
        if (row.unit, str(row.day)) in told
    }


def checked() -> dict[str, Any]:
    """Check that nothing is half-done, and return what stands."""
    check()
    return stands()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from clew.desk.setup import set_up

    set_up()
    jobs = {
        "prepare": prepare, "serve": serve_at, "work": work_once, "waits": waits, "acts": acts,
        "stands": checked,
    }  # fmt: skip
    sys.stdout.write(json.dumps(jobs[sys.argv[1]](*sys.argv[2:])) + "\n")  # type: ignore[operator]
