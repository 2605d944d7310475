"""A death that the public names beside another: the pair becomes a candidate in the queue.

It is compared as every pair is; its weight, rank and chance are the engine's. What a person said
adds nothing to them: it brings the pair before a reader.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q

from clew.comparison.weights.weight_table import declared_table
from clew.desk.casework.concerns import record_step
from clew.desk.casework.models.concerns import Claim, Concern
from clew.desk.casework.reopening import NAMED, open_both, open_named
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.models import Case
from clew.desk.records.who_to_tell import account_named
from clew.desk.review.models import Link, Pair
from clew.desk.review.pair_state import NOT_TAKEN, SENIOR_READER
from clew.desk.review.runs import Run
from clew.desk.review.shown import subject_of
from clew.desk.rounds.save import coverage, deaths_a_year
from clew.desk.rounds.sync import file_now
from clew.errors import ActRefused, ClewError
from clew.replay.budget import priority_of
from clew.version import VERSION
from clew.workflows.explain import Explained, compare_requested_pair

TRIGGER = "concern"
BECAUSE = "Someone outside named both, in a concern"
"""What the queue says of it: no name, and not their words."""


def claim(number: int, case_id: str, by: str, now: datetime, purpose: str = "") -> Pair:
    """Make the pair of a concern's record and another death a candidate in the queue.

    Raises
    ------
    ActRefused
        If the concern is tied to no record yet, the other is unknown or the same, or the two
        cannot be compared.
    """
    concern = Concern.objects.select_related("case").get(pk=number)
    case, other = concern.case, Case.objects.filter(case_id=case_id).first()
    account = account_named(by)
    if case is None:
        raise ActRefused("say first which record the concern is about", ("record",))
    if other is None or other.pk == case.pk or account is None:
        raise ActRefused(f"there is no other record {case_id}", ("other",))
    result = None if _pair_of(case, other) else _compare(case, other, now)
    with transaction.atomic():
        Concern.objects.select_for_update().get(pk=number)
        pair = _pair_of(case, other)
        if pair is None:
            pair = _enter(result or _compare(case, other, now), concern, now)
        else:
            pair = Pair.objects.select_for_update().get(pk=pair.pk)
            before, pair.because, pair.listed = pair.state, BECAUSE, True
            pair.spare, pair.matches = False, []
            if pair.state == NOT_TAKEN:  # put aside before: open again, before a senior reader
                pair.state, pair.times = Pair.OPEN, pair.times + 1
                pair.level, pair.since = max(pair.level, SENIOR_READER), now
                pair.because = f"{BECAUSE}. It was not taken forward before"
            moved = ["state", "times", "level", "since", "because", "matches", "listed", "spare"]
            pair.save(update_fields=moved)
            write(
                Act.ALTERATION, subject_of(pair), ENGINE, f"concern {concern.pk}",
                state=[before, pair.state], level=pair.level, because=pair.because,
            )  # fmt: skip
        _, new = Claim.objects.get_or_create(
            concern=concern, pair=pair, defaults={"account": account, "at": now}
        )
        if new:
            said = {"by": by, "record": case_id, "pair": str(pair.pk)}
            record_step(concern, "claimed", said, concern.state, now, purpose)
            open_both((pair.first, pair.second), NAMED, now)
            # The one that they named in so many words opens again whatever the other is.
            open_named(Case.objects.get(pk=other.pk), NAMED, now)
    return pair


def _pair_of(a: Case, b: Case) -> Pair | None:
    return Pair.objects.filter(Q(first=a, second=b) | Q(first=b, second=a)).first()


def _compare(a: Case, b: Case, now: datetime) -> Explained:
    try:
        pair = (a.case_id, b.case_id)
        return compare_requested_pair(file_now(), declared_table(), int(now.timestamp()), pair)
    except ClewError as fault:
        reason = f"the two cannot be compared now: {fault.line()}"
        raise ActRefused(reason, ("other",)) from fault


def _enter(result: Explained, concern: Concern, now: datetime) -> Pair:
    """Write the run, the link and the pair, with the row of the comparison."""
    found, table = result.link, declared_table()
    cases = {c.case_id: c for c in Case.objects.filter(case_id__in=[found.case_a, found.case_b])}
    first, second = cases[found.case_a], cases[found.case_b]
    run = Run.objects.create(
        as_of=now, version=VERSION, weights=f"{table.name} ({table.fingerprint})",
        compared=found.compared, null_sample=result.null_sample, deaths_a_year=deaths_a_year(now),
        coverage=coverage(),
    )  # fmt: skip
    link = Link.objects.create(
        run=run, case=first, other=second, at=now.astimezone(UTC), rank=found.rank,
        micro_bans=found.micro_bans, chance=found.chance,
        priority=priority_of(found.chance, found.micro_bans),
        compared=found.compared, tier=found.tier.value, relation=found.relation.value,
        trigger=TRIGGER, findings=[asdict(finding) for finding in found.breakdown.findings],
        other_explanations=list(found.breakdown.other_explanations),
    )  # fmt: skip
    # One that a round has written and not published yet is seen from now on, for this reason.
    both = Q(first=first, second=second) | Q(first=second, second=first)
    staged = Pair.written.filter(both).first()
    pair = staged or Pair(first=first, second=second, area=first.area, other_area=second.area)
    pair.link, pair.priority, pair.because, pair.since = link, link.priority, BECAUSE, now
    pair.run, pair.listed, pair.spare = None, True, False
    pair.within_budget = pair.added = False  # the round says so itself, when it is published
    pair.save()
    write(
        Act.COMBINATION, case_subject(first.case_id), ENGINE, f"concern {concern.pk}", run=run.pk,
        version=VERSION, weights=run.weights, trigger=TRIGGER, compared=found.compared,
        shown=[second.case_id],
    )  # fmt: skip
    return pair
