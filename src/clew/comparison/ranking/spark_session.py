"""A Spark session for one job: the one that is open, or one of this machine alone."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from clew.errors import UsageRejected

LOOPBACK = "127.0.0.1"
THIS_MACHINE = {
    "spark.master": "local[*]",
    "spark.app.name": "clew",
    "spark.driver.bindAddress": LOOPBACK,
    "spark.driver.host": LOOPBACK,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # Declared: room for the lists of 12 million cases, which come back to the driver.
    "spark.driver.maxResultSize": "8g",
}
"""Settings of a session that Clew opens itself. It listens on loopback and has no web page."""


def require_java() -> None:
    """Refuse where there is no Java to run Spark with.

    Raises
    ------
    UsageRejected
        If there is none.
    """
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=str(Path(home) / "bin") if home else None):
        raise UsageRejected(
            "--engine spark needs Java 17, and there is none",
            "Install openjdk-17-jre-headless, or use --engine local",
        )


@contextmanager
def session() -> Iterator[SparkSession]:
    """Give the session that is open and leave it open, or open one and end it.

    Under spark-submit all settings are those of its command line.

    Raises
    ------
    UsageRejected
        If Spark does not start.
    """
    active = SparkSession.getActiveSession()
    if active is not None:
        yield active
        return
    opened = _open()
    try:
        yield opened
    finally:
        opened.stop()


def _open() -> SparkSession:
    builder = SparkSession.builder
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # spark-submit has started Java, with its settings
        return builder.getOrCreate()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)
    for name, value in THIS_MACHINE.items():
        builder = builder.config(name, value)
    with NamedTemporaryFile("wb", prefix="clew-spark-", suffix=".log", delete=False) as log:
        try:
            # Java writes a dozen lines at every start that mean nothing to a reader of Clew's own.
            sys.stderr.flush()
            kept = os.dup(2)
            os.dup2(log.fileno(), 2)
            try:
                opened = builder.getOrCreate()
            finally:
                os.dup2(kept, 2)
                os.close(kept)
        except PySparkRuntimeError as fault:
            raise UsageRejected(
                f"Spark did not start ({fault.getCondition()}); Java's own words are in {log.name}",
                "Check that Java is version 17, or use --engine local",
            ) from fault
    Path(log.name).unlink()
    return opened


@contextmanager
def splink_on_spark() -> Iterator[Any]:
    """Give Splink's way to a Spark session of this machine, or to the one that is open.

    Its comparisons of names are functions that a library of its own brings; it is added to the
    session, for one that is open was started without it.

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

    require_java()
    # Splink writes what it has worked out between steps; on a cluster the folder must be shared.
    with (
        TemporaryDirectory(prefix="clew-splink-") as folder,
        session() as spark,
    ):
        spark.sql(f"ADD JAR '{similarity_jar_location()}'")
        if not spark.sparkContext.getCheckpointDir():
            spark.sparkContext.setCheckpointDir(folder)
        yield SparkAPI(spark_session=spark)  # type: ignore[no-untyped-call]
