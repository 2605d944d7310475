"""The ranking is exact: the same as weighing every pair and sorting, ties to the earlier row."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from made_cases import BYTES, START, all_pairs, case_lists, code, made_case

from clew.comparison import kernel
from clew.comparison.coding.columns import Coded
from clew.comparison.null import address_pairs, entity_pairs
from clew.comparison.ranking import local
from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.ranked import CHUNK
from clew.model.case import Case
from clew.model.columns import Tables
from clew.model.values import HOUR


def brute_force(
    coded: Coded, tables: Tables, top: int, kept: int, null_cases: int
) -> tuple[list[list[tuple[int, int]]], list[list[int]], list[int]]:
    """Candidates and null of every case, by sorting all pairs."""
    n = len(coded.cases)
    pairs = all_pairs(n)
    weights = kernel.weigh_pairs(coded.cols, tables, pairs).tolist()
    kinds = kernel.kinds_of_pairs(coded.cols, tables, pairs).tolist()
    candidates: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    null: list[list[int]] = [[] for _ in range(n)]
    for (i, j), weight, kind in zip(pairs.tolist(), weights, kinds, strict=True):
        if j < i:
            candidates[i].append((-weight, j))
        if j < max(i, null_cases) and kind == kernel.PLAIN:
            null[i].append(-weight)
    sizes = [max(i, min(n, null_cases) - 1) for i in range(n)]
    return [sorted(c)[:top] for c in candidates], [sorted(x)[:kept] for x in null], sizes


def check(coded: Coded, tables: Tables, top: int, kept: int, null_cases: int) -> None:
    ranked = rank_all(coded.cols, tables, top=top, kept=kept)
    candidates, null, sizes = brute_force(coded, tables, top, kept, null_cases)
    for i in range(len(coded.cases)):
        kept_pairs = [(-w, r) for w, r in zip(ranked.weights[i].tolist(), ranked.rows[i].tolist())]  # noqa: B905
        assert [pair for pair in kept_pairs if pair[1] >= 0] == candidates[i]
        assert (ranked.weights[i] == kernel.EMPTY).sum() == top - len(candidates[i])
        seen = ranked.null[i][ranked.null[i] != kernel.EMPTY]
        assert (-seen).tolist() == null[i]
    assert ranked.null_size.tolist() == sizes


@given(case_lists())
@settings(max_examples=60, deadline=None)
def test_ranking_equals_brute_force(cases: list[Case]) -> None:
    check(*code(cases), top=3, kept=4, null_cases=local.NULL_CASES)


@pytest.mark.parametrize("null_cases", [50, 2_000])
def test_ranking_equals_brute_force_over_several_chunks_with_ties(
    null_cases: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "NULL_CASES", null_cases)
    chance = random.Random(7)
    kinds = [made_case(k, chance.randbytes(BYTES)) for k in range(25)]
    cases = [
        replace(kinds[k % 25], case_id=f"T{k:03d}", reported_at=START + k // 3 * HOUR, window=None)
        for k in range(2 * CHUNK + 30)
    ]
    coded, tables = code(cases)
    weights = kernel.weigh_pairs(coded.cols, tables, all_pairs(60))
    assert len(np.unique(weights)) < len(weights) // 2, "the file was meant to hold ties"
    check(coded, tables, top=5, kept=64, null_cases=null_cases)


@given(case_lists())
@settings(max_examples=60, deadline=None)
def test_lists_of_sharing_pairs_are_complete(cases: list[Case]) -> None:
    """Every pair that the kernel calls shared is in the list that the null and the answer use."""
    coded, tables = code(cases)
    pairs = all_pairs(len(cases))
    pairs = pairs[pairs[:, 0] > pairs[:, 1]]
    kinds = kernel.kinds_of_pairs(coded.cols, tables, pairs)
    shared = {tuple(p) for p in pairs[kinds == kernel.SHARED_ENTITY].tolist()}
    assert {tuple(p) for p in entity_pairs(coded.cols).tolist()} == shared
    keys = coded.cols.place_key
    same = {(i, j) for i, j in pairs.tolist() if keys[i] >= 0 and keys[i] == keys[j]}
    assert {tuple(p) for p in address_pairs(coded.cols).tolist()} == same
