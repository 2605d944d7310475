"""`clew resolve`: which codes of a register may be one person, phone, address, vehicle, handle."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from clew.cli import options as opt
from clew.disclosure.csv_files import say_breakdown, say_missing_codes, write_identities
from clew.disclosure.input_words import input_json, remedy_for
from clew.disclosure.record_identity import Namer, namer
from clew.disclosure.words import REASON_TO_LOOK, Clock, count_of
from clew.errors import InputRejected, UsageRejected
from clew.intake.cases.rows import write_rejects
from clew.intake.read import read_cases
from clew.model.identity import ProposedGroup, groups_of
from clew.model.input_account import account_for
from clew.outputs import output_folder

try:
    from phonenumbers import SUPPORTED_REGIONS

    from clew.identities.register import COMPARED, read_register
    from clew.identities.resolve import ResolveOptions
    from clew.identities.resolve import resolve as propose
    from clew.identities.splink_run import duckdb_engine
except ImportError as missing:
    raise UsageRejected(
        f"clew resolve needs the extra entities ({missing.name} is not installed)",
        f"Run: {opt.install_command('entities')}",
    ) from None

A_PROPOSAL = (
    "Each pair is a proposal. It changes nothing until a person decides it in a decisions file."
)
SHOWN = 10
SEEN = 3
"""Declared: records of one code that are printed; the register has all."""
CODES = 20
"""Declared: codes of one group that are printed; identities.csv has all."""
WEIGHTS = {
    "declared": "declared by judgement, because the register is too small to learn from",
    "learned": "learned from this register, without knowing who is who",
}


@opt.writes_csv
def resolve(
    register: Annotated[
        Path,
        typer.Argument(help="Register: who each code means. CSV, CSV.GZ, XLSX or Parquet."),
    ],
    region: Annotated[
        str, typer.Option(help="Country of phone numbers without a country code, like GB.")
    ] = "GB",
    cases: Annotated[
        Path | None,
        typer.Option(
            help="Case file. The answer then says who and where the records of each code are."
        ),
    ] = None,
    least: Annotated[
        float,
        typer.Option(
            min=0.5,
            max=1,
            help="Lowest probability of a proposal. Pairs below it are in undecided.csv.",
        ),
    ] = 0.95,
    engine: opt.Engine = "local",
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Propose which codes may mean the same person, phone or address, with reasons.

    Writes identities.csv, undecided.csv and rejects.csv.

    Example: clew resolve register.csv --cases deaths.csv --out who
    """
    if region not in SUPPORTED_REGIONS:
        raise UsageRejected(f"unknown region '{region}'", "Give two capital letters, like GB or US")
    records, rejects, notes = read_register(register, datetime.now(UTC).date())
    refused_rows = sum(not one.kept for one in rejects)
    account = account_for(
        register.name,
        rejects,
        rows=len(records) + refused_rows,
        case_ids=[one.code for one in records],
    )
    if rejects and not records:
        raise InputRejected(
            register.name,
            f"none of its {refused_rows:,} rows can be taken; the first: {rejects[0].reason}",
            remedy_for(rejects[0].field, rejects[0].reason),
            row=rejects[0].row,
            field=rejects[0].field or None,
        )
    if sum(record.type in COMPARED for record in records) < 2:
        raise InputRejected(
            register.name,
            "the register has fewer than two codes to compare",
            f"Add rows of type {', '.join(COMPARED)}",
        )
    if engine not in {"local", "spark"}:
        raise UsageRejected(f"unknown engine '{engine}'", "Use --engine local or spark")
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
            "groups": [
                {
                    "type": group.type,
                    "codes": list(group.codes),
                    "pairs": len(group.proposals),
                    "least_probability": group.proposals[0].probability,
                }
                for group in groups_of(resolution)
            ],
            "input": input_json(account),
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
    opt.show_input(account)
    opt.show(f"In the register: {counts}.")
    groups = groups_of(resolution)
    opt.show(
        f"Proposed: {count_of(len(groups), 'group', 'groups')} of codes that may be one,"
        f" from {count_of(len(resolution.proposals), 'pair', 'pairs')}."
        f" Left undecided: {count_of(len(resolution.undecided), 'pair', 'pairs')}."
    )
    opt.show(f"Weights of people: {WEIGHTS[resolution.trained]}.")
    name = str if cases is None else _namer(cases)
    seen_in = {record.code: sorted(record.seen_in) for record in records}
    for group in groups[:SHOWN]:
        _print_group(group)
        for code in group.codes[:CODES]:
            if numbers := seen_in.get(code):
                _print_seen(code, [name(number) for number in numbers[:SEEN]], len(numbers))
    if len(groups) > SHOWN:
        opt.show(f"\n... and {len(groups) - SHOWN:,} more groups in identities.csv.")
    opt.show(f"\n{A_PROPOSAL}")
    opt.show(
        "Codes that are not listed may still mean the same: an entry with few details matches no"
        " one."
    )
    opt.show(f"Written to {out}: identities.csv, undecided.csv, rejects.csv")


def _namer(cases: Path) -> Namer:
    """Return what gives the identity of a record of the case file for its number."""
    case_file = read_cases(cases)
    by_id = {case.case_id: case for case in case_file.as_of(None)}
    return namer(by_id, Clock(ZoneInfo(case_file.timezone)))


def _print_seen(code: str, names: list[str], count: int) -> None:
    """Print the records in which a code is, one per line where they have names."""
    more = f", and {count - len(names):,} more" if count > len(names) else ""
    opt.show(f"   {code} is in {'; '.join(names)}{more}")


def _print_group(group: ProposedGroup) -> None:
    """Print the codes of a group, and why its weakest pair is proposed: the one to check first."""
    weakest, strongest = group.proposals[0], group.proposals[-1]
    how = f"probability {weakest.probability:.3f}"
    if len(group.proposals) > 1:
        how = (
            f"{len(group.proposals):,} pairs, probability {weakest.probability:.3f} to"
            f" {strongest.probability:.3f}"
        )
    codes = group.codes[:CODES]
    more = f" and {len(group.codes) - CODES:,} more" if len(group.codes) > CODES else ""
    names = " and ".join(codes) if len(codes) == 2 and not more else ", ".join(codes) + more
    opt.show(f"\n{names} ({group.type}), {how}")
    if len(group.proposals) > 1:
        opt.show(f"   weakest pair: {weakest.code_a} and {weakest.code_b}")
    opt.show(f"   {say_breakdown(weakest.findings)}")
    opt.show(f"   missing: {say_missing_codes(weakest.findings) or 'nothing'}")
