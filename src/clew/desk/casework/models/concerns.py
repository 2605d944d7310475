"""Concerns of the public, in their words; promises to families; contact with next of kin.

Words and acts are added and never altered: the database itself refuses (`ledger.triggers`).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from clew.assurance import concern as pure
from clew.desk.accounts.models import Account
from clew.desk.casework.models.status import Ordered
from clew.desk.records.models import Case
from clew.desk.review.models import Pair

STATES = {
    pure.RECEIVED: "Received: no owner yet",
    pure.OWNED: "Waiting for an answer",
    pure.ANSWERED: "Answered",
    pure.CHALLENGED: "Answer challenged: waiting for an owner",
    pure.CLOSED: "Closed, answered",
}
"""Each state of the pure table, in words."""


class Concern(models.Model):
    """One concern and its state; the rules are `clew.assurance.concern`.

    `case` is the record that it is about, once known; `given` what the person named (names, dates,
    places, numbers) for finding it; `area` says whose unit answers.
    """

    FROM: ClassVar = [
        ("family", "Family"),
        ("friend", "A friend"),
        ("public", "A member of the public"),
        ("press", "The press"),
        ("coroner", "The coroner"),
    ]
    reference = models.CharField(max_length=20, unique=True)
    raised_by = models.CharField(max_length=200)
    who = models.CharField(max_length=10, choices=FROM)
    reach = models.CharField(max_length=300, blank=True)
    given = models.CharField(max_length=400, blank=True)
    area = models.CharField(max_length=120, blank=True, db_index=True)
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="concerns"
    )
    received_at = models.DateTimeField()
    due = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=12, default=pure.RECEIVED, db_index=True)
    owner = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="concerns"
    )
    taken_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        """Latest first."""

        ordering: ClassVar = ["-received_at", "-id"]

    def __str__(self) -> str:
        return f"concern {self.reference}"

    def waits(self) -> bool:
        """Tell whether an answer is due."""
        return self.state in (pure.RECEIVED, pure.OWNED, pure.CHALLENGED)

    def standing(self) -> str:
        """Return its state, in words."""
        return STATES[self.state]

    def answers(self) -> list[ConcernStep]:
        """Return the answers given, oldest first."""
        return list(self.steps.filter(act="answered"))

    def noun(self) -> pure.Concern:
        """Return it as the rules take it."""
        return pure.Concern(
            self.reference,
            self.raised_by,
            self.words.says,
            int(self.received_at.timestamp()),
            int(self.due.timestamp()),
            (self.case.case_id,) if self.case else (),
            self.state,
            self.owner.name if self.owner else "",
            tuple(step.said["answer"] for step in self.answers()),
        )


class ConcernWords(models.Model):
    """The person's own words. The database refuses to alter or remove them."""

    concern = models.OneToOneField(Concern, on_delete=models.PROTECT, related_name="words")
    says = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"the words of {self.concern}"


class ConcernStep(Ordered):
    """One act on a concern: what was said with it, and the states before and after."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="steps")
    act = models.CharField(max_length=20)
    by = models.CharField(max_length=150)
    said = models.JSONField(default=dict)
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.concern}: {self.act}"


class AnswerDraft(Ordered):
    """An answer that there is no link, until another person has read it."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="drafts")
    answer = models.TextField()
    searched = models.TextField()
    how_to_challenge = models.TextField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reader = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agrees = models.BooleanField(null=True)
    note = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"draft {self.pk} for {self.concern}"


class Claim(models.Model):
    """A member of the public named another death: the pair became a candidate in the queue."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="claims")
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="claims")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """A pair once per concern."""

        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["concern", "pair"], name="a_claim_once_a_concern")
        ]

    def __str__(self) -> str:
        return f"{self.concern}: {self.pair}"


class PendingDisclosure(Ordered):
    """Something disclosed and then withdrawn: the person is told so, with date and reason."""

    concern = models.ForeignKey(Concern, on_delete=models.PROTECT, related_name="withdrawals")
    what = models.TextField()
    reason = models.TextField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.concern}: untold"


class Promise(models.Model):
    """Promises to a family: by whom, to whom, what, by when, and when it was kept."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="promises")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    to = models.CharField(max_length=200)
    what = models.CharField(max_length=400)
    made_at = models.DateTimeField()
    due = models.DateTimeField(db_index=True)
    kept_at = models.DateTimeField(null=True, blank=True)
    kept_by = models.CharField(max_length=150, blank=True)
    how = models.CharField(max_length=400, blank=True)

    class Meta:
        """The next one due first."""

        ordering: ClassVar = ["due", "id"]

    def __str__(self) -> str:
        return f"{self.case}: {self.what}"


class Contact(models.Model):
    """A conversation with next of kin: who spoke to them, when, what, and the next call.

    `again_at` None needs `because`: they asked for no more calls.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    to = models.CharField(max_length=200)
    said = models.TextField()
    at = models.DateTimeField()
    again_at = models.DateTimeField(null=True, blank=True, db_index=True)
    because = models.CharField(max_length=400, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The latest first."""

        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.case}: {self.to}"
