"""Requests to the specialist team, every act on them, and whom to warn. Acts are only added."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from clew.assurance import referral as pure
from clew.desk.accounts.models import Account
from clew.desk.casework.models.status import Ordered
from clew.desk.records.models import Case
from clew.desk.review.models import Pair

STATES = {
    pure.SENT: "Waiting for an answer",
    pure.ACCEPTED: "Accepted",
    pure.REFUSED: "Refused",
    pure.CHALLENGED: "Refusal challenged: waiting for a senior officer",
    pure.IN_REVIEW: "Reopened by new facts: waiting for an answer",
    pure.WITHDRAWN: "Withdrawn",
}
"""Each state of the pure table, in words."""


class Referral(models.Model):
    """One request and its state; the rules are `clew.assurance.referral`.

    `asked_by` "": a possible series was referred automatically, by `pair`. `senior` answers the
    challenge. `ReferralSnapshot` keeps what the team received, `ReferralStep` each act.
    """

    cases: models.ManyToManyField[Case, models.Model] = models.ManyToManyField(
        Case, related_name="referrals"
    )
    pair = models.OneToOneField(
        Pair, null=True, blank=True, on_delete=models.PROTECT, related_name="referral"
    )
    asked_by = models.CharField(max_length=150, blank=True)
    sent_at = models.DateTimeField()
    due = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=12, default=pure.SENT, db_index=True)
    refused_by = models.CharField(max_length=150, blank=True)
    senior = models.CharField(max_length=150, blank=True)
    went_up = models.PositiveIntegerField(default=0)

    class Meta:
        """Latest first."""

        ordering: ClassVar = ["-sent_at", "-id"]

    def __str__(self) -> str:
        return f"referral {self.pk}"

    def waits(self) -> bool:
        """Tell whether an answer is due."""
        return self.state in pure.WAITS

    def standing(self) -> str:
        """Return its state, in words."""
        return STATES[self.state]

    def noun(self) -> pure.Referral:
        """Return it as the rules take it."""
        return pure.Referral(
            str(self.pk),
            tuple(case.case_id for case in self.cases.all()),
            self.snapshot.says,
            self.asked_by,
            int(self.sent_at.timestamp()),
            int(self.due.timestamp()),
            self.state,
            self.refused_by,
            self.went_up,
        )


class ReferralSnapshot(models.Model):
    """Exactly what the team received: the sender's words, and the records and links at that time.

    Nothing alters it. What is erased of a record by law is withheld here too.
    """

    referral = models.OneToOneField(Referral, on_delete=models.PROTECT, related_name="snapshot")
    says = models.TextField()
    stood = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"what {self.referral} told"


class ReferralStep(Ordered):
    """One act on a referral: what was said with it, and the states before and after."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="steps")
    act = models.CharField(max_length=30)
    by = models.CharField(max_length=150, blank=True)
    said = models.JSONField(default=dict)
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12)
    due = models.DateTimeField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.referral}: {self.act}"


class WarnDecision(models.Model):
    """Due since a possible series was adopted: a person decides whom to warn, with a reason."""

    pair = models.OneToOneField(Pair, on_delete=models.PROTECT, related_name="warn_decision")
    since = models.DateTimeField()
    due = models.DateTimeField(db_index=True)
    owner = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        """The next one due first."""

        ordering: ClassVar = ["due", "id"]

    def __str__(self) -> str:
        return f"whom to warn of {self.pair}"


class Warned(Ordered):
    """One decision whom to warn; a later one may follow, none is altered."""

    WHOM: ClassVar = [
        ("public", "The public"),
        ("venues", "Venues near the places of these deaths"),
        ("apps", "Apps and websites where people meet"),
        ("services", "Services that may meet people at risk: health, outreach, charities"),
        ("nobody", "Nobody"),
    ]
    decision = models.ForeignKey(WarnDecision, on_delete=models.PROTECT, related_name="taken")
    whom = models.JSONField()
    reason = models.TextField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.decision}: {', '.join(self.whom)}"

    def words(self) -> list[str]:
        """Return whom, in words."""
        return [words for name, words in self.WHOM if name in self.whom]
