"""How rows of the ledger are chained: pure sums, no database.

Each row's digest covers every column of the row and the digest of the row before it, each preceded
by its length, so that no two different rows give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

BEGINNING = "0" * 64
"""What stands before the first row."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the ledger, all but its digest; `number` counts from 1 without gaps.

    `body` is canonical JSON; `previous` the digest of the row before.
    """

    number: int
    recorded_at: str
    act: str
    actor: str
    purpose: str
    subject: str
    body: str
    previous: str

    def digest(self) -> str:
        """Return the SHA-256 of the row, in hexadecimal."""
        return digest_of(
            (
                str(self.number),
                self.recorded_at,
                self.act,
                self.actor,
                self.purpose,
                self.subject,
                self.body,
                self.previous,
            )
        )


def digest_of(parts: Iterable[str]) -> str:
    """Return the SHA-256 of texts, each preceded by its length in bytes."""
    told = sha256()
    for part in parts:
        raw = part.encode()
        told.update(b"%d:" % len(raw))
        told.update(raw)
    return told.hexdigest()


def canonical(body: Mapping[str, Any]) -> str:
    """Return JSON that reads the same however the mapping was put together."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
