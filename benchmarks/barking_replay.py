"""Acceptance 0 to 5 of the Barking record over many draws of wording noise, by replay.

`python benchmarks/barking_replay.py [draws]` prints the table of docs/benchmarks-log.md.
Every draw writes the record anew as another officer might have, with a quarter of the fields left
out, and is replayed among the made-up force's reports: each report and fact compared at its own
moment, alerts decided online at one per hundred new deaths. "Alerted" counts what was added to an
alert too: both reach the same people.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from scipy.stats import binomtest

from clew.comparison.weights.weight_table import declared_table
from clew.model.alert import AlertRow
from clew.model.values import DAY, Instant
from clew.replay.events import events_of
from clew.replay.series_stories import series_of
from clew.synthetic.barking import FOUR, RELATED, BarkingOptions, barking_rows
from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import Generated
from forks import in_processes
from planted import Ranked, Walked, decide, merged, read_generated, walk_background

BUDGET = 0.01
SOON = 2 * DAY
"""What counts as the first 48 hours."""
NOISY = BarkingOptions(person_p1=False, landlord=False, wording_noise=True, missing_share=0.25)
ZONE = ZoneInfo("Europe/London")
BEGINS = int(datetime(2013, 12, 1, tzinfo=ZONE).timestamp())
SHARES = (
    "1. second death: the first is among its first five",
    "1. second death: the first ranks first",
    "1. second death: alerted",
    "2. third death: the first is among its first five",
    "2. third death: a possible series of three",
    "2. third death: alerted",
    "2. third death: all three of these",
    "3. fourth death: the first is among its first five",
    "3. fourth death: a possible series with the first in it",
    "3. fourth death: alerted",
    "3. fourth death: added to an alert of the others",
    "3. fourth death: both of these",
    "4. toxicology: the first or second compared again, a mate among the first five",
    "4. toxicology: such a match more surprising than before",
)


def background(seed: int, rate: float = 1.0) -> Walked:
    """Walk through a made-up force; `rate` multiplies scene words and missing items."""
    settings = ForceSettings(scene_rate=rate, missing_item_rate=rate)
    made = generate_force(settings, np.random.default_rng(seed))
    case_file = read_generated(made)
    return walk_background(case_file, BEGINS - 120 * DAY, declared_table())


@dataclass(frozen=True)
class Draw:
    """The planted events of one draw, ranked, and their rows that alerted or updated an alert."""

    ranked: tuple[Ranked, ...]
    reached: tuple[AlertRow, ...]

    def soon(self, case_id: str) -> list[Ranked]:
        """Return the case's triggers within 48 hours of its report."""
        own = [one for one in self.ranked if one.event.case_id == case_id]
        return [one for one in own if one.event.at <= own[0].event.at + SOON]

    def rank(self, case_id: str, mate: str) -> int:
        """Return the mate's best rank within 48 hours; 0 where beyond the first five."""
        rows = [row for one in self.soon(case_id) for row in one.rows]
        return min((row.rank for row in rows if row.linked_case_id == mate), default=0)

    def told(self, case_id: str) -> list[AlertRow]:
        """Return the case's rows of the first 48 hours that reached people, on another of the four.

        An alert, or an update of one.
        """
        moments = {one.event.at for one in self.soon(case_id)}
        own = [row for row in self.reached if row.case_id == case_id and row.at in moments]
        return [row for row in own if row.linked_case_id in FOUR]

    def joined(self, case_id: str) -> bool:
        """Tell whether the case was added within 48 hours to an alert of others of the four."""
        before = {
            row.series_alert for row in self.reached if row.case_id in FOUR[: FOUR.index(case_id)]
        }
        return any(row.update and row.series_alert in before for row in self.told(case_id))

    def rows_until(self, at: Instant) -> list[AlertRow]:
        """Return all planted rows up to an instant."""
        return [row for one in self.ranked if one.event.at <= at for row in one.rows]


def draw(walked: Walked, options: BarkingOptions, seed: int) -> Draw:
    """Plant one draw of the record and decide its alerts among the background's."""
    return decided(walked, barking_rows(options, np.random.default_rng(seed)))


def decided(walked: Walked, made: Generated) -> Draw:
    """Plant the record as it was made, and decide its alerts among the background's."""
    ranked = walked.plant(events_of(read_generated(made).histories))
    alerts = decide(merged(walked.ranked, ranked), BUDGET, BEGINS)
    return Draw(tuple(ranked), tuple(row for row in alerts if row.case_id in {*FOUR, *RELATED}))


def together(walked: Walked, one: Draw, at: Instant) -> set[str]:
    """Return the members of the possible series that the first of the four is in, as of `at`."""
    stretch = [s for s in walked.stretches if s.begins <= at][-1]
    standing = {r.event.case_id: r.event for r in one.ranked if r.event.at <= at}
    compared = walked.compared(stretch, [], [*standing.values()])
    for series in series_of(one.rows_until(at), compared, stretch.first, {}):
        members = {member.case_id for member in series.members}
        if "BD-1" in members:
            return members
    return set()


def judge(walked: Walked, one: Draw) -> tuple[bool, ...]:
    """Return the answers to SHARES."""
    _, third, fourth = (one.soon(case)[-1].event.at for case in FOUR[1:])
    ranks = {case: one.rank(case, "BD-1") for case in FOUR[1:]}
    three = set(FOUR[:3]) <= together(walked, one, third)
    back = {"BD-1", "BD-4"} <= together(walked, one, fourth)
    alerted = {case: bool(one.told(case)) for case in FOUR[1:]}
    again, better = _after_toxicology(one)
    return (
        ranks["BD-2"] > 0, ranks["BD-2"] == 1, alerted["BD-2"],
        ranks["BD-3"] > 0, three, alerted["BD-3"], ranks["BD-3"] > 0 and three and alerted["BD-3"],
        ranks["BD-4"] > 0, back, alerted["BD-4"], one.joined("BD-4"), back and alerted["BD-4"],
        again, better,
    )  # fmt: skip


def _after_toxicology(one: Draw) -> tuple[bool, bool]:
    again = better = False
    for case in FOUR[:2]:
        best = np.inf
        for ranked in (r for r in one.ranked if r.event.case_id == case):
            rows = [row for row in ranked.rows if row.linked_case_id in FOUR]
            least = min((row.chance for row in rows), default=np.inf)
            if "substances" in ranked.event.changed and rows:
                again, better = True, better or least < best
            best = min(best, least)
    return again, better


def first_death(one: Draw) -> tuple[bool, bool, bool]:
    """Tell what BD-1 shows within 48 hours: both records of the same person, missing report.

    The missing report comes later on the same day, so the pair stands in its own first five.
    """
    rows = [row for ranked in one.soon("BD-1") for row in ranked.rows]
    same = {row.linked_case_id for row in rows if row.tier == "shared_entity"}
    return "BTP-1" in same, "REC-2012" in same, one.rank("MISS-1", "BD-1") > 0


def table(found: list[tuple[bool, ...]], names: tuple[str, ...]) -> list[str]:
    """Return one line a share, with its 95 % interval (Clopper and Pearson)."""
    lines = []
    for k, name in enumerate(names):
        hits = sum(answers[k] for answers in found)
        interval = binomtest(hits, len(found)).proportion_ci(method="exact")
        low, high = f"{interval.low:.0%}", f"{interval.high:.0%}"
        lines.append(
            f"| {name} | {hits} of {len(found)} | {hits / len(found):.0%} | {low} to {high} |"
        )
    return lines


HEAD = ["| | draws | share | 95 % interval |", "|---|--:|--:|--:|"]


def many(walked: Walked, options: BarkingOptions, draws: int) -> list[tuple[bool, ...]]:
    """Return the answers of many draws."""
    return list(in_processes([(walked, options, 9000 + k) for k in range(draws)], _judged))


def _judged(walked: Walked, options: BarkingOptions, seed: int) -> tuple[bool, ...]:
    return judge(walked, draw(walked, options, seed))


def many_first(walked: Walked, draws: int) -> list[tuple[bool, ...]]:
    """Return what the first death shows, the caller being identified, over many draws."""
    options = replace(NOISY, person_p1=True)
    return list(in_processes([(walked, options, 9000 + k) for k in range(draws)], _first))


def _first(walked: Walked, options: BarkingOptions, seed: int) -> tuple[bool, ...]:
    return first_death(draw(walked, options, seed))


NOISY_WORDS = "as recorded, with wording noise and a quarter of the fields left out"
VARIANTS = (
    (NOISY_WORDS, NOISY, (1.0, 3.0, 10.0)),
    ("the same without the dog walker's identity", replace(NOISY, finder_w1=False), (1.0,)),
    ("the same with the sex of all four set to female", replace(NOISY, sex="female"), (1.0,)),
)
FIRST = (
    "0. first death: the collapse at the station, the same person",
    "0. first death: the allegation of 2012, the same person",
    "0. first death: the missing report among the first five",
)


def main(draws: int = 200) -> str:
    """Return all tables."""
    return "\n\n".join(tables(draws))


def tables(draws: int) -> Iterator[str]:
    """Yield one table after another, each as soon as it is there."""
    for rate in (1.0, 3.0, 10.0):
        walked = background(2014, rate)
        for name, options, rates in VARIANTS:
            if rate in rates:
                title = f"**{name}; scene words and missing items at {rate:g} times their rates**"
                drawn = many(walked, options, draws if rate == 1.0 else draws // 2)
                rows = table(drawn, SHARES)
                yield "\n".join([title, "", *HEAD, *rows])
        if rate == 1.0:
            rows = table(many_first(walked, draws), FIRST)
            title = "**the caller identified, otherwise as above**"
            yield "\n".join([title, "", *HEAD, *rows])


if __name__ == "__main__":
    gc.disable()
    for part in tables(int(sys.argv[1]) if sys.argv[1:] else 200):
        print(part, end="\n\n", flush=True)
