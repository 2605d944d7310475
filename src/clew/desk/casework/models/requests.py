"""What was recommended, asked, answered, closed, sent and read again: rows of this app's tables."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from clew.desk.casework.rows import by_field, who
from clew.desk.records.models import Case


class Lead(models.Model):
    """A recommendation, or a named lead (a nickname, an address): it cannot close silently."""

    KINDS: ClassVar = [("recommendation", "Recommendation"), ("lead", "Named lead")]
    FROM: ClassVar = [
        ("pathologist", "Pathologist"),
        ("coroner", "Coroner or coroner's officer"),
        ("officer", "Officer"),
        ("family", "Family or friend"),
        ("other", "Somebody else"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="leads")
    kind = models.CharField(max_length=20, choices=KINDS)
    role = models.CharField(max_length=20, choices=FROM)
    who = models.CharField(max_length=200, blank=True)
    words = models.TextField()
    by = by_field()
    at = models.DateTimeField()
    due = models.DateTimeField()
    state = models.CharField(max_length=20, default="open", db_index=True)

    class Meta:
        """In the order in which they were entered."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.words[:80]}"


class LeadAct(models.Model):
    """One act on a lead: resolved with proof, signed off by a supervisor, opened again."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="acts")
    act = models.CharField(max_length=20)
    said = models.JSONField(default=dict)
    by = by_field()
    at = models.DateTimeField()

    class Meta:
        """In the order in which they were done."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.lead}: {self.act}"

    def who(self) -> str:
        """Return who did it."""
        return who(self.by)


class ApprovalRequest(models.Model):
    """What waits for a supervisor who is somebody else: a waiver, a lead's end, a class."""

    WAIVER, LEAD, CLASS = "waiver", "lead", "class"
    KINDS: ClassVar = [
        (WAIVER, "Not to do a line of enquiry"),
        (LEAD, "To close a lead without proof"),
        (CLASS, "To call it homicide no more"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="asked")
    kind = models.CharField(max_length=10, choices=KINDS)
    about = models.CharField(max_length=60, blank=True)
    said = models.JSONField(default=dict)
    by = by_field()
    at = models.DateTimeField()
    flagged = models.BooleanField(default=False)

    class Meta:
        """In the order in which they were asked."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.case}: {self.kind} {self.about}"

    def who(self) -> str:
        """Return who asks."""
        return who(self.by)


class ApprovalDecision(models.Model):
    """What the supervisor answered: signed, or declined with a reason."""

    asked = models.OneToOneField(ApprovalRequest, on_delete=models.PROTECT, related_name="answered")
    signed = models.BooleanField()
    words = models.TextField(blank=True)
    by = by_field()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.asked}: {'signed' if self.signed else 'declined'}"


class Closing(models.Model):
    """One request to close as not suspicious, with the grounds that lacked then.

    `missing` is a list of pairs: the ground's name and what to do. `of` is the request that a
    supervisor signs here.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="closings")
    of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="signings")
    by = by_field()
    rank = models.CharField(max_length=60, blank=True)
    evidence = models.TextField(blank=True)
    would_change = models.TextField(blank=True)
    answers = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    signer = by_field()
    closed = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        """In the order in which they were asked."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.case}: {'closed' if self.closed else 'not closed'}"

    def who(self) -> str:
        """Return who asked."""
        return who(self.by)

    def waits(self) -> bool:
        """Tell whether nothing lacks but a supervisor's signature."""
        return not self.closed and [name for name, _ in self.missing] == ["supervisor"]


class Preserved(models.Model):
    """A request to keep something, as it was sent."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="preserved")
    keep_id = models.CharField(max_length=60)
    to_whom = models.CharField(max_length=200)
    request = models.TextField()
    by = by_field()
    at = models.DateTimeField()

    class Meta:
        """In the order in which they were sent."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.case}: {self.keep_id}"

    def who(self) -> str:
        """Return who sent it."""
        return who(self.by)


class ReAudit(models.Model):
    """A closed death that somebody else read again: what came of it."""

    OUTCOMES: ClassVar = [
        ("stands", "The closing stands"),
        ("opened_again", "It should be opened again"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="re_audits")
    month = models.CharField(max_length=7)
    outcome = models.CharField(max_length=20, choices=OUTCOMES)
    words = models.TextField()
    by = by_field()
    at = models.DateTimeField()

    class Meta:
        """A closed death once a month."""

        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "month"], name="re_audit_once_a_month")
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.month}"
