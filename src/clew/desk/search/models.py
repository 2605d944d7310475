"""The index, derived from records and concerns, and the searches that people saved."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.casework.models.concerns import Concern
from clew.desk.ledger.coverage import EVERY_COLUMN
from clew.desk.records.models import Case


class SearchDocument(models.Model):
    """What the index holds of one record, or of the words of one concern.

    It is derived: the ledger leaves it out, and a restore makes it again. SQLite's FTS5 table
    `search_text` follows `terms` by triggers; PostgreSQL has them as a generated column `vector`.
    `reported` (seconds since 1970), `sex`, `age` and `premises` are those of the record as it is
    now, to sort and count by. No constraint binds it: going back to a moment puts records back
    row by row, and the index is made again after it.
    """

    LEDGER_LEAVES_OUT: ClassVar = EVERY_COLUMN
    case = models.OneToOneField(
        Case,
        null=True,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="search_document",
    )
    concern = models.OneToOneField(
        Concern,
        null=True,
        on_delete=models.CASCADE,
        db_constraint=False,
        related_name="search_document",
    )
    terms = models.TextField()
    reported = models.BigIntegerField(default=0)
    sex = models.CharField(max_length=20, blank=True)
    age = models.SmallIntegerField(null=True)
    premises = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"index of {self.case or self.concern}"


class SavedSearch(models.Model):
    """A search for places, dates and features that tells its owner of each record that matches.

    No search on a person can be saved: no name, no number, no word of a text.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="saved_searches")
    typed = models.CharField(max_length=200)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The newest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.typed
