"""`audit`: whether comparable deaths of two groups had the same enquiry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from clew.digests import file_digest
from clew.errors import InputRejected, UsageRejected
from clew.intake.cases.contract import is_trait
from clew.intake.inputs.audit_columns import AuditFiles, AuditRows, read_audit_rows, read_columns
from clew.intake.inputs.kept_looks import read_kept_looks
from clew.intake.inputs.plan import read_plan
from clew.oversight.equality.answers import AuditRun
from clew.oversight.equality.compare import compare_groups, kept_look
from clew.oversight.equality.deaths import MONTH_LOAD, select
from clew.oversight.equality.plan import Plan, check_plan
from clew.oversight.equality.suggest import suggest_plan
from clew.version import VERSION

SEED = 20_141_231
"""Declared: divides the deaths into folds, so that a run can be repeated."""


def audit_file(
    files: AuditFiles,
    today: date,
    *,
    look: int = 1,
    earlier: Sequence[Path] = (),
    seed: int = SEED,
    progress: Callable[[int, int], None] | None = None,
) -> AuditRun:
    """Check the plan, read the files and compare the two groups.

    `look`: which of the planned looks this is; `earlier`: what the looks before it kept.

    Raises
    ------
    InputRejected
        If a file cannot be read, or the plan breaks a rule of the method.
    """
    if files.plan is None:
        raise UsageRejected("an audit needs a plan", "Give --plan, or --suggest-plan for a draft")
    plan = read_plan(files.plan)
    now = int(datetime.combine(today + timedelta(days=1), time(), UTC).timestamp())
    read = read_audit_rows(files, plan, now=now)
    there = {*read.columns.cells, MONTH_LOAD}
    traits = {name for name in there if is_trait(name)}
    check_plan(plan, there, today, files.plan.name, look=look, traits=traits)
    digest = file_digest(files.plan)
    before = read_kept_looks(earlier, digest, look)
    deaths = select(plan, read.columns, read.period, _of_look(plan, read, look))
    for group, some in ((plan.focal, deaths.focal), (plan.reference, ~deaths.focal)):
        if not some.any():
            raise InputRejected(
                files.plan.name,
                f"no record of {files.cases.name} is of the group {group}",
                f"Name groups as the column {plan.group} does",
            )
    rng = np.random.default_rng(seed)
    audit = compare_groups(plan, read.columns, deaths, rng, before, progress)
    kept = (*before, kept_look(audit, digest)) if plan.looks > 1 else ()
    return AuditRun(audit, read.file, digest, read.columns.rows, read.rejects, VERSION, today, kept)


def draft_plan(cases: Path, mapping: str | Path | None, today: date) -> str:
    """Return a draft of a plan for a case file, to be read and changed before it is dated.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table.
    """
    columns = read_columns(cases, mapping)
    return suggest_plan(columns, {name for name in columns.cells if is_trait(name)}, today)


def _of_look(plan: Plan, read: AuditRows, look: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which rows are of a look's own period: no two looks share a death."""
    after, last = plan.period(look)
    if last is None:
        return np.ones(read.columns.rows, bool)
    return np.asarray(
        [day is not None and day <= last and (after is None or day > after) for day in read.days],
        bool,
    )
