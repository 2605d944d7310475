"""Reads one message as one case, as every command reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_messages import NOW, ReadTree, put

from clew.intake.read import CaseSources
from clew.model.case_file import CaseFile


@pytest.fixture
def read_tree(tmp_path: Path) -> ReadTree:
    """Read a tree (or a text) that was written to a file of the given name."""

    def read(tree: Any, name: str = "m.json", **options: Any) -> CaseFile:
        return CaseSources(put(tmp_path, name, tree), now=NOW, **options).read()

    return read
