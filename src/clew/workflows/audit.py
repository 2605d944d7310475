"""`audit`: whether comparable deaths of two groups had the same enquiry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from clew.digests import file_digest
from clew.errors import InputRejected
from clew.intake.inputs.audit_columns import read_audit_rows
from clew.intake.inputs.plan import read_plan
from clew.oversight.equality.compare import AuditRun, compare_groups
from clew.oversight.equality.deaths import MONTH_LOAD, select
from clew.oversight.equality.plan import check_plan
from clew.version import VERSION

SEED = 20_141_231
"""Declared: divides the deaths into folds, so that a run can be repeated."""


@dataclass(frozen=True, slots=True)
class AuditFiles:
    """The files of an audit; `effort` and `workload` as docs/reference/columns.md has them."""

    cases: Path
    plan: Path
    mapping: str | Path | None = None
    effort: Path | None = None
    workload: Path | None = None


def audit_file(files: AuditFiles, today: date, seed: int = SEED) -> AuditRun:
    """Check the plan, read the files and compare the two groups.

    Raises
    ------
    InputRejected
        If a file cannot be read, or the plan breaks a rule of the method.
    """
    plan = read_plan(files.plan)
    now = int(datetime.combine(today + timedelta(days=1), time(), UTC).timestamp())
    read = read_audit_rows(files.cases, plan, files.mapping, files.effort, files.workload, now=now)
    check_plan(plan, {*read.columns.cells, MONTH_LOAD}, today, files.plan.name)
    deaths = select(plan, read.columns, read.period)
    for group, there in ((plan.focal, deaths.focal), (plan.reference, ~deaths.focal)):
        if not there.any():
            raise InputRejected(
                files.plan.name,
                f"no record of {files.cases.name} is of the group {group}",
                f"Name groups as the column {plan.group} does",
            )
    audit = compare_groups(plan, read.columns, deaths, np.random.default_rng(seed))
    digest = file_digest(files.plan)
    return AuditRun(audit, read.file, digest, read.columns.rows, read.rejects, VERSION)
