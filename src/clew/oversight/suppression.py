"""Counts that may leave: small ones are held back, and others with them, until none can be solved.

A release is a table of counts and the sums that tie them together. A count below the floor, zeros
included, is held back (primary). Anyone who knows the sums could solve for it, so others are held
back with it (secondary), found by linear programming, until the attack leaves every hidden count at
least the floor's width of doubt. The attack is the least and the most that each hidden count could
be, given everything that was ever published. Source: Fischetti and Salazar, Journal of the American
Statistical Association 95 (2000) 916-928; Hundepool and others, Statistical Disclosure Control
(2012), chapter 4.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix, hstack
from scipy.sparse.csgraph import connected_components

Key = Hashable
FLOOR = 10
"""Declared (docs/method/equality.md): counts below it are held back."""
DEAR = 1_000.0
"""Declared: what a dear count costs more than others of its size."""
NEAR = 1e-6
"""Linear programmes are solved in floating point: this much is nothing."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts by key, and the sums among them: each total with its parts.

    A key that two releases share is the same count; `with_past` joins them. `dear` are counts that
    are hidden with others only where no others will do.
    """

    values: Mapping[Key, int]
    sums: Sequence[tuple[Key, tuple[Key, ...]]]
    dear: Set[Key] = frozenset()

    def with_past(self, past: Iterable[Counts]) -> Counts:
        """Return these counts and those of earlier releases, as a reader of them all sees them."""
        values, sums = dict(self.values), list(self.sums)
        for one in past:
            values = {**one.values, **values}
            sums += one.sums
        return Counts(values, sums, self.dear)


@dataclass(frozen=True, slots=True)
class Interval:
    """The least and the most that a hidden count could be; `high` may be infinite."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """How much doubt is left."""
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Release:
    """What may leave of some counts: `shown`, and which are hidden first and with them."""

    shown: Mapping[Key, int]
    primary: Set[Key]
    secondary: Set[Key]

    @property
    def hidden(self) -> Set[Key]:
        """All keys that are held back."""
        return self.primary | self.secondary

    @property
    def kept(self) -> float:
        """The share of counts that are shown, 0 to 1; 1 of an empty table."""
        of = len(self.shown) + len(self.hidden)
        return len(self.shown) / of if of else 1.0


def protect(
    counts: Counts,
    floor: int = FLOOR,
    *,
    hidden_before: Set[Key] = frozenset(),
    shown_before: Set[Key] = frozenset(),
) -> Release:
    """Return what may leave of these counts.

    `hidden_before`: keys that earlier releases held back; they stay so. `shown_before`: keys that
    were published: nothing can be taken back, so they hide nothing.

    Raises
    ------
    ValueError
        If a count that earlier releases left solvable cannot be protected any more.
    """
    system = _System(counts)
    primary = {key for key, value in counts.values.items() if value < floor} - shown_before
    hidden = set(primary | (hidden_before & counts.values.keys()))
    fixed = frozenset(shown_before)
    # Smallest first: what hides a small count often hides others. A count that was hidden with
    # another may be solved in its turn, so it is looked at too. Hiding more takes no doubt away.
    waiting = sorted(hidden, key=lambda key: (counts.values[key], system.place[key]))
    doubtful: set[Key] = set()
    while waiting:
        key = waiting.pop(0)
        if key in doubtful:
            continue
        change = system.cover(key, hidden, fixed, floor)
        if change is None:
            raise ValueError(f"{key!r} can be solved from what was published before")
        waiting += sorted(change.moved - hidden, key=lambda one: system.place[one])
        hidden |= change.moved
        doubtful |= change.enough
    shown = {key: value for key, value in counts.values.items() if key not in hidden}
    return Release(shown, frozenset(primary), frozenset(hidden - primary))


def attack(
    counts: Counts, hidden: Set[Key], chosen: Iterable[Key] | None = None
) -> dict[Key, Interval]:
    """Return the least and the most that each hidden count could be, given all the others.

    The true values of hidden counts are not used, but that none is below zero. `chosen`: for which
    of them; None: all.
    """
    return _System(counts).solve(hidden, None if chosen is None else frozenset(chosen))


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of a table that keeps every sum: what it moves, and what it moves by the floor."""

    moved: Set[Key]
    enough: Set[Key]


class _System:
    """The sums as a sparse matrix, one row a sum, one column a count: matrix @ values is zero."""

    def __init__(self, counts: Counts) -> None:
        self.keys = list(counts.values)
        self.place = {key: at for at, key in enumerate(self.keys)}
        self.values = np.asarray([counts.values[key] for key in self.keys], np.float64)
        dear = np.asarray([DEAR if key in counts.dear else 1.0 for key in self.keys], np.float64)
        self.cost = (self.values + 1.0) * dear
        rows, cols, signs = [], [], []
        for row, (total, parts) in enumerate(counts.sums):
            for key, sign in ((total, 1.0), *((part, -1.0) for part in parts)):
                rows.append(row)
                cols.append(self.place[key])
                signs.append(sign)
        shape = (len(counts.sums), len(self.keys))
        self.matrix: csr_matrix = coo_matrix(
            (np.asarray(signs), (np.asarray(rows, int), np.asarray(cols, int))), shape
        ).tocsr()
        self.both_ways = hstack([self.matrix, -self.matrix], format="csr")

    def cover(self, key: Key, hidden: Set[Key], fixed: Set[Key], floor: int) -> _Change | None:
        """Return the cheapest change that keeps every sum and raises this count by the floor.

        Hidden counts cost nothing, others their value and one. With what it changes hidden, the
        table could be the true one or the changed one: whatever differs by the floor between the
        two has that much doubt. None: there is no such change.
        """
        at, n = self.place[key], self.values.size
        cost, most = self.cost.copy(), np.full(n, np.inf)
        cost[[self.place[one] for one in hidden]] = 0.0
        most[[self.place[one] for one in fixed if one in self.place]] = 0.0
        up = np.stack([np.zeros(n), most], axis=1)
        down = np.stack([np.zeros(n), np.minimum(most, self.values)], axis=1)
        up[at], down[at] = float(floor), 0.0
        done = linprog(
            np.concatenate([cost, cost]),
            A_eq=self.both_ways,
            b_eq=np.zeros(self.matrix.shape[0]),
            bounds=[(low, high) for low, high in np.concatenate([up, down]).tolist()],
            method="highs",
        )
        if done.status != 0 or done.x is None:
            return None
        change = np.abs(done.x[:n] - done.x[n:])
        moved = (self.keys[one] for one in np.flatnonzero(change > NEAR))
        enough = (self.keys[one] for one in np.flatnonzero(change > floor - NEAR))
        return _Change(frozenset(moved), frozenset(enough))

    def solve(self, hidden: Set[Key], chosen: Set[Key] | None = None) -> dict[Key, Interval]:
        """Return the ends of each hidden count, or of those chosen."""
        places = np.asarray(sorted(self.place[key] for key in hidden if key in self.place), int)
        if not places.size:
            return {}
        known = np.ones(self.values.size, bool)
        known[places] = False
        free = self.matrix[:, places]
        right = -(self.matrix[:, np.flatnonzero(known)] @ self.values[known])
        # Hidden counts that share no sum with one another are solved apart: many small programmes.
        _, part = connected_components(abs(free).T @ abs(free), directed=False)
        found: dict[Key, Interval] = {}
        for one in np.unique(part):
            here = np.flatnonzero(part == one)
            rows = np.flatnonzero(np.asarray(abs(free[:, here]).sum(axis=1)).ravel())
            block, sums = free[rows][:, here], right[rows]
            for at in range(here.size):
                key = self.keys[places[here[at]]]
                if chosen is None or key in chosen:
                    ends = [self._end(block, sums, at, sign) for sign in (1.0, -1.0)]
                    found[key] = Interval(ends[0], ends[1])
        return found

    @staticmethod
    def _end(block: Any, sums: NDArray[np.float64], at: int, sign: float) -> float:
        cost = np.zeros(block.shape[1])
        cost[at] = sign
        if not block.shape[0]:
            return 0.0 if sign > 0 else np.inf
        done = linprog(cost, A_eq=block, b_eq=sums, bounds=(0.0, np.inf), method="highs")
        if done.status == 3:  # without bound
            return np.inf
        if done.status != 0 or done.fun is None:
            raise ValueError("the published counts contradict one another")
        return float(done.fun * sign)
