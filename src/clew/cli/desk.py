"""`clew desk`: the web application, started, filled and looked after from the command line."""

from __future__ import annotations

import importlib.util
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer

from clew.cli import options as opt
from clew.errors import UsageRejected
from clew.intake.cases.times import instant_of

app = typer.Typer(rich_markup_mode=None)


def needs_desk() -> None:
    """Refuse, in one line, where the extra is not installed; then set Django up."""
    if importlib.util.find_spec("django") is None:
        raise UsageRejected("the desk is not installed", "Install it: pip install 'clew[desk]'")
    from clew.desk.setup import set_up

    set_up()


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
    needs_desk()
    from clew.desk.commands.service import Address, serve
    from clew.desk.setup import add_account, migrate, needs_administrator

    migrate()
    while needs_administrator():
        name = str(typer.prompt("Name of the first administrator, who looks after accounts"))
        full_name = str(typer.prompt("Full name"))
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
        try:
            add_account(name, full_name, password, (("administrator", ""),), "first run")
        except UsageRejected as refused:
            print(refused.line())
    print(f"The desk is at http://{host}:{port}/ until you stop it with Ctrl-C.")
    serve(Address(host, port, processes))


@app.command("import")
@opt.takes_sources("facts", "coverage", "mapping", "timezone")
def import_cases(sources: opt.Sources) -> None:
    """Import a case file, its facts and its coverage into the desk.

    Importing a file twice has no effect.

    Writes into the desk's home and its database.

    Example: clew desk import deaths.csv --facts facts.csv --coverage coverage.csv
    """
    needs_desk()
    from clew.desk.records.take_in import take_in
    from clew.desk.setup import migrate

    migrate()
    taken = take_in(sources.files(), "command line")
    print(
        f"{taken.cases:,} records and {taken.facts:,} facts taken in,"
        f" {taken.known:,} held already, {len(taken.refused):,} refused."
    )
    for line in taken.refused:
        print(line)


@app.command("identities")
def identities(
    register: Path = typer.Argument(help="Register: who is behind each code.", dir_okay=False),
) -> None:
    """Import a register: who is behind the codes of records.

    It is kept apart from the records. The desk shows one identity at a time, to a person who gives
    a reason, and logs each time in the ledger.

    Writes into the desk's database.

    Example: clew desk identities register.csv
    """
    needs_desk()
    from clew.desk.commands.ledger import take_register
    from clew.desk.setup import migrate

    migrate()
    for line in take_register(register, "command line"):
        print(line)


@app.command("backup")
def backup(file: Path = typer.Argument(help="File to write. It must not exist yet.")) -> None:
    """Write everything the desk holds to one file. The desk may go on serving.

    Writes the backup file.

    Example: clew desk backup monday.backup
    """
    needs_desk()
    from clew.desk.commands.restore import backup as write_backup
    from clew.desk.setup import migrate

    migrate()
    print(write_backup(file))


@app.command("restore")
def restore(
    file: Path = typer.Argument(help="A file that clew desk backup wrote.", dir_okay=False),
    to: str | None = typer.Option(
        None,
        help="A time before the backup to go back to. Without a zone it is in CLEW_DESK_TIMEZONE.",
    ),
) -> None:
    """Restore a backup. Stop the desk first.

    What was erased after the backup is erased again, and the ledger is verified.

    Writes into the desk's home and its database.

    Example: clew desk restore monday.backup --to 2026-11-23T08:00
    """
    needs_desk()
    from clew.desk.commands.restore import restore as put_back

    for line in put_back(file, to):
        print(line)


@app.command("account")
def account(
    name: str = typer.Argument(help="Name to sign in with."),
    full_name: str = typer.Option(..., help="Full name."),
    role: list[str] = typer.Option(
        ..., help="A role for all areas, or role:area. May be given more than once."
    ),
    password_file: Path | None = typer.Option(
        None, help="File whose first line is the password [default: you are asked for it]."
    ),
) -> None:
    """Make an account with its roles.

    Writes into the desk's database.

    Example: clew desk account a.jones --full-name "A. Jones" --role analyst:KD
    """
    needs_desk()
    from clew.desk.setup import add_account, migrate

    migrate()
    if password_file is None:
        password = str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        password = password_file.read_text(encoding="utf-8").splitlines()[0]
    roles = tuple((one.partition(":")[0], one.partition(":")[2]) for one in role)
    add_account(name, full_name, password, roles, "command line")
    print(f"{name} may sign in now.")


@app.command("round")
def run_round(as_of: opt.AsOf = None) -> None:
    """Run a round now, in the foreground: import watched files, compare, alert, fill the queue.

    Without --as-of it runs as of now.

    Writes into the desk's home and its database.

    Example: clew desk round
    """
    needs_desk()
    from clew.desk.commands.service import run_here
    from clew.desk.settings import CONFIGURATION
    from clew.desk.setup import migrate

    migrate()
    zone = CONFIGURATION.timezone
    instant = instant_of(as_of, zone, "--as-of")
    moment = None if instant is None else datetime.fromtimestamp(instant, ZoneInfo(zone))
    for line in run_here(moment):
        print(line)


@app.command("demo")
def demo(
    home: Path = typer.Option(
        Path("clew-desk-demo"), help="Folder of its own, made if there is none."
    ),
    port: int = typer.Option(8000, min=1, max=65535, help="Port on 127.0.0.1."),
    serves: bool = typer.Option(
        True, "--serve/--no-serve", help="Serve once it is filled, or end there."
    ),
    deaths_a_day: float = typer.Option(2.0, min=0.05, max=30.0, help="Size of the made-up force."),
) -> None:
    """Make a demonstration desk and serve it on 127.0.0.1.

    Its force is made up, with the four deaths of Barking in it, and there is a user of each role.

    Writes into the folder that --home names.

    Example: clew desk demo
    """
    from clew.desk.commands.demo import (
        HOST,
        DemoAsked,
        fill,
        finish_home,
        prepare_home,
        welcome,
    )

    is_new = prepare_home(home)
    needs_desk()
    from clew.desk.commands.service import Address, serve
    from clew.desk.setup import migrate

    migrate()
    if is_new:
        fill(DemoAsked(deaths_a_day), home / "handed-in", lambda line: print(line, flush=True))
        finish_home(home)
    for line in welcome(home, port, serves):
        print(line)
    if serves:
        serve(Address(HOST, port))


@app.command("replay-barking")
def replay_barking(
    home: Path = typer.Option(
        Path("clew-desk-replay"), help="Folder of its own, replaced if it exists."
    ),
    out: Path | None = typer.Option(None, help="Markdown file to write [default: printed]."),
    deaths_a_day: float = typer.Option(2.0, min=0.05, max=30.0, help="Size of the made-up force."),
) -> None:
    """Go through the record of the four deaths at a desk of its own.

    Reports for each date what would have been blocked, raised and escalated, and to whom, while
    nobody answers anything.

    Writes into the folder that --home names, and the file that --out names.

    Example: clew desk replay-barking --out replay.md
    """
    from clew.desk.commands.demo import DemoAsked, finish_home, prepare_home
    from clew.desk.commands.replay_barking import name_the_chief, replay

    prepare_home(home, again=True)
    name_the_chief()
    needs_desk()
    from clew.desk.setup import migrate

    migrate()
    lines = list(replay(DemoAsked(deaths_a_day), home / "handed-in"))
    finish_home(home)
    if out is None:
        print("\n".join(lines))
    else:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"Written: {out}")
