"""What of a view may be published: rows somebody released, without names and small counts."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, fields, replace
from typing import Any

from clew.oversight.register.nouns import CivilClaim, OutcomeCount, Row
from clew.oversight.register.officers import id_names, withhold_names
from clew.oversight.register.rows import View
from clew.oversight.register.tracker import Report
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
        _without_names(row, listed, hide=row.id in hidden)
        for row in view.rows
        if _may_leave(row, listed)
    )
    withdrawn = tuple(
        _without_names(row, listed, hide=row.id in hidden)
        for row in view.withdrawn
        if _may_leave(row, listed)
    )
    left = len(view.rows) + len(view.withdrawn) - len(kept) - len(withdrawn)
    return PublicView(View(view.day, kept + withdrawn), hidden, left)


def release_report(report: Report, listed: Collection[str] = ()) -> Report:
    """Return a tracker's row as it may be published: addressees and area without names."""
    return report._replace(
        area=withhold_names(report.area, listed),
        category=withhold_names(report.category, listed),
        sent_to=tuple(withhold_names(one, listed) for one in report.sent_to),
    )


def _may_leave(row: Row, listed: Collection[str]) -> bool:
    """Return whether a row was released, and its id, which cannot be changed, names nobody."""
    return row.public and not id_names(row.id, listed)


def hidden_counts(view: View) -> frozenset[str]:
    """Return the ids of counts that are held back: small ones, and those that would give them away.

    A number that was published before cannot be taken back and is shown.
    """
    counts = {row.id: row for row in view.of(OutcomeCount)}
    values: dict[Hashable, int] = {("count", one.id): one.number for one in counts.values()}
    for claim in view.of(CivilClaim):
        if claim.number is not None:
            values["claim", claim.id] = claim.number
    sums: list[tuple[Hashable, tuple[Hashable, ...]]] = []
    for whole in counts.values():
        parts = tuple(one.id for one in counts.values() if one.part_of == whole.id)
        rest = whole.number - sum(counts[one].number for one in parts)
        if parts and rest >= 0:
            values["rest", whole.id] = rest
            named = tuple(("count", one) for one in parts)
            sums.append((("count", whole.id), (*named, ("rest", whole.id))))
    shown = frozenset(("count", one.id) for one in counts.values() if one.published)
    rests = frozenset(
        key for key in values if isinstance(key, tuple) and key[0] == "rest"
    )  # never shown
    try:
        found = protect(Counts(values, sums), hidden_before=rests, shown_before=shown).hidden
    except ValueError:  # what was published before leaves nothing to hide behind
        found = values.keys() - shown
    # The sums of counts that were withdrawn are not known any more: none of them is shown.
    gone = {row.id for row in view.withdrawn if isinstance(row, OutcomeCount | CivilClaim)}
    return frozenset(str(key[1]) for key in found - rests if isinstance(key, tuple)) | gone


def _without_names(row: Row, listed: Collection[str], *, hide: bool = False) -> Row:
    changed: dict[str, Any] = {}
    for field in fields(row):
        value = getattr(row, field.name)
        if type(value) is str and field.name != "id":
            changed[field.name] = withhold_names(value, listed)
        elif isinstance(value, tuple):
            changed[field.name] = tuple(withhold_names(one, listed) for one in value)
    if hide and isinstance(row, OutcomeCount | CivilClaim):
        changed["number"] = 0 if isinstance(row, OutcomeCount) else None
    return replace(row, **changed)
