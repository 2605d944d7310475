"""The doors of a concern: the only functions that change one. No door alters a person's words.

The rules are `clew.assurance.concern`. State, act and ledger row are one transaction; an act that
the rules refuse leaves none.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from clew.assurance import concern as pure
from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import Role
from clew.desk.cases.models import Case
from clew.desk.concerns.models import Concern, Step, Untold, Words
from clew.desk.concerns.telling import refuse_untold
from clew.desk.deadlines.people import account_named, holders, those_who_may
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.errors import ActRefused

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0 and O, no 1 and I: it is read out by telephone."""
LENGTH = 8
"""Declared: letters of a reference; 32^8 is about a million million, too many to guess."""
TEXTS = ("answer", "how_to_challenge", "words", "searched")
"""What an act says at length: kept with the act, not in the ledger, whose rows others read too."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A concern as it is taken: the person's own words, who says them, and what they named."""

    words: str
    raised_by: str
    who: str
    area: str = ""
    reach: str = ""
    given: str = ""


@transaction.atomic
def take(taken: Taken, by: str, now: datetime, purpose: str = "") -> Concern:
    """Take a concern for somebody outside; it gets its reference and the day of the answer.

    Raises
    ------
    ActRefused
        If there are no words, nobody's name, or `by` is no account.
    """
    account = _account(by)
    for name in ("words", "raised_by"):
        if not getattr(taken, name).strip():
            raise ActRefused(f"taken: say also {name.replace('_', ' ')}", (name,))
    if taken.who not in dict(Concern.FROM):
        raise ActRefused("say who it comes from", ("who",))
    made = Concern.objects.create(
        reference=_reference(), raised_by=taken.raised_by.strip(), who=taken.who,
        reach=taken.reach.strip(), given=taken.given.strip(), area=taken.area, received_at=now,
        due=now + timedelta(hours=pure.ANSWER_HOURS), taken_by=account,
    )  # fmt: skip
    Words.objects.create(concern=made, says=taken.words, at=now)
    step = Step.objects.create(concern=made, act="taken", by=by, after=made.state, at=now)
    write(
        Act.COLLECTION, f"concern:{made.pk}", by, purpose, what="taken", step=step.pk,
        who=made.who, due=instant_text(made.due), at=instant_text(now), after=made.state,
    )  # fmt: skip
    told = [a for a in holders(Role.SUPERVISOR, [made.area]) if a.name != by]
    notify(told, f"Concern {made.reference} came in. It needs an owner", f"concern:{made.pk}")
    return made


def _reference() -> str:
    while True:
        told = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        reference = f"C-{told[:4]}-{told[4:]}"
        if not Concern.objects.filter(reference=reference).exists():
            return reference


@transaction.atomic
def act_on(
    number: int, act: str, said: Mapping[str, str], now: datetime, purpose: str = ""
) -> Concern:
    """Do one act of the table on a concern; `said` as the rules ask (`by` is an account's name).

    Raises
    ------
    ActRefused
        If the rules do not allow it now; if an answer tells of another death too early; if the
        owner or second reader is no account.
    """
    Concern.objects.select_for_update().get(pk=number)
    one = Concern.objects.select_related("words", "case", "owner").get(pk=number)
    after = pure.act_on_concern(one.noun(), act, said, int(now.timestamp()))
    if act == "owned":
        one.owner = _account(said["owner"], "owner")
    if act == "answered":
        refuse_untold(one, f"{said['answer']}\n{said['how_to_challenge']}")
        if said.get("second_reader", "").strip():
            _account(said["second_reader"], "second_reader")
    before, one.state = one.state, after.state
    one.due = datetime.fromtimestamp(after.due, UTC)
    one.save(update_fields=["state", "owner", "due"])
    keep(one, act, said, before, now, purpose)
    return one


def keep(
    one: Concern, act: str, said: Mapping[str, str], before: str, now: datetime, purpose: str
) -> Step:
    """Keep an act, write its row, and tell the owner; call it within the act's transaction."""
    by = said.get("by", "")
    step = Step.objects.create(
        concern=one, act=act, by=by, said=dict(said), before=before, after=one.state, at=now
    )
    brief = {name: text for name, text in said.items() if name not in TEXTS}
    kind = Act.DISCLOSURE if act in ("answered", "untold") else Act.DECISION
    write(
        kind, f"concern:{one.pk}", by, purpose, what=act, step=step.pk, before=before,
        after=one.state, said=brief, at=instant_text(now), due=instant_text(one.due),
    )  # fmt: skip
    told = [one.owner] if one.owner and one.owner.name != by else []
    if act == "challenged":
        told += holders(Role.SUPERVISOR, [one.area])
    cases = [one.case] if one.case else []
    words = f"Concern {one.reference}: {act}"
    notify(those_who_may(told, cases), words, f"concern:{one.pk}")
    return step


@transaction.atomic
def tie(number: int, case_id: str, by: str, now: datetime, purpose: str = "") -> Concern:
    """Say which record a concern is about; an earlier such word stays among the acts.

    Raises
    ------
    ActRefused
        If there is no such record.
    """
    one = Concern.objects.select_for_update().get(pk=number)
    case = Case.objects.filter(case_id=case_id).first()
    if case is None:
        raise ActRefused(f"there is no record {case_id}", ("record",))
    one.case = case
    one.save(update_fields=["case"])
    keep(one, "tied", {"by": by, "record": case_id}, one.state, now, purpose)
    return one


@transaction.atomic
def untell(
    number: int, what: str, reason: str, by: str, now: datetime, purpose: str = ""
) -> Untold:
    """Withdraw something that was told outside: they are told so, with date and reason.

    Raises
    ------
    ActRefused
        If nothing was answered yet, or what or why is not said.
    """
    one = Concern.objects.select_for_update().get(pk=number)
    if not one.answers():
        raise ActRefused("nothing was told yet that could be untold")
    for name, text in (("what", what), ("reason", reason)):
        if not text.strip():
            raise ActRefused(f"untold: say also {name}", (name,))
    made = Untold.objects.create(
        concern=one, what=what.strip(), reason=reason.strip(), account=_account(by), at=now
    )
    keep(one, "untold", {"by": by, "untold": str(made.pk)}, one.state, now, purpose)
    return made


def _account(name: str, field: str = "by") -> Account:
    account = account_named(name.strip())
    if account is None:
        raise ActRefused(f"there is no account {name}", (field,))
    return account
