"""Text as every format can hold it, and what each export says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from clew.disclosure.chance_words import say_chance
from clew.disclosure.comparison import say_reasons
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, Clock, clean, count_of
from clew.model.case_file import Coverage
from clew.model.finding import Finding, Stance
from clew.model.values import Instant

EXPORT_COLUMNS = (
    *("kind", "reported_at", "earliest", "latest", "latitude", "longitude"),
    *("location_precision_m", "premises", "agency", "area", "name_used_by_family", "known_as"),
    *("age_years", "sex", "category", "manner", "manner_said_by", "cause", "substances"),
    *("tested_for", "scene", "missing_items", "posture", "lividity", "clothing", "injuries"),
    *("body_state", "moved_after_death", "identity_status", "last_seen_alive", "allegation"),
    *("allegation_status", "references", "narrative"),
)
"""Columns of a record that leave the desk. Any other stays: nobody has said that it may leave.
Left out on purpose: sensitive traits, the usual residence, and codes of people (`entities`)."""
RECORD_COLUMNS = ("case_id", *EXPORT_COLUMNS)
LINK_COLUMNS = (
    *("case_a", "case_b", "at", "rank", "chance_per_case", "how_often", "tier", "relation"),
    *("state", "reasons_for", "reasons_against", "missing", "other_explanations"),
)
_NO_CHARACTERS = dict.fromkeys(map(ord, "\ufffe\uffff"), "\N{REPLACEMENT CHARACTER}")
"""Two code points that XML 1.0 (section 2.2) cannot hold and `clean` leaves."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every export says of itself. `left_out`: what was withheld, and why."""

    reference: str
    what: str
    made_by: str
    made_at: Instant
    purpose: str
    given_to: str
    records: int
    coverage: tuple[Coverage, ...] = ()
    left_out: tuple[str, ...] = ()
    force: str = ""
    version: str = ""
    timezone: str = "Europe/London"


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record as it is now; `texts` by column. Degrees are WGS84.

    `identity` is the record in words, with its number (`record_identity`).
    """

    case_id: str
    reported_at: Instant
    texts: Mapping[str, str] = field(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None
    identity: str = ""

    @property
    def point(self) -> tuple[float, float] | None:
        """Return (latitude, longitude), or None where either is missing or none on Earth."""
        if self.latitude is None or self.longitude is None:
            return None
        fits = abs(self.latitude) <= 90 and abs(self.longitude) <= 180
        return (self.latitude, self.longitude) if fits else None

    @property
    def name(self) -> str:
        """Return the name the family uses, of a death alone; a survivor is not named."""
        if self.texts.get("kind", "death") != "death":
            return ""
        return self.texts.get("name_used_by_family") or self.texts.get("known_as", "")

    @property
    def heading(self) -> str:
        """Return the record in words: the name the family uses first, the number second."""
        named = f"{self.name} ({self.case_id})" if self.name else self.case_id
        return self.identity or named


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One candidate of a record. `case_a` is the one compared; `state` where people left it."""

    case_a: str
    case_b: str
    at: Instant
    rank: int
    micro_bans: int
    chance: float
    deaths_a_year: float
    tier: str
    relation: str
    state: str
    findings: tuple[Finding, ...] = ()
    other_explanations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """One code that a record names, by role and type; see `entities` in the case file."""

    case_id: str
    role: str
    type: str
    code: str


@dataclass(frozen=True, slots=True)
class Extract:
    """One export: a stamp, and rows that are gone through once, in order."""

    stamp: Stamp
    records: Iterable[RecordRow]
    links: Iterable[LinkRow] = ()
    mentions: Iterable[Mention] = ()


def clean_text(text: str) -> str:
    """Return the text as every format can hold it: no control characters, lines end in LF."""
    ended = text.replace("\r\n", "\n").replace("\r", "\n")
    return clean(ended).translate(_NO_CHARACTERS)


def iso(at: Instant) -> str:
    """Return an instant as ISO 8601 in UTC: 2014-06-19T03:05:00Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock_of(stamp: Stamp) -> Clock:
    """Return the clock of the place where the export was made."""
    return Clock(ZoneInfo(stamp.timezone))


def about(stamp: Stamp) -> list[tuple[str, str]]:
    """Return what an export says of itself, as labels and words; the notice first."""
    rows = [
        ("Notice", REASON_TO_LOOK),
        ("Export", stamp.reference),
        ("What", stamp.what),
        ("Made by", stamp.made_by),
        ("Made at", f"{clock_of(stamp).minute(stamp.made_at)} ({stamp.timezone})"),
        ("Purpose", stamp.purpose),
        ("Given to", stamp.given_to),
        ("Records", count_of(stamp.records, "record", "records")),
        *(("Searched", words) for words in searched(stamp)),
        *(("Not searched", words) for words in not_searched(stamp)),
        *(("Left out", words) for words in stamp.left_out),
        ("Finding nothing", SILENCE),
        ("Held by", stamp.force),
        ("Made with", f"Clew {stamp.version}"),
    ]
    return [(label, clean_text(words)) for label, words in rows if words]


def searched(stamp: Stamp) -> tuple[str, ...]:
    """Return the systems that were searched, with how many records and up to when."""
    return tuple(
        f"{row.system} of {row.agency}: {count_of(row.records, 'record', 'records')}"
        + (f", up to {row.up_to}" if row.up_to else "")
        for row in stamp.coverage
        if row.records > 0
    )


def not_searched(stamp: Stamp) -> tuple[str, ...]:
    """Return the systems that were not searched, or that there is no list of systems."""
    if not stamp.coverage:
        return ("No list of other systems is held: only the records of this desk were searched.",)
    names = tuple(f"{row.system} of {row.agency}" for row in stamp.coverage if row.records <= 0)
    return names or ("Nothing on the list of systems was left unsearched.",)


def record_cells(row: RecordRow) -> tuple[str, ...]:
    """Return one record as the cells of RECORD_COLUMNS."""
    texts = {**row.texts, "reported_at": iso(row.reported_at)}
    if row.texts.get("kind", "death") != "death":
        texts["name_used_by_family"] = texts["known_as"] = ""
    cells = (row.case_id, *(texts.get(column, "") for column in EXPORT_COLUMNS))
    return tuple(clean_text(cell) for cell in cells)


def how_often(row: LinkRow) -> str:
    """Return how often unrelated deaths match this well, as a count one can picture."""
    return say_chance(row.chance, row.deaths_a_year).sentence


def link_cells(row: LinkRow) -> tuple[str, ...]:
    """Return one link as the cells of LINK_COLUMNS; there is no weight among them."""
    return tuple(
        clean_text(cell)
        for cell in (
            row.case_a, row.case_b, iso(row.at), str(row.rank), f"{row.chance:.4g}",
            how_often(row), row.tier, row.relation, row.state,
            say_reasons(row.findings, 1), say_reasons(row.findings, -1),
            "; ".join(dict.fromkeys(f.says for f in row.findings if f.stance is Stance.MISSING)),
            "; ".join(dict.fromkeys(row.other_explanations)),
        )
    )  # fmt: skip
