"""The survey's page in a real browser: accessible, narrow, dark, and silent."""

import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

sys.path.append(str(Path(__file__).parents[1] / "unit" / "disclosure"))

from test_excess_page import ANSWER

from clew.disclosure.survey_page import excess_sections, render_survey
from clew.intake.read import read_case_file
from clew.model.cluster import ScanLimits
from clew.model.excess import ExcessAnswer
from clew.surveillance.request import SurveyRequest
from clew.workflows.survey import survey_cases

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 700}
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"
LONG = "W" * 95
"""With `S-59` before it, nearly as long as an id may be: 100 characters."""


def town(path, code=""):
    """Write a small town: a death every other day, and six in one churchyard in four days."""
    lines = ["case_id,reported_at,latitude,longitude"]
    for n in range(60):
        day = f"2014-{1 + n // 14:02d}-{1 + 2 * (n % 14):02d}"
        at = f"{51.5 + 0.02 * (n * 7 % 9):.3f},{0.05 * (n * 5 % 11):.3f}"
        lines.append(f"S-{n}{code},{day},{at}")
    lines += [f"C-{n}{code},2014-04-{14 + n % 4},51.535,0.076" for n in range(6)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return survey_cases(read_case_file(path), SurveyRequest(limits=ScanLimits(replications=19)))


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("survey")
    quiet = ExcessAnswer("2014-01-01", "2014-06-01", 0.5, 2.0)
    pages = {
        "full": render_survey(town(folder / "a.csv"), (), excess_sections(ANSWER)),
        "quiet": render_survey(town(folder / "b.csv"), None, excess_sections(quiet)),
        "long": render_survey(town(folder / "c.csv", LONG), (), excess_sections(ANSWER)),
    }
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, "utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in pages}


@pytest.mark.parametrize(
    ("name", "viewport", "scheme"),
    [
        ("full", WIDE, "light"),
        ("full", NARROW, "dark"),
        ("quiet", WIDE, "light"),
        pytest.param("full", WIDE, "dark", marks=pytest.mark.long),
        pytest.param("full", NARROW, "light", marks=pytest.mark.long),
        pytest.param("quiet", WIDE, "dark", marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing(browser, addresses, name, viewport, scheme):
    page = browser.new_page(viewport=viewport, color_scheme=scheme)
    page.goto(addresses[name])
    page.evaluate(OPEN_ALL)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.close()


@pytest.mark.parametrize("name", ["full", "quiet", "long"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_sideways_scroll(browser, addresses, name, width):
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.goto(addresses[name])
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()
