"""`clew learn`: from cases and known series to a weight table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from clew import api
from clew.cli import options as opt
from clew.cli.console import print_warnings
from clew.comparison.weights.weight_table import write_weight_table
from clew.disclosure.input_words import input_json
from clew.disclosure.words import REASON_TO_LOOK
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.earlier_run import read_series
from clew.intake.read import name_refused, with_rejects
from clew.model.input_account import InputAccount
from clew.model.weight import WeightTable
from clew.outputs import output_folder, write_output

SeriesFile = Annotated[
    Path, typer.Option("--series", help="Series file with series_id and case_id, many-to-many.")
]


@opt.writes_csv
@opt.takes_sources("facts", "mapping", "timezone", "as_of")
def learn(
    series: SeriesFile,
    sources: opt.Sources,
    weights: opt.Weights = None,
    seed: int = typer.Option(1, min=0, help="Random seed for the folds and the sampled pairs."),
    out: Annotated[Path, typer.Option(help="Weight table to write.")] = Path("weights.json"),
    as_json: opt.Json = False,
) -> None:
    """Learn a weight table from cases and known series, pulled towards the declared priors.

    The table is for one kind of crime: the one that the mapping names, else death. --weights names
    the table to use as the prior.

    Writes weights.json (or what --out names), and beside it weights.rejects.csv where rows of the
    series file could not be read.

    Example: clew learn solved.csv --series series.csv --out weights.json
    """
    opened = sources.open()
    case_file = opened.case_file
    ids = [history.case_id for history in case_file.histories]
    known, refused = read_series(series, ids)
    refused = tuple(name_refused(case_file.account.ids, refused))
    case_file = with_rejects(case_file, refused)
    table = api.learn(case_file, known, as_of=opened.as_of, prior=weights, seed=seed)
    with output_folder(out.parent):
        write_output(out, write_weight_table(table))
        if refused:
            write_rejects(out.with_suffix(".rejects.csv"), refused)
    if as_json:
        learned = dict(table.learned or {})
        record = {"name": table.name, "crime": table.crime, **learned}
        print(json.dumps(record | {"input": input_json(case_file.account)}, indent=1))
        return
    print_warnings(case_file)
    _print(table, out, case_file.account)


def _print(table: WeightTable, out: Path, account: InputAccount) -> None:
    learned = dict(table.learned or {})
    held_out = learned["held_out"]
    print(f"{REASON_TO_LOOK}\n")
    opt.show_input(account, listed=False)
    print(
        f"Learned from {learned['series']} series in {learned['groups']} groups:"
        f" {learned['linked_pairs']} linked pairs,"
        f" {learned['independent_links']:g} independent links."
    )
    if learned["few"]:
        print("There are few series, so the declared prior still outweighs what was learned.")
    low, high = held_out["cllr_90"]
    print(
        f"On held-out series: log-likelihood-ratio cost {held_out['cllr_bits']:.3f} bits"
        f" (90 % interval {low:.3f} to {high:.3f}). Declared priors:"
        f" {held_out['cllr_declared']:.3f}. Saying nothing costs 1."
    )
    if held_out["cllr_bits"] >= held_out["cllr_declared"]:
        print("The declared priors did as well or better on held-out series. Prefer them.")
    print(f"Use this table only for cases of {table.crime}. Not for {learned['not_for']}.")
    print(f"Written: {out}")
