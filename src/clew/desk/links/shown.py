"""What was shown of a pair, to whom and when: kept, with a digest of what stood there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from clew.desk.accounts.models import Account
from clew.desk.ledger.chain import canonical
from clew.desk.links.models import Link, Opinion, Pair, Shown
from clew.desk.web.guard import consulted

COMPARISON = "comparison"


def digest_of(link: Link) -> str:
    """Return SHA-256 over all that a page can show of a link."""
    told = {
        "link": link.pk,
        "run": link.run_id,
        "rank": link.rank,
        "chance": repr(link.chance),
        "compared": link.compared,
        "relation": link.relation,
        "findings": link.findings,
        "other_explanations": link.other_explanations,
    }
    return hashlib.sha256(canonical(told).encode()).hexdigest()


@transaction.atomic
def show(request: HttpRequest, pair: Pair) -> Shown:
    """Keep that the comparison was shown, in one transaction with its ledger row."""
    digest = digest_of(pair.link)
    assert isinstance(request.user, Account)
    shown = Shown.objects.create(
        pair=pair, link=pair.link, account=request.user, page=COMPARISON, digest=digest
    )
    consulted(request, subject_of(pair), COMPARISON, link=pair.link_id, digest=digest)
    return shown


@transaction.atomic
def show_list(request: HttpRequest, pairs: Sequence[Any], page: str, subject: str) -> None:
    """Keep that a list named these pairs: once for each reader and link, and one ledger row.

    `pairs`: pairs, or rows of them with `pk` and `link_id`.
    """
    assert isinstance(request.user, Account)
    ids = [pair.pk for pair in pairs]
    seen = Shown.objects.filter(account=request.user, pair__in=ids)
    before = set(seen.values_list("pair_id", "link_id"))
    Shown.objects.bulk_create(
        Shown(pair_id=pair.pk, link_id=pair.link_id, account=request.user, page=page, digest="")
        for pair in pairs
        if (pair.pk, pair.link_id) not in before
    )
    consulted(request, subject, page, pairs=ids)


def subject_of(pair: Pair) -> str:
    """Return the pair as the ledger names it."""
    return f"pair:{pair.first.case_id},{pair.second.case_id}"


def opinion_before(pair: Pair, account: Account) -> bool:
    """Tell whether this reader said what happened to either before first being shown the pair."""
    first_shown = Shown.objects.filter(pair=pair, account=account).order_by("at").first()
    opinions = Opinion.objects.filter(account=account, case__in=[pair.first_id, pair.second_id])
    if first_shown is not None:
        opinions = opinions.filter(at__lt=first_shown.at)
    return opinions.exists()
