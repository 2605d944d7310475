"""The `clew` command: one module a command, loaded when it is asked for, and the three endings."""

from __future__ import annotations

import gc
import sys
from collections import UserDict
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from clew.errors import ClewError
from clew.model.cells import safe_line
from clew.version import VERSION

ABOUT = """Links deaths which may belong together, and says what could not be searched.

Everything it prints is a reason to look, not a finding. It may have to be disclosed.
"""

COMMANDS = {
    "link": (
        "clew.cli.link:link",
        "Compare all cases with one another and rank the few that deserve a second look.",
    ),
    "explain": (
        "clew.cli.explain:explain",
        "Say what agrees, what differs and what is missing between two cases, whatever their rank.",
    ),
    "audit": (
        "clew.cli.audit:audit",
        "Compare how deaths of two groups were enquired into, among deaths alike when reported.",
    ),
    "bundle": (
        "clew.cli.bundle:bundle",
        "Make the inquest bundle of some deaths, as known at one time, for one recipient.",
    ),
    "intake": (
        "clew.cli.intake:intake",
        "Import an extract or messages, and report what changed since the last import.",
    ),
    "learn": (
        "clew.cli.learn:learn",
        "Learn a weight table from cases and known series, pulled towards the declared priors.",
    ),
    "like": (
        "clew.cli.like:like",
        "Rank all other cases, earlier and later, against the cases of a series.",
    ),
    "near": (
        "clew.cli.near:near",
        "List what happened near a place before, nearest first.",
    ),
    "read": (
        "clew.cli.read:read",
        "Read the narratives of a case file into facts, each with the words that say so.",
    ),
    "quality": (
        "clew.cli.quality:quality",
        "Report how complete and consistent a case file is, before you link it.",
    ),
    "demo": (
        "clew.cli.demo:demo",
        "Make the records of a force that does not exist, and run everything on them.",
    ),
    "register": (
        "clew.cli.register:app",
        "What was found, what was promised, and what became of it.",
    ),
    "replay": (
        "clew.cli.replay:replay",
        "Replay a case file one report or fact at a time, and alert within a budget.",
    ),
    "resolve": (
        "clew.cli.resolve:resolve",
        "Propose which codes may mean the same person, phone or address, with reasons.",
    ),
    "sample-below": (
        "clew.cli.sample_below:sample_below",
        "Draw a blind sample of what fell below the budget; with --read, say what it found.",
    ),
    "survey": (
        "clew.cli.survey:survey",
        "Look for unusually many deaths in one place and time, or around one unit or substance.",
    ),
    "warm": (
        "clew.cli.demo:warm",
        "Compile the kernel for this machine in advance, so that the first command is quick.",
    ),
    "desk": (
        "clew.cli.desk:app",
        "Start the desk: update its database, ask for the first administrator, serve until Ctrl-C.",
    ),
    "ledger": (
        "clew.cli.ledger:app",
        "Check the desk's audit log (the ledger), and sign its present state.",
    ),
    "store": (
        "clew.cli.store:app",
        "Keep a prepared store, to which cases and late facts are only ever added.",
    ),
}
"""Each command: where it is, and its line of the help page, the first of its own help.

Only the command that is asked for is imported: all of them take half a second (measured), most of
it pyarrow, numpy and rich. This is the one place where an import stands in a string.
"""


class _Commands(UserDict[str, Any]):
    """Commands by their names, each imported when it is first asked for."""

    def __getitem__(self, name: str) -> Any:
        """Return a command."""
        if isinstance(self.data[name], str):
            self.data[name] = _load(name, self.data[name])
        return self.data[name]


class _Group(TyperGroup):
    """Shows the help page without importing a command."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Commands({name: where for name, (where, _) in COMMANDS.items()})

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer gives it
        """Return the names of all commands."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer gives it
        """Write the list of commands, each line as long as the page is wide."""
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        with formatter.section("Commands"):
            formatter.write_dl([
                (name, TyperCommand(name, help=line).get_short_help_str(limit))
                for name, (_, line) in COMMANDS.items()
            ])  # fmt: skip


def _load(name: str, where: str) -> Any:
    module, _, attribute = where.partition(":")
    found = getattr(import_module(module), attribute)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        alone.add_typer(found, name=name)
        return typer.main.get_group(alone).commands[name]
    alone.command(name)(found)
    return typer.main.get_command(alone)


EXIT_STATUS = (
    "Exit status: 0 done; 2 bad input or usage, in one line that names file, row, field and"
    " remedy; 1 an error in Clew itself, with a traceback."
)

app = typer.Typer(
    cls=_Group,
    help=ABOUT,
    epilog=EXIT_STATUS,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(value: bool) -> None:
    if value:
        print(VERSION)
        raise typer.Exit


@app.callback()
def about(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Say what Clew is."""


app.info.help = ABOUT
app.info.epilog = EXIT_STATUS


def main() -> None:
    """Run one command. Exit 0: done. 2: bad input or usage, one line. 1: an error in Clew."""
    # A command makes millions of small objects without cycles and ends: the search for cycles
    # would cost a third of its time and find nothing.
    gc.disable()
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except ClewError as error:
        print(safe_line(f"clew: {error.line()}"), file=sys.stderr)
        sys.exit(2)
    except typer.Abort:
        print("clew: stopped before it finished.", file=sys.stderr)
        sys.exit(2)
    except (OSError, MemoryError) as fault:
        said = f"clew: System error: {fault}. Check the path, free space and permissions."
        print(safe_line(said), file=sys.stderr)
        sys.exit(2)
    except Exception as fault:
        # typer carries its own copy of click, so the faults of a command line are known by what
        # they can do.
        message = getattr(fault, "format_message", None)
        if message is None:
            raise
        usage = str(message())  # where no command is given, that is the help page
        if len(sys.argv) > 1:
            line = safe_line(" ".join(usage.split())).rstrip(".")
            help_of = f"clew {sys.argv[1]}" if sys.argv[1] in COMMANDS else "clew"
            usage = f"clew: {line}. See {help_of} --help"
        print(usage, file=sys.stderr)
        sys.exit(2)
