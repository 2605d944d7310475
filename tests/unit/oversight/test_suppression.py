"""No count that was held back can be solved from what was published, now or before."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.oversight.suppression import FLOOR, Counts, attack, protect


def table(values: np.ndarray, name: str = "t") -> Counts:  # type: ignore[type-arg]
    """Return a table of rows and columns with all its margins."""
    rows, columns = range(values.shape[0]), range(values.shape[1])
    counts: dict[object, int] = {(name, i, j): int(values[i, j]) for i, j in product(rows, columns)}
    sums: list[tuple[object, tuple[object, ...]]] = []
    for i in rows:
        counts[name, i, "all"] = int(values[i].sum())
        sums.append(((name, i, "all"), tuple((name, i, j) for j in columns)))
    for j in columns:
        counts[name, "all", j] = int(values[:, j].sum())
        sums.append(((name, "all", j), tuple((name, i, j) for i in rows)))
    counts[name, "all", "all"] = int(values.sum())
    sums.append(((name, "all", "all"), tuple((name, i, "all") for i in rows)))
    sums.append(((name, "all", "all"), tuple((name, "all", j) for j in columns)))
    return Counts(counts, sums)


TABLES = st.tuples(
    st.integers(2, 5), st.integers(2, 4), st.floats(3, 60), st.integers(0, 2**32 - 1)
).map(lambda t: np.random.default_rng(t[3]).poisson(t[2], (t[0], t[1])))


@given(TABLES)
@settings(max_examples=40)
def test_no_hidden_count_is_solved(values: np.ndarray) -> None:  # type: ignore[type-arg]
    counts = table(values)
    found = protect(counts)
    assert found.primary == {key for key, value in counts.values.items() if value < FLOOR}
    for key, value in counts.values.items():
        assert (key in found.hidden) or found.shown[key] == value
    for key, interval in attack(counts, found.hidden).items():
        assert interval.low - 1e-6 <= counts.values[key] <= interval.high + 1e-6
        assert interval.width >= FLOOR - 1e-5


def test_the_attack_finds_a_count_that_was_hidden_alone() -> None:
    counts = table(np.array([[4, 50], [60, 70]]))
    alone = attack(counts, {("t", 0, 0)})
    assert alone["t", 0, 0].width == pytest.approx(0, abs=1e-6)
    assert alone["t", 0, 0].low == pytest.approx(4, abs=1e-6)


def test_a_release_that_shows_a_hidden_cell_is_caught() -> None:
    counts = table(np.array([[4, 50, 33], [60, 70, 21], [15, 18, 90]]))
    found = protect(counts)
    leaked = found.hidden - {sorted(found.secondary, key=str)[0]}
    assert min(i.width for i in attack(counts, leaked).values()) < FLOOR


def test_zeros_and_all_are_held_back() -> None:
    found = protect(table(np.array([[0, 40], [50, 60]])))
    assert ("t", 0, 0) in found.primary


def test_a_table_of_large_counts_is_shown_whole() -> None:
    found = protect(table(np.full((3, 3), 25)))
    assert found.kept == 1.0
    assert not found.hidden


def test_what_was_published_before_hides_nothing_now() -> None:
    counts = table(np.array([[4, 50], [60, 70]]))
    with pytest.raises(ValueError, match="published before"):
        protect(counts, shown_before=counts.values.keys() - {("t", 0, 0)})


def test_twenty_successive_releases_are_attacked_together() -> None:
    rng = np.random.default_rng(3)
    past: list[Counts] = []
    hidden: set[object] = set()
    kept = []
    for release in range(20):
        counts = table(rng.poisson(14, (4, 3)), f"quarter {release}")
        found = protect(counts)
        kept.append(found.kept)
        hidden |= found.hidden
        past.append(counts)
    together = past[-1].with_past(past[:-1])
    assert min(i.width for i in attack(together, hidden).values()) >= FLOOR - 1e-5
    assert np.mean(kept) > 0.5
