"""Spark in local mode: the answer of this machine, to the byte; and what it says when it cannot."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clew.comparison.coding.columns import to_columns
from clew.comparison.ranking import engines, local, ranked
from clew.comparison.ranking.engines import ranking_on
from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.spark import Lengths
from clew.comparison.tables import tabulate
from clew.comparison.weights.weight_table import declared_table
from clew.disclosure.csv_files import write_links, write_series
from clew.errors import UsageRejected
from clew.intake.read import read_case_file
from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import write_generated
from clew.workflows.link import LinkOptions, link_cases

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

spark = pytest.importorskip("clew.comparison.ranking.spark", reason="pyspark is not installed")
skipped = pytest.mark.skipif(not shutil.which("java"), reason="there is no Java here")


def needs_java(test: Callable[..., None]) -> Callable[..., None]:
    """Skip where there is no Java; long, for Spark takes a minute to start with its workers."""
    return skipped(pytest.mark.long(test))


HEAD = 200


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    """One session for the tests of this file: the engine uses the one that stands."""
    with spark.session() as standing:
        yield standing


@pytest.fixture
def short_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer first cases, so that small files have rows for Spark to rank."""
    monkeypatch.setattr(local, "NULL_CASES", HEAD)


@needs_java
@pytest.mark.usefixtures("session", "short_head")
def test_links_are_those_of_this_machine_to_the_byte(tmp_path: Path) -> None:
    settings = ForceSettings(date(2014, 2, 1), date(2014, 5, 10), deaths_a_day=12.0)
    write_generated(generate_force(settings, np.random.default_rng(4)), tmp_path)
    case_file = read_case_file(tmp_path / "cases.csv", facts=tmp_path / "facts.csv")
    assert 1_000 < len(case_file.histories) < 2_000
    moved: list[tuple[int, int]] = []
    cut = spark.Partition(slice_rows=150, block_rows=600)
    here = link_cases(case_file, LinkOptions(declared_table()))
    there = link_cases(
        case_file,
        LinkOptions(declared_table(), rank=partial(spark.rank_all, partition=cut)),
        lambda done, of: moved.append((done, of)),
    )
    for write in (write_links, write_series):
        write(tmp_path / "here.csv", here)
        write(tmp_path / "there.csv", there)
        written = (tmp_path / "here.csv").read_bytes()
        assert written.count(b"\n") > 1
        assert (tmp_path / "there.csv").read_bytes() == written
    assert len(moved) == 3
    assert moved[-1] == (len(here.cases), len(here.cases))


@needs_java
@pytest.mark.usefixtures("session", "short_head")
def test_the_days_new_cases_meet_the_whole_history(many_alike: list) -> None:
    coded = to_columns([*many_alike, *renamed(many_alike)], "Europe/London")
    tables = tabulate(coded, declared_table())
    whole = rank_all(coded.cols, tables, top=4, kept=9)
    cut = spark.Partition(30, 90)
    new = spark.rank_new(coded.cols, tables, 285, Lengths(4, 9), cut)
    for name in ("weights", "rows", "null"):
        np.testing.assert_array_equal(getattr(new, name), getattr(whole, name)[285:], name)
    with pytest.raises(ValueError, match="at the earliest"):
        spark.rank_new(coded.cols, tables, HEAD - 1, Lengths(4, 9), cut)


@needs_java
@pytest.mark.usefixtures("session", "short_head")
def test_the_sample_of_the_null_is_the_same(
    many_alike: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranked, "REFERENCE_CASES", 100)
    monkeypatch.setattr(ranked, "NULL_SAMPLE", 60)
    monkeypatch.setattr(local, "PRUNED_FROM", HEAD)
    coded = to_columns([*many_alike, *renamed(many_alike)], "Europe/London")
    tables = tabulate(coded, declared_table())
    here = rank_all(coded.cols, tables, top=4, kept=9)
    cut = spark.Partition(30, 90)
    there = spark.rank_all(coded.cols, tables, top=4, kept=9, partition=cut)
    new = spark.rank_new(coded.cols, tables, 285, Lengths(4, 9), cut)
    assert here.sample == there.sample == 60
    for name in ("weights", "rows", "null", "null_size"):
        np.testing.assert_array_equal(getattr(there, name), getattr(here, name), name)
    for name in ("weights", "rows", "null"):
        np.testing.assert_array_equal(getattr(new, name), getattr(here, name)[285:], name)


def renamed(cases: list) -> list:

    return [replace(case, case_id=f"X{case.case_id}") for case in cases]


@needs_java
def test_every_slice_is_a_task_of_its_own(session: SparkSession, many_alike: list) -> None:
    """Spark lays small frames out in as many parts as there are cores, unless told otherwise."""
    cols = to_columns(many_alike, "Europe/London").cols
    frame = spark._slices(session, cols, 5, 20)
    assert frame.rdd.getNumPartitions() == 8
    ends = [(row["first"], row["last"]) for row in frame.select("first", "last").collect()]
    assert ends[:2] == [(5, 19), (20, 39)]
    assert ends[-1] == (140, 149)


def test_a_block_consists_of_whole_slices() -> None:
    with pytest.raises(ValueError, match="whole slices"):
        spark.Partition(200, 500)


def test_an_engine_that_is_not_there_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ranking_on("local") is rank_all
    with pytest.raises(UsageRejected, match="Use --engine local or spark"):
        ranking_on("abacus")
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(UsageRejected, match="openjdk-17-jre-headless"):
        ranking_on("spark")
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    with pytest.raises(UsageRejected, match=r"Install clew\[spark\]"):
        ranking_on("spark")


LINK = "import sys; from clew.cli.app import main; sys.argv[0] = 'clew'; main()"


@needs_java
def test_fifty_thousand_cases_give_the_same_links_to_the_byte(tmp_path: Path) -> None:
    """Nothing is made smaller here: the command as anybody would run it, twice."""
    settings = ForceSettings(date(2010, 1, 1), date(2014, 3, 1))
    made = generate_force(settings, np.random.default_rng(50))
    made.rows[:] = made.rows[:50_000]
    assert len(made.rows) == 50_000
    write_generated(made, tmp_path)
    for engine in ("local", "spark"):
        words = ["link", str(tmp_path / "cases.csv"), "--engine", engine]
        words += ["--out", str(tmp_path / engine), "--json"]
        subprocess.run([sys.executable, "-c", LINK, *words], check=True, capture_output=True)
    for name in ("links.csv", "series.csv"):
        here = (tmp_path / "local" / name).read_bytes()
        assert here == (tmp_path / "spark" / name).read_bytes()
