"""A judgement file: what people decided of pairs."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from pathlib import Path

from clew.intake.cases.times import TimeReader
from clew.intake.tables.open import Row, open_table, require_columns
from clew.model.case_file import Reject
from clew.model.judgement import Judgement, Verdict
from clew.vocabulary.load import word_key

REQUIRED = ("case_a", "case_b", "judgement")
RELATIONS = frozenset({"same_source", "same_event", "acquainted", "duplicate_report", "none"})
_VERIFIED = {
    "yes": True,
    "y": True,
    "true": True,
    "no": False,
    "n": False,
    "false": False,
    "": False,
}


def read_judgements(
    path: Path, *, case_ids: Collection[str], timezone: str
) -> tuple[tuple[Judgement, ...], tuple[Reject, ...]]:
    """Return the judgements of a file, and the rows or fields that could not be taken.

    Raises
    ------
    InputRejected
        If the file cannot be read as a table, or lacks one of the first three columns.

    """
    table = open_table(path)
    places = require_columns(table, REQUIRED)
    known = case_ids if isinstance(case_ids, (set, frozenset, Mapping)) else frozenset(case_ids)
    reader = _JudgementRows(table.name, known, TimeReader(timezone, int(time.time())))
    for row in table.rows():
        cells = {} if row.fault else {name: row.cells[place] for name, place in places.items()}
        reader.take(row, cells)
    return tuple(reader.judgements), tuple(reader.rejects)


class _JudgementRows:
    def __init__(self, file: str, known: Collection[str], times: TimeReader) -> None:
        self.file, self.known, self.times = file, known, times
        self.judgements: list[Judgement] = []
        self.rejects: list[Reject] = []

    def take(self, row: Row, cells: dict[str, str]) -> None:
        """Keep one row's judgement, or say why not."""
        column, reason = ("", row.fault) if row.fault else self._fault(cells)
        if reason:
            self._reject(row, column, cells.get(column, ""), reason, kept=False)
            return
        relation = word_key(cells.get("relation", ""))
        if relation and relation not in RELATIONS:
            names = ", ".join(sorted(RELATIONS))
            self._reject(row, "relation", cells["relation"], f"not one of {names}", kept=True)
            relation = ""
        verified = _VERIFIED.get(cells.get("verified", "").casefold())
        if verified is None:
            self._reject(row, "verified", cells["verified"], "neither yes nor no", kept=True)
        self.judgements.append(
            Judgement(
                case_a=cells["case_a"],
                case_b=cells["case_b"],
                verdict=Verdict(word_key(cells["judgement"])),
                relation=relation,
                explanation=cells.get("explanation", ""),
                verified=bool(verified),
                decided_at=self._decided_at(row, cells.get("decided_at", "")),
                decided_by=cells.get("decided_by", ""),
                second_reader=cells.get("second_reader", ""),
                reason=cells.get("reason", ""),
            )
        )

    def _fault(self, cells: dict[str, str]) -> tuple[str, str]:
        for column in ("case_a", "case_b"):
            if cells[column] not in self.known:
                return column, "the case file has no case of this id"
        if cells["case_a"] == cells["case_b"]:
            return "case_b", "a judgement is of two cases"
        if word_key(cells["judgement"]) not in set(Verdict):
            return "judgement", f"not one of {', '.join(Verdict)}"
        return "", ""

    def _decided_at(self, row: Row, text: str) -> int | None:
        if not text:
            return None
        try:
            return self.times.read(text).end
        except ValueError as fault:
            self._reject(row, "decided_at", text, str(fault), kept=True)
            return None

    def _reject(self, row: Row, column: str, value: str, reason: str, *, kept: bool) -> None:
        self.rejects.append(Reject(self.file, row.number, column, value, reason, kept))
