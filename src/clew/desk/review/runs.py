"""The round as a job: which step it has reached, and what each step did."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Round(models.Model):
    """One daily round. A worker that holds it renews `held_until`; after that another may take it.

    Each step commits what it did together with its own row in `RoundStep`, so a round that died
    goes on with the first step that has none. `replays`: the past is gone through again, so
    clocks that the round starts count from `as_of`; otherwise from when it is kept.
    """

    LEDGER_LEAVES_OUT: ClassVar = frozenset({"held_by", "held_until", "progress", "done"})
    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.CharField(max_length=150)
    as_of = models.DateTimeField()
    replays = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default=WAITING, db_index=True)
    tries = models.PositiveIntegerField(default=0)
    held_by = models.CharField(max_length=100, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    progress = models.CharField(max_length=300, blank=True)
    done = models.FloatField(default=0)
    failed_because = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"round {self.pk}"


class RoundStep(models.Model):
    """A finished step of a round, and what it says of itself."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=40)
    finished_at = models.DateTimeField(default=timezone.now)
    says = models.JSONField(default=dict)

    class Meta:
        """A step is done once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "name"], name="a_step_is_done_once")
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.name}"


class Run(models.Model):
    """One comparison: what with what, by which version and weights, and what was not searched.

    `staged`: its results are still written, and nobody sees any of them. `objects` of the tables
    below leaves out what is of a staged run; `written` has all.
    """

    round = models.ForeignKey(Round, null=True, on_delete=models.PROTECT, related_name="runs")
    ran_at = models.DateTimeField(default=timezone.now)
    as_of = models.DateTimeField()
    version = models.CharField(max_length=40)
    weights = models.CharField(max_length=200)
    compared = models.PositiveIntegerField()
    null_sample = models.PositiveIntegerField(default=0)
    deaths_a_year = models.FloatField(default=0)
    coverage = models.JSONField(default=list)
    staged = models.BooleanField(default=False)

    class Meta:
        """Asked with every page: what is staged now."""

        indexes: ClassVar = [
            models.Index(fields=["staged"], condition=models.Q(staged=True), name="runs_staged")
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"
