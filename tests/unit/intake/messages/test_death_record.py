from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_messages import ReadTree, as_xml, certificate, coded, message, observation, put, text

from clew.errors import InputRejected
from clew.intake.read import CaseSources
from clew.model.case import Case
from clew.model.case_file import CaseFile


def only(file: CaseFile) -> Case:
    (history,) = file.histories
    return history.versions[-1][1]


def test_a_certificate_becomes_a_case(read_tree: ReadTree) -> None:
    file = read_tree(certificate())
    case = only(file)
    assert (case.case_id, case.sex, case.age_years, case.manner) == (
        "2021NY000182", "female", 42, "accident",
    )  # fmt: skip
    assert case.cause == (
        "Acute drug intoxication; due to Fentanyl and cocaine use; other conditions: Asthma"
    )
    assert case.substances == ("cocaine", "fentanyl")
    assert case.premises == "home"
    assert case.point is not None
    assert (case.point.latitude, case.point.longitude) == (42.65, -73.75)
    assert case.window is not None
    assert case.window.earliest == case.window.latest == 1614741300
    assert case.reported_at == 1614952800
    assert case.extra["known_as"] == "Ann Example"
    assert len(case.extra["source_sha256"]) == 64
    assert file.traits == {"2021NY000182": {"group_race": "White"}}
    assert file.rejects == ()
    kept = json.dumps([case.extra, file.traits, str(case)])
    assert "999001234" not in kept  # numbers of social security are not taken


def test_xml_reads_like_json(read_tree: ReadTree) -> None:
    ours, theirs = only(read_tree(certificate())), only(read_tree(as_xml(certificate()), "m.xml"))
    for name in ("case_id", "window", "cause", "point", "sex", "age_years", "manner", "premises"):
        assert getattr(ours, name) == getattr(theirs, name), name


@pytest.mark.parametrize(
    "mark", [b"\xef\xbb\xbf", b"<?xml version='1.0' encoding='utf-8'?>\n<!-- a -->"]
)
def test_xml_with_a_mark_or_a_comment(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "m.xml"
    path.write_bytes(mark + as_xml(certificate()).encode())
    assert only(CaseSources(path).read()).sex == "female"


def test_xml_in_latin_1_without_saying_so(tmp_path: Path) -> None:
    path = tmp_path / "m.xml"
    tree = certificate(cause_a=observation("69453-9", valueCodeableConcept=text("Café")))
    path.write_bytes(as_xml(tree).encode("latin-1"))
    file = CaseSources(path).read()
    assert "Café" in str(only(file).cause)
    assert any("Latin-1" in warning for warning in file.warnings)


def test_xml_of_another_namespace_or_none_is_read_and_noted(read_tree: ReadTree) -> None:
    for space in ("", ' xmlns="urn:other"'):
        told = as_xml(certificate()).replace(' xmlns="http://hl7.org/fhir"', space)
        file = read_tree(told, "m.xml")
        assert only(file).age_years == 42
        assert any("namespace" in warning for warning in file.warnings)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"age": observation("39016-1", valueQuantity={"value": "old", "code": "a"})}, "age_years",
         "not a number"),
        ({"death": observation("81956-5", valueDateTime="2021-02-30")}, "earliest", "not a date"),
        ({"patient": {"resourceType": "Patient", "gender": "robot"}}, "sex", "not one of"),
    ],
)  # fmt: skip
def test_one_bad_field_never_loses_the_record(
    read_tree: ReadTree, change: dict[str, Any], field: str, reason: str
) -> None:
    file = read_tree(certificate(**change))
    assert only(file).manner == "accident"
    assert (field, True) in {(r.field, r.kept) for r in file.rejects}
    assert any(reason in r.reason and r.file == "m.json" for r in file.rejects)


@pytest.mark.parametrize("left_out", ["composition", "patient", "age", "location", "manner"])
def test_what_is_missing_is_missing_and_the_rest_is_read(
    read_tree: ReadTree, left_out: str
) -> None:
    file = read_tree(certificate(**{left_out: None}))
    assert only(file).case_id == "2021NY000182"
    assert str(only(file).cause).startswith("Acute drug intoxication")


def test_an_observation_without_a_code_is_known_by_its_profile(read_tree: ReadTree) -> None:
    bare = observation("39016-1", valueQuantity={"value": 7, "code": "a"})
    bare["code"] = {"coding": []}
    bare["meta"] = {"profile": ["http://x/vrdr-decedent-age"]}
    file = read_tree(certificate(age=bare))
    assert only(file).age_years == 7
    assert any("profile says what it is" in w and "m.json, entry[2]" in w for w in file.warnings)


@pytest.mark.parametrize(
    ("unit", "years"), [("a", 6), ("mo", 0.5), ("d", 0.0164271), ("h", 0.000684463)]
)
def test_ages_in_other_units(read_tree: ReadTree, unit: str, years: float) -> None:
    age = observation("39016-1", valueQuantity={"value": 6, "code": unit})
    assert only(read_tree(certificate(age=age))).age_years == pytest.approx(years, rel=1e-4)


def partial(**parts: Any) -> dict[str, Any]:
    told = [
        {"url": f"http://x/Date-{k.capitalize()}", "valueUnsignedInt": v}
        if v is not None
        else {"url": f"http://x/Date-{k.capitalize()}", "extension": [{"url": "absent"}]}
        for k, v in parts.items()
    ]
    outer = {"url": "http://x/PartialDateTime", "extension": told}
    return observation("81956-5", _valueDateTime={"extension": [outer]})


def test_a_day_that_is_absent_leaves_the_month(read_tree: ReadTree) -> None:
    file = read_tree(certificate(death=partial(year=2021, month=2, day=None)))
    window = only(file).window
    assert window is not None
    assert window.latest - window.earliest == 28 * 86_400 - 1
    in_xml = read_tree(as_xml(certificate(death=partial(year=2021, month=2, day=None))), "m.xml")
    assert only(in_xml).window == window


def test_a_part_with_a_wrong_name_is_noted(read_tree: ReadTree) -> None:
    death = partial(year=2021, month=2, tme=None)
    file = read_tree(certificate(death=death))
    assert any("a part of a date that is not known here" in w for w in file.warnings)


def test_a_field_that_no_resource_has_is_noted_with_its_place(read_tree: ReadTree) -> None:
    tree = certificate(age=observation("39016-1", valueQuantity={"value": 42}, mood="odd"))
    tree["entry"][1]["resource"]["_birthDate"] = {"extension": []}
    file = read_tree(tree)
    assert only(file).age_years == 42
    noted = [w for w in file.warnings if "does not have" in w]
    assert len(noted) == 1
    assert "m.json, entry[2].Observation.mood" in noted[0]


def test_without_a_number_a_case_is_called_by_its_sum(read_tree: ReadTree) -> None:
    tree = certificate()
    del tree["identifier"]
    first, again = only(read_tree(tree)), only(read_tree(tree))
    assert first.case_id == again.case_id
    assert first.case_id.startswith("no-number-")


def test_the_number_is_made_of_its_parts(read_tree: ReadTree) -> None:
    tree = certificate()
    tree["identifier"] = {"value": "182"}
    assert only(read_tree(tree)).case_id == "2021NY000182"


def test_hospital_deaths_of_injuries_happened_where_the_injury_did(read_tree: ReadTree) -> None:
    death = observation("81956-5", valueDateTime="2021-03-02")
    death["component"] = [
        {"code": {"coding": [{"code": "58332-8"}]}, "valueCodeableConcept": coded("16983000")}
    ]
    where = {"code": {"coding": [{"code": "69450-5"}]}, "valueCodeableConcept": text("Street")}
    injury = observation("11374-6", valueCodeableConcept=text("Fell"), component=[where])
    file = read_tree(certificate(death=death, injury=injury))
    case = only(file)
    assert (case.premises, case.extra["death_premises"]) == ("street", "hospital")
    assert case.point is None  # the hospital's point would be wrong
    assert case.narrative == "Fell"


def test_a_slip_in_the_json_is_mended_and_noted(tmp_path: Path) -> None:
    told = json.dumps(certificate(), indent=1).replace('"final"', "final", 1)
    file = CaseSources(put(tmp_path, "m.json", told)).read()
    assert only(file).age_years == 42
    assert any("a slip in the JSON was mended" in w and "line" in w for w in file.warnings)


def test_an_update_becomes_facts_at_its_time(tmp_path: Path) -> None:
    put(tmp_path, "a.json", message(certificate(), jurisdiction_id="NY"))
    later = certificate(manner=observation("69449-7", valueCodeableConcept=coded("27935005")))
    put(tmp_path, "b.json", message(later, "vrdr_submission_update"))
    (history,) = CaseSources(tmp_path).read().histories
    assert [case.manner for _, case in history.versions] == ["accident", "homicide"]
    assert history.versions[1][0] == 1617278400


def test_void_coding_and_alias_find_their_certificate(tmp_path: Path) -> None:
    told = {"jurisdiction_id": "NY", "cert_no": "182", "death_year": "2021"}
    put(tmp_path, "a.json", certificate())
    put(tmp_path, "b.json", message({}, "vrdr_submission_void", **told))
    coding = message({}, "vrdr_causeofdeath_coding", **told)
    icd = observation("80358-5", valueCodeableConcept=coded("X42"))
    coding["entry"].append({"resource": icd})
    put(tmp_path, "c.json", coding)
    put(tmp_path, "d.json", message({}, "vrdr_alias", alias_decedent_first_name="Bo", **told))
    case = only(CaseSources(tmp_path).read())
    assert case.extra["certificate_status"] == "void"
    assert case.extra["underlying_icd10"] == "X42"
    assert case.extra["other_names"] == "Bo"


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"resourceType": "Bundle", "type": "message"}, "without entries"),
        (message({}, "vrdr_acknowledgement"), "an acknowledgement"),
        (message({}, "vrdr_submission_void"), "does not say which"),
        (message({}, "vrdr_invalid_type"), "unknown kind 'vrdr_invalid_type'"),
        ({"resourceType": "StructureDefinition"}, "defines a form"),
        ({"resourceType": "Observation"}, "a single Observation"),
        ('{"resourceType": "Bundle"', "not valid JSON at line 1"),
        ("[" * 100_000, "nested more than 64 levels"),
        ("{}", "neither FHIR nor a list"),
        ("", "the file is empty"),
        ("  \n", "the file is empty"),
    ],
)
def test_what_holds_no_record_says_so_in_one_line(
    read_tree: ReadTree, tree: Any, said: str
) -> None:
    with pytest.raises(InputRejected) as caught:
        read_tree(tree)
    line = caught.value.line()
    assert said in line
    assert len(line.splitlines()) == 1
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><Bundle>&b;</Bundle>', "document type or an entity"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><Bundle/>', "document type or an entity"),
        ("<Bundle>&b;</Bundle>", "not well-formed XML at line 1"),
        ("<Bundle><entry></Bundle>", "not well-formed XML at line 1"),
        ("<a>" * 200 + "</a>" * 200, "64 levels"),
        ("<?xml version='1.0' encoding='klingon'?><Bundle/>", "cannot be read"),
    ],
)
def test_hostile_or_broken_xml_is_refused(read_tree: ReadTree, told: str, said: str) -> None:
    with pytest.raises(InputRejected) as caught:
        read_tree(told, "m.xml")
    assert said in caught.value.line()


def wrapped(node: Any, wanted: int, count: list[int]) -> Any:
    """Return the tree with its node of this number, in order of walking, in a list in a list."""
    count[0] += 1
    if count[0] == wanted:
        return [[node]]
    if isinstance(node, dict):
        return {name: wrapped(one, wanted, count) for name, one in node.items()}
    if isinstance(node, list):
        return [wrapped(one, wanted, count) for one in node]
    return node


def test_a_list_too_many_anywhere_is_no_traceback(read_tree: ReadTree) -> None:
    tree = certificate()
    tree["identifier"]["extension"] = [
        {"url": "http://x/CertificateNumber", "valueString": "182"},
        {"url": "http://x/AuxiliaryStateIdentifier2", "valueString": "7"},
    ]
    nodes = [0]
    wrapped(tree, -1, nodes)
    assert nodes[0] > 100
    read, said = 0, []
    for number in range(1, nodes[0] + 1):
        try:
            read += len(read_tree(wrapped(tree, number, [0])).histories)
        except InputRejected as refused:
            said.append(refused.line())
    assert [line for line in said if len(line.splitlines()) > 1] == []
    assert read > nodes[0] / 2
