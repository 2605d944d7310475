"""What every act of casework does: begin, write the ledger's row, notify, find who may sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Permission, Role, rule
from clew.desk.casework.models.status import CaseworkStatus, StandardText
from clew.desk.casework.standards import known, source_on
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.models import Case
from clew.desk.records.who_to_tell import holders
from clew.errors import ActRefused
from clew.model.values import Instant

DEATH = "death"
SHORTENED = 400
"""Declared: characters of each text that the ledger repeats; the whole text is in its own row."""


def instant(at: datetime) -> Instant:
    """Return a time as whole seconds since 1970, as the pure rules count it."""
    return int(at.timestamp())


def begin(case: Case, now: datetime) -> CaseworkStatus:
    """Return a death's status, locked; if there is none, create it with the standard of its day.

    `case` is read anew: it may have been read before the act's transaction began.

    Raises
    ------
    ActRefused
        If the record is not of a death.
    """
    case.refresh_from_db()
    if case.kind != DEATH:
        raise ActRefused("only a death has lines of enquiry and a class")
    status = CaseworkStatus.objects.select_for_update().filter(case=case).first()
    if status is None:
        source = source_on(known()[0], case.reported_at)
        digest = sha256(f"{source.name}\n{source.text}".encode()).hexdigest()
        text, _ = StandardText.objects.get_or_create(
            digest=digest, defaults={"name": source.name, "text": source.text, "kept_at": now}
        )
        status = CaseworkStatus.objects.create(case=case, since=now, begun_at=now, standard=text)
        write_ledger_row(case, None, "assurance begun", standard=text.name, digest=text.digest)
    return status


def write_ledger_row(case: Case, by: Account | None, what: str, **body: Any) -> None:
    """Write the ledger's row of an act on a death; `by` None: the desk itself."""
    short = {name: _short(value) for name, value in body.items() if value not in ("", None)}
    write(
        Act.DECISION,
        case_subject(case.case_id),
        by.name if by else ENGINE,
        getattr(by, "clew_purpose", "") if by else "assurance",
        what=what,
        **short,
    )


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value[:SHORTENED]
    if isinstance(value, Mapping):
        return {name: _short(part) for name, part in value.items()}
    return value


def may_sign(account: Account, case: Case) -> bool:
    """Tell whether an account may sign for this death: a supervisor's role here, unsealed to it."""
    person = account.person(second_factor=True)
    return rule(person, Permission.DECIDE, case.about()).allowed


def signer_named(name: str, case: Case, field: str) -> Account:
    """Return the account that is named as signing.

    Raises
    ------
    ActRefused
        If there is none, or it may not sign for this death.
    """
    account = Account.objects.filter(name=name.strip().lower()).first()
    if account is None or not may_sign(account, case):
        raise ActRefused("the person who signs must be a supervisor for this area", (field,))
    return account


def notify_supervisors(case: Case, words: str, but: Account | None = None) -> None:
    """Leave a notice for the area's supervisors who may see the death, and for its owner."""
    recipients = [one for one in holders(Role.SUPERVISOR, [case.area]) if may_sign(one, case)]
    if case.owner and rule(case.owner.person(), Permission.SEE_RECORD, case.about()).allowed:
        recipients.append(case.owner)
    notify([one for one in recipients if one != but], words, case_subject(case.case_id))
