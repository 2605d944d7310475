"""Many tries at once get no further than one after another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from clew.desk.accounts.models import SignInCount
from clew.desk.accounts.sign_in_limits import HERE, MustWait, begin, forgive


@pytest.mark.django_db(transaction=True)
def test_of_many_tries_at_once_no_more_get_through() -> None:
    def knock(_: int) -> bool:
        try:
            begin("ann", "10.0.0.1")
        except MustWait:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(12) as pool:
        through = sum(pool.map(knock, range(24)))
    assert through <= HERE.free
    assert SignInCount.objects.get(place="10.0.0.1", mark="").failures == through
    SignInCount.objects.all().delete()
    first = begin("Ann ", "10.0.0.1")
    begin("ann", "10.0.0.1")
    forgive(first)
    assert {count.failures for count in SignInCount.objects.all()} == {0}
