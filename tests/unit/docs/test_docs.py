"""What the documents say is what the code does: examples run, lists and numbers are compared."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
import pytest
import typer

import clew
from clew.cli.app import app
from clew.cli.link import print_answer
from clew.desk.configuration import Configuration
from clew.disclosure.csv_files import LINK_COLUMNS, SERIES_COLUMNS
from clew.disclosure.words import REASON_TO_LOOK, REFUSED_USES, SILENCE
from clew.intake.cases import facts
from clew.intake.cases import rows as rejects
from clew.intake.cases.contract import COLUMNS, TRAIT_PREFIX
from clew.intake.inputs import baselines, judgements
from clew.intake.inputs.register_files import TRACKER_COLUMNS
from clew.model.contract import ALERT_COLUMNS, CLUSTER_COLUMNS, KEY_COLUMNS, SHEET_COLUMNS
from clew.model.excess import EXCESS_COLUMNS
from clew.model.identity import (
    IDENTITY_COLUMNS,
    IDENTITY_DECISION_COLUMNS,
    REGISTER_COLUMNS,
    UNDECIDED_COLUMNS,
    Sameness,
)
from clew.oversight.register.nouns import NOUNS
from clew.version import VERSION

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
EXAMPLES = [
    ROOT / "README.md",
    *(DOCS / "tutorial" / f"{n}.md" for n in ("first-link", "year-after")),
]
PYTHON = [ROOT / "README.md", DOCS / "tutorial" / "python.md"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SAVED = re.compile(r"`([\w.-]+\.csv)`")
ARITHMETIC = {"__init__", "levels"}
"""Modules of comparison/evidence/ that hold no evidence of their own."""
PAGE_OF = {"shared": "shared-values"}


def page_id(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def declared() -> dict:
    return json.loads(
        (ROOT / "src/clew/comparison/weights/declared.json").read_text(encoding="utf-8")
    )


def rows_of(table: str) -> list[list[str]]:
    """Return the body of the first Markdown table in a text, cells stripped of backticks."""
    lines = []
    for line in table.splitlines():
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line.strip("|"))
            lines.append([cell.strip().strip("`").replace("\\|", "|") for cell in cells])
        elif lines:
            break
    return lines[2:]


def marked(mark: str) -> list[tuple[Path, str, list[list[str]]]]:
    """Return page, name and rows of every table under `<!-- mark: name -->`."""
    found = [
        (path, match[1] or "", rows_of(text_of(path)[match.end() :]))
        for path in sorted((DOCS / "method").glob("*.md"))
        for match in re.finditer(rf"<!-- {mark}(?:: ([\w.]+))? -->", text_of(path))
    ]
    assert found, f"no table is marked {mark}"
    return found


# Examples


def matches(seen: str, shown: str) -> bool:
    """Tell whether output is as shown; a line `...` stands for any lines, or none."""
    parts = re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE)
    return re.fullmatch(r"(?:.*\n)?".join(map(re.escape, parts)), seen, re.DOTALL) is not None


def test_matches_is_strict():
    assert matches("a\nb\nc\n", "a\n...\nc\n")
    assert matches("a\nc\n", "a\n...\nc\n")
    assert not matches("a\nb\nbc\n", "a\n...\nc\n")
    assert not matches("a\nb\n", "a\n")


@pytest.mark.parametrize("path", EXAMPLES, ids=page_id)
def test_examples_run_and_print_what_is_shown(path: Path, tmp_path: Path):
    env = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONIOENCODING": "utf-8",
    }
    page, run = text_of(path), 0
    for block in FENCE.finditer(page):
        language, body = block.groups()
        if language == "csv":
            name = SAVED.findall(page[: block.start()])[-1]
            (tmp_path / name).write_text(body, encoding="utf-8")
            continue
        if language == "python":
            continue  # run below
        assert language == "console", f"a block of '{language}' is not run"
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", body, re.MULTILINE):
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                cwd=tmp_path,
                env=env,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, f"{command}: {done.stderr}"
            assert matches(done.stdout, shown), f"{command} printed:\n{done.stdout}"
            run += 1
    assert run >= 3


def test_link_on_the_readme_fits_one_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """24 lines of 80 columns or so, as `clew link` prints on the ten records of the README."""
    cases = next(m[2] for m in FENCE.finditer(text_of(ROOT / "README.md")) if m[1] == "csv")
    (tmp_path / "deaths.csv").write_text(cases, encoding="utf-8")
    answer = clew.link(tmp_path / "deaths.csv")
    print_answer(answer, Path("first"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert len(answer.links) > 10, "there is more to say than a screen holds"


@pytest.mark.parametrize("path", PYTHON, ids=page_id)
def test_python_runs(path: Path, tmp_path: Path):
    """The Python of a page, as one program beside the README's case file."""
    blocks = [m[2] for m in FENCE.finditer(text_of(path)) if m[1] == "python"]
    cases = next(m[2] for m in FENCE.finditer(text_of(ROOT / "README.md")) if m[1] == "csv")
    (tmp_path / "deaths.csv").write_text(cases, encoding="utf-8")
    (tmp_path / "page.py").write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "page.py"],
        cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert blocks
    assert done.returncode == 0, done.stderr
    assert "A-108 A-103" in done.stdout


def test_the_notebook_shows_what_its_cells_give():
    subprocess.run([sys.executable, ROOT / "scripts/run-notebook.py", "--check"], check=True)


def test_the_readme_is_short_and_names_real_targets():
    readme = text_of(ROOT / "README.md")
    assert len(readme.splitlines()) < 200
    targets = re.findall(r"^([\w-]+):", text_of(ROOT / "Makefile"), re.MULTILINE)
    named = set(re.findall(r"`make ([\w-]+)`", readme))
    assert {"setup", "demo", "test"} <= named <= set(targets)


# Commands


def commands() -> dict[str, click.Command]:
    """Return every command by its words: those of a group by both, and a group that runs."""
    found = {}
    for name, one in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(one, "commands", {})
        found |= {f"{name} {k}": c for k, c in inner.items()}
        if not inner or one.invoke_without_command:
            found[name] = one
    return found


def sections() -> dict[str, str]:
    parts = re.split(
        r"^## clew ([\w -]+)$", text_of(DOCS / "reference/commands.md"), flags=re.MULTILINE
    )
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_command_has_a_section_and_no_other():
    assert set(sections()) == set(commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_is_documented_and_no_other(name: str):
    params = commands()[name].params
    options = {opt for p in params if p.param_type_name == "option" for opt in p.opts}
    arguments = {p.name for p in params if p.param_type_name == "argument"}
    shown = [row[0] for row in rows_of(sections()[name])]
    assert len(shown) == len(set(shown))
    assert set(shown) == options | arguments | {"--help"}


def test_options_of_clew_itself_are_documented():
    top = text_of(DOCS / "reference/commands.md").split("\n## ")[0]
    shown = {row[0] for row in rows_of(top)}
    params = typer.main.get_command(app).params
    assert shown == {opt for p in params for opt in p.opts} | {"--help"}


# Columns


def test_every_column_that_intake_knows_is_documented_and_no_other():
    page = text_of(DOCS / "reference/columns.md").split("## The case file")[1]
    shown = [row[0] for row in rows_of(page)]
    assert len(shown) == len(set(shown))
    assert set(shown) == COLUMNS | {f"{TRAIT_PREFIX}*"}


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("## Facts file", facts.REQUIRED),
        ("## Coverage file", baselines.COVERAGE),
        ("## Judgement file", (*judgements.REQUIRED, *judgements.RELATIONS)),
        ("## What `clew link` writes", (*LINK_COLUMNS, *SERIES_COLUMNS, *rejects.COLUMNS)),
        ("## What `clew survey` writes", CLUSTER_COLUMNS),
        ("## Baseline file", baselines.BASELINE),
        ("## Centres file", baselines.CENTRES),
        ("## What `clew replay` writes", ALERT_COLUMNS),
        ("## Register\n", REGISTER_COLUMNS),
        ("## Register of findings", (*NOUNS, *TRACKER_COLUMNS)),
        ("## What `clew resolve` writes", (*IDENTITY_COLUMNS, *UNDECIDED_COLUMNS)),
        ("## Decisions file", (*IDENTITY_DECISION_COLUMNS, *Sameness)),
        ("## The weekly blind sample", (*SHEET_COLUMNS, *KEY_COLUMNS)),
        ("## Excess counts", (*EXCESS_COLUMNS, *baselines.COUNTS)),
    ],
)
def test_columns_of_the_other_files_are_documented(heading: str, names: tuple[str, ...]):
    section = text_of(DOCS / "reference/columns.md").split(heading)[1].split("\n## ")[0]
    shown = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", section))))
    assert set(names) <= shown


# Numbers


def test_tables_of_m_are_those_of_the_declared_table():
    levels = declared()["levels"]
    for path, name, rows in marked("m"):
        edges, m = levels[name]["edges"], levels[name]["m"]
        assert [row[0] for row in rows[-1:]] == ["more"], path
        assert [float(row[0]) for row in rows[:-1]] == edges, (path, name)
        assert [float(row[1]) for row in rows] == m, (path, name)
    assert sorted(name for _, name, _ in marked("m")) == sorted(levels)


def test_tables_of_consistency_are_those_of_the_declared_table():
    shown = [
        (row[0], float(row[1]), float(row[2])) for _, _, rows in marked("sets") for row in rows
    ]
    sets = declared()["sets"]
    held = [(name, one["consistency"], one["floor_bans"]) for name, one in sets.items()]
    assert sorted(shown) == sorted(held)


def test_tables_of_bounds_are_those_of_the_declared_table():
    shown = [(row[0], float(row[1]), row[2]) for _, _, rows in marked("bounds") for row in rows]
    bounds, notes = declared()["bounds"], declared()["notes"]
    assert sorted(shown) == sorted((name, value, notes[name]) for name, value in bounds.items())


@pytest.mark.parametrize("table", marked("code"), ids=lambda table: table[1])
def test_tables_of_constants_are_those_of_the_code(table: tuple[Path, str, list[list[str]]]):
    _, module, rows = table
    for name, shown in rows:
        held = getattr(importlib.import_module(module), name)
        parts = shown.split(", ")
        if isinstance(held, frozenset):
            assert set(parts) == held, name
        elif isinstance(held, tuple):
            assert tuple(map(float, parts)) == held, name
        else:
            assert float(shown) == held, name


# Pages


def test_each_evidence_has_a_method_page():
    modules = {path.stem for path in (ROOT / "src/clew/evidence").glob("*.py")} - ARITHMETIC
    for name in modules:
        assert (DOCS / "method" / f"{PAGE_OF.get(name, name)}.md").is_file(), name


@pytest.mark.parametrize("path", sorted((DOCS / "method").glob("[!R]*.md")), ids=page_id)
def test_each_method_page_says_what_it_must(path: Path):
    page = text_of(path).lower()
    for word in ("**proposition.**", "**unit", "valid", "how it fails"):
        assert word in page or (word == "**unit" and "\nunit:" in page), word
    assert f"({path.name})" in text_of(DOCS / "method" / "README.md")


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading).strip().lower() for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_every_link_leads_somewhere(path: Path):
    for target in re.findall(r"\]\(([^)]+)\)", text_of(path)):
        assert "://" not in target, f"{target}: documents link to one another alone"
        name, _, anchor = target.partition("#")
        aim = (path.parent / name).resolve() if name else path
        assert aim.is_file(), target
        assert aim.is_relative_to(ROOT), target
        assert not anchor or anchor in anchors(aim), target


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        reached.add(path)
        for target in re.findall(r"\]\(([^)#]+\.md)", text_of(path)):
            aim = (path.parent / target).resolve()
            if aim not in reached:
                waiting.append(aim)
    assert set(PAGES) <= reached


@pytest.mark.parametrize("path", PAGES, ids=page_id)
def test_every_file_and_test_that_is_named_exists(path: Path):
    for named in re.findall(r"`((?:src|tests|benchmarks|scripts)/[^`\s]*)`", text_of(path)):
        file, _, test = named.partition("::")
        assert (ROOT / file).exists(), named
        assert not test or f"def {test}(" in text_of(ROOT / file), named


def test_fixed_words_and_the_version_are_repeated_exactly():
    readme, risks = text_of(ROOT / "README.md"), text_of(DOCS / "risks.md")
    assert REASON_TO_LOOK in " ".join(readme.split())
    assert SILENCE in readme
    for use in REFUSED_USES:
        assert use in risks.lower() or use in risks
    assert f"**Version {VERSION}." in readme
    assert f"## {VERSION} (" in text_of(ROOT / "CHANGELOG.md")


def test_every_variable_of_the_environment_is_documented():
    used = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", path.read_text("utf-8"))
    }
    desk = {f"CLEW_DESK_{name.upper()}" for name in Configuration.model_fields}
    every, of_the_desk = text_of(DOCS / "reference/settings.md").split("\n## ")
    shown = {row[0] for row in rows_of(every) + rows_of(of_the_desk)}
    assert used | desk | {"CLEW_DATA"} == shown
