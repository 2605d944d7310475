"""What people did about a case: who was shown what, what they said of it, and who looked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from clew.desk.accounts.models import Account
from clew.desk.cases.export_rows import instant, instant_of
from clew.desk.cases.models import Case
from clew.desk.ledger.models import Entry
from clew.desk.links.models import Judgement, Pair
from clew.desk.settings import CONFIGURATION
from clew.desk.web.jinja import moment
from clew.disclosure.clock import Clock
from clew.disclosure.exports.bundle import JudgementRow, LookRow, SecondRow, ShownRow

MOST_LOOKS = 2_000
"""Declared: rows of the ledger in one bundle, the newest; a row says where there were more."""


def who(account: Account) -> str:
    """Return an account as a bundle names it: full name and the name it signs in with."""
    return f"{account.full_name} ({account.name})"


def shown_of(pair: Pair) -> tuple[ShownRow, ...]:
    """Return who was shown a pair, when and on which page."""
    return tuple(
        ShownRow(who(row.account), instant(row.at), row.page, row.digest)
        for row in pair.shown.select_related("account").order_by("at", "pk")
    )


def judgements_of(pair: Pair) -> tuple[JudgementRow, ...]:
    """Return what people said of a pair, in the order in which it was recorded."""
    rows = pair.judgements.select_related("account", "second__account", "link")
    return tuple(_judgement(row, pair) for row in rows)


def _judgement(row: Judgement, pair: Pair) -> JudgementRow:
    second = getattr(row, "second", None)
    return JudgementRow(
        who=who(row.account),
        verdict=row.get_verdict_display(),
        relation=row.get_relation_display() if row.relation else "",
        reason=row.reason,
        explanation=row.explanation,
        verified=row.verified,
        would_change=row.would_change,
        opinion_before=row.opinion_before,
        decided_at=instant(row.decided_at),
        recorded_at=instant(row.recorded_at),
        on="" if row.link_id == pair.link_id else f"An earlier one, of {moment(row.link.at)}",
        second=second
        and SecondRow(who(second.account), instant(second.at), second.agrees, second.note),
    )


def looks_of(case: Case, pairs: Iterable[tuple[str, str]]) -> tuple[LookRow, ...]:
    """Return the rows of the ledger about a case and its pairs, by number."""
    subjects = [f"case:{case.case_id}"]
    for a, b in pairs:
        subjects += [f"pair:{a},{b}", f"pair:{b},{a}"]
    rows = Entry.objects.filter(subject__in=subjects).order_by("-number")
    newest = list(rows[:MOST_LOOKS])
    more = rows.count() - len(newest)
    told = [_look(row) for row in reversed(newest)]
    if more > 0:
        told.insert(0, LookRow(0, "earlier", f"{more:,} rows not printed here", "", "", ""))
    return tuple(told)


def _look(row: Entry) -> LookRow:
    clock = Clock(ZoneInfo(CONFIGURATION.timezone))
    at = instant_of(row.recorded_at)
    body = json.loads(row.body)
    page = next((str(body[key]) for key in ("page", "what", "field", "path") if body.get(key)), "")
    words = row.recorded_at if at is None else clock.minute(at)
    return LookRow(row.number, words, row.get_act_display().lower(), row.actor, row.purpose, page)
