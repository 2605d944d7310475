"""Checking the files in the desk's home against the ledger: keys, erasures, and files taken in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils import timezone

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
DONE = re.compile(r"\d{4}-\d\d-\d\d-(?P<number>\d+)-(?P<kind>[a-z]+)\..+", re.ASCII)
"""What `rounds/inbox.py` names a file that was taken: the day, its hand-in, and what it is."""


def home_faults() -> list[str]:
    """Return what is wrong with the files in the desk's home, in plain words."""
    home = CONFIGURATION.home
    return [*_key_faults(home), *_erasure_faults(home), *_inbox_faults(home / "inbox" / "done")]


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
            yield f"{PUBLIC} does not belong to {KEY}: one of them was replaced"
    for name in (KEY, ERASURE_KEY, "session.key"):
        path = home / name
        if path.is_file() and path.stat().st_mode & OTHERS:
            yield f"{name} can be read by users other than the desk's own"


def _erasure_faults(home: Path) -> Iterator[str]:
    held = {(one.case_id, one.field, one.commitment) for one in erasures_held()}
    listed = {(one.case_id, one.field, one.commitment) for one in noted(home)}
    if held and not (home / ERASURE_KEY).is_file():
        yield f"{ERASURE_KEY} is missing: erased content is not recognised if it is imported again"
    for case_id, name, _ in sorted(held - listed):
        yield f"{LIST} does not list the erasure of {name} of {case_id}"
    for case_id, name, _ in sorted(listed - held):
        yield f"{LIST} lists an erasure of {name} of {case_id} that the desk does not have"


def _inbox_faults(done: Path) -> Iterator[str]:
    """Yield files that were taken in and are not what they were; missing ones may be let go.

    Files of days up to the first hand-in that the ledger knows may be older than such rows.
    """
    digests: dict[tuple[str, str], str] = {}
    first = ""
    rows = Entry.objects.filter(subject__startswith="hand-in:").order_by("number")
    for subject, body, at in rows.values_list("subject", "body", "recorded_at"):
        row = json.loads(body)
        if row.get("what") != TAKEN_IN:
            continue
        first = first or timezone.localdate(datetime.fromisoformat(at)).isoformat()
        number = subject.partition(":")[2]
        digests |= {(number, kind): digest for kind, digest in row["sha256"].items()}
    for path in sorted(done.glob("*")):
        if path.name.endswith(".reason.txt") or not path.is_file():
            continue
        match = DONE.fullmatch(path.name)
        digest = digests.get((match["number"], match["kind"])) if match else None
        if digest is None:
            if first and path.name[:10] > first:
                yield f"inbox/done/{path.name}: the ledger has no row for it"
        elif file_digest(path) != digest:
            yield f"inbox/done/{path.name}: it is not the file that was imported"
