"""The watched folder: files that lie in it are taken in, once, and put away with their date.

`cases*` is a case file; `facts*` and `coverage*` of the same ending name belong to it
(`cases-7.csv`, `facts-7.csv`); `facts*` alone are late facts; `workload*` tells who was on duty.
What could not be taken lies in `refused`, beside a file that says why.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone

from clew.desk.records.take_in import HandInResult, take_in, take_in_facts
from clew.desk.review.runs import Round
from clew.desk.rounds.lease import Lease
from clew.desk.rounds.workload import take_workload
from clew.desk.settings import CONFIGURATION
from clew.errors import ClewError
from clew.intake.read import CaseSources
from clew.store.durable import write_durably

NAMED = re.compile(
    r"(?P<what>cases|facts|coverage|workload)(?P<rest>[^/]*?)\.(csv|csv\.gz|xlsx|parquet|json)",
    re.IGNORECASE,
)
STILL_S = 2.0
"""Declared: a file that was written to so lately may not be whole yet, and waits."""
BY = "watched folder"
SAID = 200
"""Declared: refusals that a step's row repeats; all of them lie beside the file."""


@dataclass(slots=True)
class FileGroup:
    """Files that were handed in together: of one ending name."""

    files: dict[str, Path] = field(default_factory=dict)


def inbox() -> Path:
    """Return the watched folder, made if need be."""
    folder = CONFIGURATION.home / "inbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def take_inbox(hold: Lease, _: Round) -> Callable[[Round], dict[str, Any]]:
    """Take in what lies in the watched folder. Repeated after any interruption, it adds nothing."""
    says: dict[str, Any] = {"files": 0, "cases": 0, "facts": 0, "known": 0, "refused": []}
    for handed in _handed_in(inbox()):
        hold.say(f"Taking in {', '.join(path.name for path in handed.files.values())}", 0.0)
        try:
            taken = _take(handed)
        except (ClewError, OSError) as no:
            line = no.line() if isinstance(no, ClewError) else str(no)
            _put_away(handed, "refused", [line])
            says["refused"].append(line)
            continue
        _put_away(handed, "done", taken.refused)
        says["files"] += len(handed.files)
        says["cases"] += taken.cases
        says["facts"] += taken.facts
        says["known"] += taken.known
        says["refused"] += taken.refused
    says["refused_in_all"] = len(says["refused"])
    says["refused"] = says["refused"][:SAID]
    return lambda _held: says


def _handed_in(folder: Path) -> list[FileGroup]:
    groups: dict[str, FileGroup] = {}
    for path in sorted(folder.iterdir()):
        match = NAMED.fullmatch(path.name)
        if match is None or not path.is_file() or path.is_symlink():
            continue
        if time.time() - path.stat().st_mtime < STILL_S:
            continue
        what, rest = match["what"].lower(), match["rest"].lower()
        key = f"{rest} workload" if what == "workload" else rest
        groups.setdefault(key, FileGroup()).files[what] = path
    return sorted(groups.values(), key=lambda one: "cases" not in one.files)


def _take(handed: FileGroup) -> HandInResult:
    files = handed.files
    if "workload" in files:
        return take_workload(files["workload"], BY)
    if "cases" in files:
        sources = CaseSources(
            files["cases"], files.get("facts"), files.get("coverage"),
            timezone=CONFIGURATION.timezone,
        )  # fmt: skip
        return take_in(sources, BY)
    if "facts" in files:
        return take_in_facts(files["facts"], BY, CONFIGURATION.timezone)
    return HandInResult(refused=["A coverage file comes together with its case file"])


def _put_away(handed: FileGroup, where: str, said: list[str]) -> None:
    """Move the files, the case file last, and write beside it what was refused.

    Killed in between, the next round finds the case file again, of which all is known already.
    """
    folder = inbox() / where
    folder.mkdir(exist_ok=True, mode=0o700)
    order = sorted(handed.files, key=lambda what: (what == "cases", what))
    for what in order:
        target = _free(folder, handed.files[what].name)
        if said and what == order[-1]:
            _write_reasons(target, said)
        handed.files[what].replace(target)


def _free(folder: Path, name: str) -> Path:
    """Return a path with today's date that no file has yet."""
    day, number = timezone.localdate().isoformat(), 1
    target = folder / f"{day}-{name}"
    while target.exists():
        number += 1
        target = folder / f"{day}-{number}-{name}"
    return target


def _write_reasons(target: Path, said: list[str]) -> None:
    text = "\n".join(said) + "\n"
    beside = target.with_name(f"{target.name}.reason.txt")
    write_durably(beside, lambda file: file.write(text.encode()))
