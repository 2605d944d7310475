"""Hidden series among real deaths: found when, at what price, and for whom not.

`python benchmarks/hidden_series.py [draws]`, with the folder of real data in CLEW_DATA; about half
an hour. Prints the tables of docs/benchmarks-log.md. Sixteen kinds of series, each after
one in the public record; look-alikes that must stay quiet; moderate noise; a budget decided online.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clew.model.finding import Relation
from clew.model.values import DAY, YEAR_DAYS
from forks import in_processes
from hidden_draws import (
    LONG,
    RANKERS,
    Drawn,
    Ground,
    Wanted,
    draw_all,
    force,
    ghb_draws,
    look_alikes,
    milwaukee,
    without_overlay,
)
from hidden_measures import (
    Alert,
    Found,
    decide,
    first_alert,
    in_hindsight,
    later_deaths,
    share_by,
)
from synthetic.hidden import series_kinds
from synthetic.noise import OverlaySettings

BUDGETS = (0.01, 0.03, 0.1)
SETS = 30
"""Sets of look-alikes; draw number n stands beside set n."""
BASELINE_DRAWS = 6
OLDER = 30.0
"""Years added to all ages of a series, drawn again."""
RESAMPLES = 500
LONG_KINDS = ("calibre_years", "slow_three", "couples_parked")


@dataclass(frozen=True)
class Outcome:
    """One draw at one budget: when found, and how its alerts were spent.

    `alerts` are without `updates`; `on_look_alikes` and `true` count both. `hindsight`: when the
    best threshold in hindsight would have found the series by as many alerts and updates.
    """

    found: Found
    alerts: int
    on_look_alikes: int
    true: int
    before: int
    updates: int = 0
    largest: int = 0
    hindsight: Found | None = None


def outcome(
    ground: Ground, drawn: Drawn, beside: Sequence[Drawn], ranker: int, share: float
) -> Outcome:
    """Decide the alerts of a draw among background and look-alikes, and count them."""
    streams = [ground.stream, drawn.stream, *(other.stream for other in beside)]
    alerts = decide(ground, streams, ranker, share)
    alike = ground.ghb.union(*(other.members for other in beside))
    own = {*drawn.members, *drawn.earlier}
    true = [a for a in alerts if a.case_id in own and a.linked in own]
    since = drawn.reported[1]
    first = min((a.at for a in true), default=None)
    before = [a for a in alerts if since <= a.at and (first is None or a.at < first)]
    updates = sum(a.update for a in alerts)
    chosen = in_hindsight(ground, streams, len(alerts)) if ranker == 0 else set()
    seen = [
        Alert(light.at, light.case_id, row.linked_case_id)
        for light in drawn.stream
        for row in light.ours
        if light.anew and frozenset((light.case_id, row.linked_case_id)) in chosen
    ]
    return Outcome(
        first_alert(drawn, alerts), len(alerts) - updates,
        sum(a.case_id in alike for a in alerts), len(true), len(before), updates,
        max((a.size for a in alerts), default=0), first_alert(drawn, seen),
    )  # fmt: skip


def outcomes(
    ground: Ground,
    draws: Sequence[Drawn],
    sets: Sequence[Sequence[Drawn]],
    ranker: int,
    share: float,
) -> list[Outcome]:
    """Decide all draws, each beside the look-alikes of its number."""
    tasks = [
        (ground, one, sets[k % len(sets)] if sets else (), ranker, share)
        for k, one in enumerate(draws)
    ]
    _ = ground.rows_of  # worked out once, before the processes fork
    return list(in_processes(tasks, outcome))


def bounds(
    values: Sequence[Sequence[float]], rng: np.random.Generator
) -> tuple[float, float, float] | None:
    """Return mean and 95 % interval, by bootstrap over series; one sequence a series."""
    sums = np.array([sum(v) for v in values], float)
    sizes = np.array([len(v) for v in values], float)
    if sizes.sum() == 0:
        return None
    chosen = rng.integers(0, len(sums), (RESAMPLES, len(sums)))
    means = sums[chosen].sum(axis=1) / np.maximum(sizes[chosen].sum(axis=1), 1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(sums.sum() / sizes.sum()), float(low), float(high)


def interval(values: Sequence[Sequence[float]], rng: np.random.Generator) -> str:
    """Return mean and 95 % interval in words."""
    found = bounds(values, rng)
    return "-" if found is None else "{:.0%} ({:.0%} to {:.0%})".format(*found)


def by_ranker(
    ground: Ground, draws: Sequence[Drawn], sets: Sequence[Sequence[Drawn]]
) -> tuple[str, list[Outcome]]:
    """Return the table of all rankers, and what ours found at the first budget.

    Ours at all budgets, the plain ones at the first.
    """
    rng = np.random.default_rng(3)
    lines = [
        "| ranker | first true link at rank 1 | among the first five | budget | alerted by the 2nd"
        " death | by the 3rd | ever | within 48 hours of the 2nd | alerts a year | alerts per 100"
        " deaths | updates per 100 | largest series | of both on look-alikes | on this series |"
        " online efficiency by the 2nd, by the 3rd |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    # The first draws of each kind.
    of_kind = {kind: [d for d in draws if d.kind == kind] for kind in {d.kind for d in draws}}
    few = [one for one in draws if of_kind[one.kind].index(one) < BASELINE_DRAWS]
    ours: list[Outcome] = []
    for ranker, name in enumerate(RANKERS):
        chosen = draws if ranker == 0 else few
        ranks = [[later.rank for later in later_deaths(one, ranker)] for one in chosen]
        first = interval([[r == 1 for r in own] for own in ranks], rng)
        five = interval([[r > 0 for r in own] for own in ranks], rng)
        for k, share in enumerate(BUDGETS if ranker == 0 else BUDGETS[:1]):
            said = f"{name} | {first} | {five}" if k == 0 else " | | "
            all_of = outcomes(ground, chosen, sets, ranker, share)
            ours = ours or all_of
            lines.append(f"| {said} | {share:.0%} | {_spent(ground, all_of, rng)} |")
    return "\n".join(lines), ours


def _spent(ground: Ground, all_of: Sequence[Outcome], rng: np.random.Generator) -> str:
    found = [one.found for one in all_of]
    years = (ground.stream[-1].at - ground.begins) / DAY / YEAR_DAYS
    alerts, updates = sum(one.alerts for one in all_of), sum(one.updates for one in all_of)
    deaths = sum(light.new_death and light.at >= ground.begins for light in ground.stream)
    cells = [
        interval([[0 < f.by <= 2] for f in found], rng),
        interval([[0 < f.by <= 3] for f in found], rng),
        interval([[f.by > 0] for f in found], rng),
        f"{share_by(found, 2, soon=True):.0%}",
        f"{alerts / len(all_of) / min(years, 4):.0f}",
        f"{100 * alerts / len(all_of) / deaths:.2f}",
        f"{100 * updates / len(all_of) / deaths:.2f}",
        str(max(one.largest for one in all_of)),
        f"{sum(one.on_look_alikes for one in all_of) / max(alerts + updates, 1):.1%}",
        f"{sum(one.true for one in all_of) / max(alerts + updates, 1):.1%}",
        efficiency(all_of),
    ]
    return " | ".join(cells)


def efficiency(all_of: Sequence[Outcome]) -> str:
    """Return series alerted by the 2nd and 3rd death over those of the threshold in hindsight."""
    told = []
    for by in (2, 3):
        online = sum(0 < one.found.by <= by for one in all_of)
        best = sum(one.hindsight is not None and 0 < one.hindsight.by <= by for one in all_of)
        told.append(f"{online / best:.2f}" if best else "-")
    return ", ".join(told)


def by_kind(draws: Sequence[Drawn], all_of: Sequence[Outcome], redrawn: Redrawn) -> str:
    """Return the table kind by kind, with what changes for the other sex and for older people."""
    rng = np.random.default_rng(4)
    lines = [
        "| kind | tuned on | draws | rank 1 | first five | by the 2nd | by the 3rd | ever |"
        " median days saved | median alerts from the 2nd death to the first true one |"
        " first five, sexes swapped | thirty years older |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for kind, plan in sorted(series_kinds().items()):
        own = [k for k, one in enumerate(draws) if one.kind == kind]
        ranks = [[later.rank for later in later_deaths(draws[k], 0)] for k in own]
        found = [all_of[k].found for k in own]
        saved = [f.saved for f in found if f.by]
        before = [all_of[k].before for k in own if all_of[k].found.by]
        cells = [
            kind, "yes" if plan["tuning"] else "no", str(len(own)),
            interval([[r == 1 for r in one] for one in ranks], rng),
            interval([[r > 0 for r in one] for one in ranks], rng),
            f"{share_by(found, 2):.0%}", f"{share_by(found, 3):.0%}", f"{share_by(found, 99):.0%}",
            f"{np.median(saved):.0f}" if saved else "-",
            f"{np.median(before):.0f}" if before else "-",
            *(difference([draws[k] for k in own], other[kind], rng) for other in redrawn),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


Redrawn = tuple[dict[str, list[Drawn]], dict[str, list[Drawn]]]


def difference(first: Sequence[Drawn], second: Sequence[Drawn], rng: np.random.Generator) -> str:
    """Return the paired difference of the share in the first five, with its 95 % interval."""
    shares = [
        [
            float(np.mean([later.rank > 0 for later in later_deaths(one, 0)] or [np.nan]))
            for one in draws
        ]
        for draws in (first, second)
    ]
    paired = np.array(shares[1][: len(first)]) - np.array(shares[0][: len(shares[1])])
    paired = paired[~np.isnan(paired)]
    means = rng.choice(paired, (RESAMPLES, len(paired))).mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return f"{paired.mean() * 100:+.0f} points ({low * 100:+.0f} to {high * 100:+.0f})"


def by_group(draws: Sequence[Drawn]) -> str:
    """Return the share in the first five by group of the people who died, and by completeness."""
    rng = np.random.default_rng(5)
    later = [later for one in draws for later in later_deaths(one, 0)]
    told = np.array([one.light.told for one in later])
    edges = np.quantile(told, (0.2, 0.4, 0.6, 0.8))
    fifth = np.searchsorted(edges, told, side="left") + 1
    groups: dict[str, Callable[[int], bool]] = {
        "women": lambda k: later[k].light.sex == "female",
        "men": lambda k: later[k].light.sex == "male",
        "under 30": lambda k: later[k].light.age < 30,
        "30 to 59": lambda k: 30 <= later[k].light.age < 60,
        "60 and over": lambda k: later[k].light.age >= 60,
    }
    for number in range(1, 6):
        groups[f"completeness, fifth {number} (1 = least told)"] = (
            lambda k, number=number: fifth[k] == number  # type: ignore[misc]
        )
    for premises in sorted({one.light.premises for one in later}):
        groups[f"premises {premises or 'not told'}"] = (
            lambda k, premises=premises: later[k].light.premises == premises  # type: ignore[misc]
        )
    lines = ["| group | later deaths | at rank 1 | among the first five |", "|---|--:|--:|--:|"]
    for name, belongs in groups.items():
        own = [later[k] for k in range(len(later)) if belongs(k)]
        if len(own) >= 20:
            first = interval([[one.rank == 1] for one in own], rng)
            five = interval([[one.rank > 0] for one in own], rng)
            lines.append(f"| {name} | {len(own)} | {first} | {five} |")
    return "\n".join(lines)


def look_alike_table(ground: Ground, sets: Sequence[Sequence[Drawn]]) -> str:
    """Return how often look-alikes alert at one per hundred, and whether a duplicate is named."""
    kinds = sorted({one.kind for group in sets for one in group})
    tasks = [(ground, group) for group in sets]
    alerts = list(in_processes(tasks, _alerts))
    lines = [
        "| look-alike | sets | cases | alerted | share of all alerts |",
        "|---|--:|--:|--:|--:|",
    ]
    total = sum(len(found) for found in alerts)
    for kind in kinds:
        members = [{m for o in group if o.kind == kind for m in o.members} for group in sets]
        hits = sum(
            a.case_id in own for own, found in zip(members, alerts, strict=True) for a in found
        )
        cases = sum(len(own) for own in members)
        lines.append(f"| {kind} | {len(sets)} | {cases} | {hits} | {hits / max(total, 1):.2%} |")
    hits = sum(a.case_id in ground.ghb for found in alerts for a in found)
    lines.append(
        f"| unrelated_ghb, in the background | 1 | {len(ground.ghb)} |"
        f" {hits / len(sets):.1f} a run | {hits / max(total, 1):.2%} |"
    )
    twice = [one for group in sets for one in group if one.kind == "duplicate"]
    named = sum(
        any(
            light.ours and light.ours[0].relation is Relation.DUPLICATE_REPORT
            for light in one.stream
        )
        for one in twice
    )
    lines.append(f"\nThe death reported twice is named as such in {named} of {len(twice)} sets.")
    return "\n".join(lines)


def _alerts(ground: Ground, beside: Sequence[Drawn]) -> list[Alert]:
    return decide(ground, [ground.stream, *(o.stream for o in beside)], 0, 0.01)


def ghb_table(ground: Ground, count: int) -> str:
    """Return whether 58 unrelated deaths by GHB alert more often than deaths do overall."""
    draws = ghb_draws(ground, count)
    tasks = [(ground, [one]) for one in draws]
    own, rest = [], []
    for one, alerts in zip(draws, in_processes(tasks, _alerts), strict=True):
        members = set(one.members)
        ghb = {a.case_id for a in alerts if a.case_id in members}
        others = {a.case_id for a in alerts} - members
        deaths = sum(light.new_death and light.at >= ground.begins for light in ground.stream)
        since = sum(at >= ground.begins for at in one.reported)
        own.append(len(ghb) / max(since, 1))
        rest.append(len(others) / deaths)
    gap = np.array(own) - np.array(rest)
    error = gap.std(ddof=1) / np.sqrt(len(gap))
    return (
        f"{ground.name}: {count} draws of 58 unrelated deaths by GHB. Mean share of them alerted"
        f" {np.mean(own):.2%}, of all other records {np.mean(rest):.2%} of deaths; difference"
        f" {gap.mean() * 100:+.2f} points, standard error {error * 100:.2f}; one-sided 5 %:"
        f" {'significantly above' if gap.mean() > 1.645 * error else 'not significantly above'}."
    )


def wanted(draws: int, kinds: Sequence[str], **changed: object) -> list[Wanted]:
    """Return the wanted draws of kinds."""
    plain = [
        Wanted(kind, number, plainly=not changed and number < BASELINE_DRAWS)
        for number in range(draws)
        for kind in kinds
    ]
    return [replace(one, **changed) for one in plain]  # type: ignore[arg-type]


def redraw(ground: Ground, draws: int, kinds: Sequence[str]) -> Redrawn:
    """Draw every series again with the sexes swapped, and with everybody thirty years older."""
    made = []
    for changed in ({"sex": "swap"}, {"age_shift": OLDER}):
        again = draw_all(ground, wanted(draws, kinds, **changed))
        made.append({kind: [one for one in again if one.kind == kind] for kind in kinds})
    return made[0], made[1]


def short(ground: Ground, draws: Sequence[Drawn], name: str) -> str:
    """Return one line of the table of other backgrounds."""
    rng = np.random.default_rng(6)
    ranks = [[later.rank for later in later_deaths(one, 0)] for one in draws]
    found = [one.found for one in outcomes(ground, draws, (), 0, 0.01)]
    return (
        f"| {name} | {len(draws)} | {interval([[r == 1 for r in own] for own in ranks], rng)} |"
        f" {interval([[r > 0 for r in own] for own in ranks], rng)} | {share_by(found, 2):.0%} |"
        f" {share_by(found, 3):.0%} | {share_by(found, 99):.0%} |"
    )


def say(what: str, since: float) -> None:
    """Tell on standard error how far it is."""
    print(f"{what}: {time.time() - since:.0f} s", file=sys.stderr, flush=True)


def main(draws: int = 30) -> str:
    """Return all tables."""
    return "\n\n".join(tables(draws))


def tables(draws: int) -> Iterator[str]:
    """Yield one table after another, each as soon as it is there."""
    began = time.time()
    kinds = sorted(series_kinds())
    ground = milwaukee(OverlaySettings())
    if ground is None:
        ground = force(replace(LONG, deaths_a_day=11.0), "Made-up force, 11 deaths a day")
    say("background walked", began)
    drawn = draw_all(ground, wanted(draws, kinds))
    sets = look_alikes(ground, SETS)
    redrawn = redraw(ground, draws, kinds)
    say("series and look-alikes drawn", began)
    yield (
        f"Background: {ground.name}, under the overlay of moderate noise. {draws} draws of each of"
        f" {len(kinds)} kinds; one series and all look-alikes a draw. An alert is true if its"
        " linked case is of the same series. Intervals are 95 %, by bootstrap over series."
    )
    table, ours = by_ranker(ground, drawn, sets)
    yield table
    say("rankers", began)
    kind_table = by_kind(drawn, ours, redrawn)
    yield "**Kind by kind, at one alert per hundred deaths**\n\n" + kind_table
    yield (
        "**By group of the people who died, and by how much the record tells**\n\n"
        + by_group(drawn)
    )
    yield ("**Look-alikes, at one alert per hundred deaths**\n\n" + look_alike_table(ground, sets))
    yield "**Unrelated deaths by GHB**\n\n" + ghb_table(ground, 200)
    say("kinds, groups, look-alikes", began)
    yield "**Other backgrounds**\n\n" + "\n".join(others(draws, kinds, began))


def others(draws: int, kinds: Sequence[str], began: float) -> list[str]:
    """Return lines for today's files, for no noise, and for sixteen years of a small force."""
    lines = [
        "| background | draws | rank 1 | first five | by the 2nd | by the 3rd | ever |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    quiet = OverlaySettings(0.0, 0.999, age_share=0.0, point_shift_m=0.0)
    few = min(draws, BASELINE_DRAWS)
    for name, noise in (("overlay removed: what today's file holds", without_overlay()),
                        ("no noise at all", quiet)):  # fmt: skip
        ground = milwaukee(noise)
        if ground is not None:
            lines.append(short(ground, draw_all(ground, wanted(few, kinds)), name))
            say(name, began)
    ground = force(LONG, "made-up force, 16 years, 3 deaths a day")
    for kind in LONG_KINDS:
        own = draw_all(ground, wanted(draws, (kind,)))
        lines.append(short(ground, own, f"{ground.name}: {kind}"))
    say(ground.name, began)
    return lines


if __name__ == "__main__":
    gc.disable()
    for part in tables(int(sys.argv[1]) if sys.argv[1:] else 30):
        print(part, end="\n\n", flush=True)
