"""The table of commands is true of the commands, and the help page imports none of them."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer
from typer.core import TyperCommand

from clew.cli.app import COMMANDS, app

HEAVY = {"numpy", "pyarrow", "numba", "scipy", "rich", "jinja2", "django", "pandas"}
HELP = "import sys; from clew.cli.app import app; app(['--help'], standalone_mode=False)"
IMPORT = "import sys; import clew"
SAY = "; print('LOADED', *sorted(sys.modules))"


def loaded_by(program: str) -> tuple[str, set[str]]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program + SAY],
        capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    said, _, modules = done.stdout.partition("LOADED ")
    return said, set(modules.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_its_line_of_the_help_page_is_the_first_of_its_own_help(name: str) -> None:
    command = typer.main.get_group(app).commands[name]
    line = TyperCommand(name, help=COMMANDS[name][1])
    assert command.name == name
    for width in (40, 60, 200):
        assert line.get_short_help_str(width) == command.get_short_help_str(width)


def test_the_help_page_names_every_command_and_imports_none() -> None:
    said, modules = loaded_by(HELP)
    listed = [line.split()[0] for line in said.split("Commands:")[1].splitlines() if line.strip()]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)
    assert {name for name in modules if name.startswith("clew.cli.")} == {"clew.cli.app"}
    assert not HEAVY & modules


def test_importing_clew_imports_nothing_heavy() -> None:
    _, modules = loaded_by(IMPORT)
    assert not (HEAVY | {"typer"}) & modules
