"""`clew learn`: from cases and known series to a weight table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from clew.cli import options as opt
from clew.cli.link import print_warnings
from clew.comparison.weights.weight_table import write_weight_table
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.earlier_run import read_series
from clew.model.weight import WeightTable

SeriesFile = Annotated[
    Path, typer.Option("--series", help="Series file with series_id and case_id, many-to-many.")
]


def learn(
    cases: opt.Cases,
    series: SeriesFile,
    facts: opt.Facts = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    as_of: opt.AsOf = None,
    weights: opt.Weights = None,
    seed: int = typer.Option(1, min=0, help="Seed of the folds and of the pairs drawn."),
    out: Annotated[Path, typer.Option(help="Weight table to write.")] = Path("weights.json"),
    as_json: opt.Json = False,
) -> None:
    """Learn a weight table from cases and known series, pulled towards the declared priors.

    The table is for one kind of crime: the mapping's, or death where the mapping names none.
    --weights names the table to use as the prior.

    Writes weights.json (or what --out names), and beside it weights.rejects.csv where rows of the
    series file could not be read.

    Example: clew learn solved.csv --series series.csv --out weights.json
    """
    # The kernel loads only for commands that compare: `clew near` must answer at once.
    from clew.workflows.learn import LearnOptions, learn_table

    case_file = opt.Sources(cases, facts, None, mapping, timezone).read()
    ids = [history.case_id for history in case_file.histories]
    known, refused = read_series(series, ids)
    instant = opt.instant_of(as_of, case_file.timezone)
    table = learn_table(case_file, known, LearnOptions(opt.table_of(weights), instant, seed))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(write_weight_table(table), encoding="utf-8")
    if refused:
        write_rejects(out.with_suffix(".rejects.csv"), refused)
    if as_json:
        print(json.dumps({"name": table.name, "crime": table.crime, **_learned(table)}, indent=1))
        return
    print_warnings(case_file)
    _print(table, out, len(refused))


def _learned(table: WeightTable) -> dict[str, Any]:
    return dict(table.learned or {})


def _print(table: WeightTable, out: Path, refused: int) -> None:
    told = _learned(table)
    held = told["held_out"]
    print(f"{opt.WORDS}\n")
    print(
        f"Learned from {told['series']} series in {told['groups']} groups:"
        f" {told['linked_pairs']} linked pairs, {told['independent_links']:g} independent links."
    )
    if refused:
        print(f"Rows of the series file that could not be taken: {refused}.")
    if told["few"]:
        print("Few series: the declared prior still weighs more than what was learned.")
    low, high = held["cllr_90"]
    print(
        f"On series held out: cost {held['cllr_bits']:.3f} bits (90 %: {low:.3f} to {high:.3f});"
        f" declared priors {held['cllr_declared']:.3f}; saying nothing 1."
    )
    if held["cllr_bits"] >= held["cllr_declared"]:
        print("The declared priors did as well or better on series held out: prefer them.")
    print(f"For cases of {table.crime} only. Not for {told['not_for']}.")
    print(f"Written: {out}")
