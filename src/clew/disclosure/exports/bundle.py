"""One case for the coroner: what was known when and by whom, what was compared, and who decided.

Ten years later it must still say who knew what on which day. So every fact has three times: when
somebody says it was known, when a system first held it, and when this desk took it in.
"""

from __future__ import annotations

from dataclasses import dataclass

from clew.disclosure.exports.pdf import PairDocument, render_pdf
from clew.disclosure.exports.text import Stamp
from clew.model.values import Instant

OP_WORD = {"set": "", "add": "added: ", "withdraw": "withdrawn: "}
BASIS_WORD = {"seen": "seen", "told": "told", "tested": "tested", "inferred": "inferred"}


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact, with its three times. `erased`: its value was taken out, by law or order."""

    field: str
    op: str
    value: str
    known_at: Instant | None
    recorded_at: Instant | None
    entered_at: Instant
    known_to: str
    basis: str
    source: str
    entered_by: str
    erased: bool = False

    @property
    def says(self) -> str:
        """Return the value in words, with what was done to it."""
        if self.erased:
            return "erased"
        return f"{OP_WORD.get(self.op, '')}{self.value}" or "taken back: now empty"


@dataclass(frozen=True, slots=True)
class SecondRow:
    """What a second reader said of a judgement."""

    who: str
    at: Instant
    agrees: bool
    note: str


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """What somebody said of a pair, on what ground, and what was checked.

    `on` names the comparison that was judged, where there is a later one too.
    """

    who: str
    verdict: str
    relation: str
    reason: str
    explanation: str
    verified: bool
    would_change: str
    opinion_before: bool
    decided_at: Instant
    recorded_at: Instant
    on: str = ""
    second: SecondRow | None = None


@dataclass(frozen=True, slots=True)
class ShownRow:
    """That somebody was shown a comparison: who, when, on which page, and its digest."""

    who: str
    at: Instant
    page: str
    digest: str


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """A comparison of the case, by which run, who was shown it, and what they said."""

    comparison: PairDocument
    at: Instant
    run: str
    judgements: tuple[JudgementRow, ...] = ()
    shown: tuple[ShownRow, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One numbered decision that concerns the case."""

    number: int
    title: str
    decided_at: Instant
    recorded_at: Instant
    maker: str
    recorded_by: str
    rationale: str
    options_rejected: str


@dataclass(frozen=True, slots=True)
class EffortRow:
    """Something that was done for the case."""

    what: str
    at: Instant
    note: str
    recorded_at: Instant
    recorded_by: str


@dataclass(frozen=True, slots=True)
class LookRow:
    """One row of the ledger about the case. `purpose` in the words of the person who acted."""

    number: int
    at: str
    act: str
    who: str
    purpose: str
    page: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that the desk has on one case and may give."""

    case_id: str
    name: str
    summary: tuple[tuple[str, str], ...]
    facts: tuple[FactRow, ...]
    compared: tuple[ComparisonRecord, ...]
    decisions: tuple[DecisionRow, ...]
    efforts: tuple[EffortRow, ...]
    looks: tuple[LookRow, ...]
    withheld: tuple[str, ...]
    workload: tuple[tuple[str, str], ...] = ()

    @property
    def heading(self) -> str:
        """Return the name the family uses first, the number second."""
        return f"{self.name} ({self.case_id})" if self.name else self.case_id


def bundle_pdf(bundle: Bundle, stamp: Stamp) -> bytes:
    """Return the bundle of one case as a PDF with a table of contents and page numbers.

    Raises
    ------
    UsageRejected
        If the system's libraries for it are not installed.
    """
    return render_pdf("export_bundle.html.j2", stamp, bundle=bundle, basis=BASIS_WORD)
