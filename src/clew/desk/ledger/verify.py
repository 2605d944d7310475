"""Verifying a ledger: every row against its own sum, the row before, the tree and the checkpoints.

What is found: any edit, removal, insertion, swap, gap or reordering; rows cut off that a head, a
checkpoint or a file kept elsewhere knows of; a clock that runs backwards; checkpoints altered,
removed, replayed, or signed by another key; a chain reckoned anew from some row on, if that row is
under a checkpoint. What is not: see `CANNOT`. No database, no clock.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from clew.desk.ledger.chain import BEGINNING, Frontier, LedgerRow
from clew.desk.ledger.contents import Coverage
from clew.desk.ledger.key import FIRST, CheckpointFile, Statement, id_of, signed_by
from clew.desk.ledger.reading import LedgerSource, Told
from clew.desk.ledger.stamp import stamp_is_over
from clew.desk.ledger.verify_contents import ContentWalk
from clew.errors import ContentAltered, LedgerBroken

# What checkpoints say by themselves: signatures, their order, and what is due at which row.


@dataclass(frozen=True, slots=True)
class Due:
    """What must hold when the walk has come to a row; `fault`: what is wrong already."""

    name: str
    root: str
    head: str
    frontier: str = ""
    fault: str = ""


@dataclass(slots=True)
class CheckpointCheck:
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
    rows: list[Told], trusted: Ed25519PublicKey | None, kept: CheckpointFile | None
) -> CheckpointCheck:
    """Check each checkpoint by itself and against the one before."""
    checked = CheckpointCheck()
    before, size, at = FIRST, 0, ""
    for k, row in enumerate(rows):
        name = f"checkpoint {k + 1}"
        counts = type(row[0]) is int and row[0] >= 0
        if not counts or any(type(part) is not str for part in row[1:]):
            fault = "a value in it is of another kind"
            checked.add(row[0] if counts else 0, Due(name, "", "", "", fault))
            continue
        statement = Statement(*row[:6])
        fault = _signature_fault(statement, row[6], trusted)
        if not fault and not stamp_is_over(row[8], statement.text()):
            fault = "its time stamp is over something else: altered"
        if not fault and statement.before != before:
            fault = (
                "it does not follow the checkpoint before it: one was removed, added or replayed"
            )
        if not fault and (statement.size < size or statement.signed_at < at):
            fault = "it is older than the checkpoint before it"
        checked.add(statement.size, Due(name, statement.root, statement.head, row[7], fault))
        checked.statements.append(statement)
        before, size, at = statement.digest(), statement.size, statement.signed_at
    if kept is not None:
        statement = kept.statement
        fault = ""
        if trusted is not None and statement.key_id != id_of(trusted):
            fault = f"it is signed by key {statement.key_id}, not by this desk's {id_of(trusted)}"
        name = "the checkpoint kept elsewhere"
        checked.add(statement.size, Due(name, statement.root, statement.head, "", fault))
    return checked


def _signature_fault(statement: Statement, signature: str, trusted: Ed25519PublicKey | None) -> str:
    if trusted is None:
        return ""
    if statement.key_id != id_of(trusted):
        return f"it is signed by key {statement.key_id[:16]}, not by this desk's {id_of(trusted)}"
    try:
        raw = b64decode(signature, validate=True)
        fits = signed_by(trusted, raw, statement.text())
    except (NotBase64, ValueError):
        fits = False
    return "" if fits else "its signature does not fit: altered or forged"


CANNOT = (
    "The ledger alone cannot show: rows removed from its end, with their checkpoints and the"
    " head, and a ledger rewritten with the desk's own key. Give --checkpoint FILE with a"
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
    contents: ContentWalk | None = None


@dataclass(slots=True)
class _Walk:
    """Where the walk along the chain stands."""

    number: int = 0
    digest: str = BEGINNING
    recorded_at: str = ""


def verify_all(
    source: LedgerSource,
    trusted: Ed25519PublicKey | None,
    kept: CheckpointFile | None = None,
    expected: Coverage | None = None,
) -> Verified:
    """Walk along the whole chain, and compare every covered table and the triggers with it.

    Parameters
    ----------
    trusted, kept
        As for `verify`.
    expected
        What this version of the desk covers; None for another desk's database, which is judged by
        what its own ledger says it covers.

    Raises
    ------
    LedgerBroken
        With the first row that is wrong.
    ContentAltered
        With what is wrong beside the chain.
    """
    if source.contents is None:
        raise ContentAltered(["it has no digests of contents: it was last opened by a version"
                              " before these were kept"])  # fmt: skip
    walk = ContentWalk(source.contents, expected)
    verified = verify(source, trusted, kept, walk)
    faults = walk.faults()
    if faults:
        raise ContentAltered(faults)
    return verified


def verify(
    source: LedgerSource,
    trusted: Ed25519PublicKey | None,
    kept: CheckpointFile | None = None,
    contents: ContentWalk | None = None,
) -> Verified:
    """Walk along the whole chain.

    Parameters
    ----------
    trusted
        The desk's public key; None leaves signatures unchecked, and the answer says so.
    kept
        A checkpoint that was kept elsewhere; it is taken to be true.
    contents
        Follows the digests of contents along the rows; None leaves them out.

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
        if contents is not None:
            contents.take(walk.number, row[9])
        frontier.add(bytes.fromhex(walk.digest))
        if walk.number in due:
            _check_tree(checked, walk, frontier)
        if row[5] == "ledger" and MADE in row[6]:
            # The row tells of the next checkpoint, so it must say what that one states.
            body = json.loads(row[6])
            said = (body.get("rows"), body.get("root"), body.get("signed_at"))
            stands = checked.statements[told_of] if told_of < len(checked.statements) else None
            if stands is None or said != (stands.size, stands.root, stands.signed_at):
                raise LedgerBroken(
                    walk.number, f"the checkpoint over {said[0]} rows that it names is missing"
                )
            told_of += 1
    _check_end(source, checked, walk)
    if told_of < len(checked.statements):
        size = checked.statements[told_of].size
        raise LedgerBroken(size, f"checkpoint {told_of + 1} is in no row of the ledger")
    last = checked.statements[-1] if checked.statements else None
    return Verified(
        walk.number, walk.digest, len(checked.statements), last.size if last else 0,
        last.signed_at if last else "", trusted is not None, kept.statement.size if kept else 0,
        contents,
    )  # fmt: skip


def _check_row(row: Told, walk: _Walk) -> None:
    number, recorded_at, act, actor, purpose, subject, body, previous, digest, content = row
    wanted = walk.number + 1
    if type(number) is not int or number < wanted:
        raise LedgerBroken(wanted, f"its number is {str(number)[:40]}")
    if number > wanted:
        gone = f"rows {wanted} to {number - 1} are" if number > wanted + 1 else f"row {wanted} is"
        raise LedgerBroken(wanted, f"{gone} missing")
    if not (
        type(recorded_at) is type(act) is type(actor) is type(purpose) is type(subject)
        is type(body) is type(previous) is type(content) is str
    ):  # fmt: skip
        raise LedgerBroken(number, "a value in it is not text")
    # The same as `LedgerRow.digest`, put together at once, for this runs a million times: in text
    # that is all ASCII a character is a byte.
    n = str(number)
    text = (
        f"{len(n)}:{n}{len(recorded_at)}:{recorded_at}{len(act)}:{act}{len(actor)}:{actor}"
        f"{len(purpose)}:{purpose}{len(subject)}:{subject}{len(body)}:{body}"
        f"{len(previous)}:{previous}"
    )
    if content:
        text += f"{len(content)}:{content}"
    if text.isascii():
        computed = sha256(text.encode()).hexdigest()
    else:
        try:
            computed = LedgerRow(
                number, recorded_at, act, actor, purpose, subject, body, previous, content
            ).digest()
        except UnicodeEncodeError:
            raise LedgerBroken(number, "a value in it is not text") from None
    if computed != digest:
        raise LedgerBroken(number, "its content does not give its digest: altered or exchanged")
    if previous != walk.digest:
        raise LedgerBroken(number, "it does not follow the row before it")
    if recorded_at < walk.recorded_at:
        raise LedgerBroken(number, f"its time, {recorded_at}, is before that of the row before")
    walk.number, walk.digest, walk.recorded_at = number, computed, recorded_at


def _check_tree(checked: CheckpointCheck, walk: _Walk, frontier: Frontier) -> None:
    root = frontier.root().hex()
    for due in checked.due[walk.number]:
        if due.fault:
            raise LedgerBroken(walk.number, f"{due.name}: {due.fault}")
        if due.root != root or due.head != walk.digest:
            begin = checked.held + 1
            raise LedgerBroken(
                begin,
                f"rows {begin} to {walk.number} were rewritten: {due.name} states other rows",
            )
        if due.frontier and due.frontier != frontier_text(frontier):
            raise LedgerBroken(walk.number, f"{due.name}: its frontier was altered")
    checked.held = walk.number


def _check_end(source: LedgerSource, checked: CheckpointCheck, walk: _Walk) -> None:
    last = walk.number
    beyond = sorted(size for size in checked.due if size > last)
    if beyond:
        due = checked.due[beyond[0]][0]
        gone = f"rows {last + 1} to {beyond[-1]} are missing, although {due.name} covers them"
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


# What is said of a ledger that holds: what was found, and what could not be.


def say(found: Verified, kept: CheckpointFile | None) -> list[str]:
    """Return the lines, in plain words."""
    lines = [
        f"{found.rows:,} rows are consistent: none altered, removed, inserted or out of order.",
        f"Last row's digest: {found.head}",
    ]
    if found.checkpoints:
        lines.append(
            f"{found.checkpoints:,} checkpoints agree; the last, of {found.signed_at}, covers"
            f" {found.covered:,} rows."
        )
    if found.contents is not None:
        lines.append(
            f"{found.contents.rows:,} rows of other tables match the ledger, by"
            f" {found.contents.digests:,} digests; the triggers are those of this version."
        )
    newer = found.rows - found.covered
    if newer:
        lines.append(
            f"{newer:,} rows are newer than any checkpoint: anyone who can write to the database"
            " could have rewritten them."
        )
    if not found.signatures:
        lines.append("Signatures were not checked: give --public-key FILE, the desk's ledger.pub.")
    if kept is None:
        lines.append(CANNOT)
    else:
        lines.append(
            f"The checkpoint kept elsewhere, of {kept.statement.signed_at}, agrees: its"
            f" {found.kept:,} rows are those that were signed then."
        )
    return lines
