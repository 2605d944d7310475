"""HTML to PDF: tagged for readers that speak it (PDF/UA-1), the same bytes for the same input.

Nothing is fetched: the style stands in the page, and whatever a record might hold that looks like
an address is refused. WeasyPrint loads only when a PDF is asked for, since it needs libraries of
the system that a desk can do without.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from clew.disclosure.exports.nouns import Stamp
from clew.disclosure.exports.said import about, clock_of, iso, not_searched, said, searched
from clew.disclosure.page import environment, style
from clew.errors import UsageRejected

DEBIAN_PACKAGES = (
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "libharfbuzz-subset0",
    "fonts-dejavu-core",
)
"""What WeasyPrint needs of Debian, and the font that the pages name."""

_TEXT = re.compile(r">[^<]+<")
"""What stands between tags; attributes are left alone."""
_LONG_WORD = re.compile(r"(?:&[^;\s]+;|[^\s<>&]){40}")
"""Declared: 40 characters without a space, an entity being one; longer than any English word."""


def render_pdf(template: str, stamp: Stamp, **told: Any) -> bytes:
    """Render a template of this room as a PDF that bears the stamp.

    Raises
    ------
    UsageRejected
        If the system's libraries for it are not installed; says which to install.
    """
    sheet, _ = style("export.css")
    page = environment().get_template(template)
    html = page.render(
        stamp=stamp,
        about=about(stamp),
        searched=searched(stamp),
        not_searched=not_searched(stamp),
        clock=clock_of(stamp),
        made_iso=iso(stamp.made_at),
        style=sheet,
        **told,
    )
    return to_pdf(breakable(said(html)))


def breakable(html: str) -> str:
    """Return the page with leave to break its longest words; no text of it changes.

    A word of thousands of characters would be measured anew at each line's end.
    """
    return _TEXT.sub(lambda text: _LONG_WORD.sub(r"\g<0><wbr>", text.group()), html)


def to_pdf(html: str) -> bytes:
    """Turn one page, which holds its own style, into a PDF/UA-1 file.

    Raises
    ------
    UsageRejected
        As for `render_pdf`.
    """
    weasyprint = _weasyprint()

    fetcher = type("Nothing", (weasyprint.urls.URLFetcher,), {"fetch": _refuse})
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    page = weasyprint.HTML(string=html, url_fetcher=fetcher(), base_url=None)
    made: bytes = page.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    return made


def _refuse(_fetcher: object, url: str, headers: object = None) -> Any:  # noqa: ARG001
    raise ValueError(f"an export fetches nothing, not even {url[:80]}")


def _load() -> Any:
    import weasyprint  # noqa: PLC0415
    import weasyprint.urls  # noqa: PLC0415

    return weasyprint


def _weasyprint() -> Any:
    try:
        return _load()
    except OSError as absent:
        raise UsageRejected(
            "PDF files cannot be made here: libraries of the system are absent",
            f"Install them: apt-get install {' '.join(DEBIAN_PACKAGES)}",
        ) from absent
    except ImportError as absent:
        raise UsageRejected(
            "PDF files cannot be made here: WeasyPrint is not installed",
            "Install Clew with its extra named desk",
        ) from absent
