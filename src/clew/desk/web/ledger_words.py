"""Keys and values of ledger rows as people read them: the rows themselves keep their own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clew.disclosure.words import capital, long_iso, plain

KEYS: Mapping[str, str] = {
    "after": "New value",
    "agreed_by": "Agreed by",
    "agrees": "Second reader agrees",
    "as_of": "As known at",
    "asked": "Searched for",
    "at": "Time",
    "because": "Reason",
    "before": "Earlier value",
    "by": "Done by",
    "bytes": "Size in bytes",
    "compared": "Records compared",
    "comparisons": "Comparisons of records",
    "digest": "Digest",
    "due": "Deadline",
    "effort": "Work done",
    "field": "Column",
    "file": "File",
    "found": "Number found",
    "given_to": "Given to",
    "guarded": "Sealed records and living people included",
    "held": "Found",
    "judgement": "Judgement",
    "key": "Deadline key",
    "kind": "Kind",
    "level": "Reader level",
    "link": "Comparison number",
    "links": "Links found",
    "matches": "Matching records",
    "name": "Account",
    "op": "Operation",
    "opened_to": "Access given to",
    "own": "Deadlines of this person",
    "page": "Page",
    "pairs": "Links",
    "path": "Address of the page",
    "record": "Record",
    "recorded_at": "Recorded",
    "records": "Records",
    "roles": "Roles",
    "root": "Root of the ledger",
    "rows": "Number of rows",
    "run": "Comparison run",
    "said": "Details",
    "sealed": "Seal",
    "search": "Search",
    "sha256": "SHA-256 of the file",
    "shown": "Records shown",
    "signed_at": "Signed",
    "staff": "Staff on duty",
    "state": "State afterwards",
    "step": "Step",
    "systems": "Systems stated",
    "tables": "Rows changed, by table",
    "title": "Title",
    "to": "Escalated or given to",
    "told": "Notified",
    "trigger": "Started by",
    "units": "Reports and facts compared",
    "verdict": "Judgement",
    "version": "Version of Clew",
    "via": "Imported by",
    "wanted": "Permission requested",
    "weights": "Weight table",
    "what": "Action",
}
"""Keys whose own word does not say what the value is; the others read as plain words."""
SUBJECTS: Mapping[str, str] = {
    "account": "Account",
    "case": "Record",
    "concern": "Concern",
    "decision": "Decision",
    "draft": "Draft answer",
    "export": "Export",
    "gift": "Given to the coroner",
    "morning": "Morning summary",
    "pair": "Link",
    "promise": "Promise",
    "proposal": "Proposal",
    "referral": "Referral",
    "warn": "Decision on who to warn",
}
"""Kinds of subject, as they begin."""
VALUES: Mapping[str, str] = {
    "gone up": "escalated",
    "handed in": "file imported",
    "taken in": "imported",
    "next of kin told": "next of kin contacted",
    "whom to warn is": "a decision on who to warn is due",
}
"""What old rows say in words that pages do not use."""
DEADLINE = re.compile(r"(?P<kind>[a-z]+):(?P<rest>[^\s:]+:[\w-]+(?::\w+)?)#\d+")
"""The key of a deadline's step: 'line:BD-1:next_of_kin:due#0'."""
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}[\d:.]*(?:Z|[+-]\d{2}:?\d{2})")


def ledger_key(key: str) -> str:
    """Return what a key of a ledger row means: 'Records shown'."""
    return KEYS.get(key) or capital(plain(key))


def stated(body: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what a row states, without what it leaves empty: names and values."""
    return [(name, value) for name, value in body.items() if value not in (None, "", [], {})]


def ledger_value(value: Any, moment: Any) -> str:
    """Return a value of a ledger row in words; `moment` writes a time."""
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(ledger_value(part, moment) for part in value)
    if isinstance(value, dict):
        return "; ".join(
            f"{ledger_key(str(key)).lower()}: {ledger_value(part, moment)}"
            for key, part in value.items()
        )
    return _said(value, moment) if isinstance(value, str) else str(value)


def _said(text: str, moment: Any) -> str:
    """Return a text in words: times and dates as people write them, keys of deadlines read out."""
    if hit := DEADLINE.fullmatch(text):
        return plain(", ".join((hit["kind"], *hit["rest"].split(":"))))
    text = long_iso(VALUES.get(text.removesuffix(" owed"), text))
    return INSTANT.sub(lambda hit: _instant(hit[0], moment), text)


def ledger_subject(subject: str) -> str:
    """Return what a row is about: 'Record BD-1'; what is not of a known kind stays as it is."""
    kind, colon, rest = subject.partition(":")
    words = SUBJECTS.get(kind)
    if words and colon and rest:
        return f"{words} {long_iso(rest).replace(',', ', ')}"
    return f"{kind}: {long_iso(rest)}" if long_iso(rest) != rest else subject


def _instant(text: str, moment: Any) -> str:
    try:
        return str(moment(datetime.fromisoformat(text)))
    except (ValueError, OverflowError):
        return text
