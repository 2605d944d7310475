"""Who a code means: held apart from the records, told one at a time, and each time a row."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from clew.desk.accounts.rules import Person
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import write
from clew.desk.records.models import Case, Identity


def hold_identities(rows: Iterable[tuple[str, str, str]], by: str) -> int:
    """Add or correct identities, (code, type, says) each; return how many. One transaction."""
    identities = [Identity(code=code, type=kind, says=says) for code, kind, says in rows]
    with transaction.atomic():
        Identity.objects.bulk_create(
            identities,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["type", "says"],
        )
        write(Act.COLLECTION, "identities", by, rows=len(identities))
    return len(identities)


def codes_of(case: Case) -> dict[str, str]:
    """Return the codes that a record names, each with how it stands there: `caller, person`."""
    found = {}
    for one in str(case.texts.get("now", {}).get("entities", "")).split(";"):
        role, _, rest = one.strip().partition(":")
        kind, _, code = rest.partition(":")
        if code:
            found[code.strip()] = f"{role.strip()}, {kind.strip()}".replace("_", " ")
    return found


def resolve(case: Case, code: str, person: Person, necessity: str) -> str:
    """Tell whom a code of a record stands for; "" if that is not held. Within a transaction."""
    found = Identity.objects.filter(code=code).first()
    write(
        Act.DISCLOSURE, case_subject(case.case_id), person.name, person.purpose,
        what="identity resolved", code=code, necessity=necessity, held=found is not None,
    )  # fmt: skip
    return found.says if found else ""
