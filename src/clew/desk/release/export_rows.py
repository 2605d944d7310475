"""Rows of the desk as the nouns that exports are made of. What is erased or sensitive stays."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import IO, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from clew.desk.records.models import Case, SourceCoverage
from clew.desk.release.disclose import needs_act
from clew.desk.review.models import Link, Pair
from clew.desk.settings import CONFIGURATION
from clew.disclosure.exports.geographic import write_geojson, write_kml
from clew.disclosure.exports.i2 import write_i2
from clew.disclosure.exports.tabular import write_csv, write_xlsx
from clew.disclosure.exports.text import EXPORT_COLUMNS, Extract, LinkRow, Mention, RecordRow, Stamp
from clew.model.case_file import Coverage
from clew.model.finding import Finding, Stance
from clew.model.values import Instant
from clew.version import VERSION

SEALED_UNSEEN = (
    "Records under seal that whoever made this may not see are not in it, and are not counted."
)
NEVER_LEAVES = (
    "Sensitive traits, usual residences, who stands behind the codes of people, and columns that "
    "no list names: they are in no export."
)


def instant(at: datetime) -> Instant:
    """Return a time as whole seconds since 1970, as the nouns hold it."""
    return int(at.timestamp())


def instant_of(text: str) -> Instant | None:
    """Return a fact's time, written in UTC as the ledger writes it; None where it is none."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp())


def record_row(case: Case) -> RecordRow:
    """Return a record as it reads now, by the columns that may leave."""
    now = case.texts.get("now", {})
    texts = {column: str(now[column]) for column in EXPORT_COLUMNS if now.get(column)}
    texts["kind"] = case.kind
    return RecordRow(case.case_id, instant(case.reported_at), texts, case.latitude, case.longitude)


def findings_of(link: Link) -> tuple[Finding, ...]:
    """Return the findings that a link was computed from."""
    return tuple(_finding(told) for told in link.findings)


def _finding(told: dict[str, Any]) -> Finding:
    return Finding(
        evidence=str(told.get("evidence", "")),
        aspect=str(told.get("aspect", "")),
        stance=Stance(told.get("stance", "missing")),
        micro_bans=int(told.get("micro_bans", 0)),
        says=str(told.get("says", "")),
        value_a=str(told.get("value_a", "")),
        value_b=str(told.get("value_b", "")),
        rarity=str(told.get("rarity", "")),
    )


def link_row(link: Link, state: str = "open") -> LinkRow:
    """Return a link as it was computed; its run and both its records must be at hand."""
    return LinkRow(
        case_a=link.case.case_id,
        case_b=link.other.case_id,
        at=instant(link.at),
        rank=link.rank,
        micro_bans=link.micro_bans,
        chance=link.chance,
        deaths_a_year=link.run.deaths_a_year,
        tier=link.tier,
        relation=link.relation,
        state=state,
        findings=findings_of(link),
        other_explanations=tuple(str(text) for text in link.other_explanations),
    )


def mentions_of(cases: Iterable[Case]) -> Iterator[Mention]:
    """Return the codes that records name, `role:type:code` each."""
    for case in cases:
        for part in str(case.texts.get("now", {}).get("entities", "")).split(";"):
            role, _, rest = part.strip().partition(":")
            kind, _, code = rest.partition(":")
            if code:
                yield Mention(case.case_id, role, kind, code)


def coverage() -> tuple[Coverage, ...]:
    """Return what was searched, and what was not."""
    rows = SourceCoverage.objects.order_by("system", "agency")
    return tuple(Coverage(r.system, r.agency, r.records, r.up_to) for r in rows)


def new_stamp(
    request: HttpRequest, what: str, asked: dict[str, Any], records: int, left_out: Iterable[str]
) -> Stamp:
    """Return the stamp of an export that whoever asks makes now."""
    at = timezone.now()
    account: Any = request.user
    return Stamp(
        reference=f"X-{at:%Y%m%d}-{secrets.token_hex(4)}",
        what=what,
        made_by=f"{account.full_name} ({account.name})",
        made_at=instant(at),
        purpose=asked["purpose"],
        given_to=asked["given_to"],
        records=records,
        coverage=coverage(),
        left_out=(*left_out, NEVER_LEAVES, SEALED_UNSEEN),
        force=CONFIGURATION.force,
        version=VERSION,
        timezone=CONFIGURATION.timezone,
    )


# Which records and links an export holds, and what is said of those that stay.


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
    """Records that leave, by their numbers in the database, and those that stay."""

    cases: QuerySet[Case]
    ids: Sequence[str]
    guarded_ids: Sequence[str]
    stay: int

    def left_out(self) -> list[str]:
        """Return what is said of guarded records that were not chosen."""
        if not self.stay:
            return []
        one = self.stay == 1
        records = "1 record stays" if one else f"{self.stay:,} records stay"
        return [f"{records} behind: sealed, or about somebody living, and not chosen by name."]


def choose(cases: QuerySet[Case], asked: dict[str, Any]) -> ExportSelection:
    """Choose from `cases`: all that are not guarded, and the guarded ones chosen by name."""
    named = set(asked.get("guarded") or ())
    held = cases.filter(Q(sealed=True) | Q(kind="non_fatal"))
    guarded = sorted(c.case_id for c in held if c.case_id in named)
    stay = held.count() - len(guarded)
    leaving = cases.filter(Q(sealed=False) & ~Q(kind="non_fatal") | Q(case_id__in=guarded))
    ids = list(leaving.order_by("case_id").values_list("case_id", flat=True))
    return ExportSelection(leaving.order_by("reported_at", "case_id"), ids, guarded, stay)


def guarded_of(cases: QuerySet[Case]) -> list[Case]:
    """Return the records that leave by an explicit act alone."""
    return [case for case in cases.filter(Q(sealed=True) | Q(kind="non_fatal")) if needs_act(case)]


def narrowed(cases: QuerySet[Case], told: dict[str, Any]) -> QuerySet[Case]:
    """Return the records of an area, reported from one day to another, both days included."""
    if told.get("area"):
        cases = cases.filter(area=told["area"])
    if told.get("since"):
        cases = cases.filter(reported_at__gte=_begin(told["since"]))
    if told.get("until"):
        cases = cases.filter(reported_at__lt=_begin(told["until"] + timedelta(days=1)))
    return cases


def _begin(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def write_as(form: str, chosen: ExportSelection, stamp: Stamp, file: IO[bytes]) -> None:
    """Write the chosen records, and the links between any two of them, in one form."""
    mentions = mentions_of(chosen.cases.iterator(AT_ONCE)) if form == "i2" else ()
    write, _ = WRITERS[form]
    write(Extract(stamp, _records(chosen), _links(chosen), mentions), file)


def _records(chosen: ExportSelection) -> Iterator[RecordRow]:
    return (record_row(case) for case in chosen.cases.iterator(AT_ONCE))


def _links(chosen: ExportSelection) -> Iterator[LinkRow]:
    """Return the latest link of each pair that came to the queue, both records being chosen."""
    among = chosen.cases.order_by().values("pk")
    pairs = (
        Pair.objects.filter(first__in=among, second__in=among)
        .select_related("link", "link__run", "link__case", "link__other")
        .order_by("-priority", "pk")
    )
    return (link_row(pair.link, pair.state) for pair in pairs.iterator(AT_ONCE))


def all_links_of(case: Case) -> QuerySet[Link]:
    """Return the links that a record is in, the newest first, with what their rows need."""
    return (
        Link.objects.filter(Q(case=case) | Q(other=case))
        .select_related("run", "case", "other")
        .order_by("-at", "rank", "pk")
    )
