"""Which engine ranks: this machine, or Spark. The same kernel, and the same answer to the byte."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.ranked import Progress, Ranked
from clew.errors import UsageRejected
from clew.model.columns import Columns, Tables

ENGINES = ("local", "spark")


class RankAll(Protocol):
    """Compare every case with every earlier one; see `local.rank_all`."""

    def __call__(
        self,
        cols: Columns,
        tables: Tables,
        *,
        top: int,
        kept: int,
        progress: Progress | None = None,
    ) -> Ranked:
        """Return every case's lists."""


def ranking_on(engine: str) -> RankAll:
    """Return what ranks all cases on the engine of that name. Spark is loaded only if asked for.

    Raises
    ------
    UsageRejected
        If there is no such engine, or what it needs is not installed.
    """
    if engine == "local":
        return rank_all
    if engine != "spark":
        raise UsageRejected(f"unknown engine '{engine}'", f"Use --engine {' or '.join(ENGINES)}")
    if find_spec("pyspark") is None:
        raise UsageRejected(
            "--engine spark needs Clew's extra 'spark', which is not installed",
            "Install clew[spark], or use --engine local",
        )
    spark = import_module("clew.comparison.ranking.spark")
    spark.require_java()
    return cast("RankAll", spark.rank_all)
