"""What stands between a hidden series and its alert by the second death, kind by kind.

`python benchmarks/hidden_why.py [draws]`, with the folder of real data in CLEW_DATA. Until the
third death is reported, the best place of a true mate among the five candidates is taken, and how
many of a thousand unrelated deaths would find a match as good; the budget asks for few enough.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from clew.model.finding import LEADS
from clew.model.values import DAY
from hidden_draws import Drawn, Ground, draw_all, look_alikes, milwaukee
from hidden_series import outcomes, wanted
from synthetic.hidden import series_kinds
from synthetic.noise import OverlaySettings

DRAWS, SETS, SHARE, DEATHS = 12, 12, 0.01, 1_000


@dataclass(frozen=True)
class Seen:
    """Best place of a true mate (0: beyond five), its priority, and what both records tell."""

    rank: int
    priority: float
    told: int


def by_second(drawn: Drawn) -> Seen:
    """Return what was seen of the first two deaths until the third was reported."""
    until = drawn.reported[2] if len(drawn.reported) > 2 else drawn.stream[-1].at + DAY
    own = {*drawn.members[:2], *drawn.earlier}
    lights = [
        light
        for light in drawn.stream
        if light.case_id in own and drawn.reported[1] <= light.at < until
    ]
    places = [
        (-priority, rank)
        for light in lights
        for rank, (linked, priority) in enumerate(light.rows[0], 1)
        if linked in own - {light.case_id}
    ]
    worst = (float("inf"), 0)
    priority, _ = min(places, default=worst)
    rank = min((rank for _, rank in places), default=0)
    return Seen(rank, -priority, max((light.told for light in lights), default=0))


def price(ground: Ground) -> float:
    """Return the priority that as many rows of the ground exceed as its deaths have earned."""
    deaths = sum(light.new_death for light in ground.stream)
    best = sorted(
        light.rows[0][0][1]
        for light in ground.stream
        if light.ours and light.anew and light.ours[0].relation in LEADS
    )
    return best[-max(int(SHARE * deaths), 1)]


def line(kind: str, seen: Sequence[Seen], alerted: Sequence[bool]) -> str:
    """Return one kind's line."""
    late = [one for one, by in zip(seen, alerted, strict=True) if not by]
    first = sum(one.rank == 1 for one in late)
    beyond = sum(one.rank == 0 for one in late)
    alike = median(DEATHS * 10**-one.priority for one in seen)
    many = "none among the five" if alike == float("inf") else f"{alike:,.1f}"
    told = median(one.told for one in seen)
    cells = (kind, sum(alerted), first, len(late) - first - beyond, beyond, many, f"{told:g}")
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def main(draws: int = DRAWS) -> str:
    """Return the table."""
    ground = milwaukee(OverlaySettings())
    if ground is None:
        return "The real file was not at hand (CLEW_DATA is not set)."
    drawn = draw_all(ground, wanted(draws, sorted(series_kinds())))
    found = outcomes(ground, drawn, look_alikes(ground, SETS), 0, SHARE)
    lines = [
        f"Background: {ground.name}; {draws} draws of each kind. One alert per hundred deaths asks"
        f" for a match that at most about {DEATHS * 10 ** -price(ground):,.1f} of {DEATHS:,}"
        " unrelated deaths find.",
        "",
        "| kind | alerted by the 2nd death | true mate first, but too ordinary | 2nd to 5th |"
        " beyond five | unrelated matches as good per 1,000 deaths, median | things told, median |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for kind in sorted({one.kind for one in drawn}):
        chosen = [k for k, one in enumerate(drawn) if one.kind == kind]
        alerted = [0 < found[k].found.by <= 2 for k in chosen]
        lines.append(line(kind, [by_second(drawn[k]) for k in chosen], alerted))
    return "\n".join(lines)


if __name__ == "__main__":
    print(main(*(int(argument) for argument in sys.argv[1:2])))
