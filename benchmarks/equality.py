"""How far the equality audit is right where the truth is known, and on published data.

`python benchmarks/equality.py [draws]`. Deaths are made up with a planted difference, unequal load,
deaths of one unit and week going together; each draw is audited and its interval looked at.
"""

from __future__ import annotations

import sys
import time
from datetime import date

import numpy as np
from scipy import stats

from clew.oversight.equality.answers import OutcomeAnswer
from clew.oversight.equality.compare import compare_groups
from clew.oversight.equality.deaths import Columns, select
from clew.oversight.equality.plan import Plan, PlannedOutcome

DRAWS = 500
DEATHS, UNITS, WEEKS = 2_000, 10, 52
DONE = (PlannedOutcome("done", "done"),)
PLAN = Plan(date(2026, 1, 1), "group_made", "f", "r", DONE, "unit", ("hour", "scene"), ("load",))


def simulate(
    rng: np.random.Generator,
    *,
    gap: float = 0.0,
    through_load: float = 0.0,
    missing: str = "",
    deaths: int = DEATHS,
) -> tuple[Columns, list[str]]:
    """Return made-up deaths and the week of each.

    `gap`: the planted difference of the focal group, in shares. `through_load`: how much oftener
    the focal group's deaths come to units under load, a log odds a unit of load; load lowers what
    is done for everybody. `missing`: "random" or "outcome", how the group comes to be missing.
    """
    unit = rng.integers(0, UNITS, deaths)
    week = rng.integers(0, WEEKS, deaths)
    load = rng.normal(size=(UNITS, WEEKS))[unit, week]
    together = rng.normal(scale=0.05, size=(UNITS, WEEKS))[unit, week]
    hour, scene = rng.integers(0, 4, deaths), rng.integers(0, 3, deaths)
    odds = -0.6 + through_load * load + 0.3 * (hour == 1) - 0.4 * (scene == 2) + 0.1 * (unit % 3)
    focal = rng.random(deaths) < 1 / (1 + np.exp(-odds))
    share = 0.55 + 0.04 * (hour == 1) - 0.06 * (scene == 2) + 0.01 * unit - 0.06 * load + together
    done = rng.random(deaths) < np.clip(share + gap * focal, 0.02, 0.98)
    group = np.where(focal, "f", "r").astype(object)
    if missing == "random":
        group[rng.random(deaths) < 0.3] = ""
    elif missing == "outcome":
        group[rng.random(deaths) < np.where(done, 0.1, 0.5)] = ""
    cells = {
        "group_made": group.tolist(),
        "unit": [f"U{u}" for u in unit],
        "hour": hour.astype(str).tolist(),
        "scene": scene.astype(str).tolist(),
        "load": [repr(float(one)) for one in load],
        "done": np.where(done, "yes", "no").tolist(),
    }
    return Columns(cells, deaths), [f"W{w}" for w in week]


def audit_made(seed: int, **how: object) -> OutcomeAnswer:
    """Return the audit of one draw."""
    rng = np.random.default_rng(seed)
    columns, period = simulate(rng, **how)  # type: ignore[arg-type]
    return compare_groups(PLAN, columns, select(PLAN, columns, period), rng).outcomes[0]


def simulated(draws: int) -> list[str]:
    """Return the table of coverage and power."""
    lines = [
        "| planted | draws | modelled covers | strata cover | mean of step 2 | mean of step 3 |"
        " found | power printed |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    cases: list[tuple[str, float, dict[str, object]]] = [
        ("no difference, unequal load", 0.0, {"through_load": 0.6}),
        ("no difference, equal load", 0.0, {}),
        ("6 points less, unequal load", -0.06, {"gap": -0.06, "through_load": 0.6}),
        ("no difference, group missing at random", 0.0, {"missing": "random"}),
    ]
    for words, truth, how in cases:
        answers = [audit_made(seed, **how) for seed in range(draws)]
        last = [a.given_xw.modelled for a in answers if a.given_xw is not None]
        pooled = [a.given_xw.pooled for a in answers if a.given_xw is not None]
        second = [a.given_x.modelled.value for a in answers if a.given_x is not None]
        covers = [np.mean([d.low <= truth <= d.high for d in some]) for some in (last, pooled)]
        found = np.mean([not d.low <= 0 <= d.high for d in last])
        power = np.mean([
            stats.norm.sf(1.96 - abs(truth) / d.se) + stats.norm.cdf(-1.96 - abs(truth) / d.se)
            for d in last
        ])  # fmt: skip
        lines.append(
            f"| {words} | {draws} | {covers[0]:.3f} | {covers[1]:.3f} | {np.mean(second):+.4f} |"
            f" {np.mean([d.value for d in last]):+.4f} | {found:.3f} | {power:.3f} |"
        )
    return lines


if __name__ == "__main__":
    began = time.perf_counter()
    print("\n".join(simulated(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS)))
    print(f"{time.perf_counter() - began:.0f} s")
