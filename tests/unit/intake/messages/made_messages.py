"""Messages that the tests make themselves; nobody in them exists."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clew.intake.messages.codes import read_toml
from clew.model.case_file import CaseFile

NOW = 1_800_000_000
ReadTree = Callable[..., CaseFile]

Tree = dict[str, Any]


def observation(code: str, **more: Any) -> Tree:
    concept = {"coding": [{"system": "http://loinc.org", "code": code}]}
    return {"resourceType": "Observation", "status": "final", "code": concept} | more


def text(words: str) -> Tree:
    return {"text": words}


def coded(code: str, display: str = "") -> Tree:
    return {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": display}]}


def certificate(**changes: Any) -> Tree:
    """A death certificate in JSON; `changes` replace resources by a short name, None leaves out."""
    parts: dict[str, Tree | None] = {
        "composition": {
            "resourceType": "Composition",
            "subject": {"reference": "Patient/p"},
            "date": "2021-03-05T09:00:00-05:00",
            "section": [{"entry": [{"reference": "Patient/p"}]}],
        },
        "patient": {
            "resourceType": "Patient",
            "id": "p",
            "gender": "female",
            "name": [{"use": "official", "given": ["Ann"], "family": "Example"}],
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999001234"}],
            "extension": [
                {
                    "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
                    "extension": [{"url": "text", "valueString": "White"}],
                }
            ],
        },
        "age": observation("39016-1", valueQuantity={"value": 42, "code": "a"}),
        "death": observation(
            "81956-5",
            valueDateTime="2021-03-02T22:15:00-05:00",
            component=[
                {
                    "code": {"coding": [{"code": "58332-8"}]},
                    "valueCodeableConcept": coded("440081000124100"),
                }
            ],
        ),
        "manner": observation("69449-7", valueCodeableConcept=coded("7878000", "Accident")),
        "cause_b": observation(
            "69453-9",
            valueCodeableConcept=text("Fentanyl and cocaine use"),
            component=[{"code": {"coding": [{"code": "lineNumber"}]}, "valueInteger": 2}],
        ),
        "cause_a": observation(
            "69453-9",
            valueCodeableConcept=text("Acute drug intoxication"),
            component=[{"code": {"coding": [{"code": "lineNumber"}]}, "valueInteger": 1}],
        ),
        "other": observation("69441-4", valueCodeableConcept=text("Asthma")),
        "location": {
            "resourceType": "Location",
            "type": [{"coding": [{"code": "death"}]}],
            "name": "Home",
            "address": {"line": ["1 Example Road"], "city": "Albany", "state": "NY"},
            "position": {"latitude": 42.65, "longitude": -73.75},
        },
    }
    parts |= changes
    return {
        "resourceType": "Bundle",
        "type": "document",
        "identifier": {"system": "http://nchs.cdc.gov/vrdr_id", "value": "2021NY000182"},
        "timestamp": "2021-03-05T09:00:00-05:00",
        "entry": [
            {"fullUrl": f"urn:uuid:{name}", "resource": part}
            for name, part in parts.items()
            if part is not None
        ],
    }


def message(document: Tree, event: str = "vrdr_submission", **told: Any) -> Tree:
    """A message around a document."""
    parameters = [{"name": k, "valueString": str(v)} for k, v in told.items()]
    entries: list[Tree] = [
        {"resource": {"resourceType": "MessageHeader", "eventUri": f"http://nchs.cdc.gov/{event}"}},
        {"resource": {"resourceType": "Parameters", "parameter": parameters}},
    ]
    if document:
        entries.append({"resource": copy.deepcopy(document)})
    return {
        "resourceType": "Bundle",
        "type": "message",
        "timestamp": "2021-04-01T12:00:00Z",
        "entry": entries,
    }


def toxicology(case: str = "ME21-111", **changes: Any) -> Tree:
    """A toxicology message: ethanol and fentanyl found, cocaine not, GHB not looked for."""
    results = {
        "ethanol": observation(
            "56478-1",
            valueQuantity={"value": 0.145, "unit": "g/dL"},
            specimen={"reference": "Specimen/blood"},
        ),
        "fentanyl": observation("11235-9", valueBoolean=True),
        "cocaine": observation("3398-5", valueString="Not detected"),
    }
    for name, told in results.items():
        told |= {"id": name}
        told["code"] = {"text": name.capitalize(), **told["code"]}
    tracking = {
        "url": "http://hl7.org/fhir/us/mdi/StructureDefinition/Extension-tracking-number",
        "valueIdentifier": {"value": case},
    }
    report: Tree = {
        "resourceType": "DiagnosticReport",
        "extension": [tracking],
        "identifier": [
            {"type": {"coding": [{"code": "tox-lab-case-number"}]}, "value": "R21-01578"}
        ],
        "status": "final",
        "issued": "2022-01-05T11:00:00Z",
        "result": [{"reference": f"Observation/{name}"} for name in results],
    } | changes
    header = {"resourceType": "MessageHeader", "eventCoding": {"code": "tox-result-report"}}
    specimen = {"resourceType": "Specimen", "id": "blood", "type": text("Whole blood")}
    resources = [header, report, specimen, *results.values()]
    return {
        "resourceType": "Bundle",
        "type": "message",
        "entry": [{"resource": resource} for resource in resources],
    }


def as_xml(tree: Any, name: str = "") -> str:
    """The same tree as FHIR XML."""
    if isinstance(tree, dict):
        url = f' url="{tree["url"]}"' if "url" in tree else ""
        inner = "".join(as_xml(v, k) for k, v in tree.items() if k not in {"resourceType", "url"})
        kind = tree.get("resourceType")
        if kind is None:
            return f"<{name}{url}>{inner}</{name}>"
        space = "" if name else ' xmlns="http://hl7.org/fhir"'
        body = f"<{kind}{space}>{inner}</{kind}>"
        return f"<{name}>{body}</{name}>" if name else body
    if isinstance(tree, list):
        return "".join(as_xml(one, name) for one in tree)
    value = str(tree).lower() if isinstance(tree, bool) else str(tree)
    return f'<{name} value="{value}"/>'


def put(folder: Path, name: str, tree: Any) -> Path:
    path = folder / name
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree), encoding="utf-8")
    return path


def layout() -> dict[str, tuple[int, int]]:
    """Where each field of an IJE record begins, from 0, and where it ends."""
    fields = read_toml("ije_layout.toml")["fields"]
    return {name: (at - 1, at - 1 + width) for name, (_, at, width) in fields.items()}


def ije(**fields: str) -> str:
    """An IJE record with the given fields, by position."""
    told = {
        "DOD_YR": "2022", "DSTATE": "CT", "FILENO": "000002", "VOID": "0", "SEX": "F",
        "AGETYPE": "1", "AGE": "042", "DPLACE": "4", "DOD_MO": "03", "DOD_DY": "16",
        "TOD": "0540", "MANNER": "A", "CERTL": "M", "COD1A": "Fentanyl toxicity",
        "DOR_YR": "2022", "DOR_MO": "03", "DOR_DY": "20", "GNAME": "Ann", "LNAME": "Example",
        "RACE1": "Y", "DETHNIC1": "N", "HOWINJ": "Took drugs",
    } | fields  # fmt: skip
    line = [" "] * 5000
    for name, value in told.items():
        begin, end = layout()[name]
        line[begin:end] = value.ljust(end - begin)[: end - begin]
    return "".join(line)
