"""A judgement file: what people decided of pairs."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from pathlib import Path

from clew.intake.cases.times import TimeReader
from clew.intake.tables.open import named_rows
from clew.model.case_file import Reject
from clew.model.judgement import Judgement, Verdict
from clew.vocabulary.load import word_key

REQUIRED = ("case_a", "case_b", "judgement")
RELATIONS = frozenset({"same_source", "same_event", "acquainted", "duplicate_report", "none"})
_VERIFIED = {
    "yes": True, "y": True, "true": True, "no": False, "n": False, "false": False, "": False,
}  # fmt: skip


def read_judgements(
    path: Path, *, case_ids: Collection[str], timezone: str
) -> tuple[tuple[Judgement, ...], tuple[Reject, ...]]:
    """Return the judgements of a file, and the rows or fields that could not be taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks one of the first three columns.

    """
    known = case_ids if isinstance(case_ids, (set, frozenset, Mapping)) else frozenset(case_ids)
    times = TimeReader(timezone, int(time.time()))
    judgements: list[Judgement] = []
    rejects: list[Reject] = []
    for row, cells in named_rows(path, REQUIRED):
        column, reason = ("", row.fault) if row.fault else _fault(cells, known)
        if reason:
            value = cells.get(column, "")
            rejects.append(Reject(path.name, row.number, column, value, reason, kept=False))
            continue
        faults: dict[str, str] = {}  # of fields that are left out, while the judgement is kept
        relation = word_key(cells.get("relation", ""))
        if relation and relation not in RELATIONS:
            faults["relation"] = f"not one of {', '.join(sorted(RELATIONS))}"
        verified = _VERIFIED.get(cells.get("verified", "").casefold())
        if verified is None:
            faults["verified"] = "neither yes nor no"
        try:
            decided_at = times.read(at).end if (at := cells.get("decided_at")) else None
        except ValueError as fault:
            faults["decided_at"], decided_at = str(fault), None
        rejects += [
            Reject(path.name, row.number, column, cells[column], reason, kept=True)
            for column, reason in faults.items()
        ]
        judgements.append(
            Judgement(
                case_a=cells["case_a"],
                case_b=cells["case_b"],
                verdict=Verdict(word_key(cells["judgement"])),
                relation="" if "relation" in faults else relation,
                explanation=cells.get("explanation", ""),
                verified=bool(verified),
                decided_at=decided_at,
                decided_by=cells.get("decided_by", ""),
                second_reader=cells.get("second_reader", ""),
                reason=cells.get("reason", ""),
            )
        )
    return tuple(judgements), tuple(rejects)


def _fault(cells: dict[str, str], known: Collection[str]) -> tuple[str, str]:
    """Return the column for which a row cannot be taken, and why; two empty texts for none."""
    for column in ("case_a", "case_b"):
        if cells[column] not in known:
            return column, "the case file has no case of this id"
    if cells["case_a"] == cells["case_b"]:
        return "case_b", "a judgement is of two cases"
    if word_key(cells["judgement"]) not in set(Verdict):
        return "judgement", f"not one of {', '.join(Verdict)}"
    return "", ""
