"""The desk's settings under test: a home of its own, and quick sums for passwords."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("CLEW_DESK_HOME", tempfile.mkdtemp(prefix="clew-desk-test-"))
os.environ.setdefault("CLEW_DESK_INBOX_OWNER", "folder")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if WORKER and Path(os.environ["CLEW_DESK_HOME"]).name != WORKER:
    # Workers inherit the first home. Each has its own: what one erases, another's restore would
    # erase again.
    home = Path(os.environ["CLEW_DESK_HOME"]) / WORKER
    home.mkdir(exist_ok=True)
    os.environ["CLEW_DESK_HOME"] = str(home)

from clew.desk.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Argon2 is slow on purpose; one test signs in with it."""
DATABASES["default"].setdefault("TEST", {})  # noqa: F405
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file, as in service: with one in memory nobody would ever wait for a writer.
    DATABASES["default"]["TEST"]["NAME"] = str(CONFIGURATION.home / "test.sqlite3")  # noqa: F405
