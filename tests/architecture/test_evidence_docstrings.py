"""What an evidence says of itself is shown to reviewers: it exists, is its own, and reads well."""

from __future__ import annotations

import ast
import re

import pytest
from source_trees import trees

EVIDENCES = ("cause", "entities", "place", "scene", "shared", "substances", "timing", "victim")
TOOLS = {"comparison/evidence/__init__.py", "comparison/evidence/levels.py"}
JARGON = re.compile(
    r"\b(LR|LLR|bans?|deciban|logit|Bayes\w*|posterior|prior|likelihood|p-?value|numpy|numba|jit"
    r"|int32|bitset|dataclass)\b|log10"
)
CARRIES = re.compile(
    r"\b(weigh|weighs|weight|count|counts|counted|say|says|speak|speaks|compared)\b"
)


def docstring(evidence: str) -> str:
    return ast.get_docstring(trees()[f"comparison/evidence/{evidence}.py"]) or ""


def test_every_evidence_is_on_the_list() -> None:
    found = {name for name in trees() if name.startswith("comparison/evidence/")} - TOOLS
    assert found == {f"comparison/evidence/{name}.py" for name in EVIDENCES}


@pytest.mark.parametrize("evidence", EVIDENCES)
def test_it_is_long_enough_to_tell_something(evidence: str) -> None:
    text = docstring(evidence)
    assert len(text) >= 200
    first, _, rest = text.partition("\n")
    assert first.endswith(".")
    assert rest.strip()
    assert CARRIES.search(text), "it says what carries weight"
    assert all(ord(c) < 0x2000 for c in text)


@pytest.mark.parametrize("evidence", EVIDENCES)
def test_it_speaks_to_people(evidence: str) -> None:
    paragraphs = docstring(evidence).split("\n\n")
    assert not JARGON.search(" ".join(paragraphs[:2])), "jargon where reviewers read"
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(" ".join(paragraphs).split()))
    assert max(len(sentence.split()) for sentence in sentences) <= 45, "a sentence has an end"


def test_each_is_its_own() -> None:
    texts = [docstring(evidence) for evidence in EVIDENCES]
    firsts = [text.split("\n")[0] for text in texts]
    assert len(set(texts)) == len(set(firsts)) == len(EVIDENCES)
    for one in EVIDENCES:
        words = set(re.findall(r"[a-z]{4,}", docstring(one).casefold()))
        for other in EVIDENCES:
            if other != one:
                shared = words & set(re.findall(r"[a-z]{4,}", docstring(other).casefold()))
                assert len(shared) < 0.6 * len(words), f"{one} repeats {other}"
