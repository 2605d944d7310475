"""For every test: hypothesis does not judge how long an example takes. Tests assert no times."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("clew", deadline=None)
settings.load_profile("clew")


@pytest.fixture(autouse=True, scope="session")
def _ledgers_may_be_emptied_after_a_test() -> Iterator[None]:
    """Between tests the desk's tables are emptied, which the ledger's guards refuse: lift them."""
    from django.db import connections  # noqa: PLC0415
    from django.test import TransactionTestCase  # noqa: PLC0415

    from clew.desk.ledger.models import RowChange  # noqa: PLC0415
    from clew.desk.ledger.triggers import drop_guards, raise_guards  # noqa: PLC0415
    from clew.desk.ledger.write import watch_commits  # noqa: PLC0415

    empty = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def teardown(self: TransactionTestCase) -> None:
        # Asked for now: once a browser's event loop runs in this thread, it is another one.
        connection = connections["default"]
        drop_guards(connection)
        connection.ensure_connection()
        # Emptying the tables is accounted for by no row of the ledger.
        connection.__dict__.pop("commit", None)
        empty(self)
        RowChange.objects.all().delete()  # it was noted, row by row
        watch_commits(connection)
        raise_guards(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield
