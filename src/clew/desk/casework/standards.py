"""Standards of the force and the one that ships; which of them a death keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from django.utils import timezone

from clew.assurance.standard import Standard, in_force, parse_standard
from clew.desk.casework.models.status import CaseworkStatus, StandardText
from clew.desk.records.models import Case
from clew.desk.settings import CONFIGURATION
from clew.errors import InputRejected

FOLDER = "standards"
"""Below the desk's home: a force's own standards, one TOML file each."""


@dataclass(frozen=True, slots=True)
class StandardSource:
    """A standard and the text that it was read from."""

    standard: Standard
    name: str
    text: str


@lru_cache(maxsize=64)
def read(text: str, name: str) -> Standard:
    """Return the standard of a text; the same text is read once."""
    return parse_standard(text, name)


def shipped() -> StandardSource:
    """Return the standard that ships with Clew."""
    text = files("clew.assurance").joinpath("default.toml").read_text("utf-8")
    return StandardSource(read(text, "default.toml"), "default.toml", text)


def files_of_the_force() -> tuple[Path, ...]:
    """Return the force's own files, by name."""
    return tuple(sorted((CONFIGURATION.home / FOLDER).glob("*.toml")))


def of_the_force() -> tuple[StandardSource, ...]:
    """Return the force's own standards.

    Raises
    ------
    InputRejected
        With file, line of enquiry, field and remedy, if one cannot be taken.
    """
    return tuple(_read_file(path) for path in files_of_the_force())


def known() -> tuple[tuple[StandardSource, ...], tuple[str, ...]]:
    """Return every standard that can be taken, the shipped one last; and what is wrong with others.

    A file that cannot be taken stands on every page until it is mended; it stops no work at night.
    """
    found, faults = [], []
    for path in files_of_the_force():
        try:
            found.append(_read_file(path))
        except InputRejected as fault:
            faults.append(fault.line())
    return (*found, shipped()), tuple(faults)


def _read_file(path: Path) -> StandardSource:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        told = InputRejected(path.name, f"it cannot be read: {fault}", "Write it as UTF-8 text")
        raise told from fault
    return StandardSource(read(text, path.name), path.name, text)


def source_on(sources: Sequence[StandardSource], at: datetime) -> StandardSource:
    """Return the one in force on a day: the force's own, where it has one in force, else ours."""
    day = timezone.localtime(at).date()
    *own, ours = sources
    standing = [one for one in own if one.standard.in_force_from <= day]
    chosen = in_force([one.standard for one in standing] or [ours.standard], day)
    return next(one for one in (*own, ours) if one.standard is chosen)


def standard_of(case: Case) -> Standard:
    """Return the standard of a death: the one that it keeps, else that of the day it was reported.

    A death keeps it from the first act on: no file that is changed later changes what was owed.
    """
    held = CaseworkStatus.objects.filter(case=case).select_related("standard").first()
    if held is not None:
        return read(held.standard.text, held.standard.name)
    return source_on(known()[0], case.reported_at).standard


def keep_text(case: Case, at: datetime) -> StandardText:
    """Keep the text of the standard that a death has, once, and return its row."""
    source = source_on(known()[0], case.reported_at)
    digest = sha256(f"{source.name}\n{source.text}".encode()).hexdigest()
    kept, _ = StandardText.objects.get_or_create(
        digest=digest, defaults={"name": source.name, "text": source.text, "kept_at": at}
    )
    return kept
