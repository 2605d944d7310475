"""The house rules that can be counted: sizes, names, and what may be imported where."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from source_trees import SOURCE, dotted, imports, room_of, trees

MOST_LINES, MOST_PARAMETERS = 400, 6
MANY_PARAMETERS = {
    # The kernel takes columns, tables, two rows and what it fills; a dataclass costs its speed.
    "comparison/evidence/shared.py": {"weigh_shared"},
}
"""Declared exceptions. Beside them the commands, and the functions of the public face: a
parameter is an option there."""
FORBIDDEN_FILE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handlers"}
FORBIDDEN_CLASS = re.compile(r"Utils?|Manager|Handler|Helper|Processor")
NEVER_SAID = re.compile(r"confidence|hotspot|upvote|perpetrator|killer|(?<!_)gang\b", re.I)
PURE = ("model", "comparison", "series", "surveillance", "assurance")
NOT_PURE = ("comparison/ranking/", "surveillance/scan/run.py")
"""The fast search runs on threads and on Spark, the scan on threads: the edges of the core."""
IMPURE = {
    "os", "pathlib", "socket", "time", "random", "sqlite3", "subprocess", "urllib",
    "http", "shutil", "tempfile", "io", "sys", "logging", "requests", "secrets", "uuid", "locale",
    "threading", "multiprocessing", "clew.intake", "clew.workflows", "clew.replay", "clew.cli",
    "clew.disclosure", "clew.synthetic", "clew.digests",
}  # fmt: skip
DECLARED_READERS = {
    "comparison/weights/weight_table.py": {"importlib.resources"},
    "assurance/standard.py": {"importlib.resources"},
    "assurance/preservation.py": {"importlib.resources"},
}
"""Read the priors and standards that ship with the package; nothing else of the core reads. The
calendar of `datetime` is allowed, its clock is not: no call of `now` or `today`."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def parameters(function: Function) -> int:
    """Parameters a caller gives; `self` and `cls` are given for him."""
    told = function.args
    names = [a.arg for a in (*told.posonlyargs, *told.args, *told.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def test_there_is_something_to_count() -> None:
    assert len(trees()) > 60
    assert {"comparison/kernel.py", "comparison/evidence/place.py", "cli/link.py"} <= set(trees())


@pytest.mark.parametrize("name", sorted(name for name in trees() if "/migrations/" not in name))
def test_files_are_short(name: str) -> None:
    assert len((SOURCE / name).read_text("utf-8").splitlines()) <= MOST_LINES


def test_parameters_are_few() -> None:
    many = [
        f"{name}:{f.name} {parameters(f)}"
        for name, tree in trees().items()
        for f in functions(tree)
        if parameters(f) > MOST_PARAMETERS
        and f.name not in MANY_PARAMETERS.get(name, set())
        and not ((room_of(name) == "cli" or name == "api.py") and not f.name.startswith("_"))
    ]
    assert many == []


def test_every_declared_exception_is_still_needed() -> None:
    for name, allowed in MANY_PARAMETERS.items():
        told = {f.name: parameters(f) for f in functions(trees()[name])}
        assert all(told[function] > MOST_PARAMETERS for function in allowed)


def test_names_say_what_a_thing_is() -> None:
    for name, tree in trees().items():
        parts = name[:-3].split("/")
        assert not FORBIDDEN_FILE & set(parts), name
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                assert not FORBIDDEN_CLASS.search(node.name), f"{name}: {node.name}"


def test_no_identifier_is_a_word_we_never_say() -> None:
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, (*Function.__args__, ast.ClassDef)):
                assert not NEVER_SAID.search(node.name), f"{name}: {node.name}"


@pytest.mark.parametrize(
    "name", [n for n in sorted(trees()) if room_of(n) in PURE and not n.startswith(NOT_PURE)]
)
def test_the_pure_core_reads_nothing_and_knows_no_clock(name: str) -> None:
    tree = trees()[name]
    allowed = DECLARED_READERS.get(name, set())
    found = imports(tree)
    touched = {i for i in found for bad in IMPURE if i == bad or i.startswith(f"{bad}.")}
    assert touched - allowed == set()
    if name not in DECLARED_READERS:
        assert not [i for i in found if i.startswith("importlib")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            assert called not in {"open", "input", "print", "__import__", "exec", "eval"}
            seeded = called == "np.random.default_rng" and node.args
            assert seeded or "random." not in called, (
                f"{name}:{node.lineno}: random state of its own"
            )
            assert not called.endswith((".now", ".today", ".utcnow", ".read_text", ".write_text")) \
                or name in DECLARED_READERS  # fmt: skip


def test_only_the_command_line_prints_and_only_it_ends_the_program() -> None:
    for name, tree in trees().items():
        if room_of(name) == "cli":
            continue
        calls = {dotted(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        assert not calls & {"print", "sys.exit", "exit", "quit", "sys.stdout.write"}, name
        assert "rich" not in {i.split(".")[0] for i in imports(tree)}, name


def test_nothing_is_pickled_and_no_code_is_made_of_text() -> None:
    unsafe = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}
    for name, tree in trees().items():
        assert not unsafe & {i.split(".")[0] for i in imports(tree)}, name
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = dotted(node.func)
                assert called not in {"eval", "exec"}, name
                assert not called.endswith((".read_pickle", ".to_pickle")), name
                assert not any(k.arg == "allow_pickle" for k in node.keywords), name
    assert not [p for p in SOURCE.rglob("*") if p.suffix in {".pkl", ".pickle", ".joblib"}]


def test_near_answers_without_the_kernel() -> None:
    """`clew near` imports no compiled code: neither its module nor any that it imports."""
    reached, left = set(), ["cli/near.py", "cli/app.py"]
    while left:
        name = left.pop()
        if name in reached or name not in trees():
            continue
        reached.add(name)
        for node in trees()[name].body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                found = imports(ast.Module([node], []))
                assert not {i for i in found if i.split(".")[0] in {"numba", "scipy"}}, name
                for one in found:
                    path = one.removeprefix("clew.").replace(".", "/")
                    left += [f"{path}.py", f"{path}/__init__.py"]
    assert "workflows/near.py" in reached
    assert "comparison/kernel.py" not in reached
