"""The `clew` command: one module a command, and the three endings of the edge."""

from __future__ import annotations

import gc
import sys

import typer

from clew.cli import (
    demo,
    desk,
    explain,
    intake,
    learn,
    ledger,
    like,
    link,
    near,
    quality,
    read,
    replay,
    resolve,
    sample_below,
    survey,
)
from clew.cli import demo as warm
from clew.cli import store as store_add
from clew.cli import store as store_check
from clew.errors import ClewError
from clew.model.cells import safe_line
from clew.version import VERSION

ABOUT = """Links deaths which may belong together, and says what could not be searched.

Everything it prints is a reason to look, not a finding. It may have to be disclosed.
"""

EXIT_STATUS = (
    "Exit status: 0 done; 2 bad input or usage, in one line that names file, row, field and"
    " remedy; 1 a fault of Clew's own, with a traceback."
)

app = typer.Typer(
    help=ABOUT,
    epilog=EXIT_STATUS,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("link")(link.link)
app.command("explain")(explain.explain)
app.command("intake")(intake.intake)
app.command("learn")(learn.learn)
app.command("like")(like.like)
app.command("near")(near.near)
app.command("read")(read.read)
app.command("quality")(quality.quality)
app.command("demo")(demo.demo)
app.add_typer(desk.app, name="desk")
app.add_typer(ledger.app, name="ledger")
app.command("replay")(replay.replay)
app.command("resolve")(resolve.resolve)
app.command("sample-below")(sample_below.sample_below)
app.command("survey")(survey.survey)
app.command("warm")(warm.warm)
store = typer.Typer(
    help="Keep a prepared store: cases and late facts are added behind, and nothing is lost.",
    rich_markup_mode=None,
)
store.command("add")(store_add.store_add)
store.command("check")(store_check.store_check)
app.add_typer(store, name="store")


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
    """Run one command. Exit 0: done. 2: bad input or usage, one line. 1: a fault of Clew's own."""
    # A command makes millions of small objects without cycles and ends: the search for cycles
    # would cost a third of its time and find nothing.
    gc.disable()
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except ClewError as error:
        print(safe_line(f"clew: {error.line()}"), file=sys.stderr)
        sys.exit(2)
    except typer.Abort:
        print("clew: stopped before it was done.", file=sys.stderr)
        sys.exit(2)
    except (OSError, MemoryError) as fault:
        said = f"clew: the machine refused: {fault}. Check path, space and rights."
        print(safe_line(said), file=sys.stderr)
        sys.exit(2)
    except Exception as fault:
        usage = _usage_fault(fault)
        if usage is None:
            raise
        print(usage, file=sys.stderr)
        sys.exit(2)


def _usage_fault(fault: Exception) -> str | None:
    """Return one line for a fault of the command line itself; None for any other.

    typer carries its own copy of click, so its faults are known by what they can do.
    """
    message = getattr(fault, "format_message", None)
    if message is None:
        return None
    text = str(message())
    if len(sys.argv) < 2:
        return text  # No command given: that is the help page.
    line = safe_line(" ".join(text.split())).rstrip(".")
    known = {command.name for command in app.registered_commands} | {"store"}
    help_of = f"clew {sys.argv[1]}" if sys.argv[1] in known else "clew"
    return f"clew: {line}. See {help_of} --help"
