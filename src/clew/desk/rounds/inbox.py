"""The watched folder: each file in it is taken once, for its person, or set aside.

`cases*` is a case file; `facts*` and `coverage*` of the same ending name belong to it
(`cases-7.csv`, `facts-7.csv`); `facts*` or `coverage*` alone are late facts and coverage;
`workload*` says who was on duty. A group of files is one `HandIn`: its row stands before anything
is read, and from then on its files have names of the desk's own, in `taking`.

Whatever reading or keeping a group raises sets this group aside, with the reason, and the next one
is taken. Killed in between, the next round goes on with the row; what was added is not added again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, plain, write
from clew.desk.records.hand_ins import HandIn
from clew.desk.records.origin import Origin
from clew.desk.records.take_in import (
    HandInResult,
    keep_reading,
    kept_profiles,
    take_coverage,
    take_papers,
)
from clew.desk.records.who_to_tell import account_named
from clew.desk.review.runs import Round
from clew.desk.rounds.lease import Lease
from clew.desk.rounds.workload import take_workload
from clew.desk.settings import CONFIGURATION
from clew.digests import file_digest
from clew.errors import ClewError, InputRejected, LedgerBroken
from clew.intake.bounded import BoundedReader
from clew.store.durable import write_durably

NAMED = re.compile(
    r"(?P<what>cases|facts|coverage|workload)(?P<rest>[^/]*?)"
    r"(?P<ending>\.(csv|csv\.gz|xlsx|parquet|json))",
    re.IGNORECASE | re.DOTALL,
)
STILL_S = 2.0
"""Declared: a file written to within this time may not be whole yet, and waits."""
MOST_FILE = 512 * 1024 * 1024
"""Declared: bytes of one file of the folder; a larger one is no day's file, and is imported by
command, where somebody watches."""
MOST_TAKES = 10
"""Declared: takes that ended with the worker's death; by then the file is the likely cause."""
TAKEN_IN = "taken in"
"""What the ledger's row of a hand-in that was taken says, with the digest of each of its files."""
SAID = 200
"""Declared: refusals that a step's row repeats; all of them are beside the file."""
LONGEST_NAME = 255
"""Of a file: Linux, limits.h, NAME_MAX."""
NOBODY = (
    "no account is responsible for the watched folder: set CLEW_DESK_INBOX_OWNER, or import the"
    " file in on the page Rounds"
)
FileGroup = dict[str, Path]
"""Files that were handed in together, of one ending name, by what they are."""


def inbox() -> Path:
    """Return the watched folder, made if need be."""
    return _folder("")


def _folder(name: str) -> Path:
    """Return a folder of the watched one: `taking`, `done` or `quarantine`."""
    folder = CONFIGURATION.home / "inbox" / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def take_inbox(lease: Lease, _: Round) -> Callable[[Round], dict[str, Any]]:
    """Import what is in the watched folder. Repeated after any interruption, it adds nothing."""
    says: dict[str, Any] = {
        "files": 0, "cases": 0, "facts": 0, "known": 0, "proposed": 0, "quarantined": 0,
        "refused": [],
    }  # fmt: skip
    for key, group in _groups().items():
        lease.say("Reading imported files", 0.0)
        try:
            says["quarantined"] += not _claim(key, group)
        except OSError as no:  # such a file stays where it is, and the next one is taken
            names = ", ".join(plain(path.name, LONGEST_NAME) for path in group.values())
            says["refused"].append(f"{names}: the system cannot read it ({no.strerror})")
    with BoundedReader() as reader:
        waiting = list(HandIn.objects.filter(state=HandIn.WAITING).order_by("id"))
        for hand_in in sorted(waiting, key=lambda one: "cases" not in one.files):
            files = _files_of(hand_in)
            if len(files) < len(hand_in.files):
                continue  # its files are still written, or were taken away
            names = ", ".join(file["name"] for file in hand_in.files.values())
            lease.say(f"Importing {names}", 0.0)
            reader.begin()  # before the take counts: a slow start is no fault of the file
            result = _take(hand_in, files, reader)
            if result is None:
                says["quarantined"] += 1
                continue
            says["files"] += len(files)
            for name in ("cases", "facts", "known", "proposed"):
                says[name] += getattr(result, name)
            says["refused"] += [plain(line, 1_000) for line in result.refused]
    for hand_in in HandIn.objects.exclude(state=HandIn.WAITING).filter(pk__in=_left_in_taking()):
        _move_away(hand_in)
    says["refused_in_all"] = len(says["refused"])
    says["refused"] = says["refused"][:SAID]
    return lambda _locked: says


def _groups() -> dict[str, FileGroup]:
    """Return what lies in the folder, whole by now, by the ending that a group's names share."""
    groups: dict[str, FileGroup] = {}
    for path in sorted(inbox().iterdir()):
        match = NAMED.fullmatch(path.name)
        if match is None or path.is_symlink() or not path.is_file():
            continue
        if time.time() - path.stat().st_mtime < STILL_S:
            continue
        what, rest = match["what"].lower(), plain(match["rest"].lower(), LONGEST_NAME)
        key = f"{rest} workload" if what == "workload" else rest
        groups.setdefault(key, {}).setdefault(what, path)
    return groups


def _claim(key: str, group: FileGroup) -> bool:
    """Give a group its row, and its files their names in `taking`; False: it is set aside.

    Raises
    ------
    OSError
        If a file cannot be read or moved.
    """
    files: dict[str, dict[str, Any]] = {}
    for kind, path in group.items():
        size = path.stat().st_size
        files[kind] = {
            "name": plain(path.name, LONGEST_NAME), "bytes": size,
            "sha256": file_digest(path) if size <= MOST_FILE else "",
        }  # fmt: skip
    hand_in = HandIn.objects.filter(key=key, via=HandIn.PAGE).first()
    altered = hand_in is not None and not _is_part_of(hand_in, files)
    if hand_in is None:
        begun = HandIn.objects.filter(key=key, state=HandIn.WAITING)
        hand_in = next((one for one in begun if _is_part_of(one, files)), None)
    if hand_in is None:
        hand_in = _new(key, files)
    for kind, path in group.items():
        match = NAMED.fullmatch(path.name)
        assert match is not None
        path.replace(_folder("taking") / f"{hand_in.pk}-{kind}{match['ending'].lower()}")
    if altered:
        _quarantine(hand_in, "the file has changed since it was imported on the page")
    elif any(not file["sha256"] for file in files.values()):
        most = MOST_FILE // 1024**2
        _quarantine(hand_in, f"a file is larger than {most} MB: use clew desk import")
    return hand_in.state != HandIn.QUARANTINED


def _is_part_of(hand_in: HandIn, files: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether these files are some of a hand-in: a worker that died moved the others."""
    return all(
        hand_in.files.get(kind, {}).get("sha256") == file["sha256"] for kind, file in files.items()
    )


def _new(key: str, files: dict[str, dict[str, Any]]) -> HandIn:
    with transaction.atomic():
        made = HandIn.objects.create(
            key=key, files=files, by=CONFIGURATION.inbox_owner.strip().lower(), via=HandIn.FOLDER
        )
        write(
            Act.COLLECTION, f"hand-in:{made.pk}", made.by or ENGINE, what="handed in",
            via=made.via, files=files,
        )  # fmt: skip
    return made


def _files_of(hand_in: HandIn) -> FileGroup:
    """Return the files of a hand-in where they wait to be taken."""
    found = {}
    for path in _folder("taking").glob(f"{hand_in.pk}-*"):
        found[path.name.partition("-")[2].partition(".")[0]] = path
    order = ("cases", "facts", "coverage", "workload")
    return {kind: found[kind] for kind in order if kind in found}


def _left_in_taking() -> list[int]:
    names = (path.name.partition("-")[0] for path in _folder("taking").iterdir())
    return [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 19]


def _take(hand_in: HandIn, files: FileGroup, reader: BoundedReader) -> HandInResult | None:
    """Take a hand-in; None where it was set aside. The take counts before anything is read."""
    hand_in.tries += 1
    with transaction.atomic():
        hand_in.save(update_fields=["tries"])
    try:
        if hand_in.tries > MOST_TAKES:
            raise InputRejected(
                hand_in.key, f"{MOST_TAKES} times the worker ended while it took this in",
                "Look at it on another machine",
            )  # fmt: skip
        result = _read_and_keep(hand_in, files, reader)
    except (OperationalError, InterfaceError, LedgerBroken):
        raise  # the database or the ledger is at fault, and every other file would meet it too
    except Exception as fault:  # whatever it is, the other files must not wait for it
        _quarantine(hand_in, _reason_of(fault))
        return None
    with transaction.atomic():
        hand_in.state, hand_in.settled_at = HandIn.TAKEN, timezone.now()
        hand_in.reason = plain("\n".join(result.refused[:SAID]), 100_000)
        kept = ["state", "settled_at", "reason", "source", "profile", "account"]
        hand_in.save(update_fields=kept)
        write(
            Act.COLLECTION, f"hand-in:{hand_in.pk}", hand_in.by, hand_in.purpose, what=TAKEN_IN,
            via=hand_in.via, sha256={kind: file["sha256"] for kind, file in hand_in.files.items()},
            cases=result.cases, facts=result.facts, refused=len(result.refused),
        )  # fmt: skip
    _move_away(hand_in, result.refused)
    return result


def _read_and_keep(hand_in: HandIn, files: FileGroup, reader: BoundedReader) -> HandInResult:
    account = account_named(hand_in.by)
    if account is None:
        reason = f"the account {hand_in.by} is closed, or there is none" if hand_in.by else NOBODY
        raise InputRejected("the hand-in", reason, "Then try it again")
    person = account.person(hand_in.purpose or hand_in.via)
    digests = {kind: file["sha256"] for kind, file in hand_in.files.items()}
    origin = Origin(account.name, person, hand_in, digests)
    profiles = {} if hand_in.new_profile else kept_profiles()
    content = reader.read(files, CONFIGURATION.timezone, profiles)
    if digests != {kind: file_digest(path) for kind, path in files.items()}:
        raise InputRejected("the hand-in", "a file changed while it was read", "Import it again")
    result = HandInResult()
    if content.history is not None:
        keep_reading(hand_in, content.history)
        result = take_papers(content.history, origin)
    if content.coverage:
        take_coverage(content.coverage, "the coverage file", origin, result)
    take_workload(content.workload, origin, result)
    result.refused += content.refused
    took = result.cases + result.facts + result.known + result.proposed + result.coverage
    if result.refused and not took:
        first = plain(result.refused[0], 500)
        raise InputRejected("the hand-in", f"none of it can be read; the first: {first}", "")
    return result


def _reason_of(fault: Exception) -> str:
    """Return why a hand-in is set aside; an administrator reads it, who sees no record."""
    if isinstance(fault, ClewError):
        return plain(fault.line(), 2_000)
    if isinstance(fault, DatabaseError):  # its message repeats the row
        return f"the database cannot keep a value of it ({type(fault).__name__})"
    first = (str(fault).splitlines() or [""])[0]
    return plain(f"taking it in failed: {type(fault).__name__}: {first}", 400)


def _quarantine(hand_in: HandIn, reason: str) -> None:
    with transaction.atomic():
        hand_in.state, hand_in.reason = HandIn.QUARANTINED, reason
        hand_in.settled_at = timezone.now()
        hand_in.save(update_fields=["state", "reason", "settled_at"])
        write(
            Act.DECISION, f"hand-in:{hand_in.pk}", ENGINE, what="quarantined", reason=reason,
            by=hand_in.by, tries=hand_in.tries,
        )  # fmt: skip
    _move_away(hand_in, [reason])


def _move_away(hand_in: HandIn, reasons: Sequence[str] = ()) -> None:
    """Move the files of a settled hand-in to their place, and write what was refused beside."""
    done = hand_in.state == HandIn.TAKEN
    folder = _folder("done" if done else "quarantine")
    day = timezone.localdate().isoformat()
    content = ("\n".join(plain(line, 2_000) for line in reasons) + "\n").encode()
    for k, path in enumerate(_files_of(hand_in).values()):
        target = folder / (f"{day}-{path.name}" if done else path.name)
        if reasons and k == 0:
            beside = target.with_name(f"{target.name}.reason.txt")
            write_durably(beside, lambda file: file.write(content))
        path.replace(target)


# What an administrator does with what was set aside.


def try_again(hand_in: HandIn, by: str, purpose: str, reason: str) -> None:
    """Let the next round take a hand-in again, for the same person. Within a transaction."""
    hand_in.state, hand_in.tries, hand_in.reason = HandIn.WAITING, 0, ""
    hand_in.settled_by = by
    if not hand_in.by:  # the folder had no owner then
        hand_in.by = CONFIGURATION.inbox_owner.strip().lower()
    hand_in.save(update_fields=["state", "tries", "reason", "settled_by", "by"])
    _decided(hand_in, by, purpose, "tried again", reason)
    for path in _folder("quarantine").glob(f"{hand_in.pk}-*"):
        if path.name.endswith(".reason.txt"):
            path.unlink()
        else:
            path.replace(_folder("taking") / path.name)


def withdraw(hand_in: HandIn, by: str, purpose: str, reason: str) -> None:
    """Withdraw a hand-in: it is never tried again, its files are not moved. In a transaction."""
    hand_in.state, hand_in.settled_by, hand_in.settled_at = HandIn.WITHDRAWN, by, timezone.now()
    hand_in.save(update_fields=["state", "settled_by", "settled_at"])
    _decided(hand_in, by, purpose, "withdrawn", reason)


def _decided(hand_in: HandIn, by: str, purpose: str, what: str, reason: str) -> None:
    write(Act.DECISION, f"hand-in:{hand_in.pk}", by, purpose, what=what, reason=reason)
