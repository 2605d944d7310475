"""No bound lies below a pair's true weight: word by word, by the sum of terms, and at the last."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_cases import code
from test_law_pruning import Coding, forces_years, of_one_address, random_cases

from clew.comparison.evidence.timing import weigh_gap
from clew.comparison.kernel import ITEMS, SCRATCH, weigh_all_but_gap, weigh_pairs, weigh_place
from clew.comparison.ranking import local
from clew.comparison.ranking.evidence_bounds import most_of_values, sum_of
from clew.comparison.ranking.index import TILE, WORD, WORDS, Postings
from clew.comparison.ranking.pruned import find_bounds, lay_out_file, room_for
from clew.comparison.ranking.sweep import ThreadBuffers, most_by_key, sum_tile
from clew.comparison.ranking.upper_bounds import BatchLayout, most_of_gap, most_of_place
from clew.compiling import looped
from clew.model.columns import Array, Columns

LONG_LIST = 4_096


@looped
def bounds_of(laid: BatchLayout, room: ThreadBuffers, i: int, bounds: Array) -> None:
    """Fill what `sweep.py` compares with a list's least, for case i, which is row 0 of the room.

    `bounds`, shape (4, n): word, sum of terms, all but values exact and the gap by slot, all exact.
    """
    index, terms = laid.tiled, room.terms
    by_key = most_by_key(laid, i)
    out = np.zeros(SCRATCH, np.int32)
    for j in range(index.n):
        word, bit, tile = j // WORD, j % WORD, j // TILE
        w = word % WORDS
        if j % TILE == 0:
            sum_tile(index.bits[tile], terms, 0, room.sums)
        near = most_of_place(laid, i, word, by_key)
        gap = most_of_gap(laid, i, index.span[word, 0], index.span[word, 1])
        summed = min(terms.step[0] * sum_of(room.sums[1], w, bit), terms.all[0])
        bounds[0, j] = terms.base[0] + near + gap + summed
        most = terms.ageless_base[0]
        most += min(terms.step[0] * sum_of(room.sums[0], w, bit), terms.all[0])
        most += room.by_cell[0, index.cell[j]] + room.by_slot[0, index.slot[j]]
        bounds[1, j] = most + room.by_victim[0, index.victim[j]]
        out[:] = 0
        weigh_place(laid.cols, laid.tables, i, j, out)
        weigh_all_but_gap(laid.cols, laid.tables, i, j, out)
        last = most_of_values(index.bits[tile], terms, 0, w, bit)
        for k in range(ITEMS):
            last += out[k]
        bounds[2, j] = last + room.by_slot[0, index.slot[j]]
        tables = laid.tables
        gap_now = weigh_gap(laid.cols, tables.gap_edges, tables.gap, tables.gap_knots, i, j)
        bounds[3, j] = last + gap_now


def listed(laid: BatchLayout, i: int) -> set[int]:
    """Return whom case i is weighed with outright, bounds or not."""
    cols, index = laid.cols, laid.tiled

    def walk(lists: Postings, code: int, longest: int) -> list[int]:
        if code + 1 >= len(lists.start):
            return []
        held = lists.positions[lists.start[code] : lists.start[code + 1]].tolist()
        return held if len(held) <= longest else []

    def own(starts: Array, codes: Array) -> list[int]:
        return codes[starts[i] : starts[i + 1]].tolist()

    items = [c for c in own(cols.item_start, cols.items) if index.item_set[c] < 0]
    met = [p for c in items for p in walk(index.item_lists, c, 1 << 40)]
    for entity in own(cols.entity_start, cols.entities):
        met += walk(index.entity_lists, entity, LONG_LIST)
    if cols.place_key[i] >= 0:
        met += walk(index.key_lists, int(cols.place_key[i]), LONG_LIST)
    return {*met, *walk(index.mention_lists, i, 1 << 40), i}


def check(coding: Coding, every: int) -> float:
    """Compare all bounds of each `every`-th case; return the mean slack of the last, bans."""
    coded, tables = coding
    laid, _ = lay_out_file(coded.cols, tables, local.NULL_CASES)
    n, slack = laid.tiled.n, []
    room = room_for(1, laid.tiled, tables)
    for i in range(0, n, every):
        meet_for_bounds(laid, room, i)
        bounds = np.zeros((4, n), np.int64)
        bounds_of(laid, room, i, bounds)
        pairs = np.column_stack([np.full(n, i), np.arange(n)])
        weights = weigh_pairs(laid.cols, tables, pairs)
        bounded = np.setdiff1d(np.arange(n), list(listed(laid, i)))
        for kind, bound in zip(("word", "sum", "slot", "last"), bounds, strict=True):
            short = bounded[bound[bounded] < weights[bounded]]
            assert not len(short), (
                f"{kind} bound of {i} with {short[:5]}: {say(laid.cols, i, short)}"
            )
        slack.append((bounds[3, bounded] - weights[bounded]).mean())
    return float(np.mean(slack)) / 1e6


def say(cols: Columns, i: int, others: Array) -> str:
    rows = [i, *others[:3].tolist()]
    return str([(cols.mid[r], cols.width[r], cols.age[r], cols.place_key[r]) for r in rows])


@looped
def meet_for_bounds(laid: BatchLayout, room: ThreadBuffers, i: int) -> None:
    """Work out case i's terms and bounds in row 0."""
    find_bounds(laid, room, 0, i)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_bound_of_a_random_file_is_too_low(seed: int) -> None:
    check(code(random_cases(900, seed)), every=2)


def test_no_bound_is_too_low_where_lists_are_too_long_to_walk() -> None:
    check(code(of_one_address(5_200)), every=40)


def test_no_bound_of_a_forces_records_is_too_low(tmp_path: Path) -> None:
    slack = check(forces_years(tmp_path, 60, 7), every=3)
    assert slack < 1.0, "a bound that is a ban too high on the average prunes little"
