"""What a bundle is made of: exhibits, entries of the chronology, replays. Frozen, without files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clew.disclosure.bundle.withhold import Withheld
from clew.model.case_file import Coverage
from clew.model.values import Instant

RECONSTRUCTION = (
    "This is a reconstruction: the rules of the version named here were applied to what the records"
    " held by that moment.",
    "It is not a record of what anyone saw, knew or decided on that day.",
)
"""The two sentences under every replay (disclose.md)."""


class Use(StrEnum):
    """Whether a document is an exhibit, or is only described in the schedule of unused material."""

    EXHIBIT = "exhibit"
    UNUSED = "unused"
    SENSITIVE = "unused_sensitive"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One document that was handed in. `digest` is the SHA-256 of the file as received."""

    number: str
    title: str
    file: str
    data: bytes
    digest: str
    dated: str
    known_at: Instant
    known_to: str
    source: str
    use: Use = Use.EXHIBIT
    late: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the chronology. `row` is where it is from: a file and its row."""

    what: str
    says: str
    known_at: Instant
    recorded_at: Instant
    known_to: str
    basis: str
    source: str
    row: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the bundle: who and where, when it happened, and its entries in order."""

    case_id: str
    identity: str
    happened: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class ReplayedLink:
    """A candidate as it would have been ranked at the moment of a replay."""

    pair: str
    rank: int
    chance: str
    reasons_for: str
    reasons_against: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """The replay of one key date: what was compared, with what, and the newest entry used."""

    at: Instant
    compared: int
    newest: Instant | None
    version: str
    weights: str
    settings: str
    links: tuple[ReplayedLink, ...]


@dataclass(frozen=True, slots=True)
class BundleContent:
    """Everything that the pages say, before anything is withheld.

    `files`: each input file and its SHA-256. `left_out` says what is never included, and why.
    """

    title: str
    recipient: str
    direction: str
    as_of: Instant
    timezone: str
    version: str
    records: tuple[Record, ...]
    replays: tuple[Replayed, ...]
    coverage: tuple[Coverage, ...]
    exhibits: tuple[Exhibit, ...]
    files: tuple[tuple[str, str], ...]
    withheld: tuple[Withheld, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Exhibit, ...]:
        """Return the exhibits in the order of their pages: late ones last."""
        used = [one for one in self.exhibits if one.use is Use.EXHIBIT]
        return tuple(sorted(used, key=lambda one: one.late))

    @property
    def unused(self) -> tuple[Exhibit, ...]:
        """Return the unused documents that are not sensitive."""
        return tuple(one for one in self.exhibits if one.use is Use.UNUSED)

    @property
    def sensitive(self) -> tuple[Exhibit, ...]:
        """Return the sensitive unused documents."""
        return tuple(one for one in self.exhibits if one.use is Use.SENSITIVE)
