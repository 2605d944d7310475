"""Laws of learning: drawn to the prior, never stronger farther away, the same in any order."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cases import START, ZONE

from clew.comparison import kernel
from clew.comparison.breakdown import break_down
from clew.comparison.coding.columns import to_columns
from clew.comparison.pair_counts import findings_by_evidence
from clew.comparison.tables import tabulate
from clew.comparison.weights.learn import Trials, fit_kept, fit_levels, fit_set, fit_share
from clew.comparison.weights.weight_table import check_crime, declared_table, write_weight_table
from clew.errors import InputRejected, WeightTableMismatch
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.finding import MICRO
from clew.model.values import DAY, Point, TimeWindow
from clew.workflows.learn import LearnOptions, folds_of, learn_table, series_of

PRIOR = declared_table()
COUNTS = st.lists(st.floats(0, 50), min_size=12, max_size=12)


@settings(deadline=None)
@given(COUNTS)
def test_no_labels_leave_the_prior(unrelated: list[float]) -> None:
    prior = PRIOR.levels["place"]
    fitted = fit_levels(prior, np.zeros(12), np.array(unrelated))
    assert np.allclose(fitted.m, prior.m)
    empty = np.zeros(0)
    assert fit_set(PRIOR.sets["scene"], Trials(empty, empty, empty)) == PRIOR.sets["scene"]
    assert fit_share(0.04, 0, 0) == pytest.approx(0.04)
    assert (fit_kept(np.zeros((0, 3)), empty, empty, 0.0).shares == 1).all()


@settings(deadline=None)
@given(COUNTS, COUNTS)
def test_nearer_never_weighs_less_than_farther(linked: list[float], apart: list[float]) -> None:
    a, u = np.array(linked), np.array(apart) + 1
    fitted = fit_levels(PRIOR.levels["place"], a, u)
    assert sum(fitted.m) == pytest.approx(1)
    if a.sum() > 0:
        m = (a + 20 * np.asarray(PRIOR.levels["place"].m)) / (a.sum() + 20)
        u = (u + m) / (u.sum() + 1)
        ratio = np.asarray(fitted.m) / u
        assert all(x >= y * (1 - 1e-9) for x, y in pairwise(ratio)), ratio


def test_levels_that_no_pair_can_reach_keep_what_was_declared() -> None:
    prior = PRIOR.levels["gap"]
    reach = np.arange(13) < 9
    fitted = fit_levels(prior, 10.0 * reach, 1000.0 * reach)
    assert np.allclose(fitted.m[9:], prior.m[9:])


@settings(deadline=None)
@given(st.floats(0.01, 0.9), st.floats(0.1, 500))
def test_more_that_repeat_never_lower_the_consistency(share: float, weight: float) -> None:
    f = np.full(2, share)

    def fitted(hit: float) -> float:
        trials = Trials(f, np.array([hit, hit]), np.full(2, weight))
        return fit_set(PRIOR.sets["scene"], trials).consistency

    assert fitted(0.0) <= PRIOR.sets["scene"].consistency + 0.02
    assert fitted(1.0) >= fitted(0.0)


def case_file(n: int = 60, crime: str = "burglary") -> tuple[CaseFile, dict[str, list[str]]]:
    """`n` cases in a town, every five of them near one another: ten series and ten one-offs."""
    rng = np.random.default_rng(3)
    cases = []
    for k in range(n):
        series, at = k // 5, START + k * DAY
        north, east = rng.normal(0, 0.03, 2) if k % 5 == 4 else rng.normal(0, 0.001, 2)
        cases.append(
            Case(
                f"C{k:03d}",
                at,
                window=TimeWindow(at - 7200, at),
                point=Point(51.5 + 0.01 * series + north, -0.1 + east, 10.0),
                further=(f"way in: {series % 3}",),
            )
        )
    series_file = {f"S{k}": [f"C{5 * k + m:03d}" for m in range(4)] for k in range(n // 5)}
    histories = tuple(CaseHistory(c.case_id, ((c.reported_at, c),)) for c in cases)
    return CaseFile("made.csv", histories, timezone=ZONE, crime=crime), series_file


def test_the_order_of_rows_changes_no_byte() -> None:
    file, series = case_file()
    table = learn_table(file, series, LearnOptions(PRIOR))
    turned = replace(file, histories=file.histories[::-1])
    backwards = {name: listed[::-1] for name, listed in reversed(series.items())}
    again = learn_table(turned, backwards, LearnOptions(PRIOR))
    assert write_weight_table(again) == write_weight_table(table)
    assert table.crime == "burglary"
    assert table.trained_until == max(h.versions[-1][0] for h in file.histories)
    assert table.learned is not None
    assert table.learned["few"]
    assert table.learned["series"] == 12


@pytest.mark.parametrize("kept", [1.0, 0.37])
def test_the_breakdown_adds_up_exactly_and_is_the_kernels(kept: float) -> None:
    file, series = case_file()
    table = learn_table(file, series, LearnOptions(PRIOR))
    table = replace(table, kept=dict.fromkeys(table.kept, kept))
    coded = to_columns(file.as_of(None), ZONE)
    tables = tabulate(coded, table)
    pairs = np.column_stack(np.tril_indices(60, -1))[::7].astype(np.int64)
    weights = kernel.weigh_pairs(coded.cols, tables, pairs)
    by_evidence = findings_by_evidence(coded, tables, pairs)
    assert (np.rint(by_evidence.sum(axis=1) * MICRO) == weights).all()
    for told, weight in zip(break_down(coded, tables, pairs), weights, strict=True):
        assert told.micro_bans == weight == sum(f.micro_bans for f in told.findings)


def test_kept_shares_scale_every_weight() -> None:
    file, _ = case_file()
    coded = to_columns(file.as_of(None), ZONE)
    whole = tabulate(coded, PRIOR)
    none = tabulate(coded, replace(PRIOR, kept=dict.fromkeys([*PRIOR.levels, *PRIOR.sets], 0.0)))
    pairs = np.array([[1, 0], [7, 2]])
    assert kernel.weigh_pairs(coded.cols, whole, pairs).any()
    assert not kernel.weigh_pairs(coded.cols, none, pairs).any()


def test_folds_part_no_series_and_no_case() -> None:
    file, series = case_file()
    series["S1"] = [*series["S1"], "C000"]  # many-to-many: S0 and S1 share a case
    known = series_of(file.as_of(None), series)
    fold = folds_of(known, np.random.default_rng(1))
    for a, b in known.pairs:
        assert fold[a] == fold[b]
    assert len({int(known.group[k]) for k in (0, 1, 5, 6)}) == 1
    assert known.links <= sum(len(listed) - 1 for listed in series.values())


def test_another_kind_of_crime_is_refused_and_too_few_series_too() -> None:
    file, series = case_file()
    table = learn_table(file, series, LearnOptions(PRIOR))
    check_crime(table, "burglary", "made.csv")
    check_crime(PRIOR, "anything", "made.csv")
    with pytest.raises(WeightTableMismatch, match="burglary"):
        check_crime(table, "death", "made.csv")
    with pytest.raises(InputRejected, match="1 group"):
        learn_table(file, {"S0": series["S0"]}, LearnOptions(PRIOR))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_evidence_counted_twice_is_tempered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    linked = (np.arange(800) < 200).astype(float)
    score = rng.normal(np.where(linked > 0, 0.5, -0.5), 1.0) / np.log(10)  # LR of two normals
    twice = fit_kept(np.column_stack([score, score]), linked, np.ones(800), 200.0)
    assert 0 <= twice.shares.min() <= twice.shares.max() < 1
