"""Clew's learned tables against published methods, on the same splits. Prints Markdown tables.

`python benchmarks/published.py [pairs|limits|burglaries|homicides]`, with the folder of real data
in CLEW_DATA.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import published_burglaries
import published_homicides
import published_limits
import published_pairs


def _section(tables: Callable[[Path], str], source: str) -> str:
    folder = os.environ.get("CLEW_DATA")
    if not folder or not Path(folder).is_dir():
        return "The real files were not at hand (CLEW_DATA is not set, or no folder)."
    return f"{tables(Path(folder))}\n\nSource: {source}"


def pairs() -> str:
    """Return the tables of crimelinkage's example."""
    return _section(
        published_pairs.tables,
        "crimelinkage 0.0.4's example, fictitious by its own documentation: for the method only.",
    )


def limits() -> str:
    """Return what crimelinkage's example can tell at all."""
    return _section(published_limits.tables, "as above.")


def burglaries() -> str:
    """Return the tables of the solved burglaries."""
    return _section(
        published_burglaries.tables,
        "solved burglaries of the first quarter of 2020, anonymised; ROXANNE, Israel Police.",
    )


def homicides() -> str:
    """Return the tables of the homicides of ten states."""
    return _section(
        published_homicides.tables,
        "FBI Supplementary Homicide Reports 1976 to 2018 of ten western states, as assembled by"
        " the Murder Accountability Project.",
    )


SECTIONS = {"pairs": pairs, "limits": limits, "burglaries": burglaries, "homicides": homicides}

if __name__ == "__main__":
    for wanted, section in SECTIONS.items():
        if wanted in (sys.argv[1:] or SECTIONS):
            print(section(), flush=True)
