"""How long `clew link` takes on a real office's file.

Run with the folder of real data in CLEW_DATA: `python benchmarks/link_real.py`.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILE = "milwaukee_deaths_2020_2023.csv.gz"
RUNS = 3
NEAR = ("--lat", "43.04", "--lon", "-87.93", "--within-km", "0.5")


def run(*arguments: str, cache: str | None = None) -> tuple[float, str]:
    """Run one command in a process of its own; return seconds and what it printed."""
    command = [sys.executable, "-c", "from clew.cli.app import main; main()", *arguments]
    environment = dict(os.environ, **({"CLEW_CACHE": cache} if cache else {}))
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return time.perf_counter() - begun, done.stdout


def main() -> str:
    """Return the table."""
    folder = os.environ.get("CLEW_DATA")
    if not folder:
        return "The real file was not at hand (CLEW_DATA is not set)."
    path = str(Path(folder) / FILE)
    with tempfile.TemporaryDirectory() as out, tempfile.TemporaryDirectory() as cold:
        link = ("link", path, "--mapping", "milwaukee", "--out", out)
        first, _ = run(*link, cache=cold)
        warm = [run(*link)[0] for _ in range(RUNS)]
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        near = ("near", path, "--mapping", "milwaukee", *NEAR)
        unprepared = run(*near, cache=cold)[0]
        prepared = [run(*near, cache=cold)[0] for _ in range(RUNS)]
    return "\n".join(
        [
            "| what, on 16,306 cases and all 133 million pairs, two cores | measured |",
            "|---|--:|",
            f"| `clew link`, kernel not yet compiled | {first:.1f} s |",
            f"| `clew link`, compiled (median of {RUNS}) | {statistics.median(warm):.1f} s |",
            f"| largest memory of any of these runs | {memory:,.0f} MiB |",
            f"| `clew near`, file not yet prepared | {unprepared:.2f} s |",
            f"| `clew near`, prepared (median of {RUNS}) | {statistics.median(prepared):.2f} s |",
        ]
    )


if __name__ == "__main__":
    print(main())
