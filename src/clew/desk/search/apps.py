"""The app's name for Django."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save


class SearchConfig(AppConfig):
    """Named without its path, so that tables read well."""

    name = "clew.desk.search"
    label = "search"

    def ready(self) -> None:
        """Follow records and concerns as they are saved, and make the index when it is new."""
        # Models are loaded once the apps are; see Django's AppConfig.ready.
        from clew.desk.casework.models.concerns import ConcernWords  # noqa: PLC0415
        from clew.desk.records.models import SAVED_CALLS  # noqa: PLC0415
        from clew.desk.search.index import (  # noqa: PLC0415
            AROUND_CALLS,
            index_concern,
            index_records,
            rebuild,
        )
        from clew.desk.search.saved import telling  # noqa: PLC0415

        SAVED_CALLS.append(index_records)
        AROUND_CALLS.append(telling)

        def taken(instance: ConcernWords, **_: Any) -> None:
            index_concern(instance)

        def migrated(plan: Any = (), **_: Any) -> None:
            # A migration of this app is how an index of an earlier version is made again.
            if any(step.app_label == self.label for step, backwards in plan if not backwards):
                rebuild()

        post_save.connect(taken, sender=ConcernWords, weak=False)
        post_migrate.connect(migrated, sender=self, weak=False)
