"""How functions are compiled, and where the compiled code is kept, for every room.

A compiled caller keeps its callees' old code when only they are edited (seen), so the folder's
name is a hash of every source that is compiled, of Clew's version and of numba's; numba itself
tells processors apart. It lies in CLEW_CACHE, else in the user's cache folder; where that
cannot be written, numba chooses a folder itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import config, njit

from clew.caches import cache_folder
from clew.version import VERSION

COMPILED_ROOMS = ("comparison", "surveillance/scan")

F = TypeVar("F", bound=Callable[..., object])


_digest = hashlib.sha256(f"{VERSION} {numba.__version__}".encode())
for _path in sorted(
    path for room in COMPILED_ROOMS for path in (Path(__file__).parent / room).rglob("*.py")
):
    _digest.update(_path.name.encode() + _path.read_bytes())
_folder = cache_folder() / "kernel" / _digest.hexdigest()[:16]
try:
    _folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    setattr(config, "CACHE_DIR", str(_folder))  # noqa: B010 - numba types none of its settings
except OSError:
    pass


def inlined(function: F) -> F:
    """Compile a small function of the kernel, inlined into its caller.

    Without counting references: the columns and tables are arrays that the caller holds, and
    counting them for every pair cost twenty times the work itself (measured: 1,000 ns against
    50 ns a pair). A function so compiled must not allocate. Nor may it raise: a division that
    may brings the counting back (measured: 38 ns against 6 for a pair's gap), so that a float
    divided by zero is infinite here, and a whole number divided by zero is zero.
    """
    options: dict[str, Any] = {
        "cache": True, "forceinline": True, "_nrt": False, "error_model": "numpy",
    }  # fmt: skip
    compiled: F = njit(**options)(function)
    return compiled


def looped(function: F) -> F:
    """Compile a function that loops over many cases; it lets other threads run meanwhile."""
    options: dict[str, Any] = {"cache": True, "nogil": True}
    compiled: F = njit(**options)(function)
    return compiled
