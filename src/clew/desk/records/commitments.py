"""Commitments to what was erased, and the list of erasures that outlives the database.

The list holds no content. A backup from before an erasure is restored with the erasure done again,
because this list says so.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from clew.desk.configuration import kept_once
from clew.desk.ledger.chain import canonical
from clew.desk.ledger.erasure_log import WITHHELD

KEY, LIST = "erasure.key", "erasures.jsonl"
"""Names of the two files in the desk's home."""
KEY_BYTES = 32
"""As long as the digest: more would add nothing (RFC 2104, section 3)."""


@dataclass(frozen=True, slots=True)
class Erased:
    """One erasure: of which record and field, the commitment, when, by whom and why."""

    case_id: str
    field: str
    commitment: str
    erased_at: str
    erased_by: str
    reason: str


def commitment_to(home: Path, case_id: str, field: str, value: str) -> str:
    """Return the commitment to one value of a field: HMAC-SHA256 under the desk's erasure key."""
    message = json.dumps([case_id, field, value], ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
    key = kept_once(home / KEY, lambda: secrets.token_bytes(KEY_BYTES))
    return hmac.new(key, message, sha256).hexdigest()


class Noted(Protocol):
    """An erasure as the database holds it."""

    field: str
    commitment: str


def masked(
    home: Path, case_id: str, held: Iterable[Noted], cells: Mapping[str, str]
) -> dict[str, str]:
    """Return cells of a file with those withheld whose content was erased here."""
    masked_cells = dict(cells)
    for one in held:
        value = masked_cells.get(one.field)
        if value and one.commitment == commitment_to(home, case_id, one.field, value):
            masked_cells[one.field] = WITHHELD
    return masked_cells


def note_erased(home: Path, erased: Erased) -> None:
    """Add to the list; returns when it is on the disk."""
    line = canonical(asdict(erased)) + "\n"
    with os.fdopen(
        os.open(home / LIST, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
    ) as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def noted(home: Path) -> list[Erased]:
    """Return the list; a line that a crash cut short is left out."""
    path, found = home / LIST, []
    if path.is_file():
        for line in path.read_text("utf-8").splitlines():
            try:
                found.append(Erased(**json.loads(line)))
            except (ValueError, TypeError):
                continue
    return found
