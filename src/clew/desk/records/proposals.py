"""Proposals: what somebody may not do alone, for a keeper of the record to decide.

A keeper may seal the record: those who sealed it, or those who may seal in its area. Nobody decides
what he proposed himself. Each decision is a row of the ledger, beside what it does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.accounts.notify import notify
from clew.desk.accounts.rules import PASSES_SEALS, Permission, Person, areas_of
from clew.desk.ledger.chain import canonical
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.coverage import state
from clew.desk.records.facts import add_facts, new_record, write_collected
from clew.desk.records.hand_ins import Proposal
from clew.desk.records.models import Case, Fact
from clew.desk.records.origin import Origin
from clew.desk.records.sealing import keepers_of, kept_by, may_keep, review_seal, seal
from clew.desk.records.visible import visible_to
from clew.errors import ActRefused
from clew.model.case_file import Coverage


def propose(
    kind: str, subject: Case | tuple[str, str], content: Any, origin: Origin, why: tuple[str, str]
) -> Proposal:
    """Make a proposal, and notify its keepers; the same one twice is one. Within a transaction.

    Parameters
    ----------
    subject
        The record; or, where there is none yet, its number and area.
    why
        Why a keeper must decide it, and the name of the file.
    """
    case = None
    if isinstance(subject, Case):
        case, case_id, area = subject, subject.case_id, subject.area
    else:
        case_id, area = subject
    reason, file = why
    says = origin.says({"record": "cases"}.get(kind, kind), file)
    digest = sha256(canonical({"kind": kind, "id": case_id, "is": content}).encode()).hexdigest()
    made, new = Proposal.objects.get_or_create(
        digest=digest,
        defaults={
            "kind": kind, "case": case, "record": case_id, "area": area, "content": content,
            "by": origin.by, "purpose": origin.purpose[:200], "file": file[:300],
            "sha256": says["sha256"], "reason": reason[:300],
        },
    )  # fmt: skip
    if new:
        write(
            Act.COLLECTION, f"proposal:{made.pk}", origin.by, origin.purpose, kind=kind,
            reason=reason, **says,
        )  # fmt: skip
        what = "proposed a seal" if kind == Proposal.SEAL else "handed in a change"
        words = f"{origin.by} {what} that you may decide: proposal {made.pk}"
        notify([one for one in _deciders(made) if one.name != origin.by], words)
    return made


def propose_seal(case: Case, person: Person, reason: str, review: date) -> Proposal:
    """Propose to seal a death, or to prolong its seal, up to a day of review. In a transaction.

    Raises
    ------
    ActRefused
        If there is nobody else who could agree.
    """
    # The same wish twice is one proposal; after a decision it can be made again.
    earlier = case.proposals.filter(kind=Proposal.SEAL).exclude(state=Proposal.OPEN).count()
    content = {"reason": reason, "review": review.isoformat(), "earlier": earlier}
    probe = Proposal(kind=Proposal.SEAL, case=case, area=case.area)
    if not any(one.name != person.name for one in _deciders(probe)):
        raise ActRefused(
            "no one else can agree to this. A second supervisor or member of the murder "
            "team must have a role for this area. Ask an administrator"
            + (", or open the record to one" if case.sealed else "")
        )
    why = "a death is sealed, and its seal prolonged, by two people"
    return propose(Proposal.SEAL, case, content, Origin(person.name, person), (why, ""))


def _deciders(proposal: Proposal) -> list[Account]:
    case = proposal.case
    if case is not None and proposal.kind == Proposal.SEAL:
        roles = [role.value for role in PASSES_SEALS]
        able = Account.objects.filter(is_active=True, grants__role__in=roles).distinct()
        return [
            one
            for one in able.prefetch_related("grants")
            if _decides_seal(one.person(second_factor=True)).filter(pk=case.pk).exists()
        ]
    if case is not None:
        return keepers_of(case)
    active = Account.objects.filter(is_active=True).prefetch_related("grants")
    return [account for account in active if _may(account.person(second_factor=True), proposal)]


def _decides_seal(person: Person) -> QuerySet[Case]:
    """Return the records on whose seals this person may decide: seen and sealed by such a role."""
    seen = visible_to(person, Permission.SEAL).values("pk")
    return Case.objects.filter(Q(pk__in=seen) | Q(pk__in=kept_by(person).values("pk")))


def _may(person: Person, proposal: Proposal) -> bool:
    if proposal.kind == Proposal.COVERAGE:
        return areas_of(person, Permission.STATE_COVERAGE) is None
    return may_keep(person, proposal.area)


def waiting_for(person: Person) -> QuerySet[Proposal]:
    """Return the open proposals that this person may decide."""
    areas = areas_of(person, Permission.SEAL)
    within = Q() if areas is None else Q(area__in=sorted(areas))
    plain = Q(case__sealed=False) & (Q() if areas is None else Q(case__area__in=sorted(areas)))
    new = Q(case=None, kind=Proposal.RECORD) & within
    mine = plain | new | Q(case__in=kept_by(person))
    mine |= Q(kind=Proposal.SEAL, case__in=_decides_seal(person))
    if areas_of(person, Permission.STATE_COVERAGE) is None:
        mine |= Q(kind=Proposal.COVERAGE)
    return Proposal.objects.filter(mine, state=Proposal.OPEN).exclude(by=person.name)


def decide(number: int, person: Person, reason: str, *, accepts: bool) -> Proposal:
    """Accept or decline a proposal; call it within a transaction.

    Raises
    ------
    ActRefused
        If this person may not decide it, or it was decided already.
    """
    proposal = waiting_for(person).filter(pk=number).first()
    if proposal is None:
        raise ActRefused("there is no such proposal that you can decide")
    proposal = Proposal.objects.select_for_update(of=("self",)).get(pk=number)
    if proposal.state != Proposal.OPEN:
        raise ActRefused("someone has already decided it")
    if accepts:
        _carry_out(proposal, person)
    proposal.state = Proposal.ACCEPTED if accepts else Proposal.DECLINED
    proposal.decided_by, proposal.decided_at = person.name, timezone.now()
    proposal.decision_reason, proposal.content = reason, []  # its digest stays
    proposal.save()
    write(
        Act.DECISION, f"proposal:{proposal.pk}", person.name, person.purpose,
        what=proposal.state, reason=reason, proposed_by=proposal.by, sha256=proposal.sha256,
    )  # fmt: skip
    proposer = Account.objects.filter(name=proposal.by, is_active=True)
    # Of a sealed record nothing is said: to the proposer, there is none. Of a seal there is.
    case = proposal.case
    if case is None or not case.sealed or proposal.kind == Proposal.SEAL:
        notify(proposer, f"Proposal {proposal.pk} was {proposal.state}")
    return proposal


def _carry_out(proposal: Proposal, person: Person) -> None:
    says = {
        "proposal": proposal.pk, "proposed_by": proposal.by, "file": proposal.file,
        "sha256": proposal.sha256,
    }  # fmt: skip
    if proposal.kind == Proposal.COVERAGE:
        rows = [Coverage(*row) for row in proposal.content]
        state(rows, person.name, person.purpose, says)
        return
    if proposal.kind == Proposal.RECORD:
        if Case.objects.filter(case_id=proposal.record).exists():
            raise ActRefused("a record with this number now exists: decline it")
        made, cells = new_record(proposal.record, proposal.content, proposal.by)
        made.save()
        Fact.objects.bulk_create(cells)
        write_collected(made, person.name, person.purpose, says)
        return
    assert proposal.case is not None
    case = Case.objects.select_for_update(of=("self",)).get(pk=proposal.case.pk)
    if proposal.kind == Proposal.SEAL:
        why, day = proposal.content["reason"], date.fromisoformat(proposal.content["review"])
        if case.sealed:
            review_seal(case, person, why, proposal.by, day)
        else:
            seal(case, person, why, proposed_by=proposal.by, review=day)
        return
    facts = [fact_of(case, text, proposal.by) for text in proposal.content]
    add_facts(case, facts, person.name, person.purpose, says, agreed_by=person.name)


def fact_of(case: Case, text: str, by: str) -> Fact:
    """Return a row of a facts file, as `StoredHistory` holds it, as a fact of a record."""
    name, op, value, known, recorded, known_to, basis, source = json.loads(text)
    return Fact(
        case=case, field=name, op=str(op), value=value,
        known_at=instant_text(datetime.fromtimestamp(known, UTC)),
        recorded_at=instant_text(datetime.fromtimestamp(recorded, UTC)),
        known_to=known_to, basis=basis, source=source, entered_by=by, handed_in=True,
    )  # fmt: skip


def lines_of(proposal: Proposal) -> Sequence[str]:
    """Return what a proposal would do, a line each, for the keeper's page."""
    if proposal.kind == Proposal.COVERAGE:
        return [f"{row[0]}, {row[1]}: {row[2]:,} records" for row in proposal.content]
    if proposal.kind == Proposal.RECORD:
        _, _, texts, extra = json.loads(proposal.content)
        return [f"{name}: {value}" for name, value in sorted({**texts, **extra}.items())]
    if proposal.kind == Proposal.SEAL:
        case, day = proposal.case, proposal.content["review"]
        sealed = case is not None and case.sealed
        what = "The seal stays" if sealed else f"Only {proposal.by} and you see this death"
        return [f"{what}, until a review by {day} at the latest", proposal.content["reason"]]
    rows = [json.loads(text) for text in proposal.content]
    return [f"{row[0]} {row[1]}: {row[2] or '(taken back)'}" for row in rows]
