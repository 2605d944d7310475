"""Write docs/benchmarks.md: one page of results, each figure taken out of docs/benchmarks-log.md.

`python benchmarks/results.py`; benchmarks/run.py does the same after it has run. A figure is found
by its place in a section that a script wrote. Where a section changes its shape, this stops and
names the result: no figure is ever typed by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "benchmarks.md"
LOG = DOCS / "benchmarks-log.md"

CELL = r" \| ([^|]+?)"
MILWAUKEE = "Milwaukee medical examiner, 2020 to 2023"
HIDDEN = "16 kinds of series hidden among the records of Milwaukee, 30 draws of each"
FAIR = f"{HIDDEN}; coders agree on 65 %, a quarter of the fields missing"
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


def results_of(
    section: str,
    background: str,
    script: str,
    *lines: tuple[str, str | Callable[[str], str], str],
) -> Iterator[Result]:
    """Yield the results that one section has: of each the claim, the pattern and the figure."""
    for claim, pattern, figure in lines:
        yield Result(claim, section, pattern, figure, background, script)


class Group(NamedTuple):
    """Results under one heading."""

    heading: str
    results: tuple[Result, ...]


GROUPS = (
    Group("Finding what belongs together", (
        *results_of("The Barking record over draws of wording noise, by replay",
            BARKING, "barking_replay.py",
            ("The first death is among the first five candidates of the third",
             rf"2\. third death: the first is among its first five{CELL}{CELL}{CELL} \|",
             "{0} ({2})"),
            ("The second death alerts, at one alert per hundred deaths",
             rf"1\. second death: alerted{CELL}{CELL}{CELL} \|", "{0} ({2})"),
            ("The third death alerts", rf"2\. third death: alerted{CELL}{CELL}{CELL} \|",
             "{0} ({2})"),
            ("The fourth death alerts", rf"3\. fourth death: alerted{CELL}{CELL}{CELL} \|",
             "{0} ({2})")),
        *results_of("Series hidden among real deaths", HIDDEN, "hidden_series.py",
            ("A hidden series is alerted by its second death, by its third, ever;"
             " one alert per hundred deaths",
             rf"\n\| clew{CELL}{CELL} \| 1%{CELL}{CELL}{CELL} \|", "{2}, {3}, {4}"),
            ("The same by a naive sum of rarities",
             rf"\n\| naive sum of rarities{CELL}{CELL} \| 1%{CELL}{CELL}{CELL} \|",
             "{2}, {3}, {4}")),
        *results_of("What an alert budget buys", FAIR, "hidden_budget.py",
            ("A hidden series is alerted by its second death, by its third, in files of fair"
             " quality; one alert per hundred deaths",
             rf"\n\| 1{CELL * 5} \|", "{3}, {4}"),
            ("The same at three per hundred", rf"\n\| 3{CELL * 5} \|", "{3}, {4}")),
        *results_of("Learned from half the kinds of hidden series, tried on the others",
            "half the kinds learned, the others tried", "hidden_learned.py",
            ("Learned weights less declared ones, alerted by the third death",
             r"by the 3rd ([^\n]+?)\.(?:\n|$)", "{0}")),
        *results_of("Labelled series, as hard at ten thousand as what is published",
            CITY, "series_synthetic.py",
            ("Series rebuilt exactly, and in part",
             rf"Clew's partition, further pairs partly fresh, calibrated weights{CELL}{CELL} \|",
             "{0}, {1}"),
            ("The same by a pairwise random forest that learned from look-alike pairs",
             rf"forest, look-alike unlinked pairs, grown from one crime{CELL}{CELL} \|",
             "{0}, {1}")),
        *results_of("Against published methods: crimelinkage's example",
            "crimelinkage's example, fictitious", "published.py",
            ("AUC, Clew learned less stepwise logistic regression",
             rf"\| AUC \| ([+-][\d.]+){CELL} \|", "{0} ({1})")),
        *results_of("Against published methods: solved burglaries",
            "859 solved burglaries, 162 offenders", "published_burglaries.py",
            ("Recall at 1 % of pairs, Clew learned less logistic regression",
             r"\| logistic of distance and gap \| ([+-][\d.]+) \(([^)]+)\)", "{0} ({1})")),
        *results_of("Against published methods: homicides of ten states",
            "homicides of ten states, 1976 to 2018", "published_homicides.py",
            ("Known series shown by a list of 50 groups: Clew; the project's rule;"
             " that rule in spans of 4 years",
             rf"\n\| 50{CELL}{CELL}{CELL}{CELL}{CELL}{CELL} \|", "{5}; {0}; {3}")),
    )),
    Group("Saying how sure it is", (
        *results_of("Does chance hold?", MILWAUKEE, "chance.py",
            ("Matches observed over expected, at a stated chance of 1",
             rf"\n\| 1 \| [^|]+ \| [^|]+{CELL}{CELL}{CELL} \|", "{0} ({1})"),
            ("The same at a stated chance of 0.1",
             rf"\n\| 0\.1 \| [^|]+ \| [^|]+{CELL}{CELL}{CELL} \|", "{0} ({1})")),
        *results_of("Does the chance of a series hold?",
            "made-up force, 12 files of 15 months", "series_chance.py",
            ("Possible series of 3, 4, 5, and of 6 and more records observed over expected, at a"
             " stated chance of 1",
             rf"\n\| 1 \| 12{CELL * 10} \|", "{3}; {5}; {7}; {9}")),
        *results_of("One death reported twice", MILWAUKEE, "duplicates.py",
            ("Deaths reported twice that are named as such",
             r"of (\d+) deaths reported twice, (\d+) were named .*? Of ([\d,]+) pairs"
             r" within hidden series, (\d+) were",
             "{1} of {0}; {3} of {2} pairs of a series wrongly")),
    )),
    Group("Counting: scans, excess, alerts", (
        *results_of("Scans: the published example",
            "fever in New York, November 2001", "survey_nyc.py",
            ("Statistic of the most likely cluster: Clew; SaTScan 10.3.2",
             r"\n\| 1 \| 9 \|(?:[^|]+\|){4} ([\d.]+) \| ([\d.]+) \|", "{0}; {1}")),
        *results_of("Scans: false alarms on permuted histories",
            "Milwaukee, 20 permuted histories of a year", "survey_false_alarms.py",
            ("Days with a false signal; expected", rf"\n\| 365 days{CELL}{CELL}{CELL} \|",
             "{1} ({2}); {0}")),
        *results_of("Scans: the Barking record",
            "made-up force with the Barking record in it", "survey_barking.py",
            ("Scans that signal on any of the four deaths of Barking", scans_with_a_signal, "{0}")),
        *results_of("Survey: when a sequential test would have signalled Shipman",
            "deaths a year of 1977 to 1998, published", "survey_shipman.py",
            ("First year in which Shipman's figures would have signalled, at a boundary that 1"
             " in 1,000 ordinary doctors ever cross",
             r"\n\| both \| doctors vary by 20 %, exact \| \d+ \| (\d+) \|", "{0}")),
        *results_of("Survey: excess counts and temporal alerts on real files",
            f"{MILWAUKEE}, permuted", "survey_excess_real.py",
            ("False signals of units a year; allowed",
             r"Units, 4 permuted histories.*?false signals, ([^)]+\)) a year;"
             r" stated ([\d.]+) a year", "{0}; {1}")),
    )),
    Group("Reading", (
        *results_of("Reading prose: labelled sentences",
            "third set of labelled sentences, opened once", "narrative.py",
            ("Precision of things at the scene read from sentences that nobody had looked at",
             r"scene (\d+/\d+) (\.\d+) \((\.\d+-\.\d+)\), missing", "{1} ({0}; {2})")),
        *results_of("Substances read from cause text",
            "held-out half of a labelled public file", "cause_text.py",
            ("Precision and recall of opioids read from cause text",
             r"\n\| Any Opioids \|(?:[^|]+\|){5} ([\d.]+) \| ([\d.]+) \|", "{0}, {1}")),
        *results_of("Who is behind two codes: a made-up register",
            "made-up register with traps, 137,204 records", "identities.py",
            ("Precision and recall of proposals who is behind two codes",
             rf"\n\| Clew, proposals \| [^|]+?{CELL}{CELL} \|", "{0}, {1}")),
        *results_of("Who is behind two codes: a made-up register", "the same", "identities.py",
            ("The same by Splink with the comparisons of its tutorial, at 0.95",
             r"\n\| Splink, comparisons of its tutorial, at 0\.95[^|]*\| [^|]+"
             r"\| ([\d.]+) \| ([\d.]+) \|", "{0}, {1}")),
        *results_of("Ten daily extracts of a real office", MILWAUKEE, "daily_extracts.py",
            ("Facts with a wrong time after ten daily imports", r"did not make: ([\d,]+)\.",
             "{0}")),
    )),
    Group("Speed", (
        *results_of("Linking a real office's file", MILWAUKEE, "link_real.py",
            ("`clew link`, all 133 million pairs",
             rf"`clew link`, compiled \(median of 3\){CELL} \|", "{0}"),
            ("`clew near`", rf"`clew near`, prepared \(median of 3\){CELL} \|", "{0}")),
        *results_of("Ranking on one machine", "made-up cases, one thread", "speed.py",
            ("One case against 10 million: median; 99th of a hundred",
             rf"\n\| 10,000,000{CELL}{CELL} \|", "{0} ms; {1} ms")),
        *results_of("Ranking on one machine", "made-up cases, two cores", "speed.py",
            ("All pairs of 1,000,000 cases, exact",
             rf"\n\| 1,000,000 \| (1\d+\.\d+){CELL}{CELL}{CELL} \|",
             "{0} s; {3} of pairs never weighed")),
        *results_of("Ranking on one machine", "made-up cases, two threads", "speed_peers.py",
            ("Times as fast as Splink on the same five evidences: pair by pair; with pruning",
             r"Clew is (\d+) times Splink pair by pair, and (\d+) times", "{0}; {1}")),
        *results_of("Ranking on Spark", "rate of one task", "spark.py",
            ("All pairs of 12 million cases on 128 machines of 16 cores",
             r"\n\| 128 \| 2,048 \| ([\d.]+) \|", "{0} hours, extrapolated and not run")),
        *results_of("Replay of three years", "made-up force, 33,000 records", "replay_speed.py",
            ("A replay of three years", r"took (\d+ s) and ([\d,]+ MiB)", "{0}, {1}")),
        *results_of("The prepared store", "made-up force", "store.py",
            ("Opening a prepared store of 100,000 cases",
             rf"open: map files, columns of the kernel{CELL} \|", "{0} s")),
        *results_of("The desk: a page of the queue, and the day's round",
            "200,000 records", "desk.py",
            ("A page of the desk's queue, p95, 20 users",
             rf"the first; each user reads a second before the next{CELL}{CELL} \|", "{1} ms")),
        *results_of("The desk: a page of the queue, and the day's round",
            "200,000 records, 30 of them new", "desk.py",
            ("A day's round at the desk", rf"any other day's{CELL} \|", "{0} s")),
        *results_of("The desk's ledger: a million rows", "SQLite", "ledger.py",
            ("Verifying a ledger of a million rows", r"every signature \| ([\d.]+ s)", "{0}")),
        *results_of("Scans: how long they take", "made-up events, two cores", "survey_speed.py",
            ("A scan of 100,000 events; SaTScan 10.3.2 on another day",
             rf"\n\| 100,000 \| retrospective{CELL}{CELL}{CELL} \|", "{0}; {1}")),
    )),
)  # fmt: skip


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
