"""What was disclosed to the coroner, the coroner's officer's questions, and that officer's notes.

Rows are added, never changed: a disclosure stays as it was given, byte for byte.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import AccessDecision, Permission, Person, areas_of
from clew.desk.records.models import Case
from clew.desk.review.models import Pair
from clew.desk.web.guard import Refused


class CoronerDisclosure(models.Model):
    """One record or pair, given to the coroner: the very bytes, their digest, by whom and why.

    `area` is the record's when it was given: a coroner's officer for that area sees it.
    """

    reference = models.CharField(max_length=40, unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="gifts")
    pair = models.ForeignKey(
        Pair, null=True, blank=True, on_delete=models.PROTECT, related_name="gifts"
    )
    title = models.CharField(max_length=300)
    area = models.CharField(max_length=120, blank=True, db_index=True)
    given_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    given_to = models.CharField(max_length=200)
    purpose = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-given_at", "-pk"]

    def __str__(self) -> str:
        return self.reference

    def intact(self) -> bool:
        """Tell whether the bytes are those that were given."""
        return sha256(bytes(self.content)).hexdigest() == self.digest


class CoronerQuestion(models.Model):
    """A question of the coroner's officer to the police, who see it and its date."""

    gift = models.ForeignKey(CoronerDisclosure, on_delete=models.PROTECT, related_name="questions")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    says = models.TextField()
    due = models.DateField()

    class Meta:
        """The next one due first."""

        ordering: ClassVar = ["due", "pk"]

    def __str__(self) -> str:
        return f"{self.gift}, question {self.pk}"


class CoronerAnswer(models.Model):
    """The answer to a question: once, and never changed."""

    question = models.OneToOneField(
        CoronerQuestion, on_delete=models.PROTECT, related_name="answer"
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    says = models.TextField()

    def __str__(self) -> str:
        return f"answer to {self.question}"


def _refused(reason: str) -> Refused:
    return Refused(AccessDecision(False, reason), Permission.SEE_CORONERS_WORKSPACE, "note")


class CoronerNotes(models.Manager["CoronerNote"]):
    """Every query for notes must name the reader; any other is refused.

    So no page, list or export that is written later can reach them by accident.
    """

    def get_queryset(self) -> Any:
        """Refuse: a query must name the reader.

        Raises
        ------
        Refused
            Always.
        """
        raise _refused("notes of the coroner's officer are read by naming who reads them")

    def read_by(self, person: Person) -> models.QuerySet[CoronerNote]:
        """Return the notes that a person may read: none, for anyone with a police role.

        Raises
        ------
        Refused
            If the rules give the person no coroner's workspace.
        """
        areas = areas_of(person, Permission.SEE_CORONERS_WORKSPACE)
        if areas is not None and not areas:
            raise _refused("only a coroner's officer reads these notes")
        notes: models.QuerySet[CoronerNote] = super().get_queryset()
        return notes if areas is None else notes.filter(gift__area__in=areas)

    def add(self, gift: CoronerDisclosure, account: Account, says: str) -> None:
        """Keep a note."""
        CoronerNote(gift=gift, account=account, says=says).save(force_insert=True)


class CoronerNote(models.Model):
    """A note of the coroner's officer, reached only through `CoronerNotes.read_by`."""

    gift = models.ForeignKey(CoronerDisclosure, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    says = models.TextField()

    objects = CoronerNotes()

    class Meta:
        """In the order in which they were written."""

        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"a note on {self.gift}"
