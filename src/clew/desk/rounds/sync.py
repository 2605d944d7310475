"""The prepared store follows the database: what the ledger has told since is added behind.

The ledger's rows are numbered in the order of their commit, so a row that was not there when a
round looked has a higher number than all that were: nothing slips through between two rounds. The
store is derived; where it is lost, damaged or not the one that was left, it is made anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils import timezone

from clew.desk.ledger.models import Act, Entry, Head
from clew.desk.records.models import Case, Fact
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.lease import Lease
from clew.desk.settings import CONFIGURATION
from clew.errors import ClewError
from clew.intake.cases.contract import COLUMNS
from clew.intake.cases.draft import Reading, Warnings
from clew.intake.cases.stored_history import Papers
from clew.intake.cases.times import TimeReader
from clew.model.case_file import CaseFile
from clew.store.manifest import is_store, read_manifest
from clew.store.opened import Store
from clew.workflows.store import add_papers

AT_ONCE = 5_000
"""Declared: records read from the database at once."""
SAID = 200
"""Declared: values that the store cannot read, as a step's row repeats them."""
TOLD = (Act.COLLECTION.value, Act.ALTERATION.value)


def store_folder() -> Path:
    """Return where the prepared store lies."""
    return CONFIGURATION.home / "store"


def past_folder() -> Path:
    """Return where what was learnt of the past lies."""
    return CONFIGURATION.home / "past"


def forget_store() -> None:
    """Take away what was derived from records, as after an erasure; the next round makes it anew.

    The nulls of earlier rounds stay: they are weights without a name, and the curve of chance goes
    on from them.
    """
    shutil.rmtree(store_folder(), ignore_errors=True)
    for path in past_folder().glob("past-*"):
        path.unlink()


def ask_to_forget() -> None:
    """Forget the store as soon as no round reads it: now, or when the one that runs has ended."""
    CONFIGURATION.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _asked().touch()
    if not Round.objects.filter(state=Round.RUNNING).exists():
        forget_if_asked()


def forget_if_asked() -> None:
    """Forget the store where that was asked for; call it while no round reads it."""
    if _asked().exists():
        forget_store()
        _asked().unlink(missing_ok=True)


def _asked() -> Path:
    return CONFIGURATION.home / "store.forget"


def last_synced() -> dict[str, Any] | None:
    """Return what the store held when a step last brought it up to date; None: never."""
    step = RoundStep.objects.filter(name="store").order_by("-id").first()
    return None if step is None else step.says


def sync(hold: Lease, _: Round) -> Callable[[Round], dict[str, Any]]:
    """Add to the store what is new in the database; an addition repeated adds nothing."""
    head = Head.objects.filter(pk=1).first()
    ledger = 0 if head is None else head.number
    before = last_synced()
    if before is None or not is_ours(before):
        forget_store()
        before = None
    wanted = touched(before["ledger"], ledger) if before is not None else None
    added, refused = _add(hold, wanted)
    folder = store_folder()
    sums = _sums(folder) if is_store(folder) else []
    says = {"ledger": ledger, "segments": sums, "added": added, "refused": refused[:SAID]}
    return lambda _held: says


def is_ours(before: dict[str, Any]) -> bool:
    """Tell whether the store begins with what it held then."""
    try:
        held = _sums(store_folder())
    except ClewError:
        return not before["segments"]
    return held[: len(before["segments"])] == list(before["segments"])


def _sums(folder: Path) -> list[str]:
    return [one.files["versions"].sha256 for one in read_manifest(folder).segments]


def touched(after: int, until: int) -> list[str]:
    """Return the records that ledger rows after one number and up to another tell of."""
    rows = Entry.objects.filter(
        number__gt=after, number__lte=until, act__in=TOLD, subject__startswith="case:"
    )
    subjects = rows.values_list("subject", flat=True).distinct()
    return sorted({subject.removeprefix("case:") for subject in subjects})


def _add(hold: Lease, case_ids: Sequence[str] | None) -> tuple[int, list[str]]:
    """Hand the papers of these records to the store; None: of all. Return what it cannot read."""
    papers = papers_of(hold.say, case_ids)
    if not papers.rows:
        return 0, []
    added = add_papers(store_folder(), papers)
    return len(papers.rows), [f"{no.field}: {no.reason}" for no in added.rejects]


def papers_of(say: Callable[[str, float], None], case_ids: Sequence[str] | None) -> Papers:
    """Return the records as rows and facts, exactly as a case file and its facts file would."""
    zone = CONFIGURATION.timezone
    now = int(timezone.now().timestamp())
    papers = Papers(Reading("desk", TimeReader(zone, now), Warnings()), timezone=zone)
    numbers = _numbers(case_ids)
    for k in range(0, len(numbers), AT_ONCE):
        part = numbers[k : k + AT_ONCE]
        say("Bringing the prepared store up to date", 0.3)
        held = {case.pk: case for case in Case.objects.filter(pk__in=part)}
        facts: dict[int, list[Fact]] = {}
        for fact in Fact.objects.filter(case_id__in=part, erased_at=None).order_by("id"):
            facts.setdefault(fact.case_id, []).append(fact)
        for number in part:
            _lay_out(papers, held[number], facts.get(number, []))
    return papers


def _numbers(case_ids: Sequence[str] | None) -> list[int]:
    if case_ids is None:
        return list(Case.objects.order_by("id").values_list("id", flat=True))
    found: list[int] = []
    for k in range(0, len(case_ids), AT_ONCE):
        part = case_ids[k : k + AT_ONCE]
        found += Case.objects.filter(case_id__in=part).values_list("id", flat=True)
    return sorted(found)


def _lay_out(papers: Papers, case: Case, facts: Iterable[Fact]) -> None:
    """Lay one record out: its row, and its facts.

    The row's cell of a field that a facts file rules counts no more
    (docs/reference/columns.md). Where only
    people at this desk added to a field, its cell is the first fact: it was known at the report.
    """
    facts = list(facts)
    cells = {f.field: f for f in facts if f.from_report}
    told = [f for f in facts if not f.from_report]
    ruled = {f.field for f in told if f.handed_in}
    added = {f.field for f in told} - ruled
    row = {name: cell.value for name, cell in cells.items()}
    minute = bool(case.texts.get("to_the_minute", True))
    reported = int(case.reported_at.timestamp())
    papers.rows[case.case_id] = _line([reported, minute, *_texts(row)])
    papers.numbers[case.case_id] = len(papers.rows)  # not 0, which means: held before
    first = [cells[name] for name in sorted(added & cells.keys())]
    if first or told:
        papers.facts[case.case_id] = [(_fact_text(f), k + 1) for k, f in enumerate([*first, *told])]
        papers.ruled[case.case_id] = ruled | added


def _texts(row: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Part the contract's columns from the others, which are kept as plain facts."""
    ours = {name: value for name, value in row.items() if name in COLUMNS}
    return ours, {name: value for name, value in row.items() if name not in COLUMNS}


def _fact_text(fact: Fact) -> str:
    known, recorded = _instant(fact.known_at), _instant(fact.recorded_at)
    told = [fact.field, fact.op, fact.value, known, recorded]
    return json.dumps(
        [*told, fact.known_to, fact.basis, fact.source], ensure_ascii=False, separators=(",", ":")
    )


def _line(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _instant(text: str) -> int:
    at = datetime.fromisoformat(text)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


# All records as they are at this moment, for a comparison that cannot wait for the next round.


def file_now() -> CaseFile:
    """Return every record with its facts: the prepared store, and what came in since, aside.

    The desk's own store is read and left alone: a round may be at work on it.
    """
    with TemporaryDirectory(prefix="clew-now-") as place:
        folder = Path(place) / "store"
        before = last_synced()
        head = Head.objects.filter(pk=1).first()
        wanted = None
        if before is not None and before["segments"] and is_ours(before):
            shutil.copytree(store_folder(), folder)
            wanted = touched(before["ledger"], head.number if head else 0)
        papers = papers_of(lambda _words, _done: None, wanted)
        if papers.rows:
            add_papers(folder, papers)
        return Store(folder).case_file()
