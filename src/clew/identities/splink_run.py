"""Splink at work: blocks, learns by expectation maximisation, and weighs pairs of records."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from clew.errors import UsageRejected
from clew.identities.person_model import Level, Parameters, comparisons, rarity_table

SEED = 20_140_619
"""Of the random pairs by which u is counted; any number would do, it is the same each time."""
RANDOM_PAIRS = 1_000_000
"""Random pairs by which u is counted: a level with a share of one in 10,000 is seen 100 times."""
LEAST_TO_LEARN = 5_000
"""Records below which too few pairs of one person are there to learn from (declared)."""
FLOOR = 1e-6
"""No share of a level is taken to be smaller: a level that was never seen may still occur."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is compared, within which blocks, and where m is learned; `parameters` where ready."""

    levels: Mapping[str, tuple[Level, ...]]
    blocks: Sequence[tuple[str, ...]]
    training: Sequence[tuple[str, ...]]
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Scored:
    """Weighed pairs: rows of records (n,), level and weight in bits of each comparison (n,)."""

    left: np.ndarray[Any, np.dtype[np.int64]]
    right: np.ndarray[Any, np.dtype[np.int64]]
    levels: dict[str, np.ndarray[Any, np.dtype[np.int64]]]
    bits: dict[str, np.ndarray[Any, np.dtype[np.float64]]]
    parameters: Parameters = field(default_factory=dict)
    learned: bool = False


def duckdb_engine() -> Any:
    """Return Splink on DuckDB, with one thread, so that sums have one order.

    Raises
    ------
    UsageRejected
        If the extra `entities` is not installed.
    """
    require_extra()
    import duckdb
    from splink import DuckDBAPI

    connection = duckdb.connect(":memory:")
    connection.execute("SET threads TO 1")
    return DuckDBAPI(connection=connection)


def require_extra() -> None:
    """Refuse where the libraries of the extra `entities` are not there."""
    try:
        import duckdb
        import nameparser
        import phonenumbers
        import splink
    except ImportError as fault:
        raise UsageRejected(
            f"resolving a register needs the extra entities ({fault.name} is not installed)",
            "Install it: pip install 'clew[entities]'",
        ) from None
    del duckdb, nameparser, phonenumbers, splink


def score(table: pa.Table, model: Model, engine: Any, prior: float) -> Scored:
    """Return all pairs of the blocks whose weight speaks for one person, or nearly.

    Parameters are learned where the table is large enough, else the model's own are taken.
    """
    from splink import SettingsCreator, block_on

    learn = table.num_rows >= LEAST_TO_LEARN
    settings: Any = SettingsCreator(
        link_type="dedupe_only",
        comparisons=list(comparisons(model.levels, model.parameters)),
        blocking_rules_to_generate_predictions=[block_on(*block) for block in model.blocks],
        probability_two_random_records_match=prior,
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("splink").setLevel(logging.ERROR)
        records = engine.register(table)
        rarities = _rarities(table, model, engine)
        linker = _linker(records, rarities, settings)
        if learn:
            linker = _linker(records, rarities, _learned(linker, model))
        predicted = linker.inference.predict(threshold_match_weight=LEAST_BITS)
        told: pa.Table = predicted.as_pyarrow_table()
    return _scored(told, model, _parameters(linker), learned=learn)


LEAST_BITS = -4.0
"""Bits, prior odds with them: pairs with less, a chance of one in seventeen, are not looked at."""


def _rarities(table: pa.Table, model: Model, engine: Any) -> list[tuple[str, Any]]:
    """Return the columns whose values weigh by their rarity, each with its table."""
    columns = {step.rarity_of for steps in model.levels.values() for step in steps} - {""}
    found = [(name, rarity_table(name, table.column(name).to_pylist())) for name in sorted(columns)]
    return [(name, engine.register(rare)) for name, rare in found if rare.num_rows]


def _linker(records: Any, rarities: Sequence[tuple[str, Any]], settings: Any) -> Any:
    from splink import Linker

    linker = Linker(records, settings, log_level=logging.ERROR)
    for column, table in rarities:
        linker.table_management.register_term_frequency_lookup(table, column)
    return linker


def _learned(linker: Any, model: Model) -> dict[str, Any]:
    """Return the linker's settings with what it learned; levels it never saw keep the model's own.

    Splink leaves out of its settings what it did not learn.
    """
    from splink import block_on

    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
    for block in model.training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*block), fix_probability_two_random_records_match=False
        )
    settings: dict[str, Any] = linker.misc.save_model_to_json()
    del settings["linker_uid"]  # the next linker's tables are its own
    for comparison in settings["comparisons"]:
        known = model.parameters[comparison["output_column_name"]]
        for level in _levels_told(comparison):
            for k, name in enumerate(("m_probability", "u_probability")):
                level[name] = max(level.get(name, known[level["label_for_charts"]][k]), FLOOR)
    return settings


def _levels_told(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in comparison["comparison_levels"] if not one.get("is_null_level")]


def _parameters(linker: Any) -> Parameters:
    return {
        comparison["output_column_name"]: {
            level["label_for_charts"]: (level["m_probability"], level["u_probability"])
            for level in _levels_told(comparison)
        }
        for comparison in linker.misc.save_model_to_json()["comparisons"]
    }


def _scored(told: pa.Table, model: Model, parameters: Parameters, *, learned: bool) -> Scored:
    order = np.lexsort((told["unique_id_r"].to_numpy(), told["unique_id_l"].to_numpy()))

    def column(name: str) -> Any:
        return told[name].to_numpy()[order]

    levels, bits = {}, {}
    for name, steps in model.levels.items():
        gamma = column(f"gamma_{name}").astype(np.int64)
        # Splink counts levels from 0, the last, upwards; missing is -1.
        levels[name] = np.where(gamma < 0, 0, len(steps) - 1 - gamma)
        weight = column(f"mw_{name}").astype(np.float64)
        if f"mw_tf_adj_{name}" in told.column_names:
            weight = weight + column(f"mw_tf_adj_{name}").astype(np.float64)
        bits[name] = np.where(gamma < 0, 0.0, weight)
    left, right = column("unique_id_l"), column("unique_id_r")
    return Scored(left, right, levels, bits, parameters, learned)
