"""What the clock has raised: once, whoever asks, however often, and after whatever restart."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class GoneUp(models.Model):
    """One step of one deadline that ran out. Its unique key lets no second worker raise it."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20)
    what = models.CharField(max_length=400)
    subject = models.CharField(max_length=200, blank=True)
    area = models.CharField(max_length=120, blank=True)
    owner = models.CharField(max_length=150, blank=True)
    due = models.DateTimeField()
    to = models.CharField(max_length=40)
    told = models.JSONField(default=list)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        """The latest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.key
