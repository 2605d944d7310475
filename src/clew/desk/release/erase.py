"""Erasing the content of a fact, and the legal hold that forbids it.

What is erased reads `withheld` from then on, wherever it stood: in the facts, in the record's own
text, in the findings of its links, and in what a restore would bring back. Its ledger row holds no
content. A hold (claim, inquest, inquiry) overrides every erasure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from clew.desk.casework.referral_snapshot import withhold
from clew.desk.ledger.erasure_log import WITHHELD, forget, scrubbed, words_of
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.commitments import Erased, commitment_to, note_erased
from clew.desk.records.models import Case, Erasure, Fact
from clew.desk.records.take_in import after
from clew.desk.review.models import Link
from clew.desk.settings import CONFIGURATION
from clew.errors import UsageRejected

HOLDS = {"claim": "Claim", "inquest": "Inquest", "inquiry": "Inquiry"}
"""What may hold a record's content; issue 8."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who erases, for which purpose, and why: a reason that may be disclosed."""

    by: str
    reason: str
    purpose: str = ""


def erase(case_id: str, fact_id: int, order: Order) -> Erasure:
    """Erase the content of a fact, and of every fact of its field that says the same.

    Raises
    ------
    UsageRejected
        If a legal hold forbids it, there is no such fact, or it was erased already.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update().get(case_id=case_id)
        if case.legal_hold:
            raise UsageRejected(
                f"a legal hold forbids it: {case.legal_hold}", "Lift the hold first, with a reason"
            )
        fact = case.facts.filter(pk=fact_id).first()
        if fact is None or fact.erased_at is not None:
            raise UsageRejected("there is no such fact, or it was erased already", "Look again")
        return erase_value(case, fact.field, fact.value, order)


def erase_value(case: Case, field: str, value: str, order: Order) -> Erasure:
    """Erase every fact of a field that says `value`; call it within a transaction."""
    commitment = commitment_to(CONFIGURATION.home, case.case_id, field, value)
    now = timezone.now()
    facts = case.facts.filter(field=field, value=value, erased_at=None)
    ids = list(facts.values_list("pk", flat=True))
    facts.update(value=WITHHELD, erased_at=now)
    made = Erasure.objects.create(
        case=case, field=field, commitment=commitment, facts=len(ids), reason=order.reason[:400],
        erased_at=now, erased_by=order.by,
    )  # fmt: skip
    _retell(case, field, value)
    links = _scrub_links(case, value)
    told = withhold(case, value)
    copies = {"records_fact": ids, "records_case": [case.pk], "review_link": links}
    forget({**copies, "casework_referralsnapshot": told}, words_of(value))
    write(
        Act.ERASURE, f"case:{case.case_id}", order.by, order.purpose, field=field,
        facts=len(ids), commitment=commitment, reason=order.reason[:400],
    )  # fmt: skip
    done = Erased(case.case_id, field, commitment, instant_text(now), order.by, order.reason[:400])
    transaction.on_commit(lambda: note_erased(CONFIGURATION.home, done))
    transaction.on_commit(_forget_what_was_made)
    return made


def _forget_what_was_made() -> None:
    from clew.desk.rounds.sync import ask_to_forget  # noqa: PLC0415 (rounds read records)

    ask_to_forget()


def _retell(case: Case, field: str, value: str) -> None:
    """Make the record's text anew from the facts, as they now stand."""
    report, now = dict(case.texts.get("report", {})), ""
    if report.get(field) == value:
        report[field] = WITHHELD
    for fact in case.facts.filter(field=field):
        now = after(now, fact.op, fact.value)
    told = {**case.texts.get("now", {}), field: now}
    case.texts = {**case.texts, "report": report, "now": {k: v for k, v in told.items() if v}}
    case.save(update_fields=["texts"])


def _scrub_links(case: Case, value: str) -> list[int]:
    words, ids = words_of(value), []
    for link in Link.objects.filter(case=case) | Link.objects.filter(other=case):
        before = (link.findings, link.other_explanations, link.changed)
        told = tuple(scrubbed(part, words) for part in before)
        if told != before:
            link.findings, link.other_explanations, link.changed = told
            link.save(update_fields=["findings", "other_explanations", "changed"])
            ids.append(link.pk)
    return ids


def confirms(erasure: Erasure, value: str) -> bool:
    """Tell whether this is what was erased; only who holds the content can ask."""
    case_id = erasure.case.case_id
    return erasure.commitment == commitment_to(CONFIGURATION.home, case_id, erasure.field, value)


def hold(case: Case, kind: str, order: Order) -> None:
    """Put a record under a legal hold: nothing of it may be erased.

    Raises
    ------
    UsageRejected
        If the kind is unknown or no reason is given.
    """
    if kind not in HOLDS or not order.reason.strip():
        raise UsageRejected("a hold needs its kind and a reason", f"Give one of {', '.join(HOLDS)}")
    _set_hold(case, f"{HOLDS[kind]}: {order.reason.strip()}"[:200], "legal hold set", order)


def lift_hold(case: Case, order: Order) -> None:
    """Lift a legal hold.

    Raises
    ------
    UsageRejected
        If there is none, or no reason is given.
    """
    if not case.legal_hold or not order.reason.strip():
        raise UsageRejected("there is no hold to lift, or no reason is given", "Give a reason")
    _set_hold(case, "", "legal hold lifted", order)


def _set_hold(case: Case, says: str, what: str, order: Order) -> None:
    with transaction.atomic():
        before = case.legal_hold
        case.legal_hold = says
        case.save(update_fields=["legal_hold"])
        write(
            Act.DECISION, f"case:{case.case_id}", order.by, order.purpose,
            what=what, hold=says or before, reason=order.reason[:400],
        )  # fmt: skip


def erasures_held() -> list[Erased]:
    """Return the erasures that the database knows of."""
    return [
        Erased(
            one.case.case_id, one.field, one.commitment, instant_text(one.erased_at),
            one.erased_by, one.reason,
        )
        for one in Erasure.objects.select_related("case")
    ]  # fmt: skip


def erase_again(erased: Iterable[Erased], by: str) -> int:
    """Do erasures again in a database that was restored; return how many had something to erase.

    A hold does not stop this: what was erased then was erased rightly, and is gone elsewhere.
    """
    done = 0
    for one in erased:
        case = Case.objects.filter(case_id=one.case_id).first()
        if case is None:
            continue
        same = Erasure.objects.filter(case=case, commitment=one.commitment).exists()
        values = set(
            case.facts.filter(field=one.field, erased_at=None).values_list("value", flat=True)
        )
        fits = [
            value
            for value in values
            if commitment_to(CONFIGURATION.home, one.case_id, one.field, value) == one.commitment
        ]
        order = Order(by, one.reason)
        for value in fits:
            with transaction.atomic():
                erase_value(case, one.field, value, order)
                done += 1
        if not fits and not same:
            with transaction.atomic():
                _note_again(case, one, by)
                done += 1
    return done


def _note_again(case: Case, one: Erased, by: str) -> None:
    """Note an erasure whose content did not come back with the restored database."""
    at = datetime.strptime(one.erased_at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    facts = Fact.objects.filter(case=case, field=one.field, value=WITHHELD, erased_at=None)
    facts.update(erased_at=at)
    Erasure.objects.create(
        case=case, field=one.field, commitment=one.commitment, facts=0, reason=one.reason,
        erased_at=at, erased_by=one.erased_by,
    )  # fmt: skip
    write(
        Act.ERASURE, f"case:{case.case_id}", by, field=one.field, commitment=one.commitment,
        reason=one.reason, again=True,
    )  # fmt: skip
