"""The PDFs: tagged, in a language, with a title; they hold what they must and fetch nothing."""

from __future__ import annotations

import io
import re

import pytest
from bundle_sample import STAMP, a_bundle, a_comparison, a_sheet
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from clew.disclosure.exports import pdf, pdf_process
from clew.disclosure.exports.bundle import bundle_pdf
from clew.disclosure.exports.pdf import breakable, matrix_pdf, sheet_pdf
from clew.disclosure.exports.pdf_process import answer_of, bounded_pdf, to_pdf
from clew.disclosure.words import REASON_TO_LOOK, SILENCE
from clew.errors import UsageRejected


def made(name: str, text: str = "", facts: int = 24) -> bytes:
    if name == "matrix":
        return matrix_pdf(a_comparison(text).comparison, STAMP)
    if name == "sheet":
        return sheet_pdf(a_sheet(text), STAMP)
    return bundle_pdf(a_bundle(text, facts), STAMP)


def text_of(raw: bytes) -> str:
    return " ".join(" ".join(p.extract_text() for p in PdfReader(io.BytesIO(raw)).pages).split())


ALL = ("matrix", "sheet", "bundle")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {name: made(name) for name in ALL}


@pytest.mark.parametrize("name", ALL)
def test_it_is_tagged_for_readers_that_speak_it(files: dict[str, bytes], name: str) -> None:
    reader = PdfReader(io.BytesIO(files[name]))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"pdfuaid:part>?=?\W*1", metadata)
    assert reader.metadata is not None
    assert reader.metadata.title
    assert reader.metadata.subject == REASON_TO_LOOK


@pytest.mark.parametrize("name", ALL)
def test_headers_of_tables_and_headings_are_tagged_as_such(
    files: dict[str, bytes], name: str
) -> None:
    kinds: list[str] = []
    left = [PdfReader(io.BytesIO(files[name])).trailer["/Root"]["/StructTreeRoot"]]
    while left:
        node = left.pop().get_object()
        kinds.append(node.get("/S", ""))
        below = node.get("/K", [])
        below = below if isinstance(below, list) else [below]
        left += [one for one in below if hasattr(one.get_object(), "get")]
    assert kinds.count("/H1") == 1
    assert {"/H2", "/Table", "/TR", "/TH", "/TD", "/Document"} <= set(kinds)


@pytest.mark.parametrize("name", ALL)
def test_every_page_bears_the_words_and_its_number(files: dict[str, bytes], name: str) -> None:
    pages = PdfReader(io.BytesIO(files[name])).pages
    for number, page in enumerate(pages, 1):
        text = " ".join(page.extract_text().split())
        assert REASON_TO_LOOK in text
        assert f"Page {number} of {len(pages)}" in text


@pytest.mark.parametrize("name", ALL)
def test_it_says_who_made_it_when_why_and_what_was_not_searched(
    files: dict[str, bytes], name: str
) -> None:
    text = text_of(files[name])
    for words in (
        "Ann Analyst (ann)", "25 August 2014, 21:53", "the inquest", "the senior coroner",
        "records of BTP", "812 records", "1 record", SILENCE, STAMP.reference,
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize("name", ALL)
def test_no_weight_is_in_it(files: dict[str, bytes], name: str) -> None:
    text = text_of(files[name])
    assert not re.search(r"\bbans?\b|micro", text)
    assert "3.6" not in text
    assert "In a year of 11,000 deaths" in text


@pytest.mark.parametrize("name", ALL)
def test_two_runs_give_the_same_bytes(files: dict[str, bytes], name: str) -> None:
    assert made(name) == files[name]


def test_the_bundle_tells_what_a_coroner_asks(files: dict[str, bytes]) -> None:
    text = text_of(files["bundle"])
    for words in (
        "Sam Example (BD-2)", "Known and recorded", "Entered", "MPS, response team", "erased",
        "Reasons against", "ages 22 and 31", "found 30 m apart", "2 of 812", "Not linked",
        "The note explains the death", "(not verified)", "A handwriting comparison",
        "disagrees. Nobody compared the handwriting", "Opinion recorded before", "Decision 12",
        "Wait for the inquest", "Test ordered", "31 open deaths", "night duty", "consultation",
        "held apart", "Compared with 811 records", "Contents",
    ):  # fmt: skip
        assert words in text, words
    outline = PdfReader(io.BytesIO(files["bundle"])).outline
    assert outline
    assert "victim" not in text.lower()


def test_contents_lead_to_their_sections(files: dict[str, bytes]) -> None:
    reader = PdfReader(io.BytesIO(files["bundle"]))
    named = set(reader.named_destinations)
    links = [
        a.get_object()["/A"]["/D"] if "/A" in a.get_object() else a.get_object().get("/Dest")
        for page in reader.pages
        for a in page.get("/Annots", [])
    ]
    assert len(links) >= 9
    assert {str(link) for link in links} <= named


ATTACKS = (
    '<img src="http://x.invalid/a.png">', "<style>@import 'file:///etc/passwd'</style>",
    "<link rel=attachment href='file:///etc/passwd'>", "{{ 7*7 }}</td></tr></table><h1>",
    "a" * 200, "\u202e\x00\ud800\ufffe",
)  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_no_text_of_a_record_becomes_part_of_the_page(name: str) -> None:
    raw = made(name, " ".join(ATTACKS), facts=1)
    assert REASON_TO_LOOK in text_of(raw)
    assert b"/EmbeddedFile" not in raw
    text = "".join(text_of(raw).split())
    for words in ATTACKS[:4]:
        assert "".join(words.split()) in text, words


@settings(max_examples=5, phases=(Phase.generate,), suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=40))
def test_whatever_a_record_holds_the_file_is_read_again(text: str) -> None:
    assert REASON_TO_LOOK in text_of(made("matrix", text))


def test_leave_to_break_a_word_changes_no_word() -> None:
    html = f'<p title="{"b" * 90}">{"a" * 90}&amp;{"&lt;" * 50} short</p>'
    assert breakable(html).replace("<wbr>", "") == html
    assert breakable(html).count("<wbr>") == 3
    assert "b" * 90 in breakable(html)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.png", "file:///etc/hostname"])
def test_nothing_is_fetched(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda *a, **k: asked.append(a))
    raw = to_pdf(f'<html lang="en"><title>t</title><img alt="a" src="{address}"><p>text')
    assert "text" in text_of(raw)
    assert asked == []


def test_absent_libraries_are_one_line_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent() -> None:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf_process, "_load", absent)
    monkeypatch.setattr(pdf, "bounded_pdf", to_pdf)
    assert answer_of("x").startswith(b"no\n")  # so the process says it, and its parent again
    with pytest.raises(UsageRejected, match=r"apt-get install libpango-1\.0-0") as refused:
        made("sheet")
    assert "\n" not in str(refused.value)


def long_page(characters: int) -> str:
    words = "he was found at the foot of the stairs "
    return f'<html lang="en"><title>t</title><p>{words * (characters // len(words))}'


def test_a_text_of_more_than_a_megabyte_is_refused_before_it_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf_process.subprocess, "run", None)
    with pytest.raises(UsageRejected, match=r"too long for a PDF: 1,[\d,]+ characters"):
        bounded_pdf(long_page(1_100_000))


def test_a_text_that_takes_too_much_memory_or_time_is_refused_plainly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = long_page(200_000)
    with monkeypatch.context() as patch:
        patch.setattr(pdf_process, "MEMORY", 100 * 1024 * 1024)
        with pytest.raises(UsageRejected, match="more memory than one file may"):
            bounded_pdf(page)
    with monkeypatch.context() as patch:
        patch.setattr(pdf_process, "SECONDS", 0.1)
        with pytest.raises(UsageRejected, match="more than 0 seconds"):
            bounded_pdf(page)
    with monkeypatch.context() as patch:
        patch.setattr(pdf_process, "WORK_S", 1)
        with pytest.raises(UsageRejected, match="more than 1 seconds of work"):
            bounded_pdf(page)
    assert "stairs" in text_of(bounded_pdf(long_page(100)))  # the next one is made


def test_a_process_that_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_process.sys, "executable", "/bin/false")
    with pytest.raises(UsageRejected, match="more memory than one file may"):
        bounded_pdf(long_page(100))


def test_a_file_that_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_process, "MOST_PDF", 100)
    assert answer_of(long_page(100)) == b"long\n"


def test_no_more_are_made_at_once_than_a_server_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_process, "SECONDS", 0.01)
    held = [pdf_process.AT_ONCE.acquire(blocking=False) for _ in range(2)]
    try:
        with pytest.raises(UsageRejected, match="other PDFs are being made"):
            bounded_pdf(long_page(100))
    finally:
        for _ in held:
            pdf_process.AT_ONCE.release()


def test_the_process_makes_the_same_bytes() -> None:
    assert bounded_pdf(long_page(500)) == to_pdf(long_page(500))


@pytest.mark.long
def test_a_text_of_nearly_a_megabyte_comes_to_an_end() -> None:
    try:
        said = bounded_pdf(long_page(990_000))[:4].decode()
    except UsageRejected as refused:
        said = str(refused)
    assert said == "%PDF" or "too long for a PDF" in said
