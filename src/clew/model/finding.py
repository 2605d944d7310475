"""What the engine says of a pair: findings, their breakdown, links, possible series, answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum

from clew.model.case import Case
from clew.model.case_file import Coverage
from clew.model.columns import Array
from clew.model.input_account import InputAccount
from clew.model.judgement import Contradiction
from clew.model.values import Instant

MICRO = 1_000_000
"""Whole micro-bans: one ban (log10 of a Bayes factor) is 1,000,000."""


class Stance(StrEnum):
    """How a finding speaks: the pair agrees, differs, or the value is missing in one of the two.

    `NOTE` is neither for nor against: a long gap that does not speak against a link, or what is
    taken off because two findings often agree together.
    """

    AGREES = "agrees"
    DIFFERS = "differs"
    MISSING = "missing"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one evidence found for a pair.

    `evidence` is the module's name (`place`, `timing` ...), `aspect` the thing within it
    (`distance`, `age`), `says` one plain sentence, `rarity` a plain count where there is one
    ("2 of 16,306"), `value_a` and `value_b` what each record states ("" = missing).
    Missing always weighs exactly 0.
    """

    evidence: str
    aspect: str
    stance: Stance
    micro_bans: int
    says: str
    value_a: str = ""
    value_b: str = ""
    rarity: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The account of one pair. The findings' micro-bans add up to `micro_bans` exactly."""

    case_a: str
    case_b: str
    findings: tuple[Finding, ...]
    micro_bans: int
    other_explanations: tuple[str, ...] = ()


class Tier(StrEnum):
    """`SHARED_ENTITY`: the same person, phone or place is in both, or one names the other."""

    SHARED_ENTITY = "shared_entity"
    SIMILARITY = "similarity"


class Relation(StrEnum):
    """What kind of pair it looks like."""

    LEAD = "lead"
    DUPLICATE_REPORT = "duplicate_report"
    SAME_HOUSEHOLD = "same_household"
    SAME_EVENT = "same_event"


LEADS = frozenset({Relation.LEAD, Relation.SAME_HOUSEHOLD})
"""Settled: a poisoned family is a series, so a household is a lead. That deaths of one event belong
together is known to those who attend; two reports of one death are one death."""


BUSY = 5
"""Declared: a person, phone or place in more records than this is there by work, as a rule."""
READABLE_CHANCE = 1.0
"""Settled: from this chance on every unrelated record would match as well."""


@dataclass(frozen=True, slots=True, eq=False)
class CandidateColumns:
    """The findings of all candidates as columns, in the order of `Answer.links`.

    `names` are the findings and `values` the type and id of each value that two records may share.
    `batches` yields, for some candidates at a time: micro-bans by finding, int32, (pairs, names);
    code in `values` and micro-bans of each value that they share, int32, (pairs, most, 2); and how
    many of these there are, (pairs,).
    """

    names: tuple[str, ...]
    values: Sequence[tuple[str, str]]
    batches: Callable[[], Iterator[tuple[Array, Array, Array]]]


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """A ranked candidate. `case_a` is the later report; `rank` 1 is its best earlier match.

    `chance` is the expected number of unrelated earlier cases that match `case_a` this well,
    > 0 and at most `compared`; `always_shown` marks a shared entity that ranks beyond the top, and
    `busy` a pair of which every shared entity is in more than `BUSY` records.
    `explain` breaks the pair down when it is asked for: half a million links of a large file, each
    with all its findings, would not fit into memory.
    """

    case_a: str
    case_b: str
    rank: int
    micro_bans: int
    chance: float
    compared: int
    tier: Tier
    relation: Relation
    explain: Callable[[], Breakdown]
    always_shown: bool = False
    busy: bool = False

    @property
    def breakdown(self) -> Breakdown:
        """Return every finding of the pair, worked out at each call."""
        return self.explain()

    @property
    def stands_out(self) -> bool:
        """Whether fewer than all unrelated records match as well, or what is shared is rare."""
        shared = self.tier is Tier.SHARED_ENTITY
        return self.chance <= READABLE_CHANCE or (shared and not self.busy)

    @property
    def to_be_read(self) -> bool:
        """Whether a person may look at it: it stands out, or is the best match of its case.

        The others stay columns until somebody asks for them.
        """
        return self.stands_out or self.rank == 1

    def __eq__(self, other: object) -> bool:
        """Return whether two links say the same, findings and all."""
        return isinstance(other, Link) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((self.case_a, self.case_b))

    def _values(self) -> tuple[object, ...]:
        plain = (getattr(self, field.name) for field in fields(self) if field.name != "explain")
        return (*plain, self.breakdown)


@dataclass(frozen=True, slots=True)
class Member:
    """A case of a series, and the case through which it joined (None for the first)."""

    case_id: str
    added_by: str | None
    micro_bans: int


ENGINE, ADOPTED = "engine", "adopted"


@dataclass(frozen=True, slots=True)
class Series:
    """Cases that may belong together. `view` is ENGINE or ADOPTED; see below.

    `chance` is the expected number of such unrelated groups in the whole file;
    None for adopted series, which rest on people's reasons.
    """

    series_id: str
    view: str
    members: tuple[Member, ...]
    micro_bans: int
    chance: float | None


class SeriesFate(StrEnum):
    """What became of a series.

    `UNTOUCHED` the same cases; `STARTED` none of its cases was in a series; `JOINED` cases came to
    one series; `BRIDGED` two or more series became one; `LOST` cases left it, and it may have
    gained others; `ENDED` no two of its cases are together any more.
    """

    UNTOUCHED = "untouched"
    STARTED = "started"
    JOINED = "joined"
    BRIDGED = "bridged"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """One series as it is now (as it was, where it ended), and what became of it.

    `of` are the ids of the series of before that two or more of its cases come from, `came` and
    `left` the cases, each in order.
    """

    change: SeriesFate
    series: Series
    of: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ThinCase:
    """A case with too little to compare, and the facts to ask for, the most useful first."""

    case_id: str
    comparable: int
    ask_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything one run of the linking job has to say, and what it could not say.

    `within_series` are the breakdowns of every pair within a series, ranked or not. `merged`
    counts the reports that are part of another record, as two reports of one death.
    `null_sample`: of how many records, a seeded sample, every case's chance was measured; 0: of
    its own earlier ones.
    `contradictions` are the judgements that shape no adopted series, and what speaks against each.
    `changes` say what became of the series of an earlier run; None: none was given.
    `together` says which codes people took for one; empty where no decisions were given.
    `account` says what was taken of the files and what was not; `crime` is what the records are of.
    `by_means`: possible series are a partition by mean weights, since the weight table was learned
    from solved series.
    `break_down` yields the breakdowns of links, by their places in `links`, many at a time;
    `candidates` are the same links as columns. Both None: one link at a time.
    """

    file: str
    as_of: Instant | None
    timezone: str
    compared: int
    first_report: Instant
    last_report: Instant
    cases: tuple[Case, ...]
    links: tuple[Link, ...]
    series: tuple[Series, ...]
    thin: tuple[ThinCase, ...]
    coverage: tuple[Coverage, ...]
    rejects: int
    deaths_a_year: float
    version: str
    weights: str
    within_series: tuple[Breakdown, ...] = ()
    merged: int = 0
    null_sample: int = 0
    contradictions: tuple[Contradiction, ...] = ()
    changes: tuple[SeriesChange, ...] | None = None
    together: tuple[str, ...] = ()
    by_means: bool = False
    break_down: Callable[[Sequence[int]], Iterator[Breakdown]] | None = field(
        default=None, compare=False, repr=False
    )
    candidates: CandidateColumns | None = field(default=None, compare=False, repr=False)
    account: InputAccount = field(default_factory=InputAccount)
    crime: str = "death"
