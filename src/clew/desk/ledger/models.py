"""The ledger's tables. Nothing but `write.py` adds to them, and nothing alters them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Act(models.TextChoices):
    """What was done to a record, in the words of the law, and what else must be accounted for."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    DECISION = "decision"
    DENIAL = "denial"
    ACCESS = "access"


class Entry(models.Model):
    """One row of the chain, a `LedgerRow`; the tables' own triggers refuse change and removal.

    `content` is the sum over the `ContentDigest` rows of this entry, "" where there are none.
    """

    number = models.BigIntegerField(primary_key=True)
    recorded_at = models.CharField(max_length=32)
    act = models.CharField(max_length=16, choices=Act.choices)
    actor = models.CharField(max_length=150)
    purpose = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=200, blank=True, db_index=True)
    body = models.TextField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    content = models.CharField(max_length=160, blank=True, default="", db_default="")

    class Meta:
        """In the order in which the acts were done."""

        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.act} {self.subject}"


class Head(models.Model):
    """The last row of the chain: one row, locked by each act that adds to the ledger.

    `clock` is what the machine's clock said when it was written.
    """

    number = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    recorded_at = models.CharField(max_length=32, blank=True)
    clock = models.CharField(max_length=32, blank=True)

    def __str__(self) -> str:
        return f"row {self.number}"


class ContentDigest(models.Model):
    """One row of another table as it was when the ledger's row `entry` accounted for it.

    `of` and `key` name the row; `digest` is `contents.content_digest` under `salt`, "" where the
    row was removed. Erasing content blanks the salts of all its earlier digests.
    """

    entry = models.BigIntegerField()
    of = models.CharField(max_length=63)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, blank=True)
    salt = models.CharField(max_length=32, blank=True)

    class Meta:
        """In the order in which they were accounted for."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.of} {self.key} at row {self.entry}"


class Coverage(models.Model):
    """Which tables and columns a version of the desk covers; rows of the ledger name its digest."""

    digest = models.CharField(max_length=64, primary_key=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.digest


class RowChange(models.Model):
    """What a row of any table was before a change, so that a restore can go back to a moment.

    Written by triggers (`change_log.py`), by transaction: `did` I, U or D; V is a change of columns
    alone that the ledger leaves out; E is a row of the ledger, by which the transaction is placed
    in time. `key` is the row's key, `was` what it held.
    """

    tx = models.BigIntegerField()
    at = models.CharField(max_length=32)
    of = models.CharField(max_length=63)
    did = models.CharField(max_length=1)
    key = models.CharField(max_length=200)
    was = models.TextField(blank=True)

    class Meta:
        """In the order in which they were made; asked by row when content is erased."""

        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["of", "key"]),
            models.Index(fields=["tx"], name="ledger_rowc_tx_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.did} {self.of} {self.key}"


class Checkpoint(models.Model):
    """What the rows were at one moment, signed; see `key.Statement`.

    `frontier` is what the next checkpoint goes on from, so that it reads only newer rows.
    """

    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    head = models.CharField(max_length=64)
    signed_at = models.CharField(max_length=32)
    before = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=88)
    frontier = models.TextField()
    stamp = models.TextField(blank=True)

    class Meta:
        """In the order in which they were signed."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.size:,} rows, {self.signed_at}"
