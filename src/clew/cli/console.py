"""What commands show on standard error: notes of intake, and how far they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from clew.cli import options as opt
from clew.model.case_file import CaseFile


def print_warnings(case_file: CaseFile) -> None:
    """Print what intake wants known."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for warning in case_file.warnings:
        console.print(f"note: {warning}", markup=False)


@contextmanager
def progress_bar(what: str, *, quiet: bool) -> Iterator[opt.Progress]:
    """Show a bar where somebody looks at it."""
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn(what), BarColumn(), TextColumn("{task.completed:,} of {task.total:,}"))
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True,
        disable=quiet or not console.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task(what, total=1)
        yield lambda done, total: bar.update(task, completed=done, total=total)
