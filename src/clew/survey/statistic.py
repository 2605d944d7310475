"""How unusual a count is: the likelihood ratio of Kulldorff's scan statistics.

With c events seen, e expected and n in all: c ln(c/e) + (n - c) ln((n - c)/(n - e)) for c > e, else
0 (Kulldorff 1997, Communications in Statistics 26, 1481; for the permutation model Kulldorff,
Heffernan, Hartman, Assuncao and Mostashari 2005, PLoS Medicine 2, e59). It rises with c and falls
with e, and that is how most circles are passed over: once c events against e have failed to reach
the best, c events against more than e need no logarithm.
"""

from __future__ import annotations

import math

from clew.compiling import inlined, looped
from clew.model.columns import F64


@inlined
def likelihood_ratio(c: int, e: float, n: int) -> float:
    """Return the log likelihood ratio; 0 where no more events were seen than expected."""
    if c <= e:
        return 0.0
    value = c * math.log(c / e)
    if c < n:
        value += (n - c) * math.log((n - c) / (n - e))
    return value


@looped
def reset(limit: F64) -> None:
    """Forget every bound: c events can only tell something where fewer are expected."""
    for c in range(len(limit)):
        limit[c] = c


@inlined
def offer(c: int, e: float, n: int, best: float, limit: F64) -> float:
    """Return the better of `best` and the ratio of c against e.

    `limit[c]` is an expected number from which on c events are known not to reach the best.
    """
    if e >= limit[c]:
        return best
    value = likelihood_ratio(c, e, n)
    if value > best:
        return value
    limit[c] = e
    return best
