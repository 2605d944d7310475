"""Whatever a message holds: it is refused in one line, or every item of it is accounted for."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clew.errors import ClewError
from clew.intake.messages.message import RefusedError
from clew.intake.messages.reader import read_items
from clew.intake.messages.write_mdi import document, json_text, toxicology_messages
from clew.intake.read import CaseSources

TEXTS = {
    "case_id": "A", "reported_at": "2014-06-19T04:05:00+01:00", "sex": "male", "age_years": "22",
    "earliest": "2014-06-18", "latest": "2014-06-19", "manner": "undetermined", "premises": "home",
    "cause": "Mixed drug toxicity; due to GHB", "latitude": "51.5", "longitude": "0.08",
    "toxicology report T1": json.dumps(
        {"laboratory_case": "T1", "case": "A", "issued": "2014-07-31T10:00:00+00:00",
         "results": [["GHB", "", "Urine", "true", "yes"], ["Cocaine", "", "", "<5 ng/mL", "no"]]}
    ),
}  # fmt: skip
DOCUMENT = json.loads(json_text(document(TEXTS)))
TOXICOLOGY = json.loads(json_text(toxicology_messages(TEXTS)[0]))
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.floats()
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["code", "coding", "value", "extension", "url", "resource", "entry", "x"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def check_one_line(fault: ClewError) -> None:
    assert len(fault.line().splitlines()) == 1
    assert fault.line().isprintable()


def read(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        items = list(read_items(path))
        assert items
        assert all(item.record is not None or item.refused for item in items)
        try:
            file = CaseSources(path, now=1_800_000_000).read()
        except ClewError as fault:
            check_one_line(fault)
            return
        assert len({h.case_id for h in file.histories}) == len(file.histories)
        for history in file.histories:
            instants = [since for since, _ in history.versions]
            assert instants == sorted(set(instants))


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place of a tree at which something else can be put."""
    found: list[tuple[Any, Any]] = []
    steps: Any = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, child in list(steps):
        found.append((tree, key))
        if isinstance(child, dict | list):
            found += places(child)
    return found


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_anything_at_any_place_of_a_message(data: st.DataObject) -> None:
    tree = json.loads(json.dumps(data.draw(st.sampled_from([DOCUMENT, TOXICOLOGY]))))
    for _ in range(data.draw(st.integers(1, 4))):
        holder, key = data.draw(st.sampled_from(places(tree)))
        if data.draw(st.booleans()):
            holder[key] = data.draw(TREES)
        else:
            holder.pop(key)
        if not places(tree):
            return
    read(json.dumps(tree).encode(), "m.json")


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_any_bytes_anywhere(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["m.json", "m.xml", "m.ije", "m.ndjson"]))
    content = bytearray(
        json.dumps(DOCUMENT).encode() if "j" in name else b'<Bundle xmlns="http://hl7.org/fhir"/>'
    )
    if name == "m.ije":
        content = bytearray(b"2022CT0000020".ljust(188) + b"F0001042".ljust(4812))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content)))
        if data.draw(st.booleans()):
            content[at:at] = data.draw(st.binary(max_size=4))
        else:
            del content[at : at + data.draw(st.integers(1, 60))]
    read(bytes(content), name)


def test_what_a_message_calls_itself_is_refused_in_one_printable_line() -> None:
    line = RefusedError("a single \x08\nPatient\x1b[2J", "Send the Bundle").line()
    assert line.isprintable()
    assert "Patient" in line
