"""Points on a national grid become WGS84 degrees: eastings and northings by their EPSG code."""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from clew.intake.cases.cleaning import missing_cause

if TYPE_CHECKING:
    from pyproj.transformer import Transformer

BRITISH, IRISH, IRISH_ITM = 27700, 29903, 2157
"""EPSG codes: British National Grid; Irish Grid of 1975; Irish Transverse Mercator."""
DECIMALS = 7
"""Decimals of degrees written: a centimetre."""
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_LETTERS = re.compile(r"([A-HJ-Z])([A-HJ-Z])[ \t]*(\d{2,10}|\d{1,5}[ \t]+\d{1,5})$", re.IGNORECASE)
_SQUARE_M = 100_000
"""Metres of a lettered square's side (Ordnance Survey)."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How a mapping declares a grid: its EPSG code, and two columns, or one of lettered references.

    `reference` is of the British National Grid alone ("TQ 303 798"); its middle is taken.
    """

    epsg: int
    easting: str = ""
    northing: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class GridSystem:
    """A grid ready to convert. `accuracy_m`: metres to which it converts; None where not known."""

    name: str
    accuracy_m: float | None
    bounds: tuple[float, float, float, float]
    transformer: Transformer

    def to_degrees(self, east: float, north: float) -> tuple[float, float] | None:
        """Return latitude and longitude; None where they are outside the grid's own area."""
        longitude, latitude = self.transformer.transform(east, north)
        west, south, far_east, far_north = self.bounds
        inside = south <= latitude <= far_north and west <= longitude <= far_east
        known = math.isfinite(longitude) and math.isfinite(latitude)
        return (latitude, longitude) if known and inside else None


@cache
def grid_system(epsg: int) -> GridSystem:
    """Return the projected grid of an EPSG code, converted without a network.

    The most accurate conversion is taken of those that need no file that is not there.

    Raises
    ------
    ValueError
        If the code is of no projected grid.

    Source
    ------
    EPSG dataset by PROJ.
    """
    # Few files are on a grid, and every other command would wait .05 s for PROJ.
    from pyproj import CRS  # noqa: PLC0415
    from pyproj.exceptions import CRSError  # noqa: PLC0415
    from pyproj.transformer import TransformerGroup  # noqa: PLC0415

    try:
        crs = CRS.from_epsg(epsg)
    except CRSError:
        raise ValueError(f"EPSG:{epsg} is not known") from None
    if not crs.is_projected or crs.area_of_use is None:
        raise ValueError(f"EPSG:{epsg} ({crs.name}) is not a grid of eastings and northings")
    with warnings.catch_warnings():
        # It says that a better conversion would need a file from the network: we state metres.
        warnings.simplefilter("ignore")
        group = TransformerGroup(crs, 4326, always_xy=True)
    usable = group.transformers
    best = min(usable, key=lambda t: t.accuracy if t.accuracy >= 0 else math.inf)
    accuracy = best.accuracy if best.accuracy >= 0 else None
    return GridSystem(crs.name, accuracy, crs.area_of_use.bounds, best)


def metres_of(text: str) -> float | None:
    """Return the metres in a cell, with or without commas of thousands; None for no number."""
    plain = text.strip()
    if _THOUSANDS.match(plain):
        plain = plain.replace(",", "")
    try:
        metres = float(plain)
    except ValueError:
        return None
    return metres if math.isfinite(metres) else None


def of_letters(text: str) -> tuple[float, float] | None:
    """Return easting and northing of the middle of a lettered British reference; None for none.

    Source
    ------
    Ordnance Survey, A guide to coordinate systems in Great Britain.
    """
    found = _LETTERS.match(text.strip())
    if found is None:
        return None
    parts = found[3].split()
    digits = "".join(parts)
    if len(digits) % 2 or (len(parts) == 2 and len(parts[0]) != len(parts[1])):
        return None
    first, second = (_place(letter) for letter in (found[1], found[2]))
    column = (first % 5 - 2) * 5 + second % 5
    row = (3 - first // 5) * 5 + 4 - second // 5
    half = len(digits) // 2
    side = 10 ** (5 - half)
    east, north = (int(part) * side + side / 2 for part in (digits[:half], digits[half:]))
    return column * _SQUARE_M + east, row * _SQUARE_M + north


def _place(letter: str) -> int:
    """Return the place of a letter in the alphabet of 25 that grids use, without I."""
    number = ord(letter.upper()) - ord("A")
    return number - (number > ord("I") - ord("A"))


@dataclass(slots=True)
class GridPoint:
    """Reads the point of a row: degrees as texts, or what stands there where it is none."""

    grid: GridSystem
    places: tuple[int, ...]

    def texts(self, cells: list[str]) -> tuple[str, str]:
        """Return latitude and longitude; blank for a placeholder; what is no point stays."""
        written = [cells[place] for place in self.places]
        if not any(written) or any(
            missing_cause(cell, numeric=True) is not None for cell in written
        ):
            return "", ""
        metres = of_letters(written[0]) if len(written) == 1 else self._pair(written)
        if metres is None:
            return " ".join(written), " ".join(written)
        if metres == (0.0, 0.0):
            return "", ""
        degrees = self.grid.to_degrees(*metres)
        if degrees is None:
            outside = f"outside {self.grid.name}: {', '.join(written)}"
            return outside, outside
        return f"{degrees[0]:.{DECIMALS}f}", f"{degrees[1]:.{DECIMALS}f}"

    @staticmethod
    def _pair(written: list[str]) -> tuple[float, float] | None:
        east, north = (metres_of(cell) for cell in written)
        return None if east is None or north is None else (east, north)
