"""The worker: runs one round after another, and resumes one that died."""

from __future__ import annotations

import signal
import time
from datetime import datetime
from types import FrameType

from clew.desk.setup import set_up

PAUSE_S = 1.0
"""Declared: pause between looks for work."""


def work(*, once: bool = False) -> None:
    """Run rounds and escalate what is overdue until asked to stop; `once`: until none waits."""
    from django.utils import timezone

    from clew.desk.accounts.denials import write_counts
    from clew.desk.casework.escalate import escalate_if_due
    from clew.desk.ledger.clock import desk_now
    from clew.desk.rounds.run import ask_by_the_clock, run_next

    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    escalated: datetime | None = None
    while not stopping:
        if not once:
            ask_by_the_clock()
            write_counts(timezone.now())
            escalated = escalate_if_due(escalated, desk_now())
        if not run_next():
            if once:
                return
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    set_up()
    work()
