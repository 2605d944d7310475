"""The app's name for Django."""

from __future__ import annotations

from django.apps import AppConfig


class ReleaseConfig(AppConfig):
    """Named without its path, so that tables read well."""

    name = "clew.desk.release"
    label = "release"
