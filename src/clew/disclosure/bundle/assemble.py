"""One file from our own pages and the exhibits': numbered, linked, bookmarked and tagged.

The number printed on a page is its place in the file, from 1. Our own pages keep their tags; each
page of an exhibit is one tagged passage, read in the order of its file.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pikepdf

from clew.disclosure.exports.pdf_process import bounded_pdf

A4 = (595.276, 841.89)
"""Points; ISO 216."""
EDGE, FOOT = 20.0, 40.0
"""Declared: points around an exhibit's page, and beneath it for its number."""
_ASCII = "".join(f"&#{code};" for code in range(32, 127))
_STAMP_PAGE = (
    "<html lang=en><head><title>Numbers</title><style>html{font:9pt 'DejaVu Sans'}</style></head>"
    f"<body><p>A{_ASCII}</p></body></html>"
)
_MAPPED = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]{4})>")


@dataclass(frozen=True, slots=True)
class Insert:
    """The pages of an exhibit, the place in our own pages after which they go, and their foot."""

    after: str
    pages: pikepdf.Pdf
    label: str
    pictures: frozenset[int]


@dataclass(frozen=True, slots=True)
class Layout:
    """On which page each place of the document is, and how many pages there are."""

    pages: Mapping[str, int]
    total: int


def lay_out(own: bytes, inserts: Sequence[tuple[str, int]]) -> Layout:
    """Return where each place will be, once so many pages follow each of the named ones."""
    with pikepdf.open(io.BytesIO(own)) as pdf:
        ours = _places(pdf)
        starts = [(ours[after], count) for after, count in inserts]
        moved = {
            name: at + 1 + sum(count for start, count in starts if start < at)
            for name, at in ours.items()
        }
        return Layout(moved, len(pdf.pages) + sum(count for _, count in inserts))


def _places(pdf: pikepdf.Pdf) -> dict[str, int]:
    numbers = {page.obj.objgen: place for place, page in enumerate(pdf.pages)}
    names = pdf.Root.Names.Dests.Names
    return {str(names[at]): numbers[names[at + 1][0].objgen] for at in range(0, len(names), 2)}


def assemble(own: bytes, inserts: Sequence[Insert], foot: str) -> bytes:
    """Return the finished file; the same input gives the same bytes."""
    pdf = pikepdf.open(io.BytesIO(own))
    own_places = _places(pdf)
    feet = [foot] * len(pdf.pages)
    writer = _Stamps(pdf)
    tags = _Tags(pdf)
    shift = 0
    for insert in sorted(inserts, key=lambda one: own_places[one.after]):
        at = own_places[insert.after] + 1 + shift
        for number, page in enumerate(insert.pages.pages, 1):
            made = _on_a4(pdf, page, at)
            what = f"{insert.label}, page {number} of {len(insert.pages.pages)}"
            tags.add(made, what if number in insert.pictures else "")
            feet.insert(at, what)
            at += 1
            shift += 1
    for number, page in enumerate(pdf.pages, 1):
        writer.stamp(page, str(number), feet[number - 1])
    tags.finish()
    _bookmark(pdf)
    first = pdf.pages[0].obj
    pdf.Root.OpenAction = pikepdf.Array([first, pikepdf.Name.XYZ, None, None, 1])
    if inserts:
        # Tags and fonts of foreign pages are not ours to vouch for.
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as about:
            for name in [one for one in about if "pdfua" in one]:
                del about[name]
    out = io.BytesIO()
    pdf.save(
        out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )  # fmt: skip
    return out.getvalue()


def _on_a4(pdf: pikepdf.Pdf, source: pikepdf.Page, at: int) -> pikepdf.Page:
    """Insert a page, standing or lying as its source does, that shows the source."""
    left, bottom, right, top = (float(edge) for edge in source.cropbox)
    turned = int(source.obj.get("/Rotate", 0)) % 180 == 90
    width, height = (top - bottom, right - left) if turned else (right - left, top - bottom)
    size = (A4[1], A4[0]) if width > height else A4
    pdf.add_blank_page(page_size=size)
    last = pdf.pages[-1]
    pdf.pages.insert(at, last)
    del pdf.pages[-1]
    page = pdf.pages[at]
    room = pikepdf.Rectangle(EDGE, FOOT, size[0] - EDGE, size[1] - EDGE)
    show_on(pdf, page, source, room)
    return page


def show_on(
    pdf: pikepdf.Pdf, page: pikepdf.Page, source: pikepdf.Page, room: pikepdf.Rectangle
) -> None:
    """Show what another page shows, as large as fits into the room, with text that stays text."""
    form = pdf.copy_foreign(source.as_form_xobject())
    name = page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name("/ClewPage"))
    page.contents_add(page.calc_form_xobject_placement(form, name, room), prepend=False)


@cache
def _stamp_page() -> bytes:
    return bounded_pdf(_STAMP_PAGE)


class _Stamps:
    """Writes a page's number and foot in a font that is in the file."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        source = pikepdf.open(io.BytesIO(_stamp_page()))
        self.pdf = pdf
        self.codes: dict[str, str] = {}
        for font in source.pages[0].Resources.Font.values():
            found = _MAPPED.findall(font.ToUnicode.read_bytes())
            if len(found) > len(self.codes):
                self.codes = {chr(int(to, 16)): code.decode() for code, to in found}
                self.font = pdf.copy_foreign(font)
        widths = self.font.DescendantFonts[0].W
        self.widths: dict[int, float] = {}
        for place in range(0, len(widths), 2):
            for step, width in enumerate(widths[place + 1]):
                self.widths[int(widths[place]) + step] = float(width)

    def stamp(self, page: pikepdf.Page, number: str, foot: str) -> None:
        """Write the number in the middle of the foot, and what the page is made from on the left.

        Both are marked as not part of the text, so that a screen reader leaves them out.
        """
        left, bottom, right, _ = (float(edge) for edge in page.mediabox)
        font = page.add_resource(self.font, pikepdf.Name.Font, pikepdf.Name("/ClewStamp"))
        middle = (left + right) / 2 - self._wide(number, 10) / 2
        lines = [self._line(font, 10, middle, bottom + 22, number)]
        lines.append(self._line(font, 6, left + EDGE, bottom + 11, foot))
        content = "/Artifact <</Type /Pagination>> BDC q 0 g " + " ".join(lines) + " Q EMC"
        # What was drawn before may have turned the page's axes: it is closed in first.
        page.contents_add(b"q", prepend=True)
        page.contents_add(f"Q {content}".encode(), prepend=False)

    def _wide(self, text: str, size: float) -> float:
        return sum(self.widths.get(int(self.codes[c], 16), 600) for c in text) * size / 1000

    def _line(self, font: pikepdf.Name, size: float, x: float, y: float, text: str) -> str:
        shown = "".join(self.codes.get(one, self.codes["?"]) for one in text)
        return f"BT {font} {size} Tf {x:.2f} {y:.2f} Td <{shown}> Tj ET"


class _Tags:
    """Adds each exhibit's page to the tag tree: a passage, or a figure that says what it is."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf, self.tree = pdf, pdf.Root.StructTreeRoot
        root = self.tree.K
        self.parent = root[0] if isinstance(root, pikepdf.Array) else root
        self.parents = pikepdf.NumberTree(self.tree.ParentTree)
        self.next = max(self.parents.keys(), default=-1) + 1
        self.added: list[pikepdf.Object] = []

    def add(self, page: pikepdf.Page, picture: str) -> None:
        """Tag a page's whole content; `picture`: the words for a page that is one."""
        kind = "Figure" if picture else "P"
        element = pikepdf.Dictionary(
            Type=pikepdf.Name.StructElem, S=pikepdf.Name(f"/{kind}"), P=self.parent, Pg=page.obj,
            K=0,
        )  # fmt: skip
        if picture:
            element.Alt = pikepdf.String(f"Picture: {picture}")
        made = self.pdf.make_indirect(element)
        page.contents_add(f"/{kind} <</MCID 0>> BDC".encode(), prepend=True)
        page.contents_add(b"EMC", prepend=False)
        page.obj.StructParents = self.next
        page.obj.Tabs = pikepdf.Name.S
        self.parents[self.next] = self.pdf.make_indirect(pikepdf.Array([made]))
        self.next += 1
        self.added.append(made)

    def finish(self) -> None:
        """Hang what was added under the document's own root."""
        if not self.added:
            return
        below = self.parent.get("/K", pikepdf.Array())
        if not isinstance(below, pikepdf.Array):
            below = pikepdf.Array([below])
        self.parent.K = pikepdf.Array([*below, *self.added])
        self.tree.ParentTreeNextKey = self.next


def _bookmark(pdf: pikepdf.Pdf) -> None:
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}

    def name(first: pikepdf.Object) -> None:
        item: pikepdf.Object | None = first
        while item is not None:
            title = str(item.Title)
            item.Title = pikepdf.String(f"{title}, page {numbers[item.Dest[0].objgen]}")
            if "/First" in item:
                name(item.First)
            item = item.get("/Next")

    if "/Outlines" in pdf.Root and "/First" in pdf.Root.Outlines:
        name(pdf.Root.Outlines.First)
