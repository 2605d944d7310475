"""The doors of a concern: the only functions that change one. No door alters a person's words.

The rules are `clew.assurance.concern`. State, act and ledger row are one transaction; an act that
the rules refuse leaves none.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
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
from clew.desk.casework.models.concerns import Concern, ConcernStep, ConcernWords, PendingDisclosure
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.models import Case
from clew.desk.records.visible import opened_to
from clew.desk.records.who_to_tell import account_named, holders, those_who_may
from clew.desk.review.models import Judgement, Pair
from clew.desk.web.guard import Refused, person_of
from clew.errors import ActRefused

# What other pages ask of concerns: which are open, which somebody may see.


WAITING = (RECEIVED, OWNED, CHALLENGED)
ADOPTERS = 2
"""Settled (issue 9): nobody outside is told of a similarity before two people adopt it."""


def open_concerns_of(case: Case) -> list[str]:
    """Return the concerns about a record that wait for an answer, each in words."""
    waiting = case.concerns.filter(state__in=WAITING).order_by("pk")
    return [f"Concern {one.reference}: {one.standing().lower()}" for one in waiting]


def said_of(case: Case) -> list[str]:
    """Return what people outside said of a record, in their own words, oldest first."""
    told = case.concerns.select_related("words").order_by("received_at", "pk")
    return [f"{one.get_who_display()}: {one.words.says}" for one in told]


def visible_concerns(person: Person) -> QuerySet[Concern]:
    """Return the concerns that `person` may see.

    A police role sees those of its areas, and those it took; none about a record that is sealed
    from it. Whoever is only a coroner's officer sees those that he entered, and no other.
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
    """Return a concern that whoever asks may see, and on which the act is allowed.

    Raises
    ------
    Refused
        As 'not found' if it may not be seen.
    """
    person, subject = person_of(request), f"concern:{number}"
    asked = visible_concerns(person).filter(pk=number)
    one = asked.select_related("words", "case", "owner", "taken_by").first()
    if one is None:
        raise Refused(AccessDecision(False, "there is no such concern", hidden=True), act, subject)
    if act is not Permission.TAKE_CONCERN:
        rulings = [rule(person, act, Target(area)) for area in _areas(one)]
        if not any(ruling.allowed for ruling in rulings):
            raise Refused(rulings[0], act, subject)
    return one


def _areas(one: Concern) -> list[str]:
    return [one.area, *([one.case.area] if one.case else [])]


def may_answer(person: Person, one: Concern) -> bool:
    """Tell whether `person` may own and answer a concern."""
    return any(
        rule(person, Permission.ANSWER_CONCERN, Target(area)).allowed for area in _areas(one)
    )


def adopted(pair: Pair) -> bool:
    """Tell whether two people adopted a pair: it stands linked, and both last judged it so."""
    if pair.state != Pair.LINKED:
        return False
    # In the order in which they were recorded, so that the last of each person counts.
    last = dict(Judgement.objects.filter(pair=pair).values_list("account", "verdict"))
    return sum(verdict == "linked" for verdict in last.values()) >= ADOPTERS


# What may be told outside: no other death before two people adopted that both belong together.


TOKEN = re.compile(r"[\w][\w./-]*[\w]|\w")
"""What may be a record's number within a text."""
MOST_TOKENS = 4_000
"""Declared: words of a text that are looked up; an answer is shorter."""
AT_ONCE = 300
"""Declared: words asked for in one query."""


def ids_in(text: str) -> list[str]:
    """Return the records whose number stands in a text, whatever the case of its letters."""
    words = sorted({word.upper() for word in TOKEN.findall(text)})[:MOST_TOKENS]
    found: list[str] = []
    for k in range(0, len(words), AT_ONCE):
        asked = Case.objects.annotate(upper=Upper("case_id"))
        some = asked.filter(upper__in=words[k : k + AT_ONCE])
        found += some.values_list("case_id", flat=True)
    return sorted(set(found))


def refuse_untold(concern: Concern, text: str) -> None:
    """Refuse a text for somebody outside that tells of a similarity nobody may tell of yet.

    Raises
    ------
    ActRefused
        If it names another record, by number or (where the concern claims it) by name, and that
        pair was not adopted by two people.
    """
    own = concern.case.case_id if concern.case else ""
    named = {case_id for case_id in ids_in(text) if case_id != own} | _named_claims(concern, text)
    for case_id in sorted(named):
        if not own or not _adopted(own, case_id):
            raise ActRefused(
                "nobody outside is told of a similarity before two people have judged the pair"
                " linked; take the other death out of the answer",
                ("answer",),
            )


def _named_claims(concern: Concern, text: str) -> set[str]:
    """Return the claimed records whose name stands in a text."""
    low, found = text.lower(), set()
    for claim in concern.claims.select_related("pair__first", "pair__second"):
        for case in (claim.pair.first, claim.pair.second):
            if concern.case_id != case.pk and any(name in low for name in names_of(case)):
                found.add(case.case_id)
    return found


def names_of(case: Case) -> list[str]:
    """Return the names of the person who died, in small letters."""
    told = case.texts.get("now", {})
    names = (told.get("name_used_by_family"), told.get("known_as"))
    return [name.lower() for name in names if name]


def _adopted(a: str, b: str) -> bool:
    both = Q(first__case_id=a, second__case_id=b) | Q(first__case_id=b, second__case_id=a)
    pair = Pair.objects.filter(both).first()
    return pair is not None and adopted(pair)


LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0 and O, no 1 and I: it is read out by telephone."""
LENGTH = 8
"""Declared: letters of a reference; 32^8 is about a million million, too many to guess."""
TEXTS = ("answer", "how_to_challenge", "words", "searched")
"""What an act says at length: kept with the act, not in the ledger, whose rows others read too."""


@dataclass(frozen=True, slots=True)
class NewConcern:
    """A concern as it is taken: the person's own words, who says them, and what they named."""

    words: str
    raised_by: str
    who: str
    area: str = ""
    reach: str = ""
    given: str = ""


@transaction.atomic
def take(taken: NewConcern, by: str, now: datetime, purpose: str = "") -> Concern:
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
    ConcernWords.objects.create(concern=made, says=taken.words, at=now)
    step = ConcernStep.objects.create(concern=made, act="taken", by=by, after=made.state, at=now)
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
) -> ConcernStep:
    """Keep an act, write its row, and tell the owner; call it within the act's transaction."""
    by = said.get("by", "")
    step = ConcernStep.objects.create(
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
def withdraw_disclosure(
    number: int, what: str, reason: str, by: str, now: datetime, purpose: str = ""
) -> PendingDisclosure:
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
    made = PendingDisclosure.objects.create(
        concern=one, what=what.strip(), reason=reason.strip(), account=_account(by), at=now
    )
    keep(one, "untold", {"by": by, "untold": str(made.pk)}, one.state, now, purpose)
    return made


def _account(name: str, field: str = "by") -> Account:
    account = account_named(name.strip())
    if account is None:
        raise ActRefused(f"there is no account {name}", (field,))
    return account
