"""Pruning loses nothing: its lists are those of weighing every pair, to the byte, ties and all."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from made_cases import BYTES, ENTITIES, START, ZONE, case_lists, code, declared, made_case

from clew.comparison.coding.columns import Coded, to_columns
from clew.comparison.kernel import EMPTY, PLAIN, kinds_of_pairs, weigh_pairs
from clew.comparison.ranking import local, ranked
from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.pruned import rank_pruned
from clew.comparison.ranking.ranked import Ranked
from clew.comparison.tables import tabulate
from clew.intake.read import read_case_file
from clew.model.case import Case
from clew.model.columns import Array, Tables
from clew.model.values import DAY, TimeWindow
from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import write_generated

TOP, KEPT = 5, 64
EVERY = 1 << 40
Coding = tuple[Coded, Tables]


def random_cases(n: int, seed: int) -> list[Case]:
    """Small pools and many blanks; some very old, some known to within months, some twice."""
    chance = random.Random(seed)
    made = [made_case(k, chance.randbytes(BYTES)) for k in range(n)]
    for k in range(0, n, 7):
        made[k] = replace(made[chance.randrange(n)])
    for k in range(3, n, 11):
        made[k] = replace(made[k], age_years=chance.choice((118.0, 124.0, 131.0)))
    for k in range(5, n, 13):
        latest = made[k].reported_at
        made[k] = replace(
            made[k], window=TimeWindow(latest - chance.choice((60, 400)) * DAY, latest)
        )
    return [replace(case, case_id=f"R{k:05d}") for k, case in enumerate(made)]


def of_one_address(n: int) -> list[Case]:
    """So many at one address, and with one finder, that their lists are too long to walk."""
    cases = random_cases(n, 12)
    return [
        replace(
            case,
            place_key="K1" if k % 8 else case.place_key,
            entities=ENTITIES[:1] if k % 9 else case.entities,
        )
        for k, case in enumerate(cases)
    ]


def forces_years(folder: Path, days: int, seed: int) -> Coding:
    """A made-up force's records, as they are read from its files."""
    last = date.fromordinal(date(2013, 1, 1).toordinal() + days)
    write_generated(
        generate_force(ForceSettings(date(2013, 1, 1), last), np.random.default_rng(seed)), folder
    )
    read = read_case_file(folder / "cases.csv", facts=folder / "facts.csv")
    coded = to_columns(read.as_of(None), read.timezone)
    return coded, tabulate(coded, declared())


def brute(coded: Coded, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Ranked:
    """Every pair weighed, by the kernel's plain loop, which another law holds to sorting."""
    with monkeypatch.context() as patched:
        patched.setattr(local, "PRUNED_FROM", EVERY)
        return rank_all(coded.cols, tables, top=TOP, kept=KEPT)


def assert_same(pruned: Ranked, whole: Ranked) -> None:
    for name in ("weights", "rows", "null", "null_size"):
        mine, theirs = getattr(pruned, name), getattr(whole, name)
        assert mine.dtype == theirs.dtype, name
        assert mine.tobytes() == theirs.tobytes(), name


@given(case_lists())
@settings(max_examples=60, deadline=None)
def test_small_files_lose_nothing(cases: list[Case]) -> None:
    coded, tables = code(cases)
    whole = rank_all(coded.cols, tables, top=TOP, kept=KEPT)
    assert_same(rank_pruned(coded.cols, tables, (TOP, KEPT), local.NULL_CASES), whole)


@pytest.mark.parametrize("null_cases", [100, 2_000])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_files_lose_nothing(
    seed: int, null_cases: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "NULL_CASES", null_cases)
    coded, tables = code(random_cases(900, seed))
    whole = brute(coded, tables, monkeypatch)
    monkeypatch.setattr(local, "PRUNED_FROM", 1)
    pruned = rank_all(coded.cols, tables, top=TOP, kept=KEPT)
    assert pruned.done[0] > 0, "the small file was meant to go through the index"
    assert_same(pruned, whole)
    ties = (np.diff(whole.weights, axis=1) == 0) & (whole.rows[:, 1:] >= 0)
    assert ties.sum() > 20, "the file was meant to hold ties"


def test_lists_too_long_to_walk_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    coded, tables = code(of_one_address(5_200))
    assert (
        coded.cols.place_key == np.argmax(np.bincount(coded.cols.place_key + 1)) - 1
    ).sum() > 4_096
    pruned = rank_pruned(coded.cols, tables, (TOP, KEPT), local.NULL_CASES)
    assert_same(pruned, brute(coded, tables, monkeypatch))


@pytest.mark.parametrize(("days", "seed"), [(90, 5), pytest.param(365, 6, marks=pytest.mark.long)])
def test_a_forces_records_lose_nothing(
    days: int, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coded, tables = forces_years(tmp_path, days, seed)
    assert len(coded.cases) > local.PRUNED_FROM, "it was meant to go through the index by itself"
    pruned = rank_all(coded.cols, tables, top=TOP, kept=KEPT)
    assert_same(pruned, brute(coded, tables, monkeypatch))
    compared = len(coded.cases) * (len(coded.cases) - 1) // 2
    assert pruned.done[4] < compared, "pruning was meant to save something"


def null_of_sample(coded: Coded, tables: Tables, sample: Array) -> Array:
    """Return every case's best plain weights among the sample, by sorting."""
    n = len(coded.cases)
    null = np.full((n, KEPT), EMPTY, np.int32)
    for row in range(n):
        others = sample[sample != row]
        pairs = np.column_stack([np.full(len(others), row), others])
        plain = kinds_of_pairs(coded.cols, tables, pairs) == PLAIN
        best = np.sort(weigh_pairs(coded.cols, tables, pairs)[plain])[::-1][:KEPT]
        null[row, : len(best)] = best
    return null


def small_sample(monkeypatch: pytest.MonkeyPatch, cases: int) -> None:
    monkeypatch.setattr(ranked, "REFERENCE_CASES", 50)
    monkeypatch.setattr(ranked, "NULL_SAMPLE", cases)


@pytest.mark.parametrize("of_sample", [90, 1_500])
def test_the_null_of_a_sample_is_complete(of_sample: int, monkeypatch: pytest.MonkeyPatch) -> None:
    coded, tables = code(random_cases(1_700, 8))
    whole = brute(coded, tables, monkeypatch)
    small_sample(monkeypatch, of_sample)
    pruned = rank_pruned(coded.cols, tables, (TOP, KEPT), local.NULL_CASES)
    sample = ranked.null_sample(len(coded.cases))
    assert sample is not None
    assert pruned.sample == len(sample) == of_sample
    assert pruned.weights.tobytes() == whole.weights.tobytes()
    assert pruned.rows.tobytes() == whole.rows.tobytes()
    np.testing.assert_array_equal(pruned.null, null_of_sample(coded, tables, sample))
    sizes = np.where(np.isin(np.arange(len(coded.cases)), sample), of_sample - 1, of_sample)
    np.testing.assert_array_equal(pruned.null_size, sizes)


def blank(**missing: object) -> Callable[[Case], Case]:
    return lambda case: replace(case, **missing)


@pytest.mark.parametrize(
    "change",
    [
        blank(point=None, home=None),
        blank(age_years=None, sex=None),
        blank(window=None),
        blank(entities=None, mentions=None),
        lambda case: Case(case.case_id, case.reported_at, case.kind),
        lambda case: replace(case, reported_at=START, window=None),
    ],
    ids=["no points", "no ages", "no windows", "nobody", "nothing", "one moment"],
)
def test_files_that_lack_a_field_lose_nothing(
    change: Callable[[Case], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [change(case) for case in random_cases(300, 9)]
    coded = to_columns(cases, ZONE)
    tables = tabulate(coded, declared())
    pruned = rank_pruned(coded.cols, tables, (TOP, KEPT), local.NULL_CASES)
    assert_same(pruned, brute(coded, tables, monkeypatch))
