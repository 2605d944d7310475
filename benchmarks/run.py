"""Run every benchmark and write docs/benchmarks.md. Nothing in that page is written by hand.

`python benchmarks/run.py`, with the folder of real data in CLEW_DATA; about ten minutes.
"""

from __future__ import annotations

import os
from pathlib import Path

import barking
import cause_text
import chance
import link_real

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `python benchmarks/run.py`; nothing here is written by hand. Times are of a machine with
two cores that others may use at the same moment; they drift. Sources are named with each figure.
"""


def cause_tables() -> str:
    """Return the tables of the cause-text reader."""
    folder = os.environ.get("CLEW_DATA")
    rows = cause_text.load_rows(folder)
    if rows is None:
        return "The real file was not at hand (CLEW_DATA is not set)."
    return f"{cause_text.markdown(rows)}\n\n{cause_text.coverage(folder)}"


SECTIONS = (
    ("Linking a real office's file", link_real.main),
    ("Does chance hold?", chance.main),
    ("The Barking record, as it could be known at each date", barking.as_recorded),
    ("The Barking record over draws of wording noise, a quarter of fields missing", barking.draws),
    ("Substances read from cause text", cause_tables),
)


def main() -> None:
    """Run all sections and write the page."""
    parts = [HEAD]
    for title, section in SECTIONS:
        print(f"{title} ...", flush=True)
        parts.append(f"## {title}\n\n{section()}\n")
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    print(f"Written: {PAGE.name}")


if __name__ == "__main__":
    main()
