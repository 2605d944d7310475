"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """Named without its path, so that tables read well."""

    name = "clew.desk.casework"
    label = "casework"

    def ready(self) -> None:
        """Open closed deaths again by late facts, and by what a lifted seal had kept back."""
        # Models are loaded once the apps are; see Django's AppConfig.ready.
        from clew.desk.casework.reopening import facts_added, seal_moved  # noqa: PLC0415
        from clew.desk.records.facts import FACTS_ADDED_CALLS  # noqa: PLC0415
        from clew.desk.records.sealing import SEAL_MOVED_CALLS  # noqa: PLC0415

        FACTS_ADDED_CALLS.append(facts_added)
        SEAL_MOVED_CALLS.append(seal_moved)
