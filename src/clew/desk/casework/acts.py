"""What every door of this app does: begin, write the row, tell supervisors, ask for one by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Permission, Role, rule
from clew.desk.casework.models.status import CaseworkStatus
from clew.desk.casework.standards import keep_text
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.models import Case
from clew.desk.records.who_to_tell import holders
from clew.errors import ActRefused
from clew.model.values import Instant

DEATH = "death"
SHORTENED = 400
"""Declared: characters of each text that the ledger's row repeats; the whole stands in its own."""


def instant(at: datetime) -> Instant:
    """Return a time as the pure rules count it."""
    return int(at.timestamp())


def begin(case: Case, now: datetime) -> CaseworkStatus:
    """Return where a death stands, beginning if nobody has; in a transaction, it is locked.

    Raises
    ------
    ActRefused
        If the record is no death.
    """
    if case.kind != DEATH:
        raise ActRefused("only a death has lines of enquiry and a class")
    held = CaseworkStatus.objects.select_for_update().filter(case=case).first()
    if held is not None:
        return held
    made = CaseworkStatus.objects.create(
        case=case, since=now, begun_at=now, standard=keep_text(case, now)
    )
    write_ledger_row(
        case, None, "assurance begun", standard=made.standard.name, digest=made.standard.digest
    )
    return made


def write_ledger_row(case: Case, by: Account | None, what: str, **body: Any) -> None:
    """Write the ledger's row of an act on a death; `by` None: the desk itself."""
    told = {name: _short(value) for name, value in body.items() if value not in ("", None)}
    write(
        Act.DECISION,
        f"case:{case.case_id}",
        by.name if by else ENGINE,
        getattr(by, "clew_purpose", "") if by else "assurance",
        what=what,
        **told,
    )


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value[:SHORTENED]
    if isinstance(value, Mapping):
        return {name: _short(one) for name, one in value.items()}
    return value


def may_sign(account: Account, case: Case) -> bool:
    """Tell whether somebody may sign for this death: a supervisor's role, here, behind its seal."""
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
        raise ActRefused("whoever signs must hold a supervisor's role for this area", (field,))
    return account


def supervisors_of(case: Case) -> list[Account]:
    """Return the supervisors of the death's area, who may see it."""
    return [one for one in holders(Role.SUPERVISOR, [case.area]) if may_sign(one, case)]


def tell_supervisors(case: Case, words: str, but: Account | None = None) -> None:
    """Leave a notice for each supervisor of the area, and for whoever owns the record."""
    told = supervisors_of(case)
    if case.owner and rule(case.owner.person(), Permission.SEE_RECORD, case.about()).allowed:
        told.append(case.owner)
    notify([one for one in told if one != but], words, f"case:{case.case_id}")
