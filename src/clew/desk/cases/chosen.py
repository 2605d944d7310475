"""Which records and links an export holds, and what is said of those that stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import IO, Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from clew.desk.cases.disclose import needs_act
from clew.desk.cases.export_rows import link_row, mentions_of, record_row
from clew.desk.cases.models import Case
from clew.desk.links.models import Link, Pair
from clew.disclosure.exports.as_csv import write_csv
from clew.disclosure.exports.as_geojson import write_geojson
from clew.disclosure.exports.as_i2 import write_i2
from clew.disclosure.exports.as_kml import write_kml
from clew.disclosure.exports.as_xlsx import write_xlsx
from clew.disclosure.exports.nouns import Extract, LinkRow, RecordRow, Stamp

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
class Chosen:
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


def choose(cases: QuerySet[Case], asked: dict[str, Any]) -> Chosen:
    """Choose from `cases`: all that are not guarded, and the guarded ones chosen by name."""
    named = set(asked.get("guarded") or ())
    held = cases.filter(Q(sealed=True) | Q(kind="non_fatal"))
    guarded = sorted(c.case_id for c in held if c.case_id in named)
    stay = held.count() - len(guarded)
    leaving = cases.filter(Q(sealed=False) & ~Q(kind="non_fatal") | Q(case_id__in=guarded))
    ids = list(leaving.order_by("case_id").values_list("case_id", flat=True))
    return Chosen(leaving.order_by("reported_at", "case_id"), ids, guarded, stay)


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


def write_as(form: str, chosen: Chosen, stamp: Stamp, file: IO[bytes]) -> None:
    """Write the chosen records, and the links between any two of them, in one form."""
    mentions = mentions_of(chosen.cases.iterator(AT_ONCE)) if form == "i2" else ()
    write, _ = WRITERS[form]
    write(Extract(stamp, _records(chosen), _links(chosen), mentions), file)


def _records(chosen: Chosen) -> Iterator[RecordRow]:
    return (record_row(case) for case in chosen.cases.iterator(AT_ONCE))


def _links(chosen: Chosen) -> Iterator[LinkRow]:
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
