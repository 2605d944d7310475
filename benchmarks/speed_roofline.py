"""What this machine could do at best: bytes copied a second, and look-ups a second."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
from numba import njit

from clew.model.columns import Array

BYTES = 256 << 20
"""Declared: far more than a cache holds."""
TABLE, LOOKUPS = 1 << 18, 1 << 26
"""Declared: 1 MB of weights, about what a file's tables hold, looked up in random places."""


@njit(nogil=True)
def look_up(table: Array, start: int, times: int) -> int:
    """Add up random places of a table; the next place never depends on what was found."""
    total, at = 0, np.uint64(start)
    for _ in range(times):
        at = at * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)  # Knuth's MMIX
        total += table[at >> np.uint64(46)]
    return total


def measured() -> tuple[float, float]:
    """Return bytes copied (read and written) a second, and look-ups a second; best of three."""
    threads = cpu_count() or 1
    table = np.arange(TABLE, dtype=np.int32)
    look_up(table, 1, 10)
    parts = [np.zeros(BYTES // threads, np.uint8) for _ in range(2 * threads)]
    copies, looked = [], []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(3):
            began = time.perf_counter()
            list(pool.map(lambda k: np.copyto(parts[2 * k], parts[2 * k + 1]), range(threads)))
            copies.append(2 * BYTES / (time.perf_counter() - began))
            began = time.perf_counter()
            list(pool.map(lambda k: look_up(table, k, LOOKUPS // threads), range(threads)))
            looked.append(LOOKUPS / (time.perf_counter() - began))
    return max(copies), max(looked)
