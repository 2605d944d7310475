"""The finished bundle, read back as a reader gets it."""

import io
import json
import shutil
import subprocess

import pdfplumber
import pikepdf
import pypdf
import pytest
from bundle_cases import content, exhibit, pdf, picture

from clew.disclosure.bundle.content import RECONSTRUCTION, Use
from clew.disclosure.bundle.differences import differences
from clew.disclosure.bundle.make import make_bundle


@pytest.fixture(scope="module")
def made():
    lying = pdf("A page that lies.", style="@page { size: A4 landscape }")
    return make_bundle(
        content(
            exhibit("1", "late.txt", b"A late page.", late=True),
            exhibit("2", "three.pdf", pdf("One.", "Two.", "Three.")),
            exhibit("3", "lying.pdf", lying),
            exhibit("4", "picture.jpg", picture()),
            exhibit("5", "broken.pdf", b"%PDF-1.7 nothing follows"),
            exhibit("6", "table.csv", b"a,b\n1,2\n"),
            exhibit("7", "log.txt", b"never read", use=Use.UNUSED),
            withheld=(),
            says="A sentence.",
        )
    )


@pytest.fixture(scope="module")
def read(made):
    return pypdf.PdfReader(io.BytesIO(made.pdf), strict=True)


def test_the_printed_number_is_the_page_of_the_file(made):
    with pdfplumber.open(io.BytesIO(made.pdf)) as pages:
        for number, page in enumerate(pages.pages, 1):
            foot = page.crop((0, page.height - 35, page.width, page.height - 17))
            assert foot.extract_text() == str(number)


def test_every_index_entry_lands_on_the_page_it_names(read):
    names, links = read.named_destinations, 0
    for page in read.pages:
        for one in page.get("/Annots", []):
            link = one.get_object()
            target = names[link["/Dest"]]
            assert read.get_page_number(target.page.get_object()) >= 0
            links += 1
    text = read.pages[0].extract_text().split()
    where = {
        name: read.get_page_number(target.page.get_object()) + 1 for name, target in names.items()
    }
    for name, page in where.items():
        if name.startswith("exhibit-") or name in {"chronology", "custody", "unused"}:
            assert str(page) in text
    assert links >= 12


def test_each_exhibit_follows_its_own_page(made, read):
    told = {one["number"]: one for one in json.loads(made.manifest)["exhibits"]}
    assert list(told) == ["2", "3", "4", "5", "6", "1"]
    for number, page in (("2", 0), ("6", 0), ("1", 0)):
        first = told[number]["first_page"]
        title = read.pages[first - 2].extract_text()
        assert f"Exhibit {number}:" in title, page
    assert "Three." in read.pages[told["2"]["first_page"] + 1].extract_text()
    assert told["1"]["first_page"] == len(read.pages)
    assert told["5"]["pages"] == 0
    assert "could not be opened" in told["5"]["not_set"]


def test_landscape_is_kept(made, read):
    told = {one["number"]: one for one in json.loads(made.manifest)["exhibits"]}
    box = read.pages[told["3"]["first_page"] - 1].mediabox
    assert box.width > box.height


def test_bookmarks_bear_their_page(read):
    def walk(items):
        for item in items:
            if isinstance(item, list):
                yield from walk(item)
            else:
                yield item

    items = list(walk(read.outline))
    assert len(items) > 12
    for item in items:
        page = read.get_destination_page_number(item) + 1
        assert item.title.endswith(f", page {page}")


def test_language_title_tags_and_opening(made, read):
    root = read.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read.metadata.title == "Bundle for the coroner"
    assert root["/OpenAction"][4] == 1
    with pikepdf.open(io.BytesIO(made.pdf)) as file:
        parents = pikepdf.NumberTree(file.Root.StructTreeRoot.ParentTree)
        for page in file.pages:
            assert page.obj.StructParents in parents
        assert any("picture" in str(one.get("/Alt", "")).lower() for one in file.objects
                   if isinstance(one, pikepdf.Dictionary))  # fmt: skip


def test_unused_material_is_described_and_not_included(read):
    text = "\n".join(page.extract_text() for page in read.pages)
    assert "Document 7" in text
    assert "never read" not in text
    assert all(" ".join(sentence.split()) in " ".join(text.split()) for sentence in RECONSTRUCTION)


def test_qpdf_and_poppler_read_it_without_a_word(made, tmp_path):
    path = tmp_path / "bundle.pdf"
    path.write_bytes(made.pdf)
    for line in (["qpdf", "--check"], ["pdfinfo"], ["pdftotext"]):
        if shutil.which(line[0]) is None:
            pytest.skip(f"{line[0]} is not installed")
        done = subprocess.run([*line, path], capture_output=True, text=True, check=True)
        assert done.stderr == ""


def test_the_same_content_gives_the_same_bytes():
    same = content(exhibit("1", "a.txt", b"Text."), exhibit("2", "b.jpg", picture()))
    one, two = make_bundle(same), make_bundle(same)
    assert one.pdf == two.pdf
    assert one.manifest == two.manifest


def test_a_change_of_one_word_is_in_the_differences():
    old, new = (
        make_bundle(content(says=f"The door was {word} at four.", withheld=()))
        for word in ("open", "shut")
    )
    changes = differences(old.pdf, new.pdf)
    assert len(changes) == 1
    assert "removed: “open”" in changes[0]
    assert "added: “shut”" in changes[0]
    assert differences(old.pdf, old.pdf) == []
