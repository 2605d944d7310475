"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Named without its path, so that tables read well."""

    name = "clew.desk.review"
    label = "review"

    def ready(self) -> None:
        """Keep the areas of pairs with those of their records, and lists with their seals."""
        # Models are loaded once the apps are; see Django's AppConfig.ready.
        from clew.desk.records.facts import AREA_MOVED_CALLS  # noqa: PLC0415
        from clew.desk.records.sealing import SEAL_MOVED_CALLS  # noqa: PLC0415
        from clew.desk.review.queue import move_pairs, renew_after_sealing  # noqa: PLC0415

        AREA_MOVED_CALLS.append(move_pairs)
        SEAL_MOVED_CALLS.append(renew_after_sealing)
