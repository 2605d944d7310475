"""The wheel is whole: built from what git holds, installed elsewhere, and used as a newcomer would.

No network is needed: the fresh environment borrows its dependencies from the running one through a
path file, which names a folder and so brings no editable Clew with it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy
import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "src")
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST_CSV = re.compile(r"^```csv\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
UNSET = ("PYTHONPATH", "PYTHONHOME", "DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV")


def environment() -> Mapping[str, str]:
    """Return the surroundings of a newcomer: none of the tests' own settings.

    The cache stays the user's, so that a kernel that was compiled from the same sources is used.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in UNSET and not name.startswith(("CLEW_DESK_", "PYTEST_"))
    }
    return kept | {"COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def run(*words: object, cwd: Path) -> str:
    done = subprocess.run(
        [*map(str, words)], cwd=cwd, env=environment(), capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, (words, done.stdout[-2000:], done.stderr[-4000:])
    return done.stdout


def in_git(*under: str) -> list[str]:
    """Return what a commit of everything here would hold: paths that exist and are not ignored."""
    line = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *under]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(name for name in set(done.stdout.split("\0")) - {""} if (ROOT / name).is_file())


@dataclass(frozen=True, slots=True)
class Installed:
    """A wheel, and an environment outside the checkout with nothing else installed in it."""

    wheel: Path
    home: Path

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"

    def clew(self, *words: object, cwd: Path) -> str:
        return run(self.home / "bin" / "clew", *words, cwd=cwd)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    at = tmp_path_factory.mktemp("wheel")
    for name in in_git(*SOURCES):
        (at / "sources" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, at / "sources" / name)
    run(sys.executable, "-c", BUILD, at, cwd=at / "sources")
    (wheel,) = at.glob("*.whl")
    home = at / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    borrowed = Path(numpy.__file__).parents[1]
    (packages / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")
    run(
        sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install", "--quiet",
        "--disable-pip-version-check", "--no-index", "--no-deps", "--no-compile",
        "--ignore-installed", wheel, cwd=at,
    )  # fmt: skip
    return Installed(wheel, home)


@pytest.fixture
def first_answer(tmp_path: Path) -> Path:
    """A folder outside the checkout, with the README's first case file in it."""
    match = FIRST_CSV.search(README)
    assert match is not None
    (tmp_path / "deaths.csv").write_text(match[1], encoding="utf-8")
    return tmp_path


def test_the_wheel_holds_every_data_file_that_git_holds(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = {n for n in wheel.namelist() if n.startswith("clew/") and not n.endswith(".py")}
    in_sources = {
        str(PurePosixPath(name).relative_to("src"))
        for name in in_git("src/clew")
        if not name.endswith(".py")
    }
    assert names == in_sources


def test_the_wheel_holds_every_module_that_git_holds(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = {n for n in wheel.namelist() if n.startswith("clew/") and n.endswith(".py")}
    assert names == {n.removeprefix("src/") for n in in_git("src/clew") if n.endswith(".py")}


def test_what_runs_is_the_wheel(installed: Installed, tmp_path: Path) -> None:
    found = run(installed.python, "-c", "import clew; print(clew.__file__)", cwd=tmp_path)
    assert Path(found.strip()).is_relative_to(installed.home)


def test_it_answers_what_happened_near_here(installed: Installed, first_answer: Path) -> None:
    said = installed.clew(
        "near", "deaths.csv", "--lat", "51.5305", "--lon", "-0.0761", "--within-km", "0.5",
        cwd=first_answer,
    )  # fmt: skip
    assert "2 records within 0.5 km, nearest first:" in said


def test_it_links(installed: Installed, first_answer: Path) -> None:
    said = installed.clew("link", "deaths.csv", "--out", "first", cwd=first_answer)
    assert "(A-108)" in said
    written = {path.name for path in (first_answer / "first").iterdir()}
    assert written == {"report.html", "links.csv", "links.parquet", "series.csv", "rejects.csv"}


@pytest.mark.long
def test_it_shows_the_demonstration(installed: Installed, tmp_path: Path) -> None:
    installed.clew("demo", "--out", "demo", cwd=tmp_path)
    assert (tmp_path / "demo" / "report.html").is_file()


@pytest.mark.long
def test_it_fills_a_demonstration_desk(installed: Installed, tmp_path: Path) -> None:
    said = installed.clew(
        "desk", "demo", "--no-serve", "--home", "demo", "--deaths-a-day", "0.06", cwd=tmp_path
    )
    assert "demonstration only" in said


@pytest.mark.long
def test_the_python_of_the_readme_runs(installed: Installed, first_answer: Path) -> None:
    """The README's Python blocks, in their order, as one program beside the README's case file."""
    program = "\n".join(PYTHON.findall(README))
    if not program:
        pytest.skip("the README shows no Python yet")
    (first_answer / "readme.py").write_text(program, encoding="utf-8")
    run(installed.python, "-W", "error", "readme.py", cwd=first_answer)
