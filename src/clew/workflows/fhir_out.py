"""Cases that an import touched go out again as FHIR MDI messages, one file each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from clew.intake.extract.held_files import read_held, read_state
from clew.intake.extract.messages import current_texts
from clew.intake.standards.write_mdi import document, json_text, toxicology_messages
from clew.intake.times import TimeReader

FAR = 7_258_118_400
"""2200-01-01: what is held was checked when it came in."""


def write_messages(held_in: Path, case_ids: Collection[str], folder: Path) -> int:
    """Write the messages of some cases, as they stand after all facts; return how many.

    Each case gives a document to the registry, and a message for every toxicology report that it
    keeps. Files are named for the case and the report; the same case gives the same bytes.
    """
    state = read_state(held_in)
    held = read_held(held_in, state, TimeReader(state.timezone, FAR))
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for case_id in sorted(set(case_ids) & set(held.cases)):
        texts = current_texts(held, case_id)
        _write(folder / f"mdi-{file_name(case_id)}.json", document(texts))
        messages = toxicology_messages(texts)
        for number, message in enumerate(messages, start=1):
            _write(folder / f"tox-{file_name(case_id)}-{number}.json", message)
        written += 1 + len(messages)
    return written


def _write(path: Path, bundle: dict[str, Any]) -> None:
    path.write_text(json_text(bundle), encoding="utf-8")


def file_name(case_id: str) -> str:
    """Return an id as a file's name: what a file system might obey becomes a sum of the id."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", case_id):
        return case_id
    plain = re.sub(r"[^A-Za-z0-9]+", "-", case_id)[:40].strip("-")
    return f"{plain}-{hashlib.sha256(case_id.encode()).hexdigest()[:10]}".strip("-")
