"""How the columns of a file were read: the outcome of their profile, as a noun."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProfiledColumn:
    """One column of a file, how it was read, and what every reading that was tried explains.

    `column` is ours, `header` the file's own. `read_as` is the reading in words. `filled` counts
    its cells that are values, of the rows that were profiled; `shares` has, for each reading, the
    share of them that it explains, 0 to 1. A cell may fit several readings. `known_before`: the
    reading is that of earlier files, and this file did not settle it.
    """

    file: str
    column: str
    header: str
    read_as: str
    filled: int
    example: str = ""
    shares: tuple[tuple[str, float], ...] = ()
    known_before: bool = False
