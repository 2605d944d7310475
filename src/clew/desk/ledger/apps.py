"""The app's name for Django, and what its database needs beside tables."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    """Named without its path, so that tables read well."""

    name = "clew.desk.ledger"
    label = "ledger"

    def ready(self) -> None:
        """Let writers take turns, number transactions, account at commits, set triggers."""
        from clew.desk.ledger.change_log import number_transactions  # noqa: PLC0415
        from clew.desk.ledger.migrating import after_migrating  # noqa: PLC0415
        from clew.desk.ledger.serialized import serialize_transactions  # noqa: PLC0415
        from clew.desk.ledger.turns import take_turns  # noqa: PLC0415
        from clew.desk.ledger.write import watch_commits  # noqa: PLC0415

        connection_created.connect(take_turns)
        connection_created.connect(number_transactions)
        connection_created.connect(watch_commits)
        connection_created.connect(serialize_transactions)
        post_migrate.connect(after_migrating, sender=self)
