"""For every test: hypothesis does not judge how long an example takes. Tests assert no times."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("clew", deadline=None)
settings.load_profile("clew")
