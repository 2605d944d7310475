"""The prepared store follows the database: what the ledger recorded since is added to it.

The ledger's rows are numbered in the order of their commit, so a row that was not there when a
round looked has a higher number than all that were: nothing slips through between two rounds. The
store is derived; where it is lost, damaged or not the one that was left, it is rebuilt.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import transaction

from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act, Entry, Head
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import ENGINE, write
from clew.desk.records.hand_ins import QuarantinedRecord
from clew.desk.records.models import Case, Fact
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.lease import Lease
from clew.desk.settings import CONFIGURATION
from clew.errors import ClewError
from clew.intake.cases.contract import COLUMNS
from clew.intake.cases.draft import Reading, Warnings
from clew.intake.cases.stored_history import StoredHistory
from clew.intake.cases.times import TimeReader
from clew.model.case_file import CaseFile, Reject
from clew.model.values import EARLIEST, LATEST
from clew.store.manifest import is_store, read_manifest
from clew.store.opened import Store
from clew.workflows.store import add_papers, check_papers

LOG = logging.getLogger(__name__)
AT_ONCE = 5_000
"""Declared: records read from the database at once."""
SAID = 200
"""Declared: values that the store cannot read, as a step's row repeats them."""
CHANGES_RECORDS = (Act.COLLECTION.value, Act.ALTERATION.value)


def store_folder() -> Path:
    """Return the folder of the prepared store."""
    return CONFIGURATION.home / "store"


def past_folder() -> Path:
    """Return the folder of what was learned from past rounds."""
    return CONFIGURATION.home / "past"


def forget_store() -> None:
    """Remove what was derived from records, as after an erasure; the next round rebuilds it.

    The nulls of earlier rounds stay: they are weights without a name, and the curve of chance
    continues from them.
    """
    shutil.rmtree(store_folder(), ignore_errors=True)
    for path in past_folder().glob("past-*"):
        path.unlink()


def ask_to_forget() -> None:
    """Forget the store as soon as no round reads it: now, or when the one that runs has ended."""
    CONFIGURATION.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_mark().touch()
    if not Round.objects.filter(state=Round.RUNNING).exists():
        forget_if_asked()


def forget_if_asked() -> None:
    """Forget the store where that was requested; call it while no round reads it."""
    if _forget_mark().exists():
        forget_store()
        _forget_mark().unlink(missing_ok=True)


def _forget_mark() -> Path:
    return CONFIGURATION.home / "store.forget"


def sync(lease: Lease, _: Round) -> Callable[[Round], dict[str, Any]]:
    """Add to the store what is new in the database; an addition repeated adds nothing."""
    ledger, before = _ledger_number(), _last_synced()
    if before is None or not _is_ours(before):
        forget_store()
        wanted = None
    else:
        wanted = _touched(before["ledger"], ledger)
    history, folder = history_of(lease.say, wanted), store_folder()
    known = QuarantinedRecord.objects.count()
    refused = [f"{reject.field}: {reject.reason}" for reject in _add(folder, history)]
    sums = segment_sums(folder) if is_store(folder) else []
    says = {
        "ledger": ledger, "segments": sums, "added": len(history.rows), "refused": refused[:SAID],
        "quarantined": QuarantinedRecord.objects.count() - known,
    }  # fmt: skip
    return lambda _locked: says


def file_now() -> CaseFile:
    """Return every record with its facts as of now: the prepared store, and what came in since.

    For a comparison that cannot wait for the next round. The desk's own store is only read: a round
    may be at work on it.
    """
    with TemporaryDirectory(prefix="clew-now-") as place:
        folder = Path(place) / "store"
        before, wanted = _last_synced(), None
        if before is not None and before["segments"] and _is_ours(before):
            shutil.copytree(store_folder(), folder)
            wanted = _touched(before["ledger"], _ledger_number())
        history = history_of(lambda _words, _done: None, wanted)
        _add(folder, history)
        return Store(folder).case_file()


def _last_synced() -> dict[str, Any] | None:
    """Return what the store held when a step last brought it up to date; None: never."""
    step = RoundStep.objects.filter(name="store").order_by("-id").first()
    return None if step is None else step.says


def _ledger_number() -> int:
    head = Head.objects.filter(pk=1).first()
    return 0 if head is None else head.number


def _is_ours(before: dict[str, Any]) -> bool:
    """Tell whether the store begins with what it held then, and every byte of it is as written."""
    try:
        if is_store(store_folder()):
            Store(store_folder())  # which checks the sums
        sums = segment_sums(store_folder())
    except ClewError as fault:
        if before["segments"]:
            LOG.warning("the prepared store is made again: %s", fault.line())
        return not before["segments"]
    return sums[: len(before["segments"])] == list(before["segments"])


def segment_sums(folder: Path) -> list[str]:
    """Return the digests of a store's segments, oldest first."""
    return [segment.files["versions"].sha256 for segment in read_manifest(folder).segments]


def _touched(after: int, until: int) -> list[str]:
    """Return the records that ledger rows after one number and up to another changed."""
    rows = Entry.objects.filter(
        number__gt=after, number__lte=until, act__in=CHANGES_RECORDS, subject__startswith="case:"
    )
    subjects = rows.values_list("subject", flat=True).distinct()
    return sorted({subject.removeprefix("case:") for subject in subjects})


def history_of(say: Callable[[str, float], None], case_ids: Sequence[str] | None) -> StoredHistory:
    """Return these records (None: all) as rows and facts, as a case file and facts file would.

    A field that a facts file gives overrides the row's cell (docs/reference/columns.md). Where only
    people at this desk added to a field, its cell is the first fact: it was known at the report.
    """
    zone = CONFIGURATION.timezone
    now = int(desk_now().timestamp())
    history = StoredHistory(Reading("desk", TimeReader(zone, now), Warnings()), timezone=zone)
    if case_ids is None:
        numbers = list(Case.objects.values_list("id", flat=True))
    else:
        numbers = []
        for k in range(0, len(case_ids), AT_ONCE):
            some = Case.objects.filter(case_id__in=case_ids[k : k + AT_ONCE])
            numbers += some.values_list("id", flat=True)
    numbers.sort()
    for k in range(0, len(numbers), AT_ONCE):
        part = numbers[k : k + AT_ONCE]
        say("Updating the prepared store", 0.3)
        sound = Case.objects.filter(pk__in=part, quarantine=None)
        cases = {case.pk: case for case in sound}
        facts: dict[int, list[Fact]] = {}
        for fact in Fact.objects.filter(case_id__in=part, erased_at=None).order_by("id"):
            facts.setdefault(fact.case_id, []).append(fact)
        for case in (cases[number] for number in part if number in cases):
            known = facts.get(case.pk, [])
            cells = {fact.field: fact for fact in known if fact.from_report}
            later = [fact for fact in known if not fact.from_report]
            overridden = {fact.field for fact in later if fact.handed_in}
            added = {fact.field for fact in later} - overridden
            ours = {name: cell.value for name, cell in cells.items() if name in COLUMNS}
            others = {name: cell.value for name, cell in cells.items() if name not in COLUMNS}
            minute = bool(case.texts.get("to_the_minute", True))
            reported = int(case.reported_at.timestamp())
            history.rows[case.case_id] = json.dumps(
                [reported, minute, ours, others],
                ensure_ascii=False, sort_keys=True, separators=(",", ":"),
            )  # fmt: skip
            history.numbers[case.case_id] = len(history.rows)  # not 0, which means: held before
            if not later:
                continue
            first = [cells[name] for name in sorted(added & cells.keys())]
            texts = (
                json.dumps(
                    [
                        fact.field, fact.op, fact.value, *_instants(fact, reported),
                        fact.known_to, fact.basis, fact.source,
                    ],
                    ensure_ascii=False, separators=(",", ":"),
                )
                for fact in (*first, *later)
            )  # fmt: skip
            history.facts[case.case_id] = [(text, k) for k, text in enumerate(texts, 1)]
            history.ruled[case.case_id] = overridden | added
    return history


def _instants(fact: Fact, reported: int) -> tuple[int, int]:
    """Return when a fact was known and recorded; a time outside the calendar is not read.

    Earlier versions kept any year that was typed. Such a fact counts from when the desk took it
    in, as one whose time is not known; the row itself stays as it is.
    """
    recorded = _instant(fact.recorded_at)
    if recorded is None:
        recorded = reported if fact.from_report else int(fact.entered_at.timestamp())
    known = _instant(fact.known_at)
    return (recorded if known is None else known), recorded


def _instant(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(text)
        instant = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None
    return instant if EARLIEST <= instant <= LATEST else None


def _add(folder: Path, history: StoredHistory) -> tuple[Reject, ...]:
    """Add records to a store; one of which no history can be made is set aside, and left out.

    A record that raises here would stop every round from now on. It stays out of comparisons, with
    its reason, until an administrator tries it again.
    """
    if not history.rows:
        return ()
    try:
        return add_papers(folder, history).rejects
    except (ClewError, OSError):
        raise  # the store or the disk is at fault, not a record
    except Exception as fault:  # whatever a record raises, the others are compared
        LOG.warning("a record cannot be compared (%s): each is tried alone", type(fault).__name__)
        unfit = {case_id: why for case_id in history.rows if (why := _why_unfit(history, case_id))}
        if not unfit:
            raise
    for case_id, reason in unfit.items():
        for part in (history.rows, history.facts, history.ruled, history.numbers):
            part.pop(case_id, None)
        with transaction.atomic():
            case = Case.objects.get(case_id=case_id)
            QuarantinedRecord.objects.get_or_create(case=case, defaults={"reason": reason})
            write(Act.DECISION, case_subject(case_id), ENGINE, what="quarantined", reason=reason)
    return add_papers(folder, history).rejects if history.rows else ()


def _why_unfit(history: StoredHistory, case_id: str) -> str:
    try:
        check_papers(history, case_id)
    except Exception as fault:
        return f"{type(fault).__name__}: {(str(fault).splitlines() or [''])[0][:200]}"
    return ""


def release(row: QuarantinedRecord, by: str, purpose: str, reason: str) -> None:
    """Let the next round compare a record that was set aside. Within a transaction."""
    row.delete()
    # An alteration: by it the next step finds that the store lacks the record.
    write(
        Act.ALTERATION, case_subject(row.case.case_id), by, purpose, what="tried again",
        reason=reason,
    )  # fmt: skip


def leave_out(row: QuarantinedRecord, by: str, purpose: str, reason: str) -> None:
    """Leave a record out of comparisons from now on. Within a transaction."""
    row.withdrawn = True
    row.save(update_fields=["withdrawn"])
    write(
        Act.DECISION, case_subject(row.case.case_id), by, purpose, what="withdrawn", reason=reason
    )
