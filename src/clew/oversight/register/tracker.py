"""Dated copies of a public tracker of coroners' reports: claims of that day, never facts.

A report number is no key: some reports have none, and some numbers are on two rows. The key is the
number, the date of the report, the area, the addressees and an occurrence number within the copy.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from clew.oversight.register.rows import TERMS

STATUSES = ("completed", "overdue", "pending")
"""The tracker's own words for the state of a report (pfd_register_snapshots)."""
LATE_DAYS = 60
"""Declared (account.md): a report dated so long before the earlier copy should have been in it."""
JUMP_ROWS, JUMP_SHARE = 50, 0.01
"""Declared: this many rows at once, and this share of the earlier copy, are a jump. Copies two
weeks to two months apart had 0 to 18 such rows otherwise (pfd_register_snapshots)."""


Key = tuple[str, date, str, tuple[str, ...], int]
"""What names a report across copies."""


class Report(NamedTuple):
    """One row of a copy, as the tracker claimed it on the day `seen_on`.

    `addressees` and `replies` are the tracker's own counts; `status` its own word.
    """

    seen_on: date
    ref: str
    reported: date
    area: str
    sent_to: tuple[str, ...]
    occurrence: int
    added: date | None
    category: str
    addressees: int
    replies: int
    status: str

    @property
    def key(self) -> Key:
        """Return what names a report across copies."""
        return (self.ref, self.reported, self.area, self.sent_to, self.occurrence)

    @property
    def due(self) -> date:
        """Return the day by which every addressee must answer (56 days from the report)."""
        return self.reported + timedelta(days=TERMS["regulation_28"])

    def derived(self) -> str:
        """Return the status that follows from addressees, replies and the day, in its words."""
        if self.replies >= max(len(self.sent_to) or self.addressees, 1):
            return "completed"
        return "overdue" if self.seen_on > self.due else "pending"


def numbered(rows: Iterable[Report]) -> list[Report]:
    """Return rows of one or more copies with their occurrence numbers, in one order.

    Rows of one copy that agree in number, date, area and addressees are numbered by what else they
    say, so that the order of the file does not matter.
    """
    seen: Counter[Hashable] = Counter()
    found = []
    for row in sorted(rows, key=_order):
        alike = (row.seen_on, row.ref, row.reported, row.area, row.sent_to)
        seen[alike] += 1
        found.append(row._replace(occurrence=seen[alike]))
    return found


def _order(row: Report) -> tuple[Hashable, ...]:
    return row._replace(occurrence=0, added=row.added or date.min)


class Copies:
    """The copies of a tracker, each by its day."""

    def __init__(self, rows: Iterable[Report] = ()) -> None:
        by_day: dict[date, list[Report]] = defaultdict(list)
        for row in rows:
            by_day[row.seen_on].append(row)
        self.by_day: Mapping[date, tuple[Report, ...]] = {
            day: tuple(numbered(by_day[day])) for day in sorted(by_day)
        }

    @property
    def days(self) -> tuple[date, ...]:
        """Return the days of the copies, earliest first."""
        return tuple(self.by_day)

    def __len__(self) -> int:
        return sum(map(len, self.by_day.values()))

    def last_by(self, day: date) -> date | None:
        """Return the day of the latest copy by a day, None before the first."""
        return max((one for one in self.by_day if one <= day), default=None)

    def with_copies(self, other: Copies) -> tuple[Copies, list[date], list[date]]:
        """Return these copies with others: the copies, the days that are new, and those refused.

        A day whose copy is here already, with other rows, is refused: nothing is overwritten.
        """
        new = [day for day in other.days if day not in self.by_day]
        refused = [
            day
            for day in other.days
            if day in self.by_day and other.by_day[day] != self.by_day[day]
        ]
        joined = Copies()
        merged = {**self.by_day, **{day: other.by_day[day] for day in new}}
        joined.by_day = {day: merged[day] for day in sorted(merged)}
        return joined, new, refused


@dataclass(frozen=True, slots=True)
class CopyTotals:
    """Counts of one copy that follow from its rows.

    `status`: reports by the tracker's word; `addressees` and `answers` over all reports, an answer
    counted once for an addressee at most; `surplus`: replies beyond the addressees.
    """

    day: date
    reports: int
    status: tuple[tuple[str, int], ...]
    addressees: int
    answers: int
    surplus: int
    no_ref: int


def count_copy(rows: Sequence[Report], day: date) -> CopyTotals:
    """Count one copy's rows."""
    claimed = Counter(row.status for row in rows)
    return CopyTotals(
        day,
        len(rows),
        tuple((status, claimed[status]) for status in STATUSES),
        sum(len(row.sent_to) for row in rows),
        sum(min(row.replies, len(row.sent_to)) for row in rows),
        sum(max(row.replies - len(row.sent_to), 0) for row in rows),
        sum(not row.ref for row in rows),
    )


@dataclass(frozen=True, slots=True)
class ReportChange:
    """One report that differs between two copies: what changed, before and after."""

    what: str
    before: Report | None
    after: Report | None

    @property
    def report(self) -> Report:
        """Return the report as the later copy has it, or the earlier where it has vanished."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Jump:
    """Many rows at once that no event explains: the way of collecting changed, not the world."""

    what: str
    rows: int
    of: int


@dataclass(frozen=True, slots=True)
class CopyChanges:
    """What changed between two copies, and which of it is a jump."""

    earlier: date
    later: date
    changes: tuple[ReportChange, ...]
    jumps: tuple[Jump, ...]

    def number(self, what: str) -> int:
        """Return how many reports changed in one way."""
        return sum(one.what == what for one in self.changes)


WHAT = (
    "added", "answered", "reply added", "reopened", "reply removed", "became overdue",
    "status changed", "addressees rewritten", "area renamed", "withdrawn",
)  # fmt: skip
"""The ways in which a report changes. A rewritten row is paired by number, date and area first,
then by number and date: it neither vanished nor came."""


def compare_copies(copies: Copies, earlier: date, later: date) -> CopyChanges:
    """Return what changed between the copies of two days; both must be there."""
    then = {row.key: row for row in copies.by_day[earlier]}
    now = {row.key: row for row in copies.by_day[later]}
    changes = [
        ReportChange(what, then[key], now[key])
        for key in then.keys() & now.keys()
        for what in _differs(then[key], now[key])
    ]
    gone = {key: row for key, row in then.items() if key not in now}
    come = {key: row for key, row in now.items() if key not in then}
    changes += _pair(gone, come, "addressees rewritten", lambda r: (r.ref, r.reported, r.area))
    changes += _pair(gone, come, "area renamed", lambda r: (r.ref, r.reported))
    changes += [ReportChange("withdrawn", row, None) for row in gone.values()]
    changes += [ReportChange("added", None, row) for row in come.values()]
    changes.sort(key=lambda one: (WHAT.index(one.what), _order(one.report)))
    found = tuple(changes)
    return CopyChanges(earlier, later, found, _jumps(found, earlier, len(then)))


def _differs(before: Report, after: Report) -> list[str]:
    found = []
    if before.status != after.status:
        found.append(
            "answered" if after.status == "completed"
            else "reopened" if before.status == "completed"
            else "became overdue" if after.status == "overdue"
            else "status changed"
        )  # fmt: skip
    if after.replies > before.replies and "answered" not in found:
        found.append("reply added")
    if after.replies < before.replies and "reopened" not in found:
        found.append("reply removed")
    return found


def _pair(
    gone: dict[Key, Report], come: dict[Key, Report], what: str, by: Callable[[Report], Hashable]
) -> list[ReportChange]:
    """Pair rows that vanished with rows that came and agree in what `by` says; take both out."""
    waiting: dict[Hashable, list[Key]] = defaultdict(list)
    for key in sorted(come):
        waiting[by(come[key])].append(key)
    found: list[ReportChange] = []
    for key in sorted(gone):
        if gone[key].ref and waiting[by(gone[key])]:
            new = waiting[by(gone[key])].pop(0)
            before, after = gone.pop(key), come.pop(new)
            found.append(ReportChange(what, before, after))
            found += [ReportChange(one, before, after) for one in _differs(before, after)]
    return found


def _jumps(changes: Sequence[ReportChange], earlier: date, rows: int) -> tuple[Jump, ...]:
    late = earlier - timedelta(days=LATE_DAYS)
    added = [one.report for one in changes if one.what == "added"]
    old = sum(one.reported < late for one in added)
    found = [
        Jump(
            f"reports dated over {LATE_DAYS} days before the earlier copy came at once",
            old,
            len(added),
        ),
        *(
            Jump(words, sum(one.what == what for one in changes), rows)
            for what, words in (
                ("withdrawn", "reports vanished at once"),
                ("area renamed", "reports vanished under one area and came under another"),
                ("addressees rewritten", "reports had their addressees rewritten at once"),
            )
        ),
    ]
    return tuple(one for one in found if one.rows >= max(JUMP_ROWS, JUMP_SHARE * rows))
