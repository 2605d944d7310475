"""Write docs/benchmarks.md: one page of results, each figure taken out of docs/benchmarks-log.md.

`python benchmarks/results.py`; benchmarks/run.py does the same after it has run. A figure is found
by its place in a section that a script wrote. Where a section changes its shape, this stops and
names the result: no figure is ever typed by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "benchmarks.md"
LOG = DOCS / "benchmarks-log.md"

CELL = r" \| ([^|]+?)"
MILWAUKEE = "Milwaukee medical examiner, 2020 to 2023"
HIDDEN = "16 kinds of series hidden among the records of Milwaukee, 30 draws of each"
BARKING = "made-up force with the Barking record in it, 200 draws of wording noise"
CITY = "made-up city, 5,000 series held out of 10,000"

HEAD = """# Results

Written by `benchmarks/results.py` out of the [log](benchmarks-log.md), which has every table,
interval and limit. Nothing here is written by hand. Times are of a machine with two cores that
others may use at the same moment. In brackets: 95 % interval.

No accuracy on real series of deaths is claimed: too few are public. The series below are hidden
among real records by a program, or of other crimes, or of one public record. Figures that speak
against Clew are in the list too.
"""


def scans_with_a_signal(section: str) -> str:
    """Count the scans of the Barking record that signalled on any of the four deaths."""
    answers = re.findall(r"\n\| 20\d\d-\d\d-\d\d \|[^|]+\| (\w+) \|", section)
    return f"{len(answers) - answers.count('no')} of {len(answers)}"


class Result(NamedTuple):
    """One line of the page.

    `pattern` finds the figure's parts in the section; `figure` puts them into words. In place of a
    pattern there may be a function that takes the section and returns the figure.
    """

    claim: str
    section: str
    pattern: str | Callable[[str], str]
    figure: str
    background: str
    script: str


class Group(NamedTuple):
    """Results under one heading."""

    heading: str
    results: tuple[Result, ...]


GROUPS = (
    Group(
        "Finding what belongs together",
        (
            Result(
                "The first death is among the first five candidates of the third",
                "The Barking record over draws of wording noise, by replay",
                rf"2\. third death: the first is among its first five{CELL}{CELL}{CELL} \|",
                "{0} ({2})",
                BARKING,
                "barking_replay.py",
            ),
            Result(
                "The second death alerts, at one alert per hundred deaths",
                "The Barking record over draws of wording noise, by replay",
                rf"1\. second death: alerted{CELL}{CELL}{CELL} \|",
                "{0} ({2})",
                BARKING,
                "barking_replay.py",
            ),
            Result(
                "The third death alerts",
                "The Barking record over draws of wording noise, by replay",
                rf"2\. third death: alerted{CELL}{CELL}{CELL} \|",
                "{0} ({2})",
                BARKING,
                "barking_replay.py",
            ),
            Result(
                "The fourth death alerts",
                "The Barking record over draws of wording noise, by replay",
                rf"3\. fourth death: alerted{CELL}{CELL}{CELL} \|",
                "{0} ({2})",
                BARKING,
                "barking_replay.py",
            ),
            Result(
                "A hidden series is alerted by its second death, by its third, ever;"
                " one alert per hundred deaths",
                "Series hidden among real deaths",
                rf"\n\| clew{CELL}{CELL} \| 1%{CELL}{CELL}{CELL} \|",
                "{2}, {3}, {4}",
                HIDDEN,
                "hidden_series.py",
            ),
            Result(
                "The same by a naive sum of rarities",
                "Series hidden among real deaths",
                rf"\n\| naive sum of rarities{CELL}{CELL} \| 1%{CELL}{CELL}{CELL} \|",
                "{2}, {3}, {4}",
                HIDDEN,
                "hidden_series.py",
            ),
            Result(
                "Learned weights less declared ones, alerted by the third death",
                "Learned from half the kinds of hidden series, tried on the others",
                r"by the 3rd ([^\n]+?)\.(?:\n|$)",
                "{0}",
                "half the kinds learned, the others tried",
                "hidden_learned.py",
            ),
            Result(
                "Series rebuilt exactly, and in part",
                "Labelled series, as hard at ten thousand as what is published",
                rf"Clew's partition, further pairs partly fresh, calibrated weights{CELL}{CELL} \|",
                "{0}, {1}",
                CITY,
                "series_synthetic.py",
            ),
            Result(
                "The same by a pairwise random forest that learned from look-alike pairs",
                "Labelled series, as hard at ten thousand as what is published",
                rf"forest, look-alike unlinked pairs, grown from one crime{CELL}{CELL} \|",
                "{0}, {1}",
                CITY,
                "series_synthetic.py",
            ),
            Result(
                "AUC, Clew learned less stepwise logistic regression",
                "Against published methods: crimelinkage's example",
                rf"\| AUC \| ([+-][\d.]+){CELL} \|",
                "{0} ({1})",
                "crimelinkage's example, fictitious",
                "published.py",
            ),
            Result(
                "Recall at 1 % of pairs, Clew learned less logistic regression",
                "Against published methods: solved burglaries",
                r"\| logistic of distance and gap \| ([+-][\d.]+) \(([^)]+)\)",
                "{0} ({1})",
                "859 solved burglaries, 162 offenders",
                "published_burglaries.py",
            ),
            Result(
                "Known series shown by a list of 50 groups: Clew; the project's rule;"
                " that rule in spans of 4 years",
                "Against published methods: homicides of ten states",
                rf"\n\| 50{CELL}{CELL}{CELL}{CELL}{CELL}{CELL} \|",
                "{5}; {0}; {3}",
                "homicides of ten states, 1976 to 2018",
                "published_homicides.py",
            ),
        ),
    ),
    Group(
        "Saying how sure it is",
        (
            Result(
                "Matches observed over expected, at a stated chance of 1",
                "Does chance hold?",
                rf"\n\| 1 \| [^|]+ \| [^|]+{CELL}{CELL}{CELL} \|",
                "{0} ({1})",
                MILWAUKEE,
                "chance.py",
            ),
            Result(
                "The same at a stated chance of 0.1",
                "Does chance hold?",
                rf"\n\| 0\.1 \| [^|]+ \| [^|]+{CELL}{CELL}{CELL} \|",
                "{0} ({1})",
                MILWAUKEE,
                "chance.py",
            ),
            Result(
                "Possible series of four and more observed over expected, at a stated chance of 1",
                "Does the chance of a series hold?",
                r"\n\| 1 \| 12 (?:\|[^|]+){5}\| ([^|]+?) \|",
                "{0}",
                "made-up force, 12 files of 15 months",
                "series_chance.py",
            ),
            Result(
                "Deaths reported twice that are named as such",
                "One death reported twice",
                r"of (\d+) deaths reported twice, (\d+) were named .*? Of ([\d,]+) pairs"
                r" within hidden series, (\d+) were",
                "{1} of {0}; {3} of {2} pairs of a series wrongly",
                MILWAUKEE,
                "duplicates.py",
            ),
        ),
    ),
    Group(
        "Counting: scans, excess, alerts",
        (
            Result(
                "Statistic of the most likely cluster: Clew; SaTScan 10.3.2",
                "Scans: the published example",
                r"\n\| 1 \| 9 \|(?:[^|]+\|){4} ([\d.]+) \| ([\d.]+) \|",
                "{0}; {1}",
                "fever in New York, November 2001",
                "survey_nyc.py",
            ),
            Result(
                "Days with a false signal; expected",
                "Scans: false alarms on permuted histories",
                rf"\n\| 365 days{CELL}{CELL}{CELL} \|",
                "{1} ({2}); {0}",
                "Milwaukee, 20 permuted histories of a year",
                "survey_false_alarms.py",
            ),
            Result(
                "Scans that signal on any of the four deaths of Barking",
                "Scans: the Barking record",
                scans_with_a_signal,
                "{0}",
                "made-up force with the Barking record in it",
                "survey_barking.py",
            ),
            Result(
                "First year in which Shipman's figures would have signalled, at a boundary that 1"
                " in 1,000 ordinary doctors ever cross",
                "Survey: when a sequential test would have signalled Shipman",
                r"\n\| both \| doctors vary by 20 %, exact \| \d+ \| (\d+) \|",
                "{0}",
                "deaths a year of 1977 to 1998, published",
                "survey_shipman.py",
            ),
            Result(
                "False signals of units a year; allowed",
                "Survey: excess counts and temporal alerts on real files",
                r"Units, 4 permuted histories.*?false signals, ([^)]+\)) a year;"
                r" stated ([\d.]+) a year",
                "{0}; {1}",
                f"{MILWAUKEE}, permuted",
                "survey_excess_real.py",
            ),
        ),
    ),
    Group(
        "Reading",
        (
            Result(
                "Precision of things at the scene read from sentences that nobody had looked at",
                "Reading prose: labelled sentences",
                r"scene (\d+/\d+) (\.\d+) \((\.\d+-\.\d+)\), missing",
                "{1} ({0}; {2})",
                "third set of labelled sentences, opened once",
                "narrative.py",
            ),
            Result(
                "Precision and recall of opioids read from cause text",
                "Substances read from cause text",
                r"\n\| Any Opioids \|(?:[^|]+\|){5} ([\d.]+) \| ([\d.]+) \|",
                "{0}, {1}",
                "held-out half of a labelled public file",
                "cause_text.py",
            ),
            Result(
                "Precision and recall of proposals who is behind two codes",
                "Who is behind two codes: a made-up register",
                rf"\n\| Clew, proposals \| [^|]+?{CELL}{CELL} \|",
                "{0}, {1}",
                "made-up register, 135,717 records",
                "identities.py",
            ),
            Result(
                "The same by Splink with the comparisons of its tutorial, at 0.95",
                "Who is behind two codes: a made-up register",
                r"\n\| Splink, comparisons of its tutorial, at 0\.95[^|]*\| [^|]+"
                r"\| ([\d.]+) \| ([\d.]+) \|",
                "{0}, {1}",
                "the same",
                "identities.py",
            ),
            Result(
                "Facts with a wrong time after ten daily imports",
                "Ten daily extracts of a real office",
                r"did not make: ([\d,]+)\.",
                "{0}",
                MILWAUKEE,
                "daily_extracts.py",
            ),
        ),
    ),
    Group(
        "Speed",
        (
            Result(
                "`clew link`, all 133 million pairs",
                "Linking a real office's file",
                rf"`clew link`, compiled \(median of 3\){CELL} \|",
                "{0}",
                MILWAUKEE,
                "link_real.py",
            ),
            Result(
                "`clew near`",
                "Linking a real office's file",
                rf"`clew near`, prepared \(median of 3\){CELL} \|",
                "{0}",
                MILWAUKEE,
                "link_real.py",
            ),
            Result(
                "One case against 10 million: median; 99th of a hundred",
                "Ranking on one machine",
                rf"\n\| 10,000,000{CELL}{CELL} \|",
                "{0} ms; {1} ms",
                "made-up cases, one thread",
                "speed.py",
            ),
            Result(
                "All pairs of 1,000,000 cases, exact",
                "Ranking on one machine",
                rf"\n\| 1,000,000 \| (1\d+\.\d+){CELL}{CELL}{CELL} \|",
                "{0} s; {3} of pairs never weighed",
                "made-up cases, two cores",
                "speed.py",
            ),
            Result(
                "Times as fast as Splink on the same five evidences: pair by pair; with pruning",
                "Ranking on one machine",
                r"Clew is (\d+) times Splink pair by pair, and (\d+) times",
                "{0}; {1}",
                "made-up cases, two threads",
                "speed_peers.py",
            ),
            Result(
                "All pairs of 12 million cases on 128 machines of 16 cores",
                "Ranking on Spark",
                r"\n\| 128 \| 2,048 \| ([\d.]+) \|",
                "{0} hours, extrapolated and not run",
                "rate of one task",
                "spark.py",
            ),
            Result(
                "A replay of three years",
                "Replay of three years",
                r"took (\d+ s) and ([\d,]+ MiB)",
                "{0}, {1}",
                "made-up force, 33,000 records",
                "replay_speed.py",
            ),
            Result(
                "Opening a prepared store of 100,000 cases",
                "The prepared store",
                rf"open: map files, columns of the kernel{CELL} \|",
                "{0} s",
                "made-up force",
                "store.py",
            ),
            Result(
                "A page of the desk's queue, p95, 20 users",
                "The desk: a page of the queue, and the day's round",
                rf"the first; each user reads a second before the next{CELL}{CELL} \|",
                "{1} ms",
                "200,000 records",
                "desk.py",
            ),
            Result(
                "A day's round at the desk",
                "The desk: a page of the queue, and the day's round",
                rf"any other day's{CELL} \|",
                "{0} s",
                "200,000 records, 30 of them new",
                "desk.py",
            ),
            Result(
                "Verifying a ledger of a million rows",
                "The desk's ledger: a million rows",
                r"every signature \| ([\d.]+ s)",
                "{0}",
                "SQLite",
                "ledger.py",
            ),
            Result(
                "A scan of 100,000 events; SaTScan 10.3.2 on another day",
                "Scans: how long they take",
                rf"\n\| 100,000 \| retrospective{CELL}{CELL}{CELL} \|",
                "{0}; {1}",
                "made-up events, two cores",
                "survey_speed.py",
            ),
        ),
    ),
)


def sections_of(log: str) -> dict[str, str]:
    """Return the sections of the log by title."""
    parts = re.split(r"^## (.+)$", log, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))


def anchor_of(title: str) -> str:
    """Return the anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-")


def figure_of(result: Result, sections: dict[str, str]) -> str:
    """Return the figure, as the section has it.

    Raises
    ------
    LookupError
        If the section is not there, or has another shape: correct the pattern.
    """
    section = f"\n{sections[result.section]}\n"
    if callable(result.pattern):
        return result.figure.format(result.pattern(section))
    found = re.search(result.pattern, section, re.DOTALL)
    if found is None:
        raise LookupError(f"'{result.section}' has no figure for: {result.claim}")
    return result.figure.format(*(part.strip() for part in found.groups()))


def results_page(log: str) -> str:
    """Return docs/benchmarks.md for a text of the log."""
    sections = sections_of(log)
    lines = [HEAD]
    for group in GROUPS:
        lines += [f"## {group.heading}", ""]
        lines += ["| result | figure | background | script |", "| --- | --- | --- | --- |"]
        for one in group.results:
            claim = f"[{one.claim}](benchmarks-log.md#{anchor_of(one.section)})"
            figure, script = figure_of(one, sections), f"`benchmarks/{one.script}`"
            lines.append(f"| {claim} | {figure} | {one.background} | {script} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def write_results() -> None:
    """Write the page from the log as it is on the disk."""
    PAGE.write_text(results_page(LOG.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write_results()
