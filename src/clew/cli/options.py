"""Options that several commands share, and how they become what the workflows take."""

from __future__ import annotations

import inspect
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

import clew
from clew.disclosure.input_words import say_input
from clew.identities.merge_codes import read_identity_decisions, take_together
from clew.intake.cases.times import instant_of
from clew.intake.inputs.baselines import read_coverage
from clew.intake.inputs.judgements import read_judgements
from clew.intake.read import (
    DEFAULT_TIMEZONE,
    CaseSources,
    name_refused,
    named_or_path,
    open_store,
    read_cases,
    with_rejects,
)
from clew.model.case_file import CaseFile, Reject
from clew.model.case_file import Coverage as Searched
from clew.model.cells import safe_line
from clew.model.input_account import InputAccount
from clew.model.judgement import Judgement
from clew.model.values import Instant
from clew.outputs import no_byte_order_mark
from clew.store.opened import Store

Cases = Annotated[
    Path,
    typer.Argument(
        help="Case file: CSV, CSV.GZ, XLSX or Parquet; messages, in a file or a folder; or the"
        " folder of a prepared store."
    ),
]
CaseTable = Annotated[Path, typer.Argument(help="Case file: CSV, CSV.GZ, XLSX or Parquet.")]
StoreFolder = Annotated[Path, typer.Argument(help="Folder of the store.")]
Facts = Annotated[Path | None, typer.Option(help="Facts file: what became known when.")]
Coverage = Annotated[Path | None, typer.Option(help="Coverage file: which systems were searched.")]
Judgements = Annotated[Path | None, typer.Option(help="Judgement file: what people decided.")]
NewProfile = Annotated[
    bool,
    typer.Option(
        "--new-profile",
        help=(
            "Read dates, day numbers and clocks as this file shows them, even if earlier files"
            " showed otherwise."
        ),
    ),
]
Mapping = Annotated[
    str | None,
    typer.Option(
        help="Mapping of foreign headers: a TOML file, or the name of a ready one: milwaukee,"
        " allegheny, burglary, crimelinkage or shr_homicides."
    ),
]
Timezone = Annotated[
    str | None,
    typer.Option(
        help=f"Time zone of times without one [default: the mapping's, else {DEFAULT_TIMEZONE}]."
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="Use only what was recorded by then, like 2014-08-30. A date without a time means the"
        " end of that day.",
    ),
]
Weights = Annotated[
    Path | None, typer.Option(help="Weight table in JSON [default: the declared priors].")
]
Engine = Annotated[
    str, typer.Option(help="Where pairs are compared: local or spark. The result is the same.")
]
Identities = Annotated[
    Path | None,
    typer.Option(
        help="Decisions file: which codes people decided mean the same, or not. The output says"
        " which were treated as one."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Output JSON.")]
AllReasons = Annotated[
    bool,
    typer.Option(
        "--all-reasons",
        help="Show every reason and every pair. By default at most three for, against and missing.",
    ),
]
NoBom = Annotated[
    bool,
    typer.Option(
        "--no-bom",
        help="Write CSV files without a byte-order mark, for programs that do not expect one.",
    ),
]
Out = Annotated[Path, typer.Option(help="Folder to write the files to.")]

Progress = Callable[[int, int], None]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class OpenedCases:
    """A case file with what people decided of it, and the rows of theirs that were rejected."""

    case_file: CaseFile
    as_of: Instant | None
    judgements: tuple[Judgement, ...]
    judgement_rejects: tuple[Reject, ...]
    identity_rejects: tuple[Reject, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """The options about cases. `takes_sources` gives a command those of them that it names."""

    cases: Cases
    facts: Facts = None
    judgements: Judgements = None
    identities: Identities = None
    coverage: Coverage = None
    mapping: Mapping = None
    timezone: Timezone = None
    as_of: AsOf = None

    def files(self) -> CaseSources:
        """Return the files of the cases, and how to read them."""
        mapping = named_or_path(self.mapping)
        return CaseSources(self.cases, self.facts, self.coverage, mapping, self.timezone)

    def read(self) -> CaseFile:
        """Read the case file with its facts and coverage, or the store in place of them."""
        return read_cases(
            self.cases,
            facts=self.facts,
            coverage=self.coverage,
            mapping=self.mapping,
            timezone=self.timezone,
        )

    def open(self, until: str | None = None, option: str = "--as-of") -> OpenedCases:
        """Read the case file with judgements and identities, as of `until` if that is given.

        Its account counts what was refused of these files, too.
        """
        case_file = self.read()
        text = self.as_of if until is None else until
        as_of = instant_of(text, case_file.timezone, option)
        case_file, identity_rejects = self.with_identities(case_file, as_of)
        judgements, refused = self.read_judgements(case_file)
        case_file = with_rejects(case_file, (*refused, *identity_rejects))
        return OpenedCases(case_file, as_of, judgements, refused, identity_rejects)

    def with_identities(
        self, case_file: CaseFile, as_of: Instant | None
    ) -> tuple[CaseFile, tuple[Reject, ...]]:
        """Return the file with codes taken together, where decisions are given."""
        if self.identities is None:
            return case_file, ()
        decided, rejects = read_identity_decisions(self.identities, case_file.timezone)
        return take_together(case_file, decided, as_of), rejects

    def read_judgements(
        self, case_file: CaseFile
    ) -> tuple[tuple[Judgement, ...], tuple[Reject, ...]]:
        """Return the judgements and the rows not taken, if there is a file of them."""
        if self.judgements is None:
            return (), ()
        known = {history.case_id for history in case_file.histories}
        judgements, rejects = read_judgements(
            self.judgements, case_ids=known, timezone=case_file.timezone
        )
        return judgements, tuple(name_refused(case_file.account.ids, rejects))

    def store(self) -> Store | None:
        """Return the open store where the case file is one; see `open_store`."""
        return open_store(
            self.cases, facts=self.facts, mapping=self.mapping, timezone=self.timezone
        )

    def covered(self) -> tuple[tuple[Searched, ...], tuple[Reject, ...]]:
        """Return the coverage file alone, and its rows that were refused."""
        return read_coverage(self.coverage) if self.coverage else ((), ())


def takes_sources(*names: str, **declared: Any) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Give a command the case file and these options, in place of its parameter `sources`.

    `declared` replaces how an option of that name is declared.
    """
    offered = [field for field in fields(Sources) if field.name in {"cases", *names}]
    hints = get_type_hints(Sources, include_extras=True) | declared

    def decorate(command: Callable[..., R]) -> Callable[..., R]:
        parameters: list[inspect.Parameter] = []
        for own in inspect.signature(command, eval_str=True).parameters.values():
            if own.name != "sources":
                parameters.append(own.replace(kind=inspect.Parameter.KEYWORD_ONLY))
                continue
            for field in offered:
                option = own.replace(name=field.name, kind=inspect.Parameter.KEYWORD_ONLY)
                default = inspect.Parameter.empty if field.name == "cases" else None
                parameters.append(option.replace(default=default, annotation=hints[field.name]))
        # Arguments first: click takes them in this order.
        parameters.sort(
            key=lambda one: (
                not any(
                    isinstance(kind, typer.models.ArgumentInfo)
                    for kind in getattr(one.annotation, "__metadata__", ())
                )
            )
        )

        @wraps(command)
        def run(**given: Any) -> R:
            sources = Sources(**{field.name: given.pop(field.name) for field in offered})
            return command(sources=sources, **given)

        # typer reads a command's options from these.
        setattr(run, "__signature__", inspect.Signature(parameters))  # noqa: B010 - not typed
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return run

    return decorate


def writes_csv(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command that writes CSV files the option `--no-bom`, and write them so."""
    signature = inspect.signature(command, eval_str=True)
    option = inspect.Parameter(
        "no_bom", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=NoBom
    )
    own = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in signature.parameters.values()
    ]
    # Before --out and --json, which come last on every help page.
    last = next((at for at, one in enumerate(own) if one.name in {"out", "as_json"}), len(own))
    parameters = [*own[:last], option, *own[last:]]

    @wraps(command)
    def run(*, no_bom: bool = False, **given: Any) -> R:
        with no_byte_order_mark() if no_bom else nullcontext():
            return command(**given)

    # typer reads a command's options from these.
    setattr(run, "__signature__", inspect.Signature(parameters))  # noqa: B010 - not typed
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def install_command(extra: str) -> str:
    """Return the command that adds an extra to this installation, from its checkout if any."""
    checkout = Path(clew.__file__).resolve().parents[2]
    python = shlex.quote(sys.executable)
    if not (checkout / "pyproject.toml").is_file():
        return f"{python} -m pip install 'clew[{extra}]'"
    constraints = shlex.quote(str(checkout / "constraints.txt"))
    return f"{python} -m pip install -c {constraints} -e {shlex.quote(f'{checkout}[{extra}]')}"


# What commands print.


def show(text: str) -> None:
    """Print a line for people. The terminal never obeys what a record says."""
    print(safe_line(text))


def say_not_searched(absent: Sequence[str], *, covered: bool) -> str:
    """Say what was not searched; `covered`: there was a coverage file to say so."""
    if absent:
        return f"Not searched: {'; '.join(absent)}."
    if covered:
        return "The coverage file names no system that was left out."
    return "Only this file was searched."


def show_input(account: InputAccount, *, listed: bool = True) -> None:
    """Print what was taken of the files and what was not; before what was searched."""
    for line in say_input(account, listed=listed):
        show(line)


def show_together(case_file: CaseFile) -> None:
    """Print which codes were taken together; nothing where nobody asked."""
    for line in case_file.together:
        show(line)


def together_json(case_file: CaseFile) -> dict[str, object]:
    """Return the same for machines."""
    return {"codes_taken_together": list(case_file.together)} if case_file.together else {}
