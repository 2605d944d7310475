"""Keeping the index: each record's terms change in the transaction that changes the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from clew.desk.casework.models.concerns import Concern, ConcernWords
from clew.desk.records.models import Case
from clew.desk.search.document import RecordText, concern_terms, record_terms
from clew.desk.search.models import SearchDocument

AT_ONCE = 500
"""Declared: documents made and written at once; below the parameters that an old SQLite takes."""
REPORTED = Case._meta.get_field("reported_at")
COLUMNS = ("terms", "reported", "sex", "age", "premises")
AROUND_CALLS: list[Callable[[Sequence[Case]], AbstractContextManager[None]]] = []
"""What is done around each change of the index: saved searches look before and after."""


def document_of(case: Case) -> SearchDocument:
    """Return what the index holds of a record as it is now; not saved."""
    at = REPORTED.to_python(case.reported_at)  # as text where a record was made of texts
    reported = timezone.localtime(at).date()
    cells = case.texts.get("now", {})
    text = RecordText(case.case_id, case.kind, case.area, reported, cells)
    return SearchDocument(
        case=case, terms=record_terms(text), reported=int(at.timestamp()), sex=text.sex(),
        age=text.age(), premises=text.premises(),
    )  # fmt: skip


def index_records(cases: Sequence[Case]) -> None:
    """Bring the index up to date for records that were saved; within their transaction."""
    around = AROUND_CALLS[0](cases) if AROUND_CALLS else nullcontext()
    with around:
        _write([document_of(case) for case in cases], "case")


def index_concern(words: ConcernWords) -> None:
    """Put the words of a concern into the index; within the transaction that takes them."""
    _write([_document_of_concern(words.concern, words.says)], "concern")


def _document_of_concern(concern: Concern, says: str) -> SearchDocument:
    return SearchDocument(
        concern=concern, terms=concern_terms(says, concern.given, concern.raised_by)
    )


def _write(documents: Sequence[SearchDocument], key: str) -> None:
    for k in range(0, len(documents), AT_ONCE):
        SearchDocument.objects.bulk_create(
            documents[k : k + AT_ONCE], update_conflicts=True, unique_fields=[key],
            update_fields=COLUMNS,
        )  # fmt: skip


def rebuild() -> int:
    """Make the whole index again, in one transaction; return how many documents it has."""
    with transaction.atomic():
        SearchDocument.objects.all().delete()
        count = 0
        for part in _documents():
            SearchDocument.objects.bulk_create(part)
            count += len(part)
        tidy()
    return count


def tidy() -> None:
    """Take out of SQLite's index what was removed: it keeps removed words until parts are merged.

    After an erasure nothing of what was erased is to be left in the file's live pages.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO search_text(search_text) VALUES('optimize')")


def _documents() -> Iterator[list[SearchDocument]]:
    cases = Case.objects.order_by("pk").only("case_id", "kind", "area", "reported_at", "texts")
    yield from _parts(document_of(case) for case in cases.iterator(AT_ONCE))
    words = ConcernWords.objects.select_related("concern").order_by("pk")
    yield from _parts(_document_of_concern(one.concern, one.says) for one in words.iterator())


def _parts(documents: Iterable[SearchDocument]) -> Iterator[list[SearchDocument]]:
    part: list[SearchDocument] = []
    for one in documents:
        part.append(one)
        if len(part) == AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def faults() -> Iterator[str]:
    """Yield where the index is not what the records make it, in plain words.

    So what was erased is in no place of it: it would not be made from the records as they are.
    """
    held = SearchDocument.objects.count()
    for part in _documents():
        case_key = "case_id" if part[0].case_id else "concern_id"
        keys = [getattr(one, case_key) for one in part]
        found = SearchDocument.objects.filter(**{f"{case_key}__in": keys})
        rows = {row[0]: row[1:] for row in found.values_list(case_key, *COLUMNS)}
        for one in part:
            held -= 1
            wanted = tuple(getattr(one, name) for name in COLUMNS)
            if rows.get(getattr(one, case_key)) != wanted:
                what = one.case or one.concern
                yield f"the search index differs from {what}; make it again: clew desk index"
    if held:
        yield f"the search index has {held:+,} documents too many; run clew desk index"
    if connection.vendor == "sqlite":
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO search_text(search_text, rank) VALUES('integrity-check', 1)"
                )
        except DatabaseError as fault:
            yield f"the search index is damaged ({fault}); make it again: clew desk index"
