"""What `clew desk round` does: one round in the foreground, with what each step did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from clew.desk.review.runs import Round
from clew.desk.rounds.run import ask_for_round, run_next
from clew.desk.rounds.step_words import say_step
from clew.errors import UsageRejected


def run_here(as_of: datetime | None, *, replays: bool = False) -> Iterator[str]:
    """Ask for a round and run it in this process, after those that wait already.

    Parameters
    ----------
    replays
        The past is gone through again, and clocks count from `as_of`.

    Yields
    ------
    A line a step.

    Raises
    ------
    UsageRejected
        If it cannot be asked for, failed three times, or another worker holds it.
    """
    asked = ask_for_round("command line", as_of, replays=replays)
    while asked.state in (Round.WAITING, Round.RUNNING):
        if not run_next():
            raise UsageRejected(
                f"another worker is running {asked}", "Wait for it, or stop that worker"
            )
        asked.refresh_from_db()
    if asked.state == Round.FAILED:
        raise UsageRejected(
            f"{asked} failed: {asked.failed_because}", "Correct the cause and try again"
        )
    for step in asked.steps.order_by("id"):
        yield say_step(step)
