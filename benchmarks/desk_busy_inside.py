"""What benchmarks/desk_busy.py runs: a desk, its worker and twenty users; then what became of it.

The same at a small size is a test, which looks at everything but times
(tests/desk/test_busy_desk.py).
"""

# ruff: noqa: PLC0415 (nothing of Django may load before it is set up)
from __future__ import annotations

import http.client
import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import Generated, write_generated
from served import signed_in, wait_for

USERS, SLOW_S = 20, 2.0
"""`SLOW_S`: what the desk promises that no answer takes, however much is handed in."""
READS_S = 1.0
"""Declared: seconds for which a user reads a page before the next."""
BASE = 500
"""Declared: records that are held and compared before anything is timed."""
FIRST_DAY, DAYS = date(2014, 1, 1), 90
SECRET = "a" * 32
"""The cookie from which each page makes its forms' own token."""
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
SHOWN = re.compile(r'name="shown" value="(\d+)"')


def rows_of(cases: int, base: int) -> tuple[Generated, Generated]:
    """Return the records that are there, and those that are handed in, with their facts."""
    wanted = cases + base
    settings = ForceSettings(
        FIRST_DAY, FIRST_DAY + timedelta(days=DAYS - 1), deaths_a_day=1.2 * wanted / DAYS
    )
    made = generate_force(settings, np.random.default_rng(21))
    rows = made.rows[:wanted]
    parts = []
    for part in (rows[:base], rows[base:]):
        ids = {row["case_id"] for row in part}
        facts = [fact for fact in made.facts if fact["case_id"] in ids]
        parts.append(Generated(part, facts, []))
    return parts[0], parts[1]


def hand_in(made: Generated, ending: str) -> None:
    """Put files into the watched folder."""
    from clew.desk.rounds.inbox import inbox

    folder = inbox().parent / f"made-{ending}"
    write_generated(made, folder)
    for path in folder.iterdir():
        path.replace(inbox() / f"{path.stem}-{ending}{path.suffix}")


def prepare(base: Generated) -> list[str]:
    """Fill the desk with what is there before, and return a cookie for each user."""
    from clew.desk.commands.accounts import add_account
    from clew.desk.commands.rounds import run_here
    from clew.desk.rounds import inbox

    add_account("folder", "Folder", None, (("supervisor", ""),), "benchmark")
    inbox.STILL_S = 0.0
    hand_in(base, "0")
    last = max(datetime.fromisoformat(row["reported_at"]) for row in base.rows)
    list(run_here(last.replace(tzinfo=last.tzinfo or UTC)))
    return [signed_in(f"user{k}") for k in range(USERS)]


@dataclass(slots=True)
class Answers:
    """What users were answered: seconds, statuses, and what each saw or saved, by name and kind."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    views: Counter[tuple[str, str]] = field(default_factory=Counter)
    saved: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, Any]:
        """Return the figures of the table; times in milliseconds."""
        took = np.array(self.seconds or [0.0]) * 1000
        return {
            "answers": len(self.seconds), "p50": float(np.percentile(took, 50)),
            "p99": float(np.percentile(took, 99)), "most": float(took.max()),
            "slow": int((took > SLOW_S * 1000).sum()),
            "faults": sum(n for status, n in self.statuses.items() if status >= 500),
        }  # fmt: skip


class Users:
    """Twenty people at work, each in a thread, from `begin` until `end`."""

    def __init__(self, port: int, keys: list[str], ids: list[str], pairs: list[int]) -> None:
        self.port, self.keys, self.ids, self.pairs = port, keys, ids, pairs
        self.reads_s = READS_S

    def begin(self) -> None:
        """Let all of them begin."""
        self.answers, self._stop, self._lock = Answers(), threading.Event(), threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(k, key)) for k, key in enumerate(self.keys)
        ]
        for one in self._threads:
            one.start()

    def end(self) -> Answers:
        """Let all of them end, and return what they were answered."""
        self._stop.set()
        for one in self._threads:
            one.join()
        return self.answers

    def _work(self, k: int, key: str) -> None:
        draws, name = random.Random(k), f"user{k}"
        while not self._stop.is_set():
            pair = draws.choice(self.pairs)
            for page, path in (
                ("queue", "/queue"), ("cases", "/records"),
                ("record", f"/record/{draws.choice(self.ids)}?links=1"),
                ("comparison", f"/pair/{pair}"),
            ):  # fmt: skip
                text = self._ask(key, "GET", path, (name, page))
            if (shown := SHOWN.search(text)) and (token := TOKEN.search(text)):
                now = datetime.now(UTC) - timedelta(hours=2)
                form = {
                    "verdict": "undetermined", "reason": "too little is known", "relation": "",
                    "decided_at": now.strftime("%Y-%m-%dT%H:%M"), "shown": shown[1],
                    "csrfmiddlewaretoken": token[1],
                }  # fmt: skip
                self._ask(key, "POST", f"/pair/{pair}/judge", (name, "judge"), form)

    def _ask(
        self, key: str, method: str, path: str, what: tuple[str, str], form: Any = None
    ) -> str:
        if self._stop.wait(self.reads_s * random.uniform(0.5, 1.5)):
            return ""
        headers = {"Cookie": f"sessionid={key}; csrftoken={SECRET}", "Host": "localhost"}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        asks = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        began = time.perf_counter()
        try:
            asks.request(method, path, urlencode(form) if form else None, headers)
            answer = asks.getresponse()
            text, status = answer.read().decode(), answer.status
        except OSError:
            text, status = "", 599  # no answer at all
        finally:
            asks.close()
        took = time.perf_counter() - began
        with self._lock:
            self.answers.seconds.append(took)
            self.answers.statuses[status] += 1
            if method == "GET" and status == http.client.OK:
                self.answers.views[what] += 1
            if method == "POST" and status == http.client.FOUND:
                self.answers.saved[what[0]] += 1
        return text


def lost(answers: list[Answers]) -> tuple[int, int]:
    """Return how many page views, and judgements, have no row in the ledger."""
    from clew.desk.ledger.models import Act, Entry

    views: Counter[tuple[str, str]] = Counter()
    saved: Counter[str] = Counter()
    for one in answers:
        views += one.views
        saved += one.saved
    rows: Counter[tuple[str, str]] = Counter()
    judged: Counter[str] = Counter()
    entries = Entry.objects.filter(actor__startswith="user")
    for act, actor, subject, text in entries.values_list("act", "actor", "subject", "body"):
        body = json.loads(text)
        if act == Act.CONSULTATION.value:
            rows[actor, body["page"]] += not (body["page"] == "record" and "pairs" in body)
        elif body.get("what") == "judgement" and subject:
            judged[actor] += 1
    return sum((views - rows).values()), sum((saved - judged).values())


def is_whole(number: int, cases: int) -> dict[str, int]:
    """Check that all was taken in and that nothing of the round is missing or half there.

    Raises
    ------
    AssertionError
        If it is not so.
    """
    from clew.desk.ledger.models import Act, Entry
    from clew.desk.records.models import Case
    from clew.desk.review.models import Candidate, Link, Pair
    from clew.desk.review.runs import RoundStep, Run

    assert Case.objects.count() == cases
    collected = Entry.objects.filter(act=Act.COLLECTION.value, subject__startswith="case:")
    assert collected.count() == cases
    says = RoundStep.objects.get(round=number, name="link").says
    run = Run.objects.get(round=number)
    assert (says["run"], run.staged) == (run.pk, False)
    assert says["links"] == Link.objects.filter(run=run).count()
    assert says["new_pairs"] == Pair.objects.filter(run=run).count()
    compared = Entry.objects.filter(act=Act.COMBINATION.value, subject__startswith="case:")
    assert compared.filter(purpose=f"round {number}").count() == says["events"]
    for model in (Candidate, Link, Pair):
        assert model.written.count() == model.objects.count()
    return {"links": says["links"], "pairs": says["new_pairs"]}


def largest() -> int:
    """Return how many rows the largest transaction changed; the notes of all are looked through."""
    from django.db.models import Count

    from clew.desk.ledger.models import RowChange

    sizes = RowChange.objects.order_by().values("tx").annotate(rows=Count("pk"))
    return int(sizes.order_by("-rows").values_list("rows", flat=True)[0])


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def measure(cases: int, quiet_s: float, base: int = BASE, reads_s: float = READS_S) -> Any:
    """Run all of it on the desk of CLEW_DESK_HOME, and return the figures."""
    from clew.desk.setup import migrate, set_up

    set_up()
    migrate()
    from clew.desk.commands.service import Address, commands_of
    from clew.desk.ledger.models import RowChange
    from clew.desk.records.models import Case
    from clew.desk.review.models import Pair
    from clew.desk.review.runs import Round
    from clew.desk.rounds.run import ask_for_round

    there, coming = rows_of(cases, base)
    keys = prepare(there)
    RowChange.objects.all().delete()
    ids, pairs = (list(model.objects.values_list(what, flat=True))
                  for model, what in ((Case, "case_id"), (Pair, "pk")))  # fmt: skip
    port = free_port()
    line, worker = commands_of(Address(port=port))
    server = subprocess.Popen(line)
    users = Users(port, keys, ids, pairs)
    users.reads_s = reads_s
    try:
        wait_for(port)
        users.begin()
        time.sleep(quiet_s)
        quiet = users.end()
        hand_in(coming, "1")
        time.sleep(2.5)  # files written to a moment ago wait
        last = max(datetime.fromisoformat(row["reported_at"]) for row in coming.rows)
        asked = ask_for_round("benchmark", last.replace(tzinfo=last.tzinfo or UTC))
        began = time.perf_counter()
        users.begin()
        works = subprocess.Popen(worker)
        while asked.state in (Round.WAITING, Round.RUNNING):
            time.sleep(0.5)
            asked.refresh_from_db()
        took = time.perf_counter() - began
        busy = users.end()
        works.terminate()
        works.wait()
    finally:
        server.terminate()
        server.wait()
    assert asked.state == Round.DONE, asked.failed_because
    views, judgements = lost([quiet, busy])
    return {
        "quiet": quiet.figures(), "busy": busy.figures(), "seconds": took, "lost": views,
        "judgements_lost": judgements, "judged": sum((quiet.saved + busy.saved).values()),
        "largest": largest(), **is_whole(asked.pk, base + cases),
    }  # fmt: skip


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clew.desk.settings")
    numbers = [float(text) for text in sys.argv[1:]]
    told = measure(int(numbers[0]), numbers[1], *(int(n) for n in numbers[2:3]), *numbers[3:])
    sys.stdout.write(json.dumps(told) + "\n")
