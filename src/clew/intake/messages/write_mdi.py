"""Cases go out as FHIR MDI: an examiner's document, and toxicology as it came."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

from clew.intake.messages.toxicology import REPORT
from clew.vocabulary.load import words

MDI = "http://hl7.org/fhir/us/mdi"
CODES = f"{MDI}/CodeSystem/CodeSystem-mdi-codes"
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
_MANNERS = {
    "natural": ("38605008", "Natural death"),
    "accident": ("7878000", "Accidental death"),
    "suicide": ("44301001", "Suicide"),
    "homicide": ("27935005", "Homicide"),
    "pending": ("185973002", "Patient awaiting investigation"),
    "undetermined": ("65037004", "Death, manner undetermined"),
}
"""As ValueSet vrdr-manner-of-death-vs has them."""
_PLACES = {
    "home": ("440081000124100", "Death in home"),
    "hospital": ("16983000", "Death in hospital"),
    "care_home": ("450381000124100", "Death in nursing home or long term care facility"),
}
_SPACE = uuid.UUID("6f1d9c3e-54a0-5d7e-9a57-3b1f6c1f2a77")
"""Names every resource: the same case gives the same bytes."""
_NUMBER = "\ue000"
"""Marks a text that is a number as written, digits behind the point and all (0.160)."""
Resource = dict[str, Any]
Texts = Mapping[str, str]


def json_text(resource: Resource) -> str:
    """Return a resource as JSON; numbers stay as they were written."""
    text = json.dumps(resource, indent=1, ensure_ascii=False)
    return re.sub(rf'"{_NUMBER}(-?\d+(?:\.\d+)?)"', r"\1", text) + "\n"


def _number(text: str) -> str | None:
    return _NUMBER + text if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text) else None


def document(texts: Texts) -> Resource:
    """Return an MDI-to-EDRS document Bundle of a case's texts as they are now."""
    case = texts["case_id"]
    parts = _observations(texts)
    composition = {
        "resourceType": "Composition",
        "meta": {"profile": [f"{MDI}/StructureDefinition/Composition-mdi-to-edrs"]},
        "extension": [_tracking("mdi-case-number", case)],
        "status": "final",
        "type": _concept(LOINC, "86807-5", "Death administrative information Document"),
        "subject": {"reference": _reference(case, "Patient")},
        "date": _fhir_time(texts["reported_at"]),
        "author": [{"display": texts.get("agency") or "Clew"}],
        "title": "MDI to EDRS Composition",
        "section": [
            {
                "code": _concept(CODES, "cause-manner", "Cause and Manner of Death Section"),
                "entry": [{"reference": _reference(case, name)} for name, _ in parts],
            }
        ],
    }
    entries = [("Composition", composition), ("Patient", _patient(texts))]
    location: Resource = {"resourceType": "Location", "type": [{"coding": [{"code": "death"}]}]}
    north, east = _number(texts.get("latitude", "")), _number(texts.get("longitude", ""))
    if north and east:
        location["position"] = {"latitude": north, "longitude": east}
    if area := texts.get("area"):
        location["address"] = {"district": area}
    if len(location) > 2:
        entries.append(("Location", location))
    entries += parts
    return _bundle(case, "document", texts["reported_at"], entries, "Bundle-document-mdi-to-edrs")


def _observations(texts: Texts) -> list[tuple[str, Resource]]:
    """Return what a document says of time, place, age, manner, cause and how, each by its name."""
    entries = []
    if earliest := texts.get("earliest"):
        death = _observation("81956-5", "Date+time of death")
        latest = texts.get("latest", earliest)
        if latest == earliest:
            death["valueDateTime"] = _fhir_time(earliest)
        else:
            death["valuePeriod"] = {"start": _fhir_time(earliest), "end": _fhir_time(latest)}
        if place := _PLACES.get(words("premises").canonical(texts.get("premises", "")) or ""):
            where = {
                "code": _concept(LOINC, "58332-8", "Location of death"),
                "valueCodeableConcept": _concept(SNOMED, *place),
            }
            death["component"] = [where]
        entries.append(("Observation-death-date", death))
        if number := _number(texts.get("age_years", "")):
            age = _observation("39016-1", "Age at death")
            unit = {"code": "a", "system": "http://unitsofmeasure.org"}
            age["valueQuantity"] = {"value": number, **unit}
            entries.append(("Observation-age", age))
    if manner := texts.get("manner", ""):
        observation = _observation("69449-7", "Manner of death")
        known = _MANNERS.get(words("manners").canonical(manner) or "")
        concept = _concept(SNOMED, *known) if known else {"text": manner}
        observation["valueCodeableConcept"] = concept
        entries.append(("Observation-manner", observation))
    cause, _, others = texts.get("cause", "").partition("; other conditions: ")
    lines = [("69453-9", line) for line in cause.split("; due to ") if line]
    lines += [("69441-4", others)] if others else []
    for line_number, (code, line) in enumerate(lines, start=1):
        observation = _observation(code, "")
        observation["valueCodeableConcept"] = {"text": line}
        if code == "69453-9":
            part = {"code": {"coding": [{"code": "lineNumber"}]}, "valueInteger": line_number}
            observation["component"] = [part]
        entries.append((f"Observation-cause-{line_number - 1}", observation))
    if narrative := texts.get("narrative"):
        observation = _observation("11374-6", "Injury incident description Narrative")
        observation["valueString"] = narrative
        entries.append(("Observation-injury", observation))
    return entries


def toxicology_messages(texts: Texts) -> list[Resource]:
    """Return a message to the examiner for every toxicology report that a case's texts keep."""
    messages = []
    for text in [text for name, text in sorted(texts.items()) if name.startswith(REPORT)]:
        try:
            kept = json.loads(text)
            case, lab = str(kept["case"]), str(kept["laboratory_case"])
            issued, results = str(kept["issued"]), [list(map(str, r)) for r in kept["results"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        if any(len(result) != 5 for result in results):
            continue
        specimens = list(dict.fromkeys(result[2] for result in results if result[2]))
        observations = [
            (f"Observation-{number}", _result(result, specimens, lab))
            for number, result in enumerate(results)
        ]
        report = {
            "resourceType": "DiagnosticReport",
            "meta": {"profile": [f"{MDI}/StructureDefinition/DiagnosticReport-toxicology-to-mdi"]},
            "extension": [_tracking("mdi-case-number", case)],
            "identifier": [{"type": _concept(CODES, "tox-lab-case-number", ""), "value": lab}],
            "status": "final",
            "code": {"text": "Toxicology"},
            "subject": {"reference": _reference(lab, "Patient")},
            "issued": _fhir_time(issued),
            "result": [{"reference": _reference(lab, name)} for name, _ in observations],
        }
        if not lab:
            del report["identifier"]
        header = {
            "resourceType": "MessageHeader",
            "eventCoding": {"system": CODES, "code": "tox-result-report"},
            "source": {"endpoint": "urn:clew"},
            "focus": [{"reference": _reference(lab, "DiagnosticReport")}],
        }
        entries = [
            ("MessageHeader", header),
            ("DiagnosticReport", report),
            ("Patient", _patient(texts)),
        ]
        for number, name in enumerate(specimens):
            specimen = {"resourceType": "Specimen", "type": {"text": name}}
            entries.append((f"Specimen-{number}", specimen))
        entries += observations
        messages.append(_bundle(lab, "message", issued, entries, "Bundle-message-tox-to-mdi"))
    return messages


def _result(result: list[str], specimens: list[str], lab: str) -> Resource:
    substance, code, specimen, value, found = result
    concept: Resource = {"text": substance}
    if code:
        concept["coding"] = [{"system": LOINC, "code": code}]
    observation: Resource = {"resourceType": "Observation", "status": "final", "code": concept}
    if specimen:
        name = f"Specimen-{specimens.index(specimen)}"
        observation["specimen"] = {"reference": _reference(lab, name)}
    if value in {"true", "false"}:
        observation["valueBoolean"] = value == "true"
    elif quantity := re.fullmatch(r"([<>]=?)?((?:0|[1-9]\d*)(?:\.\d+)?) (\S.*)", value):
        sign, number, unit = quantity.groups()
        observation["valueQuantity"] = {"value": _number(number), "unit": unit}
        if sign:
            observation["valueQuantity"]["comparator"] = sign
    elif value:
        observation["valueString"] = value
    marks = {"yes": ("POS", "Positive"), "no": ("NEG", "Negative")}
    if found in marks:
        system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
        observation["interpretation"] = [_concept(system, *marks[found])]
    return observation


def _patient(texts: Texts) -> Resource:
    patient: Resource = {"resourceType": "Patient"}
    patient["gender"] = words("sexes").canonical(texts.get("sex", "")) or "unknown"
    if name := texts.get("known_as"):
        patient["name"] = [{"use": "official", "text": name}]
    return patient


def _observation(code: str, display: str) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": _concept(LOINC, code, display),
    }


def _concept(system: str, code: str, display: str) -> Resource:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def _tracking(kind: str, number: str) -> Resource:
    identifier = {"type": _concept(CODES, kind, ""), "value": number}
    return {
        "url": f"{MDI}/StructureDefinition/Extension-tracking-number",
        "valueIdentifier": identifier,
    }


def _reference(case: str, name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_SPACE, f'{case}/{name}')}"


def _fhir_time(text: str) -> str:
    """Return a time as FHIR has it: a date alone, or a time with its offset."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", text):
        return f"{text}:00"
    return text


def _bundle(
    case: str, kind: str, at: str, entries: list[tuple[str, Resource]], profile: str
) -> Resource:
    bundle: Resource = {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{MDI}/StructureDefinition/{profile}"]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": _reference(case, kind)},
        "type": kind,
    }
    if "T" in at:
        bundle["timestamp"] = _fhir_time(at)
    bundle["entry"] = [
        {
            "fullUrl": _reference(case, name),
            "resource": resource | {"id": _reference(case, name)[9:]},
        }
        for name, resource in entries
    ]
    return bundle
