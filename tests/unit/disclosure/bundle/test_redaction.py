"""What is withheld is nowhere in the finished file; where it is, nothing is released."""

import io

import pikepdf
import pypdfium2
import pytest
from bundle_cases import SECRET, content, exhibit, pdf, picture
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.comments import Comment
from PIL import Image

from clew.disclosure.bundle.exhibits import can_recognise
from clew.disclosure.bundle.make import make_bundle
from clew.disclosure.bundle.prove import RedactionFailed, prove
from clew.disclosure.bundle.withhold import Withheld, found_in, redacted, spans


def changed(data: bytes, change) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as file:
        change(file)
        out = io.BytesIO()
        file.save(out)
        return out.getvalue()


def in_metadata(file):
    file.docinfo["/Author"] = "Quill Farrow"


def in_attachment(file):
    file.attachments["note.txt"] = b"Quill Farrow"


def in_comment(file):
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[10, 10, 30, 30],
        Contents=pikepdf.String("Quill Farrow"),
    )  # fmt: skip
    file.pages[0].Annots = pikepdf.Array([file.make_indirect(note)])


def in_hidden_layer(file):
    layer = file.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Quill Farrow"))
    file.Root.OCProperties = pikepdf.Dictionary(
        OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer], Order=[layer])
    )
    page = file.pages[0]
    page.Resources.Properties = pikepdf.Dictionary(L0=layer)
    page.Resources.Font["/Fh"] = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.contents_add(b"/OC /L0 BDC BT /Fh 9 Tf 50 50 Td (Quill Farrow) Tj ET EMC", prepend=False)


PLANTED = {
    "text": pdf("Said Quill Farrow.", "A second page."),
    "broken over a line": pdf("Said Quill-<br>Farrow."),
    "alternative text": pdf("<img alt='Quill Farrow' src=''>Some words."),
    "metadata": changed(pdf("Some words."), in_metadata),
    "attachment": changed(pdf("Some words."), in_attachment),
    "comment": changed(pdf("Some words."), in_comment),
    "hidden layer": changed(pdf("Some words."), in_hidden_layer),
}


@pytest.fixture(scope="module")
def made():
    book = Workbook()
    book.active.append(["Quill Farrow", "shown"])
    book.active["B1"].comment = Comment("Quill Farrow", "Quill Farrow")
    book.create_sheet("Quill Farrow").sheet_state = "hidden"
    sheets = io.BytesIO()
    book.save(sheets)
    exif = Image.Exif()
    exif[0x010E] = "Quill Farrow"
    planted = [exhibit(str(n), f"{n}.pdf", one) for n, one in enumerate(PLANTED.values(), 1)]
    return make_bundle(
        content(
            *planted,
            exhibit("20", "quill_farrow.xlsx", sheets.getvalue()),
            exhibit("21", "words.txt", b"QUILL  farrow was there"),
            *([exhibit("22", "p.jpg", picture(exif=exif.tobytes()))] if can_recognise() else []),
        )
    )


def test_nothing_withheld_is_left_anywhere(made):
    if not can_recognise():
        pytest.skip("tesseract is not installed")
    assert prove(made.pdf, [SECRET]).texts == 1
    assert not found_in(made.manifest, [SECRET])
    with pikepdf.open(io.BytesIO(made.pdf)) as file:
        plain = io.BytesIO()
        file.save(plain, stream_decode_level=pikepdf.StreamDecodeLevel.all,
                  object_stream_mode=pikepdf.ObjectStreamMode.disable)  # fmt: skip
    for name in (b"Quill Farrow", b"quill_farrow", "Quill Farrow".encode("utf-16-be")):
        assert name not in plain.getvalue()


def test_what_is_beside_the_withheld_text_stays(made):
    read = pypdfium2.PdfDocument(made.pdf)
    text = " ".join(page.get_textpage().get_text_range() for page in read)
    assert "A second page." in text
    assert "[withheld: name of a witness]" in " ".join(text.split())
    assert "was there" in text


@pytest.mark.parametrize("place", ["text", "metadata", "attachment", "comment", "hidden layer"])
def test_a_leak_stops_the_release(place):
    with pytest.raises(RedactionFailed) as stopped:
        prove(PLANTED[place], [SECRET])
    assert "Farrow" not in str(stopped.value)


def test_an_earlier_revision_stops_the_release():
    twice = pdf("Words.") + b"\nstartxref\n0\n%%EOF\n"
    with pytest.raises(RedactionFailed, match="earlier revision"):
        prove(twice, [SECRET])


def test_a_failure_of_redaction_stops_the_release(monkeypatch):
    monkeypatch.setattr("clew.disclosure.bundle.make.redacted", lambda text, _: text)
    with pytest.raises(RedactionFailed):
        make_bundle(content())


LETTERS = st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x17F), min_size=3,
                  max_size=12)  # fmt: skip


@given(LETTERS, st.sampled_from(["", "-\n", " ", "\u00ad", "\u200b", "_"]), st.integers(1, 2))
def test_a_text_is_found_however_it_is_broken(text, between, place):
    one = Withheld(text, "ground")
    broken = text[:place] + between + text[place:]
    assert found_in(f"before {broken} after", [one])
    assert not found_in(redacted(f"before {broken.upper()}, after", [one]), [one])


def test_only_whole_words_are_withheld():
    assert not found_in("the fleet left", [Withheld("Lee", "ground")])
    assert spans(list("a ﬁne day"), [Withheld("fine", "ground")]) == [(2, 5)]
