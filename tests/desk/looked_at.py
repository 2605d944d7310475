"""A page looked at as every journey does: whole, accessible, nothing cut at the side."""

from __future__ import annotations

import os
import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SHOTS = os.environ.get("CLEW_SHOTS", "")
"""Where pictures of the pages go, for whoever wants to look at them."""
NARROW = 320
"""Pixels: the width at which WCAG 2.2, 1.4.10 (reflow), asks that nothing scrolls sideways."""
OPEN = "document.querySelectorAll('details:not([open])').forEach(d => {d.open = d.dataset.was = 1})"
SHUT = "document.querySelectorAll('details[data-was]').forEach(d => d.open = false)"


def whole(page: Page) -> Page:
    """Wait until the page that a click asked for is there to its end.

    A click returns when the answer begins; what is counted at once may not have come yet.
    """
    page.wait_for_load_state()
    return page


def fits(page: Page, width: int) -> None:
    """Assert that nothing runs off the side of a screen of this width."""
    assert whole(page).evaluate("document.documentElement.scrollWidth") == width, page.url


def sound(page: Page, shot: str = "") -> None:
    """Assert that there is one h1, that axe finds nothing, wide and narrow, and that it all fits.

    All that is folded is opened, and folded again afterwards; shot names the picture.
    """
    expect(whole(page).locator("h1")).to_have_count(1)
    page.evaluate(OPEN)
    _axe(page)
    size = page.viewport_size
    assert size is not None
    if size["width"] != NARROW:
        fits(page, size["width"])
        page.set_viewport_size({"width": NARROW, "height": 700})
        _axe(page)
    fits(page, NARROW)
    page.set_viewport_size(size)
    if SHOTS:
        name = shot or re.sub(r"\W+", "-", page.url.split("/", 3)[-1])
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    page.evaluate(SHUT)


def _axe(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
