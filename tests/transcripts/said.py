"""Run the command line as people do: a process of its own, its exit and its two streams."""

from __future__ import annotations

import contextlib
import csv
import gc
import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from clew.cli.app import main

MAIN = "from clew.cli.app import main; main()"
WORDS = "A reason to look, not a finding. It may have to be disclosed."
SILENCE = (
    "Finding nothing is not evidence that nothing links them, and is not a ground for closing."
)


@dataclass(frozen=True, slots=True)
class Said:
    """What one command said."""

    code: int
    out: str
    err: str

    def one_line(self) -> str:
        """The one line of a refusal: exit 2, nothing on standard output, no traceback."""
        assert self.code == 2, (self.code, self.out, self.err)
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert self.out == ""
        assert lines[0].startswith("clew: ")
        assert "Traceback" not in self.err
        return lines[0]

    def well(self) -> str:
        """Standard output of a command that did what was asked."""
        assert self.code == 0, (self.code, self.out, self.err)
        assert "Traceback" not in self.err
        return self.out


def clew(*words: object, cwd: Path, seed: str = "0") -> Said:
    """Run one command in a folder; the kernel's cache is the user's own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", MAIN, *map(str, words)],
        cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env={**os.environ, "PYTHONHASHSEED": seed, "COLUMNS": "100", "NO_COLOR": "1"},
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


def clew_here(*words: object, cwd: Path) -> Said:
    """Run one command within this process, which is quicker; a fault of Clew's own is raised."""
    out, err = io.StringIO(), io.StringIO()
    before, said = sys.argv, 0
    sys.argv = ["clew", *map(str, words)]
    try:
        with contextlib.chdir(cwd), redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as ended:
        said = int(ended.code or 0)
    finally:
        sys.argv = before
        gc.enable()
    return Said(said, out.getvalue(), err.getvalue())


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """Write rows as CSV; columns in the order of their first use."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


ALIKE = {
    "premises": "burial_ground",
    "posture": "sitting; against_wall",
    "lividity": "on_abdomen",
    "scene": "small_bottle; propped",
    "missing_items": "phone",
    "sex": "male",
    "cause": "Mixed drug toxicity (GHB)",
    "substances": "ghb",
}


def case_rows() -> list[dict[str, str]]:
    """Twelve records: three alike in one churchyard, the rest ordinary."""
    rows = [
        {
            "case_id": f"T-{k}",
            "reported_at": f"2014-{6 + k:02d}-20T04:05",
            "latitude": f"51.53{5 + k}",
            "longitude": "0.076",
            "age_years": str(21 + k),
            "area": "KD",
            "entities": "finder:person:W1; officer:person:PC9",
            **ALIKE,
        }
        for k in range(3)
    ]
    for k in range(9):
        rows.append(  # noqa: PERF401 - a loop reads better here
            {
                "case_id": f"N-{k}",
                "kind": "non_fatal" if k == 8 else "death",
                "reported_at": f"2014-{1 + k:02d}-0{1 + k}T1{k}:30",
                "earliest": f"2014-{1 + k:02d}-0{1 + k}T0{k}:30" if k % 2 else "",
                "latest": f"2014-{1 + k:02d}-0{1 + k}T0{k}:50" if k % 2 else "",
                "latitude": f"51.{400 + 31 * k}",
                "longitude": f"0.{100 + 17 * k}",
                "age_years": str(40 + 5 * k),
                "sex": "female" if k % 2 else "male",
                "area": "KG",
                "premises": "home" if k % 3 else "hospital",
                "cause": "Ischaemic heart disease" if k % 2 else "Hanging",
                "scene": "note" if k % 4 == 0 else "",
                "entities": "officer:person:PC9",
                "group_ethnicity": "withheld here",
            }
        )
    return rows


def fact_rows() -> list[dict[str, str]]:
    """Toxicology that came weeks later, and a correction."""
    return [
        {
            "case_id": "T-0", "field": "substances", "op": "set", "value": "ghb",
            "known_at": "2014-08-05T12:00",
        },
        {
            "case_id": "T-0", "field": "cause", "op": "set", "value": "Mixed drug toxicity (GHB)",
            "known_at": "2014-08-05T12:00",
        },
        {
            "case_id": "N-1", "field": "age_years", "op": "set", "value": "47",
            "known_at": "2014-12-24T12:00",
        },
    ]  # fmt: skip
