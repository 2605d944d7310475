"""Run every benchmark and write docs/benchmarks.md. Nothing in that page is written by hand.

`python benchmarks/run.py`, with the folder of real data in CLEW_DATA; about an hour and a half.
With words behind it, only the sections whose titles hold one of them are run anew; the others of
the page stay as they were.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import barking
import barking_replay
import cause_text
import chance
import duplicates
import hidden_series
import link_real
import narrative
import planted_check
import published
import replay_speed
import series_chance
import series_synthetic
import spark
import speed
import store

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
    ("Does the chance of a series hold?", series_chance.main),
    ("Labelled series of a made-up city, against a pairwise forest", series_synthetic.main),
    ("The Barking record, as it could be known at each date", barking.as_recorded),
    ("The Barking record over draws of wording noise, by replay", barking_replay.main),
    ("Against published methods: crimelinkage's example", published.pairs),
    ("Against published methods: solved burglaries", published.burglaries),
    ("Against published methods: homicides of ten states", published.homicides),
    ("Series hidden among real deaths", hidden_series.main),
    ("Reading prose: labelled sentences", narrative.main),
    ("The Barking record told in prose alone", narrative.barking),
    ("One death reported twice", duplicates.main),
    ("Do planted draws say what a full replay says?", planted_check.main),
    ("Replay of three years", replay_speed.main),
    ("Ranking on one machine", speed.main),
    ("Ranking on Spark", spark.main),
    ("The prepared store", store.main),
    ("Substances read from cause text", cause_tables),
)


def standing() -> dict[str, str]:
    """Return the sections of the page as it stands, by title."""
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


def main(words: list[str]) -> None:
    """Run all sections, or those that are asked for, and write the page."""
    held = standing()
    for title, section in SECTIONS:
        if not words or any(word in title for word in words):
            print(f"{title} ...", flush=True)
            held[title] = section()
            parts = [f"## {name}\n\n{held[name]}\n" for name, _ in SECTIONS if name in held]
            PAGE.write_text("\n".join([HEAD, *parts]), encoding="utf-8")
    print(f"Written: {PAGE.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
