"""Concerns: the only functions that change one, who may see which, and what an answer may say.

Nothing alters a person's words. The rules are `clew.assurance.concern`. State, act and ledger row
are one transaction; an act that the rules refuse leaves none.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from clew.assurance import concern as pure
from clew.assurance.concern import CHALLENGED, OWNED, RECEIVED
from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import (
    POLICE,
    AccessDecision,
    Permission,
    Person,
    Role,
    Target,
    areas_of,
    rule,
)
from clew.desk.casework.models.concerns import (
    AnswerDraft,
    Concern,
    ConcernStep,
    ConcernWords,
    PendingDisclosure,
)
from clew.desk.casework.reopening import ANSWER_CHALLENGED, NAMED, open_named
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.models import Case
from clew.desk.records.sealing import pass_to_keepers
from clew.desk.records.spellings import compact, ids_in
from clew.desk.records.visible import open_numbers, opened_to, unsealed_to
from clew.desk.records.who_to_tell import account_named, holders, those_who_may
from clew.desk.review.models import Judgement, Pair
from clew.desk.review.shown import unsealed_pairs
from clew.desk.web.guard import Refused, person_of
from clew.errors import ActRefused

WAITING = (RECEIVED, OWNED, CHALLENGED)
ADOPTERS = 2
"""Settled (issue 9): the public hears of a similarity only after two people adopt it."""
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0 and O, no 1 and I: it is read out by telephone."""
LENGTH = 8
"""Declared: letters of a reference; 32^8 is about a million million, too many to guess."""
TEXTS = ("answer", "how_to_challenge", "words", "searched")
"""Long texts of an act: kept with the act, not in the ledger, whose rows others read too."""


@dataclass(frozen=True, slots=True)
class NewConcern:
    """A concern as received: the person's own words, who says them, and what they named."""

    words: str
    raised_by: str
    who: str
    area: str = ""
    reach: str = ""
    given: str = ""


@transaction.atomic
def take(new: NewConcern, by: str, now: datetime, purpose: str = "") -> Concern:
    """Record a concern from the public; it gets its reference and the date of the answer.

    Raises
    ------
    ActRefused
        If there are no words, nobody's name, or `by` is no account.
    """
    account = _account(by)
    for name in ("words", "raised_by"):
        if not getattr(new, name).strip():
            raise ActRefused(f"enter {name.replace('_', ' ')}", (name,))
    if new.who not in dict(Concern.FROM):
        raise ActRefused("choose who it is from", ("who",))
    reference = ""
    while not reference or Concern.objects.filter(reference=reference).exists():
        letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        reference = f"C-{letters[:4]}-{letters[4:]}"
    concern = Concern.objects.create(
        reference=reference, raised_by=new.raised_by.strip(), who=new.who,
        reach=new.reach.strip(), given=new.given.strip(), area=new.area, received_at=now,
        due=now + timedelta(hours=pure.ANSWER_HOURS), taken_by=account,
    )  # fmt: skip
    ConcernWords.objects.create(concern=concern, says=new.words, at=now)
    step = ConcernStep.objects.create(
        concern=concern, act="taken", by=by, after=concern.state, at=now
    )
    write(
        Act.COLLECTION, f"concern:{concern.pk}", by, purpose, what="taken", step=step.pk,
        who=concern.who, due=instant_text(concern.due), at=instant_text(now), after=concern.state,
    )  # fmt: skip
    recipients = [a for a in holders(Role.SUPERVISOR, [concern.area]) if a.name != by]
    words = f"Concern {concern.reference} was recorded. It needs an owner"
    notify(recipients, words, f"concern:{concern.pk}")
    return concern


@transaction.atomic
def act_on(
    number: int, act: str, said: Mapping[str, str], now: datetime, purpose: str = ""
) -> Concern:
    """Do one act of the table on a concern; `said` as the rules ask (`by` is an account's name).

    Raises
    ------
    ActRefused
        If the rules do not allow it now; if an answer names another death too early; if the owner
        or second reader is no account.
    """
    Concern.objects.select_for_update().get(pk=number)
    concern = Concern.objects.select_related("words", "case", "owner").get(pk=number)
    after = pure.act_on_concern(concern.noun(), act, said, int(now.timestamp()))
    if act == "owned":
        concern.owner = _account(said["owner"], "owner")
    if act == "answered":
        text = f"{said['answer']}\n{said['how_to_challenge']}"
        refuse_early_disclosure(concern, text, said.get("by", ""))
        if said.get("second_reader", "").strip():
            _account(said["second_reader"], "second_reader")
    before, concern.state = concern.state, after.state
    concern.due = datetime.fromtimestamp(after.due, UTC)
    concern.save(update_fields=["state", "owner", "due"])
    record_step(concern, act, said, before, now, purpose)
    if act == "challenged":
        open_named(concern.case, ANSWER_CHALLENGED, now)
    return concern


def record_step(
    concern: Concern, act: str, said: Mapping[str, str], before: str, now: datetime, purpose: str
) -> ConcernStep:
    """Keep an act, write its row, and notify the owner; within the act's transaction."""
    by = said.get("by", "")
    step = ConcernStep.objects.create(
        concern=concern, act=act, by=by, said=dict(said), before=before, after=concern.state, at=now
    )
    brief = {name: text for name, text in said.items() if name not in TEXTS}
    kind = Act.DISCLOSURE if act in ("answered", "untold") else Act.DECISION
    write(
        kind, f"concern:{concern.pk}", by, purpose, what=act, step=step.pk, before=before,
        after=concern.state, said=brief, at=instant_text(now), due=instant_text(concern.due),
    )  # fmt: skip
    recipients = [concern.owner] if concern.owner and concern.owner.name != by else []
    if act == "challenged":
        recipients += holders(Role.SUPERVISOR, [concern.area])
    cases = [concern.case] if concern.case else []
    words = f"Concern {concern.reference}: {act}"
    notify(those_who_may(recipients, cases), words, f"concern:{concern.pk}")
    return step


@transaction.atomic
def tie(number: int, case_id: str, by: str, now: datetime, purpose: str = "") -> Concern:
    """Record which case a concern is about; an earlier one stays among the acts.

    A closed death that is named so opens again, while the concern waits for an answer.

    Raises
    ------
    ActRefused
        If there is no such record, or it is sealed from `by` by now.
    """
    concern = Concern.objects.select_for_update().get(pk=number)
    unsealed = unsealed_to(_account(by).person(second_factor=True), Permission.SEE_RECORD)
    case = Case.objects.filter(unsealed, case_id=case_id).first()
    if case is None:
        raise ActRefused(f"there is no record {case_id}", ("record",))
    concern.case = case
    concern.save(update_fields=["case"])
    record_step(concern, "tied", {"by": by, "record": case_id}, concern.state, now, purpose)
    if concern.state in WAITING:
        open_named(case, NAMED, now)
    return concern


@transaction.atomic
def withdraw_disclosure(
    number: int, what: str, reason: str, by: str, now: datetime, purpose: str = ""
) -> PendingDisclosure:
    """Withdraw something that was disclosed: they are told so, with date and reason.

    Raises
    ------
    ActRefused
        If nothing was answered yet, or what or why is missing.
    """
    concern = Concern.objects.select_for_update().get(pk=number)
    if not concern.answers():
        raise ActRefused("there is no answer to withdraw yet")
    for name, text in (("what", what), ("reason", reason)):
        if not text.strip():
            raise ActRefused(f"enter {name}", (name,))
    withdrawal = PendingDisclosure.objects.create(
        concern=concern, what=what.strip(), reason=reason.strip(), account=_account(by), at=now
    )
    record_step(
        concern, "untold", {"by": by, "untold": str(withdrawal.pk)}, concern.state, now, purpose
    )
    return withdrawal


@transaction.atomic
def draft(number: int, said: Mapping[str, str], now: datetime, purpose: str = "") -> AnswerDraft:
    """Keep an answer that there is no link until another person has read it.

    Raises
    ------
    ActRefused
        If the concern waits for no answer of an owner, or it does not say what was searched.
    """
    concern = Concern.objects.select_for_update().get(pk=number)
    needs = ("answer", "searched", "how_to_challenge")
    missing = tuple(name for name in needs if not said.get(name, "").strip())
    if missing:
        raise ActRefused("enter what was searched if the answer says there is no link", missing)
    if concern.state != "owned":
        raise ActRefused(f"you cannot answer a concern that is {concern.state}")
    text = f"{said['answer']}\n{said['how_to_challenge']}"
    refuse_early_disclosure(concern, text, said["by"])
    account = account_named(said["by"])
    if account is None:
        raise ActRefused("there is no such account", ("by",))
    row = AnswerDraft.objects.create(
        concern=concern, answer=said["answer"], searched=said["searched"],
        how_to_challenge=said["how_to_challenge"], account=account, at=now,
    )  # fmt: skip
    write(Act.DECISION, f"concern:{concern.pk}", said["by"], purpose, what="answer drafted",
          draft=row.pk, at=instant_text(now))  # fmt: skip
    return row


@transaction.atomic
def read_draft(
    number: int, said: Mapping[str, str], now: datetime, *, agrees: bool, purpose: str = ""
) -> AnswerDraft:
    """Save second reading of a draft; if the reader agrees, it becomes the answer.

    Raises
    ------
    ActRefused
        If the reader wrote it, gives no note, or it was read already.
    """
    row = AnswerDraft.objects.select_for_update().get(pk=number)
    reader = account_named(said.get("by", ""))
    if row.read_at is not None:
        raise ActRefused("someone has already checked it")
    if reader is None or reader.pk == row.account_id:
        raise ActRefused("someone other than the writer must check it")
    if not said.get("note", "").strip():
        raise ActRefused("enter what you checked", ("note",))
    row.reader, row.agrees, row.note, row.read_at = reader, agrees, said["note"], now
    row.save(update_fields=["reader", "agrees", "note", "read_at"])
    write(Act.DECISION, f"concern:{row.concern_id}", reader.name, purpose,
          what="answer read second", draft=row.pk, agrees=agrees, at=instant_text(now))  # fmt: skip
    if agrees:
        answer = {
            "answer": row.answer, "by": row.account.name, "searched": row.searched,
            "how_to_challenge": row.how_to_challenge, "second_reader": reader.name,
        }  # fmt: skip
        act_on(row.concern_id, "answered", answer, now, purpose)
    return row


def _account(name: str, field: str = "by") -> Account:
    account = account_named(name.strip())
    if account is None:
        raise ActRefused(f"there is no account {name}", (field,))
    return account


def open_concerns_of(case: Case) -> list[str]:
    """Return the concerns about a record that wait for an answer, each in words."""
    waiting = case.concerns.filter(state__in=WAITING).order_by("pk")
    return [f"Concern {concern.reference}: {concern.standing().lower()}" for concern in waiting]


def visible_concerns(person: Person) -> QuerySet[Concern]:
    """Return the concerns that `person` may see.

    A police role sees those of its areas, and those it took; none about a record that is sealed
    from it. A coroner's officer without a police role sees only the concerns they entered.
    """
    if not rule(person, Permission.TAKE_CONCERN).allowed:
        return Concern.objects.none()
    mine = Q(taken_by__name=person.name)
    if not person.roles() & POLICE:
        return Concern.objects.filter(mine)
    open_ = Q(case=None) | Q(case__sealed=False)
    open_ |= Q(case__in=Case.objects.filter(opened_to(person, Permission.SEE_RECORD)).values("pk"))
    found = Concern.objects.filter(open_)
    areas = areas_of(person, Permission.TAKE_CONCERN, POLICE)
    if areas is None:
        return found
    return found.filter(mine | Q(area__in=areas) | Q(case__area__in=areas))


def concern_of(request: HttpRequest, act: Permission, number: int) -> Concern:
    """Return a concern that the user may see, and on which the act is allowed.

    Raises
    ------
    Refused
        As 'not found' if it may not be seen.
    """
    person, subject = person_of(request), f"concern:{number}"
    visible = visible_concerns(person).filter(pk=number)
    concern = visible.select_related("words", "case", "owner", "taken_by").first()
    if concern is None:
        raise Refused(AccessDecision(False, "there is no such concern", hidden=True), act, subject)
    if act is not Permission.TAKE_CONCERN:
        rulings = [rule(person, act, Target(area)) for area in _areas(concern)]
        if not any(ruling.allowed for ruling in rulings):
            raise Refused(rulings[0], act, subject)
    return concern


def _areas(concern: Concern) -> list[str]:
    return [concern.area, *([concern.case.area] if concern.case else [])]


def may_answer(person: Person, concern: Concern) -> bool:
    """Tell whether `person` may own and answer a concern."""
    return any(
        rule(person, Permission.ANSWER_CONCERN, Target(area)).allowed for area in _areas(concern)
    )


def adopted(pair: Pair) -> bool:
    """Tell whether two people adopted a pair: it is linked, and both last judged it so."""
    if pair.state != Pair.LINKED:
        return False
    # In the order in which they were recorded, so that the last of each person counts.
    last = dict(Judgement.objects.filter(pair=pair).values_list("account", "verdict"))
    return sum(verdict == "linked" for verdict in last.values()) >= ADOPTERS


def refuse_early_disclosure(concern: Concern, text: str, by: str) -> None:
    """Refuse a text for the public that reveals a similarity which nobody may disclose yet.

    A sealed record's number is to the writer `by` as one that no record has: refusing it would tell
    that there is one. Its keepers get a notice.

    Raises
    ------
    ActRefused
        If it names another record, by number or (where the concern claims it) by name, and that
        pair was not adopted by two people.
    """
    own = concern.case.case_id if concern.case else ""
    writer = account_named(by)
    person = Person("") if writer is None else writer.person(second_factor=True)
    plain, every = compact(text), set(ids_in(text))
    named = open_numbers(person, Permission.SEE_LINKS, every)
    known = unsealed_pairs(person, Permission.SEE_LINKS).values("pk")
    claims = concern.claims.filter(pair__in=known)
    for claim in claims.select_related("pair__first", "pair__second"):
        for case in (claim.pair.first, claim.pair.second):
            fields = case.texts.get("now", {})
            names = (fields.get("name_used_by_family"), fields.get("known_as"))
            if concern.case_id != case.pk and any(
                name and compact(name) in plain for name in names
            ):
                named.add(case.case_id)
    for case_id in sorted(named - {own}):
        pair = Pair.objects.filter(
            Q(first__case_id=own, second__case_id=case_id)
            | Q(first__case_id=case_id, second__case_id=own)
        ).first()
        if pair is None or not adopted(pair):
            raise ActRefused(
                "two people must judge the records linked before you tell anyone outside. Remove"
                " the other death from the answer",
                ("answer",),
            )
    for case in Case.objects.filter(case_id__in=every - named - {own}, sealed=True):
        words = f"An answer to concern {concern.reference} by {by} names {case.case_id}"
        pass_to_keepers(case, words, told=[by])
