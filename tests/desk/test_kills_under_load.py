"""Server and worker killed at fifty random moments while twenty people work: nothing is lost."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from killed_rounds import database_of_its_own

KILLS, USERS = 50, 20
HERE = Path(__file__).parent
TOKEN = "a" * 32
"""A cookie and a field that agree are all that a form's own token is."""


class Desk:
    """A desk in processes of its own."""

    def __init__(self, home: Path) -> None:
        self.environment = {
            **os.environ,
            "CLEW_DESK_HOME": str(home),
            "CLEW_DESK_ROUND_AT": "",
            "DJANGO_SETTINGS_MODULE": "clew.desk.settings",
            "PYTHONPATH": f"{HERE}:{os.environ.get('PYTHONPATH', '')}",
        }
        if told := os.environ.get("CLEW_DESK_DATABASE"):
            name = f"load_{home.name}_{os.getpid()}"
            self.environment["CLEW_DESK_DATABASE"] = database_of_its_own(told, name)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])

    def ask(self, *words: str) -> Any:
        """Run a job of loaded_desk.py and return its answer."""
        line = [sys.executable, str(HERE / "loaded_desk.py"), *words]
        done = subprocess.run(
            line, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    def serve(self) -> subprocess.Popen[bytes]:
        """Begin to serve."""
        line = [sys.executable, str(HERE / "loaded_desk.py"), "serve", str(self.port)]
        return subprocess.Popen(line, env=self.environment, stderr=subprocess.DEVNULL)


def below(number: int) -> list[int]:
    """Return the processes that a process began, and those that they did."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == number:
            child = int(path.parent.name)
            found += [child, *below(child)]
    return found


def work(desk: Desk, k: int, key: str, stop: threading.Event, kept: dict[str, int]) -> None:
    """Tell the desk who was on duty, day after day; keep what it acknowledged."""
    day = date(2001, 1, 1)
    cookie = f"sessionid={key}; csrftoken={TOKEN}"
    while not stop.is_set():
        day += timedelta(days=1)
        form = {"unit": f"U{k}", "day": day, "staff": k, "csrfmiddlewaretoken": TOKEN}
        asks = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=60)
        try:
            asks.request(
                "POST", "/workload", urlencode(form),
                {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"},
            )  # fmt: skip
            answer = asks.getresponse()
            if answer.status == 302 and answer.headers["Location"] == "/workload":
                kept[f"U{k} {day}"] = k
            assert answer.status in (302, 500, 502, 503), answer.status
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
        finally:
            asks.close()


@pytest.mark.long
@pytest.mark.database
def test_nothing_acknowledged_is_lost_under_load(tmp_path: Path) -> None:
    undisturbed = Desk(tmp_path / "quiet")
    undisturbed.ask("prepare", "1")
    undisturbed.ask("work")
    quiet = undisturbed.ask("stands")
    desk = Desk(tmp_path / "loaded")
    keys = desk.ask("prepare", str(USERS))
    server, stop = desk.serve(), threading.Event()
    kept: dict[str, int] = {}
    users = [
        threading.Thread(target=work, args=(desk, k, key, stop, kept)) for k, key in enumerate(keys)
    ]
    for one in users:
        one.start()
    draws, killed = random.Random(20), 0
    try:
        while killed < KILLS:
            time.sleep(draws.uniform(0.2, 1.5))
            if alive := below(server.pid):
                with suppress(ProcessLookupError):  # it ended by itself in the meantime
                    os.kill(draws.choice(alive), signal.SIGKILL)
                    killed += 1
        until = time.monotonic() + 600
        while desk.ask("waits") and time.monotonic() < until:
            time.sleep(1)
        assert desk.ask("waits") == 0
    finally:
        stop.set()
        for one in users:
            one.join()
        server.terminate()
        server.wait()
    acts = desk.ask("acts")
    assert len(kept) > USERS
    assert {what: acts.get(what) for what in kept} == kept
    stands = desk.ask("stands")
    assert stands["links"] == quiet["links"]
    assert [row[:5] for row in stands["pairs"]] == [row[:5] for row in quiet["pairs"]]
