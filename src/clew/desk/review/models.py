"""Links, what was shown of them, judgements and decisions. What people said is never edited."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.records.models import Case
from clew.desk.review.pair_state import PairState, from_json
from clew.desk.review.runs import Run


class Seen(models.Manager[Any]):
    """What readers see: nothing of a run whose results are still written."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return all rows but those of a staged run."""
        staged = Run.objects.filter(staged=True).order_by().values("pk")
        return super().get_queryset().exclude(run__in=staged)


class Link(models.Model):
    """One candidate of one case at one trigger, with every finding it was computed from.

    `case` is the one that was compared, `other` its candidate; `rank` from 1. `findings` is the
    breakdown (see `Finding`); `priority`, `alert`, `update`, `series_alert` and `series_size` are
    those of `clew.model.alert.AlertRow`. `spare`: ranked behind the first five, and kept to move up
    for readers who may not see all of these.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="links")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links_from_others")
    at = models.DateTimeField()
    rank = models.PositiveIntegerField()
    micro_bans = models.BigIntegerField()
    chance = models.FloatField()
    priority = models.FloatField()
    compared = models.PositiveIntegerField()
    tier = models.CharField(max_length=20)
    relation = models.CharField(max_length=20)
    trigger = models.CharField(max_length=10)
    changed = models.JSONField(default=list)
    alert = models.BooleanField(default=False)
    update = models.BooleanField(default=False)
    series_alert = models.CharField(max_length=260, blank=True)
    series_size = models.PositiveIntegerField(default=0)
    spare = models.BooleanField(default=False)
    findings = models.JSONField(default=list)
    other_explanations = models.JSONField(default=list)

    objects: ClassVar[models.Manager[Link]] = Seen()
    written: ClassVar[models.Manager[Link]] = models.Manager()

    class Meta:
        """The most surprising first."""

        ordering: ClassVar = ["-priority", "id"]
        indexes: ClassVar = [
            models.Index(fields=["case", "-at", "rank"]),
            models.Index(fields=["alert", "-at"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "case", "other", "at"], name="a_link_once_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.case} and {self.other}"

    @property
    def notifies(self) -> bool:
        """Return whether it reaches people: an alert, or a new case of a series that alerted."""
        return self.alert or self.update


class Candidate(models.Model):
    """One of the present five of a record, by the newest comparison of either: rewritten by rounds.

    `place` from 1, in the engine's order; above five for those that move up where some of the first
    are sealed. Links and the ledger keep what was so before. `run`: the round's run that wrote it.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="candidates")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[models.Manager[Candidate]] = Seen()
    written: ClassVar[models.Manager[Candidate]] = models.Manager()

    class Meta:
        """In the engine's order."""

        ordering: ClassVar = ["place"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "other", "run"], name="a_candidate_once_a_run")
        ]

    def __str__(self) -> str:
        return f"{self.place}. {self.other} of {self.case}"


class Pair(models.Model):
    """Where a pair stands in the queue: a row that moves.

    Each move is a row of the ledger. `area` is that of the record that was compared, `other_area`
    that of its candidate: whoever works in either sees the pair. `level` 1: any analyst; 2: a more
    senior reader, from the second time it comes up; pair_state.py has the rules. `within_budget`:
    it reached people, and `added`: as a new record of an alerted series, not by an alert of its
    own. `listed`: pages show it now, as a present candidate of either record or for a reason that
    lasts (it alerted, came back, was named by the public or referred, or shares an entity).
    `spare`: it is listed only to move up for readers who may not see one of the candidates before
    it. `matches`: further records that brought it back, as references (`pair_state.Match`); pages
    say `because` and `matches` by `reasons.reasons_for`, for the reader. `run`: the run of the
    round that made it.
    """

    OPEN, NOT_TAKEN, SECOND, LINKED = "open", "not_taken_forward", "second_reader", "linked"
    STATES: ClassVar = [
        (OPEN, "Open"),
        (SECOND, "Waiting for a second reader"),
        (NOT_TAKEN, "Not taken forward"),
        (LINKED, "Linked"),
    ]
    first = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="+")
    area = models.CharField(max_length=120, blank=True)
    other_area = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=20, choices=STATES, default=OPEN, db_index=True)
    level = models.PositiveSmallIntegerField(default=1)
    times = models.PositiveIntegerField(default=1)
    because = models.CharField(max_length=300, blank=True)
    matches = models.JSONField(default=list, blank=True)
    priority = models.FloatField(default=0)
    within_budget = models.BooleanField(default=False)
    added = models.BooleanField(default=False)
    listed = models.BooleanField(default=True)
    spare = models.BooleanField(default=False)
    since = models.DateTimeField(default=timezone.now)
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[models.Manager[Pair]] = Seen()
    written: ClassVar[models.Manager[Pair]] = models.Manager()

    class Meta:
        """A pair once, whichever came first; the queue asks by state and priority."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="a_pair_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-within_budget", "-priority", "id"],
                condition=models.Q(state__in=["open", "second_reader"], listed=True),
                name="pairs_that_wait",
            ),
            models.Index(
                fields=["area", "-within_budget", "-priority", "id"],
                condition=models.Q(state__in=["open", "second_reader"], listed=True),
                name="pairs_that_wait_by_area",
            ),
            models.Index(
                fields=["other_area", "-within_budget", "-priority", "id"],
                condition=models.Q(state__in=["open", "second_reader"], listed=True),
                name="pairs_that_wait_elsewhere",
            ),
            models.Index(fields=["state", "-since"]),
        ]

    def __str__(self) -> str:
        return f"{self.first} and {self.second}"

    def beside(self, case: Case) -> Case:
        """Return the other of the two records."""
        return self.second if self.first_id == case.pk else self.first

    def standing(self) -> PairState:
        """Return where the pair stands, for the rules."""
        matches = from_json(self.matches)
        return PairState(self.state, self.level, self.times, self.because, matches)


class PairAssignment(models.Model):
    """Who is to judge a pair, by whom it was assigned and when; the ledger has earlier ones."""

    pair = models.OneToOneField(Pair, on_delete=models.PROTECT, related_name="assignment")
    to = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="assigned_pairs")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pair} to {self.to}"


class Shown(models.Model):
    """What somebody was shown of a pair: the very link and findings, and on which page."""

    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="shown")
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    page = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.pair} to {self.account}"


class Opinion(models.Model):
    """What somebody thought of a death before being shown its links."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="opinions")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    says = models.TextField()

    def __str__(self) -> str:
        return f"{self.case} by {self.account}"


class Standing(models.Manager["Judgement"]):
    """Judgements that were not undone."""

    def get_queryset(self) -> models.QuerySet[Judgement]:
        """Leave out what its writer undid within a minute."""
        return super().get_queryset().filter(undone_at=None)


class Judgement(models.Model):
    """What a person said of a pair; the columns of the judgement file, and how it was reached.

    `undone_at`: its writer took it back within a minute, and it counts nowhere; `state_before` is
    where the pair stood. `objects` has those that count, `written` has all.
    """

    VERDICTS: ClassVar = [
        ("linked", "Linked"),
        ("not_linked", "Not linked"),
        ("undetermined", "Undetermined"),
    ]
    RELATIONS: ClassVar = [
        ("same_source", "The same person or cause is behind both"),
        ("same_event", "One event"),
        ("acquainted", "The two people knew each other"),
        ("duplicate_report", "Two reports of one death"),
        ("none", "None"),
    ]
    pair = models.ForeignKey(Pair, on_delete=models.PROTECT, related_name="judgements")
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=20, choices=VERDICTS)
    relation = models.CharField(max_length=20, choices=RELATIONS, blank=True)
    reason = models.TextField()
    explanation = models.TextField(blank=True)
    verified = models.BooleanField(default=False)
    would_change = models.TextField(blank=True)
    opinion_before = models.BooleanField(default=False)
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(default=1)
    state_before = models.CharField(max_length=20, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Judgement]] = Standing()
    written: ClassVar[models.Manager[Judgement]] = models.Manager()

    class Meta:
        """In the order in which they were recorded."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.pair}: {self.verdict}"


class SecondReading(models.Model):
    """Another person's reading of a judgement `not_linked`; only agreement puts the pair aside."""

    judgement = models.OneToOneField(Judgement, on_delete=models.PROTECT, related_name="second")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    agrees = models.BooleanField()
    note = models.TextField()

    def __str__(self) -> str:
        return f"{self.judgement}: {'agreed' if self.agrees else 'disagreed'}"


class SeriesView(models.Model):
    """A series as one run saw it: the engine's own, or the adopted one.

    `members`: each with `case_id`, `added_by` and `micro_bans` (see `clew.model.finding.Member`).
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="series")
    series_id = models.CharField(max_length=120, db_index=True)
    view = models.CharField(max_length=10)
    members = models.JSONField()
    micro_bans = models.BigIntegerField(default=0)
    chance = models.FloatField(null=True)

    objects: ClassVar[models.Manager[SeriesView]] = Seen()
    written: ClassVar[models.Manager[SeriesView]] = models.Manager()

    def __str__(self) -> str:
        return self.series_id

    def case_ids(self) -> set[str]:
        """Return the numbers of its cases."""
        return {member["case_id"] for member in self.members}


class Decision(models.Model):
    """A numbered decision: when it was taken and when recorded, by whom, and why.

    `area` "" is for a decision about all areas. A later one may take its place; none is edited.
    """

    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=200)
    about = models.CharField(max_length=200, blank=True, db_index=True)
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    maker = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    rationale = models.TextField()
    options_rejected = models.TextField(blank=True)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    area = models.CharField(max_length=120, blank=True)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class AlertBudgetDecision(models.Model):
    """The alert budget that a decision set: alerts per new death, in (0, 1].

    `cites` is what the benchmark of budgets said on that day: when it was made, the budget tried
    that is nearest, and the series that it found by their second and third death.
    """

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="budget")
    share = models.FloatField()
    cites = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.share:g} alerts per death"


class Meeting(models.Model):
    """Who read a morning sheet together, and what they settled; `area` "" is for all areas."""

    day = models.DateField(db_index=True)
    present = models.CharField(max_length=1_000)
    outcome = models.TextField()
    recorded_at = models.DateTimeField(default=timezone.now)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    area = models.CharField(max_length=120, blank=True)

    class Meta:
        """In the order in which they were recorded."""

        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.day}: {self.present}"
