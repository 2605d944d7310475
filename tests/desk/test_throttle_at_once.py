"""Many tries at once get no further than one after another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from clew.desk.accounts.models import Attempt
from clew.desk.accounts.sign_in_limits import PER_NAME_HERE, begin, forgive


@pytest.mark.django_db(transaction=True)
def test_of_many_tries_at_once_no_more_get_through() -> None:
    def knock(_: int) -> bool:
        try:
            return begin("ann", "10.0.0.1") is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        through = sum(pool.map(knock, range(24)))
    assert through <= PER_NAME_HERE
    assert Attempt.objects.count() == through
    Attempt.objects.all().delete()
    first = begin("Ann ", "10.0.0.1")
    assert first is not None
    assert begin("ann", "10.0.0.1") is not None
    forgive(first)
    assert Attempt.objects.count() == 0
