"""Nothing that people read at the desk has a banned form; each planted one is found."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import clew.desk
from banned_forms import (
    FORMS,
    Form,
    find_banned,
    find_dates,
    long_sentences,
    text_of_template,
)

DESK = Path(clew.desk.__file__).parent
SOURCE, CHECKOUT = DESK.parent, DESK.parents[2]
REPORTS = sorted((SOURCE / "disclosure" / "templates").glob("*.j2"))
LOGS = {"benchmarks-log.md"}
"""Documents that scripts write run by run; a past run is not rewritten."""
DOCUMENTS = sorted(
    path
    for path in (*(CHECKOUT / "docs").rglob("*.md"), CHECKOUT / "README.md")
    if "decisions" not in path.parts and path.name not in LOGS
)
"""Decisions are left out: a decision stays as it was made."""
TEMPLATES = sorted((DESK / "templates").rglob("*.html"))
LONG = frozenset(
    {
        # Fixed sentences of mission.md and lists of names, which are read as lists.
        "Every collection, alteration, consultation, disclosure, combination, erasure, decision",
    }
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_planted_form_is_found(form: Form) -> None:
    assert form.name in {found.form for found in find_banned(form.planted)}
    page = f'<p class="govuk-body">{form.planted}</p>'
    assert form.name in {found.form for found in find_banned(text_of_template(page))}
    hidden = f'<nav aria-label="{form.planted}"></nav>'
    assert form.name in {found.form for found in find_banned(text_of_template(hidden))}


def test_a_quotation_is_passed_over() -> None:
    assert not find_banned('They wrote: "whoever did this". It is on the record.')


def test_dates_are_written_in_one_form() -> None:
    assert find_dates("Due 2015-09-14 or 14/09/2015, or September 14, 2015.") == [
        "2015-09-14", "14/09/2015", "September 14, 2015",
    ]  # fmt: skip
    assert not find_dates("Due 14 September 2015. Enter a date, like 2015-09-14")


def test_a_long_sentence_is_found() -> None:
    assert long_sentences("word " * 26 + ".") == [" ".join(["word"] * 26) + " ."]
    assert not long_sentences("word " * 25 + ".")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(DESK).as_posix())
def test_templates_have_plain_words(path: Path) -> None:
    text = text_of_template(path.read_text("utf-8"))
    assert [str(found) for found in find_banned(text)] == []
    assert find_dates(text) == []
    assert [one for one in long_sentences(text) if not any(one.startswith(s) for s in LONG)] == []


SILENT = frozenset({"write", "write_for", "consulted", "write_ledger_row", "_write", "compile"})
"""Calls whose words are keys of the ledger or of the code, not read on a page."""


def spoken(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the sentences of a module that people may read: strings of two words and more."""
    tree = ast.parse(path.read_text("utf-8"))
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in SILENT:
                silent |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(id(node.value))  # a docstring
        if isinstance(node, ast.JoinedStr) and id(node) not in silent:
            parts = node.values
            silent |= {id(part) for part in parts}
            yield (
                node.lineno,
                "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "X" for part in parts
                ),
            )
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in silent
        ):
            yield node.lineno, node.value


MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_messages_have_plain_words(path: Path) -> None:
    found = [
        f"{line}: {one}"
        for line, text in spoken(path)
        if text.count(" ") >= 2 and "SELECT " not in text
        for one in find_banned(text)
    ]
    assert found == []


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
def test_reports_have_plain_words(path: Path) -> None:
    text = text_of_template(path.read_text("utf-8"))
    assert [str(found) for found in find_banned(text)] == []
    assert find_dates(text) == []
    assert long_sentences(text) == []


def documented(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the docstrings of a module's public functions: those of commands are their help."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.lineno, ast.get_docstring(node) or ""


HELP = sorted((SOURCE / "cli").glob("*.py"))


@pytest.mark.parametrize("path", HELP, ids=lambda path: path.name)
def test_help_has_plain_words(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for line, text in documented(tree):
        said = re.split(r"Example:|Parameters\n|Raises\n", text)[0]
        paragraphs = "\n".join(part.replace("\n", " ") for part in said.split("\n\n"))
        assert [f"{line}: {one}" for one in find_banned(paragraphs)] == []
        if "Parameters" not in said:
            assert [one for one in long_sentences(paragraphs, 30) if "Writes" not in one] == []


def prose_of(document: str) -> list[str]:
    """Return the lines of a Markdown document without code and addresses."""
    plain = re.sub(r"```.*?```", "", document, flags=re.DOTALL)
    plain = re.sub(r"^ {4,}.*$", "", plain, flags=re.MULTILINE)
    plain = re.sub(r"`[^`]*`", "X", plain)
    return re.sub(r"\]\([^)]*\)", "]", plain).split("\n")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents_have_plain_words(path: Path) -> None:
    lines = prose_of(path.read_text("utf-8"))
    found = [f"{at}: {one}" for at, line in enumerate(lines, 1) for one in find_banned(line)]
    assert found == []


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_planted_form_is_found_in_code_help_and_documents(form: Form, tmp_path: Path) -> None:
    module = tmp_path / "planted.py"
    words = form.planted.replace('"', "'")
    module.write_text(f'''def show():\n    """{words}"""\n    print("{words}")\n''', "utf-8")
    assert form.name in {one.form for _, text in spoken(module) for one in find_banned(text)}
    told = documented(ast.parse(module.read_text("utf-8")))
    assert form.name in {one.form for _, text in told for one in find_banned(text)}
    lines = prose_of(f"# A page\n\n| a | {form.planted} |\n")
    assert form.name in {one.form for line in lines for one in find_banned(line)}
