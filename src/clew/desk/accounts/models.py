"""Accounts and the roles they hold, each from a day to a day."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.utils import timezone

from clew.desk.accounts.rules import Person, Role, RoleGrant
from clew.desk.ledger.coverage import EVERY_COLUMN


class Accounts(BaseUserManager["Account"]):
    """How accounts are made: a name, and a password or none (single sign-on)."""

    def make(self, name: str, full_name: str, password: str | None) -> Account:
        """Make an account; without a password it signs in by single sign-on alone."""
        account = self.model(name=name.strip().lower(), full_name=full_name.strip())
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """Somebody who signs in. Accounts are closed, never removed: the ledger names them.

    `must_change`: the password is one that an administrator saw. `subject`: who this is to the
    force's own sign-in, kept from the first time on, so that a name given away opens nothing.
    """

    name = models.CharField(max_length=150, unique=True)
    full_name = models.CharField(max_length=200)
    rank = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    made_at = models.DateTimeField(default=timezone.now)
    must_change = models.BooleanField(default=False)
    subject = models.CharField(max_length=255, blank=True)

    LEDGER_LEAVES_OUT: ClassVar = frozenset({"last_login"})
    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar = ["full_name"]
    objects = Accounts()

    def __str__(self) -> str:
        return self.full_name or self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save within a transaction, so that the ledger accounts for it.

        Django saves a password that it encodes anew at a sign-in, outside any act of the desk.
        """
        with transaction.atomic():
            super().save(*args, **kwargs)

    def person(self, purpose: str = "", *, second_factor: bool = False) -> Person:
        """Return who this is to the rules, with the roles that hold today."""
        today = timezone.localdate()
        held = [grant for grant in self.grants.all() if grant.since <= today and not grant.ended()]
        return Person(
            name=self.name,
            holdings=tuple(RoleGrant(Role(grant.role), grant.area) for grant in held),
            purpose=purpose,
            active=self.is_active,
            second_factor=second_factor,
        )


class Area(models.Model):
    """An area that roles are held for and records belong to."""

    code = models.CharField(max_length=60, primary_key=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """One role of an account, for one area ("" for all), from a day to a day."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])
    area = models.CharField(max_length=60, blank=True)
    since = models.DateField(default=timezone.localdate)
    until = models.DateField(null=True, blank=True)
    granted_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"{self.role} in {self.area or 'all areas'}"

    def words(self) -> str:
        """Return the role as people write it."""
        return self.role.replace("_", " ").replace("coroners", "coroner's")

    def ended(self) -> bool:
        """Tell whether the last day has passed."""
        return self.until is not None and self.until < timezone.localdate()


class Notice(models.Model):
    """Something an account should know: who tried a sealed record, or what was opened to it."""

    to = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="notices")
    about = models.CharField(max_length=200, blank=True)
    words = models.CharField(max_length=400)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.words


class SignInCount(models.Model):
    """Failed sign-ins of a name at a place; in the database, so that all processes agree.

    `mark` is a keyed digest of the name, "" for all names at a place; `place` a network, "" for
    all places. `succeeded_at`: when this name last signed in from this place.
    """

    LEDGER_LEAVES_OUT: ClassVar = EVERY_COLUMN
    mark = models.CharField(max_length=64, blank=True)
    place = models.CharField(max_length=64, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now, db_index=True)
    waits_until = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A name at a place once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mark", "place"], name="a_name_at_a_place_once")
        ]

    def __str__(self) -> str:
        return f"{self.mark[:8]} from {self.place}: {self.failures}"


class DenialCount(models.Model):
    """Refused sign-ins of one kind within a window, of which the first has its ledger row.

    `more` of them came after it; when the window is over, one more row says how many.
    """

    LEDGER_LEAVES_OUT: ClassVar = EVERY_COLUMN
    actor = models.CharField(max_length=150)
    kind = models.CharField(max_length=60)
    began_at = models.DateTimeField(default=timezone.now, db_index=True)
    last_at = models.DateTimeField(default=timezone.now)
    more = models.PositiveIntegerField(default=0)

    class Meta:
        """One window at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["actor", "kind"], name="one_window_of_denials")
        ]

    def __str__(self) -> str:
        return f"{self.actor}, {self.kind}: {self.more}"


class SentForm(models.Model):
    """A form that was sent, by its digest: it acts once. `led_to`: where its answer led."""

    LEDGER_LEAVES_OUT: ClassVar = EVERY_COLUMN
    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    led_to = models.CharField(max_length=2_000, blank=True)

    def __str__(self) -> str:
        return self.digest[:12]
