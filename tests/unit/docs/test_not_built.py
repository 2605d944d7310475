"""What a document says is not built does not exist; what exists is not said to be missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import typer

from clew.cli.app import app

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "src" / "clew"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MEASURED = {"benchmarks.md", "benchmarks-log.md", "replay-barking.md"}
"""Written by programs: their words are those of measurements."""
CLAIM = re.compile(
    r"\bnot (?:yet )?(?:built|begun|implemented|finished)\b"
    r"|\bnot (?:used )?yet\b|\bnone yet\b|\b(?:is|are) missing so far\b"
    r"|\bno command (?:calls|uses|runs|does)\b|\bdo(?:es)? not exist yet\b",
    re.IGNORECASE,
)
STEPS = re.compile(r"\n\s*\n|\s\|\s|\n(?=- |\| |#)|(?<=[.;])\s")


@cache
def command_words() -> frozenset[str]:
    found = set()
    for name, one in typer.main.get_command(app).commands.items():
        found |= {name, *getattr(one, "commands", {})}
    return frozenset(found)


@cache
def addresses() -> frozenset[str]:
    """Return the first word of every address of the desk."""
    text = "\n".join(path.read_text("utf-8") for path in SOURCES.rglob("urls.py"))
    return frozenset(re.findall(r"path\(\s*\"([a-z][\w-]*)", text))


@cache
def sources() -> dict[str, str]:
    return {str(p.relative_to(SOURCES)): p.read_text("utf-8") for p in SOURCES.rglob("*.py")}


def no_word_begins(*stems: str) -> Callable[[], bool]:
    """Return whether no command and no page of the desk begins so."""
    return lambda: not any(word.startswith(stems) for word in command_words() | addresses())


def nowhere(name: str, *among: str) -> Callable[[], bool]:
    """Return whether a name that exists is in no source whose path has one of those parts."""

    def found() -> bool:
        assert any(re.search(rf"\bdef {name}\b", text) for text in sources().values()), name
        near = [text for path, text in sources().items() if any(part in path for part in among)]
        return not any(re.search(rf"\b{name}\b", text) for text in near)

    return found


class Claim(NamedTuple):
    """One claim that is allowed: its page, words of it, and what must be true."""

    page: str
    words: str
    holds: Callable[[], bool]


def no_address_begins(*stems: str) -> Callable[[], bool]:
    """Return whether no page of the desk begins so."""
    return lambda: not any(word.startswith(stems) for word in addresses())


DESK_AUDIT = no_address_begins("audit", "equality", "plan")
CLAIMS = (
    Claim("README.md", "the public report", no_word_begins("disclose", "publish", "public")),
    Claim("README.md", "exchange between forces", no_word_begins("exchange", "send")),
    Claim("docs/equality.md", "Not built yet", no_word_begins("fairness", "shown")),
    Claim("docs/risks.md", "own page for it is not built", DESK_AUDIT),
    Claim("docs/method/victim.md", "not built yet", no_word_begins("fairness", "shown")),
    Claim("docs/method/equality.md", "Not built yet", DESK_AUDIT),
    Claim("docs/method/groups.md", "No command uses this", no_word_begins("groups")),
    Claim("docs/desk/rounds.md", "not yet merged", nowhere("merge_reports", "desk")),
    Claim("docs/how-to/cluster.md", "they do not yet", nowhere("rank_pruned", "spark")),
    Claim(
        "docs/how-to/cluster.md",
        "No command calls it",
        nowhere("rank_new", "cli", "workflows", "desk"),
    ),
)


def clauses_of(path: Path) -> list[str]:
    return [" ".join(step.split()) for step in STEPS.split(path.read_text("utf-8"))]


def claimed() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), clause)
        for path in PAGES
        if path.name not in MEASURED
        for clause in clauses_of(path)
        if CLAIM.search(clause)
    ]


def test_the_search_finds_a_claim():
    said = "sealing, roles and logs are not built; whoever holds the file sees all"
    assert [clause for clause in STEPS.split(said) if CLAIM.search(clause)]
    assert CLAIM.search("Not built yet: `desk`, and `ledger`.")
    assert {"link", "desk", "verify"} <= command_words()
    assert {"queue", "record", "oversight"} <= addresses()


def test_no_claim_names_a_command_that_exists():
    for page, clause in claimed():
        for word in re.findall(r"`(?:clew )?([\w -]+)`", clause):
            assert word not in command_words(), (page, clause)


def test_every_claim_is_one_of_those_that_are_checked():
    for page, clause in claimed():
        assert any(c.page == page and c.words in clause for c in CLAIMS), (page, clause)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.page}: {claim.words}")
def test_a_claim_is_made_and_true(claim: Claim):
    clauses = [clause for page, clause in claimed() if page == claim.page]
    assert any(claim.words in clause for clause in clauses), "nobody says so: remove it here"
    assert claim.holds(), "it exists now: correct the document"
