"""Serving: the web server and one worker beside it, each begun anew if it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from clew.errors import UsageRejected

AGAIN_AFTER_S = 1.0
"""Declared: pause before a process that died is begun anew."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the desk listens, and with how many processes and threads in each."""

    host: str = "127.0.0.1"
    port: int = 8000
    processes: int = 2
    threads: int = 4


def commands_of(address: Address) -> list[list[str]]:
    """Return the command lines of the server and of the worker."""
    server = [
        sys.executable, "-m", "gunicorn", "clew.desk.wsgi:application",
        "--bind", f"{address.host}:{address.port}", "--workers", str(address.processes),
        "--threads", str(address.threads), "--worker-class", "gthread", "--timeout", "60",
        "--graceful-timeout", "20", "--limit-request-line", "4094", "--log-level", "warning",
    ]  # fmt: skip
    return [server, [sys.executable, "-m", "clew.desk.rounds.worker"]]


def serve(address: Address) -> None:
    """Serve until asked to stop; returns when both processes have ended."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "clew.desk.settings"}
    wanted = commands_of(address)
    running = [subprocess.Popen(line, env=environment) for line in wanted]  # noqa: S603
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping:
        time.sleep(AGAIN_AFTER_S)
        for k, process in enumerate(running):
            if process.poll() is not None and not stopping:
                running[k] = subprocess.Popen(wanted[k], env=environment)  # noqa: S603
    for process in running:
        process.terminate()
    for process in running:
        process.wait()


# `clew desk round`: one round in the foreground, with what each step did.


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
    from clew.desk.review.runs import Round
    from clew.desk.rounds.run import ask_for_round, run_next
    from clew.desk.rounds.step_words import say_step

    one = ask_for_round("command line", as_of, replays=replays)
    while one.state in (Round.WAITING, Round.RUNNING):
        if not run_next():
            raise UsageRejected(f"another worker holds {one}", "Wait for it, or stop that worker")
        one.refresh_from_db()
    if one.state == Round.FAILED:
        raise UsageRejected(f"{one} failed: {one.failed_because}", "Put that right and ask again")
    for step in one.steps.order_by("id"):
        yield say_step(step)
