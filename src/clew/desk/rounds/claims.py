"""A death that somebody outside names beside another: the pair becomes a candidate in the queue.

It is compared as every pair is; its weight, rank and chance are the engine's. What a person outside
said adds nothing to them: it brings the pair before a reader.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q

from clew.comparison.weights.weight_table import declared_table
from clew.desk.casework.concerns import keep
from clew.desk.casework.models.concerns import Claim, Concern
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.models import Case
from clew.desk.records.who_to_tell import account_named
from clew.desk.review.models import Link, Pair, Run
from clew.desk.review.pair_state import NOT_TAKEN, SENIOR_READER
from clew.desk.review.shown import subject_of
from clew.desk.rounds.save import coverage, deaths_a_year
from clew.desk.rounds.sync import file_now
from clew.errors import ActRefused, ClewError
from clew.version import VERSION
from clew.workflows.explain import Explained, compare_requested_pair

TRIGGER = "concern"
BECAUSE = "Somebody outside named both, in a concern"
"""What the queue says of it: not who, and not their words."""


def claim(number: int, case_id: str, by: str, now: datetime, purpose: str = "") -> Pair:
    """Make the pair of a concern's record and another death a candidate in the queue.

    Raises
    ------
    ActRefused
        If the concern is tied to no record yet, the other is unknown or the same, or the two
        cannot be compared.
    """
    one = Concern.objects.select_related("case").get(pk=number)
    other = Case.objects.filter(case_id=case_id).first()
    account = account_named(by)
    if one.case is None:
        raise ActRefused("say first which record the concern is about", ("record",))
    if other is None or other.pk == one.case.pk or account is None:
        raise ActRefused(f"there is no other record {case_id}", ("other",))
    case = one.case
    claimed = None if _pair(case, other) else _compare(case, other, now)
    with transaction.atomic():
        Concern.objects.select_for_update().get(pk=number)
        pair = _pair(case, other)
        if pair is None:
            pair = _enter(claimed or _compare(case, other, now), one, now)
        else:
            _bring(pair, one, now)
        _, new = Claim.objects.get_or_create(
            concern=one, pair=pair, defaults={"account": account, "at": now}
        )
        if new:
            said = {"by": by, "record": case_id, "pair": str(pair.pk)}
            keep(one, "claimed", said, one.state, now, purpose)
    return pair


def _pair(a: Case, b: Case) -> Pair | None:
    return Pair.objects.filter(Q(first=a, second=b) | Q(first=b, second=a)).first()


def _compare(a: Case, b: Case, now: datetime) -> Explained:
    try:
        pair = (a.case_id, b.case_id)
        return compare_requested_pair(file_now(), declared_table(), int(now.timestamp()), pair)
    except ClewError as cannot:
        told = f"the two cannot be compared now: {cannot.line()}"
        raise ActRefused(told, ("other",)) from cannot


def _enter(claimed: Explained, concern: Concern, now: datetime) -> Pair:
    """Write the run, the link and the pair, with the row of the comparison."""
    found, table = claimed.link, declared_table()
    cases = {c.case_id: c for c in Case.objects.filter(case_id__in=[found.case_a, found.case_b])}
    first, second = cases[found.case_a], cases[found.case_b]
    run = Run.objects.create(
        as_of=now, version=VERSION, weights=f"{table.name} ({table.fingerprint})",
        compared=found.compared, null_sample=claimed.null_sample, deaths_a_year=deaths_a_year(now),
        coverage=coverage(),
    )  # fmt: skip
    told = found.breakdown
    link = Link.objects.create(
        run=run, case=first, other=second, at=now.astimezone(UTC), rank=found.rank,
        micro_bans=found.micro_bans, chance=found.chance, priority=-math.log10(found.chance),
        compared=found.compared, tier=found.tier.value, relation=found.relation.value,
        trigger=TRIGGER, findings=[asdict(one) for one in told.findings],
        other_explanations=list(told.other_explanations),
    )  # fmt: skip
    pair = Pair.objects.create(
        first=first, second=second, link=link, area=first.area, other_area=second.area,
        priority=link.priority, because=BECAUSE, since=now,
    )  # fmt: skip
    write(
        Act.COMBINATION, f"case:{first.case_id}", ENGINE, f"concern {concern.pk}", run=run.pk,
        version=VERSION, weights=run.weights, trigger=TRIGGER, compared=found.compared,
        shown=[second.case_id],
    )  # fmt: skip
    return pair


def _bring(pair: Pair, concern: Concern, now: datetime) -> None:
    """Tell a pair that is there; one that was put aside is open again, before a senior reader."""
    locked = Pair.objects.select_for_update().get(pk=pair.pk)
    before, locked.because = locked.state, BECAUSE
    if locked.state == NOT_TAKEN:
        locked.state, locked.times = Pair.OPEN, locked.times + 1
        locked.level, locked.since = max(locked.level, SENIOR_READER), now
        locked.because = f"{BECAUSE}. It was looked at before and not taken forward"
    locked.save(update_fields=["state", "times", "level", "since", "because"])
    write(
        Act.ALTERATION, subject_of(locked), ENGINE, f"concern {concern.pk}",
        state=[before, locked.state], level=locked.level, because=locked.because,
    )  # fmt: skip


def named_by(pair: Pair) -> list[str]:
    """Return on which concerns a pair stands, for its page."""
    return [f"{BECAUSE}, {claim.at:%d %B %Y}" for claim in pair.claims.all()]
