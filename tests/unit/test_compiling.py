"""Compiled code is found again by what it was made of, wherever the package lies."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from numba.core.caching import FunctionCache

from clew.compiling import NUMBAS_OWN, PACKAGE, KernelLocator, sources_key

MODULES = {
    "kernel.py": "import numpy as np\n\nfrom made.weights import (\n    weigh,\n)\n",
    "weights.py": "from made.model import days\n\n\ndef weigh():\n    return days.DAY\n",
    "model/__init__.py": "",
    "model/days.py": "DAY = 86_400\n",
    "beside.py": "from made.kernel import np\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    for name, text in MODULES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    return made


@pytest.mark.parametrize("name", ["kernel.py", "weights.py", "model/__init__.py", "model/days.py"])
def test_what_is_imported_at_any_distance_is_in_the_name(package: Path, name: str) -> None:
    edited = package.parent / "edited" / "made"
    shutil.copytree(package, edited)
    (edited / name).write_text(MODULES[name] + "# edited\n", encoding="utf-8")
    before = sources_key(package / "kernel.py", package)
    assert sources_key(edited / "kernel.py", edited) != before


def test_neither_the_folder_nor_what_is_not_imported_is_in_the_name(package: Path) -> None:
    moved = package.parent / "elsewhere" / "made"
    shutil.copytree(package, moved)
    (moved / "beside.py").write_text("# edited\n", encoding="utf-8")
    before = sources_key(package / "kernel.py", package)
    assert sources_key(moved / "kernel.py", moved) == before


def test_numba_asks_us_for_our_functions_and_itself_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEW_CACHE", str(tmp_path))

    def other() -> None:
        """A function of no module of Clew's."""

    assert KernelLocator.from_function(other, __file__) is None
    ours = KernelLocator.from_function(other, str(PACKAGE / "compiling.py"))
    assert ours is not None
    assert ours.folder.parent == tmp_path / "kernel"
    assert ours.folder.is_dir()


def test_the_locators_that_follow_ours_are_numbas_own() -> None:
    own = FunctionCache._impl_class._locator_classes
    assert NUMBAS_OWN.split(",") == [one.__name__ for one in own]


def test_where_the_cache_cannot_be_written_numba_chooses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("CLEW_CACHE", str(tmp_path / "file"))

    def other() -> None:
        """Only its place counts."""

    assert KernelLocator.from_function(other, str(PACKAGE / "compiling.py")) is None
