"""Who may be behind a code: records of a register, proposals that two codes are one, decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from clew.model.finding import MICRO, Stance
from clew.model.values import Instant

REGISTER_COLUMNS = (
    "code", "type", "given_names", "family_name", "name", "date_of_birth", "sex", "phone",
    "address", "postcode", "handle", "vehicle", "seen_in",
)  # fmt: skip
REGISTER_REQUIRED = ("code", "type")
IDENTITY_COLUMNS = (
    "code_a", "code_b", "type", "weight_bans", "probability", "group", "breakdown", "missing",
)  # fmt: skip
UNDECIDED_COLUMNS = (*IDENTITY_COLUMNS[:5], "why_not", *IDENTITY_COLUMNS[6:])
IDENTITY_DECISION_COLUMNS = (
    "code_a", "code_b", "decision", "decided_by", "decided_at", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegisterRecord:
    """One row of a register, as written; None is missing, placeholders are missing.

    `date_of_birth` is ISO 8601 as far as it is known: year, year and month, or a day. `seen_in`
    are the ids of the cases that name the code. `suffix` is `junior` or `senior` where it is known.
    """

    code: str
    type: str
    given_names: tuple[str, ...] = ()
    family_name: str | None = None
    suffix: str | None = None
    date_of_birth: str | None = None
    sex: str | None = None
    phones: tuple[str, ...] = ()
    address: str | None = None
    postcode: str | None = None
    handle: str | None = None
    vehicle: str | None = None
    seen_in: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class IdentityFinding:
    """What one comparison of two records found, with its own weight; missing weighs nothing."""

    aspect: str
    stance: Stance
    says: str
    micro_bans: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two codes that may be one; `code_a` sorts first. `probability` is that they are.

    `why_not` is empty for a proposal, else it says why the pair is left undecided. `group` is the
    smallest of the codes that proposals bring together.
    """

    code_a: str
    code_b: str
    type: str
    probability: float
    findings: tuple[IdentityFinding, ...]
    why_not: str = ""
    group: str = ""

    @property
    def micro_bans(self) -> int:
        """Return the weight: the sum of the findings'."""
        return sum(finding.micro_bans for finding in self.findings)

    @property
    def bans(self) -> float:
        """Return the weight in bans."""
        return self.micro_bans / MICRO


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a register was resolved into, and how much of it was compared."""

    proposals: tuple[Proposal, ...]
    undecided: tuple[Proposal, ...]
    records: dict[str, int] = field(default_factory=dict)
    compared: dict[str, int] = field(default_factory=dict)
    trained: str = ""


@dataclass(frozen=True, slots=True)
class ProposedGroup:
    """Codes that the proposals bring together, sorted, and those proposals, the weakest first."""

    type: str
    codes: tuple[str, ...]
    proposals: tuple[Proposal, ...]


def groups_of(resolution: Resolution) -> tuple[ProposedGroup, ...]:
    """Return the proposals as groups of codes, in the order in which each is first proposed."""
    by_group: dict[tuple[str, str], list[Proposal]] = {}
    for pair in resolution.proposals:
        by_group.setdefault((pair.type, pair.group), []).append(pair)
    return tuple(
        ProposedGroup(
            kind,
            tuple(sorted({code for pair in pairs for code in (pair.code_a, pair.code_b)})),
            tuple(sorted(pairs, key=lambda pair: (pair.probability, pair.code_a, pair.code_b))),
        )
        for (kind, _), pairs in by_group.items()
    )


class Sameness(StrEnum):
    """What was decided of two codes."""

    SAME = "same"
    DIFFERENT = "different"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class IdentityDecision:
    """One row of a decisions file; `decided_at` None counts from the beginning."""

    code_a: str
    code_b: str
    decision: Sameness
    decided_at: Instant | None = None
    decided_by: str = ""
    reason: str = ""
