"""Pages are set in this process: WeasyPrint loads once. The process apart has tests of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clew.disclosure.bundle import assemble, differences, exhibits, make
from clew.disclosure.exports.pdf_process import to_pdf


@pytest.fixture(autouse=True, scope="package")
def _pages_are_set_here() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (assemble, differences, exhibits, make):
            patch.setattr(module, "bounded_pdf", to_pdf)
        yield
