"""`clew resolve`: which codes of a register may be one person, phone, address, vehicle, handle."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from clew.cli import options as opt
from clew.disclosure.csv_files import say_breakdown, say_missing, write_identities
from clew.disclosure.words import REASON_TO_LOOK
from clew.errors import InputRejected, UsageRejected
from clew.intake.cases.rows import write_rejects
from clew.outputs import output_folder

try:
    from phonenumbers import SUPPORTED_REGIONS

    from clew.identities.register import COMPARED, read_register
    from clew.identities.resolve import ResolveOptions
    from clew.identities.resolve import resolve as propose
    from clew.identities.splink_run import duckdb_engine
except ImportError as missing:
    raise UsageRejected(
        f"resolving a register needs the extra entities ({missing.name} is not installed)",
        "Install it: pip install 'clew[entities]'",
    ) from None

A_PROPOSAL = (
    "Each row is a proposal. It changes nothing until a person has decided it in a decisions file."
)
SHOWN = 10
WEIGHTS = {
    "declared": "declared by judgement, the register is too small to learn from",
    "learned": "learned from this register, without knowing who is who",
}


def resolve(
    register: Annotated[
        Path,
        typer.Argument(help="Register: who is behind each code. CSV, CSV.GZ, XLSX or Parquet."),
    ],
    region: Annotated[
        str, typer.Option(help="Country of phone numbers that name none, as two capital letters.")
    ] = "GB",
    least: Annotated[
        float,
        typer.Option(
            min=0.5,
            max=1,
            help="Least probability of a proposal. Pairs below it are listed in undecided.csv.",
        ),
    ] = 0.95,
    engine: opt.Engine = "local",
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Propose which codes of a register may be one, each with its reasons for and against.

    Writes identities.csv, undecided.csv and rejects.csv.

    Example: clew resolve register.csv --out who
    """
    if region not in SUPPORTED_REGIONS:
        raise UsageRejected(
            f"there is no region '{region}'", "Give two capital letters such as GB or US"
        )
    records, rejects, notes = read_register(register, datetime.now(UTC).date())
    if sum(record.type in COMPARED for record in records) < 2:
        raise InputRejected(
            register.name,
            "fewer than two codes can be compared",
            f"Give rows of type {', '.join(COMPARED)}",
        )
    if engine not in {"local", "spark"}:
        raise UsageRejected(f"there is no engine '{engine}' here", "Use --engine local or spark")
    # Splink runs on this machine's DuckDB, or on Spark, which is loaded only where it is asked for.
    with (
        nullcontext(duckdb_engine())
        if engine == "local"
        else import_module("clew.comparison.ranking.spark_session").splink_on_spark()
    ) as runner:
        resolution = propose(records, ResolveOptions(runner, region, least))
    left_out = {kind: n for kind, n in resolution.records.items() if kind not in COMPARED}
    notes += tuple(f"not compared: {n:,} of type {kind}" for kind, n in left_out.items())
    with output_folder(out):
        write_identities(out / "identities.csv", resolution)
        write_identities(out / "undecided.csv", resolution, undecided=True)
        write_rejects(out / "rejects.csv", rejects)
    if as_json:
        record = {
            "words": REASON_TO_LOOK,
            "proposal": A_PROPOSAL,
            "records": resolution.records,
            "compared_pairs": resolution.compared,
            "weights": resolution.trained,
            "proposals": len(resolution.proposals),
            "undecided": len(resolution.undecided),
            "rejects": len(rejects),
            "notes": list(notes),
        }
        print(json.dumps(record, indent=1))
        return
    opt.show(f"{REASON_TO_LOOK}\n")
    for note in notes:
        opt.show(f"note: {note}")
    counts = ", ".join(f"{n:,} {kind}" for kind, n in resolution.records.items())
    opt.show(f"Read: {counts}. Rows and fields that could not be taken: {len(rejects):,}.")
    opt.show(
        f"Proposed: {len(resolution.proposals):,} pairs of codes."
        f" Left undecided: {len(resolution.undecided):,}."
    )
    opt.show(f"Weights of people: {WEIGHTS[resolution.trained]}.")
    for pair in resolution.proposals[:SHOWN]:
        codes = f"{pair.code_a} and {pair.code_b} ({pair.type})"
        opt.show(f"\n{codes}, probability {pair.probability:.3f}")
        opt.show(f"   {say_breakdown(pair.findings)}")
        opt.show(f"   missing: {say_missing(pair.findings) or 'nothing'}")
    if len(resolution.proposals) > SHOWN:
        opt.show(f"\n... and {len(resolution.proposals) - SHOWN:,} more in identities.csv.")
    opt.show(f"\n{A_PROPOSAL}")
    opt.show(
        "Two codes that are not listed may still be one: records that tell little match nobody."
    )
    opt.show(f"Written to {out}: identities.csv, undecided.csv, rejects.csv")
