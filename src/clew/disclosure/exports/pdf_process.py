"""Setting one page as a PDF in a process of its own, within bounds of text, memory and time.

How long it takes to set a text, and how much memory, depends on the text. So it happens in a child
that the system bounds: whatever becomes of it, the desk goes on and says plainly what was too much.
WeasyPrint loads only there, since it needs libraries of the system that a desk can do without.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from threading import BoundedSemaphore
from typing import Any

from clew.errors import UsageRejected

DEBIAN_PACKAGES = (
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
    "fonts-dejavu-core",
)
"""What WeasyPrint needs of Debian, and the font that the pages name."""
MOST_TEXT = 1_000_000
"""Declared: characters of one page, with its markup; some 300 printed pages of text."""
MEMORY = 2 * 1024 * 1024 * 1024
"""Declared: bytes of address space of the process."""
WORK_S = 50
"""Declared: seconds of a processor's work on one file: a busy machine makes no text too long."""
SECONDS = 300.0
"""Declared: how long somebody waits for a file, whatever else the machine does."""
MOST_PDF = 64 * 1024 * 1024
"""Declared: bytes of the file."""
AT_ONCE = BoundedSemaphore(2)
"""Declared: files made at one time by one server, so that memory is bounded."""
DONE, REFUSED, TOO_LONG = b"pdf\n", b"no\n", b"long\n"
"""The first line of the child's answer; then the file, or the reason and remedy as JSON."""
NO_MEMORY = ("failed to map segment", "annot allocate memory")
"""What the system's loader says of a library for which the memory does not suffice."""
SHORTER = "Export it as data (CSV or a workbook), or shorten the text and try again"


def bounded_pdf(html: str) -> bytes:
    """Turn one page, which has its own style, into a PDF/UA-1 file, in a bounded process.

    Raises
    ------
    UsageRejected
        If the text is too long, takes too much memory or time, others are making PDFs and none is
        done in time, or the system's libraries for it are not installed.
    """
    if len(html) > MOST_TEXT:
        raise UsageRejected(
            f"this is too long for a PDF: {len(html):,} characters, and at most {MOST_TEXT:,} fit",
            SHORTER,
        )
    if not AT_ONCE.acquire(timeout=SECONDS):
        raise UsageRejected("other PDFs are being made", "Try again in a minute")
    try:
        line = [sys.executable, "-m", "clew.disclosure.exports.pdf_process"]
        line += [str(MEMORY), str(WORK_S)]
        done = subprocess.run(  # noqa: S603 (this very program)
            line, input=html.encode("utf-8", "replace"), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=SECONDS, check=False, env=_environment(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UsageRejected(
            f"making this PDF takes more than {SECONDS:.0f} seconds", f"{SHORTER}, or later"
        ) from None
    finally:
        AT_ONCE.release()
    if done.returncode == -signal.SIGXCPU:
        raise UsageRejected(
            f"this is too long for a PDF: setting it takes more than {WORK_S} seconds of work",
            SHORTER,
        )
    if done.stdout.startswith(REFUSED):
        reason, remedy = json.loads(done.stdout.removeprefix(REFUSED))
        raise UsageRejected(reason, remedy)
    if not done.stdout.startswith(DONE):
        raise UsageRejected(
            "this is too long for a PDF: setting it takes more memory than one file may", SHORTER
        )
    return done.stdout.removeprefix(DONE)


def _environment() -> dict[str, str]:
    # One thread and one heap: each would reserve address space of its own.
    return {**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


# What the child does.


def to_pdf(html: str) -> bytes:
    """Turn one page, which has its own style, into a PDF/UA-1 file.

    Raises
    ------
    UsageRejected
        If the system's libraries for it are not installed; says which to install.
    """
    try:
        weasyprint = _load()
    except OSError as absent:
        if any(words in str(absent) for words in NO_MEMORY):
            raise MemoryError from absent
        raise UsageRejected(
            "PDF files cannot be made here: libraries of the system are absent",
            f"Install them: apt-get install {' '.join(DEBIAN_PACKAGES)}",
        ) from absent
    except ImportError as absent:
        raise UsageRejected(
            "PDF files cannot be made here: WeasyPrint is not installed",
            "Install Clew with its extra named desk",
        ) from absent

    def refuse(_fetcher: object, url: str, headers: object = None) -> Any:  # noqa: ARG001
        raise ValueError(f"an export fetches nothing, not even {url[:80]}")

    fetcher = type("Nothing", (weasyprint.urls.URLFetcher,), {"fetch": refuse})
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    page = weasyprint.HTML(string=html, url_fetcher=fetcher(), base_url=None)
    made: bytes = page.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    return made


def _load() -> Any:
    # An optional extra, and slow to load.
    import weasyprint  # noqa: PLC0415
    import weasyprint.urls  # noqa: PLC0415

    return weasyprint


def answer_of(html: str) -> bytes:
    """Return the child's answer to one page."""
    try:
        made = to_pdf(html)
    except UsageRejected as no:
        return REFUSED + json.dumps([no.reason, no.remedy]).encode()
    except MemoryError:
        return TOO_LONG
    return DONE + made if len(made) <= MOST_PDF else TOO_LONG


def main(memory: int, work_s: int) -> None:
    """Read a page from the input, and write the answer to the output."""
    with suppress(ValueError, OSError):  # where the system bounds less already, that holds
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # The softer limit ends it with a signal of its own; also where the parent has died.
        resource.setrlimit(resource.RLIMIT_CPU, (work_s, work_s + 5))
    # What a library prints must not become part of an answer.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        out.write(answer_of(sys.stdin.buffer.read().decode("utf-8")))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
