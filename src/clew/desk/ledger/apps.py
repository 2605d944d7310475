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
        """Let SQLite know its transactions apart, and note changes in whatever tables there are."""
        from clew.desk.ledger.change_log import note_after_migrating, number_transactions  # noqa: PLC0415

        connection_created.connect(number_transactions)
        post_migrate.connect(note_after_migrating, sender=self)
