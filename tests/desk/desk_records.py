"""Records, pairs and judgements for desk tests, made in a line each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.records.models import Case
from clew.desk.review.models import Judgement, Link, Pair, Run, Shown


def record(case_id: str, area: str = "KD", at: datetime | None = None, **more: Any) -> Case:
    return Case.objects.create(case_id=case_id, area=area, reported_at=at or timezone.now(), **more)


def pair(first: Case, second: Case) -> Pair:
    now = timezone.now()
    run = Run.objects.create(as_of=now, version="t", weights="t", compared=2)
    link = Link.objects.create(
        run=run, case=first, other=second, at=now, rank=1, micro_bans=0, chance=1, priority=0,
        compared=1, tier="similarity", relation="lead", trigger="new_case",
    )  # fmt: skip
    return Pair.objects.create(
        first=first, second=second, link=link, area=first.area, other_area=second.area
    )


def judged(told: Pair, by: Account, at: datetime, verdict: str = "linked") -> None:
    Shown.objects.create(pair=told, link=told.link, account=by, page="t", digest="", at=at)
    Judgement.objects.create(
        pair=told, link=told.link, verdict=verdict, reason="r", decided_at=at, recorded_at=at,
        account=by,
    )  # fmt: skip
