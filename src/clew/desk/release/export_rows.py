"""Rows of the desk in the shape of exports, and which of them an export has.

What is erased or sensitive is never exported.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import IO, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from clew.desk.accounts.rules import Person
from clew.desk.casework.acts import instant
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.records.naming import identity_of
from clew.desk.review.candidates import parts
from clew.desk.review.models import Link, Pair
from clew.desk.review.ranks import ranks_for
from clew.desk.settings import CONFIGURATION
from clew.disclosure.exports.geographic import write_geojson, write_kml
from clew.disclosure.exports.i2 import write_i2
from clew.disclosure.exports.tabular import write_csv, write_xlsx
from clew.disclosure.exports.text import EXPORT_COLUMNS, Extract, LinkRow, Mention, RecordRow, Stamp
from clew.disclosure.words import round_rarity, rounded_count
from clew.model.case_file import Coverage
from clew.model.finding import Finding, Stance
from clew.model.values import Instant
from clew.version import VERSION

SEALED_UNSEEN = (
    "Records under seal that its maker may not see are not in it, and are not counted. How "
    "many records were searched is rounded to two figures."
)
NEVER_LEAVES = (
    "Sensitive traits, usual residences, the people behind codes, and columns that "
    "no list names: they are in no export."
)


def instant_of(text: str) -> Instant | None:
    """Return a fact's time, written in UTC as the ledger writes it; None if it is not a time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant(at if at.tzinfo else at.replace(tzinfo=UTC))


def record_row(case: Case) -> RecordRow:
    """Return a record as it reads now, in the columns that may be exported."""
    now = case.texts.get("now", {})
    fields = {column: str(now[column]) for column in EXPORT_COLUMNS if now.get(column)}
    fields["kind"] = case.kind
    return RecordRow(
        case.case_id, instant(case.reported_at), fields, case.latitude, case.longitude,
        str(identity_of(case, named=True)),
    )  # fmt: skip


def findings_of(link: Link) -> tuple[Finding, ...]:
    """Return the findings that a link was computed from, rarity as pages say it."""
    texts = ("evidence", "aspect", "says", "value_a", "value_b")
    return tuple(
        Finding(
            stance=Stance(row.get("stance", "missing")),
            micro_bans=int(row.get("micro_bans", 0)),
            rarity=round_rarity(str(row.get("rarity", ""))),
            **{name: str(row.get(name, "")) for name in texts},
        )
        for row in link.findings
    )


def link_row(link: Link, state: str = "open", rank: int | None = None) -> LinkRow:
    """Return a link as it was computed; its run and both its records must be at hand.

    `rank`: among the matches that the reader may see, as `ranks.ranks_for` gives it.
    """
    return LinkRow(
        case_a=link.case.case_id,
        case_b=link.other.case_id,
        at=instant(link.at),
        rank=link.rank if rank is None else rank,
        micro_bans=link.micro_bans,
        chance=link.chance,
        deaths_a_year=link.run.deaths_a_year,
        tier=link.tier,
        relation=link.relation,
        state=state,
        findings=findings_of(link),
        other_explanations=tuple(str(text) for text in link.other_explanations),
    )


def coverage() -> tuple[Coverage, ...]:
    """Return what was searched, and what was not; how many records, rounded (`SEALED_UNSEEN`)."""
    rows = SourceCoverage.objects.order_by("system", "agency")
    return tuple(Coverage(r.system, r.agency, rounded_count(r.records), r.up_to) for r in rows)


def new_stamp(
    request: HttpRequest,
    what: str,
    form_data: dict[str, Any],
    records: int,
    left_out: Iterable[str],
) -> Stamp:
    """Return the stamp of an export that the user makes now."""
    at = timezone.now()
    account: Any = request.user
    return Stamp(
        reference=f"X-{at:%Y%m%d}-{secrets.token_hex(4)}",
        what=what,
        made_by=f"{account.full_name} ({account.name})",
        made_at=instant(at),
        purpose=form_data["purpose"],
        given_to=form_data["given_to"],
        records=records,
        coverage=coverage(),
        left_out=(*left_out, NEVER_LEAVES, SEALED_UNSEEN),
        force=CONFIGURATION.force,
        version=VERSION,
        timezone=CONFIGURATION.timezone,
    )


GUARDED = Q(sealed=True) | Q(kind="non_fatal")
"""Records exported only if chosen by name; as `disclose.needs_act` has it."""
AT_ONCE = 1_000
"""Declared: rows fetched at once, so that a large export needs no more memory than a small one."""
WRITERS = {
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (write_csv, "application/zip"),
    "geojson": (write_geojson, "application/geo+json"),
    "kml": (write_kml, "application/vnd.google-earth.kml+xml"),
    "i2": (write_i2, "application/zip"),
}


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """The records to export, and how many guarded ones are left out."""

    cases: QuerySet[Case]
    ids: Sequence[str]
    guarded_ids: Sequence[str]
    stay: int

    def left_out(self) -> list[str]:
        """Return the note about guarded records that were not chosen."""
        if not self.stay:
            return []
        records = "1 record stays" if self.stay == 1 else f"{self.stay:,} records stay"
        return [f"{records} behind: sealed or about a living person, and not selected."]


def choose(cases: QuerySet[Case], form_data: dict[str, Any]) -> ExportSelection:
    """Choose from `cases`: all that are not guarded, and the guarded ones chosen by name."""
    named = set(form_data.get("guarded") or ())
    protected = cases.filter(GUARDED)
    guarded = sorted(c.case_id for c in protected if c.case_id in named)
    stay = protected.count() - len(guarded)
    leaving = cases.filter(~GUARDED | Q(case_id__in=guarded))
    ids = list(leaving.order_by("case_id").values_list("case_id", flat=True))
    return ExportSelection(leaving.order_by("reported_at", "case_id"), ids, guarded, stay)


def narrowed(cases: QuerySet[Case], form_data: dict[str, Any]) -> QuerySet[Case]:
    """Return the records of an area, reported from one day to another, both days included."""
    if form_data.get("area"):
        cases = cases.filter(area=form_data["area"])
    if form_data.get("since"):
        cases = cases.filter(reported_at__gte=_midnight(form_data["since"]))
    if form_data.get("until"):
        cases = cases.filter(reported_at__lt=_midnight(form_data["until"] + timedelta(days=1)))
    return cases


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def write_as(
    form: str, chosen: ExportSelection, stamp: Stamp, file: IO[bytes], person: Person
) -> None:
    """Write the chosen records, and the links between any two of them, in one form.

    `person`: who exports; ranks leave out the records that are sealed from them.
    """
    # The codes that records name, `role:type:code` each.
    mentions = (
        Mention(case.case_id, *parts)
        for case in (chosen.cases.iterator(AT_ONCE) if form == "i2" else ())
        for part in str(case.texts.get("now", {}).get("entities", "")).split(";")
        if len(parts := part.strip().split(":", 2)) == 3 and parts[2]
    )
    records = (record_row(case) for case in chosen.cases.iterator(AT_ONCE))
    rank_of = ranks_for(person)
    links = (
        link_row(pair.link, pair.state, rank_of(pair.link)) for pair in _pairs_among(chosen.cases)
    )
    write, _ = WRITERS[form]
    write(Extract(stamp, records, links, mentions), file)


def _pairs_among(cases: QuerySet[Case]) -> Iterator[Pair]:
    """Yield the pairs of which both records are among these, the first to be reviewed first.

    They are found by number. A query with `cases` twice within it took PostgreSQL 55 s for 67
    records where its statistics were not up to date; this way no plan depends on them.
    """
    numbers = set(cases.order_by().values_list("pk", flat=True))
    found: list[tuple[float, int]] = []
    for part in parts(numbers):
        rows = Pair.objects.filter(first__in=part).values_list("priority", "pk", "second_id")
        found += [(-priority, pk) for priority, pk, second in rows if second in numbers]
    found.sort()
    for start in range(0, len(found), AT_ONCE):
        wanted = [pk for _, pk in found[start : start + AT_ONCE]]
        rows_of = Pair.objects.select_related("link", "link__run", "link__case", "link__other")
        by_number = rows_of.in_bulk(wanted)
        yield from (by_number[pk] for pk in wanted if pk in by_number)
