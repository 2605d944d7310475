from __future__ import annotations

import json
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from made_messages import NOW, ReadTree, ije, layout, put

from clew.errors import InputRejected
from clew.intake.read import CaseSources
from clew.model.case import Entity


def test_no_two_fields_of_the_layout_overlap() -> None:
    spans = sorted(layout().values())
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans))
    assert spans[-1][1] <= 5000


def test_a_record_becomes_a_case(tmp_path: Path) -> None:
    file = CaseSources(put(tmp_path, "a.ije", ije()), timezone="America/New_York", now=NOW).read()
    (history,) = file.histories
    case = history.versions[-1][1]
    assert (case.case_id, case.sex, case.age_years) == ("2022CT000002", "female", 42)
    assert (case.manner, case.manner_said_by) == ("accident", "medical examiner or coroner")
    assert (case.premises, case.substances) == ("home", ("fentanyl",))
    assert case.window is not None
    assert case.window.earliest == case.window.latest == 1647423600
    assert not case.report_known_to_the_minute
    assert file.traits == {"2022CT000002": {"group_race": "White"}}


@pytest.mark.parametrize("join", ["", "\n", "\r\n"])
def test_records_one_a_line_or_one_behind_the_other(tmp_path: Path, join: str) -> None:
    told = join.join(ije(FILENO=f"{n:06}") for n in range(1, 4))
    file = CaseSources(put(tmp_path, "a.mor", told), now=NOW).read()
    assert [h.case_id for h in file.histories] == [f"2022CT00000{n}" for n in (1, 2, 3)]


def test_txt_that_looks_like_ije_is_read_as_such(tmp_path: Path) -> None:
    assert CaseSources(put(tmp_path, "a.txt", ije()), now=NOW).read().histories


def test_short_records_latin_1_and_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.ije"
    path.write_bytes(ije(COD1A="Café")[:4000].encode("latin-1"))
    file = CaseSources(path, now=NOW).read()
    assert file.histories[0].versions[0][1].cause == "Café"
    assert any("4,000 characters, not 5,000" in w for w in file.warnings)
    assert any("Latin-1" in w for w in file.warnings)
    path.write_bytes(b"\xef\xbb\xbf" + ije().encode())
    assert CaseSources(path, now=NOW).read().histories


def test_a_record_that_breaks_off_is_refused_and_the_others_stand(tmp_path: Path) -> None:
    told = "\n".join([ije(), ije()[:100], ije(FILENO="000003")])
    file = CaseSources(put(tmp_path, "a.ije", told), now=NOW).read()
    assert len(file.histories) == 2
    assert [(r.row, r.kept) for r in file.rejects] == [(2, False)]
    assert "ends before its age" in file.rejects[0].reason


@pytest.mark.parametrize(
    ("fields", "age"),
    [
        ({"AGETYPE": "9", "AGE": "999"}, None),
        ({"AGETYPE": "2", "AGE": "006"}, 0.5),
        ({"AGETYPE": "9", "DOB_YR": "1982", "DOB_MO": "03", "DOB_DY": "16"}, 40.0),
        ({"AGETYPE": "7"}, None),
        ({"AGE": "4x "}, None),
    ],
)
def test_ages(tmp_path: Path, fields: dict[str, str], age: float | None) -> None:
    file = CaseSources(put(tmp_path, "a.ije", ije(**fields)), now=NOW).read()
    found = file.histories[0].versions[0][1].age_years
    assert found == (None if age is None else pytest.approx(age, abs=0.01))


def test_unknown_times_and_an_amended_record(tmp_path: Path) -> None:
    put(tmp_path, "a.ije", ije(TOD="9999", DOD_DY="99"))
    put(tmp_path, "b.ije", ije(MANNER="H", DOR_DY="25"))
    (history,) = CaseSources(tmp_path, now=NOW).read().histories
    first, second = (case for _, case in history.versions)
    assert first.window is not None
    # The day is not known: the window runs from the month's first day, and ends with the report.
    assert first.window.earliest == 1646092800
    assert first.window.latest == first.reported_at
    assert (first.manner, second.manner) == ("accident", "homicide")


POLE: dict[str, Any] = {
    "agency": "MPS",
    "events": [
        {
            "id": "E1", "type": "death", "reported_at": "2014-06-19T04:05", "location": "L1",
            "scene": ["note", "small bottle"], "odd": 3,
            "history": [{"field": "substances", "value": "ghb", "known_at": "2014-07-31"},
                        {"field": "scene"}],
        },
        {"id": "E2", "type": "assault", "reported_at": "2014-06-20"},
    ],
    "persons": [{"id": "P1", "sex": "male", "age_years": 22}, {"id": "P2"}],
    "locations": [{"id": "L1", "latitude": 51.5, "longitude": 0.08, "uprn": "1000"}],
    "objects": [{"id": "O1", "type": "phone", "code": "07700 900123"}],
    "links": [
        {"event": "E1", "to": "P1", "role": "deceased"},
        {"event": "E1", "to": "P2", "role": "caller"},
        {"event": "E1", "to": "O1", "role": "contact"},
        {"event": "E2", "to": "E1"}, {"event": "E2", "to": "X"}, {"event": "X", "to": "P1"},
    ],
}  # fmt: skip


def test_a_pole_file_becomes_cases(read_tree: ReadTree) -> None:
    file = read_tree(POLE)
    death, assault = (h.versions[-1][1] for h in file.histories)
    assert (death.sex, death.age_years, death.place_key, death.agency) == (
        "male", 22, "1000", "MPS",
    )  # fmt: skip
    assert death.entities == (
        Entity("caller", "person", "P2"), Entity("contact", "phone", "07700 900123"),
    )  # fmt: skip
    assert death.scene == ("note", "small_bottle")
    assert death.extra["odd"] == "3"
    assert (str(assault.kind), assault.allegation, assault.mentions) == (
        "non_fatal", "assault", ("E1",),
    )  # fmt: skip
    first, late = file.histories[0].versions
    assert (first[1].substances, late[1].substances) == (None, ("ghb",))
    said = "\n".join(file.warnings)
    assert "a link to what is not in the file" in said
    assert "a link from no event" in said
    assert "a fact needs a field and known_at" in said


def test_the_schema_describes_what_is_read() -> None:
    schema = json.loads((files("clew.intake.messages") / "pole.schema.json").read_text("utf-8"))
    assert set(schema["properties"]) >= set(POLE)
    for kind in ("persons", "locations", "objects", "links", "events"):
        told = schema["properties"][kind]["items"]["properties"]
        used = {name for one in POLE[kind] for name in one} - {"odd"}
        assert used <= set(told), kind
    assert schema["additionalProperties"] is True


def test_plain_json_is_a_table(read_tree: ReadTree) -> None:
    rows = [{"Case ID": 1, "reported_at": "2014-06-19", "scene": ["note"], "substances": []}]
    case = read_tree(rows).histories[0].versions[0][1]
    assert (case.case_id, case.scene, case.substances) == ("1", ("note",), ())
    lines = "\n".join(json.dumps(one) for one in [rows[0], {"case_id": "2"}])
    file = read_tree(lines, "m.ndjson")
    assert len(file.histories) == 1
    assert file.rejects[0].field == "reported_at"


def test_a_foreign_pole_field_is_mapped_like_any_column(
    read_tree: ReadTree, tmp_path: Path
) -> None:
    put(tmp_path, "m.toml", '[columns]\ncause = "odd"\n')
    file = read_tree(POLE, mapping=tmp_path / "m.toml")
    assert file.histories[0].versions[-1][1].cause == "3"


def test_an_empty_folder_and_odd_files_in_one(tmp_path: Path) -> None:
    with pytest.raises(InputRejected, match="has no files"):
        CaseSources(tmp_path).read()
    put(tmp_path, "a.ije", ije())
    put(tmp_path, "b.csv", "x\n")
    put(tmp_path, "c.md", "x")
    put(tmp_path, ".hidden", "x")
    file = CaseSources(tmp_path, now=NOW).read()
    assert [(r.file, r.row) for r in file.rejects] == [("b.csv", 2), ("c.md", 3)]
