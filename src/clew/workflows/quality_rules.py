"""Values that cannot stand, or cannot stand together, in one record."""

from __future__ import annotations

from collections.abc import Callable

from clew.model.case import Case
from clew.model.time_window import DAY

OLDEST_LIKELY = 110
"""Years of age beyond which an age deserves a look; one person in millions lives so long."""


def _both(values: tuple[str, ...] | None, one: set[str], other: set[str]) -> bool:
    held = set(values or ())
    return bool(held & one and held & other)


TOGETHER: tuple[tuple[str, str, Callable[[Case], bool]], ...] = (
    ("age", f"older than {OLDEST_LIKELY} years", lambda c: (c.age_years or 0) > OLDEST_LIKELY),
    (
        "last seen alive",
        "last seen alive after the window in which it happened",
        lambda c: bool(c.last_seen_alive and c.window and c.last_seen_alive > c.window.latest),
    ),
    (
        "last seen alive",
        "last seen alive after the report",
        lambda c: bool(c.last_seen_alive and c.last_seen_alive > c.reported_at),
    ),
    (
        "when it happened",
        "the window ends more than a day after the report",
        lambda c: bool(c.window and c.window.latest > c.reported_at + DAY),
    ),
    (
        "place",
        "a point blurred over more than 100 km",
        lambda c: bool(c.point and (c.point.precision_m or 0) > 100_000),
    ),
    (
        "lividity",
        "fixed and not fixed, or absent and somewhere",
        lambda c: (
            _both(c.lividity, {"fixed"}, {"not_fixed"})
            or _both(c.lividity, {"absent"}, {"posterior", "anterior", "on_abdomen", "fixed"})
        ),
    ),
    (
        "injuries",
        "none seen, and some",
        lambda c: "none_seen" in (c.injuries or ()) and len(c.injuries or ()) > 1,
    ),
    (
        "clothing",
        "fully dressed and undressed",
        lambda c: _both(c.clothing, {"fully_dressed"}, {"undressed", "underwear_only"}),
    ),
    ("posture", "face up and face down", lambda c: _both(c.posture, {"supine"}, {"prone"})),
    (
        "missing items",
        "a phone missing, and one present",
        lambda c: "phone" in (c.missing_items or ()) and "phone_present" in (c.scene or ()),
    ),
    (
        "state of the body",
        "warm and cold, or stiff and not",
        lambda c: (
            _both(c.body_state, {"warm"}, {"cold"})
            or _both(c.body_state, {"rigor_full"}, {"rigor_absent"})
        ),
    ),
    (
        "scene",
        "forced entry, and none",
        lambda c: (
            _both(c.scene, {"forced_entry"}, {"no_forced_entry"})
            or _both(c.scene, {"disturbed_room"}, {"no_disturbance"})
        ),
    ),
    (
        "substances",
        "a substance found that was not tested for",
        lambda c: bool(c.tested_for and c.substances and set(c.substances) - set(c.tested_for)),
    ),
    (
        "manner",
        "an expected natural death with a substance found and injuries",
        lambda c: (
            c.manner == "natural"
            and bool(c.substances)
            and bool(set(c.injuries or ()) - {"none_seen", "treatment_marks"})
        ),
    ),
)
"""Field, what is wrong, and when it is so. Each is a thing to ask about; none is changed."""
