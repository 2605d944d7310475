"""Proof that a finished file contains nothing that is withheld: one hit stops the release.

The finished bytes are read back with another eye than made them: every page's text as a reader
gets it, every string and stream of the file, its metadata, names and pictures.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pikepdf
import pypdfium2

from clew.disclosure.bundle.withhold import Withheld, found_in
from clew.errors import ClewError

PICTURE_DATA = (b"Exif\x00", b"http://ns.adobe.com/xap", b"Photoshop 3.0", b"ICC_PROFILE\x00")
"""What begins a block of a picture's own data in a JPEG file."""


class RedactionFailed(ClewError):
    """A finished file contains what is withheld, or a place where something can hide.

    `places` say where, without the withheld text.
    """

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__(
            f"the bundle was not released: {'; '.join(places[:5])}. Nothing was written. Withhold"
            " the whole document, or give the text in the spelling of that place"
        )
        self.places = tuple(places)


@dataclass(frozen=True, slots=True)
class Proof:
    """What was searched in a finished file, for how many texts; nothing was found."""

    texts: int
    pages: int
    strings: int
    streams: int
    pictures: int

    def say(self) -> str:
        """Return the proof in one sentence."""
        return (
            f"Searched for {self.texts:,} withheld texts in {self.pages:,} pages,"
            f" {self.strings:,} text values, {self.streams:,} data streams and"
            f" {self.pictures:,} pictures' own data: found none."
        )


def prove(finished: bytes, withheld: Sequence[Withheld]) -> Proof:
    """Search a finished PDF for everything withheld.

    Raises
    ------
    RedactionFailed
        If anything is found, or the file has a place where something could hide.
    """
    places = [*_hiding_places(finished)]
    read = pypdfium2.PdfDocument(finished)
    pages = len(read)
    for number, page in enumerate(read, 1):
        text_page = page.get_textpage()
        if found_in(text_page.get_text_range(), withheld):
            places.append(f"the text of page {number} has a withheld text")
        text_page.close()
        page.close()
    read.close()
    strings = streams = pictures = 0
    with pikepdf.open(io.BytesIO(finished)) as pdf:
        for one in pdf.objects:
            for text in _strings(one):
                strings += 1
                if found_in(text, withheld):
                    places.append("a text value inside the file has a withheld text")
            if not isinstance(one, pikepdf.Stream):
                continue
            streams += 1
            if one.get("/Subtype") == pikepdf.Name.Image:
                pictures += 1
                raw = one.read_raw_bytes()
                if any(mark in raw for mark in PICTURE_DATA[:3]):
                    places.append("a picture has data of its own")
                if withheld and one.get("/Filter") == pikepdf.Name.DCTDecode:
                    continue  # its points are no text; its page was read
            elif _in_stream(one, withheld):
                places.append("a data stream inside the file has a withheld text")
    if places:
        raise RedactionFailed(tuple(dict.fromkeys(places)))
    return Proof(len(withheld), pages, strings, streams, pictures)


def _hiding_places(finished: bytes) -> Iterator[str]:
    if finished.count(b"startxref") != 1:
        yield "the file has an earlier revision"
    with pikepdf.open(io.BytesIO(finished)) as pdf:
        if pdf.attachments:
            yield "the file has an attachment"
        if "/OCProperties" in pdf.Root:
            yield "the file has layers"
        if "/AcroForm" in pdf.Root:
            yield "the file has a form"
        for number, page in enumerate(pdf.pages, 1):
            if "/Thumb" in page:
                yield f"page {number} has a thumbnail"
            kinds = {str(one.get("/Subtype")) for one in page.get("/Annots", [])}
            if kinds - {"/Link"}:
                yield f"page {number} has a comment or form field"


def _strings(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, pikepdf.String | pikepdf.Name):
        yield str(value)
    elif depth > 0 and getattr(value, "is_indirect", False):
        return
    elif isinstance(value, pikepdf.Array):
        for one in value:
            yield from _strings(one, depth + 1)
    elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        for name, one in value.items():
            yield str(name)
            yield from _strings(one, depth + 1)


def _in_stream(stream: pikepdf.Stream, withheld: Sequence[Withheld]) -> bool:
    if not withheld:
        return False
    try:
        data = stream.read_bytes()
    except pikepdf.PdfError:
        data = stream.read_raw_bytes()
    return any(found_in(data.decode(code, "ignore"), withheld) for code in ("utf-8", "utf-16-be"))
