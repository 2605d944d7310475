"""The worker: runs one round after another, and resumes one that died."""

from __future__ import annotations

import logging
import signal
import time
from datetime import datetime
from types import FrameType

from clew.desk.setup import set_up

PAUSE_S = 1.0
"""Declared: pause between looks for work."""
CLOCK_PAUSE_S = 60.0
"""Declared: pause while the machine's clock cannot be right; one line of the log a minute."""
LOG = logging.getLogger(__name__)


def work(*, once: bool = False) -> None:
    """Run rounds and escalate what is overdue until asked to stop; `once`: until none waits."""
    from django.utils import timezone

    from clew.desk.accounts.denials import write_counts
    from clew.desk.casework.escalate import escalate_if_due
    from clew.desk.ledger.clock import desk_now
    from clew.desk.ledger.clock_jumps import ClockJumped
    from clew.desk.rounds.run import ask_by_the_clock, run_next

    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    escalated: datetime | None = None
    while not stopping:
        try:
            if not once:
                ask_by_the_clock()
                write_counts(timezone.now())
                escalated = escalate_if_due(escalated, desk_now())
            worked = run_next()
        except ClockJumped as fault:
            if once:
                raise
            LOG.critical("the clock: %s", fault.line())
            time.sleep(CLOCK_PAUSE_S)
            continue
        if not worked:
            if once:
                return
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    set_up()
    work()
