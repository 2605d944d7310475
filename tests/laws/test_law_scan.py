"""Laws of the scan: it passes nothing over, and nothing but places and times changes it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_scan import best_of_all, ratio

from clew.surveillance.scan.alive import Alive, make_alive_room, scan_alive
from clew.surveillance.scan.every_window import (
    Sorted,
    likelihood_ratio,
    make_room,
    scan_dense,
    scan_sparse,
)
from clew.surveillance.scan.geometry import Limits, lay_out_permutation
from clew.surveillance.scan.replicate import Null, alive_ages, draw_apart, first_of, shuffle
from clew.surveillance.scan.run import ScanQuestion, draw_null, trace_best
from clew.surveillance.scan.significance import NullDraws, add_one, cut_at, judge
from survey_speed import build_planar

Made = tuple[np.ndarray, np.ndarray, np.ndarray, int, float, Limits]


@st.composite
def small_files(draw: st.DrawFn) -> Made:
    """Places on a small lattice, so that distances tie; events thick enough to meet."""
    cells = draw(st.lists(st.integers(0, 24), min_size=1, max_size=9, unique=True))
    xy = np.array([(1000.0 * (c % 5), 1000.0 * (c // 5)) for c in sorted(cells)])
    slots = draw(st.integers(2, 9))
    events = draw(
        st.lists(
            st.tuples(st.integers(0, len(xy) - 1), st.integers(0, slots - 1)),
            min_size=2, max_size=25,
        )
    )  # fmt: skip
    place, slot = np.array(sorted(events), np.int32).T
    most = draw(st.integers(1, slots))
    limits = Limits(
        draw(st.integers(1, most)), most, draw(st.integers(1, 3)),
        draw(st.sampled_from([0.3, 0.5, 1.0])),
    )  # fmt: skip
    return xy, place, slot, slots, draw(st.sampled_from([0.0, 1000.0, 1500.0, 3000.0])), limits


def question_of(made: Made, *, alive: bool) -> ScanQuestion:
    xy, place, slot, slots, radius, limits = made
    geometry = build_planar(xy, xy, radius)
    known = np.bincount(place, minlength=len(xy)) > 0
    design = lay_out_permutation(geometry, place, slot, slots, limits, known)
    null = Null(np.ascontiguousarray(place), np.ascontiguousarray(slot), np.zeros(0))
    return ScanQuestion(geometry, design, null, alive)


@settings(deadline=None, max_examples=150)
@given(small_files(), st.booleans())
def test_nothing_is_passed_over(made: Made, alive: bool) -> None:
    xy, place, slot, slots, radius, limits = made
    question = question_of(made, alive=alive)
    tried = (limits.least, limits.most, limits.min_events, limits.max_share, alive)
    plain = best_of_all(xy, place, slot, slots, radius, tried)
    value, _ = trace_best(question)
    assert value.max() == pytest.approx(plain, abs=1e-9)


@settings(deadline=None, max_examples=150)
@given(small_files())
def test_every_kernel_finds_the_same(made: Made) -> None:
    whole, up_to_now = question_of(made, alive=False), question_of(made, alive=True)
    geometry, design, null = whole.geometry, whole.design, whole.null
    events = Sorted(first_of(null.place, len(made[0])), null.slot)
    sparse = scan_sparse(geometry, design, events, make_room(design))
    assert scan_dense(geometry, design, events, make_room(design, len(made[0]))) == sparse
    assert trace_best(whole)[0].max() == sparse
    last = whole.slots - 1
    alive = Alive(
        null.place[last - null.slot < design.most], alive_ages(null.slot, last, design.most)
    )
    room = make_alive_room(geometry, design)
    best = trace_best(up_to_now)[0].max()
    assert scan_alive(geometry, design, alive, room) == best
    assert scan_alive(geometry, design, alive, room) == best, "the room is as it was found"
    assert best <= sparse


def test_going_through_places_and_handing_events_out_find_the_same() -> None:
    rng = np.random.default_rng(4)
    for places, events in ((400, 60), (30, 60)):  # few, then many events for the places
        xy = np.round(rng.uniform(0, 9000, (places, 2)), 0)
        place = np.sort(rng.integers(0, places, events)).astype(np.int32)
        slot = rng.integers(0, 4, events).astype(np.int32)
        made = (xy, place, slot, 4, 2000.0, Limits(1, 4))
        tried = (1, 4, 2, 0.5, True)
        question = question_of(made, alive=True)
        alive = Alive(place, (3 - slot).astype(np.int32))
        room = make_alive_room(question.geometry, question.design)
        plain = best_of_all(xy, place, slot, 4, 2000.0, tried)
        assert scan_alive(question.geometry, question.design, alive, room) == pytest.approx(plain)


@settings(deadline=None, max_examples=60)
@given(small_files(), st.randoms(use_true_random=False))
def test_numbers_of_places_change_nothing(made: Made, random) -> None:
    xy, place, slot, slots, radius, limits = made
    order = list(range(len(xy)))
    random.shuffle(order)
    renamed = np.argsort(order)[place]
    by_place = np.lexsort((slot, renamed))
    other = (
        xy[order], renamed[by_place].astype(np.int32), slot[by_place], slots, radius, limits,
    )  # fmt: skip
    for alive in (False, True):
        one = trace_best(question_of(made, alive=alive))[0]
        two = trace_best(question_of(other, alive=alive))[0]
        assert np.array_equal(one[order], two)


@settings(deadline=None, max_examples=25)
@given(small_files(), st.integers(0, 2**32), st.booleans())
def test_threads_change_nothing(made: Made, seed: int, alive: bool) -> None:
    question = question_of(made, alive=alive)
    observed = float(trace_best(question)[0].max())
    seeds = np.random.default_rng(seed).integers(0, 2**64, 60, dtype=np.uint64)
    for stop_after in (0, 3):
        judged = [
            draw_null(question, seeds, observed, stop_after, threads=threads)
            for threads in (1, 2, 5)
        ]
        assert all(np.array_equal(judged[0].values, one.values) for one in judged)
        assert len({one.stopped for one in judged}) == 1


@settings(deadline=None, max_examples=20)
@given(small_files(), st.integers(0, 2**32))
def test_draws_keep_the_margins(made: Made, seed: int) -> None:
    """A draw is a permutation: the best of it is the plain best of some order of the same times."""
    xy, place, slot, slots, radius, limits = made
    question = question_of(made, alive=False)
    drawn = draw_null(question, np.array([seed], np.uint64), 0.0, threads=1).values[0]
    state, order = np.array([seed], np.uint64), question.null.slot.copy()
    shuffle(order, state)
    assert sorted(order) == sorted(slot)
    tried = (limits.least, limits.most, limits.min_events, limits.max_share, False)
    assert drawn == pytest.approx(best_of_all(xy, place, order, slots, radius, tried), abs=1e-9)


def test_a_shuffle_is_fair() -> None:
    counts: dict[tuple[int, ...], int] = {}
    for seed in range(6000):
        values = np.arange(3, dtype=np.int32)
        shuffle(values, np.array([seed], np.uint64))
        counts[tuple(values.tolist())] = counts.get(tuple(values.tolist()), 0) + 1
    assert len(counts) == 6
    assert all(880 < count < 1120 for count in counts.values())  # 1,000, four standard errors


def test_drawing_apart_is_fair_and_leaves_the_order() -> None:
    order, counts = np.arange(5), np.zeros(5, int)
    for seed in range(5000):
        chosen = np.empty(2, np.int64)
        draw_apart(chosen, order, np.array([seed], np.uint64))
        assert chosen[0] != chosen[1]
        counts[chosen] += 1
    assert np.array_equal(order, np.arange(5))
    assert (np.abs(counts - 2000) < 140).all()  # four standard errors


@given(st.integers(1, 60), st.floats(1e-6, 60), st.integers(0, 60))
def test_the_ratio_is_the_formula_and_rises_and_falls(c: int, e: float, more: int) -> None:
    n = c + more + 61
    assert likelihood_ratio(c, e, n) == pytest.approx(ratio(c, e, n), abs=1e-9)
    assert likelihood_ratio(c + 1, e, n) >= likelihood_ratio(c, e, n) - 1e-9
    assert likelihood_ratio(c, e * 1.1, n) <= likelihood_ratio(c, e, n) + 1e-9


@given(st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=1, max_size=50), st.integers(1, 4))
def test_p_is_add_one_with_ties_and_sequential_where_it_stopped(
    values: list[float], stop_after: int
) -> None:
    drawn, observed = NullDraws(np.array(values)), 2.0
    reached = [i for i, value in enumerate(values, 1) if value >= observed]
    assert add_one(drawn, observed) == (1 + len(reached)) / (1 + len(values))
    cut = cut_at(drawn.values, observed, stop_after)
    assert (cut is None) == (len(reached) < stop_after)
    if cut is not None:
        assert len(cut.values) == reached[stop_after - 1]
        stopped = judge(cut, observed, strata=1, may_stop=True, every_days=None)
        assert stopped.p_sequential == stop_after / len(cut.values)
    judged = judge(drawn, observed, strata=3, may_stop=False, every_days=1.0)
    assert judged.p_sequential is None
    assert judged.p_corrected == min(1.0, 3 * judged.p_value)
    assert judged.recurrence_days == 1 / judged.p_corrected
