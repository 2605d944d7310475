"""Django's own start: settings named, apps loaded, the database as this version wants it."""

from __future__ import annotations

import os

import django
from django.core.management import call_command


def set_up() -> None:
    """Load Django; call before any model is imported."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clew.desk.settings")
    django.setup()


def migrate() -> None:
    """Bring the database to this version's tables."""
    call_command("migrate", interactive=False, verbosity=0)
