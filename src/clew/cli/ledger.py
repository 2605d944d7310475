"""`clew ledger`: checks the audit log, and signs its present state."""

from __future__ import annotations

from pathlib import Path

import typer

from clew.cli.desk import open_desk

app = typer.Typer(
    help="Check the desk's audit log (the ledger), and sign its present state.",
    rich_markup_mode=None,
)


@app.command("verify")
def verify(
    everything: bool = typer.Option(
        False, "--all", help="Also compare every table, trigger and file with the ledger."
    ),
    checkpoint: Path | None = typer.Option(
        None, help="A checkpoint that you kept elsewhere. Clew trusts it.",
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

    Finds any edit, removal, insertion, swap or gap, and says what it cannot find. With --all it
    checks every table of the desk too. Exit status 2 if anything is wrong.

    Writes no file.

    Example: clew ledger verify --all --checkpoint monday.checkpoint
    """
    open_desk(migrates=False)
    from clew.desk.commands.ledger import verify_ledger

    for line in verify_ledger(database, checkpoint, public_key, everything=everything):
        print(line)


@app.command("accept")
def accept(
    reason: str = typer.Option(..., help="The cause, who found it, and how. This is logged."),
) -> None:
    """Accept tables and triggers that differ from the ledger, with a reason.

    Use it when verify --all reports a difference and you know the cause, such as a repair by hand.
    It creates the triggers again, so that the desk can start. The differences are logged.

    Writes into the desk's database.

    Example: clew ledger accept --reason "Index repaired by the database team on 3 May"
    """
    open_desk(migrates=False)
    from clew.desk.commands.ledger import accept_differences

    print(accept_differences(reason))


@app.command("accept-clock")
def accept_clock(
    reason: str = typer.Option(..., help="Why the machine's clock is right. This is logged."),
) -> None:
    """Accept the machine's clock as it is now, after a jump back or far ahead.

    The desk records nothing while its clock is before the last row of the ledger, or more than 31
    days after it. Use this when the clock is right now: it was wrong before, or the desk was
    switched off. Administrators get a notice.

    Writes into the desk's database.

    Example: clew ledger accept-clock --reason "Off from May to July; checked against the radio"
    """
    open_desk()
    from clew.desk.commands.ledger import accept_the_clock

    print(accept_the_clock(reason))


@app.command("checkpoint")
def checkpoint(
    out: Path | None = typer.Option(None, help="File to write. Keep it elsewhere."),
) -> None:
    """Sign the present state of the ledger. The file shows later whether rows were removed.

    Writes the checkpoint into the ledger, and into the file that --out names.

    Example: clew ledger checkpoint --out monday.checkpoint
    """
    open_desk()
    from clew.desk.commands.ledger import sign_checkpoint

    print(sign_checkpoint(out))
