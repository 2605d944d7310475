"""Whether the machine's clock can be right, by the last row of the ledger and by this process.

Rows say when an act was recorded, and deadlines are escalated by the clock. So nothing is recorded
by a clock that was set back before the last row, or far ahead of it, until it is right again or an
administrator accepts it (`clew ledger accept-clock`).
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from clew.errors import ClewError

BACK = timedelta(minutes=1)
"""Declared: by how much a clock may step back; what keeps clocks right steps by seconds."""
FORWARD = timedelta(days=31)
"""Declared: after the last row; the daily comparison of a desk in service writes rows each day."""
JUMP = timedelta(minutes=10)
"""Declared: by how much a clock may gain within one process against the time that passed."""
REMEDY = (
    "Nothing is recorded until the machine's clock is right. Set it, or where it is right, run"
    " clew ledger accept-clock on the desk's machine"
)
_ELAPSED = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that nobody sets, which goes on while the machine sleeps where the system has one."""


class ClockJumped(ClewError):
    """The machine's clock cannot be right; nothing was recorded."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def line(self) -> str:
        """Return what is wrong, and what to do, in one line."""
        return f"{self.reason}. {REMEDY}"


class _Anchor:
    """What the clock said in this process at the last row that it wrote, and how long it runs."""

    at: datetime | None = None
    elapsed: float = 0.0


def check_clock(now: datetime, last: datetime | None) -> None:
    """Refuse a clock that was set back before the last row, or jumped ahead.

    Parameters
    ----------
    last
        What the clock said at the last row of the ledger, by whatever process; None: no row.

    Raises
    ------
    ClockJumped
        If it cannot be right.
    """
    if last is None:
        return
    if now < last - BACK:
        raise ClockJumped(
            f"the machine's clock says {_words(now)}, which is before the last row of the ledger,"
            f" {_words(last)}"
        )
    if now > last + FORWARD:
        raise ClockJumped(
            f"the machine's clock says {_words(now)}, more than {FORWARD.days} days after the last"
            f" row of the ledger, {_words(last)}"
        )
    if _Anchor.at is None or now <= last + JUMP:
        return
    passed = timedelta(seconds=time.clock_gettime(_ELAPSED) - _Anchor.elapsed)
    if now - _Anchor.at > passed + JUMP:
        raise ClockJumped(f"the machine's clock was set ahead while the desk ran, to {_words(now)}")


def anchor_clock(now: datetime) -> None:
    """Remember what the clock said at a row that was written."""
    _Anchor.at, _Anchor.elapsed = now, time.clock_gettime(_ELAPSED)


def _words(at: datetime) -> str:
    return f"{at:%-d %B %Y, %H:%M:%S} UTC"
