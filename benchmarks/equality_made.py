"""Made-up deaths for the equality audit, in which the difference that is there is known."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from clew.oversight.equality.answers import OutcomeAnswer
from clew.oversight.equality.compare import compare_groups
from clew.oversight.equality.deaths import Columns, select
from clew.oversight.equality.plan import Plan, PlannedOutcome

DEATHS, UNITS, WEEKS = 2_000, 10, 52
DONE = (PlannedOutcome("done", "done"),)
PLAN = Plan(date(2026, 1, 1), "group_made", "f", "r", DONE, "unit", ("hour", "scene"), ("load",))
IN_TIME = (PlannedOutcome("seen", "hours", "time_to", 168.0, "moved"),)
"""As made by `simulate`: hours until it was done, and until something came first."""
HOURS_LATER = 1 / 0.02
"""Mean hours until it is done in the reference group, before load; see `_hours`."""


def simulate(  # noqa: PLR0913 - what is planted
    rng: np.random.Generator,
    *,
    gap: float = 0.0,
    through_load: float = 0.0,
    missing: str = "",
    apart: bool = False,
    slower: float = 1.0,
    deaths: int = DEATHS,
) -> tuple[Columns, list[str]]:
    """Return made-up deaths and the week of each.

    `gap`: the planted difference of the focal group, in shares. `through_load`: how much oftener
    the focal group's deaths come to units under load, a log odds a unit of load; load lowers what
    is done for everybody. `missing`: "random" or "outcome", how the group comes to be missing.
    `apart`: the groups hardly ever have the same scene. `slower`: what the focal group's rate of
    being done is multiplied by.
    """
    unit = rng.integers(0, UNITS, deaths)
    week = rng.integers(0, WEEKS, deaths)
    load = rng.normal(size=(UNITS, WEEKS))[unit, week]
    together = rng.normal(scale=0.05, size=(UNITS, WEEKS))[unit, week]
    hour, scene = rng.integers(0, 4, deaths), rng.integers(0, 3, deaths)
    odds = -0.6 + through_load * load + 0.3 * (hour == 1) - 0.4 * (scene == 2) + 0.1 * (unit % 3)
    if apart:
        odds = np.where(scene == 0, 6.0, -6.0) + 0 * odds
    focal = rng.random(deaths) < 1 / (1 + np.exp(-odds))
    share = 0.55 + 0.04 * (hour == 1) - 0.06 * (scene == 2) + 0.01 * unit - 0.06 * load + together
    done = rng.random(deaths) < np.clip(share + gap * focal, 0.02, 0.98)
    group = np.where(focal, "f", "r").astype(object)
    if missing == "random":
        group[rng.random(deaths) < 0.3] = ""
    elif missing == "outcome":
        group[rng.random(deaths) < np.where(done, 0.1, 0.5)] = ""
    hours, moved = _hours(rng, focal, hour == 1, slower)
    cells = {
        "group_made": group.tolist(),
        "unit": [f"U{u}" for u in unit],
        "hour": hour.astype(str).tolist(),
        "scene": scene.astype(str).tolist(),
        "load": [repr(float(one)) for one in load],
        "done": np.where(done, "yes", "no").tolist(),
        "hours": hours,
        "moved": moved,
    }
    return Columns(cells, deaths), [f"W{w}" for w in week]


def _hours(
    rng: np.random.Generator,
    focal: np.ndarray,
    night: np.ndarray,
    slower: float,  # type: ignore[type-arg]
) -> tuple[list[str], list[str]]:
    """Return the hours until it was done, "no" where never, and until something came first."""
    rate = np.where(night, 0.8, 1.0) * np.where(focal, slower, 1.0) / HOURS_LATER
    until = rng.exponential(1 / rate)
    other = rng.exponential(500.0, focal.size)
    first = other < until
    return (
        ["no" if one else f"{hour:.3f}" for one, hour in zip(first, until, strict=True)],
        [f"{hour:.3f}" if one else "" for one, hour in zip(first, other, strict=True)],
    )


def audit_made(seed: int, *, plan: Plan = PLAN, **how: object) -> OutcomeAnswer:
    """Return the audit of one draw."""
    rng = np.random.default_rng(seed)
    columns, period = simulate(rng, **how)  # type: ignore[arg-type]
    return compare_groups(plan, columns, select(plan, columns, period), rng).outcomes[0]


LARGE_PLAN = """unit = "unit"
x = ["hour", "scene", "age_years", "premises"]
w = ["load", "arrivals_month"]
disputed = ["substance"]
[plan]
dated = 2026-01-31
group = "group_made"
focal = "f"
reference = "r"
[plan.bands]
age_years = [12, 17, 24, 34, 49, 64]
"""


def write_large(folder: Path, deaths: int, seed: int = 1) -> tuple[Path, Path]:
    """Write a case file with eight outcomes and its plan; each outcome is unknown for others."""
    rng = np.random.default_rng(seed)
    columns, _ = simulate(rng, gap=-0.05, through_load=0.5, deaths=deaths)
    unit = rng.integers(0, 30, deaths)
    cells: dict[str, list[str]] = {name: list(some) for name, some in columns.cells.items()}
    missing = rng.random(deaths) < 0.1
    cells["group_made"] = [
        "" if gone else one for one, gone in zip(cells["group_made"], missing, strict=True)
    ]
    cells["unit"] = [f"U{one}" for one in unit]
    cells["age_years"] = rng.integers(0, 95, deaths).astype(str).tolist()
    cells["premises"] = [f"P{one}" for one in rng.integers(0, 12, deaths)]
    cells["substance"] = [f"S{one}" for one in rng.integers(0, 6, deaths)]
    begins = datetime(2016, 1, 1)
    cells["reported_at"] = [
        (begins + timedelta(hours=float(hour))).isoformat(timespec="minutes")
        for hour in rng.uniform(0, 24 * 365 * 5, deaths)
    ]
    plan = [LARGE_PLAN]
    for place in range(8):
        unknown = rng.random(deaths) < 0.04
        of_time = place >= 5
        base = cells["hours"] if of_time else cells["done"]
        cells[f"outcome_{place}"] = [
            "" if gone else one for one, gone in zip(base, unknown, strict=True)
        ]
        form = 'form = "time_to"\nwithin_hours = 672\ncompeting = "moved"\n' if of_time else ""
        plan.append(f'[[outcome]]\nname = "Outcome {place}"\ncolumn = "outcome_{place}"\n{form}')
    plan.append('[[control]]\nname = "Control"\ncolumn = "control"\n')
    cells["control"] = np.where(rng.random(deaths) < 0.5, "yes", "no").tolist()
    path, plan_path = folder / "deaths.csv", folder / "plan.toml"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["case_id", *cells])
        out.writerows(
            [f"D{row}", *parts] for row, parts in enumerate(zip(*cells.values(), strict=True))
        )
    plan_path.write_text("".join(plan), encoding="utf-8")
    return path, plan_path
