"""What people decided at the demonstration desk: a budget, and one pair that was put aside."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from clew.desk.accounts.models import Account
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.links.models import (
    AlertBudgetDecision,
    Decision,
    Judgement,
    Pair,
    SecondReading,
    Shown,
)
from clew.desk.links.returning import judged, second_read

SHARE = 0.02
"""Made up: two alerts in a hundred deaths; a small force would wait a month for its first."""
REASON = "Two young men, no injuries seen; each death has an explanation of its own on its file."
EXPLANATION = "Drug taking, unrelated"
WOULD_CHANGE = "A person or a phone that is in both; a third death like these."


def sign_budget(at: datetime) -> None:
    """Record the decision that sets the alert budget."""
    supervisor = Account.objects.get(name="supervisor")
    with transaction.atomic():
        last = Decision.objects.aggregate(Max("number"))["number__max"] or 0
        decision = Decision.objects.create(
            number=last + 1, title="Alert budget", about="budget", decided_at=at,
            maker=supervisor, recorded_by=supervisor,
            rationale=f"{SHARE:g} alerts a death: what two people can look at in a morning.",
            options_rejected="0.01: a month without an alert. 0.1: more than anybody reads.",
        )  # fmt: skip
        AlertBudgetDecision.objects.create(decision=decision, share=SHARE)
        write(Act.DECISION, f"decision:{decision.number}", "supervisor", title=decision.title)


def put_aside(first: str, second: str, at: datetime) -> None:
    """Judge a pair not linked, and let a second reader agree: it is not taken forward."""
    pair = Pair.objects.get(first__case_id=first, second__case_id=second)
    analyst = Account.objects.get(name="analyst")
    supervisor = Account.objects.get(name="supervisor")
    later = at + timedelta(hours=5)
    subject = f"pair:{first},{second}"
    with transaction.atomic():
        Shown.objects.create(pair=pair, link=pair.link, account=analyst, at=at, page="comparison")
        judgement = Judgement.objects.create(
            pair=pair, link=pair.link, verdict="not_linked", relation="none", reason=REASON,
            explanation=EXPLANATION, would_change=WOULD_CHANGE, decided_at=at, account=analyst,
        )  # fmt: skip
        SecondReading.objects.create(
            judgement=judgement, account=supervisor, at=later, agrees=True, note="I agree."
        )
        standing = second_read(judged(pair.standing(), "not_linked"), agrees=True)
        pair.state, pair.since = standing.state, later
        pair.save(update_fields=["state", "since"])
        write(Act.DECISION, subject, "analyst", judgement="not_linked")
        write(Act.DECISION, subject, "supervisor", agrees=True, state=standing.state)
