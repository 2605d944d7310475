"""The watched folder: files in it are imported once, and moved away with their date.

`cases*` is a case file; `facts*` and `coverage*` of the same ending name belong to it
(`cases-7.csv`, `facts-7.csv`); `facts*` alone are late facts; `workload*` says who was on duty.
What could not be imported goes to `refused`, beside a file that says why.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.records.take_in import HandInResult, take_in, take_in_facts
from clew.desk.review.runs import Round
from clew.desk.rounds.lease import Lease
from clew.desk.rounds.workload import take_workload
from clew.desk.settings import CONFIGURATION
from clew.digests import file_digest
from clew.errors import ClewError
from clew.intake.read import CaseSources
from clew.store.durable import write_durably

NAMED = re.compile(
    r"(?P<what>cases|facts|coverage|workload)(?P<rest>[^/]*?)\.(csv|csv\.gz|xlsx|parquet|json)",
    re.IGNORECASE,
)
STILL_S = 2.0
"""Declared: a file written to within this time may not be whole yet, and waits."""
BY = "watched folder"
TAKEN_IN = "taken in"
"""What the ledger's row of a file says, with the file's name from then on and its digest."""
SAID = 200
"""Declared: refusals that a step's row repeats; all of them are beside the file."""
FileGroup = dict[str, Path]
"""Files that were handed in together, of one ending name, by what they are."""


def inbox() -> Path:
    """Return the watched folder, made if need be."""
    folder = CONFIGURATION.home / "inbox"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def take_inbox(lease: Lease, _: Round) -> Callable[[Round], dict[str, Any]]:
    """Import what is in the watched folder. Repeated after any interruption, it adds nothing."""
    says: dict[str, Any] = {"files": 0, "cases": 0, "facts": 0, "known": 0, "refused": []}
    groups: dict[str, FileGroup] = {}
    for path in sorted(inbox().iterdir()):
        match = NAMED.fullmatch(path.name)
        if match is None or not path.is_file() or path.is_symlink():
            continue
        if time.time() - path.stat().st_mtime < STILL_S:
            continue
        what, rest = match["what"].lower(), match["rest"].lower()
        key = f"{rest} workload" if what == "workload" else rest
        groups.setdefault(key, {})[what] = path
    for files in sorted(groups.values(), key=lambda group: "cases" not in group):
        lease.say(f"Taking in {', '.join(path.name for path in files.values())}", 0.0)
        try:
            result = _take(files)
        except (ClewError, OSError) as no:
            line = no.line() if isinstance(no, ClewError) else str(no)
            _move_away(files, "refused", [line])
            says["refused"].append(line)
            continue
        _move_away(files, "done", result.refused)
        says["files"] += len(files)
        says["cases"] += result.cases
        says["facts"] += result.facts
        says["known"] += result.known
        says["refused"] += result.refused
    says["refused_in_all"] = len(says["refused"])
    says["refused"] = says["refused"][:SAID]
    return lambda _locked: says


def _take(files: FileGroup) -> HandInResult:
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


def _move_away(files: FileGroup, where: str, reasons: list[str]) -> None:
    """Move the files under today's date, the case file last, with what was refused beside it.

    Killed in between, the next round finds the case file again, and knows all of it already.
    """
    folder, day = inbox() / where, timezone.localdate().isoformat()
    folder.mkdir(exist_ok=True, mode=0o700)
    content = ("\n".join(reasons) + "\n").encode()
    order = sorted(files, key=lambda what: (what == "cases", what))
    for what in order:
        name, number = files[what].name, 1
        target = folder / f"{day}-{name}"
        while target.exists():
            number += 1
            target = folder / f"{day}-{number}-{name}"
        if reasons and what == order[-1]:
            beside = target.with_name(f"{target.name}.reason.txt")
            write_durably(beside, lambda file: file.write(content))
        with transaction.atomic():
            write(
                Act.COLLECTION, f"inbox:{name}", BY, what=TAKEN_IN, file=target.name,
                refused=where == "refused", sha256=file_digest(files[what]),
            )  # fmt: skip
        files[what].replace(target)
