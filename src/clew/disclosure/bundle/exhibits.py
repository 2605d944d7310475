"""Exhibits of every kind become pages; a page with a withheld text becomes a picture, read again.

What a page shows is kept, and nothing else of a foreign file: no form, script, attachment, comment
or layer that is not shown. A file that cannot be opened is named, never dropped.
"""

from __future__ import annotations

import ctypes
import html
import io
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw
from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError
from python_calamine import CalamineWorkbook, SheetVisibleEnum

from clew.disclosure.bundle.assemble import show_on
from clew.disclosure.bundle.content import Exhibit
from clew.disclosure.bundle.withhold import Withheld, found_in, redacted, spans
from clew.disclosure.exports.pdf import breakable
from clew.disclosure.exports.pdf_process import bounded_pdf
from clew.disclosure.exports.text import clean_text
from clew.errors import UsageRejected

DPI = 200
"""Dots per inch of a page that becomes a picture; at most 300 (guidance on electronic bundles,
29 November 2021)."""
MOST_PIXELS = 80_000_000
"""Declared: pixels of one picture handed in; an A3 page at 600 dots per inch has 70 million."""
TEXTS = frozenset({".txt", ".csv", ".md", ".log", ".eml", ".json", ".xml"})
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".webp"})
WORKBOOKS = frozenset({".xlsx", ".xls", ".ods"})
SHEET = """
@page { size: A4; margin: 18mm 16mm 26mm }
html { font: 9pt/1.45 "DejaVu Sans" }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 9pt/1.45 "DejaVu Sans Mono" }
"""


@dataclass(slots=True)
class Pages:
    """The pages of one exhibit. `pictures` are page numbers without text of the file's own.

    `fault` says why there are none; `notes` what was done to the file. Pages that were taken from
    another file need it open until the bundle is written: `kept_open`.
    """

    pdf: pikepdf.Pdf | None
    redacted: tuple[int, ...] = ()
    pictures: frozenset[int] = frozenset()
    fault: str = ""
    notes: list[str] = field(default_factory=list)
    kept_open: list[pikepdf.Pdf] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Return how many pages there are."""
        return len(self.pdf.pages) if self.pdf else 0


def can_recognise() -> bool:
    """Return whether tesseract is installed, which reads the text of a picture."""
    return shutil.which("tesseract") is not None


def paginate(exhibit: Exhibit, withheld: Sequence[Withheld]) -> Pages:
    """Return the pages of an exhibit, with nothing of what is withheld."""
    kind = PurePath(exhibit.file).suffix.lower()
    reader = next((read for kinds, read in READERS if kind in kinds), None)
    if reader is None:
        return Pages(None, fault=f"Files of the kind {kind or 'unnamed'} cannot be set as pages.")
    try:
        return reader(exhibit.data, withheld)
    except (pikepdf.PdfError, pypdfium2.PdfiumError, UnidentifiedImageError, OSError) as fault:
        return Pages(None, fault=f"The file could not be opened ({type(fault).__name__}).")
    except UsageRejected as fault:
        return Pages(None, fault=f"The file could not be set as pages: {fault.reason}.")


def _of_bytes(data: bytes, withheld: Sequence[Withheld]) -> Pages:
    return _of_text(data.decode("utf-8-sig", "replace"), withheld)


def _of_text(text: str, withheld: Sequence[Withheld]) -> Pages:
    hidden = redacted(clean_text(text), withheld)
    page = f"<html lang=en><head><title>Exhibit</title><style>{SHEET}</style></head><body><pre>"
    made = pikepdf.open(io.BytesIO(bounded_pdf(breakable(f"{page}{html.escape(hidden)}</pre>"))))
    changed = tuple(range(1, len(made.pages) + 1)) if hidden != clean_text(text) else ()
    return Pages(made, redacted=changed)


def _of_workbook(data: bytes, withheld: Sequence[Withheld]) -> Pages:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except Exception as fault:  # its faults have no common kind
        raise OSError(str(fault)) from fault
    shown = [one.name for one in book.sheets_metadata if one.visible is SheetVisibleEnum.Visible]
    lines = []
    for name in shown:
        lines += [f"Sheet: {name}", ""]
        lines += [
            " | ".join(str(cell) for cell in row)
            for row in book.get_sheet_by_name(name).to_python()
        ]
        lines.append("")
    pages = _of_text("\n".join(lines), withheld)
    hidden = len(book.sheet_names) - len(shown)
    pages.notes.append(
        f"The visible sheets as text. Hidden sheets, not included: {hidden}. Comments and formulas"
        " are not included."
    )
    return pages


def _of_picture(data: bytes, withheld: Sequence[Withheld]) -> Pages:
    with Image.open(io.BytesIO(data)) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise OSError("too many pixels")
        frames = []
        for place in range(getattr(opened, "n_frames", 1)):
            opened.seek(place)
            frames.append(ImageOps.exif_transpose(opened).convert("RGB"))
    pictures = [_on_paper(frame) for frame in frames]
    pages = _of_pictures(pictures, withheld)
    pages.notes.append("A picture, without the data stored inside the file.")
    return pages


def _on_paper(picture: Image.Image) -> Image.Image:
    most = (3300, 2300) if picture.width > picture.height else (2300, 3300)
    # A4 within margins at 300 dots per inch, and no more.
    picture.thumbnail(most)
    return picture


def _of_pictures(pictures: list[Image.Image], withheld: Sequence[Withheld]) -> Pages:
    changed = []
    for number, picture in enumerate(pictures, 1):
        if withheld and _blacken_words(picture, withheld):
            changed.append(number)
    made = pikepdf.new()
    with ThreadPoolExecutor(2) as workers:
        single = [pikepdf.open(io.BytesIO(page)) for page in workers.map(picture_page, pictures)]
    for one in single:
        made.pages.extend(one.pages)
    numbers = frozenset(range(1, len(pictures) + 1))
    return Pages(made, tuple(changed), numbers, kept_open=single)


def _blacken_words(picture: Image.Image, withheld: Sequence[Withheld]) -> int:
    if not can_recognise():
        raise UsageRejected(
            "a picture cannot be searched for withheld texts without tesseract",
            "Install it: apt-get install tesseract-ocr",
        )
    table = _tesseract(picture, "tsv").decode()
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    words = [row for row in rows if len(row) == 12 and row[11].strip()]
    characters, owners = [], []
    for place, row in enumerate(words):
        for one in f"{row[11]} ":
            characters.append(one)
            owners.append(place)
    hits = spans(characters, withheld)
    draw = ImageDraw.Draw(picture)
    for start, end in hits:
        for place in set(owners[start:end]):
            left, top, width, height = map(int, words[place][6:10])
            draw.rectangle((left - 4, top - 4, left + width + 4, top + height + 4), fill="black")
    return len(hits)


def _tesseract(picture: Image.Image, form: str) -> bytes:
    given = io.BytesIO()
    picture.save(given, "PNG", compress_level=1)
    line = ["tesseract", "stdin", "stdout", "--dpi", str(DPI)]
    line += ["-c", "textonly_pdf=1", "pdf"] if form == "pdf" else [form]
    done = subprocess.run(  # noqa: S603 (a fixed program and fixed words)
        line, input=given.getvalue(), capture_output=True, check=False, timeout=120,
        env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"},
    )  # fmt: skip
    if done.returncode:
        raise OSError("tesseract could not read a picture")
    return done.stdout


def picture_page(picture: Image.Image) -> bytes:
    """Return one PDF page that shows a picture, with its text beneath where it can be read."""
    coded = io.BytesIO()
    picture.save(coded, "JPEG", quality=85)
    made = pikepdf.new()
    size = (picture.width * 72 / DPI, picture.height * 72 / DPI)
    page = made.add_blank_page(page_size=size)
    shown = pikepdf.Stream(
        made, coded.getvalue(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image,
        Width=picture.width, Height=picture.height, BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceRGB, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=made.make_indirect(shown)))
    page.Contents = made.make_stream(f"q {size[0]:.3f} 0 0 {size[1]:.3f} 0 0 cm /Im0 Do Q".encode())
    if can_recognise():
        words = pikepdf.open(io.BytesIO(_tesseract(picture, "pdf")))
        show_on(made, page, words.pages[0], pikepdf.Rectangle(0, 0, *size))
    out = io.BytesIO()
    made.save(out, deterministic_id=True)
    return out.getvalue()


# PDF files that were handed in.


def _of_pdf(data: bytes, withheld: Sequence[Withheld]) -> Pages:
    source = pikepdf.open(io.BytesIO(data))
    source.generate_appearance_streams()
    source.flatten_annotations("screen")
    layered = "/OCProperties" in source.Root
    flat = io.BytesIO()
    source.save(flat)
    read = pypdfium2.PdfDocument(flat.getvalue())
    read.init_forms()
    changed, scanned, pictures = [], [], {}
    for number, page in enumerate(read, 1):
        text_page = page.get_textpage()
        text = text_page.get_text_range()
        blank = not text.strip() and bool(list(page.get_objects(
            filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3
        )))  # fmt: skip
        hit = bool(found_in(text, withheld))
        if blank:
            scanned.append(number)
        if hit:
            changed.append(number)
        if hit or layered or blank:
            pictures[number] = _picture_of(page, text_page, withheld if hit else ())
        text_page.close()
        page.close()
    read.close()
    changed += [
        number for number in scanned if withheld and _blacken_words(pictures[number], withheld)
    ]
    with ThreadPoolExecutor(2) as workers:
        made = workers.map(picture_page, pictures.values())
        single = [pikepdf.open(io.BytesIO(page)) for page in made]
    for number, one in zip(pictures, single, strict=True):
        source.pages[number - 1] = one.pages[0]
    pages = Pages(source, tuple(sorted(changed)), frozenset(pictures), kept_open=single)
    if layered:
        pages.notes.append("The file has layers: its pages are pictures of what is shown.")
    return pages


def _picture_of(page: Any, text_page: Any, withheld: Sequence[Withheld]) -> Image.Image:
    scale = DPI / 72
    picture: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
    if not withheld:
        return picture
    count = text_page.count_chars()
    raw = pypdfium2.raw
    characters = [chr(raw.FPDFText_GetUnicode(text_page, n) or 32) for n in range(count)]
    draw = ImageDraw.Draw(picture)
    for start, end in spans(characters, withheld):
        for place in range(start, end):
            left, bottom, right, top = text_page.get_charbox(place, loose=True)
            corners = [_on_picture(page, picture, x, y) for x, y in ((left, bottom), (right, top))]
            xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
            draw.rectangle((xs[0] - 3, ys[0] - 3, xs[1] + 3, ys[1] + 3), fill="black")
    return picture


def _on_picture(page: Any, picture: Image.Image, x: float, y: float) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pypdfium2.raw.FPDF_PageToDevice(
        page, 0, 0, picture.width, picture.height, 0, x, y,
        ctypes.byref(across), ctypes.byref(down),
    )  # fmt: skip
    return across.value, down.value


READERS: tuple[tuple[frozenset[str], Callable[[bytes, Sequence[Withheld]], Pages]], ...] = (
    (frozenset({".pdf"}), _of_pdf),
    (PICTURES, _of_picture),
    (TEXTS, _of_bytes),
    (WORKBOOKS, _of_workbook),
)
"""Who reads which kind of file, by the end of its name."""
