"""The deadlines that one person sees: their own, their team's, those they entered, their area's.

Nobody reads here of a link, a referral or a warning that their roles do not show them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from clew.assurance.machine import Deadline
from clew.desk.accounts.rules import Permission, Person, Role, areas_of, rule
from clew.desk.casework.acts import instant
from clew.desk.casework.concerns import visible_concerns
from clew.desk.casework.deadlines import CONCERN, REFERRAL, REVIEW, WARN, all_deadlines
from clew.desk.casework.models.concerns import Concern
from clew.desk.casework.models.referrals import Referral, WarnDecision
from clew.desk.casework.re_audit import chosen_for
from clew.desk.casework.referrals import visible_referrals
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case
from clew.desk.review.shown import visible_pairs

LEADS = (Role.SUPERVISOR, Role.MURDER_TEAM)
"""Roles that see every deadline of their area, also those of other people."""
ANSWERS: Mapping[str, tuple[Permission, tuple[Role, ...]]] = {
    REFERRAL: (Permission.ANSWER_REFERRAL, tuple(Role)),
    WARN: (Permission.DECIDE, tuple(Role)),
    REVIEW: (Permission.DECIDE, tuple(Role)),
    CONCERN: (Permission.ANSWER_CONCERN, (Role.SUPERVISOR,)),
}
"""Whose answer a deadline that nobody owns waits for: the act it needs, by one of these roles.
Any analyst may answer a concern; giving it an owner is the supervisors'."""


@dataclass(slots=True)
class PersonDeadlines:
    """Deadlines by what they are to one person, each list in order of time.

    `own` names the person; `team` names nobody and waits for a role of theirs; `taken` are concerns
    that they entered and others answer; `area` is what else there is in an area they lead.
    """

    own: list[Deadline] = field(default_factory=list)
    team: list[Deadline] = field(default_factory=list)
    taken: list[Deadline] = field(default_factory=list)
    area: list[Deadline] = field(default_factory=list)


def deadlines_for(person: Person, now: datetime) -> PersonDeadlines:
    """Return the deadlines that `person` may see, the next first."""
    every = [*all_deadlines(now), *_reviews(person, now)]
    in_order = sorted(every, key=lambda deadline: (deadline.due, deadline.key))
    visible = list(_visible(person, in_order))
    places = _areas_of_subjects(visible)
    taken = {f"{CONCERN}:{pk}" for pk in _taken_by(person)}
    leads = areas_of(person, Permission.TAKE_CONCERN, LEADS)
    answers = {kind: areas_of(person, act, roles) for kind, (act, roles) in ANSWERS.items()}
    seen = PersonDeadlines()
    for deadline in visible:
        areas = places.get(deadline.subject, frozenset()) | {deadline.area}
        if deadline.owner == person.name:
            seen.own.append(deadline)
        elif not deadline.owner and _among(areas, answers.get(deadline.kind, frozenset())):
            seen.team.append(deadline)
        elif deadline.subject in taken:
            seen.taken.append(deadline)
        elif _among(areas, leads):
            seen.area.append(deadline)
    return seen


def _among(areas: Collection[str], held: frozenset[str] | None) -> bool:
    """Tell whether a role for the areas `held` (None: all) covers one of `areas`."""
    return held is None or bool(held.intersection(areas))


def _taken_by(person: Person) -> Iterable[int]:
    return Concern.objects.filter(taken_by__name=person.name).values_list("pk", flat=True)


def _reviews(person: Person, now: datetime) -> Iterator[Deadline]:
    """Yield the closed deaths that this person may review and nobody has, due by month's end."""
    if not rule(person, Permission.DECIDE).allowed:
        return
    _, rows = chosen_for(person, now)
    first = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    due = instant((first + timedelta(days=32)).replace(day=1))
    for row in rows:
        if row.found is None:
            case = row.case
            yield Deadline(
                f"{REVIEW}:{first:%Y-%m}:{case.case_id}", REVIEW,
                f"Review the closing of {case.case_id}", due, "", case.area,
                case_subject(case.case_id),
            )  # fmt: skip


def _areas_of_subjects(deadlines: Sequence[Deadline]) -> dict[str, frozenset[str]]:
    """Return every area that a referral, warning or concern concerns: it may be two forces'."""
    ids: dict[str, list[int]] = {REFERRAL: [], WARN: [], CONCERN: []}
    for deadline in deadlines:
        kind, _, number = deadline.subject.partition(":")
        if kind in ids:
            ids[kind].append(int(number))
    found: dict[str, set[str]] = {}
    for kind, rows in (
        (REFERRAL, Referral.objects.filter(pk__in=ids[REFERRAL]).values_list("pk", "cases__area")),
        (CONCERN, Concern.objects.filter(pk__in=ids[CONCERN]).values_list("pk", "case__area")),
    ):
        for pk, area in rows:
            if area is not None:
                found.setdefault(f"{kind}:{pk}", set()).add(area)
    warnings = WarnDecision.objects.filter(pk__in=ids[WARN])
    for pk, *areas in warnings.values_list("pk", "pair__first__area", "pair__second__area"):
        found[f"{WARN}:{pk}"] = set(areas)
    return {subject: frozenset(areas) for subject, areas in found.items()}


def _visible(person: Person, deadlines: Iterable[Deadline]) -> Iterator[Deadline]:
    """Leave out what is behind a seal, and what speaks of links to somebody who sees none."""
    pairs = visible_pairs(person, Permission.SEE_LINKS).values("pk")
    shown = {
        REFERRAL: set(visible_referrals(person).values_list("pk", flat=True)),
        CONCERN: set(visible_concerns(person).values_list("pk", flat=True)),
        WARN: set(WarnDecision.objects.filter(pair__in=pairs).values_list("pk", flat=True)),
    }
    sealed = {case.case_id: case for case in Case.objects.filter(sealed=True)}
    for deadline in deadlines:
        kind, _, number = deadline.subject.partition(":")
        case = sealed.get(number) if kind == "case" else None
        if kind in shown:
            may_see = int(number) in shown[kind]
        else:
            may_see = case is None or rule(person, Permission.SEE_RECORD, case.about()).allowed
        if may_see:
            yield deadline
