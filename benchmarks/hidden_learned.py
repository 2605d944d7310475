"""Learned from some kinds of series, tried on kinds that it has never seen.

`python benchmarks/hidden_learned.py [draws]`, with the folder of real data in CLEW_DATA. The kinds
are parted into two halves. From the real background with series of one half in it, `clew learn`
makes a table; by that table the other half's series are ranked and alerted, and the other way
round; each beside the declared table on the very same draws.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from clew.comparison.weights.weight_table import declared_table
from clew.model.weight import WeightTable
from clew.synthetic.generated import Generated
from clew.workflows.learn import LearnOptions, learn_table
from hidden_draws import Drawn, Ground, draw_all, look_alikes, milwaukee
from hidden_measures import later_deaths, share_by
from hidden_series import Outcome, interval, outcomes, wanted
from planted import read_generated
from synthetic.hidden import draw_series, series_kinds
from synthetic.noise import OverlaySettings

TAUGHT = 12
"""Declared: series of each kind to learn from, so 96 in all; real files have dozens."""
SHARE = 0.01
SETS = 12


@dataclass(frozen=True)
class Half:
    """One half of the kinds under a table: draws, and what became of them."""

    name: str
    table: WeightTable
    draws: list[Drawn]
    outcomes: list[Outcome]


def halves() -> tuple[list[str], list[str]]:
    """Return the kinds in two halves, every other one."""
    kinds = sorted(series_kinds())
    return kinds[::2], kinds[1::2]


def teach(ground: Ground, kinds: Sequence[str]) -> WeightTable:
    """Learn from the ground's own records with series of some kinds among them."""
    rows, facts = list(ground.made.rows), list(ground.made.facts)
    taken = {row["case_id"] for row in rows}
    series: dict[str, list[str]] = {}
    for k, kind in enumerate(kinds):
        for number in range(TAUGHT):
            rng = np.random.default_rng([number, k, 4_711])
            planted = draw_series(kind, ground.background, rng, noise=ground.noise)
            own = {row["case_id"] for row in planted.rows}
            if own & taken:
                continue  # an id that is there already: this draw is left out
            taken |= own
            rows += planted.rows
            facts += planted.facts
            series[f"{kind}-{number}"] = [*planted.earlier, *planted.members]
    case_file = read_generated(Generated(rows, facts, ground.made.coverage))
    return learn_table(case_file, series, LearnOptions(declared_table()))


def measure(ground: Ground, kinds: Sequence[str], name: str, draws: int) -> Half:
    """Draw and alert series of some kinds on a ground, each beside its set of look-alikes."""
    drawn = draw_all(ground, wanted(draws, kinds))
    found = outcomes(ground, drawn, look_alikes(ground, SETS), 0, SHARE)
    return Half(name, ground.walked.table, drawn, found)


def line(half: Half, chosen: Sequence[int], name: str, rng: np.random.Generator) -> str:
    """Return one line: ranks and alerts of the chosen draws."""
    ranks = [[later.rank for later in later_deaths(half.draws[k], 0)] for k in chosen]
    found = [half.outcomes[k].found for k in chosen]
    alerts = sum(half.outcomes[k].alerts for k in chosen)
    alike = sum(half.outcomes[k].on_look_alikes for k in chosen)
    cells = [
        name, half.name,
        interval([[r == 1 for r in own] for own in ranks], rng),
        interval([[r > 0 for r in own] for own in ranks], rng),
        interval([[0 < f.by <= 2] for f in found], rng),
        interval([[0 < f.by <= 3] for f in found], rng),
        f"{share_by(found, 99):.0%}",
        f"{alike / max(alerts, 1):.1%}",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def paired(declared: Half, learned: Half, rng: np.random.Generator) -> str:
    """Return the paired differences of the shares alerted, with intervals over draws."""
    said = []
    for by in (2, 3):
        gains = np.array(
            [
                float(0 < b.found.by <= by) - float(0 < a.found.by <= by)
                for a, b in zip(declared.outcomes, learned.outcomes, strict=True)
            ]
        )
        means = rng.choice(gains, (500, len(gains))).mean(axis=1) * 100
        low, high = np.quantile(means, (0.025, 0.975))
        said.append(f"by the {'2nd' if by == 2 else '3rd'} {gains.mean() * 100:+.1f} points"
                    f" ({low:+.1f} to {high:+.1f})")  # fmt: skip
    return "Learned less declared on the same draws: " + ", ".join(said) + "."


def main(draws: int = 30) -> str:
    """Return all tables."""
    return "\n\n".join(tables(draws))


def tables(draws: int) -> Iterator[str]:
    """Yield one table after another, each as soon as it is there."""
    ground = milwaukee(OverlaySettings())
    if ground is None:
        yield "The real file was not at hand (CLEW_DATA is not set)."
        return
    yield (
        f"Background: {ground.name}. {draws} draws of each kind at one alert per hundred deaths;"
        f" learned from {TAUGHT} series of each kind of the other half, by `clew learn`."
    )
    pairs = []
    for tested, taught in (halves(), halves()[::-1]):
        learned_ground = milwaukee(OverlaySettings(), table=teach(ground, taught))
        assert learned_ground is not None
        declared = measure(ground, tested, "declared", draws)
        learned = measure(learned_ground, tested, "learned", draws)
        pairs.append((declared, learned))
        yield _told(learned.table, taught)
    yield _lines(pairs)


def _told(table: WeightTable, taught: Sequence[str]) -> str:
    """Return what the table says of its training."""
    told = table.learned or {}
    held = told["held_out"]
    return (
        f"Learned from {', '.join(taught)}: {told['series']} series,"
        f" {told['independent_links']} independent links. On series held out of these kinds: Cllr"
        f" {held['cllr_bits']} bits, declared {held['cllr_declared']}."
    )


def _lines(pairs: Sequence[tuple[Half, Half]]) -> str:
    """Return the table kind by kind and in all, and the paired differences."""
    rng = np.random.default_rng(7)
    lines = [
        "| kind | table | rank 1 | first five | by the 2nd | by the 3rd | ever | on look-alikes |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    whole = [
        Half(
            each[0].name,
            each[0].table,
            [d for half in each for d in half.draws],
            [o for half in each for o in half.outcomes],
        )
        for each in zip(*pairs, strict=True)
    ]
    for kind in sorted(series_kinds()):
        for half in whole:
            own = [k for k, one in enumerate(half.draws) if one.kind == kind]
            lines.append(line(half, own, kind, rng))
    lines += [line(half, range(len(half.draws)), "all", rng) for half in whole]
    return "\n".join(lines) + "\n\n" + paired(whole[0], whole[1], rng)


if __name__ == "__main__":
    for part in tables(int(sys.argv[1]) if sys.argv[1:] else 30):
        print(part, end="\n\n", flush=True)
