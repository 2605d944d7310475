"""The report in a real browser: accessible, narrow, dark, on paper, and silent on the network."""

import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

sys.path.append(str(Path(__file__).parents[1] / "unit" / "disclosure"))

from sample_answer import sample_answer

from clew.disclosure.report import render_report

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 700}
HOSTILE = "W" * 400


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    empty = {"links": (), "series": (), "thin": (), "coverage": (), "rejects": 0}
    reports = {"full": sample_answer(), "empty": sample_answer(**empty)}
    reports["long"] = sample_answer(file=HOSTILE, version=HOSTILE, weights=HOSTILE)
    for name, answer in reports.items():
        (folder / f"{name}.html").write_text(render_report(answer), "utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in reports}


@pytest.fixture
def open_page(browser, addresses):
    contexts = []

    def opened(name, viewport=WIDE, **options):
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(addresses[name])
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("name", "viewport", "scheme"),
    [
        ("full", WIDE, "light"),
        ("full", NARROW, "dark"),
        ("empty", WIDE, "light"),
        pytest.param("full", WIDE, "dark", marks=pytest.mark.long),
        pytest.param("full", NARROW, "light", marks=pytest.mark.long),
        pytest.param("empty", WIDE, "dark", marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing(open_page, name, viewport, scheme):
    page = open_page(name, viewport, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_no_request_and_no_complaint(browser, addresses):
    context = browser.new_context()
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(addresses["full"])
    page.wait_for_timeout(300)
    assert asked == [addresses["full"]]
    assert said == []
    context.close()


def test_the_policy_stops_a_script_and_a_foreign_style(open_page):
    page = open_page("full")
    page.evaluate(
        """() => {
          const s = document.createElement('script'); s.textContent = 'window.ran = 1';
          const t = document.createElement('style'); t.textContent = 'h1 { color: rgb(1, 2, 3) }';
          document.head.append(s, t);
        }"""
    )
    assert page.evaluate("window.ran") is None
    colour = page.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert colour != "rgb(1, 2, 3)"


@pytest.mark.parametrize("name", ["full", "empty", "long"])
@pytest.mark.parametrize("width", [320, 375, 768])
def test_no_sideways_scroll(open_page, name, width):
    page = open_page(name, {"width": width, "height": 700})
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_keyboard_reaches_and_opens_what_is_folded(open_page):
    page = open_page("full")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    wanted = "document.activeElement.parentElement.className"
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(wanted) == "method":
            break
    assert page.evaluate(wanted) == "method"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")


def test_every_region_that_scrolls_takes_the_focus(open_page):
    page = open_page("full", NARROW)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    stuck = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(e =>
             e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'auto'
             && e.tabIndex !== 0).length"""
    )
    assert stuck == 0


def test_folded_parts_open_on_paper_and_the_words_stand_in_print(open_page, tmp_path):
    page = open_page("full")
    page.emulate_media(media="print")
    shown = "document.querySelector('#pair-6 .matrix').checkVisibility()"
    assert page.evaluate(shown)
    assert not page.evaluate("document.querySelector('#pair-6 .method').checkVisibility()")
    written = page.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    assert written.startswith(b"%PDF")
