"""Text as every format can hold it, and what each export says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from clew.disclosure.chance_words import say_chance
from clew.disclosure.clock import Clock
from clew.disclosure.exports.nouns import TOLD_COLUMNS, LinkRow, RecordRow, Stamp
from clew.disclosure.tables import reasons
from clew.disclosure.words import REASON_TO_LOOK, SILENCE, clean, count_of
from clew.model.finding import Stance
from clew.model.time_window import Instant

_NO_CHARACTERS = {
    ord("\ufffe"): "\N{REPLACEMENT CHARACTER}",
    ord("\uffff"): "\N{REPLACEMENT CHARACTER}",
}
"""Two code points that XML 1.0 (section 2.2) cannot hold and `clean` leaves."""
RECORD_COLUMNS = ("case_id", *TOLD_COLUMNS)
LINK_COLUMNS = (
    *("case_a", "case_b", "at", "rank", "chance_per_case", "how_often", "tier", "relation"),
    *("state", "reasons_for", "reasons_against", "missing", "other_explanations"),
)


def said(text: str) -> str:
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
    """Return what an export says of itself, as labels and words; the words of the house first."""
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
    return [(label, said(words)) for label, words in rows if words]


def searched(stamp: Stamp) -> tuple[str, ...]:
    """Return the systems that were searched, with how many records and up to when."""
    return tuple(
        f"{row.system} of {row.agency}: {count_of(row.records, 'record', 'records')}"
        + (f", up to {row.up_to}" if row.up_to else "")
        for row in stamp.coverage
        if row.records > 0
    )


def not_searched(stamp: Stamp) -> tuple[str, ...]:
    """Return the systems that were not searched; where no list is held, that is said."""
    if not stamp.coverage:
        return ("No list of other systems is held: only the records of this desk were searched.",)
    told = tuple(f"{row.system} of {row.agency}" for row in stamp.coverage if row.records <= 0)
    return told or ("Nothing on the list of systems was left unsearched.",)


def record_cells(row: RecordRow) -> tuple[str, ...]:
    """Return one record as the cells of RECORD_COLUMNS."""
    told = {**row.told, "reported_at": iso(row.reported_at)}
    if row.told.get("kind", "death") != "death":
        told["name_used_by_family"] = told["known_as"] = ""
    return tuple(said(cell) for cell in (row.case_id, *(told.get(c, "") for c in TOLD_COLUMNS)))


def how_often(row: LinkRow) -> str:
    """Return how often unrelated deaths match this well, as a count one can picture."""
    return say_chance(row.chance, row.deaths_a_year).sentence


def link_cells(row: LinkRow) -> tuple[str, ...]:
    """Return one link as the cells of LINK_COLUMNS; there is no weight among them."""
    return tuple(
        said(cell)
        for cell in (
            row.case_a, row.case_b, iso(row.at), str(row.rank), f"{row.chance:.4g}",
            how_often(row), row.tier, row.relation, row.state,
            reasons(f for f in row.findings if f.micro_bans > 0),
            reasons(f for f in row.findings if f.micro_bans < 0),
            listed(f.says for f in row.findings if f.stance is Stance.MISSING),
            listed(row.other_explanations),
        )
    )  # fmt: skip


def listed(texts: Iterable[str]) -> str:
    """Return texts as one cell, each once."""
    return "; ".join(dict.fromkeys(texts))
