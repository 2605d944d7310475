"""`clew desk`: the web application, started, filled and looked after from the command line."""

from __future__ import annotations

import importlib.util
import os
import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from clew.cli import options as opt
from clew.errors import UsageRejected
from clew.intake.cases.times import instant_of
from clew.outputs import write_output

app = typer.Typer(rich_markup_mode=None)


def open_desk(*, migrates: bool = True) -> None:
    """Set Django up, and bring the database to this version's tables.

    Each command calls it before it imports what the desk does: the settings read the environment
    and make the desk's home, which no help page should, and help works without the extra.

    Raises
    ------
    UsageRejected
        If the extra is not installed.
    """
    if importlib.util.find_spec("django") is None:
        raise UsageRejected("the desk is not installed", f"Run: {opt.install_command('desk')}")
    from clew.desk.setup import migrate, set_up

    set_up()
    if migrates:
        migrate()


@app.callback(invoke_without_command=True)
def desk(
    context: typer.Context,
    host: str = typer.Option("127.0.0.1", help="Address to listen on."),
    port: int = typer.Option(8000, min=1, max=65535, help="Port to listen on."),
    processes: int = typer.Option(2, min=1, max=64, help="Number of server processes."),
) -> None:
    """Start the desk: update its database, ask for the first administrator, serve until Ctrl-C.

    Settings are environment variables that begin with CLEW_DESK_.

    Writes into the desk's home and its database.

    Example: clew desk --port 8000
    """
    if context.invoked_subcommand is not None:
        return
    open_desk()
    from clew.desk.commands.accounts import add_account, needs_administrator
    from clew.desk.commands.service import Address, serve

    while needs_administrator():
        name = str(typer.prompt("Name with which the first administrator will sign in"))
        full_name = str(typer.prompt("Full name"))
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
        try:
            add_account(name, full_name, password, (("administrator", ""),), "first run")
        except UsageRejected as refused:
            print(refused.line())
    print(f"The desk is running at http://{host}:{port}/. Stop it with Ctrl-C.")
    serve(Address(host, port, processes))


@app.command("import")
@opt.takes_sources("facts", "coverage", "mapping", "timezone")
def import_cases(sources: opt.Sources) -> None:
    """Import a case file, its facts and its coverage into the desk.

    Importing a file twice has no effect.

    Writes into the desk's home and its database.

    Example: clew desk import deaths.csv --facts facts.csv --coverage coverage.csv
    """
    open_desk()
    from clew.desk.records.take_in import take_in

    taken = take_in(sources.files(), "command line")
    print(
        f"Imported {taken.cases:,} records and {taken.facts:,} facts."
        f" Already there: {taken.known:,}. Refused: {len(taken.refused):,}."
    )
    for line in taken.refused:
        print(line)


@app.command("identities")
def identities(
    register: Path = typer.Argument(help="Register: who each code means.", dir_okay=False),
) -> None:
    """Import a register: who the codes in records mean.

    The register is kept apart from the records. The desk shows one identity at a time, to a person
    who gives a reason, and logs each time in the ledger.

    Writes into the desk's database.

    Example: clew desk identities register.csv
    """
    open_desk()
    from clew.desk.commands.register import take_register

    for line in take_register(register, "command line"):
        print(line)


@app.command("backup")
def backup(file: Path = typer.Argument(help="File to write. It must not exist yet.")) -> None:
    """Back up everything the desk has, to one file. The desk can keep running.

    Writes the backup file.

    Example: clew desk backup monday.backup
    """
    open_desk()
    from clew.desk.commands.restore import backup as write_backup

    print(write_backup(file))


@app.command("restore")
def restore(
    file: Path = typer.Argument(help="A file that clew desk backup wrote.", dir_okay=False),
    to: str | None = typer.Option(
        None,
        help="Restore the state of an earlier time. Without a zone it is in CLEW_DESK_TIMEZONE.",
    ),
) -> None:
    """Restore a backup. Stop the desk first.

    Content that was erased after the backup is erased again. The ledger is verified.

    Writes into the desk's home and its database.

    Example: clew desk restore monday.backup --to 2026-11-23T08:00
    """
    open_desk(migrates=False)
    from clew.desk.commands.restore import restore as put_back

    for line in put_back(file, to):
        print(line)


@app.command("index")
def index() -> None:
    """Make the search index again from the records and concerns.

    It follows every change automatically. Run this only where clew ledger verify --all finds
    that the index differs.

    Writes into the desk's database.

    Example: clew desk index
    """
    open_desk()
    from clew.desk.search.index import rebuild

    print(f"Indexed: {rebuild():,} records and concerns.")


@app.command("account")
def account(
    name: str = typer.Argument(help="Name to sign in with."),
    full_name: str = typer.Option(..., help="Full name."),
    role: list[str] = typer.Option(
        ..., help="A role for all areas, or role:area. You can give it more than once."
    ),
    password_file: Path | None = typer.Option(
        None, help="File whose first line is the password [default: you are asked for it]."
    ),
) -> None:
    """Add an account with its roles.

    Writes into the desk's database.

    Example: clew desk account a.jones --full-name "A. Jones" --role analyst:KD
    """
    open_desk()
    from clew.desk.commands.accounts import add_account

    if password_file is None:
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        password = password_file.read_text(encoding="utf-8").splitlines()[0]
    roles = tuple((name, area) for name, _, area in (text.partition(":") for text in role))
    add_account(name, full_name, password, roles, "command line")
    print(f"{name} can sign in now.")


@app.command("round")
def run_round(as_of: opt.AsOf = None) -> None:
    """Run a round now: import watched files, compare, raise alerts and fill the queue.

    A round is the desk's daily comparison. Without --as-of it runs as of now.

    Writes into the desk's home and its database.

    Example: clew desk round
    """
    open_desk()
    from clew.desk.commands.rounds import run_here
    from clew.desk.settings import CONFIGURATION

    zone = CONFIGURATION.timezone
    instant = instant_of(as_of, zone, "--as-of")
    moment = None if instant is None else datetime.fromtimestamp(instant, ZoneInfo(zone))
    for line in run_here(moment):
        print(line)


MARK = "demonstration"
"""A file in the home that says: this is a demonstration, and may be thrown away."""


def prepare_home(home: Path, *, again: bool = False) -> bool:
    """Make the home of a demonstration; False if a whole one is there already and not made again.

    Call it before `open_desk`: the settings read the home.

    Raises
    ------
    UsageRejected
        If the folder holds anything else, or a database server is configured.
    """
    if os.environ.get("CLEW_DESK_DATABASE"):
        raise UsageRejected(
            "CLEW_DESK_DATABASE is set, and a demonstration must not use that database",
            "Unset it. The demonstration uses a database file of its own",
        )
    mark = home / MARK
    if mark.is_file():
        if mark.read_text(encoding="ascii") == "whole" and not again:
            os.environ["CLEW_DESK_HOME"] = str(home)
            return False
        shutil.rmtree(home)  # one that was broken off, and its own mark says so
    elif home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise UsageRejected(f"{home} has other data", "Name an empty or a new folder")
    home.mkdir(parents=True, mode=0o700, exist_ok=True)
    mark.write_text("begun", encoding="ascii")
    os.environ["CLEW_DESK_HOME"] = str(home)
    return True


@app.command("demo")
def demo(
    home: Path = typer.Option(
        Path("clew-desk-demo"), help="Folder for the demonstration alone, created if needed."
    ),
    port: int = typer.Option(8000, min=1, max=65535, help="Port on 127.0.0.1."),
    serves: bool = typer.Option(
        True, "--serve/--no-serve", help="Serve the desk once it is filled, or stop there."
    ),
    deaths_a_day: float = typer.Option(2.0, min=0.05, max=30.0, help="Size of the made-up force."),
) -> None:
    """Make a demonstration desk and serve it on 127.0.0.1.

    Its force is made up, and has the four deaths of Barking in it. There is a user of each role.

    Writes into the folder that --home names.

    Example: clew desk demo
    """
    empty = prepare_home(home)
    open_desk()
    from clew.desk.accounts.rules import Role
    from clew.desk.commands.demo import PASSWORD, fill
    from clew.desk.commands.service import Address, serve

    if empty:
        fill(deaths_a_day, home / "handed-in", lambda line: print(line, flush=True))
        (home / MARK).write_text("whole", encoding="ascii")
    if serves:
        print(f"The demonstration is running at http://127.0.0.1:{port}/. Stop it with Ctrl-C.")
    else:
        print(f"The demonstration is filled. Start it with: clew desk demo --home {home}")
    print(f"Sign in as {', '.join(role.value for role in Role)}.")
    print(f"Password of all users: {PASSWORD} (it is public, for the demonstration only).")
    print("In the queue, the link of BD-2 and BD-1 is back for a senior reader. See why.")
    if serves:
        serve(Address(port=port))


@app.command("replay-barking")
def replay_barking(
    home: Path = typer.Option(
        Path("clew-desk-replay"), help="Folder for the replay alone, replaced if it exists."
    ),
    out: Path | None = typer.Option(None, help="Markdown file to write [default: printed]."),
    deaths_a_day: float = typer.Option(2.0, min=0.05, max=30.0, help="Size of the made-up force."),
) -> None:
    """Replay the public record of the four deaths at a separate desk.

    Reports for each date what would have been blocked, raised and escalated, and to whom, if
    nobody answered anything.

    Writes into the folder that --home names, and the file that --out names.

    Example: clew desk replay-barking --out replay.md
    """
    prepare_home(home, again=True)
    os.environ["CLEW_DESK_CHIEF_OFFICER"] = "chief_officer"
    open_desk()
    from clew.desk.commands.replay_barking import replay

    lines = list(replay(deaths_a_day, home / "handed-in"))
    (home / MARK).write_text("whole", encoding="ascii")
    if out is None:
        print("\n".join(lines))
    else:
        write_output(out, "\n".join(lines) + "\n")
        print(f"Written: {out}")
