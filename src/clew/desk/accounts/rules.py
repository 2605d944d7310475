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


class Permission(StrEnum):
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
    STATE_COVERAGE = "state_coverage"
    MEND_INTAKE = "mend_intake"
    MANAGE_ACCOUNTS = "manage_accounts"


_READS = {Permission.SEE_RECORD, Permission.SEARCH, Permission.SEE_LINKS}
_LOOKS_AFTER = {Permission.ASSURE, Permission.TAKE_CONCERN}
"""Whoever works on a death does its lines, disagrees, and takes a family's concern."""
MAY: dict[Role, frozenset[Permission]] = {
    Role.REPORTER: frozenset(
        {Permission.SEE_RECORD, Permission.SEARCH, Permission.REPORT, *_LOOKS_AFTER}
    ),
    Role.ANALYST: frozenset(
        {
            *_READS,
            *_LOOKS_AFTER,
            Permission.REPORT,
            Permission.JUDGE,
            Permission.EXPORT,
            Permission.RUN_ROUND,
            Permission.REFER,
        }
        | {Permission.ANSWER_CONCERN}
    ),
    Role.SUPERVISOR: frozenset(
        {
            *_READS,
            Permission.REPORT,
            Permission.JUDGE,
            Permission.READ_SECOND,
            Permission.DECIDE,
            Permission.SEAL,
            Permission.EXPORT,
        }
        | {
            Permission.GIVE_TO_CORONER,
            Permission.RUN_ROUND,
            Permission.RESOLVE_IDENTITY,
            Permission.REFER,
            Permission.ANSWER_CONCERN,
        }
        | {*_LOOKS_AFTER, Permission.SEE_MEASURES, Permission.STATE_COVERAGE}
    ),
    Role.MURDER_TEAM: frozenset(
        {
            *_READS,
            Permission.JUDGE,
            Permission.READ_SECOND,
            Permission.DECIDE,
            Permission.SEAL,
            Permission.EXPORT,
            Permission.GIVE_TO_CORONER,
        }
        | {
            Permission.RESOLVE_IDENTITY,
            Permission.ANSWER_REFERRAL,
            Permission.ANSWER_CONCERN,
            *_LOOKS_AFTER,
        }
    ),
    Role.CORONERS_OFFICER: frozenset({Permission.SEE_CORONERS_WORKSPACE, Permission.TAKE_CONCERN}),
    Role.OVERSEER: frozenset(
        {
            Permission.SEE_AGGREGATES,
            Permission.SEE_TRAITS,
            Permission.SEE_LEDGER,
            Permission.SEE_MEASURES,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.MANAGE_ACCOUNTS,
            Permission.SEE_LEDGER,
            Permission.ERASE,
            Permission.MEND_INTAKE,
        }
    ),
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
class RoleGrant:
    """One role of a person, for one area; EVERYWHERE for all."""

    role: Role
    area: str = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. `name` is the account's name; `purpose` why, in that person's words."""

    name: str
    holdings: tuple[RoleGrant, ...] = ()
    purpose: str = ""
    active: bool = True
    second_factor: bool = False

    def roles(self) -> set[Role]:
        """Return the roles held, wherever."""
        return {holding.role for holding in self.holdings}


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for. `area` None: nothing that belongs to an area.

    `opened_to` names who may pass the seal of a sealed record.
    """

    area: str | None = None
    sealed: bool = False
    opened_to: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """Yes or no, and why. `hidden`: say 'not found', for there is a seal."""

    allowed: bool
    reason: str
    hidden: bool = False


NOTHING = Target()


def rule(person: Person, act: Permission, about: Target = NOTHING) -> AccessDecision:
    """Tell whether `person` may do `act`, and why.

    Whatever stands in the way of a sealed record, the answer is hidden: a refusal that names an
    area would tell that the record is there.
    """
    able = [holding for holding in person.holdings if act in MAY[holding.role]]
    proven = [holding for holding in able if person.second_factor or not _needs_more(holding)]
    here = [one for one in proven if about.area is None or one.area in (EVERYWHERE, about.area)]
    passes = person.name in about.opened_to and any(one.role in PASSES_SEALS for one in here)
    if barred := _barred(person, act):
        refusal = barred
    elif not able:
        refusal = f"your roles do not allow this: {_words(act.value)}"
    elif not proven:
        refusal = "set up two-step verification to continue"
    elif not here:
        refusal = _other_areas(about.area)
    elif about.sealed and not passes:
        refusal = "the record is sealed"
    else:
        return AccessDecision(True, f"as {here[0].role.value.replace('_', ' ')}")
    return AccessDecision(False, refusal, hidden=about.sealed)


def areas_of(
    person: Person, act: Permission, roles: Iterable[Role] = Role
) -> frozenset[str] | None:
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


def _barred(person: Person, act: Permission) -> str:
    """Return why no role helps: the account is closed, or the act is not for the police."""
    if not person.active:
        return "the account is closed"
    if act is Permission.SEE_CORONERS_WORKSPACE and POLICE & person.roles():
        return "people with a police role cannot see the coroner's workspace"
    return ""


def _other_areas(area: str | None) -> str:
    if not area:
        return "this record has no area. Ask your administrator for access"
    return f"your roles do not cover the area {area}"


def _needs_more(holding: RoleGrant) -> bool:
    return holding.role in SECOND_FACTOR


# The table of roles for the documentation, made from the rules themselves.


def roles_table() -> str:
    """Return who may do what as a table in Markdown: an act a line, a role a column."""
    heads = [_words(role.value) for role in Role]
    lines = [f"| | {' | '.join(heads)} |", f"|---{'|---' * len(heads)}|"]
    for act in Permission:
        cells = ["yes" if act in MAY[role] else "" for role in Role]
        lines.append(f"| {_words(act.value)} | {' | '.join(cells)} |")
    for words, roles in (
        ("*may be given a sealed record by name*", PASSES_SEALS),
        ("*signs in with two-step verification*", SECOND_FACTOR),
    ):
        cells = ["yes" if role in roles else "" for role in Role]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(" ".join(line.split()) for line in lines) + "\n"


def _words(name: str) -> str:
    return name.replace("_", " ").replace("coroners", "coroner's")
