"""The replay's page in a real browser: accessible, narrow, dark, on paper, and silent."""

import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

sys.path.append(str(Path(__file__).parents[1] / "unit" / "disclosure"))

from sample_replay import row, sample_replay

from clew.disclosure.replay_page import render_replay

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 700}
LONG = "W" * 400
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


def long_replay():
    """A replay whose ids, names and versions are hostile to a narrow page."""
    when = sample_replay().begins
    opened = {"alert": True, "series_alert": f"{LONG}0+{LONG}", "series_size": 2}
    rows = tuple(
        row(when, (f"{LONG}{n}", LONG), 3.0, **(opened if n == 0 else {})) for n in range(3)
    )
    return sample_replay(file=LONG, version=LONG, weights=LONG, rows=rows, beyond=rows)


@pytest.fixture(scope="module")
def addresses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replay")
    empty = {"rows": (), "breakdowns": {}, "stories": (), "beyond": (), "coverage": ()}
    pages = {"full": sample_replay(hindsight=True), "empty": sample_replay(**empty)}
    pages["long"] = long_replay()
    for name, replay in pages.items():
        (folder / f"{name}.html").write_text(render_replay(replay), "utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in pages}


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
    page.evaluate(OPEN_ALL)
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


@pytest.mark.parametrize("name", ["full", "empty", "long"])
@pytest.mark.parametrize("width", [320, 400, 768, 1280])
def test_no_sideways_scroll(open_page, name, width):
    page = open_page(name, {"width": width, "height": 700})
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [768, 1280])
def test_no_short_word_is_broken_in_a_table(open_page, width):
    """'Alert' once stood as 'Ale' and 'rt' in its narrow column."""
    page = open_page("full", {"width": width, "height": 700})
    broken = page.evaluate(
        """() => [...document.querySelectorAll('.moments th, .moments td, .weeks th')].filter(e => {
             return e.children.length === 0 && /^\\w{1,6}$/.test(e.textContent.trim())
               && e.getBoundingClientRect().height > 0
               && (() => { const r = document.createRange(); r.selectNodeContents(e);
                           return r.getClientRects().length > 1; })();
           }).map(e => e.textContent)"""
    )
    assert broken == []


def test_it_prints_with_what_is_folded(open_page, tmp_path):
    page = open_page("full")
    page.emulate_media(media="print")
    assert page.evaluate("document.querySelector('.weeks').checkVisibility()")
    assert page.evaluate("document.querySelector('#alert-1 .matrix').checkVisibility()")
    written = page.pdf(path=str(tmp_path / "replay.pdf"), prefer_css_page_size=True)
    assert written.startswith(b"%PDF")
