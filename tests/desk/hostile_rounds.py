"""Hand in hostile files beside good ones, kill rounds meanwhile; print what stands in the end.

Called as `hostile_rounds.py HOME HOSTILE GOOD KILLS SEED` by test_hostile_folder.py. As in
killed_rounds.py, rounds run in children of this process. Beside them it watches memory.
"""

# ruff: noqa: PLC0415 (nothing of Django may load before the home is named)
from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

BEGINS = datetime(2026, 1, 1, 7, tzinfo=ZoneInfo("Europe/London"))
PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


def main(home: Path, hostile: int, good: int, kills: int, seed: int) -> dict[str, Any]:
    from killed_rounds import _begin, _close, check

    _begin(home)
    from hostile_files import make

    from clew.desk.records.hand_ins import HandIn
    from clew.desk.records.models import Case
    from clew.desk.rounds import inbox

    inbox.STILL_S = 0.0
    make(inbox.inbox(), hostile)
    for k in range(good):
        text = f"case_id,reported_at,area,sex,scene\nG-{k},2025-01-{k % 28 + 1:02d},KD,male,note\n"
        (inbox.inbox() / f"cases-good{k}.csv").write_text(text)
    draws, killed, peak = random.Random(seed), 0, 0
    states: list[str] = []
    number = _ask()
    for _ in range(kills):
        was, most = _round(draws.uniform(0.05, 3.0))
        killed, peak = killed + was, max(peak, most)
        check()
        number = _next(number, states)
    while not states or states[-1] != "done":
        peak = max(peak, _round(None)[1])
        number = _next(number, states)
    put = inbox.inbox() / "cases-after.csv"
    put.write_text("case_id,reported_at,area\nAFTER,2025-03-01,KD\n")
    _round(None)
    check()
    rows = HandIn.objects.filter(state=HandIn.QUARANTINED)
    found = {
        "killed": killed, "peak_mb": peak // 1024, "states": states,
        "good": Case.objects.filter(case_id__startswith="G-").count(),
        "after": Case.objects.filter(case_id="AFTER").exists(),
        "records": Case.objects.count(), "quarantined": rows.count(),
        "reasons": sorted({row.reason for row in rows}),
        "left": sorted(p.name for p in inbox.inbox().iterdir() if p.is_file()),
    }  # fmt: skip
    _close()
    return found


def _ask() -> int:
    from killed_rounds import _close

    from clew.desk.review.runs import Round
    from clew.desk.rounds.run import ask_for_round

    at = BEGINS + timedelta(minutes=Round.objects.count())
    number = ask_for_round("test", at).pk
    _close()
    return int(number)


def _next(number: int, states: list[str]) -> int:
    """Note how a round ended, and ask for another one; one that goes on is left alone."""
    from killed_rounds import _close

    from clew.desk.review.runs import Round

    state = Round.objects.get(pk=number).state
    _close()
    if state in (Round.WAITING, Round.RUNNING):
        return number
    states.append(state)
    return _ask()


def _round(seconds: float | None) -> tuple[int, int]:
    """Run rounds in a child; kill it after some time, or let it end.

    Returns 1 if it was killed, and the most memory that it and its own children held, kB.
    """
    child = os.fork()
    if child == 0:
        from clew.desk.rounds.worker import work

        work(once=True)
        os._exit(0)
    until = time.monotonic() + (36_000 if seconds is None else seconds)
    most = 0
    while time.monotonic() < until:
        most = max(most, _held(child))
        if os.waitpid(child, os.WNOHANG)[0]:
            return 0, most
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1, most


def _held(process: int) -> int:
    """Return the memory of a process and its children, kB."""
    found = 0
    with suppress(OSError, ValueError):
        text = Path(f"/proc/{process}/task/{process}/children").read_text("ascii")
        for one in (process, *map(int, text.split())):
            with suppress(OSError):
                pages = Path(f"/proc/{one}/statm").read_text("ascii").split()[1]
                found += int(pages) * PAGE_KB
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    told = main(Path(sys.argv[1]), *(int(text) for text in sys.argv[2:6]))
    sys.stdout.write(json.dumps(told) + "\n")
