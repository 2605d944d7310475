"""Standards of the force and the one that ships; which of them applies to a death."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from django.utils import timezone

from clew.assurance.standard import Standard, in_force, parse_standard
from clew.desk.casework.models.status import CaseworkStatus
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


def files_of_the_force() -> tuple[Path, ...]:
    """Return the force's own files, by name."""
    return tuple(sorted((CONFIGURATION.home / FOLDER).glob("*.toml")))


def of_the_force() -> tuple[StandardSource, ...]:
    """Return the force's own standards.

    Raises
    ------
    InputRejected
        With file, line of enquiry, field and remedy, if one cannot be used.
    """
    return tuple(_read_file(path) for path in files_of_the_force())


def known() -> tuple[tuple[StandardSource, ...], tuple[str, ...]]:
    """Return every usable standard, the shipped one last; and what is wrong with the others.

    The fault of a file is shown on every page until it is mended; it stops no work at night.
    """
    sources, faults = [], []
    for path in files_of_the_force():
        try:
            sources.append(_read_file(path))
        except InputRejected as fault:
            faults.append(fault.line())
    name = "default.toml"
    text = files("clew.assurance").joinpath(name).read_text("utf-8")
    return (*sources, StandardSource(read(text, name), name, text)), tuple(faults)


def _read_file(path: Path) -> StandardSource:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        reason, remedy = f"it cannot be read: {fault}", "Write it as UTF-8 text"
        raise InputRejected(path.name, reason, remedy) from fault
    return StandardSource(read(text, path.name), path.name, text)


def source_on(sources: Sequence[StandardSource], at: datetime) -> StandardSource:
    """Return the one in force on a day: the force's own, where it has one in force, else ours."""
    day = timezone.localtime(at).date()
    *own, ours = sources
    current = [source.standard for source in own if source.standard.in_force_from <= day]
    chosen = in_force(current or [ours.standard], day)
    return next(source for source in sources if source.standard is chosen)


def standard_of(case: Case) -> Standard:
    """Return the standard of a death: the one it was begun with, else that of its report's day.

    It is fixed from the first act on: no file that is changed later changes what was required.
    """
    status = CaseworkStatus.objects.filter(case=case).select_related("standard").first()
    if status is not None:
        return read(status.standard.text, status.standard.name)
    return source_on(known()[0], case.reported_at).standard
