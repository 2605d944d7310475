"""Tokens by which other programs read the desk: issued by an administrator, never removed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Role


class ApiToken(models.Model):
    """What a program shows to read as one role of an account, for one area ("" for all).

    `digest` is SHA-256 of the token, which nobody can read again. `until` is its last day.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tokens")
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])
    area = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    issued_by = models.CharField(max_length=150)
    issued_at = models.DateTimeField(default=timezone.now)
    until = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        """The latest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"token {self.pk} of {self.account.name}"
