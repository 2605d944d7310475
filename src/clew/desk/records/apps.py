"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """Named without its path, so that tables read well."""

    name = "clew.desk.records"
    label = "records"

    def ready(self) -> None:
        """Notify the keepers of a sealed record who asked for it in vain; hide what names one."""
        from clew.desk.accounts.notify import READABLE_NOTICES  # noqa: PLC0415
        from clew.desk.records.sealed_words import readable_notices  # noqa: PLC0415
        from clew.desk.records.sealing import tell_keepers  # noqa: PLC0415
        from clew.desk.web.guard import HIDDEN_REFUSAL_CALLS  # noqa: PLC0415

        HIDDEN_REFUSAL_CALLS.append(tell_keepers)
        READABLE_NOTICES.append(readable_notices)
