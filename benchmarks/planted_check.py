"""Do planted draws say what a full replay says? Whole files, with the series among their rows.

The hidden-series figures come from one walk of the background into which draws are planted; see
planted.py for what that leaves out. Here a few draws are written into the file itself, and the file
is replayed as any file is.
"""

from __future__ import annotations

import gc
import zlib

import numpy as np

from clew.comparison.weights.weight_table import declared_table
from clew.synthetic.generated import Generated
from clew.workflows.replay import ReplayOptions, replay_cases
from hidden_draws import Ground, Wanted, draw, milwaukee
from planted import read_generated
from synthetic.hidden import draw_series
from synthetic.noise import OverlaySettings

CHECKED = (Wanted("road_line", 0), Wanted("couples_parked", 1))


def one(ground: Ground, wanted: Wanted) -> tuple[list[float], int, int]:
    """Return differences in priority where the best rows agree, how many do, and of how many."""
    rng = np.random.default_rng([wanted.number, zlib.crc32(wanted.kind.encode())])
    made = draw_series(wanted.kind, ground.background, rng, noise=ground.noise)
    held = ground.made
    whole = Generated([*held.rows, *made.rows], [*held.facts, *made.facts])
    options = ReplayOptions(declared_table(), begins=ground.begins)
    told = replay_cases(read_generated(whole), options)
    full = {(row.at, row.case_id): row for row in told.rows if row.rank == 1}
    gaps, same, seen = [], 0, 0
    for light in draw(ground, wanted).stream:
        row = full.get((light.at, light.case_id))
        if row is None or not light.rows[0]:
            continue
        linked, priority = light.rows[0][0]
        seen += 1
        if linked == row.linked_case_id:
            same += 1
            gaps.append(priority - row.priority)
    return gaps, same, seen


def main() -> str:
    """Return what the check found."""
    ground = milwaukee(OverlaySettings())
    if ground is None:
        return "The real file was not at hand (CLEW_DATA is not set)."
    lines = [
        "| series | best rows | the same case linked | priority, planted less full: median, most |",
        "|---|--:|--:|--:|",
    ]
    for wanted in CHECKED:
        gaps, same, seen = one(ground, wanted)
        told = f"{np.median(gaps):+.2f}, {max(gaps, key=abs):+.2f}" if gaps else "-"
        lines.append(f"| {wanted.kind} | {seen} | {same} | {told} |")
    return "\n".join(lines)


if __name__ == "__main__":
    gc.disable()
    print(main())
