"""Options that several commands share, and how they become what the workflows take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clew.comparison.weights.weight_table import declared_table, read_weight_table
from clew.errors import InputRejected, UsageRejected
from clew.intake.cases.times import TimeReader, TimeReading
from clew.intake.inputs.baselines import read_coverage
from clew.intake.read import DEFAULT_TIMEZONE, read_case_file, read_judgements
from clew.model.case_file import CaseFile, Reject
from clew.model.case_file import Coverage as Searched
from clew.model.cells import safe_line
from clew.model.judgement import Judgement
from clew.model.values import Instant
from clew.model.weight import WeightTable
from clew.store.manifest import is_store
from clew.store.opened import Store

if TYPE_CHECKING:
    from clew.comparison.ranking.engines import RankAll

from clew.identities.decisions import read_identity_decisions
from clew.identities.merge_codes import take_together

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
        help="Use only what was recorded by then, for example 2014-08-30. A date alone means the"
        " end of that day.",
    ),
]
Weights = Annotated[
    Path | None, typer.Option(help="Weight table in JSON [default: the declared priors].")
]
Engine = Annotated[
    str, typer.Option(help="Where pairs are compared: local or spark. The answer is the same.")
]
Json = Annotated[bool, typer.Option("--json", help="Output JSON.")]
Out = Annotated[Path, typer.Option(help="Folder for what is written.")]

Progress = Callable[[int, int], None]

WORDS = "A reason to look, not a finding. It may have to be disclosed."
FAR_FUTURE = 7_258_118_400  # 2200-01-01; --as-of may lie ahead
SILENCE = (
    "Finding nothing is not evidence that nothing links them, and is not a ground for closing."
)


def say_not_searched(absent: Sequence[str], *, told: bool) -> str:
    """Say what was not searched; `told`: there was a coverage file to say so."""
    if absent:
        return f"Not searched: {'; '.join(absent)}."
    if told:
        return "The coverage file names no system that was left out."
    return "Not searched: anything else. Only this file was compared."


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the cases come from."""

    cases: Path
    facts: Path | None
    coverage: Path | None
    mapping: str | None
    timezone: str | None

    def read(self) -> CaseFile:
        """Read the case file with its facts and coverage, or the store that stands for them."""
        if (store := self.store()) is not None:
            return store.case_file(self.covered())
        return read_case_file(
            self.cases,
            facts=self.facts,
            coverage=self.coverage,
            mapping=named_or_path(self.mapping),
            timezone=self.timezone,
        )

    def store(self) -> Store | None:
        """Return the open store where the case file is one.

        Raises
        ------
        UsageRejected
            If facts, a mapping or another time zone are given beside it.
        """
        if not is_store(self.cases):
            return None
        store = Store(self.cases)
        held = store.manifest.timezone
        if self.facts or self.mapping or self.timezone not in {None, held}:
            raise UsageRejected(
                f"{self.cases.name} is a store: facts, mapping and time zone are in it ({held})",
                "Add facts with clew store add, and leave these options out here",
            )
        return store

    def covered(self) -> tuple[Searched, ...]:
        """Return the coverage file alone."""
        return read_coverage(self.coverage)[0] if self.coverage else ()


def show(text: str) -> None:
    """Print a line for people. What records hold is never obeyed by the terminal."""
    print(safe_line(text))


def named_or_path(mapping: str | None) -> str | Path | None:
    """Return a path where the mapping is a file, else its name."""
    if mapping is not None and Path(mapping).is_file():
        return Path(mapping)
    return mapping


def instant_of(text: str | None, timezone: str, option: str = "--as-of") -> Instant | None:
    """Read the time of an option up to which something holds: a date alone is its end.

    Raises
    ------
    UsageRejected
        If it is no time.
    """
    return None if text is None else _moment(text, timezone, option).end


def beginning_of(text: str | None, timezone: str, option: str) -> Instant | None:
    """Read the time of an option from which something begins: a date alone is its midnight.

    Raises
    ------
    UsageRejected
        If it is no time.
    """
    return None if text is None else _moment(text, timezone, option).start


def _moment(text: str, timezone: str, option: str) -> TimeReading:
    try:
        return TimeReader(timezone, FAR_FUTURE, {}).read(text)
    except ValueError as fault:
        raise UsageRejected(
            f"{option} {text} is no time ({fault})", "Write it like 2014-08-30 or 2014-08-30T09:00"
        ) from None


def table_of(path: Path | None) -> WeightTable:
    """Read the weight table, or return the declared priors."""
    if path is None:
        return declared_table()
    try:
        return read_weight_table(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise InputRejected(
            str(path), f"the weight table cannot be read ({fault})", "Give a JSON weight table"
        ) from None


def judgements_of(
    path: Path | None, case_file: CaseFile
) -> tuple[tuple[Judgement, ...], tuple[Reject, ...]]:
    """Read the judgement file, if there is one."""
    if path is None:
        return (), ()
    known = {history.case_id for history in case_file.histories}
    return read_judgements(path, case_ids=known, timezone=case_file.timezone)


def ranking_on(engine: str) -> RankAll:
    """Return what ranks all cases on that engine, or refuse it: see `engines.ranking_on`."""
    # The kernel loads only for commands that compare: `clew near` must answer at once.
    from clew.comparison.ranking.engines import ranking_on as chosen

    return chosen(engine)


def check_engine(engine: str) -> None:
    """Refuse an engine on a command that runs on this machine alone, month after month."""
    if engine == "spark":
        raise UsageRejected(
            "this command goes through time step by step, and runs on this machine alone",
            "Use --engine local; clew link and clew explain take spark",
        )
    if engine != "local":
        raise UsageRejected(f"there is no engine '{engine}' here", "Use --engine local")


# The option --identities: codes that people took for one, in every command that reads cases.


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
        show(said)


def together_json(case_file: CaseFile) -> dict[str, object]:
    """Return the same for machines."""
    return {"codes_taken_together": list(case_file.together)} if case_file.together else {}


def warn_of(rejects: tuple[Reject, ...]) -> None:
    """Print, for commands that write no rejects file, the rows that could not be taken."""
    for one in rejects:
        field = f", field {one.field}" if one.field else ""
        typer.echo(f"note: not taken: {one.file}, row {one.row}{field}: {one.reason}", err=True)
