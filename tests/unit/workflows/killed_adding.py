"""Add batches to a store in a process that is killed at a random moment, again and again.

`python killed_adding.py FOLDER KILLS SEED`. Before each killing blow the process has acknowledged
some batches; after it, all of their cases must be there. Prints one line a kill.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from clew.intake.read import CaseSources
from clew.store.manifest import is_store
from clew.store.opened import Store, check_store
from clew.workflows.store import add_to_store

BATCH, NEW_STORE_AFTER = 3, 40
"""Cases a batch, and kills after which a new store is begun: the first addition is hit as well."""


def hand_in(folder: Path, k: int) -> CaseSources:
    """Write batch k: some cases, and a late fact about the one before them."""
    cases, facts = folder / f"cases-{k}.csv", folder / f"facts-{k}.csv"
    day = f"20{10 + k // 300:02d}-{1 + k // 28 % 12:02d}-{1 + k % 28:02d}"
    rows = [f"K-{k}-{j},{day},51.{500 + j},0.1,note;word_{k}_{j}" for j in range(BATCH)]
    cases.write_text("\n".join(["case_id,reported_at,latitude,longitude,scene", *rows]) + "\n")
    about = f"K-{max(k - 1, 0)}-0"
    fact = f"{about},substances,set,found_{k},2030-01-01T{k % 24:02d}:00"
    facts.write_text(f"case_id,field,op,value,known_at\n{fact}\n")
    return CaseSources(cases, facts, now=2_000_000_000)


def add_for_ever(folder: Path, first: int, told: int) -> None:
    """Add batches from `first` on, and write the number of each that is acknowledged."""
    for k in range(first, 10**9):
        add_to_store(folder / "S", hand_in(folder, k))
        os.write(told, b"%d\n" % k)


def killed_once(folder: Path, first: int, seconds: float) -> int:
    """Let a process add from batch `first` on and kill it; return the last batch it told of."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        add_for_ever(folder, first, write)
    os.close(write)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as file:
        told = file.read().split()
    return int(told[-1]) if told else first - 1


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill so many times, and check after each."""
    chance, acknowledged, at, lost = random.Random(seed), -1, folder, 0
    add_to_store(folder / "first", hand_in(folder, 0))  # what is read once is read before forking
    for k in range(kills):
        if k % NEW_STORE_AFTER == 0:
            at, acknowledged = folder / str(k), -1
            at.mkdir()
        acknowledged = killed_once(at, acknowledged + 1, chance.uniform(0.0, 0.25))
        unnamed = 0
        if acknowledged >= 0 or is_store(at / "S"):
            unnamed = check_store(at / "S").left_over
            there = {history.case_id for history in Store(at / "S").histories()}
            due = {f"K-{b}-{j}" for b in range(acknowledged + 1) for j in range(BATCH)}
            facts = sum(paper.what == "fact" for paper in Store(at / "S").papers_of(due))
            lost += len(due - there) + max(acknowledged + 1 - facts, 0)
        said = f"kill {k}: {acknowledged + 1} acknowledged, {unnamed} left over, {lost} lost\n"
        sys.stdout.write(said)
    sys.exit(lost > 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
