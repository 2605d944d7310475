"""The worker: takes one round after another and runs it; begun again wherever one died."""

from __future__ import annotations

import signal
import time
from datetime import datetime
from types import FrameType

from clew.desk.setup import set_up

PAUSE_S = 1.0
"""Declared: pause between looks for work."""


def work(*, once: bool = False) -> None:
    """Run rounds, and beat the clock, until asked to stop; `once`: until no round is waiting."""
    from django.utils import timezone

    from clew.desk.casework.escalate import beat
    from clew.desk.rounds.run import ask_by_the_clock, run_next

    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    beaten: datetime | None = None
    while not stopping:
        if not once:
            ask_by_the_clock()
            beaten = beat(beaten, timezone.now())
        if not run_next():
            if once:
                return
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    set_up()
    work()
