"""Many tasks in as many processes as there are cores; what is large is shared by forking."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from typing import Any

_TASKS: Sequence[tuple[Any, ...]] = ()
_WORK: Callable[..., Any] | None = None


def in_processes(tasks: Sequence[tuple[Any, ...]], work: Callable[..., Any]) -> Iterator[Any]:
    """Run `work` on the arguments of every task and yield the answers in order.

    The processes are forks that hold the tasks already; only answers are sent.
    """
    global _TASKS, _WORK
    _TASKS, _WORK = tasks, work
    with get_context("fork").Pool(os.cpu_count() or 1) as pool:
        yield from pool.imap(_run, range(len(tasks)), chunksize=1)


def _run(k: int) -> Any:
    assert _WORK is not None
    return _WORK(*_TASKS[k])
