"""What is expected where, from outside the file: an area, its middle, and its share of cases."""

from __future__ import annotations

from dataclasses import dataclass

from clew.model.place import Point


@dataclass(frozen=True, slots=True)
class BaselineArea:
    """One area. `expected` is above 0, in any unit: people, or deaths of an ordinary year."""

    area: str
    middle: Point
    expected: float
