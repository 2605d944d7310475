"""Acts at the same moment come out as one after another would: no forbidden state, ever."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from casework_world import GOOD
from django.db import connection
from django.utils import timezone
from interleaved import Interleaving, Schedule, World, draw, erased_in_notes, faults_of
from original import own_address

from clew.desk.casework import closing
from clew.desk.casework.concerns import WAITING, NewConcern, take, tie
from clew.desk.casework.lines import class_of
from clew.desk.casework.models.concerns import Concern
from clew.desk.casework.models.status import ClassChange
from clew.desk.ledger import serialized
from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.verify import verify_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
SEED = int(os.environ.get("CLEW_TEST_SEED", "21"))
AT_ONCE = 50
"""Declared: schedules whose records are handed in together."""
WHILE_S = 2.0
"""Declared: how long a closing pauses for an act that must not get between."""


def run(folder: Path, count: int) -> tuple[list[Schedule], list[str]]:
    """Run schedules; return them, and every fault."""
    world, schedules, faults = World(folder), [draw(SEED, k) for k in range(count)], []
    threads = Interleaving(world, SEED)
    try:
        for k in range(0, count, AT_ONCE):
            part = schedules[k : k + AT_ONCE]
            world.prepare(part)
            for one in part:
                threads.run(one)
                faults += [
                    f"schedule {one.number}, {one.state}, {one.outcomes}: {fault}"
                    for fault in faults_of(one)
                ]
    finally:
        threads.leave()
    faults += [f"erased content in the notes: {secret}" for secret in erased_in_notes(schedules)]
    with open_ledger(own_address()) as source:
        verify_all(source, None, None, own_coverage())
    return schedules, faults


def say(schedules: list[Schedule]) -> str:
    """Return how often each act was done and refused, and how many acts there were at once."""
    came = Counter((name, how) for one in schedules for name, how in one.outcomes.items())
    sizes = Counter(len(one.acts) for one in schedules)
    lines = [f"{len(schedules)} schedules on {connection.vendor}, seed {SEED}: {dict(sizes)}"]
    lines += [f"  {name}, {how}: {n}" for (name, how), n in sorted(came.items())]
    opened = ClassChange.objects.filter(act="opened again").count()
    return "\n".join([*lines, f"  reopened: {opened}"])


def test_twenty_interleavings_bring_no_forbidden_state(tmp_path: Path) -> None:
    _, faults = run(tmp_path, 20)
    assert faults == []


@pytest.mark.long
def test_five_hundred_interleavings_bring_no_forbidden_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schedules, faults = run(tmp_path, int(os.environ.get("CLEW_TEST_SCHEDULES", "500")))
    with capsys.disabled():
        sys.stdout.write(f"\n{say(schedules)}\n  faults: {len(faults)}\n")
    assert not faults, "\n".join(faults)
    done = {name for one in schedules for name in one.outcomes if one.done(name)}
    assert len(done) == 11, "every kind of act was done at least once"
    assert {one.outcomes.get("close") for one in schedules} >= {"done", "refused"}


@pytest.mark.parametrize("turns", [True, False], ids=["by turns", "without turns"])
def test_a_concern_that_arrives_while_a_death_is_closed(
    turns: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The grounds are gathered, and before the closing commits a concern arrives.

    Without turns it is closed with an open ground: so this test can fail.
    """
    if not turns:
        if connection.vendor == "sqlite":
            pytest.skip("SQLite itself lets one write at a time")
        monkeypatch.setattr(serialized, "TAKE_TURN", "SELECT 1")
    world, one = World(tmp_path), Schedule(0, (), "ready", other_closed=False, paired=False)
    world.prepare([one])
    said = NewConcern("He had a phone.", "A sister", "family", "KD")
    made = take(said, "ann", timezone.now())
    gathered, tied = Event(), Event()
    plain = closing.open_concerns_of

    def gather(case: Any) -> list[str]:
        found = plain(case)
        gathered.set()
        tied.wait(WHILE_S)  # with turns it ends here, for the concern waits in its turn
        return found

    def name_it() -> None:
        gathered.wait()
        try:
            tie(made.pk, one.case.case_id, "ann", timezone.now())
        finally:
            tied.set()
            connection.close()

    monkeypatch.setattr(closing, "open_concerns_of", gather)
    thread = Thread(target=name_it)
    thread.start()
    assert closing.ask_to_close(one.case, GOOD, world.ann, timezone.now(), world.sue).closed
    thread.join()
    assert Concern.objects.get().state in WAITING
    closed = class_of(one.case) == "unexpected_not_suspicious"
    assert closed is (not turns)
    reasons = ClassChange.objects.filter(act="opened again").values_list("reason", flat=True)
    assert list(reasons) == (["A concern named it"] if turns else [])
