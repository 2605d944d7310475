"""What of a view may be published: rows somebody released, without names and small counts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any

from clew.oversight.register.nouns import CivilClaim, OutcomeCount, Row
from clew.oversight.register.officers import withhold_names
from clew.oversight.register.rows import View
from clew.oversight.suppression import Counts, protect


@dataclass(frozen=True, slots=True)
class PublicView:
    """A view for the public: its rows, the ids whose counts are hidden, and rows not released."""

    view: View
    hidden: frozenset[str]
    not_released: int


def release(view: View, listed: Collection[str] = ()) -> PublicView:
    """Return what of a view may be published.

    Parameters
    ----------
    listed
        Names that must not leave, besides those that follow a rank.
    """
    hidden = hidden_counts(view)
    kept = tuple(
        _without_names(row, listed, hide=row.id in hidden) for row in view.rows if row.public
    )
    withdrawn = tuple(_without_names(row, listed) for row in view.withdrawn if row.public)
    left = len(view.rows) + len(view.withdrawn) - len(kept) - len(withdrawn)
    return PublicView(View(view.day, kept + withdrawn), hidden, left)


def hidden_counts(view: View) -> frozenset[str]:
    """Return the ids of counts that are held back: small ones, and those that would give them away.

    A number that was published before cannot be taken back and is shown.
    """
    counts = {row.id: row for row in view.of(OutcomeCount)}
    values: dict[Any, int] = {one.id: one.number for one in counts.values()}
    values |= {one.id: one.number for one in view.of(CivilClaim) if one.number is not None}
    sums: list[tuple[Any, tuple[Any, ...]]] = []
    for whole in counts.values():
        parts = tuple(one.id for one in counts.values() if one.part_of == whole.id)
        rest = whole.number - sum(values[one] for one in parts)
        if parts and rest >= 0:
            values["rest", whole.id] = rest
            sums.append((whole.id, (*parts, ("rest", whole.id))))
    shown = frozenset(one.id for one in counts.values() if one.published)
    unpublished = frozenset(key for key in values if isinstance(key, str)) - shown
    try:
        rests = frozenset(key for key in values if not isinstance(key, str))  # never shown
        found = protect(Counts(values, sums), hidden_before=rests, shown_before=shown).hidden
    except ValueError:  # what was published before leaves nothing to hide behind
        return unpublished
    return frozenset(str(key) for key in found if isinstance(key, str))


def _without_names(row: Row, listed: Collection[str], *, hide: bool = False) -> Row:
    changed: dict[str, Any] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if type(value) is str and field.name != "id":
            changed[field.name] = withhold_names(value, listed)
        elif isinstance(value, tuple):
            changed[field.name] = tuple(withhold_names(one, listed) for one in value)
    if hide:
        changed["number"] = 0 if isinstance(row, OutcomeCount) else None
    return replace(row, **changed)
