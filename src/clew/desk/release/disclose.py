"""Exporting a file: what may be in it, the ledger's row, and only then the bytes."""

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
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import write
from clew.desk.records.models import Case
from clew.desk.settings import CONFIGURATION
from clew.desk.web.guard import allowed, check, person_of
from clew.digests import file_digest
from clew.disclosure.exports.text import Stamp

MOST_RECORDS = 50_000
"""Declared: records of one export. Its ledger row names each; more are exported in parts."""
BOTH = (Permission.SEE_RECORD, Permission.EXPORT)
"""What a person must be allowed on each record of an export."""


@dataclass(frozen=True, slots=True)
class Handout:
    """A file to export: its name, how it is made, and what is in it."""

    subject: str
    name: str
    content_type: str
    make: Callable[[IO[bytes]], object]
    stamp: Stamp
    case_ids: Sequence[str]
    guarded_ids: Sequence[str] = ()
    because: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def needs_act(case: Case) -> bool:
    """Tell whether a record is exported only if chosen by name: sealed, or of a living person."""
    return case.sealed or case.kind == "non_fatal"


def exportable(request: HttpRequest) -> QuerySet[Case]:
    """Return the records that the user may see and export, with sealed ones opened to them."""
    person = person_of(request)
    opened = Case.objects.filter(
        sealed=True, openings__account__name=person.name, openings__closed_at=None
    ).distinct()
    mine = [case.pk for case in opened if all(allowed(request, act, case.about()) for act in BOTH)]
    unsealed = Q(sealed=False)
    for act in BOTH:
        areas = areas_of(person, act)
        if areas is not None:
            unsealed &= Q(area__in=areas)
    return Case.objects.filter(unsealed | Q(pk__in=mine))


def hand_out(request: HttpRequest, handout: Handout) -> FileResponse:
    """Make the file, write its row of the ledger, and answer with it.

    The file is made before the transaction, which stays short; within it each record is checked
    again, so that one sealed in the meantime is not exported.

    Raises
    ------
    Refused
        If one of the records may not be seen any more.
    UsageRejected
        If a PDF cannot be made here.
    """
    stamp = handout.stamp
    file = tempfile.TemporaryFile(dir=CONFIGURATION.home)  # noqa: SIM115 (the response closes it)
    try:
        handout.make(file)
        size = file.tell()
        file.seek(0)
        digest = file_digest(file)
        with transaction.atomic():
            ask_again(request, handout.case_ids)
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
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = FileResponse(
        file,
        as_attachment=True,
        filename=f"{stamp.reference}-{handout.name}",
        content_type=handout.content_type,
    )
    response["Content-Length"] = str(size)
    response["Cache-Control"] = "no-store"
    response["X-Clew-Digest"] = digest
    return response


def ask_again(request: HttpRequest, case_ids: Iterable[str]) -> None:
    """Ask the rules again for each record of an export.

    Raises
    ------
    Refused
        If one may not be seen or exported any more.
    """
    wanted = set(case_ids)
    exported = set(
        exportable(request).filter(case_id__in=wanted).values_list("case_id", flat=True)
        if len(wanted) < 500
        else exportable(request).values_list("case_id", flat=True)
    )
    for case_id in sorted(wanted - exported):
        case = Case.objects.get(case_id=case_id)
        for act in BOTH:
            check(request, act, case.about(), case_subject(case_id))
    if wanted - exported:  # pragma: no cover - the rules and the query would disagree
        raise AssertionError("the query of what may leave and the rules disagree")
