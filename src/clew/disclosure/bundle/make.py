"""The bundle, made in one go: pages laid out until the index agrees, then joined, then proved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from clew.disclosure.bundle.assemble import Insert, assemble, lay_out
from clew.disclosure.bundle.content import RECONSTRUCTION, BundleContent, Exhibit
from clew.disclosure.bundle.exhibits import Pages, can_recognise, paginate
from clew.disclosure.bundle.prove import Proof, prove
from clew.disclosure.bundle.withhold import redacted
from clew.disclosure.exports.pdf import breakable
from clew.disclosure.exports.pdf_process import bounded_pdf
from clew.disclosure.exports.text import clean_text, iso
from clew.disclosure.report import environment, style
from clew.disclosure.words import Clock
from clew.errors import UsageRejected

ROUNDS = 4
"""Declared: how often the pages are laid out until their numbers stay; two are enough as a rule."""


FOOT_DIGITS = 16
"""Declared: digits of a file's digest at the foot of each page; the chain of custody has all."""


@dataclass(frozen=True, slots=True)
class MadeBundle:
    """A finished bundle: the file, its manifest as JSON, and the proof of its redaction."""

    pdf: bytes
    manifest: str
    proof: Proof
    notes: tuple[str, ...]


def make_bundle(content: BundleContent) -> MadeBundle:
    """Return the bundle of a content; the same content gives the same bytes.

    Raises
    ------
    RedactionFailed
        If a withheld text is found in the finished file.
    UsageRejected
        If a library or program that it needs is not installed.
    """
    pages = {one.number: paginate(one, content.withheld) for one in content.shown}
    counts = [(_anchor(one), pages[one.number].count) for one in content.shown]
    numbers: dict[str, int] = {}
    for _ in range(ROUNDS):
        own = bounded_pdf(_own_pages(content, pages, numbers))
        layout = lay_out(own, counts)
        if dict(layout.pages) == numbers:
            break
        numbers = dict(layout.pages)
    else:
        raise UsageRejected(
            "the page numbers of the index do not settle", "Shorten the titles of the exhibits"
        )
    inserts = [
        Insert(_anchor(one), held.pdf, f"Exhibit {one.number}, SHA-256 {one.digest}", held.pictures)
        for one in content.shown
        if (held := pages[one.number]).pdf is not None
    ]
    foot = "Made from " + ", ".join(
        f"{name} (SHA-256 {digest[:FOOT_DIGITS]}...)" for name, digest in content.files
    )
    finished = assemble(own, inserts, redacted(foot, content.withheld))
    proof = prove(finished, content.withheld)
    manifest = _manifest(content, pages, layout.pages, layout.total, finished, proof)
    return MadeBundle(finished, manifest, proof, _notes(content, pages))


def _anchor(exhibit: Exhibit) -> str:
    return "exhibit-" + hashlib.sha256(exhibit.number.encode()).hexdigest()[:12]


def _own_pages(content: BundleContent, pages: dict[str, Pages], numbers: dict[str, int]) -> str:
    sheet, _ = style("bundle.css")
    withheld = content.withheld

    def hide(value: Any) -> Any:
        if isinstance(value, str) and not isinstance(value, Markup):
            return clean_text(redacted(value, withheld))
        return value

    room = environment().overlay(finalize=hide)
    text = room.get_template("bundle.html.j2").render(
        content=content,
        pages=pages,
        anchor=_anchor,
        page_of=lambda name: f"{numbers.get(name, 0):04d}".lstrip("0") or "0",
        clock=Clock(ZoneInfo(content.timezone)),
        made_iso=iso(content.as_of),
        reconstruction=RECONSTRUCTION,
        grounds=sorted({one.ground for one in withheld}),
        recognised=can_recognise(),
        style=sheet,
    )
    return breakable(clean_text(text))


def _notes(content: BundleContent, pages: dict[str, Pages]) -> tuple[str, ...]:
    return tuple(
        f"Exhibit {one.number}: {note}"
        for one in content.shown
        for note in (*filter(None, [pages[one.number].fault]), *pages[one.number].notes)
    )


def _manifest(
    content: BundleContent,
    pages: dict[str, Pages],
    numbers: Any,
    total: int,
    finished: bytes,
    proof: Proof,
) -> str:
    hide: Callable[[str], str] = lambda text: redacted(text, content.withheld)  # noqa: E731
    known = {
        "bundle": {"file": "bundle.pdf", "sha256": hashlib.sha256(finished).hexdigest(),
                   "bytes": len(finished), "pages": total},
        "for": hide(content.recipient),
        "as_of": iso(content.as_of),
        "clew": content.version,
        "made_from": [{"file": hide(name), "sha256": digest} for name, digest in content.files],
        "exhibits": [
            {
                "number": hide(one.number),
                "title": hide(one.title),
                "file": hide(one.file),
                "sha256_as_received": one.digest,
                "source": hide(one.source),
                "known_at": iso(one.known_at),
                "known_to": hide(one.known_to),
                "late": one.late,
                "first_page": numbers[_anchor(one)] + 1 if pages[one.number].count else None,
                "pages": pages[one.number].count,
                "redacted_pages": list(pages[one.number].redacted),
                "not_set": pages[one.number].fault,
            }
            for one in content.shown
        ],
        "redaction": {"texts": proof.texts, "grounds": sorted({w.ground for w in content.withheld}),
                      "proof": proof.say()},
    }  # fmt: skip
    return json.dumps(known, ensure_ascii=False, indent=1) + "\n"
