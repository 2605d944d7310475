"""How far the equality audit is right where the truth is known, and how long it takes.

`python benchmarks/equality.py [part] [draws]`, where part is coverage, load, suppression or speed.
Deaths are made up with a planted difference, unequal load, deaths of one unit and week going
together; each draw is audited and its interval looked at.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import stats

from equality_coroners import suppressed
from equality_made import IN_TIME, PLAN, audit_made, simulate, write_large

__all__ = ["PLAN", "audit_made", "simulate"]
DRAWS = 500
SPEED_DEATHS = 50_000


def load_and_groups(draws: int = DRAWS) -> str:
    """Return what load, missing groups and groups that never meet do to the answer."""
    return "\n\n".join((_through_load(draws), _bounds(draws), _apart(draws)))


def coverage(draws: int = DRAWS) -> str:
    """Return how often intervals hold what was planted, and how often it is found."""
    lines = [
        f"95 % intervals over {draws} draws of 2,000 deaths in ten units and 52 weeks, deaths of"
        " one unit and week going together; Monte Carlo error of a coverage of .95:"
        f" {np.sqrt(0.95 * 0.05 / draws):.3f}.",
        "",
        "| planted | modelled covers | strata cover | mean of step 2 | mean of step 3 | found |"
        " power printed |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    cases: list[tuple[str, float, dict[str, object]]] = [
        ("no difference, unequal load", 0.0, {"through_load": 0.6}),
        ("no difference, equal load", 0.0, {}),
        ("6 points less, unequal load", -0.06, {"gap": -0.06, "through_load": 0.6}),
        ("no difference, group missing at random", 0.0, {"missing": "random"}),
        ("6 points less, group missing at random", -0.06, {"gap": -0.06, "missing": "random"}),
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
            f"| {words} | {covers[0]:.3f} | {covers[1]:.3f} | {np.mean(second):+.4f} |"
            f" {np.mean([d.value for d in last]):+.4f} | {found:.3f} | {power:.3f} |"
        )
    return "\n".join([*lines, *_coverage_of_times(draws)])


def _coverage_of_times(draws: int) -> list[str]:
    """Return the rows of a time to an outcome, with something else that may come first."""
    plan = replace(PLAN, outcomes=IN_TIME, w=())
    lines = []
    for words, slower in (("times: no difference", 1.0), ("times: rate a third lower", 2 / 3)):
        truth = _true_hours(slower)
        found = [audit_made(seed, plan=plan, slower=slower).given_xw for seed in range(draws)]
        steps = [one for one in found if one is not None]
        covers = [
            np.mean([d.low <= truth <= d.high for d in some])
            for some in ([s.modelled for s in steps], [s.pooled for s in steps])
        ]
        last = [step.modelled for step in steps]
        power = np.mean([
            stats.norm.sf(1.96 - abs(truth) / d.se) + stats.norm.cdf(-1.96 - abs(truth) / d.se)
            for d in last
        ])  # fmt: skip
        mean = np.mean([d.value for d in last])
        lines.append(
            f"| {words} ({truth:.1f} hours) | {covers[0]:.3f} | {covers[1]:.3f} | | {mean:+.2f} |"
            f" {np.mean([not d.low <= 0 <= d.high for d in last]):.3f} | {power:.3f} |"
        )
    return lines


def _true_hours(slower: float) -> float:
    """Return the true difference of mean hours, by a million draws of one group each."""
    if slower == 1.0:
        return 0.0
    plan = replace(PLAN, outcomes=IN_TIME, w=(), x=("hour",), unit="")
    found = [
        audit_made(seed, plan=plan, slower=slower, deaths=100_000).given_xw for seed in range(4)
    ]
    return float(np.mean([one.modelled.value for one in found if one is not None]))


def _through_load(draws: int) -> str:
    answers = [audit_made(seed, through_load=1.2) for seed in range(draws)]
    second = [a.given_x.modelled for a in answers if a.given_x is not None]
    third = [a.given_xw.modelled for a in answers if a.given_xw is not None]
    by_load = [a.by_workload for a in answers if a.by_workload is not None]
    true = float(np.mean([d.value for d in second]))
    return (
        f"A gap that comes only through load, {draws} draws:"
        f" {np.mean([d.value for d in second]):+.4f} at step 2,"
        f" {np.mean([d.value for d in third]):+.4f} at step 3; workload accounts for"
        f" {np.mean([d.value for d in by_load]):+.4f}, its interval covers the mean of step 2 in"
        f" {np.mean([d.low <= true <= d.high for d in by_load]):.3f}; step 3 covers zero in"
        f" {np.mean([d.low <= 0 <= d.high for d in third]):.3f}."
    )


def _bounds(draws: int) -> str:
    lines = [
        "| group missing | draws | bounds hold the truth | mean width | only bounds said |"
        " imputation covers |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for words, how in (("at random, 30 %", "random"), ("because of the outcome", "outcome")):
        answers = [audit_made(seed, gap=-0.06, missing=how) for seed in range(draws)]
        some = [a.missing for a in answers if a.missing is not None]
        held = np.mean([m.bounds.low <= -0.06 <= m.bounds.high for m in some])
        width = np.mean([m.bounds.high - m.bounds.low for m in some])
        only = np.mean([a.verdict == "bounds only" for a in answers])
        imputed = [m.imputed for m in some if m.imputed is not None]
        covers = f"{np.mean([d.low <= -0.06 <= d.high for d in imputed]):.3f}" if imputed else "-"
        lines.append(f"| {words} | {draws} | {held:.3f} | {width:.2f} | {only:.3f} | {covers} |")
    return "\n".join(lines)


def _apart(draws: int) -> str:
    said = [audit_made(seed, apart=True, gap=-0.2).verdict for seed in range(draws)]
    share = np.mean([one == "cannot be compared" for one in said])
    return f"Groups that never meet, {draws} draws: 'cannot be compared' in {share:.3f}."


def speed(deaths: int = SPEED_DEATHS) -> str:
    """Return the time and the memory of an audit of a large file, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path, plan = write_large(Path(folder), deaths)
        program = (
            "import resource, sys; from clew.cli.app import main;"
            f" sys.argv = ['clew', 'audit', {str(path)!r}, '--plan', {str(plan)!r}, '--json',"
            f" '--out', {str(Path(folder) / 'out')!r}]\n"
            "try: main()\n"
            "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        began = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False,
            env={**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
        )  # fmt: skip
        took = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr)
    peak = int(done.stderr.split()[-1]) / 1e6
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (
        f"{deaths:,} deaths, eight outcomes (three of them times), a control, a disputed column,"
        f" 10 % of groups missing: {took:.0f} s ({busy:.0f} s of processor time), at most"
        f" {peak:.2f} GB."
    )


PARTS: dict[str, Callable[..., str]] = {
    "coverage": coverage,
    "load": load_and_groups,
    "suppression": suppressed,
    "speed": speed,
}


if __name__ == "__main__":
    began = time.perf_counter()
    part = PARTS[sys.argv[1] if len(sys.argv) > 1 else "coverage"]
    print(part(*map(int, sys.argv[2:])))
    print(f"{time.perf_counter() - began:.0f} s")
