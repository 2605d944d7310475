"""What checkpoints say by themselves: signatures, their order, and what is due at which row."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from clew.desk.ledger.key import id_of, signed_by
from clew.desk.ledger.merkle import Frontier
from clew.desk.ledger.reading import Told
from clew.desk.ledger.stamp import stamp_is_over
from clew.desk.ledger.statement import FIRST, Kept, Statement


@dataclass(frozen=True, slots=True)
class Due:
    """What must hold when the walk has come to a row; `fault`: what is wrong already."""

    name: str
    root: str
    head: str
    frontier: str = ""
    fault: str = ""


@dataclass(slots=True)
class Checked:
    """Checkpoints in order, what is due at which row, and up to which row all held so far."""

    statements: list[Statement] = field(default_factory=list)
    due: dict[int, list[Due]] = field(default_factory=dict)
    held: int = 0

    def add(self, size: int, due: Due) -> None:
        """Note what is due at a row."""
        self.due.setdefault(size, []).append(due)


def frontier_text(frontier: Frontier) -> str:
    """Return a frontier as a checkpoint keeps it: hashes in hexadecimal, the largest tree first."""
    return " ".join(peak.hex() for peak in frontier.peaks)


def check_checkpoints(
    rows: list[Told], trusted: Ed25519PublicKey | None, kept: Kept | None
) -> Checked:
    """Check each checkpoint by itself and against the one before."""
    checked = Checked()
    before, size, at = FIRST, 0, ""
    for k, row in enumerate(rows):
        name = f"checkpoint {k + 1}"
        fault = _shape_fault(row)
        if fault:
            checked.add(
                row[0] if type(row[0]) is int and row[0] >= 0 else 0, Due(name, "", "", "", fault)
            )
            continue
        told = Statement(*row[:6])
        fault = _signature_fault(told, row[6], trusted)
        if not fault and not stamp_is_over(row[8], told.text()):
            fault = "its time stamp is over something else: altered"
        if not fault and told.before != before:
            fault = (
                "it does not follow the checkpoint before it: one was removed, added or replayed"
            )
        if not fault and (told.size < size or told.signed_at < at):
            fault = "it is older than the checkpoint before it"
        checked.add(told.size, Due(name, told.root, told.head, row[7], fault))
        checked.statements.append(told)
        before, size, at = told.digest(), told.size, told.signed_at
    if kept is not None:
        told = kept.statement
        fault = ""
        if trusted is not None and told.key_id != id_of(trusted):
            fault = f"it is signed by key {told.key_id}, not by this desk's {id_of(trusted)}"
        name = "the checkpoint kept elsewhere"
        checked.add(told.size, Due(name, told.root, told.head, "", fault))
    return checked


def _shape_fault(row: Told) -> str:
    sound = type(row[0]) is int and row[0] >= 0 and all(type(part) is str for part in row[1:])
    return "" if sound else "a value in it is of another kind"


def _signature_fault(told: Statement, signature: str, trusted: Ed25519PublicKey | None) -> str:
    if trusted is None:
        return ""
    if told.key_id != id_of(trusted):
        return f"it is signed by key {told.key_id[:16]}, not by this desk's {id_of(trusted)}"
    try:
        raw = b64decode(signature, validate=True)
        fits = signed_by(trusted, raw, told.text())
    except (NotBase64, ValueError):
        fits = False
    return "" if fits else "its signature does not fit: altered or forged"
