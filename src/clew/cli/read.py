"""`clew read`: what the records' own prose says, with the words that say so."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from clew.cli import options as opt
from clew.disclosure.input_words import input_json
from clew.disclosure.words import count_of
from clew.errors import InputRejected
from clew.intake.cases.row_parsers import FROM_PROSE
from clew.intake.cases.rows import write_rejects
from clew.intake.prose.prose_fact import ProseFact, Report
from clew.intake.prose.read import read_narrative
from clew.intake.prose.readings_csv import (
    ProseReading,
    key_of_fact,
    read_settled,
    write_facts,
    write_readings,
)
from clew.model.case_file import Reject
from clew.model.input_account import InputAccount
from clew.outputs import output_folder
from clew.vocabulary.load import words

Confirm = Annotated[
    Path | None,
    typer.Option(help="The drawn.csv of an earlier run, with yes or no in the column confirmed."),
]
PRINTED = 20
"""Records whose facts are printed; drawn.csv has all."""
_VOCABULARIES = frozenset(
    ["posture", "lividity", "clothing", "injuries", "body_state", "scene", "missing_items"]
)


Narratives = Annotated[
    Path, typer.Argument(help="Case file with a narrative column, or one report as a .txt file.")
]


@opt.writes_csv
@opt.takes_sources("facts", "mapping", "timezone", cases=Narratives)
def read(
    sources: opt.Sources,
    confirm: Confirm = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Read the narratives of a case file into facts, each with the words that say so.

    Nothing is confirmed until a person confirms it. Columns that a facts file fills are not filled
    from prose. In a time zone of the United States, 3/4 is the fourth of March. Each printed line
    begins with a mark: = read as a fact, - denied, ? uncertain, ^ in the past, @ about another
    person.

    Writes drawn.csv, facts.csv and rejects.csv.

    Example: clew read deaths.csv --out monday

    Example: clew read deaths.csv --confirm monday/drawn.csv --out tuesday
    """
    rejects: tuple[Reject, ...] = ()
    account = InputAccount()
    if sources.cases.suffix.lower() == ".txt":
        path = sources.cases
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise InputRejected(
                path.name, f"the text cannot be read ({fault})", "Give UTF-8 text"
            ) from None
        readings = [ProseReading(path.stem, "", frozenset(), read_narrative(text))]
    else:
        case_file = sources.read()
        account = case_file.account
        readings, rejects, zone = [], case_file.rejects, ZoneInfo(case_file.timezone)
        for history in case_file.histories:
            case = history.versions[-1][1]
            if not case.narrative:
                continue
            told = [at for at, version in history.versions if version.narrative == case.narrative]
            report = Report.from_instant(case.case_id, case.reported_at, case_file.timezone)
            blank = frozenset(filter(None, case.extra.get(FROM_PROSE, "").split("; ")))
            known_at = datetime.fromtimestamp(told[0], zone).isoformat()
            facts = read_narrative(case.narrative, report)
            readings.append(ProseReading(case.case_id, known_at, blank, facts))
    settled = {} if confirm is None else read_settled(confirm)
    with output_folder(out):
        write_readings(out / "drawn.csv", readings, settled)
        write_facts(out / "facts.csv", readings, settled)
        write_rejects(out / "rejects.csv", rejects)
    if as_json:
        if account.file:
            print(json.dumps({"input": input_json(account)}, ensure_ascii=False))
        for reading in readings:
            print(json.dumps(_to_json(reading), ensure_ascii=False))
        return
    for reading in readings[:PRINTED]:
        _print(reading)
    counted = Counter(fact.field for reading in readings for fact in reading.facts if fact.applies)
    answers = [
        settled.get(key_of_fact(reading.case_id, fact))
        for reading in readings
        for fact in reading.facts
    ]
    yes, no, left = (answers.count(answer) for answer in (True, False, None))
    opt.show_input(account)
    opt.show(
        f"{count_of(len(readings), 'record', 'records')} with a narrative."
        f" Facts confirmed: {yes:,}; rejected: {no:,}; not checked yet: {left:,}."
    )
    drawn = ", ".join(f"{name} {n:,}" for name, n in counted.most_common())
    opt.show(f"Read as facts: {drawn or 'none'}.")
    opt.show(
        "No fact counts as confirmed until a person checks it."
        " Write yes or no in drawn.csv, and give that file to --confirm."
    )
    opt.show(f"Written to {out}: drawn.csv, facts.csv, rejects.csv")


def _print(reading: ProseReading) -> None:
    opt.show(reading.case_id)
    for fact in reading.facts:
        value = fact.value
        if fact.field in _VOCABULARIES:
            value = words(fact.field).label(fact.value)
        opt.show(
            f"  {_mark(fact)} {fact.field}: {value}"
            f' [{fact.start}-{fact.end} "{" ".join(fact.quote.split())}"] {fact.basis}'
        )
    opt.show("")


def _mark(fact: ProseFact) -> str:
    """Return one mark: = drawn, - denied, ? uncertain, ^ past, @ another person's."""
    if fact.stance != "affirmed":
        return "-" if fact.stance == "denied" else "?"
    if fact.person == "other":
        return "@"
    return "^" if fact.when == "before" else "="


def _to_json(reading: ProseReading) -> dict[str, object]:
    names = {name: name for name in ("field", "value", "start", "end", "quote")}
    names |= {
        "said": "stance",
        "of": "person",
        "when": "when",
        "basis": "basis",
        "drawn": "applies",
    }
    return {
        "case_id": reading.case_id,
        "facts": [
            {name: getattr(fact, attribute) for name, attribute in names.items()}
            for fact in reading.facts
        ],
    }
