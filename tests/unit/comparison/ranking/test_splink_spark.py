"""Splink on Spark proposes what Splink on DuckDB proposes."""

from __future__ import annotations

import shutil
import warnings
from datetime import date

import pytest

from clew.identities.register import COMPARED, read_register
from clew.identities.resolve import ResolveOptions, resolve
from clew.identities.splink_run import duckdb_engine
from clew.model.identity import REGISTER_COLUMNS
from synthetic.register import generate_register


@pytest.mark.long
@pytest.mark.skipif(shutil.which("java") is None, reason="needs Java 17")
def test_both_engines_propose_the_same(tmp_path) -> None:
    from clew.comparison.ranking.spark_session import session, splink_on_spark  # noqa: PLC0415

    rows = generate_register(400, 3).rows
    text = [",".join(REGISTER_COLUMNS)]
    text += [",".join(f'"{row[name]}"' for name in REGISTER_COLUMNS) for row in rows]
    (tmp_path / "r.csv").write_text("\n".join(text), encoding="utf-8")
    records, _, _ = read_register(tmp_path / "r.csv", date(2026, 1, 1))
    assert {record.type for record in records} <= set(COMPARED)
    local = resolve(records, ResolveOptions(duckdb_engine()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # In a session that is open: it was started without Splink's functions.
        with session(), splink_on_spark() as spark:
            there = resolve(records, ResolveOptions(spark))
    assert local.proposals
    assert [(p.code_a, p.code_b, round(p.bans, 4)) for p in local.proposals] == [
        (p.code_a, p.code_b, round(p.bans, 4)) for p in there.proposals
    ]
