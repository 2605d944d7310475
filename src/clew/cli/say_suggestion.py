"""A proposed mapping, in words and for machines."""

from __future__ import annotations

import json
from pathlib import Path

from clew.cli import options as opt
from clew.intake.suggest.suggestion import Suggestion

_HEADS = {
    "column": "Columns",
    "date_format": "Times as they are written",
    "substances_from": "Read for substances too",
    "value": "Values",
    "trait": "Sensitive traits, held apart",
    "drop": "Dropped",
    "plain": "Kept as plain facts",
}


def print_suggestion(suggestion: Suggestion, target: Path) -> None:
    """Print every line of a proposal with its reason."""
    opt.show(f"A mapping for {suggestion.file}, proposed from {suggestion.rows:,} rows.")
    for kind, head in _HEADS.items():
        lines = suggestion.of(kind)
        if not lines:
            continue
        opt.show(f"\n{head}:")
        for line in lines:
            what = line.extra.replace("\x1f", " -> ") if line.kind == "value" else line.theirs
            if line.kind == "date_format":
                what = f"{line.theirs}, {line.extra}"
            ours = f" -> {line.ours}" if line.ours and line.kind in {"column", "trait"} else ""
            ours = f" ({line.ours})" if line.kind == "value" else ours
            opt.show(f"  {what}{ours}: {line.why}")
    opt.show("")
    for one in suggestion.lacking:
        opt.show(f"To settle: {one}.")
    for one in suggestion.tried:
        opt.show(one)
    opt.show(f"Written to {target}. Read every line, then use --mapping {target}")


def suggestion_json(suggestion: Suggestion, target: Path) -> str:
    """Return a proposal as one line of JSON."""
    told = {
        "file": suggestion.file,
        "rows": suggestion.rows,
        "written": str(target),
        "lines": [
            {
                "kind": line.kind,
                "theirs": line.theirs,
                "ours": line.ours,
                "extra": line.extra.replace("\x1f", " -> "),
                "why": line.why,
            }
            for line in suggestion.lines
        ],
        "to_settle": suggestion.lacking,
        "tried": suggestion.tried,
    }
    return json.dumps(told, ensure_ascii=False)
