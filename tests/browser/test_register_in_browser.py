"""The register's pages in a real browser: accessible, narrow, silent, and whole in print."""

from __future__ import annotations

import io
import sys
import unicodedata
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from pypdf import PdfReader

sys.path.append(str(Path(__file__).parents[1] / "transcripts"))

from said import clew_here
from test_transcript_register import COPY, DAY, KNOWN, ROWS


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("register")
    copies = "".join(f"{day},{KNOWN}\n" for day in ("2024-08-21", "2024-10-01"))
    (folder / "copies.csv").write_text(COPY + copies, encoding="utf-8")
    clew_here("register", "import", "copies.csv", "--example", cwd=folder).well()
    for out, words in {
        "day": ("show", "--as-of", DAY),
        "whole": ("show", "--as-of", "2025-01-01"),
        "public": ("show", "--as-of", "2025-01-01", "--public"),
        "report": ("show", "--proceeding", "2022-0017"),
        "changes": ("changes", "--from", DAY, "--to", "2025-01-01"),
        "due": ("due", "--as-of", "2025-01-01"),
        "check": ("check", "--as-of", "2025-01-01"),
    }.items():
        clew_here("register", *words, "--out", out, cwd=folder).well()
    pages = {path.parent.name: path.as_uri() for path in folder.rglob("*.html")}
    assert set(pages) == {"day", "whole", "public", "report", "changes", "due", "check"}
    return pages


PAGES = ["day", "whole", "public", "report", "changes", "due", "check"]


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("whole", 1280, "light"), ("whole", 320, "dark"), ("changes", 320, "light"),
        *(pytest.param(name, 1280, "dark", marks=pytest.mark.long) for name in PAGES),
        *(pytest.param(name, 320, "light", marks=pytest.mark.long) for name in PAGES),
    ],
)  # fmt: skip
def test_axe_finds_nothing(browser, addresses, name, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(addresses[name])
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_sideways_scroll(browser, addresses, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    for name in PAGES:
        page.goto(addresses[name])
        assert page.evaluate("document.documentElement.scrollWidth") == width, name
    page.close()


def test_it_asks_no_network_and_runs_no_script(browser, addresses):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(addresses["whole"])
    assert asked == [addresses["whole"]]
    assert page.locator("script").count() == 0
    page.close()


def test_the_acceptance_table_is_in_print(browser, addresses):
    page = browser.new_page()
    page.goto(addresses["day"])
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    text = "".join(unicodedata.normalize("NFKC", sheet.extract_text()) for sheet in sheets)
    text = "".join(text.split())
    page.close()
    for row, wanted in ROWS.items():
        for words in wanted:
            plain = words.removeprefix("Promise: ").removeprefix("Offer: ")
            assert "".join(plain.split()) in text, (row, words)
