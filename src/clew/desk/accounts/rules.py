"""Who may do what: one table, deny by default, each answer with its reason. Pure.

A person holds roles, each for an area (or for all). An act on a record is allowed if one of the
roles allows the act, its area covers the record's, and no seal stands in the way. Everything that
no line allows is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here to do."""

    REPORTER = "reporter"
    ANALYST = "analyst"
    SUPERVISOR = "supervisor"
    MURDER_TEAM = "murder_team"
    CORONERS_OFFICER = "coroners_officer"
    OVERSEER = "overseer"
    ADMINISTRATOR = "administrator"


class Do(StrEnum):
    """The acts that are guarded."""

    SEE_RECORD = "see_record"
    SEARCH = "search"
    REPORT = "report"
    SEE_LINKS = "see_links"
    JUDGE = "judge"
    READ_SECOND = "read_second"
    DECIDE = "decide"
    ASSURE = "assure"
    REFER = "refer"
    ANSWER_REFERRAL = "answer_referral"
    TAKE_CONCERN = "take_concern"
    ANSWER_CONCERN = "answer_concern"
    SEE_MEASURES = "see_measures"
    SEAL = "seal"
    EXPORT = "export"
    GIVE_TO_CORONER = "give_to_coroner"
    SEE_CORONERS_WORKSPACE = "see_coroners_workspace"
    SEE_AGGREGATES = "see_aggregates"
    SEE_TRAITS = "see_traits"
    RESOLVE_IDENTITY = "resolve_identity"
    SEE_LEDGER = "see_ledger"
    ERASE = "erase"
    RUN_ROUND = "run_round"
    MANAGE_ACCOUNTS = "manage_accounts"


_READS = {Do.SEE_RECORD, Do.SEARCH, Do.SEE_LINKS}
_LOOKS_AFTER = {Do.ASSURE, Do.TAKE_CONCERN}
"""Whoever works on a death does its lines, disagrees, and takes a family's concern."""
MAY: dict[Role, frozenset[Do]] = {
    Role.REPORTER: frozenset({Do.SEE_RECORD, Do.SEARCH, Do.REPORT, *_LOOKS_AFTER}),
    Role.ANALYST: frozenset(
        {*_READS, *_LOOKS_AFTER, Do.REPORT, Do.JUDGE, Do.EXPORT, Do.RUN_ROUND, Do.REFER}
        | {Do.ANSWER_CONCERN}
    ),
    Role.SUPERVISOR: frozenset(
        {*_READS, Do.REPORT, Do.JUDGE, Do.READ_SECOND, Do.DECIDE, Do.SEAL, Do.EXPORT}
        | {Do.GIVE_TO_CORONER, Do.RUN_ROUND, Do.RESOLVE_IDENTITY, Do.REFER, Do.ANSWER_CONCERN}
        | {*_LOOKS_AFTER, Do.SEE_MEASURES}
    ),
    Role.MURDER_TEAM: frozenset(
        {*_READS, Do.JUDGE, Do.READ_SECOND, Do.DECIDE, Do.SEAL, Do.EXPORT, Do.GIVE_TO_CORONER}
        | {Do.RESOLVE_IDENTITY, Do.ANSWER_REFERRAL, Do.ANSWER_CONCERN, *_LOOKS_AFTER}
    ),
    Role.CORONERS_OFFICER: frozenset({Do.SEE_CORONERS_WORKSPACE, Do.TAKE_CONCERN}),
    Role.OVERSEER: frozenset({Do.SEE_AGGREGATES, Do.SEE_TRAITS, Do.SEE_LEDGER, Do.SEE_MEASURES}),
    Role.ADMINISTRATOR: frozenset({Do.MANAGE_ACCOUNTS, Do.SEE_LEDGER, Do.ERASE}),
}
"""What each role may do. An overseer sees no record, an administrator none either."""
PASSES_SEALS = frozenset({Role.SUPERVISOR, Role.MURDER_TEAM})
"""Roles that may be given a sealed record by name; none passes a seal unasked."""
SECOND_FACTOR = frozenset({Role.ADMINISTRATOR})
"""Roles that sign in with a second factor."""
POLICE = frozenset({Role.REPORTER, Role.ANALYST, Role.SUPERVISOR, Role.MURDER_TEAM})
"""Who holds one of these reads nothing of the coroner's, whatever else he holds."""
EVERYWHERE = ""
"""The area of a role that holds for all areas."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One role of a person, for one area; EVERYWHERE for all."""

    role: Role
    area: str = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. `name` is the account's name; `purpose` why, in that person's words."""

    name: str
    holdings: tuple[Holding, ...] = ()
    purpose: str = ""
    active: bool = True
    second_factor: bool = False

    def roles(self) -> set[Role]:
        """Return the roles held, wherever."""
        return {holding.role for holding in self.holdings}


@dataclass(frozen=True, slots=True)
class About:
    """What is asked for. `area` None: nothing that belongs to an area.

    `opened_to` names who may pass the seal of a sealed record.
    """

    area: str | None = None
    sealed: bool = False
    opened_to: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ruling:
    """Yes or no, and why. `hidden`: say 'not found', for there is a seal."""

    allowed: bool
    reason: str
    hidden: bool = False


NOTHING = About()


def rule(person: Person, act: Do, about: About = NOTHING) -> Ruling:
    """Tell whether `person` may do `act`, and why.

    Whatever stands in the way of a sealed record, the answer is hidden: a refusal that names an
    area would tell that the record is there.
    """
    told = _rule(person, act, about)
    if about.sealed and not told.allowed:
        return Ruling(False, told.reason, hidden=True)
    return told


def _rule(person: Person, act: Do, about: About) -> Ruling:
    barred = _barred(person, act)
    if barred:
        return Ruling(False, barred)
    able = [holding for holding in person.holdings if act in MAY[holding.role]]
    if not able:
        return Ruling(False, f"none of the roles held allows: {act.value.replace('_', ' ')}")
    able = [holding for holding in able if person.second_factor or not _needs_more(holding)]
    if not able:
        return Ruling(False, "this role signs in with a second factor")
    if about.area is not None:
        able = [holding for holding in able if holding.area in (EVERYWHERE, about.area)]
        if not able:
            return Ruling(False, f"the roles held are for other areas than {about.area or 'none'}")
    if about.sealed and not _opens(person, able, about):
        return Ruling(False, "the record is sealed")
    return Ruling(True, f"as {able[0].role.value.replace('_', ' ')}")


def areas_of(person: Person, act: Do, roles: Iterable[Role] = Role) -> frozenset[str] | None:
    """Return the areas in which `person` may do `act` by one of `roles`; None means all."""
    if _barred(person, act):
        return frozenset()
    wanted = set(roles)
    able = [
        holding
        for holding in person.holdings
        if holding.role in wanted
        and act in MAY[holding.role]
        and (person.second_factor or not _needs_more(holding))
    ]
    if any(holding.area == EVERYWHERE for holding in able):
        return None
    return frozenset(holding.area for holding in able)


def _barred(person: Person, act: Do) -> str:
    """Return why no role helps: the account is closed, or the act is not for the police."""
    if not person.active:
        return "the account is closed"
    if act is Do.SEE_CORONERS_WORKSPACE and POLICE & person.roles():
        return "who holds a police role reads nothing of the coroner's"
    return ""


def _needs_more(holding: Holding) -> bool:
    return holding.role in SECOND_FACTOR


def _opens(person: Person, able: Iterable[Holding], about: About) -> bool:
    return person.name in about.opened_to and any(holding.role in PASSES_SEALS for holding in able)
