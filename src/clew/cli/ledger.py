"""`clew ledger`: checks the audit chain, and signs what it is now."""

from __future__ import annotations

from pathlib import Path

import typer

from clew.cli.desk import needs_desk

app = typer.Typer(
    help="The desk's audit chain: check it, and sign what it is now.", rich_markup_mode=None
)


@app.command("verify")
def verify(
    checkpoint: Path | None = typer.Option(
        None, help="A checkpoint that was kept elsewhere. It is taken to be true.",
        exists=True, dir_okay=False,
    ),
    database: str = typer.Option(
        "", help="A SQLite file or an address of PostgreSQL [default: the desk's own]."
    ),
    public_key: Path | None = typer.Option(
        None, help="The desk's ledger.pub [default: the one in the desk's home].",
        exists=True, dir_okay=False,
    ),
) -> None:  # fmt: skip
    """Check every row of the desk's ledger, and name the first that is wrong.

    Finds any edit, removal, insertion, swap or gap, and says what it cannot find. Exit status 2
    where a row is wrong.

    Writes no file.

    Example: clew ledger verify --checkpoint monday.checkpoint
    """
    needs_desk()
    from clew.desk.commands.ledger import verify_ledger

    for line in verify_ledger(database, checkpoint, public_key):
        print(line)


@app.command("checkpoint")
def checkpoint(
    out: Path | None = typer.Option(None, help="File to write. Keep it elsewhere."),
) -> None:
    """Sign what the ledger is now. The file shows later whether rows were cut off.

    Writes the checkpoint into the ledger, and into the file that --out names.

    Example: clew ledger checkpoint --out monday.checkpoint
    """
    needs_desk()
    from clew.desk.commands.ledger import sign_checkpoint
    from clew.desk.setup import migrate

    migrate()
    print(sign_checkpoint(out))
