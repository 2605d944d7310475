"""Time and memory of a bundle with 1,000 exhibit pages, twenty of them redacted (disclose.md).

Prints seconds, the peak of memory in MB and the bytes; reading the twenty redacted pages again is
timed apart. Run: `python benchmarks/bundle.py`.
"""

from __future__ import annotations

import hashlib
import io
import resource
import time

import pikepdf
import pypdfium2

from clew.disclosure.bundle import exhibits
from clew.disclosure.bundle.content import BundleContent, Exhibit
from clew.disclosure.bundle.make import make_bundle
from clew.disclosure.bundle.withhold import Withheld
from clew.disclosure.exports.pdf_process import bounded_pdf

PAGES, REDACTED, EXHIBITS = 1_000, 20, 10
AT = 1_403_150_000
WORDS = "The log of the day says who was on duty, what was reported, and what was done. " * 25


def _document(number: int) -> bytes:
    """Return a document of a tenth of the pages; two of them name the witness."""
    each = PAGES // EXHIBITS
    marked = {10, 60}
    body = "".join(
        f"<p style='break-before: page'>Page {number}-{page}. {WORDS}"
        f"{'Seen by Quill Farrow.' if page in marked else ''}</p>"
        for page in range(each)
    )
    return bounded_pdf(f"<html lang=en><head><title>Log</title></head><body>{body}</body></html>")


def main() -> None:
    """Make the bundle and print what it took."""
    documents = [_document(number) for number in range(EXHIBITS)]
    given = tuple(
        Exhibit(str(n), f"Log {n}", f"log-{n}.pdf", data, hashlib.sha256(data).hexdigest(), "", AT,
                "", "")
        for n, data in enumerate(documents, 1)
    )  # fmt: skip
    content = BundleContent(
        "Bundle", "The coroner", "", AT, "Europe/London", "benchmark", (), (), (), given, (),
        (Withheld("Quill Farrow", "name of a witness"),),
    )  # fmt: skip
    reading = 0.0
    recognise = exhibits._tesseract

    def timed(picture: object, form: str) -> bytes:
        nonlocal reading
        began = time.perf_counter()
        found: bytes = recognise(picture, form)  # type: ignore[arg-type]
        reading += time.perf_counter() - began
        return found

    exhibits._tesseract = timed
    began, work = time.perf_counter(), time.process_time()
    made = make_bundle(content)
    took, worked = time.perf_counter() - began, time.process_time() - work
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pages = len(pypdfium2.PdfDocument(made.pdf))
    with pikepdf.open(io.BytesIO(made.pdf)) as file:
        pictures = sum(
            isinstance(one, pikepdf.Stream) and one.get("/Subtype") == pikepdf.Name.Image
            for one in file.objects
        )
    assert pages > PAGES
    assert pictures == REDACTED, pictures
    print(f"{pages:,} pages, {REDACTED} redacted: {took:.1f} s ({worked:.1f} s of this process's")
    print(f"work; reading the redacted pages again, summed: {reading:.1f} s), {peak:.0f} MB,")
    print(f"{len(made.pdf) / 1e6:.1f} MB of file. {made.proof.say()}")


if __name__ == "__main__":
    main()
