"""Chance that is the same on any machine and number of threads: each replication has its seed.

SplitMix64 (Steele, Lea and Flood 2014, OOPSLA, 453) drives Fisher and Yates' shuffle (Durstenfeld
1964, Communications of the ACM 7, 420), with Lemire's bounded numbers (2019, ACM Transactions on
Modeling and Computer Simulation 29, 3), which are without bias.
"""

from __future__ import annotations

import numpy as np

from clew.compiling import inlined, looped
from clew.model.columns import I32, I64, U64

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_A, _MIX_B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_WHOLE = np.uint64(1 << 32)


@inlined
def next_number(state: U64) -> np.uint64:
    """Return the next 64 bits of a generator whose state is `state[0]`."""
    state[0] += _STEP
    z = state[0]
    z = (z ^ (z >> _S30)) * _MIX_A
    z = (z ^ (z >> _S27)) * _MIX_B
    return np.uint64(z ^ (z >> _S31))


@inlined
def below(state: U64, n: int) -> np.int64:
    """Return a whole number from 0 to n - 1, each as likely as any; 0 < n < 2^32."""
    wide = np.uint64(n)
    product = (next_number(state) >> _S32) * wide
    if (product & _LOW) < wide:
        refused = (_WHOLE - wide) % wide
        while (product & _LOW) < refused:
            product = (next_number(state) >> _S32) * wide
    return np.int64(product >> _S32)


@inlined
def unit(state: U64) -> float:
    """Return a number in [0, 1), 53 bits."""
    return np.float64(next_number(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@looped
def shuffle(values: I32, state: U64) -> None:
    """Put `values` into an order drawn at random, each order as likely as any."""
    for i in range(len(values) - 1, 0, -1):
        j = below(state, i + 1)
        held = values[i]
        values[i] = values[j]
        values[j] = held


@looped
def draw_apart(chosen: I64, order: I64, state: U64) -> None:
    """Fill `chosen` with different numbers drawn from `order`, which is left as it was found."""
    n, count = len(order), len(chosen)
    swapped = np.empty(count, np.int64)
    for i in range(count):
        j = i + below(state, n - i)
        swapped[i] = j
        held = order[i]
        order[i] = order[j]
        order[j] = held
        chosen[i] = order[i]
    for i in range(count - 1, -1, -1):
        j = swapped[i]
        held = order[i]
        order[i] = order[j]
        order[j] = held
