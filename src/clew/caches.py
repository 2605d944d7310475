"""Where Clew keeps what it can always make again: compiled code and prepared files."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return where Clew keeps what it can always make again."""
    named = os.environ.get("CLEW_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "clew"
