"""The option --identities: codes that people took for one, in every command that reads cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clew.cli import options as opt
from clew.intake.identities.decisions import read_identity_decisions
from clew.model.case_file import CaseFile, Reject
from clew.model.time_window import Instant
from clew.workflows.same_entities import take_together

Identities = Annotated[
    Path | None,
    typer.Option(
        help="Decisions file: which codes people took for one entity, or for two. The answer says"
        " which were taken together."
    ),
]


def with_identities(
    case_file: CaseFile, decisions: Path | None, as_of: Instant | None
) -> tuple[CaseFile, tuple[Reject, ...]]:
    """Return the file with codes taken together; the file itself where no decisions are given."""
    if decisions is None:
        return case_file, ()
    decided, rejects = read_identity_decisions(decisions, case_file.timezone)
    return take_together(case_file, decided, as_of), rejects


def show_together(case_file: CaseFile) -> None:
    """Print which codes were taken together; nothing where nobody asked."""
    for said in case_file.together:
        opt.show(said)


def together_json(case_file: CaseFile) -> dict[str, object]:
    """Return the same for machines."""
    return {"codes_taken_together": list(case_file.together)} if case_file.together else {}


def warn_of(rejects: tuple[Reject, ...]) -> None:
    """Print, for commands that write no rejects file, the rows that could not be taken."""
    for one in rejects:
        field = f", field {one.field}" if one.field else ""
        typer.echo(f"note: not taken: {one.file}, row {one.row}{field}: {one.reason}", err=True)
