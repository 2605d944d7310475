"""Splink at work: blocks, learns by expectation maximisation, and weighs pairs of records."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from clew.identities.keys import AddressKeys, PersonKeys
from clew.identities.person_model import Model, Parameters, shares

SEED = 20_140_619
"""Of the random pairs by which u is counted; any number would do, it is the same each time."""
RANDOM_PAIRS = 1_000_000
"""Random pairs by which u is counted: a level with a share of one in 10,000 is seen 100 times."""
LEAST_TO_LEARN = 5_000
"""Records below which too few pairs of one person are there to learn from (declared)."""
FLOOR = 1e-6
"""No share of a level is taken to be smaller: a level that was never seen may still occur."""
LEAST_BITS = -4.0
"""Bits, prior odds with them: pairs with less, a chance of one in seventeen, are not looked at."""


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
    """Return Splink on DuckDB, with one thread, so that sums have one order."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET threads TO 1")
    return DuckDBAPI(connection=connection)


def score(
    keys: Sequence[PersonKeys] | Sequence[AddressKeys], model: Model, engine: Any, prior: float
) -> Scored:
    """Return all pairs of the blocks whose weight supports one person, or nearly.

    Parameters are learned where there are enough records, else the model's own are taken.
    """
    types = {"list[str]": pa.list_(pa.string()), "bool": pa.bool_(), "int | None": pa.int64()}
    columns: dict[str, Any] = {"unique_id": pa.array(range(len(keys)), pa.int64())}
    for column in fields(keys[0]):
        values = [getattr(key, column.name) for key in keys]
        columns[column.name] = pa.array(values, types.get(str(column.type), pa.string()))
    settings: Any = SettingsCreator(
        link_type="dedupe_only",
        comparisons=list(model.comparisons()),
        blocking_rules_to_generate_predictions=[block_on(*block) for block in model.blocks],
        probability_two_random_records_match=prior,
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=True,
    )
    learn = len(keys) >= LEAST_TO_LEARN
    rare = {step.rarity_of for steps in model.levels.values() for step in steps} - {""}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("splink").setLevel(logging.ERROR)
        records = engine.register(pa.table(columns))
        rarities = {}
        for name in sorted(rare):
            if known := shares(name, [getattr(key, name) for key in keys]):
                share = pa.array(known.values(), pa.float64())
                rarity = pa.table({name: list(known), f"tf_{name}": share})
                rarities[name] = engine.register(rarity)
        linker = _linker(records, rarities, settings)
        if learn:
            linker = _linker(records, rarities, _learned(linker, model))
        predicted = linker.inference.predict(threshold_match_weight=LEAST_BITS).as_pyarrow_table()
    parameters = {
        comparison["output_column_name"]: {
            level["label_for_charts"]: (level["m_probability"], level["u_probability"])
            for level in _levels_with_values(comparison)
        }
        for comparison in linker.misc.save_model_to_json()["comparisons"]
    }
    order = np.lexsort((predicted["unique_id_r"].to_numpy(), predicted["unique_id_l"].to_numpy()))
    found = {name: predicted[name].to_numpy()[order] for name in predicted.column_names}
    levels, bits = {}, {}
    for name, steps in model.levels.items():
        gamma = found[f"gamma_{name}"].astype(np.int64)
        # Splink counts levels from 0, the last, upwards; missing is -1.
        levels[name] = np.where(gamma < 0, 0, len(steps) - 1 - gamma)
        weight = found[f"mw_{name}"].astype(np.float64)
        if (of_rarity := found.get(f"mw_tf_adj_{name}")) is not None:
            weight = weight + of_rarity.astype(np.float64)
        bits[name] = np.where(gamma < 0, 0.0, weight)
    return Scored(
        found["unique_id_l"], found["unique_id_r"], levels, bits, parameters, learned=learn
    )


def _linker(records: Any, rarities: Mapping[str, Any], settings: Any) -> Any:
    linker = Linker(records, settings, log_level=logging.ERROR)
    for column, table in rarities.items():
        linker.table_management.register_term_frequency_lookup(table, column)
    return linker


def _learned(linker: Any, model: Model) -> dict[str, Any]:
    """Return the linker's settings with what it learned; levels it never saw keep the model's own.

    Splink leaves out of its settings what it did not learn.
    """
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=SEED)
    for block in model.training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*block), fix_probability_two_random_records_match=False
        )
    settings: dict[str, Any] = linker.misc.save_model_to_json()
    del settings["linker_uid"]  # the next linker's tables are its own
    for comparison in settings["comparisons"]:
        known = model.parameters[comparison["output_column_name"]]
        for level in _levels_with_values(comparison):
            for k, name in enumerate(("m_probability", "u_probability")):
                level[name] = max(level.get(name, known[level["label_for_charts"]][k]), FLOOR)
    return settings


def _levels_with_values(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    return [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
