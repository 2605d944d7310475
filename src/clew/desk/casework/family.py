"""Promises to families, and the duty to keep in contact with next of kin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clew.desk.accounts.models import Account
from clew.desk.casework.models.concerns import Contact, Promise
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.models import Case
from clew.desk.records.who_to_tell import account_named
from clew.errors import ActRefused


@transaction.atomic
def promise(
    case_id: str, form_data: Mapping[str, Any], by: str, now: datetime, purpose: str = ""
) -> Promise:
    """Record a promise: `form_data` says `to` whom, `what`, and by when it is `due`.

    Raises
    ------
    ActRefused
        If one of them is missing, the day is past, or the record or account is unknown.
    """
    case, account = _case_and_account(case_id, by)
    _require(form_data, ("to", "what", "due"))
    if form_data["due"] <= now:
        raise ActRefused("the deadline must be in the future", ("due",))
    row = Promise.objects.create(
        case=case, by=account, to=form_data["to"].strip(), what=form_data["what"].strip(),
        made_at=now, due=form_data["due"],
    )  # fmt: skip
    write(Act.ALTERATION, case_subject(case_id), by, purpose, what="promise", promise=row.pk,
          due=instant_text(row.due), at=instant_text(now))  # fmt: skip
    return row


@transaction.atomic
def keep_promise(number: int, how: str, by: str, now: datetime, purpose: str = "") -> Promise:
    """Record that a promise was kept, and how; once.

    Raises
    ------
    ActRefused
        If it was kept already, or how is missing.
    """
    row = Promise.objects.select_for_update().get(pk=number)
    if row.kept_at is not None:
        raise ActRefused("this promise has already been kept")
    if not how.strip():
        raise ActRefused("enter how it was kept", ("how",))
    row.kept_at, row.kept_by, row.how = now, by, how.strip()
    row.save(update_fields=["kept_at", "kept_by", "how"])
    write(Act.ALTERATION, case_subject(row.case.case_id), by, purpose, what="promise kept",
          promise=row.pk, at=instant_text(now))  # fmt: skip
    return row


@transaction.atomic
def contact(
    case_id: str, form_data: Mapping[str, Any], by: str, now: datetime, purpose: str = ""
) -> Contact:
    """Record who of the next of kin was spoken to, when, what was said, and when next.

    Raises
    ------
    ActRefused
        If something is missing, if it lies in the future, or if there is neither a next time nor
        the reason why not.
    """
    case, account = _case_and_account(case_id, by)
    _require(form_data, ("to", "said", "at"))
    again, because = form_data.get("again_at"), str(form_data.get("because") or "").strip()
    if form_data["at"] > now:
        raise ActRefused("the date and time must be in the past", ("at",))
    if again is None and not because:
        raise ActRefused("enter when you will contact them again, or why not", ("again_at",))
    if again is not None and again <= form_data["at"]:
        raise ActRefused("the next contact must be after this one", ("again_at",))
    row = Contact.objects.create(
        case=case, by=account, to=form_data["to"].strip(), said=form_data["said"].strip(),
        at=form_data["at"], again_at=again, because=because, recorded_at=now,
    )  # fmt: skip
    write(
        Act.ALTERATION, case_subject(case_id), by, purpose, what="next of kin told", contact=row.pk,
        at=instant_text(row.at), again=instant_text(again) if again else "",
    )  # fmt: skip
    return row


def _require(form_data: Mapping[str, Any], names: tuple[str, ...]) -> None:
    missing = tuple(name for name in names if not str(form_data.get(name) or "").strip())
    if missing:
        raise ActRefused(f"say also {', '.join(missing)}", missing)


def _case_and_account(case_id: str, by: str) -> tuple[Case, Account]:
    case, account = Case.objects.filter(case_id=case_id).first(), account_named(by)
    if case is None or account is None:
        raise ActRefused(f"there is no record {case_id}, or no account {by}")
    return case, account
