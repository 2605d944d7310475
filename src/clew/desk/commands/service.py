"""Serving: the web server and one worker beside it, each started again if it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

AGAIN_AFTER_S = 1.0
"""Declared: pause before a process that died is started again."""


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
