"""A FHIR reference finds that resource or nothing; a person's number never becomes another's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_messages import ReadTree, certificate

from clew.intake.messages.references import (
    References,
    is_government_number,
    own_number,
)

BASE = "http://registry.example.org/fhir"
Tree = dict[str, Any]


def doctor(own: str, number: str = "L-100", **more: Any) -> Tree:
    return {"resourceType": "Practitioner", "id": own, "identifier": [{"value": number}]} | more


def certified_by(reference: Any, **more: Any) -> Tree:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "308646001"}]}
    performer = [{"actor": reference}] if reference else []
    return {"resourceType": "Procedure", "id": "dc", "code": code, "performer": performer} | more


def entry(resource: Tree, url: str | None = None) -> Tree:
    own = f"{BASE}/{resource['resourceType']}/{resource.get('id', '')}"
    return {"fullUrl": own if url is None else url, "resource": resource}


def certifiers(read_tree: ReadTree, *entries: Tree) -> list[str]:
    """Return the certifiers' codes of a certificate with these entries."""
    bundle = certificate()
    bundle["entry"] += entries
    (history,) = read_tree(bundle).histories
    entities = history.versions[-1][1].entities or ()
    return [entity.code for entity in entities if entity.role == "certifier"]


OTHER = entry(doctor("2", "L-999"))
ADA = entry(doctor("cert1"))


@pytest.mark.parametrize(
    ("reference", "own"),
    [
        ("Practitioner/cert1", ADA),
        (f"{BASE}/Practitioner/cert1", ADA),
        (f"{BASE}/Practitioner/cert1/", ADA),
        ("Practitioner/cert1/_history/2", ADA),
        (f"{BASE}/Practitioner/cert1/_history/7", ADA),
        ("https://edrs.example.net/base/Practitioner/cert1", ADA),
        ("urn:uuid:CERT1", entry(doctor("x"), "urn:uuid:cert1")),
        ("URN:UUID:cert1", entry(doctor("x"), "urn:uuid:cert1")),
        ("urn:oid:1.2.3", entry(doctor("x"), "urn:oid:1.2.3")),
        ("Practitioner/cert1", entry(doctor("cert1"), "")),
        ("Practitioner/cert1", entry(doctor(""), f"{BASE}/Practitioner/cert1")),
        ("Practitioner?identifier=L-100", ADA),
        ("Practitioner?identifier=http://x.example|L-100", ADA),
        (
            "Practitioner/cert1/_history/2",
            entry(doctor("cert1", meta={"versionId": "2"}), f"{BASE}/Practitioner/cert1"),
        ),
    ],
)
def test_a_reference_finds_its_resource(read_tree: ReadTree, reference: str, own: Tree) -> None:
    procedure = entry(certified_by({"reference": reference}))
    assert certifiers(read_tree, procedure, own, OTHER) == ["L-100"]
    assert certifiers(read_tree, OTHER, own, procedure) == ["L-100"]


@pytest.mark.parametrize(
    "reference",
    [
        "Practitioner/1",  # the Patient has that id
        "Practitioner/p",
        "Patient/p",
        "Practitioner/nobody",
        "nobody",
        "2",  # an id alone names nothing
        "#c1",
        "#2",
        "urn:uuid:2",
        "Practitioner/nobody/_history/2",
        f"{BASE}/Practitioner/nobody/_history/2",
        "Practitioner?identifier=L-1",
        "Organization/2",
    ],
)
def test_a_dangling_reference_finds_nobody(read_tree: ReadTree, reference: str) -> None:
    procedure = entry(certified_by({"reference": reference}))
    assert certifiers(read_tree, procedure, OTHER) == []


def test_a_dangling_certifier_is_noted(read_tree: ReadTree) -> None:
    bundle = certificate()
    bundle["entry"] += [entry(certified_by({"reference": "Practitioner/1"})), OTHER]
    assert any("not in the Bundle" in warning for warning in read_tree(bundle).warnings)


def test_contained_resources_are_found_within_their_own_resource_alone(read_tree: ReadTree) -> None:
    inside = {"contained": [doctor("c1", "L-100")]}
    procedure = entry(certified_by({"reference": "#c1"}, **inside))
    assert certifiers(read_tree, procedure, OTHER) == ["L-100"]
    elsewhere = entry({"resourceType": "Encounter", "id": "e"} | inside)
    procedure = entry(certified_by({"reference": "#c1"}))
    assert certifiers(read_tree, elsewhere, procedure, OTHER) == []
    procedure = entry(certified_by({"reference": "Practitioner/c1"}))
    assert certifiers(read_tree, elsewhere, procedure, OTHER) == []


def test_two_contained_of_one_name_stay_apart(read_tree: ReadTree) -> None:
    other = entry({"resourceType": "Encounter", "id": "e", "contained": [doctor("c1", "L-999")]})
    own = entry(certified_by({"reference": "#c1"}, contained=[doctor("c1", "L-100")]))
    assert certifiers(read_tree, other, own) == ["L-100"]


@pytest.mark.parametrize(
    ("actor", "codes"),
    [
        ({"identifier": {"value": "L-100"}, "display": "A"}, ["L-100"]),
        ({"identifier": {"value": "L-100"}, "type": "Patient"}, []),
        ({"identifier": {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999001234"}}, []),
        ({"identifier": {"value": "000-55-1234"}}, []),
        ({"display": "Dr Quill"}, []),
        ({"identifier": {}}, ["L-999"]),  # it names nobody, and there is one Practitioner
    ],
)
def test_a_reference_by_identifier(read_tree: ReadTree, actor: Tree, codes: list[str]) -> None:
    assert certifiers(read_tree, entry(certified_by(actor)), OTHER) == codes


def test_a_reference_by_identifier_finds_its_role(read_tree: ReadTree) -> None:
    role = entry(
        {
            "resourceType": "PractitionerRole",
            "id": "r",
            "practitioner": {"reference": "Practitioner/cert1"},
        }
    )
    procedure = entry(certified_by({"reference": "PractitionerRole/r"}))
    assert certifiers(read_tree, procedure, role, ADA, OTHER) == ["L-100"]


def test_the_server_of_the_referring_resource_goes_first(read_tree: ReadTree) -> None:
    here = entry(doctor("1", "L-100"), "https://b.example/fhir/Practitioner/1")
    there = entry(doctor("1", "L-999"), "https://a.example/fhir/Practitioner/1")
    reference = {"reference": "Practitioner/1"}
    procedure = entry(certified_by(reference), "https://b.example/fhir/Procedure/dc")
    assert certifiers(read_tree, there, procedure, here) == ["L-100"]
    # From elsewhere the id names two, and so neither.
    procedure = entry(certified_by(reference), "urn:uuid:dc")
    assert certifiers(read_tree, there, procedure, here) == []


def test_a_version_that_is_not_there_is_nobody(read_tree: ReadTree) -> None:
    url = f"{BASE}/Practitioner/cert1"
    first = entry(doctor("cert1", "L-1", meta={"versionId": "1"}), url)
    second = entry(doctor("cert1", "L-2", meta={"versionId": "2"}), url)
    procedure = entry(certified_by({"reference": "Practitioner/cert1/_history/2"}))
    assert certifiers(read_tree, procedure, first, second) == ["L-2"]
    assert certifiers(read_tree, procedure, first) == []


def test_the_only_practitioner_certifies_where_nobody_is_named(read_tree: ReadTree) -> None:
    assert certifiers(read_tree, entry(certified_by(None)), ADA) == ["L-100"]
    assert certifiers(read_tree, entry(certified_by(None)), ADA, OTHER) == []


def test_a_signing_device_is_no_certifier(read_tree: ReadTree) -> None:
    bundle = certificate()
    bundle["entry"][0]["resource"]["author"] = [{"reference": "Device/d"}]
    device = {"resourceType": "Device", "id": "d", "identifier": [{"value": "D-7"}]}
    bundle["entry"] += [entry(device), ADA]
    (history,) = read_tree(bundle).histories
    assert [e.code for e in history.versions[-1][1].entities or ()] == ["L-100"]


def test_the_deceased_is_the_patient_whom_the_document_names(read_tree: ReadTree) -> None:
    mother = {"resourceType": "Patient", "id": "m", "gender": "male"}
    bundle = certificate()
    bundle["entry"].insert(1, entry(mother))
    (history,) = read_tree(bundle).histories
    assert history.versions[-1][1].sex == "female"
    bundle["entry"][0]["resource"]["subject"] = {"reference": "Patient/nobody"}
    (history,) = read_tree(bundle).histories
    assert history.versions[-1][1].sex is None


def test_the_deceased_number_is_never_the_certifiers(read_tree: ReadTree) -> None:
    procedure = entry(certified_by({"reference": "Practitioner/cert1"}))
    same = entry(doctor("cert1", "999001234"))  # the Patient's number, of no known system
    assert certifiers(read_tree, procedure, same) == []


@pytest.mark.parametrize(
    "identifier",
    [
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "1"},
        {"system": "urn:oid:2.16.840.1.113883.4.1", "value": "1"},
        {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
        {"system": "http://hl7.org/fhir/sid/passport-GBR", "value": "1"},
        {"type": {"coding": [{"code": "SS"}]}, "value": "1"},
        {"type": {"coding": [{"code": "PPN"}]}, "value": "1"},
        {"type": {"coding": [{"code": "DL"}]}, "value": "1"},
        {"type": {"coding": [{"code": "TAX"}]}, "value": "1"},
        {"value": "000-55-1234"},
        {"system": "urn:x:national-insurance", "value": "QQ123456C"},
    ],
)
def test_government_numbers_stay_where_they_are(identifier: Tree) -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}
    assert is_government_number(identifier)
    assert not is_government_number(npi)
    assert own_number({"identifier": [identifier, npi]}) == "1234567893"
    assert own_number({"identifier": [identifier]}) == ""


_IDS = st.sampled_from(["a", "b", "c"])
_TYPES = st.sampled_from(["Patient", "Practitioner", "Location"])
_BASES = st.sampled_from(["http://a.example/fhir/", "http://b.example/fhir/", ""])


@given(
    st.lists(st.tuples(_TYPES, _IDS, _BASES), max_size=6),
    st.tuples(_TYPES, _IDS, _BASES),
    st.booleans(),
)
def test_law_never_across_types_nor_ids(
    there: list[tuple[str, str, str]], named: tuple[str, str, str], versioned: bool
) -> None:
    references = References()
    for name, own, base in there:
        url = f"{base}{name}/{own}" if base else ""
        references.add({"resourceType": name, "id": own}, url)
    text = f"{named[2]}{named[0]}/{named[1]}" + ("/_history/1" if versioned else "")
    found = references.find({"reference": text}, {}, frozenset())
    if found:
        assert (found["resourceType"], found["id"]) == named[:2]
    elif sum(one[:2] == named[:2] for one in there) == 1:
        raise AssertionError(text)
