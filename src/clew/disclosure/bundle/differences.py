"""What changed between two finished bundles, as a document of its own.

Both are read back as a reader gets them, word by word; page numbers and feet are left out.
"""

from __future__ import annotations

import difflib
import hashlib
import html

import pypdfium2

from clew.disclosure.bundle.assemble import FOOT
from clew.disclosure.exports.pdf import breakable
from clew.disclosure.exports.pdf_process import bounded_pdf
from clew.disclosure.exports.text import clean_text
from clew.disclosure.words import count_of

AROUND = 6
"""Declared: words shown before and after a change, so that its place can be found."""
STYLE = """
@page { size: A4; margin: 20mm 17mm;
  @bottom-center { content: counter(page); font: 9pt "DejaVu Sans" } }
html { font: 10pt/1.45 "DejaVu Sans" }
body { overflow-wrap: anywhere }
li { margin-bottom: 3mm }
"""


def differences(before: bytes, after: bytes) -> list[str]:
    """Return each change between two bundles in words, in the order of the later one."""
    old, new = _words(before), _words(after)
    match = difflib.SequenceMatcher(None, [w for w, _ in old], [w for w, _ in new], autojunk=False)
    made = []
    for kind, a, b, c, d in match.get_opcodes():
        if kind == "equal":
            continue
        removed, added = (" ".join(w for w, _ in part) for part in (old[a:b], new[c:d]))
        lead = " ".join(w for w, _ in new[max(c - AROUND, 0) : c])
        tail = " ".join(w for w, _ in new[d : d + AROUND])
        was = f"earlier page {old[min(a, len(old) - 1)][1]}" if old else ""
        now = f"page {new[min(c, len(new) - 1)][1]}" if new else ""
        said = "; ".join(
            part
            for part in (
                f"removed: “{removed}”" if removed else "",
                f"added: “{added}”" if added else "",
            )
            if part
        )
        made.append(
            f"Page {now.removeprefix('page ')} ({was}), after “{lead}”, before “{tail}”: {said}"
        )
    return made


def _words(pdf: bytes) -> list[tuple[str, int]]:
    found = []
    read = pypdfium2.PdfDocument(pdf)
    for number, page in enumerate(read, 1):
        text_page = page.get_textpage()
        found += [(word, number) for word in text_page.get_text_bounded(bottom=FOOT - 5).split()]
        text_page.close()
        page.close()
    read.close()
    return found


def differences_pdf(before: bytes, after: bytes, title: str) -> tuple[bytes, int]:
    """Return the document of the differences, and how many there are."""
    changes = differences(before, after)
    marks = [hashlib.sha256(one).hexdigest() for one in (before, after)]
    rows = "".join(f"<li>{html.escape(one)}</li>" for one in changes)
    text = (
        f"<html lang=en-GB><head><title>Differences: {html.escape(title)}</title>"
        f"<style>{STYLE}</style></head><body><h1>Differences between two bundles</h1>"
        f"<p>{html.escape(title)}</p><p>Earlier: SHA-256 {marks[0]}</p><p>Later: SHA-256 {marks[1]}"
        f"</p><p>{count_of(len(changes), 'change', 'changes')} of words. Pictures are not compared."
        f"</p><ol>{rows}</ol></body></html>"
    )
    return bounded_pdf(breakable(clean_text(text))), len(changes)
