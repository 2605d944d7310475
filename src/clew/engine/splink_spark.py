"""Splink on Spark: its comparisons of names are functions that a library of its own brings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import Any

from clew.errors import UsageRejected


@contextmanager
def splink_on_spark() -> Iterator[Any]:
    """Give Splink's way to a Spark session of this machine, or to the one that stands.

    Raises
    ------
    UsageRejected
        If the extra `spark` or Java is not there.
    """
    if find_spec("pyspark") is None:
        raise UsageRejected(
            "--engine spark needs Clew's extra 'spark', which is not installed",
            "Install clew[spark], or use --engine local",
        )
    from splink import SparkAPI
    from splink.backends.spark import similarity_jar_location

    from clew.engine.spark_session import require_java, session

    require_java()
    # Splink writes what it has worked out between steps; on a cluster the folder must be shared.
    with (
        TemporaryDirectory(prefix="clew-splink-") as folder,
        session(jars=similarity_jar_location()) as spark,
    ):
        if not spark.sparkContext.getCheckpointDir():
            spark.sparkContext.setCheckpointDir(folder)
        yield SparkAPI(spark_session=spark)  # type: ignore[no-untyped-call]
