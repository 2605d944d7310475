"""Handing out a file: what may be in it, the ledger's row, and only then the bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest

from clew.desk.accounts.rules import Permission, areas_of
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.records.models import Case
from clew.desk.settings import CONFIGURATION
from clew.desk.web.guard import allowed, check, person_of
from clew.digests import file_digest
from clew.disclosure.exports.text import Stamp

MOST_RECORDS = 50_000
"""Declared: records of one export. Its ledger row names each; more are asked for in parts."""


@dataclass(frozen=True, slots=True)
class Handout:
    """A file about to be handed out: what it is called, how it is made, and what is in it."""

    subject: str
    name: str
    content_type: str
    make: Callable[[IO[bytes]], None]
    stamp: Stamp
    case_ids: Sequence[str]
    guarded_ids: Sequence[str] = ()
    because: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def needs_act(case: Case) -> bool:
    """Tell whether a record leaves by an explicit act alone: sealed, or about somebody living."""
    return case.sealed or case.kind == "non_fatal"


def may_export(request: HttpRequest, case: Case) -> bool:
    """Tell whether whoever asks may both see and export a record."""
    about = case.about()
    return allowed(request, Permission.SEE_RECORD, about) and allowed(
        request, Permission.EXPORT, about
    )


def exportable(request: HttpRequest) -> QuerySet[Case]:
    """Return the records that whoever asks may see and export, sealed ones opened to him too."""
    person = person_of(request)
    opened = Case.objects.filter(
        sealed=True, openings__account__name=person.name, openings__closed_at=None
    ).distinct()
    mine = [case.pk for case in opened if may_export(request, case)]
    unsealed = Q(sealed=False)
    for act in (Permission.SEE_RECORD, Permission.EXPORT):
        areas = areas_of(person, act)
        if areas is not None:
            unsealed &= Q(area__in=areas)
    return Case.objects.filter(unsealed | Q(pk__in=mine))


def hand_out(request: HttpRequest, handout: Handout) -> FileResponse:
    """Make the file, write its row of the ledger, and answer with it.

    The file is made before the transaction, which stays short; within it each record is asked for
    again, so that one sealed in the meantime does not leave.

    Raises
    ------
    Refused
        If one of the records may not be seen any more.
    UsageRejected
        If a PDF cannot be made here.
    """
    file = tempfile.TemporaryFile(dir=CONFIGURATION.home)  # noqa: SIM115 (the answer closes it)
    try:
        handout.make(file)
        size = file.tell()
        file.seek(0)
        digest = file_digest(file)
        with transaction.atomic():
            ask_again(request, handout.case_ids)
            _write_down(request, handout, digest, size)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    answer = FileResponse(
        file,
        as_attachment=True,
        filename=f"{handout.stamp.reference}-{handout.name}",
        content_type=handout.content_type,
    )
    answer["Content-Length"] = str(size)
    answer["Cache-Control"] = "no-store"
    answer["X-Clew-Digest"] = digest
    return answer


def _write_down(request: HttpRequest, handout: Handout, digest: str, size: int) -> None:
    stamp = handout.stamp
    write(
        Act.DISCLOSURE,
        handout.subject[:200],
        person_of(request).name,
        stamp.purpose,
        export=stamp.reference,
        what=stamp.what,
        file=handout.name,
        digest=digest,
        bytes=size,
        given_to=stamp.given_to,
        records=sorted(handout.case_ids),
        guarded=sorted(handout.guarded_ids),
        because=handout.because,
        **handout.more,
    )


def ask_again(request: HttpRequest, case_ids: Iterable[str]) -> None:
    """Ask the rules again for each record of an export.

    Raises
    ------
    Refused
        If one may not be seen or exported any more.
    """
    wanted = set(case_ids)
    held = set(
        exportable(request).filter(case_id__in=wanted).values_list("case_id", flat=True)
        if len(wanted) < 500
        else exportable(request).values_list("case_id", flat=True)
    )
    for case_id in sorted(wanted - held):
        case = Case.objects.get(case_id=case_id)
        for act in (Permission.SEE_RECORD, Permission.EXPORT):
            check(request, act, case.about(), f"case:{case_id}")
    if wanted - held:  # pragma: no cover - the rules and the query would disagree
        raise AssertionError("the query of what may leave and the rules disagree")
