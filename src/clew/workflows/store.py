"""`store add`: a day's cases and late facts are added to a prepared store, and nothing is lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from clew.comparison.coding.codes import Codes
from clew.comparison.coding.columns import code_behind, reference_rows, stack_rows, to_columns
from clew.digests import file_digest
from clew.errors import UsageRejected
from clew.intake.cases.facts import FactsFile
from clew.intake.cases.history import build_histories
from clew.intake.cases.mapping import load_mapping
from clew.intake.cases.stored_history import (
    StoredHistory,
    draft_from_text,
    fact_from_text,
    read_stored_history,
)
from clew.intake.read import CaseSources
from clew.model.case_file import CaseHistory, Reject
from clew.model.columns import ITEM_TYPES, Array
from clew.model.input_account import InputAccount, account_for
from clew.outputs import refuse_link
from clew.store.durable import LOCK, alone_in
from clew.store.manifest import (
    CHECKED,
    Manifest,
    is_store,
    left_over,
    read_manifest,
    write_manifest,
)
from clew.store.opened import Store
from clew.store.segments import GROUPS, Addition, Name, Paper, write_segment


@dataclass(frozen=True, slots=True)
class Added:
    """What an addition brought. Papers that were in the store already are counted as `known`."""

    new_cases: int
    new_facts: int
    known: int
    changed: int
    cases: int
    rejects: tuple[Reject, ...]
    warnings: tuple[str, ...]
    account: InputAccount


@dataclass(slots=True)
class StoreAddition:
    """The papers of the cases that an addition touches: those there were, and those that came."""

    rows: dict[str, tuple[str, int]]
    facts: dict[str, list[tuple[str, int]]]
    ruled: dict[str, set[str]]
    new: list[Paper]
    rejects: list[Reject]
    known: int = 0


def add_to_store(folder: Path, sources: CaseSources, *, new_profile: bool = False) -> Added:
    """Add a case file and its facts to a store, begun where there is none.

    Columns are read as the first file showed them; `new_profile`: as this file shows them, and
    later files too.

    When this returns, what it reports is on the disk. What is in the store already is not added
    again, so a hand-in may be repeated after any interruption.

    Raises
    ------
    InputRejected, UsageRejected
        If the files cannot be taken, or the store is damaged, in use, or of other settings.
    OSError
        If the disk is full or refuses; the store is as it was.
    """
    mapping = sources.mapping
    if (crime := load_mapping(mapping).crime) != "death":
        raise UsageRejected(
            f"a store is for deaths, and the mapping is for {crime}", "Give the case file itself"
        )
    # A mapping is identified by the name of a ready one, or by a sum of the file.
    identified = file_digest(mapping) if isinstance(mapping, Path) else mapping or ""
    if sources.profile is None and is_store(folder) and not new_profile:
        sources = replace(sources, profile=read_manifest(folder).profile)
    papers = read_stored_history(sources)
    return add_papers(folder, papers, identified, new_profile=new_profile)


def add_papers(
    folder: Path, papers: StoredHistory, mapping: str = "", *, new_profile: bool = False
) -> Added:
    """Add papers that were read already; otherwise as `add_to_store`.

    `mapping` identifies the mapping by which papers are read; all of a store have one.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageRejected(f"{folder.name} is a file", "Name a folder for the store")
    if folder.is_dir() and not is_store(folder):
        # Only the rest of a first addition may be there.
        ours = {path.name for path in left_over(folder, None)} | {LOCK, CHECKED}
        if any(path.name not in ours for path in folder.iterdir()):
            raise UsageRejected(
                f"{folder.name} has other files, so it is not a store",
                "Name an empty folder or a new one",
            )
    refuse_link(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone_in(folder):
        store = Store(folder) if is_store(folder) else None
        manifest = Manifest(papers.timezone, mapping) if store is None else store.manifest
        first, second = dict(manifest.profile), dict(papers.profile)
        profile = first | second if new_profile else second | first
        if (manifest.timezone, manifest.mapping) != (papers.timezone, mapping):
            raise UsageRejected(
                f"the store was begun with time zone {manifest.timezone} and"
                f" {'a' if manifest.mapping else 'no'} mapping, and these are others",
                "Use the same --timezone and --mapping for all additions",
            )
        for rest in left_over(folder, None if store is None else manifest):
            rest.unlink()
        handed = _sort_papers(papers, store)
        touched = {paper.case_id for paper in handed.new}
        before = {one["key"] for one in manifest.accounts}
        if touched or store is None:
            histories, rejects = _histories(papers, handed, touched)
            handed.rejects += rejects
            addition = _addition(store, histories, handed.new, manifest.timezone)
            segment = write_segment(folder, len(manifest.segments) + 1, addition)
            segments = (*manifest.segments, segment)
            manifest = replace(manifest, segments=segments, profile=profile)
        account, key = _account(papers, handed)
        if papers.read and key not in before:
            kept = {"key": key, "account": account.to_json()}
            manifest = replace(manifest, accounts=(*manifest.accounts, kept))
        if store is None or manifest != store.manifest:
            write_manifest(folder, manifest)
        cases = Store(folder).case_count()
    rows = [paper.case_id for paper in handed.new if paper.what == "row"]
    return Added(
        new_cases=len(rows),
        new_facts=sum(paper.what == "fact" for paper in handed.new),
        known=handed.known,
        changed=len(touched.difference(rows)),
        cases=cases,
        rejects=(*papers.rejects, *handed.rejects),
        warnings=(*papers.warnings, *papers.reading.notes.lines()),
        account=account,
    )


def _account(papers: StoredHistory, handed: StoreAddition) -> tuple[InputAccount, str]:
    """Return the account of an addition, and a key that is the same for the same files.

    Fields are read only of the cases that an addition touches, so that adding a file twice finds
    fewer refused fields; what the rows said is the same both times.
    """
    file = papers.reading.file
    rejects = (*papers.rejects, *handed.rejects)
    account = account_for(
        file, rejects, rows=papers.read, not_read=papers.not_read,
        case_ids=papers.rows, notes=papers.notes,
    )  # fmt: skip
    rows = [[one.file, one.row, one.reason] for one in papers.rejects]
    facts = {case_id: [text for text, _ in own] for case_id, own in papers.facts.items()}
    whole = json.dumps([file, papers.read, papers.rows, facts, rows], sort_keys=True)
    return account, hashlib.sha256(whole.encode()).hexdigest()


def _sort_papers(papers: StoredHistory, store: Store | None) -> StoreAddition:
    """Separate new papers from those that are in the store and those that it cannot take."""
    asked = papers.rows.keys() | papers.facts.keys() | papers.ruled.keys()
    handed = StoreAddition({}, {}, {}, [], [])
    for paper in () if store is None else store.papers_of(asked):
        if paper.what == "row":
            handed.rows[paper.case_id] = (paper.text, 0)
        elif paper.what == "fact":
            handed.facts.setdefault(paper.case_id, []).append((paper.text, 0))
        else:
            handed.ruled.setdefault(paper.case_id, set()).add(paper.text)
    file = papers.reading.file
    for case_id, text in papers.rows.items():
        number = papers.numbers[case_id]
        before = handed.rows.setdefault(case_id, (text, number))
        if before[1] == number:
            handed.new.append(Paper(case_id, "row", text))
        elif before[0] == text:
            handed.known += 1
        else:
            reason = "the store already has this case with other values; give changes as facts"
            handed.rejects.append(Reject(file, number, "case_id", case_id, reason, kept=False))
    _sort_facts(papers, handed)
    for case_id, fields in papers.ruled.items():
        if case_id in handed.rows:
            ruled = handed.ruled.setdefault(case_id, set())
            handed.new += [Paper(case_id, "ruled", name) for name in sorted(fields - ruled)]
            ruled |= fields
    return handed


def _sort_facts(papers: StoredHistory, handed: StoreAddition) -> None:
    for case_id, own in papers.facts.items():
        facts = handed.facts.setdefault(case_id, [])
        texts = {text for text, _ in facts}
        for text, row in own:
            if case_id not in handed.rows:
                reason = "neither the store nor the case file has a case of this id"
                handed.rejects.append(
                    Reject(papers.facts_name, row, "case_id", case_id, reason, kept=False)
                )
            elif text in texts:
                handed.known += 1
            else:
                facts.append((text, row))
                handed.new.append(Paper(case_id, "fact", text))


def _histories(
    papers: StoredHistory, handed: StoreAddition, touched: set[str]
) -> tuple[list[CaseHistory], list[Reject]]:
    """Make the whole history of every touched case, exactly as from one pair of files."""
    drafts = [draft_from_text(case_id, *handed.rows[case_id]) for case_id in sorted(touched)]
    facts = FactsFile(papers.facts_name)
    for case_id in sorted(touched):
        own = [fact_from_text(case_id, text, row) for text, row in handed.facts.get(case_id, ())]
        ruled = handed.ruled.get(case_id, set()) | {fact.field for fact in own}
        if ruled:
            facts.by_case[case_id], facts.ruled[case_id] = own, ruled
    columns = {name for draft in drafts for name in draft.texts}
    histories = build_histories(drafts, columns, papers.reading, facts)
    return histories.built, [reject for reject in histories.rejects if reject.row]


def check_papers(papers: StoredHistory, case_id: str) -> None:
    """Make the history of one case of these papers, code it, and throw both away.

    Raises
    ------
    Exception
        Whatever making them raises: no store can take this case.
    """
    row = {case_id: (papers.rows[case_id], papers.numbers[case_id])}
    facts = {case_id: papers.facts[case_id]} if case_id in papers.facts else {}
    ruled = {case_id: papers.ruled[case_id]} if case_id in papers.ruled else {}
    made, _ = _histories(papers, StoreAddition(row, facts, ruled, [], []), {case_id})
    to_columns([case for history in made for _, case in history.versions], papers.timezone)


def _addition(
    store: Store | None, histories: Sequence[CaseHistory], new: Sequence[Paper], timezone: str
) -> Addition:
    """Code all versions of these histories behind what is in the store."""
    if store is not None:
        versions = [version for history in histories for version in history.versions]
        codes, first = codes_of(store), store.columns()[0]
        rows = reference_rows(store.manifest.segments[0].taught)
        near: Array = first.xyz[rows][first.density[rows] >= 0]
        cols, wider = code_behind(codes, near, [case for _, case in versions], timezone)
        return Addition(versions, cols, _new_names(codes, wider), new)
    # The first addition teaches: of each case its latest version, and its earlier ones behind.
    latest = {history.case_id: history.versions[-1] for history in histories}
    coded = to_columns([case for _, case in latest.values()], timezone)
    versions = [latest[case.case_id] for case in coded.cases]
    earlier = [version for history in histories for version in history.versions[:-1]]
    near = coded.cols.xyz[coded.reference][coded.cols.density[coded.reference] >= 0]
    more, codes = code_behind(coded.codes, near, [case for _, case in earlier], timezone)
    cols = stack_rows(coded.cols, more) if earlier else coded.cols
    return Addition([*versions, *earlier], cols, _new_names(None, codes), new, len(versions))


def codes_of(store: Store) -> Codes:
    """Return what the codes of a store's columns mean; its values are not counted."""
    items = store.names_of("items")
    kinds = items.kinds.tolist()
    return Codes(
        items=tuple((ITEM_TYPES[k], value) for k, value in zip(kinds, items.values, strict=True)),
        item_type=items.kinds,
        item_against=items.against,
        item_counts=np.zeros(len(kinds), np.int64),
        item_known=np.zeros(0, np.int64),
        **{group: store.names_of(group).values for group in GROUPS[1:]},
    )


def _new_names(before: Codes | None, codes: Codes) -> list[Name]:
    """List the names that `codes` has behind those of `before`."""
    known = 0 if before is None else len(before.items)
    kinds, against = codes.item_type.tolist(), codes.item_against.tolist()
    found = [
        Name("items", kinds[k], against[k], codes.items[k][1])
        for k in range(known, len(codes.items))
    ]
    for group in GROUPS[1:]:
        known = 0 if before is None else len(getattr(before, group))
        found += [Name(group, 0, 0, value) for value in getattr(codes, group)[known:]]
    return found
