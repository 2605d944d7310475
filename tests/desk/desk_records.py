"""Records, pairs and judgements for desk tests, made in a line each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import made_desk
from django.db import transaction
from django.utils import timezone
from made_desk import candidate, pair_of, round_found

from clew.desk.accounts.models import Account
from clew.desk.records.models import Case
from clew.desk.review.models import Judgement, Pair, Shown


def record(case_id: str, area: str = "KD", at: datetime | None = None, **more: Any) -> Case:
    """Hand a record in; `texts` has its cells under "now", `sealed` seals it."""
    cells = more.pop("texts", {}).get("now", {}) | {
        name: more.pop(name) for name in ("kind", "latitude", "longitude") if name in more
    }
    sealed_by = more.pop("sealed_by", "somebody") if more.pop("sealed", False) else ""
    assert not more
    return made_desk.record(case_id, area, at, sealed_by, **cells)


def pair(first: Case, second: Case) -> Pair:
    """Let a round have found the second as the first's one candidate, no better than chance."""
    figures = {
        "rank": 1, "micro_bans": 1_000_000, "chance": 1.0, "compared": 1, "tier": "similarity",
        "relation": "lead", "alert": False, "findings": [], "other_explanations": [],
    }  # fmt: skip
    round_found(timezone.now(), [candidate(first, second, figures)])
    return pair_of(first.case_id, second.case_id)


def judged(told: Pair, by: Account, at: datetime, verdict: str = "linked") -> None:
    with transaction.atomic():
        Shown.objects.create(pair=told, link=told.link, account=by, page="t", digest="", at=at)
        Judgement.objects.create(
            pair=told, link=told.link, verdict=verdict, reason="r", decided_at=at, recorded_at=at,
            account=by,
        )  # fmt: skip
