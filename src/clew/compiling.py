"""How functions are compiled, and where the compiled code is kept. Said once, for every room.

A compiled caller keeps its callees' old code, and the constants it took from other modules, when
only they are edited (seen). So compiled code lies in a folder named by a hash of its module and of
every module of Clew that this one imports, at any distance, of Clew's version and of numba's.
numba itself keeps processors and Python versions apart. Where the package is installed is no part
of the name: a checkout and an installed wheel with the same sources share what was compiled once.
The folder lies in CLEW_CACHE, else in the user's cache folder; where somebody else could have
written into it, in one of this process alone; where it cannot be written, numba chooses one itself.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

import numba
from numba import config, njit

from clew.caches import own_folder
from clew.version import VERSION

PACKAGE = Path(__file__).parent
NUMBAS_OWN = (
    "UserProvidedCacheLocator,InTreeCacheLocator,UserWideCacheLocator,"
    "IPythonCacheLocator,ZipCacheLocator"
)
"""Where numba keeps the code of other packages; as numba itself has it."""

F = TypeVar("F", bound=Callable[..., object])

_IMPORT = re.compile(r"^from (\w[\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


def sources_key(module: Path, package: Path = PACKAGE) -> str:
    """Return a hash of a module and of all that it imports of its package, at any distance."""
    reached: set[Path] = set()
    left = [module]
    while left:
        path = left.pop()
        if path not in reached:
            reached.add(path)
            left += _imports_of(path, package)
    digest = hashlib.sha256(f"{VERSION} {numba.__version__}".encode())
    for path in sorted(reached):
        digest.update(path.relative_to(package).as_posix().encode() + _bytes_of(path))
    return digest.hexdigest()[:16]


@cache
def _bytes_of(path: Path) -> bytes:
    return path.read_bytes()


@cache
def _imports_of(path: Path, package: Path) -> tuple[Path, ...]:
    """Find the files of a package that a module imports at its top: modules, or their names."""
    places = []
    for module, names in _IMPORT.findall(_bytes_of(path).decode()):
        root, *parts = module.split(".")
        if root == package.name:
            place = package.joinpath(*parts)
            places += [place, *(place / name for name in re.findall(r"\w+", names))]
    files = (file for place in places for file in (place.with_suffix(".py"), place / "__init__.py"))
    return tuple(file for file in files if file.is_file())


class KernelLocator:
    """Shows numba where the compiled code of one of Clew's functions is.

    numba asks for these methods and the two attributes (its developer notes on caching, since
    0.62), by the name in its setting CACHE_LOCATOR_CLASSES.
    """

    def __init__(self, folder: Path, source: str, line: int) -> None:
        self.folder = folder
        self._py_file = source
        self._lineno = line

    @classmethod
    def from_function(cls, function: FunctionType, source: str) -> KernelLocator | None:
        """Return the locator of one of Clew's functions, or None: then numba asks its own."""
        path = Path(source)
        if not path.is_relative_to(PACKAGE):
            return None
        name = "-".join(path.relative_to(PACKAGE).with_suffix("").parts)
        try:
            folder = own_folder("kernel", f"{name}-{sources_key(path)}")
            located = cls(folder, source, function.__code__.co_firstlineno)
            located.ensure_cache_path()
        except OSError:
            return None
        return located if os.access(located.folder, os.W_OK) else None

    def ensure_cache_path(self) -> None:
        """Make the folder, which the user's programs alone may read."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(self.folder)

    def get_source_stamp(self) -> str:
        """Return what tells versions of the source apart: the folder's name, which has a hash."""
        return self.folder.name

    def get_disambiguator(self) -> str:
        """Return what tells functions of one name in one module apart."""
        return str(self._lineno)


_others = getattr(config, "CACHE_LOCATOR_CLASSES", "") or NUMBAS_OWN
_ours = f"{__name__}.{KernelLocator.__name__}"
setattr(config, "CACHE_LOCATOR_CLASSES", f"{_ours},{_others}")  # noqa: B010 - untyped settings


def inlined(function: F) -> F:
    """Compile a small function of the kernel, inlined into its caller.

    Without counting references: the columns and tables are arrays that the caller keeps, and
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
