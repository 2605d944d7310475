"""What an alert budget buys: series found at each budget, and how much depends on the files.

`python benchmarks/hidden_budget.py [draws]`, with the folder of real data in CLEW_DATA; half an
hour. The same kinds, look-alikes and rule as hidden_series.py, at six budgets for files of fair
quality. `hidden_budget.py files [draws]`, an hour: at two budgets for nine qualities, by the
agreement of coders on free choice and by the share of fields that are missing; and for a force of
one death a week and one of thirty a day. Writes what `clew replay --curve` and the
desk show people who sign a budget: src/clew/disclosure/budget_benchmark.json.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from clew.disclosure.curve import FILE, SHARES
from clew.synthetic.force import ForceSettings
from clew.version import VERSION
from hidden_draws import LONG, Drawn, Ground, draw_all, force, look_alikes, milwaukee
from hidden_measures import later_deaths, share_by
from hidden_series import Outcome, bounds, efficiency, interval, outcomes, say, wanted
from synthetic.hidden import series_kinds
from synthetic.noise import OverlaySettings

AGREEMENT, MISSING = 0.65, 0.25
"""Files of fair quality, at which the goals are set (coders that agree on two thirds)."""
AGREEMENTS, SHARES_MISSING = (0.3, 0.65, 1.0), (0.0, 0.25, 0.5)
BY_NOISE = (0.01, 0.03)
SETS = 30
FORCES = {
    "one a week, 16 years": replace(LONG, deaths_a_day=1 / 7),
    "thirty a day, two years": ForceSettings(
        first_day=date(2013, 1, 1), last_day=date(2014, 12, 31), deaths_a_day=30.0
    ),
}
DATA = Path(__file__).resolve().parents[1] / "src" / "clew" / "disclosure" / FILE


def spent(ground: Ground, all_of: Sequence[Outcome]) -> dict[str, float]:
    """Return alerts and updates a hundred deaths, and what share of both was on look-alikes."""
    deaths = sum(light.new_death and light.at >= ground.begins for light in ground.stream)
    alerts, updates = (sum(getattr(one, n) for one in all_of) for n in ("alerts", "updates"))
    alike = sum(one.on_look_alikes for one in all_of)
    return {
        "alerts": round(100 * alerts / len(all_of) / deaths, 3),
        "updates": round(100 * updates / len(all_of) / deaths, 3),
        "look_alikes": round(alike / max(alerts + updates, 1), 3),
    }


def found_by(all_of: Sequence[Outcome], death: int, seed: int) -> list[float]:
    """Return the share of series alerted by their n-th death, with its 95 % interval."""
    found = bounds([[0 < one.found.by <= death] for one in all_of], np.random.default_rng(seed))
    return [] if found is None else [round(value, 4) for value in found]


def curve(ground: Ground, draws: Sequence[Drawn], sets: Sequence[Sequence[Drawn]]) -> list[dict]:
    """Return what each budget brings: overall, and kind by kind as counts."""
    points = []
    for share in SHARES:
        all_of = outcomes(ground, draws, sets, 0, share)
        kinds = {}
        for kind in sorted(series_kinds()):
            own = [one for one in all_of if one.found.kind == kind]
            counts = [sum(0 < one.found.by <= death for one in own) for death in (2, 3, 99)]
            kinds[kind] = [len(own), *counts]
        points.append({
            "share": share, **spent(ground, all_of),
            "by_2nd": found_by(all_of, 2, 1), "by_3rd": found_by(all_of, 3, 2),
            "largest": max(one.largest for one in all_of),
            "efficiency": efficiency(all_of), "kinds": kinds,
        })  # fmt: skip
    return points


def on_ground(ground: Ground, draws: int) -> Iterator[dict]:
    """Yield one row for each of two budgets."""
    drawn = draw_all(ground, wanted(draws, sorted(series_kinds())))
    sets = look_alikes(ground, draws)
    ranks = [[later.rank for later in later_deaths(one, 0)] for one in drawn]
    five = interval([[r > 0 for r in own] for own in ranks], np.random.default_rng(3))
    for share in BY_NOISE:
        all_of = outcomes(ground, drawn, sets, 0, share)
        hindsight = [one.hindsight for one in all_of if one.hindsight is not None]
        yield {
            "share": share, "series": len(drawn), "first_five": five, **spent(ground, all_of),
            "by_2nd": found_by(all_of, 2, 1), "by_3rd": found_by(all_of, 3, 2),
            "largest": max(one.largest for one in all_of),
            "hindsight": [round(share_by(hindsight, n), 3) for n in (2, 3)],
            "efficiency": efficiency(all_of),
        }  # fmt: skip


def by_noise(draws: int, began: float) -> Iterator[dict]:
    """Yield one row for each quality of the files and each of two budgets."""
    for agreement in AGREEMENTS:
        for missing in SHARES_MISSING:
            ground = milwaukee(OverlaySettings(missing_share=missing, coder_agreement=agreement))
            if ground is None:
                return
            name = f"agreement {agreement:g}, {missing:.0%} missing"
            yield from ({"name": name, **row} for row in on_ground(ground, draws))
            say(name, began)


def by_force(draws: int, began: float) -> Iterator[dict]:
    """Yield one row for each size of a made-up force and each of two budgets."""
    noise = OverlaySettings(missing_share=MISSING, coder_agreement=AGREEMENT)
    for name, settings in FORCES.items():
        ground = force(settings, name, noise=noise)
        yield from ({"name": name, **row} for row in on_ground(ground, draws))
        say(name, began)


def percent(values: Sequence[float]) -> str:
    """Return a share with its interval in words."""
    return "{:.0%} ({:.0%} to {:.0%})".format(*values)


def curve_table(points: Sequence[dict]) -> str:
    """Return the table of budgets."""
    lines = [
        "| alerts allowed per 100 deaths | alerts per 100 | added to alerts per 100 | of both on"
        " look-alikes | series alerted by the 2nd death | by the 3rd | largest series | online"
        " efficiency by the 2nd, by the 3rd |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {100 * one['share']:g} | {one['alerts']:.2f} | {one['updates']:.2f} |"
        f" {one['look_alikes']:.1%} | {percent(one['by_2nd'])} | {percent(one['by_3rd'])} |"
        f" {one['largest']} | {one['efficiency']} |"
        for one in points
    ]
    return "\n".join(lines)


def kind_table(points: Sequence[dict]) -> str:
    """Return the table kind by kind: series alerted by the 2nd and by the 3rd death."""
    lines = [
        f"| kind | draws | {' | '.join(format(100 * p['share'], 'g') for p in points)} |",
        f"|---|--:|{'--:|' * len(points)}",
    ]
    for kind in sorted(series_kinds()):
        cells = [f"{p['kinds'][kind][1]}, {p['kinds'][kind][2]}" for p in points]
        lines.append(f"| {kind} | {points[0]['kinds'][kind][0]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def ground_table(rows: Sequence[dict], what: str) -> str:
    """Return the table of several grounds."""
    lines = [
        f"| {what} | alerts allowed per 100 | series | first five | alerted by the 2nd death |"
        " by the 3rd | best threshold in hindsight | alerts per 100 | added per 100 |"
        " largest series | of both on look-alikes | online efficiency |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in rows:
        hindsight = ", ".join(f"{value:.0%}" for value in one["hindsight"])
        lines.append(
            f"| {one['name']} | {100 * one['share']:g} | {one['series']} | {one['first_five']} |"
            f" {percent(one['by_2nd'])} |"
            f" {percent(one['by_3rd'])} | {hindsight} | {one['alerts']:.2f} |"
            f" {one['updates']:.2f} | {one['largest']} | {one['look_alikes']:.1%} |"
            f" {one['efficiency']} |"
        )
    return "\n".join(lines)


def tables(draws: int) -> Iterator[str]:
    """Yield one table after another, each as soon as it is there; write the data of the curve."""
    began = time.time()
    ground = milwaukee(OverlaySettings(missing_share=MISSING, coder_agreement=AGREEMENT))
    if ground is None:
        yield "The real file was not at hand (CLEW_DATA is not set)."
        return
    kinds = series_kinds()
    drawn = draw_all(ground, wanted(draws, sorted(kinds)))
    sets = look_alikes(ground, SETS)
    say("series and look-alikes drawn", began)
    points = curve(ground, drawn, sets)
    data = {
        "made": datetime.now(UTC).date().isoformat(), "version": VERSION,
        "background": ground.name, "agreement": AGREEMENT, "missing": MISSING,
        "says": {kind: plan["brief"] for kind, plan in sorted(kinds.items())}, "points": points,
    }  # fmt: skip
    DATA.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    say("curve", began)
    deaths = sum(light.new_death and light.at >= ground.begins for light in ground.stream)
    yield (
        f"Background: {ground.name}, {deaths:,} deaths since alerts began; coder agreement"
        f" {AGREEMENT}, a quarter of the fields missing. {draws} draws of each of {len(kinds)}"
        " kinds; one series and all look-alikes a draw. Intervals are 95 %, by bootstrap over"
        " series."
    )
    yield curve_table(points)
    yield (
        "**Kind by kind: series alerted by the 2nd and by the 3rd death, by alerts allowed per 100"
        " deaths**\n\n" + kind_table(points)
    )


def by_files(draws: int = 10) -> str:
    """Return the tables by the quality of the files and by the size of the force."""
    return "\n\n".join(file_tables(draws))


def file_tables(draws: int) -> Iterator[str]:
    """Yield one table after another, each as soon as it is there."""
    began = time.time()
    rows = list(by_noise(draws, began))
    yield (
        "**By the quality of the files: how far coders agree on free choices, and the share of"
        f" fields that are missing; {draws} draws of each kind among the deaths of Milwaukee**\n\n"
        + ground_table(rows, "coders agree, fields missing")
    )
    rows = list(by_force(draws, began))
    yield (
        f"**By the size of the force; {draws} draws of each kind in made-up forces, agreement"
        f" {AGREEMENT}, a quarter of the fields missing**\n\n" + ground_table(rows, "deaths")
    )


def main(draws: int = 30) -> str:
    """Return all tables of the curve."""
    return "\n\n".join(tables(draws))


if __name__ == "__main__":
    gc.disable()
    made = file_tables if sys.argv[1:2] == ["files"] else tables
    count = int(sys.argv[-1]) if sys.argv[-1].isdigit() else 10 if made is file_tables else 30
    for part in made(count):
        print(part, end="\n\n", flush=True)
