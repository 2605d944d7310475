"""The Barking record, replayed at the desk: what is blocked, raised and escalated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "desk" / "replay-barking.md"
DATES = ("19 June 2014", "30 August 2014", "22 September 2014", "20 June 2015", "16 September 2015")
TOLD = (
    "Blocked: closing BD-1",
    "Blocked: removing that view.",
    "Blocked: refusing it without a reason.",
    "Escalated: challenged before a named senior",
    "Raised: BD-2 has BD-1 among its candidates, in place 1",
    "Raised: the pair BD-2 and BD-1 is in the queue because someone outside named both.",
    "Blocked: closing that concern unanswered.",
    'Blocked: answering "There is no link."',
    "Raised by the note: A note is never taken as authentic",
    "Blocked: closing BD-3",
    "Kept: the coroner's doubt is a line of its own",
    "Raised: BD-3 has BD-1 among its candidates",
    "Raised: BD-4 has BD-",
    "Escalated to the supervisor by the clock",
    "Escalated to the chief officer by the clock",
)
"""In whichever force the four stand; ranks and alerts depend on the force."""


def dated(text: str) -> list[str]:
    return [line[3:].split(":")[0] for line in text.splitlines() if line.startswith("## ")]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    home = tmp_path_factory.mktemp("replay") / "home"
    code = "import sys; from clew.cli.app import main; main()"
    line = [sys.executable, "-c", code, "desk", "replay-barking", "--home", str(home)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CLEW_DESK_")}
    environment["DJANGO_SETTINGS_MODULE"] = "clew.desk.settings"
    done = subprocess.run([*line, "--deaths-a-day", "0.06"], env=environment,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_date_tells_what_is_blocked_raised_and_escalated(printed: str) -> None:
    assert dated(printed) == list(DATES)
    for words in TOLD:
        assert words in printed


def test_the_page_in_the_documents_is_what_the_command_writes(printed: str) -> None:
    page = PAGE.read_text("utf-8")
    assert dated(page) == list(DATES)
    for words in (*TOLD, "are referred automatically to the murder team"):
        assert words in page
    head = printed.split("## ", maxsplit=1)[0]
    assert page.startswith(head)
