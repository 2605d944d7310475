"""`clew resolve`: which codes of a register may be one person, phone, address, vehicle, handle."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clew.cli import options as opt

if TYPE_CHECKING:
    from clew.workflows.resolve import Resolved

A_PROPOSAL = (
    "Each row is a proposal. It changes nothing until a person has decided it in a decisions file."
)
SHOWN = 10


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
    # Splink loads only here: `clew near` must answer at once, and without the extra.
    from clew.disclosure.csv_files import write_identities, write_undecided
    from clew.intake.cases.rows import write_rejects
    from clew.workflows.resolve import RegisterOptions, resolve_register

    today = datetime.now(UTC).date()
    told = resolve_register(register, RegisterOptions(today, region, least, engine))
    out.mkdir(parents=True, exist_ok=True)
    write_identities(out / "identities.csv", told.resolution)
    write_undecided(out / "undecided.csv", told.resolution)
    write_rejects(out / "rejects.csv", told.rejects)
    if as_json:
        print(json.dumps(_to_json(told), indent=1))
    else:
        _print(told, out)


def _print(told: Resolved, out: Path) -> None:
    from clew.disclosure.csv_files import say_breakdown, say_missing

    found = told.resolution
    opt.show(f"{opt.WORDS}\n")
    for note in told.notes:
        opt.show(f"note: {note}")
    counts = ", ".join(f"{n:,} {kind}" for kind, n in found.records.items())
    opt.show(f"Read: {counts}. Rows and fields that could not be taken: {len(told.rejects):,}.")
    opt.show(
        f"Proposed: {len(found.proposals):,} pairs of codes."
        f" Left undecided: {len(found.undecided):,}."
    )
    opt.show(f"Weights of people: {WEIGHTS[found.trained]}.")
    for one in found.proposals[:SHOWN]:
        opt.show(f"\n{one.code_a} and {one.code_b} ({one.type}), probability {one.probability:.3f}")
        opt.show(f"   {say_breakdown(one.findings)}")
        opt.show(f"   missing: {say_missing(one.findings) or 'nothing'}")
    if len(found.proposals) > SHOWN:
        opt.show(f"\n... and {len(found.proposals) - SHOWN:,} more in identities.csv.")
    opt.show(f"\n{A_PROPOSAL}")
    opt.show(
        "Two codes that are not listed may still be one: records that tell little match nobody."
    )
    opt.show(f"Written to {out}: identities.csv, undecided.csv, rejects.csv")


WEIGHTS = {
    "declared": "declared by judgement, the register is too small to learn from",
    "learned": "learned from this register, without knowing who is who",
}


def _to_json(told: Resolved) -> dict[str, object]:
    found = told.resolution
    return {
        "words": opt.WORDS,
        "proposal": A_PROPOSAL,
        "records": found.records,
        "compared_pairs": found.compared,
        "weights": found.trained,
        "proposals": len(found.proposals),
        "undecided": len(found.undecided),
        "rejects": len(told.rejects),
        "notes": list(told.notes),
    }
