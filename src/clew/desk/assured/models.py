"""Each death's class, lines of enquiry, dissent, leads and closings.

Acts are rows that are added and never changed; where a thing has a present state, it stands in a
row beside them (`Assured`, `LineState`, `Lead`) that is written in the same transaction.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from clew.assurance.classes import INVESTIGATED
from clew.desk.accounts.models import Account
from clew.desk.cases.models import Case

CLASSES: list[tuple[str, str]] = [
    ("expected", "Expected"),
    ("unexpected_not_suspicious", "Unexpected, investigated and not suspicious"),
    ("unexpected_under_investigation", "Unexpected, under investigation"),
    ("homicide", "Homicide"),
]


def _by() -> Any:
    """Return the field that says who did it; empty: the desk itself."""
    return models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")


def who(account: Account | None) -> str:
    """Return who did something, as pages write it."""
    return account.full_name if account else "the desk"


class StandardText(models.Model):
    """The very text of a standard that some death keeps, so that no later file changes it."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    text = models.TextField()
    kept_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Assured(models.Model):
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
    by = _by()
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
    by = _by()
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
    by = _by()
    at = models.DateTimeField()

    class Meta:
        """In the order in which they were entered."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.case}: {self.role}"

    def entered_by(self) -> str:
        """Return who entered it."""
        return who(self.by)


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
    by = _by()
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
    by = _by()
    at = models.DateTimeField()

    class Meta:
        """In the order in which they were done."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.lead}: {self.act}"

    def who(self) -> str:
        """Return who did it."""
        return who(self.by)


class Asked(models.Model):
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
    by = _by()
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


class Answered(models.Model):
    """What the supervisor answered: signed, or declined with a reason."""

    asked = models.OneToOneField(Asked, on_delete=models.PROTECT, related_name="answered")
    signed = models.BooleanField()
    words = models.TextField(blank=True)
    by = _by()
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
    by = _by()
    rank = models.CharField(max_length=60, blank=True)
    evidence = models.TextField(blank=True)
    would_change = models.TextField(blank=True)
    answers = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    signer = _by()
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
    by = _by()
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
    by = _by()
    at = models.DateTimeField()

    class Meta:
        """A closed death once a month."""

        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "month"], name="re_audit_once_a_month")
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.month}"
