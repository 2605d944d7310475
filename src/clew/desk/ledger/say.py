"""What is said of a ledger that holds: what was found, and what could not be."""

from __future__ import annotations

from clew.desk.ledger.statement import Kept
from clew.desk.ledger.verify import CANNOT, Verified


def say(found: Verified, kept: Kept | None) -> list[str]:
    """Return the lines, in plain words."""
    told = [
        f"{found.rows:,} rows hold together: none altered, removed, inserted or out of order.",
        f"Last row's digest: {found.head}",
    ]
    if found.checkpoints:
        told.append(
            f"{found.checkpoints:,} checkpoints agree; the last, of {found.signed_at}, covers"
            f" {found.covered:,} rows."
        )
    newer = found.rows - found.covered
    if newer:
        told.append(
            f"{newer:,} rows are newer than any checkpoint: whoever can write to the database"
            " could have written them anew."
        )
    if not found.signatures:
        told.append("Signatures were not checked: give --public-key FILE, the desk's ledger.pub.")
    if kept is None:
        told.append(CANNOT)
    else:
        told.append(
            f"The checkpoint kept elsewhere, of {kept.statement.signed_at}, agrees: its"
            f" {found.kept:,} rows are those that were signed then."
        )
    return told
