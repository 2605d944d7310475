"""`clew desk round`: one round in the foreground, with what each step did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from clew.errors import UsageRejected


def run_here(as_of: datetime | None, *, replays: bool = False) -> Iterator[str]:
    """Ask for a round and run it in this process, others that wait before it.

    `replays`: the past is gone through again, and clocks count from `as_of`.

    Yields
    ------
    A line a step.

    Raises
    ------
    UsageRejected
        If it cannot be asked for, failed three times, or another worker holds it.
    """
    from clew.desk.rounds.ask import ask_for_round
    from clew.desk.rounds.models import Round
    from clew.desk.rounds.run import run_next
    from clew.desk.rounds.say import say_step

    one = ask_for_round("command line", as_of, replays=replays)
    while one.state in (Round.WAITING, Round.RUNNING):
        if not run_next():
            raise UsageRejected(f"another worker holds {one}", "Wait for it, or stop that worker")
        one.refresh_from_db()
    if one.state == Round.FAILED:
        raise UsageRejected(f"{one} failed: {one.failed_because}", "Put that right and ask again")
    for step in one.steps.order_by("id"):
        yield say_step(step)
