"""What was handed in, by whom, and what became of it; what a person proposed; what is set aside.

A hand-in is one group of files: a case file with its facts and coverage, or one of them alone. Its
row says who answers for it and the SHA-256 of each file, before any of it is read.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class HandIn(models.Model):
    """One hand-in: who, from where, which bytes, how often it was tried, and what became of it.

    `key` is the ending that the names of the group share. `files` has, by kind, the name under
    which the desk finds it, its SHA-256 and its bytes. `source` is the key of its header; `profile`
    names how each column of files with this header is read; `new_profile`: the person said that
    they are read as this file shows them. `account` says what was taken of it and what was not.
    """

    LEDGER_LEAVES_OUT: ClassVar = frozenset({"tries"})
    WAITING, TAKEN, QUARANTINED, WITHDRAWN = "waiting", "taken", "quarantined", "withdrawn"
    PAGE, FOLDER, COMMAND = "page", "watched folder", "command line"

    key = models.CharField(max_length=300, db_index=True)
    files = models.JSONField(default=dict)
    by = models.CharField(max_length=150)
    purpose = models.CharField(max_length=200, blank=True)
    via = models.CharField(max_length=20)
    handed_in_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, default=WAITING, db_index=True)
    tries = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=150, blank=True)
    source = models.CharField(max_length=64, blank=True, db_index=True)
    profile = models.JSONField(default=dict)
    new_profile = models.BooleanField(default=False)
    account = models.JSONField(default=dict)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"hand-in {self.pk}"


class Proposal(models.Model):
    """What somebody handed in and may not do alone: a keeper of the record accepts or declines it.

    `kind` says what `content` is: facts of one record, a row that makes a record, rows of a
    coverage file, or the reason and review day of a death's seal. `record` is the number of the
    record, which may not be there yet. `digest` is of all that makes it what it is: the same
    proposal is made once.
    """

    OPEN, ACCEPTED, DECLINED = "open", "accepted", "declined"
    FACTS, RECORD, COVERAGE, SEAL = "facts", "record", "coverage", "seal"

    kind = models.CharField(max_length=10)
    case = models.ForeignKey(
        "records.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="proposals"
    )
    record = models.CharField(max_length=120, blank=True)
    area = models.CharField(max_length=120, blank=True)
    content = models.JSONField()
    digest = models.CharField(max_length=64, unique=True)
    by = models.CharField(max_length=150)
    purpose = models.CharField(max_length=200, blank=True)
    file = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300)
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, default=OPEN, db_index=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        """Oldest first: it has waited longest."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"proposal {self.pk}"


class QuarantinedRecord(models.Model):
    """A record that rounds leave out because comparing it raised a fault, and the reason.

    `withdrawn`: an administrator decided that it stays out.
    """

    case = models.OneToOneField("records.Case", on_delete=models.PROTECT, related_name="quarantine")
    reason = models.TextField()
    since = models.DateTimeField(default=timezone.now)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"quarantine of {self.case}"


class CardNumbers(models.Model):
    """The last number given to a record that a scene card made, by year: a counter."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.last} in {self.year}"
