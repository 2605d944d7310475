"""All records as they are at this moment, for a comparison that cannot wait for the next round."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from clew.desk.ledger.models import Head
from clew.desk.rounds.sync import is_ours, last_synced, papers_of, store_folder, touched
from clew.model.case_file import CaseFile
from clew.store.opened import Store
from clew.workflows.store import add_papers


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
