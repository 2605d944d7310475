"""Reading the files of a hand-in in a process of its own, within bounds of memory and time.

A file can be made so that reading it takes all memory there is, or ends the process that reads it:
the libraries that unpack workbooks and Parquet are not Python's to bound. So they run in a child
that the system bounds. Whatever happens there becomes one reason, and the next file is read.

The child is asked by a line of JSON on its input and answers by one on its output.
"""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from clew.errors import ClewError, InputRejected
from clew.intake.cases.draft import Reading, Warnings
from clew.intake.cases.stored_history import (
    StoredHistory,
    read_facts_alone,
    read_stored_history,
    refused_fields,
)
from clew.intake.cases.times import TimeReader
from clew.intake.inputs.baselines import read_coverage
from clew.intake.read import CaseSources
from clew.intake.tables.header import Wanted
from clew.intake.tables.open import open_table, require_columns
from clew.model.case_file import Coverage, Reject
from clew.model.input_account import NotRead

MEMORY = 1024 * 1024 * 1024
"""Declared: bytes of address space of the process that reads; at rest it has 300 MB. With the
worker beside it a round stays below 2 GB."""
ANSWER = 128 * 1024 * 1024
"""Declared: bytes of one answer, some 100,000 records; the worker holds it several times over."""
SECONDS = 300.0
"""Declared: how long one hand-in may take to read; 100,000 records take about 20 s."""
READY = {"ready": True}
"""The child's first line."""
WORKLOAD = ("unit", "day", "staff_on_duty")
BY_COMMAND = "If it is what it should be, take it in with clew desk import"
STILL_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system", "PYTHONIOENCODING": "utf-8",
}  # fmt: skip
"""One thread and one heap: each would reserve address space of its own."""


@dataclass(slots=True)
class HandInContent:
    """What the files of one hand-in hold. `workload` has (row, fault, unit, day, staff)."""

    history: StoredHistory | None = None
    coverage: list[Coverage] = field(default_factory=list)
    workload: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class BoundedReader:
    """A process that reads hand-ins, begun at first need, and again after one that ended it."""

    def __init__(self, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self.memory, self.seconds = memory, seconds
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> BoundedReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._end()

    def read(
        self,
        files: Mapping[str, Path],
        timezone: str,
        profiles: Mapping[str, Mapping[str, str]] | None = None,
    ) -> HandInContent:
        """Return what the files hold; `files` by kind: cases, facts, coverage, workload.

        `profiles` are the readings of earlier files by source; see `CaseSources`.

        Raises
        ------
        InputRejected
            If they cannot be taken as a whole, or reading them fails in any way.
        """
        name = next(iter(files.values())).name
        request = {kind: str(path.absolute()) for kind, path in files.items()}
        self.begin()
        try:
            asked = {"files": request, "timezone": timezone, "profiles": dict(profiles or {})}
            answer = self._ask(json.dumps(asked))
        except TimeoutError:
            self._end()
            raise InputRejected(
                name, f"reading it takes more than {self.seconds:,.0f} seconds", BY_COMMAND
            ) from None
        except OverflowError:
            self._end()
            raise InputRejected(name, "it unpacks to more than can be held", BY_COMMAND) from None
        except (OSError, ValueError):
            self._end()
            raise InputRejected(
                name,
                f"reading it ended the process that read it, which may use {self.memory:,} bytes",
                BY_COMMAND,
            ) from None
        if "reason" in answer:
            if answer["ends"]:
                self._end()
            raise InputRejected(
                answer["file"], answer["reason"], answer["remedy"],
                row=answer["row"], field=answer["field"],
            )  # fmt: skip
        return _content_of(answer, timezone)

    def begin(self) -> None:
        """Begin the process unless it runs; returns when it can read.

        Raises
        ------
        OSError
            If no such process can be begun: no file is at fault.
        """
        if self._child is not None and self._child.poll() is None:
            return
        self._end()  # one that has ended still has open pipes
        line = [sys.executable, "-m", "clew.intake.bounded", str(self.memory)]
        self._child = subprocess.Popen(  # noqa: S603 (this very program)
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, **STILL_ENVIRONMENT},
        )  # fmt: skip
        if self._answer() != READY:
            raise OSError("the process that reads files did not begin")

    def _ask(self, request: str) -> dict[str, Any]:
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.write(request.encode() + b"\n")
        self._child.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        """Return the next line of the child.

        Raises
        ------
        TimeoutError, OverflowError, OSError, ValueError
            If it takes too long, is too long, does not come to its end, or is no answer.
        """
        assert self._child is not None
        assert self._child.stdout is not None
        until, size = time.monotonic() + self.seconds, 0
        parts: list[bytes] = []
        while True:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._child.stdout], [], [], left)[0]:
                raise TimeoutError
            part = os.read(self._child.stdout.fileno(), 1 << 20)
            if not part:
                raise BrokenPipeError
            parts.append(part)
            size += len(part)
            if size > ANSWER:
                raise OverflowError
            if part.endswith(b"\n"):
                answer: dict[str, Any] = json.loads(b"".join(parts))
                return answer

    def _end(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._child.wait()
        self._child = None


def _content_of(answer: dict[str, Any], timezone: str) -> HandInContent:
    """Return an answer as what it was before it was a line."""
    content = HandInContent(
        coverage=[Coverage(*row) for row in answer["coverage"]],
        workload=[(row[0], row[1], row[2], row[3], row[4]) for row in answer["workload"]],
        refused=answer["refused"],
    )
    if (read := answer["history"]) is not None:
        reading = Reading(read["file"], TimeReader(timezone, int(time.time())), Warnings())
        content.history = StoredHistory(
            reading, read["rows"], read["numbers"],
            {name: [(text, row) for text, row in own] for name, own in read["facts"].items()},
            {name: set(fields) for name, fields in read["ruled"].items()},
            read["facts_name"], [Reject(*reject) for reject in read["rejects"]],
            read["warnings"],
            {
                name: [(one[0], one[1], one[2]) for one in own]
                for name, own in read["traits"].items()
            },
            read["timezone"],
            read["profile"], read["read"], [NotRead(*part) for part in read["not_read"]],
            read["notes"], read["source"], read["readings"],
            [Reject(*reject) for reject in read["fields"]],
        )  # fmt: skip
    return content


# What the child does.


def read_files(
    files: Mapping[str, Path],
    timezone: str,
    profiles: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Any]:
    """Read the files of one hand-in, and return all of it as plain JSON."""
    found: dict[str, Any] = {"history": None, "coverage": [], "workload": [], "refused": []}
    history = None
    if "cases" in files:
        history = read_stored_history(
            CaseSources(
                files["cases"], files.get("facts"), timezone=timezone, profiles=profiles or {}
            )
        )
        history.fields = refused_fields(history)
    elif "facts" in files:
        history = read_facts_alone(files["facts"], timezone, profiles or {})
    if history is not None:
        # Without the value: it may be as long as a cell, and nobody at the desk is shown it.
        rejects, fields = (
            [[r.file, r.row, r.field, "", r.reason, r.kept] for r in some]
            for some in (history.rejects, history.fields)
        )
        found["history"] = {
            "file": history.reading.file, "rows": history.rows, "numbers": history.numbers,
            "facts": history.facts, "ruled": {k: sorted(v) for k, v in history.ruled.items()},
            "facts_name": history.facts_name, "rejects": rejects, "warnings": history.warnings,
            "traits": history.traits, "timezone": history.timezone, "fields": fields,
            "profile": history.profile, "read": history.read, "notes": history.notes,
            "not_read": [[part.file, part.part, part.why] for part in history.not_read],
            "source": history.source, "readings": history.readings,
        }  # fmt: skip
    if "coverage" in files:
        rows, rejected = read_coverage(files["coverage"])
        found["coverage"] = [[row.system, row.agency, row.records, row.up_to] for row in rows]
        found["refused"] += [f"{r.file}, row {r.row}, {r.field}: {r.reason}" for r in rejected]
    if "workload" in files:
        table = open_table(files["workload"], Wanted.from_names(WORKLOAD))
        places = require_columns(table, WORKLOAD)
        for row in table.rows():
            cells = ["", "", ""] if row.fault else [row.cells[places[name]] for name in WORKLOAD]
            found["workload"].append([row.number, row.fault, *cells])
    return found


def answer_of(request: str) -> dict[str, Any]:
    """Return the answer to one request: what the files hold, or the reason why not."""
    asked = json.loads(request)
    files = {kind: Path(path) for kind, path in asked["files"].items()}
    name = next(iter(files.values())).name
    answer: dict[str, Any] = {"file": name, "row": None, "field": None, "ends": False}
    try:
        return read_files(files, asked["timezone"], asked["profiles"])
    except InputRejected as no:
        return answer | {
            "file": no.file, "reason": no.reason, "remedy": no.remedy, "row": no.row,
            "field": no.field,
        }  # fmt: skip
    except ClewError as no:
        return answer | {"reason": no.line().rstrip("."), "remedy": "Correct the file"}
    except MemoryError:
        reason = "reading it takes more memory than one file may"
        return answer | {"reason": reason, "remedy": BY_COMMAND, "ends": True}
    except BaseException as fault:  # a library's own panic is no Exception; the next file is read
        reason = f"reading it failed: {type(fault).__name__}: {str(fault)[:200]}"
        ends = not isinstance(fault, Exception)
        return answer | {"reason": reason, "remedy": "Save it again as CSV", "ends": ends}


def main(memory: int) -> None:
    """Answer requests, a line each, until the input ends."""
    with suppress(ValueError, OSError):  # where the system bounds less already, that holds
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What a library prints must not become part of an answer.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        out.write(json.dumps(READY).encode() + b"\n")
        out.flush()
        for request in sys.stdin:
            try:
                line = json.dumps(answer_of(request))
            except MemoryError:
                return
            out.write(line.encode() + b"\n")
            out.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
