"""Promises to families, and the duty to keep in contact with next of kin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from clew.desk.accounts.models import Account
from clew.desk.casework.models.concerns import Contact, Promise
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.models import Case
from clew.desk.records.who_to_tell import account_named
from clew.errors import ActRefused


@transaction.atomic
def promise(
    case_id: str, told: Mapping[str, Any], by: str, now: datetime, purpose: str = ""
) -> Promise:
    """Keep a promise: `told` says to whom, what, and due by when.

    Raises
    ------
    ActRefused
        If one of them is not said, the day is past, or the record or account is unknown.
    """
    case, account = _both(case_id, by)
    _must(told, ("to", "what", "due"))
    if told["due"] <= now:
        raise ActRefused("a promise is for a time to come", ("due",))
    made = Promise.objects.create(
        case=case, by=account, to=told["to"].strip(), what=told["what"].strip(), made_at=now,
        due=told["due"],
    )  # fmt: skip
    write(Act.ALTERATION, f"case:{case_id}", by, purpose, what="promise", promise=made.pk,
          due=instant_text(made.due), at=instant_text(now))  # fmt: skip
    return made


@transaction.atomic
def keep_promise(number: int, how: str, by: str, now: datetime, purpose: str = "") -> Promise:
    """Say that a promise was kept, and how; once.

    Raises
    ------
    ActRefused
        If it was kept already, or how is not said.
    """
    one = Promise.objects.select_for_update().get(pk=number)
    if one.kept_at is not None:
        raise ActRefused("this promise was kept already")
    if not how.strip():
        raise ActRefused("say how it was kept", ("how",))
    one.kept_at, one.kept_by, one.how = now, by, how.strip()
    one.save(update_fields=["kept_at", "kept_by", "how"])
    write(Act.ALTERATION, f"case:{one.case.case_id}", by, purpose, what="promise kept",
          promise=one.pk, at=instant_text(now))  # fmt: skip
    return one


@transaction.atomic
def contact(
    case_id: str, told: Mapping[str, Any], by: str, now: datetime, purpose: str = ""
) -> Contact:
    """Write down who of the next of kin was spoken to, when, what was said, and when next.

    Raises
    ------
    ActRefused
        If something is not said, if it lies in the future, or if there is neither a next time nor
        the reason why not.
    """
    case, account = _both(case_id, by)
    _must(told, ("to", "said", "at"))
    again, because = told.get("again_at"), str(told.get("because") or "").strip()
    if told["at"] > now:
        raise ActRefused("this time is in the future", ("at",))
    if again is None and not because:
        raise ActRefused("say when they are called next, or why not", ("again_at",))
    if again is not None and again <= told["at"]:
        raise ActRefused("the next time comes after this one", ("again_at",))
    made = Contact.objects.create(
        case=case, by=account, to=told["to"].strip(), said=told["said"].strip(), at=told["at"],
        again_at=again, because=because, recorded_at=now,
    )  # fmt: skip
    write(
        Act.ALTERATION, f"case:{case_id}", by, purpose, what="next of kin told", contact=made.pk,
        at=instant_text(made.at), again=instant_text(again) if again else "",
    )  # fmt: skip
    return made


def _must(told: Mapping[str, Any], names: tuple[str, ...]) -> None:
    missing = tuple(name for name in names if not str(told.get(name) or "").strip())
    if missing:
        raise ActRefused(f"say also {', '.join(missing)}", missing)


def _both(case_id: str, by: str) -> tuple[Case, Account]:
    case, account = Case.objects.filter(case_id=case_id).first(), account_named(by)
    if case is None or account is None:
        raise ActRefused(f"there is no record {case_id}, or no account {by}")
    return case, account
