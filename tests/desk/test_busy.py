"""A database that gave up waiting is answered plainly; other faults are not hidden by that."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client
from signed_in import SignedIn

from clew.desk.web.http import is_busy


class DeadlockFoundError(Exception):
    """Stands for the driver's own error."""

    sqlstate = "40P01"


def fault(said: str, cause: Exception | None = None) -> OperationalError:
    made = OperationalError(said)
    made.__cause__ = cause
    return made


@pytest.mark.parametrize(
    ("made", "busy"),
    [
        (fault("deadlock detected", DeadlockFoundError()), True),
        (fault("database is locked"), True),
        (fault("the disk is full"), False),
        (ValueError("database is locked"), False),
    ],
)
def test_what_counts_as_busy(made: Exception, busy: bool) -> None:
    assert is_busy(made) is busy


@pytest.mark.django_db
@pytest.mark.parametrize(("said", "status"), [("database is locked", 503), ("no disk", 500)])
def test_the_page_says_that_nothing_was_saved(
    said: str, status: int, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OperationalError(said)

    client: Client = signed_in("sue", "supervisor:KD")
    client.raise_request_exception = False
    monkeypatch.setattr("clew.desk.pages.proposals.waiting_for", broken)
    answer = client.get("/proposals")
    assert answer.status_code == status
    assert ("Nothing was saved" in answer.content.decode()) is (status == 503)
