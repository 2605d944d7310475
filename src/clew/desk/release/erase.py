"""Erasing the content of a fact, and the legal hold that forbids it.

What is erased reads `withheld` from then on, everywhere: in the facts, the record's own text, the
findings of its links, and what a restore would bring back. Its ledger row has no content. A hold
(claim, inquest, inquiry) overrides every erasure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clew.desk.casework.models.referrals import ReferralSnapshot
from clew.desk.ledger.erasure_log import WITHHELD, forget, scrubbed, words_of
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.commitments import Erased, commitment_to, note_erased
from clew.desk.records.facts import after
from clew.desk.records.models import Case, Erasure, Fact
from clew.desk.review.models import Link
from clew.desk.rounds.sync import ask_to_forget
from clew.desk.search.index import tidy
from clew.desk.settings import CONFIGURATION
from clew.errors import UsageRejected

HOLDS = {"claim": "Claim", "inquest": "Inquest", "inquiry": "Inquiry"}
"""The kinds of legal hold; issue 8."""


@dataclass(frozen=True, slots=True)
class Order:
    """The person who erases, the purpose, and a reason that may be disclosed."""

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
    erased_at, reason = timezone.now(), order.reason[:400]
    facts = case.facts.filter(field=field, value=value, erased_at=None)
    ids = list(facts.values_list("pk", flat=True))
    facts.update(value=WITHHELD, erased_at=erased_at)
    erasure = Erasure.objects.create(
        case=case, field=field, commitment=commitment, facts=len(ids), reason=reason,
        erased_at=erased_at, erased_by=order.by,
    )  # fmt: skip
    report, now = dict(case.texts.get("report", {})), ""
    if report.get(field) == value:
        report[field] = WITHHELD
    for fact in case.facts.filter(field=field):
        now = after(now, fact.op, fact.value)
    texts = {**case.texts.get("now", {}), field: now}
    case.texts = {**case.texts, "report": report, "now": {k: v for k, v in texts.items() if v}}
    case.save(update_fields=["texts"])
    # What was derived from it, or sent with it, is altered too.
    words, links, snapshots = words_of(value), [], []
    for link in Link.written.filter(Q(case=case) | Q(other=case)):
        before = (link.findings, link.other_explanations, link.changed)
        scrubbed_parts = tuple(scrubbed(part, words) for part in before)
        if scrubbed_parts != before:
            link.findings, link.other_explanations, link.changed = scrubbed_parts
            link.save(update_fields=["findings", "other_explanations", "changed"])
            links.append(link.pk)
    for snapshot in ReferralSnapshot.objects.filter(referral__cases=case):
        sent = (snapshot.says, snapshot.stood)
        scrubbed_sent = (scrubbed(snapshot.says, words), scrubbed(snapshot.stood, words))
        if scrubbed_sent != sent:
            snapshot.says, snapshot.stood = scrubbed_sent
            snapshot.save(update_fields=["says", "stood"])
            snapshots.append(snapshot.pk)
    altered = {
        "records_fact": ids, "records_case": [case.pk], "review_link": links,
        "casework_referralsnapshot": snapshots,
    }  # fmt: skip
    forget(altered, words)
    tidy()
    write(
        Act.ERASURE, case_subject(case.case_id), order.by, order.purpose, field=field,
        facts=len(ids), commitment=commitment, reason=reason,
    )  # fmt: skip
    erased = Erased(case.case_id, field, commitment, instant_text(erased_at), order.by, reason)
    transaction.on_commit(lambda: note_erased(CONFIGURATION.home, erased))
    transaction.on_commit(ask_to_forget)
    return erasure


def confirms(erasure: Erasure, value: str) -> bool:
    """Tell whether this is what was erased; asking needs the content itself."""
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
            Act.DECISION, case_subject(case.case_id), order.by, order.purpose,
            what=what, hold=says or before, reason=order.reason[:400],
        )  # fmt: skip


def erasures_held() -> list[Erased]:
    """Return the erasures that the database knows of."""
    return [
        Erased(
            row.case.case_id, row.field, row.commitment, instant_text(row.erased_at),
            row.erased_by, row.reason,
        )
        for row in Erasure.objects.select_related("case")
    ]  # fmt: skip


def erase_again(erased: Iterable[Erased], by: str) -> int:
    """Repeat erasures in a database that was restored; return how many had something to erase.

    A hold does not stop this: what was erased then was erased rightly, and is gone elsewhere.
    """
    done = 0
    for old in erased:
        case = Case.objects.filter(case_id=old.case_id).first()
        if case is None:
            continue
        known = Erasure.objects.filter(case=case, commitment=old.commitment).exists()
        values = set(
            case.facts.filter(field=old.field, erased_at=None).values_list("value", flat=True)
        )
        returned = [
            value
            for value in values
            if commitment_to(CONFIGURATION.home, old.case_id, old.field, value) == old.commitment
        ]
        for value in returned:
            with transaction.atomic():
                erase_value(case, old.field, value, Order(by, old.reason))
        if not returned and not known:
            with transaction.atomic():
                # Only the record of it: its content did not come back with the database.
                at = datetime.strptime(old.erased_at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
                facts = Fact.objects.filter(case=case, field=old.field, value=WITHHELD)
                facts.filter(erased_at=None).update(erased_at=at)
                Erasure.objects.create(
                    case=case, field=old.field, commitment=old.commitment, facts=0,
                    reason=old.reason, erased_at=at, erased_by=old.erased_by,
                )  # fmt: skip
                write(
                    Act.ERASURE, case_subject(case.case_id), by, field=old.field,
                    commitment=old.commitment, reason=old.reason, again=True,
                )  # fmt: skip
        done += len(returned) if returned else not known
    return done
