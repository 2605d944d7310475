"""`resolve`: a register becomes proposals that two codes are one, and what was odd."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path

from clew.errors import InputRejected, UsageRejected
from clew.model.case_file import Reject
from clew.model.identity import Resolution

try:
    from phonenumbers import SUPPORTED_REGIONS

    from clew.identities.register import COMPARED, read_register
    from clew.identities.resolve import ResolveOptions, resolve
    from clew.identities.splink_run import duckdb_engine
except ImportError as missing:
    raise UsageRejected(
        f"resolving a register needs the extra entities ({missing.name} is not installed)",
        "Install it: pip install 'clew[entities]'",
    ) from None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A resolution of a register, what could not be taken, and what people should know."""

    resolution: Resolution
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterOptions:
    """`today` bounds dates of birth; `region` reads phones; `least` probability of a proposal."""

    today: date
    region: str = "GB"
    least: float = 0.95
    engine: str = "local"


def resolve_register(path: Path, options: RegisterOptions) -> Resolved:
    """Read a register and propose which of its codes may be one.

    Raises
    ------
    InputRejected
        If the file cannot be read, or has fewer than two codes that can be compared.
    UsageRejected
        If the engine or region is unknown.
    """
    if options.region not in SUPPORTED_REGIONS:
        raise UsageRejected(
            f"there is no region '{options.region}'", "Give two capital letters such as GB or US"
        )
    records, rejects, notes = read_register(path, options.today)
    if sum(record.type in COMPARED for record in records) < 2:
        raise InputRejected(
            path.name,
            "fewer than two codes can be compared",
            f"Give rows of type {', '.join(COMPARED)}",
        )
    if options.engine not in {"local", "spark"}:
        raise UsageRejected(
            f"there is no engine '{options.engine}' here", "Use --engine local or spark"
        )
    # Splink runs on this machine's DuckDB, or on Spark, which is loaded only where it is asked for.
    with (
        nullcontext(duckdb_engine())
        if options.engine == "local"
        else import_module("clew.comparison.ranking.spark_session").splink_on_spark()
    ) as engine:
        found = resolve(records, ResolveOptions(engine, options.region, options.least))
    left_out = {kind: n for kind, n in found.records.items() if kind not in COMPARED}
    notes += tuple(f"not compared: {n:,} of type {kind}" for kind, n in left_out.items())
    return Resolved(found, rejects, notes)
