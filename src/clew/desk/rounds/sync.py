"""The prepared store follows the database: what the ledger recorded since is added to it.

The ledger's rows are numbered in the order of their commit, so a row that was not there when a
round looked has a higher number than all that were: nothing slips through between two rounds. The
store is derived; where it is lost, damaged or not the one that was left, it is rebuilt.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act, Entry, Head
from clew.desk.records.models import Case, Fact
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.lease import Lease
from clew.desk.settings import CONFIGURATION
from clew.errors import ClewError
from clew.intake.cases.contract import COLUMNS
from clew.intake.cases.draft import Reading, Warnings
from clew.intake.cases.stored_history import StoredHistory
from clew.intake.cases.times import TimeReader
from clew.model.case_file import CaseFile
from clew.store.manifest import is_store, read_manifest
from clew.store.opened import Store
from clew.workflows.store import add_papers

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
    refused = []
    if history.rows:
        added = add_papers(folder, history)
        refused = [f"{reject.field}: {reject.reason}" for reject in added.rejects]
    sums = segment_sums(folder) if is_store(folder) else []
    says = {
        "ledger": ledger, "segments": sums, "added": len(history.rows), "refused": refused[:SAID],
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
        if history.rows:
            add_papers(folder, history)
        return Store(folder).case_file()


def _last_synced() -> dict[str, Any] | None:
    """Return what the store held when a step last brought it up to date; None: never."""
    step = RoundStep.objects.filter(name="store").order_by("-id").first()
    return None if step is None else step.says


def _ledger_number() -> int:
    head = Head.objects.filter(pk=1).first()
    return 0 if head is None else head.number


def _is_ours(before: dict[str, Any]) -> bool:
    """Tell whether the store begins with what it held then."""
    try:
        sums = segment_sums(store_folder())
    except ClewError:
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
        say("Bringing the prepared store up to date", 0.3)
        cases = {case.pk: case for case in Case.objects.filter(pk__in=part)}
        facts: dict[int, list[Fact]] = {}
        for fact in Fact.objects.filter(case_id__in=part, erased_at=None).order_by("id"):
            facts.setdefault(fact.case_id, []).append(fact)
        for case in (cases[number] for number in part):
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
                        fact.field, fact.op, fact.value, _instant(fact.known_at),
                        _instant(fact.recorded_at), fact.known_to, fact.basis, fact.source,
                    ],
                    ensure_ascii=False, separators=(",", ":"),
                )
                for fact in (*first, *later)
            )  # fmt: skip
            history.facts[case.case_id] = [(text, k) for k, text in enumerate(texts, 1)]
            history.ruled[case.case_id] = overridden | added
    return history


def _instant(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
