"""Rows of the desk as the nouns that exports are made of. What is erased or sensitive stays."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from clew.desk.cases.models import Case, Searched
from clew.desk.links.models import Link
from clew.desk.settings import CONFIGURATION
from clew.disclosure.exports.nouns import TOLD_COLUMNS, LinkRow, Mention, RecordRow, Stamp
from clew.model.case_file import Coverage
from clew.model.finding import Finding, Stance
from clew.model.time_window import Instant
from clew.version import VERSION

SEALED_UNSEEN = (
    "Records under seal that whoever made this may not see are not in it, and are not counted."
)
NEVER_LEAVES = (
    "Sensitive traits, usual residences, who stands behind the codes of people, and columns that "
    "no list names: they are in no export."
)


def instant(at: datetime) -> Instant:
    """Return a time as whole seconds since 1970, as the nouns hold it."""
    return int(at.timestamp())


def instant_of(text: str) -> Instant | None:
    """Return a fact's time, written in UTC as the ledger writes it; None where it is none."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp())


def record_row(case: Case) -> RecordRow:
    """Return a record as it reads now, by the columns that may leave."""
    now = case.told.get("now", {})
    told = {column: str(now[column]) for column in TOLD_COLUMNS if now.get(column)}
    told["kind"] = case.kind
    return RecordRow(case.case_id, instant(case.reported_at), told, case.latitude, case.longitude)


def findings_of(link: Link) -> tuple[Finding, ...]:
    """Return the findings that a link was computed from."""
    return tuple(_finding(told) for told in link.findings)


def _finding(told: dict[str, Any]) -> Finding:
    return Finding(
        evidence=str(told.get("evidence", "")),
        aspect=str(told.get("aspect", "")),
        stance=Stance(told.get("stance", "missing")),
        micro_bans=int(told.get("micro_bans", 0)),
        says=str(told.get("says", "")),
        value_a=str(told.get("value_a", "")),
        value_b=str(told.get("value_b", "")),
        rarity=str(told.get("rarity", "")),
    )


def link_row(link: Link, state: str = "open") -> LinkRow:
    """Return a link as it was computed; its run and both its records must be at hand."""
    return LinkRow(
        case_a=link.case.case_id,
        case_b=link.other.case_id,
        at=instant(link.at),
        rank=link.rank,
        micro_bans=link.micro_bans,
        chance=link.chance,
        deaths_a_year=link.run.deaths_a_year,
        tier=link.tier,
        relation=link.relation,
        state=state,
        findings=findings_of(link),
        other_explanations=tuple(str(text) for text in link.other_explanations),
    )


def mentions_of(cases: Iterable[Case]) -> Iterator[Mention]:
    """Return the codes that records name, `role:type:code` each."""
    for case in cases:
        for part in str(case.told.get("now", {}).get("entities", "")).split(";"):
            role, _, rest = part.strip().partition(":")
            kind, _, code = rest.partition(":")
            if code:
                yield Mention(case.case_id, role, kind, code)


def coverage() -> tuple[Coverage, ...]:
    """Return what was searched, and what was not."""
    rows = Searched.objects.order_by("system", "agency")
    return tuple(Coverage(r.system, r.agency, r.records, r.up_to) for r in rows)


def new_stamp(
    request: HttpRequest, what: str, asked: dict[str, Any], records: int, left_out: Iterable[str]
) -> Stamp:
    """Return the stamp of an export that whoever asks makes now."""
    at = timezone.now()
    account: Any = request.user
    return Stamp(
        reference=f"X-{at:%Y%m%d}-{secrets.token_hex(4)}",
        what=what,
        made_by=f"{account.full_name} ({account.name})",
        made_at=instant(at),
        purpose=asked["purpose"],
        given_to=asked["given_to"],
        records=records,
        coverage=coverage(),
        left_out=(*left_out, NEVER_LEAVES, SEALED_UNSEEN),
        force=CONFIGURATION.force,
        version=VERSION,
        timezone=CONFIGURATION.timezone,
    )
