"""Each death's class, lines of enquiry, dissent, leads and closings.

Acts are rows that are added and never changed. The present state is a row beside them
(`CaseworkStatus`, `LineState`, `Lead`), written in the same transaction.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from clew.assurance.classes import INVESTIGATED
from clew.desk.accounts.models import Account
from clew.desk.records.models import Case

CLASSES: list[tuple[str, str]] = [
    ("expected", "Expected"),
    ("unexpected_not_suspicious", "Unexpected, investigated and not suspicious"),
    ("unexpected_under_investigation", "Unexpected, under investigation"),
    ("homicide", "Homicide"),
]


class Ordered(models.Model):
    """A row of a list in the order in which it was written."""

    class Meta:
        """No table of its own."""

        abstract = True
        ordering: ClassVar = ["id"]


class Attributed(Ordered):
    """A row that says who did it; empty: the desk itself."""

    by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Ordered.Meta):
        """No table of its own."""

        abstract = True

    def who(self) -> str:
        """Return who did it, as pages write it."""
        return self.by.full_name if self.by else "the desk"


class StandardText(models.Model):
    """The text of a standard that a death uses, so that no later file changes it."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    text = models.TextField()
    kept_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class CaseworkStatus(models.Model):
    """A death's class now, since when, and the standard that applies to it."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="casework")
    category = models.CharField(max_length=40, choices=CLASSES, default=INVESTIGATED)
    since = models.DateTimeField()
    standard = models.ForeignKey(StandardText, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case}: {self.category}"


class ClassChange(Attributed):
    """One change of class. `claimed_at` is when the decision is said to have been made."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="class_changes")
    act = models.CharField(max_length=40)
    before = models.CharField(max_length=40, choices=CLASSES)
    after = models.CharField(max_length=40, choices=CLASSES)
    rank = models.CharField(max_length=60, blank=True)
    reason = models.TextField()
    would_change = models.TextField(blank=True)
    signer = models.CharField(max_length=150, blank=True)
    doctor = models.CharField(max_length=200, blank=True)
    claimed_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        """In the order in which they were made; queried by act and time."""

        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["act", "-at"])]

    def __str__(self) -> str:
        return f"{self.case}: {self.act}"


class LineState(models.Model):
    """The state of one line of enquiry now; no row: open, and never acted on."""

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


class LineAct(Attributed):
    """One act on a line. `flagged`: cost or workload is its reason."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="line_acts")
    line_id = models.CharField(max_length=60)
    act = models.CharField(max_length=20)
    said = models.JSONField(default=dict)
    at = models.DateTimeField()
    flagged = models.BooleanField(default=False)

    class Meta:
        """In the order in which they were done."""

        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["act", "-at"])]

    def __str__(self) -> str:
        return f"{self.case}: {self.line_id} {self.act}"


class Dissent(Ordered):
    """A view that differs from the class. Nobody can remove it, in any role."""

    ROLES: ClassVar = [
        ("paramedic", "Paramedic"),
        ("officer", "Officer"),
        ("pathologist", "Pathologist"),
        ("coroner", "Coroner or coroner's officer"),
        ("doctor", "Doctor"),
        ("other", "Someone else who was there or knows"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="dissents")
    who = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=ROLES)
    words = models.TextField()
    by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case}: {self.role}"

    def entered_by(self) -> str:
        """Return who entered it."""
        return self.by.full_name if self.by else "the desk"


class Lead(Ordered):
    """A recommendation, or a named lead (a nickname, an address): it cannot close silently."""

    KINDS: ClassVar = [("recommendation", "Recommendation"), ("lead", "Named lead")]
    FROM: ClassVar = [
        ("pathologist", "Pathologist"),
        ("coroner", "Coroner or coroner's officer"),
        ("officer", "Officer"),
        ("family", "Family or friend"),
        ("other", "Someone else"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="leads")
    kind = models.CharField(max_length=20, choices=KINDS)
    role = models.CharField(max_length=20, choices=FROM)
    who = models.CharField(max_length=200, blank=True)
    words = models.TextField()
    by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    due = models.DateTimeField()
    state = models.CharField(max_length=20, default="open", db_index=True)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.words[:80]}"


class LeadAct(Attributed):
    """One act on a lead: resolved with proof, signed off by a supervisor, opened again."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="acts")
    act = models.CharField(max_length=20)
    said = models.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.lead}: {self.act}"


class ApprovalRequest(Attributed):
    """What waits for another person, a supervisor: a waiver, a lead's end, a class."""

    WAIVER, LEAD, CLASS = "waiver", "lead", "class"
    KINDS: ClassVar = [
        (WAIVER, "To waive a line of enquiry"),
        (LEAD, "To close a lead without proof"),
        (CLASS, "To change the class from homicide"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="approval_requests")
    kind = models.CharField(max_length=10, choices=KINDS)
    about = models.CharField(max_length=60, blank=True)
    said = models.JSONField(default=dict)
    at = models.DateTimeField()
    flagged = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.case}: {self.kind} {self.about}"


class ApprovalDecision(models.Model):
    """What the supervisor decided: signed, or declined with a reason."""

    request = models.OneToOneField(
        ApprovalRequest, on_delete=models.PROTECT, related_name="decision"
    )
    signed = models.BooleanField()
    words = models.TextField(blank=True)
    by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.request}: {'signed' if self.signed else 'declined'}"


class Closing(Attributed):
    """One request to close as not suspicious, with the grounds that were not met then.

    `missing` is a list of pairs: the ground's name and what to do. `request` is the earlier row
    that a supervisor signs here.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="closings")
    request = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="signings"
    )
    rank = models.CharField(max_length=60, blank=True)
    evidence = models.TextField(blank=True)
    would_change = models.TextField(blank=True)
    answers = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    signer = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    closed = models.BooleanField(default=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case}: {'closed' if self.closed else 'not closed'}"

    def waits(self) -> bool:
        """Tell whether only a supervisor's signature is missing."""
        return not self.closed and [name for name, _ in self.missing] == ["supervisor"]


class Preserved(Attributed):
    """A request to keep something, as it was sent."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="preserved")
    keep_id = models.CharField(max_length=60)
    to_whom = models.CharField(max_length=200)
    request = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case}: {self.keep_id}"


class ReAudit(Attributed):
    """A closed death reviewed by another person: the outcome."""

    OUTCOMES: ClassVar = [
        ("stands", "The closing is right"),
        ("opened_again", "It should be reopened"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="re_audits")
    month = models.CharField(max_length=7)
    outcome = models.CharField(max_length=20, choices=OUTCOMES)
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        """A closed death once a month."""

        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "month"], name="re_audit_once_a_month")
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.month}"


class Escalation(models.Model):
    """One step by which a missed deadline was escalated; its unique key makes it happen once."""

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
