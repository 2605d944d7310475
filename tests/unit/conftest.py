"""One made-up force for the tests of replay."""

import pytest
from small_force import read_small_force

from clew.model.case_file import CaseFile


@pytest.fixture(scope="session")
def small_force(tmp_path_factory: pytest.TempPathFactory) -> CaseFile:
    return read_small_force(tmp_path_factory.mktemp("small"))
