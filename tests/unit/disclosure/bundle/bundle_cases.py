"""A small bundle that the tests make: two records, exhibits of several kinds, withheld texts."""

import hashlib
import io

from PIL import Image

from clew.disclosure.bundle.content import BundleContent, Entry, Exhibit, Record, Replayed
from clew.disclosure.bundle.withhold import Withheld
from clew.disclosure.exports.pdf_process import to_pdf

KNOWN = 1_403_150_000
SECRET = Withheld("Quill Farrow", "name of a witness")


def exhibit(number: str, file: str, data: bytes, **more: object) -> Exhibit:
    digest = hashlib.sha256(data).hexdigest()
    return Exhibit(number, f"Document {number}", file, data, digest, "", KNOWN, "MPS", "officer",
                   **more)  # type: ignore[arg-type] # fmt: skip


def pdf(*pages: str, style: str = "") -> bytes:
    body = "".join(f"<p style='break-before: page'>{text}</p>" for text in pages)
    return to_pdf(f"<html lang=en><head><title>t</title><style>{style}</style></head>{body}")


def picture(**save: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(out, "JPEG", **save)  # type: ignore[arg-type]
    return out.getvalue()


def content(*exhibits: Exhibit, says: str = "Seen by Quill\nFarrow", withheld=(SECRET,)):
    entry = Entry("cause", says, KNOWN, KNOWN, "MPS", "seen", "", "deaths.csv, record A-1")
    return BundleContent(
        title="Bundle for the coroner", recipient="The coroner", direction="", as_of=KNOWN + 10,
        timezone="Europe/London", version="test",
        records=(Record("A-1", "Man, 22 (A-1)", "", (entry,)),),
        replays=(Replayed(KNOWN + 10, 1, KNOWN, "test", "declared", "five candidates", ()),),
        coverage=(), exhibits=exhibits, files=(("deaths.csv", "ab" * 32),), withheld=withheld,
    )  # fmt: skip
