"""Checking the files in the desk's home against the ledger: keys, erasures, and files taken in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from clew.desk.ledger.key import KEY, PUBLIC, id_of, public_key_of
from clew.desk.ledger.models import Checkpoint, Entry
from clew.desk.records.commitments import KEY as ERASURE_KEY
from clew.desk.records.commitments import LIST, noted
from clew.desk.release.erase import erasures_held
from clew.desk.rounds.inbox import TAKEN_IN
from clew.desk.settings import CONFIGURATION
from clew.digests import file_digest
from clew.errors import InputRejected

OTHERS = 0o077
"""The rights of group and others in a file's mode; a key has none of them."""


def home_faults() -> list[str]:
    """Return what is wrong with the files in the desk's home, in plain words."""
    home = CONFIGURATION.home
    return [*_key_faults(home), *_erasure_faults(home), *_inbox_faults(home / "inbox")]


def _key_faults(home: Path) -> Iterator[str]:
    signed = Checkpoint.objects.exists()
    if signed and not (home / PUBLIC).is_file():
        yield f"{PUBLIC} is missing from the desk's home: no signature can be checked"
    if signed and not (home / KEY).is_file():
        yield f"{KEY} is missing from the desk's home: restore it from where you keep the keys"
    if (home / KEY).is_file() and (home / PUBLIC).is_file():
        try:
            key = load_pem_private_key((home / KEY).read_bytes(), None)
        except ValueError:
            key = None
        try:
            fits = isinstance(key, Ed25519PrivateKey) and id_of(key.public_key()) == id_of(
                public_key_of(home / PUBLIC)
            )
        except InputRejected:
            fits = False
        if not fits:
            yield f"{PUBLIC} does not belong to {KEY}: one of them was exchanged"
    for name in (KEY, ERASURE_KEY, "session.key"):
        path = home / name
        if path.is_file() and path.stat().st_mode & OTHERS:
            yield f"{name} can be read by others than the desk's own user"


def _erasure_faults(home: Path) -> Iterator[str]:
    held = {(one.case_id, one.field, one.commitment) for one in erasures_held()}
    listed = {(one.case_id, one.field, one.commitment) for one in noted(home)}
    if held and not (home / ERASURE_KEY).is_file():
        yield f"{ERASURE_KEY} is missing: what is handed in again cannot be recognised as erased"
    for case_id, name, _ in sorted(held - listed):
        yield f"{LIST} does not list the erasure of {name} of {case_id}"
    for case_id, name, _ in sorted(listed - held):
        yield f"{LIST} lists an erasure of {name} of {case_id} that the desk does not have"


def _inbox_faults(inbox: Path) -> Iterator[str]:
    """Yield files that were taken in and are not what they were; missing ones may be let go."""
    digests: dict[str, str] = {}
    for body in Entry.objects.filter(subject__startswith="inbox:").values_list("body", flat=True):
        row = json.loads(body)
        if row.get("what") == TAKEN_IN:
            digests[row["file"]] = row["sha256"]
    first = min(digests, default="")[:10]  # names begin with the day
    for folder in ("done", "refused"):
        for path in sorted((inbox / folder).glob("*")):
            if path.name.endswith(".reason.txt") or not path.is_file():
                continue
            if path.name in digests:
                if file_digest(path) != digests[path.name]:
                    yield f"inbox/{folder}/{path.name}: it is not the file that was taken in"
            elif not first or path.name[:10] > first:
                yield f"inbox/{folder}/{path.name}: no row of the ledger accounts for it"
