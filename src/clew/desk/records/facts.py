"""Adding to what is held: a new record with the cells of its report, and facts about a record.

Each record and each fact is a row of the ledger, in one transaction with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.hand_ins import HandIn
from clew.desk.records.limits import degrees_of
from clew.desk.records.models import Case, Fact
from clew.desk.records.sealing import seal_by_rule, seal_moved, sealed_by_default
from clew.errors import ActRefused

COLUMNS = ("kind", "agency", "area", "latitude", "longitude")
"""Fields of a record that have a column of their own, beside its texts."""
AREA_MOVED_CALLS: list[Callable[[Case], None]] = []
"""Called when a fact moved a record to another area, within the same transaction."""
FACTS_ADDED_CALLS: list[Callable[[Case, Mapping[str, str]], None]] = []
"""Called when facts were added to a record, with its cells before, within the same transaction."""


def new_record(
    case_id: str, row: str, by: str, hand_in: HandIn | None = None
) -> tuple[Case, list[Fact]]:
    """Return a record and the facts of its report, not saved; `row` is as in `StoredHistory`."""
    reported, to_the_minute, texts, extra = json.loads(row)
    cells = {**texts, **extra}
    reported_at = datetime.fromtimestamp(reported, UTC)
    case = Case(
        case_id=case_id, reported_at=reported_at, hand_in=hand_in,
        texts={"report": cells, "now": cells, "to_the_minute": to_the_minute},
    )  # fmt: skip
    set_columns(case)
    if sealed_by_default(cells):
        seal_by_rule(case)
    at = instant_text(reported_at)
    facts = [
        Fact(
            case=case, field=name, value=value, known_at=at, recorded_at=at,
            entered_by=by, from_report=True, source="the report",
        )
        for name, value in cells.items()
    ]  # fmt: skip
    return case, facts


def write_collected(case: Case, by: str, purpose: str, says: Mapping[str, Any]) -> None:
    """Write the row of a record that was added; within its transaction."""
    seal: dict[str, Any] = {"sealed": case.seal_reason} if case.sealed else {}
    write(Act.COLLECTION, case_subject(case.case_id), by, purpose, **says, **seal)


def set_columns(case: Case) -> None:
    """Set what lists, maps and permissions ask for from what is now known of a record."""
    now = case.texts["now"]
    case.kind = now.get("kind") or "death"
    case.agency, case.area = now.get("agency", "")[:120], now.get("area", "")[:120]
    case.latitude = degrees_of("latitude", now.get("latitude"))
    case.longitude = degrees_of("longitude", now.get("longitude"))


def add_facts(
    case: Case,
    facts: Sequence[Fact],
    by: str,
    purpose: str = "",
    says: Mapping[str, Any] | None = None,
    *,
    agreed_by: str = "",
) -> None:
    """Add facts to a record, each with its ledger row; call it within a transaction.

    Parameters
    ----------
    case
        As read within this transaction: what was erased or added meanwhile must stand.
    says
        What each row states besides: the file and its digest.
    agreed_by
        The second person, where these facts make a death a record that is sealed by rule.

    Raises
    ------
    ActRefused
        If they would seal a death and no second person agreed.
    """
    ruled = {fact.field for fact in facts if fact.handed_in} - set(case.texts.get("ruled", ()))
    was = case.kind
    Fact.objects.bulk_create(facts)
    # What a facts file rules, the report's own cell tells no more (docs/reference/columns.md).
    before = dict(case.texts.get("now", {}))
    now = {name: v for name, v in before.items() if name not in ruled}
    case.texts["ruled"] = sorted({*case.texts.get("ruled", ()), *ruled})
    for fact in facts:
        now[fact.field] = after(now.get(fact.field, ""), fact.op, fact.value)
        write(
            Act.ALTERATION, case_subject(case.case_id), by, purpose,
            field=fact.field, op=fact.op, recorded_at=fact.recorded_at, **(says or {}),
        )  # fmt: skip
    case.texts = {**case.texts, "now": {name: value for name, value in now.items() if value}}
    area = case.area
    set_columns(case)
    case.save(update_fields=["texts", *COLUMNS])
    if case.area != area:
        for call in AREA_MOVED_CALLS:
            call(case)
    # These facts may have made it a survivor's record.
    touched = {fact.field for fact in facts} & {"kind", "allegation"}
    if touched and not case.sealed and sealed_by_default(case.texts["now"]):
        if was == "death" and not agreed_by:
            raise ActRefused("sealing a death by rule needs a second person")
        seal_by_rule(case)
        case.save(update_fields=["sealed", "sealed_by", "seal_reason", "sealed_at"])
        seal_moved(case)
        write(
            Act.DECISION, case_subject(case.case_id), by, purpose, what="sealed by rule",
            agreed_by=agreed_by,
        )  # fmt: skip
    for follow in FACTS_ADDED_CALLS:
        follow(case, before)


def items_of(value: str) -> list[str]:
    """Return the elements of a list cell, as written."""
    return [item.strip() for item in value.split(";") if item.strip()]


def after(value: str, op: str, given: str) -> str:
    """Return the text of a field after one fact: set, or one element added or withdrawn."""
    if op == "set":
        return given
    items = items_of(value)
    if op == "withdraw":
        return "; ".join(item for item in items if item != given.strip())
    return "; ".join([*items, given.strip()] if given.strip() not in items else items)
