"""Each death's class, lines of enquiry, dissent, leads and closings.

Acts are rows that are added and never changed; where a thing has a present state, it stands in a
row beside them (`CaseworkStatus`, `LineState`, `Lead`) that is written in the same transaction.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from clew.assurance.classes import INVESTIGATED
from clew.desk.casework.models.requests import (
    ApprovalDecision,
    ApprovalRequest,
    Closing,
    Lead,
    LeadAct,
    Preserved,
    ReAudit,
)
from clew.desk.casework.rows import by_field, who
from clew.desk.records.models import Case

__all__ = [
    "CLASSES",
    "ApprovalDecision",
    "ApprovalRequest",
    "CaseworkStatus",
    "ClassChange",
    "Closing",
    "Dissent",
    "Lead",
    "LeadAct",
    "LineAct",
    "LineState",
    "Preserved",
    "ReAudit",
    "StandardText",
]
CLASSES: list[tuple[str, str]] = [
    ("expected", "Expected"),
    ("unexpected_not_suspicious", "Unexpected, investigated and not suspicious"),
    ("unexpected_under_investigation", "Unexpected, under investigation"),
    ("homicide", "Homicide"),
]


class StandardText(models.Model):
    """The very text of a standard that some death keeps, so that no later file changes it."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    text = models.TextField()
    kept_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class CaseworkStatus(models.Model):
    """Where a death stands: its class now, since when, and the standard that it keeps."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="assured")
    category = models.CharField(max_length=40, choices=CLASSES, default=INVESTIGATED)
    since = models.DateTimeField()
    standard = models.ForeignKey(StandardText, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case}: {self.category}"


class ClassChange(models.Model):
    """One change of class. `claimed_at` is when it is said to have been decided."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="class_changes")
    act = models.CharField(max_length=40)
    before = models.CharField(max_length=40, choices=CLASSES)
    after = models.CharField(max_length=40, choices=CLASSES)
    by = by_field()
    rank = models.CharField(max_length=60, blank=True)
    reason = models.TextField()
    would_change = models.TextField(blank=True)
    signer = models.CharField(max_length=150, blank=True)
    doctor = models.CharField(max_length=200, blank=True)
    claimed_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        """In the order in which they were made; asked by act and time."""

        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["act", "-at"])]

    def __str__(self) -> str:
        return f"{self.case}: {self.act}"

    def who(self) -> str:
        """Return who made it."""
        return who(self.by)


class LineState(models.Model):
    """Where one line of enquiry stands now; no row: open, and never acted on."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lines")
    line_id = models.CharField(max_length=60)
    state = models.CharField(max_length=20)
    since = models.DateTimeField()
    said = models.JSONField(default=dict)

    class Meta:
        """A line of a death once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "line_id"], name="a_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.line_id} {self.state}"


class LineAct(models.Model):
    """One act on a line. `flagged`: cost or workload is its reason."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="line_acts")
    line_id = models.CharField(max_length=60)
    act = models.CharField(max_length=20)
    said = models.JSONField(default=dict)
    by = by_field()
    at = models.DateTimeField()
    flagged = models.BooleanField(default=False)

    class Meta:
        """In the order in which they were done."""

        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["act", "-at"])]

    def __str__(self) -> str:
        return f"{self.case}: {self.line_id} {self.act}"

    def who(self) -> str:
        """Return who did it."""
        return who(self.by)


class Dissent(models.Model):
    """Somebody's view that differs from the class. Nobody can take it away, in any role."""

    ROLES: ClassVar = [
        ("paramedic", "Paramedic"),
        ("officer", "Officer"),
        ("pathologist", "Pathologist"),
        ("coroner", "Coroner or coroner's officer"),
        ("doctor", "Doctor"),
        ("other", "Somebody else who was there or knows"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="dissents")
    who = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=ROLES)
    words = models.TextField()
    by = by_field()
    at = models.DateTimeField()

    class Meta:
        """In the order in which they were entered."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.case}: {self.role}"

    def entered_by(self) -> str:
        """Return who entered it."""
        return who(self.by)


# What the clock has raised: once, whoever asks, however often, and after whatever restart.


class Escalation(models.Model):
    """One step of one deadline that ran out. Its unique key lets no second worker raise it."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20)
    what = models.CharField(max_length=400)
    subject = models.CharField(max_length=200, blank=True)
    area = models.CharField(max_length=120, blank=True)
    owner = models.CharField(max_length=150, blank=True)
    due = models.DateTimeField()
    to = models.CharField(max_length=40)
    recipients = models.JSONField(default=list)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The latest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.key
