"""Run every benchmark and write docs/benchmarks-log.md, and the page of results out of it.

`python benchmarks/run.py`, with the folder of real data in CLEW_DATA; about four hours, more
than half of them for the labelled series of a made-up city.
With words behind it, only the sections whose titles have one of them are run again; the others of
the log stay as they were. Nothing in the log or in docs/benchmarks.md is written by hand.
"""

from __future__ import annotations

import os
import sys

import barking
import barking_replay
import cause_text
import chance
import daily_extracts
import desk
import desk_busy
import duplicates
import equality
import equality_coroners
import equality_published
import fuzz_intake
import hidden_budget
import hidden_learned
import hidden_series
import hidden_why
import identities
import ledger
import link_real
import narrative
import planted_check
import published
import replay_speed
import results
import series_chance
import series_synthetic
import spark
import speed
import store
import survey_barking
import survey_excess_real
import survey_false_alarms
import survey_nyc
import survey_shipman
import survey_speed

HEAD = """# Benchmarks: the log

Written by `python benchmarks/run.py`; nothing here is written by hand. The page of
[results](benchmarks.md) takes its figures from here. Times are of a machine with two cores that
others may use at the same moment; they drift. Sources are named with each figure.
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
    ("Labelled series, as hard at ten thousand as what is published", series_synthetic.large),
    ("The Barking record, as it could be known at each date", barking.as_recorded),
    ("The Barking record over draws of wording noise, by replay", barking_replay.main),
    ("Against published methods: crimelinkage's example", published.pairs),
    ("What crimelinkage's example can tell at all", published.limits),
    ("Against published methods: solved burglaries", published.burglaries),
    ("Against published methods: homicides of ten states", published.homicides),
    ("Series hidden among real deaths", hidden_series.main),
    ("What an alert budget buys", hidden_budget.main),
    ("Alerts by the quality of the files and the size of the force", hidden_budget.by_files),
    ("Learned from half the kinds of hidden series, tried on the others", hidden_learned.main),
    ("What stands before an alert by the second death, kind by kind", hidden_why.main),
    ("Reading prose: labelled sentences", narrative.main),
    ("The Barking record told in prose alone", narrative.barking),
    ("One death reported twice", duplicates.main),
    ("Do planted draws say what a full replay says?", planted_check.main),
    ("Replay of three years", replay_speed.main),
    ("Ranking on one machine", speed.main),
    ("Ranking on Spark", spark.main),
    ("Who is behind two codes: a made-up register", identities.main),
    ("The prepared store", store.main),
    ("The desk's ledger: a million rows", ledger.main),
    ("The desk: a page of the queue, and the day's round", desk.main),
    ("The desk: 10,000 records handed in while 20 people work", desk_busy.main),
    ("Scans: the published example", survey_nyc.main),
    ("Scans: how long they take", survey_speed.main),
    ("Scans: false alarms on permuted histories", survey_false_alarms.main),
    ("Scans: the Barking record", survey_barking.main),
    ("Survey: when a sequential test would have signalled Shipman", survey_shipman.main),
    ("Survey: excess counts and temporal alerts on real files", survey_excess_real.main),
    ("The equality audit: published figures", equality_published.published),
    ("The equality audit: what intervals cover", equality.coverage),
    ("The equality audit: load, missing groups, overlap", equality.load_and_groups),
    ("The equality audit: coroners' statistics suppressed", equality_coroners.suppressed),
    ("The equality audit: 50,000 deaths", equality.speed),
    ("Substances read from cause text", cause_tables),
    ("Ten daily extracts of a real office", daily_extracts.main),
    ("Readers under mutations", fuzz_intake.main),
)


def main(words: list[str]) -> None:
    """Run all sections, or those that are asked for, and write log and results."""
    held = results.sections_of(results.LOG.read_text("utf-8"))
    for title, section in SECTIONS:
        if not words or any(word in title for word in words):
            print(f"{title} ...", flush=True)
            held[title] = section()
            parts = [f"## {name}\n\n{held[name]}\n" for name, _ in SECTIONS if name in held]
            results.LOG.write_text("\n".join([HEAD, *parts]), encoding="utf-8")
    results.write_results()
    print(f"Written: {results.LOG.name}, {results.PAGE.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
