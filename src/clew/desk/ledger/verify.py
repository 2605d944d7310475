"""Verifying a ledger: every row against its own sum, the row before, the tree and the checkpoints.

What is found: any edit, removal, insertion, swap, gap or reordering; rows cut off that a head, a
checkpoint or a file kept elsewhere knows of; a clock that runs backwards; checkpoints altered,
removed, replayed, or signed by another key; a chain reckoned anew from some row on, if that row is
under a checkpoint. What is not: see `CANNOT`. No database, no clock.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from clew.desk.ledger.chain import BEGINNING, Row
from clew.desk.ledger.checks import Checked, check_checkpoints, frontier_text
from clew.desk.ledger.merkle import Frontier
from clew.desk.ledger.reading import Source, Told
from clew.desk.ledger.statement import Kept
from clew.errors import LedgerBroken

CANNOT = (
    "Not to be told from inside: rows cut from the end together with their checkpoints and the"
    " head, and a ledger written anew with the desk's own key. Give --checkpoint FILE with a"
    " checkpoint that was kept elsewhere."
)
MADE = '"what":"checkpoint"'
"""Stands in the body of the row that tells of a checkpoint."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found to hold: rows, checkpoints, how many rows the last of them covers.

    `signatures`: whether they were checked, for which the desk's public key is needed.
    """

    rows: int
    head: str
    checkpoints: int
    covered: int
    signed_at: str
    signatures: bool
    kept: int = 0


@dataclass(slots=True)
class _Walk:
    """Where the walk along the chain stands."""

    number: int = 0
    digest: str = BEGINNING
    recorded_at: str = ""


def verify(source: Source, trusted: Ed25519PublicKey | None, kept: Kept | None = None) -> Verified:
    """Walk along the whole chain.

    Parameters
    ----------
    trusted
        The desk's public key; None leaves signatures unchecked, and the answer says so.
    kept
        A checkpoint that was kept elsewhere; it is taken to be true.

    Raises
    ------
    LedgerBroken
        With the first row that is wrong.
    """
    checked = check_checkpoints(source.checkpoints, trusted, kept)
    walk, frontier, told_of = _Walk(), Frontier(), 0
    due = checked.due
    for one in due.get(0, ()):
        raise LedgerBroken(1, f"{one.name}: {one.fault or 'it is over no rows'}")
    for row in source.rows:
        _check_row(row, walk)
        frontier.add(bytes.fromhex(walk.digest))
        if walk.number in due:
            _check_tree(checked, walk, frontier)
        if row[5] == "ledger" and MADE in row[6]:
            _check_told(checked, told_of, walk.number, row[6])
            told_of += 1
    _check_end(source, checked, walk)
    if told_of < len(checked.statements):
        size = checked.statements[told_of].size
        raise LedgerBroken(size, f"checkpoint {told_of + 1} is one that no row tells of")
    last = checked.statements[-1] if checked.statements else None
    return Verified(
        walk.number, walk.digest, len(checked.statements), last.size if last else 0,
        last.signed_at if last else "", trusted is not None, kept.statement.size if kept else 0,
    )  # fmt: skip


def _check_row(row: Told, walk: _Walk) -> None:
    number, recorded_at, act, actor, purpose, subject, body, previous, digest = row
    wanted = walk.number + 1
    if type(number) is not int or number < wanted:
        raise LedgerBroken(wanted, f"its number is {str(number)[:40]}")
    if number > wanted:
        gone = f"rows {wanted} to {number - 1} are" if number > wanted + 1 else f"row {wanted} is"
        raise LedgerBroken(wanted, f"{gone} missing")
    if not (
        type(recorded_at) is type(act) is type(actor) is type(purpose) is type(subject)
        is type(body) is type(previous) is str
    ):  # fmt: skip
        raise LedgerBroken(number, "a value in it is no text")
    # The same as `chain.Row.digest`, put together at once, for this runs a million times: in text
    # that is all ASCII a character is a byte.
    n = str(number)
    text = (
        f"{len(n)}:{n}{len(recorded_at)}:{recorded_at}{len(act)}:{act}{len(actor)}:{actor}"
        f"{len(purpose)}:{purpose}{len(subject)}:{subject}{len(body)}:{body}"
        f"{len(previous)}:{previous}"
    )
    if text.isascii():
        told = sha256(text.encode()).hexdigest()
    else:
        try:
            told = Row(number, *row[1:8]).digest()
        except UnicodeEncodeError:
            raise LedgerBroken(number, "a value in it is no text") from None
    if told != digest:
        raise LedgerBroken(number, "its content does not give its digest: altered or exchanged")
    if previous != walk.digest:
        raise LedgerBroken(number, "it does not follow the row before it")
    if recorded_at < walk.recorded_at:
        raise LedgerBroken(number, f"its time, {recorded_at}, is before that of the row before")
    walk.number, walk.digest, walk.recorded_at = number, told, recorded_at


def _check_tree(checked: Checked, walk: _Walk, frontier: Frontier) -> None:
    root = frontier.root().hex()
    for due in checked.due[walk.number]:
        if due.fault:
            raise LedgerBroken(walk.number, f"{due.name}: {due.fault}")
        if due.root != root or due.head != walk.digest:
            begin = checked.held + 1
            raise LedgerBroken(
                begin,
                f"rows {begin} to {walk.number} were written anew: {due.name} states other rows",
            )
        if due.frontier and due.frontier != frontier_text(frontier):
            raise LedgerBroken(walk.number, f"{due.name}: its frontier was altered")
    checked.held = walk.number


def _check_told(checked: Checked, k: int, number: int, body: str) -> None:
    """Compare the row that tells of checkpoint `k` (from 0) with that checkpoint."""
    told = json.loads(body)
    said = (told.get("rows"), told.get("root"), told.get("signed_at"))
    stands = checked.statements[k] if k < len(checked.statements) else None
    if stands is None or said != (stands.size, stands.root, stands.signed_at):
        raise LedgerBroken(
            number, f"the checkpoint over {said[0]} rows that it tells of is missing"
        )


def _check_end(source: Source, checked: Checked, walk: _Walk) -> None:
    last = walk.number
    beyond = sorted(size for size in checked.due if size > last)
    if beyond:
        due = checked.due[beyond[0]][0]
        gone = f"rows {last + 1} to {beyond[-1]} are missing, of which {due.name} knows"
        raise LedgerBroken(last + 1, f"{due.name}: {due.fault}" if due.fault else gone)
    if not source.heads and not last:
        return
    if len(source.heads) != 1:
        raise LedgerBroken(last, f"there are {len(source.heads)} heads of the chain, not one")
    number, digest, recorded_at = source.heads[0]
    if type(number) is not int or number < last:
        known = number if type(number) is int else last
        raise LedgerBroken(known + 1, "the head of the chain does not know it")
    if number > last:
        raise LedgerBroken(last + 1, f"rows {last + 1} to {number} are missing, says the head")
    if digest != walk.digest or recorded_at != walk.recorded_at:
        raise LedgerBroken(last, "the head of the chain says otherwise of the last row")
