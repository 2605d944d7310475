"""`clew read`: what the records' own prose tells, with the words that say so."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from clew.cli import options as opt
from clew.errors import InputRejected
from clew.intake.cases.rows import write_rejects
from clew.intake.prose.read import ProseFact, read_narrative
from clew.intake.prose.readings_csv import ProseReading, read_sheet, write_facts, write_sheet
from clew.model.case_file import Reject
from clew.vocabulary.load import words
from clew.workflows.narrative import count_settled, read_prose

Narratives = Annotated[
    Path, typer.Argument(help="Case file with a narrative column, or one report as a .txt file.")
]
Confirm = Annotated[
    Path | None,
    typer.Option(help="The drawn.csv of an earlier run, with yes or no in the column confirmed."),
]
_NONE: tuple[Reject, ...] = ()
PRINTED = 20
"""Records whose facts are printed; all stand in drawn.csv."""
_VOCABULARIES = frozenset(
    ["posture", "lividity", "clothing", "injuries", "body_state", "scene", "missing_items"]
)


def read(
    cases: Narratives,
    facts: opt.Facts = None,
    mapping: opt.Mapping = None,
    timezone: opt.Timezone = None,
    confirm: Confirm = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Read the narratives of a case file into facts, each with the words that say so.

    Nothing is confirmed until a person confirms it. Columns that a facts file fills are not filled
    from prose. In an American time zone 3/4 is the fourth of March. Each printed line begins with a
    mark: = read as a fact, - denied, ? uncertain, ^ in the past, @ about another person.

    Writes drawn.csv, facts.csv and rejects.csv.

    Example: clew read deaths.csv --out monday

    Example: clew read deaths.csv --confirm monday/drawn.csv --out tuesday
    """
    if cases.suffix.lower() == ".txt":
        told, rejects = [_of_text(cases)], _NONE
    else:
        case_file = opt.Sources(cases, facts, None, mapping, timezone).read()
        told, rejects = read_prose(case_file), case_file.rejects
    settled = {} if confirm is None else read_sheet(confirm)
    out.mkdir(parents=True, exist_ok=True)
    write_sheet(out / "drawn.csv", told, settled)
    write_facts(out / "facts.csv", told, settled)
    write_rejects(out / "rejects.csv", rejects)
    if as_json:
        for one in told:
            print(json.dumps(_to_json(one), ensure_ascii=False))
        return
    for one in told[:PRINTED]:
        _print(one)
    counted = Counter(fact.field for one in told for fact in one.drawn if fact.holds)
    yes, no, left = count_settled(told, settled)
    opt.show(
        f"{len(told):,} records with prose;"
        f" confirmed {yes:,}, refused {no:,}, not looked at {left:,}."
    )
    drawn = ", ".join(f"{name} {n:,}" for name, n in counted.most_common())
    opt.show(f"Drawn: {drawn or 'nothing'}.")
    opt.show(
        "Nothing is confirmed by being drawn."
        " Write yes or no in drawn.csv, and give that to --confirm."
    )
    opt.show(f"Written to {out}: drawn.csv, facts.csv, rejects.csv")


def _of_text(path: Path) -> ProseReading:
    """Return one report that is a text file."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputRejected(
            path.name, f"the text cannot be read ({fault})", "Give UTF-8 text"
        ) from None
    return ProseReading(path.stem, "", frozenset(), read_narrative(text))


def _print(one: ProseReading) -> None:
    opt.show(one.case_id)
    for fact in one.drawn:
        opt.show(
            f"  {_state(fact)} {fact.field}: {_label(fact)}"
            f' [{fact.start}-{fact.end} "{" ".join(fact.quote.split())}"] {fact.basis}'
        )
    opt.show("")


def _state(fact: ProseFact) -> str:
    """Return one mark: drawn, denied, uncertain, past, somebody else's."""
    if fact.said != "affirmed":
        return "-" if fact.said == "denied" else "?"
    if fact.of == "other":
        return "@"
    return "^" if fact.when == "before" else "="


def _label(fact: ProseFact) -> str:
    return words(fact.field).label(fact.value) if fact.field in _VOCABULARIES else fact.value


def _to_json(one: ProseReading) -> dict[str, object]:
    return {
        "case_id": one.case_id,
        "facts": [
            {
                "field": f.field,
                "value": f.value,
                "start": f.start,
                "end": f.end,
                "quote": f.quote,
                "said": f.said,
                "of": f.of,
                "when": f.when,
                "basis": f.basis,
                "drawn": f.holds,
            }
            for f in one.drawn
        ],
    }
