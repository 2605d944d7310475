"""The declared rates that only benchmarks need, in `rates/`; the package has the others."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from clew.synthetic import rates

OWN = Path(__file__).parent / "rates"


@cache
def read_rates(name: str) -> dict[str, Any]:
    """Return one table of rates by its name, such as `overlay`, as read from its TOML file."""
    own = OWN / f"{name}.toml"
    return tomllib.loads(own.read_text("utf-8")) if own.exists() else rates.read_rates(name)
