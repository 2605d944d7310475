"""Records and facts. A fact is added, never changed: what stood at any time can be read again.

Three times stand beside each fact: when somebody says it was known (`known_at`), when a system
first held it (`recorded_at`), and when this desk took it in (`entered_at`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Target
from clew.desk.ledger.clock import desk_now
from clew.desk.records.hand_ins import HandIn

SAVED_CALLS: list[Callable[[Sequence[Case]], None]] = []
"""Called with records whose words, kind, area or day were saved, within the same transaction.

A higher storey adds its own when its app is ready: the index of search follows every record,
whatever code saves it.
"""
WORDS_OF = frozenset({"case_id", "texts", "kind", "area", "reported_at"})
"""Columns whose change the index of search follows."""


class CaseRows(models.QuerySet["Case"]):
    """Records, of which several may be added at once."""

    def bulk_create(self, objs: Iterable[Case], *args: Any, **options: Any) -> list[Case]:
        """Add records, and let higher storeys follow."""
        made = super().bulk_create(objs, *args, **options)
        for call in SAVED_CALLS if made else ():
            call(made)
        return made


class Case(models.Model):
    """One record. `texts` holds it as of the last fact, column by column, for pages and lists.

    `texts` is made from the facts and can be made again; nothing is read from it that they do not
    hold. `names` of the person who died: the one the family uses first. `hand_in` brought it.
    A sealed death has a second person, who agreed, and a day by which its seal is reviewed.
    """

    case_id = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, default="death", db_index=True)
    reported_at = models.DateTimeField(db_index=True)
    agency = models.CharField(max_length=120, blank=True)
    area = models.CharField(max_length=120, blank=True, db_index=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    texts = models.JSONField(default=dict)
    entered_at = models.DateTimeField(default=desk_now)
    owner = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="owned"
    )
    sealed = models.BooleanField(default=False)
    sealed_by = models.CharField(max_length=150, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    seal_reason = models.CharField(max_length=400, blank=True)
    seal_agreed_by = models.CharField(max_length=150, blank=True)
    seal_review = models.DateField(null=True, blank=True)
    legal_hold = models.CharField(max_length=200, blank=True)
    hand_in = models.ForeignKey(
        HandIn, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = CaseRows.as_manager()

    class Meta:
        """Newest report first; a map asks by place."""

        ordering: ClassVar = ["-reported_at", "case_id"]
        indexes: ClassVar = [
            models.Index(fields=["latitude", "longitude"]),
            models.Index(fields=["area", "-reported_at"]),
        ]

    def __str__(self) -> str:
        return self.case_id

    def save(self, *args: Any, **options: Any) -> None:
        """Save, and let higher storeys follow what they are about."""
        super().save(*args, **options)
        only = options.get("update_fields")
        if only is None or not WORDS_OF.isdisjoint(only):
            for call in SAVED_CALLS:
                call([self])

    def about(self) -> Target:
        """Return what the rules need to know of this record."""
        if not self.sealed:
            return Target(self.area)
        opened = self.openings.filter(closed_at=None).values_list("account__name", flat=True)
        return Target(self.area, True, frozenset([*opened, *self.seal_keepers()]))

    def seal_keepers(self) -> list[str]:
        """Return the names of those who sealed the record: one, or for a death two."""
        return [name for name in (self.sealed_by, self.seal_agreed_by) if name]


class SealAccess(models.Model):
    """Leave for one person to see a sealed record, by whom and why."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="openings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=400)
    given_by = models.CharField(max_length=150)
    given_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.case} for {self.account}"


class Fact(models.Model):
    """One row of the facts file, and when and by whom this desk was told. Columns: record.md.

    `from_report`: a cell of the case file. `handed_in`: a row of a facts file, which rules its
    field: the report's cell of that field counts no more. A fact that somebody enters at the desk
    is neither, and leaves the cell standing as what was known at the report. `card`: the scene
    card that added it, or whose withdrawal took it back.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="facts")
    field = models.CharField(max_length=60)
    op = models.CharField(max_length=8, default="set")
    value = models.TextField(blank=True)
    known_at = models.CharField(max_length=40)
    recorded_at = models.CharField(max_length=40)
    known_to = models.CharField(max_length=200, blank=True)
    basis = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=300, blank=True)
    entered_at = models.DateTimeField(default=timezone.now)
    entered_by = models.CharField(max_length=150)
    from_report = models.BooleanField(default=False)
    handed_in = models.BooleanField(default=False)
    card = models.ForeignKey(
        "SceneCard", null=True, blank=True, on_delete=models.PROTECT, related_name="facts"
    )
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """In the order in which they were entered."""

        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["case", "field"])]

    def __str__(self) -> str:
        return f"{self.case}: {self.field}"


class Erasure(models.Model):
    """What was erased of a record: which field, by whom and why, and a commitment to the content.

    The commitment is a sum under a key that lies in the desk's home: who holds the content can
    have it confirmed, and nobody can read the content from it.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="erasures")
    field = models.CharField(max_length=60)
    commitment = models.CharField(max_length=64)
    facts = models.PositiveIntegerField()
    reason = models.CharField(max_length=400)
    erased_at = models.DateTimeField(default=timezone.now)
    erased_by = models.CharField(max_length=150)

    class Meta:
        """In the order in which they were done; asked by record at each hand-in."""

        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["case", "field"])]

    def __str__(self) -> str:
        return f"{self.case}: {self.field}"


class Trait(models.Model):
    """A sensitive trait, apart from facts; only the equality audit reads this table."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    trait = models.CharField(max_length=60)
    value = models.CharField(max_length=200)
    said_by = models.CharField(
        max_length=10, choices=[("self", "self"), ("family", "family"), ("guess", "guess")]
    )
    entered_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.trait


class Identity(models.Model):
    """Whom a code of `entities` stands for; apart from the codes, read by a named act alone."""

    code = models.CharField(max_length=120, primary_key=True)
    type = models.CharField(max_length=30)
    says = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.code


class SourceCoverage(models.Model):
    """One row of a coverage file: a system that was searched, or was not (`records` 0).

    A system of an agency is stated by one row, that of the last who stated it; `sha256` is of the
    file that it came in.
    """

    system = models.CharField(max_length=120)
    agency = models.CharField(max_length=120)
    records = models.BigIntegerField()
    up_to = models.CharField(max_length=40, blank=True)
    stated_by = models.CharField(max_length=150, blank=True)
    stated_at = models.DateTimeField(default=timezone.now)
    sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.system


class Effort(models.Model):
    """What was done for a death and when: without it nobody can tell later what was lacking."""

    KINDS: ClassVar = [
        ("first_detective", "First detective"),
        ("test_ordered", "Test ordered"),
        ("device_examined", "Device examined"),
        ("family_contact", "Family contacted"),
    ]
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="efforts")
    kind = models.CharField(max_length=30, choices=KINDS)
    at = models.DateTimeField()
    note = models.CharField(max_length=400, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"{self.case}: {self.kind}"


class Workload(models.Model):
    """One unit's day: who was on duty, and how many deaths stood open."""

    unit = models.CharField(max_length=120)
    day = models.DateField()
    staff_on_duty = models.PositiveIntegerField(null=True, blank=True)
    open_deaths = models.PositiveIntegerField()
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.CharField(max_length=150)

    class Meta:
        """One row a unit and day."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "day"], name="one_workload_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.unit} on {self.day}"


class SceneCard(models.Model):
    """A scene card as it was sent: once, however often a phone sends it.

    It can be withdrawn once, with a reason; its facts are then taken back by further facts.
    """

    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="cards")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()
    sent_at = models.DateTimeField(default=timezone.now)
    answers = models.JSONField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawal_reason = models.CharField(max_length=400, blank=True)

    def __str__(self) -> str:
        return f"scene card of {self.case}"
