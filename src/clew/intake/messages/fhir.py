"""A FHIR resource becomes records: documents, messages about them, codes, toxicology."""

from __future__ import annotations

from typing import Any

from clew.intake.messages.bundle import OpenBundle, open_alone, open_bundle
from clew.intake.messages.codes import codes_of, meaning
from clew.intake.messages.death_record import read_death_record
from clew.intake.messages.identifiers import of_document, of_parameters, voided
from clew.intake.messages.message import MessageRecord, Oddities, RecordKind, RefusedError
from clew.intake.messages.references import Resource
from clew.intake.messages.toxicology import read_toxicology
from clew.intake.messages.trees import each, first, word

_DEFINITIONS = {
    "StructureDefinition", "CodeSystem", "ValueSet", "ConceptMap", "ImplementationGuide",
    "CapabilityStatement", "SearchParameter", "OperationDefinition", "NamingSystem",
}  # fmt: skip
_NO_RECORD = {
    "vrdr_acknowledgement": "an acknowledgement",
    "vrdr_extraction_error": "a report that a message could not be read",
    "vrdr_status": "a report of a message's status",
}
_CODE_FACTS = {
    "underlying_icd10": "underlying_icd10",
    "entity_axis": "entity_axis_icd10",
    "record_axis": "record_axis_icd10",
}
"""Kinds of coded observations -> our plain facts."""
_OLD_NAMES = {
    "underlying_cause_of_death": "underlying_icd10",
    "record_cause_of_death": "record_axis_icd10",
    "entity_axis_code": "entity_axis_icd10",
}
"""Parameters of messages before the implementation guide 1.3 -> our plain facts."""
_DOCUMENT_MARKS = ("death_date", "manner", "cause", "age", "injury", "certification")


def read_fhir(resource: Any, odd: Oddities) -> list[MessageRecord]:
    """Return the records of a FHIR resource.

    Raises
    ------
    RefusedError
        In one line, if it has no record of a death.

    """
    while isinstance(resource, list) and len(resource) == 1:
        odd.note("", "a list around one resource was opened", "Send the resource itself")
        resource = resource[0]
    if not isinstance(resource, dict):
        raise RefusedError("a list where one resource should be", "Send each resource separately")
    name = word(resource, "resourceType")
    if name in _DEFINITIONS:
        raise RefusedError(
            f"a {name}: it defines a form, and has no record of a death", "Leave it out"
        )
    if name == "DiagnosticReport":
        return read_toxicology(open_alone(resource, odd), odd)
    if name == "Composition":
        opened = open_alone(resource, odd)
        odd.note(
            "Composition",
            "a document without its Bundle: what it refers to is not here",
            "Send the Bundle",
        )
        return [read_death_record(opened, odd)]
    if not name:
        raise RefusedError(
            "JSON that is neither FHIR nor a list of records", "See docs/reference/standards.md"
        )
    if name != "Bundle":
        raise RefusedError(
            f"a single {name[:60]}, which does not say which case it is about",
            "Send the Bundle that it belongs to",
        )
    opened = open_bundle(resource, odd)
    _note_profile(opened, odd)
    if not opened.resources and not opened.inner:
        raise RefusedError("a Bundle without entries: it has no record", "Have it sent whole")
    header = opened.first_of_type("MessageHeader")
    if header or word(resource, "type") == "message":
        return _read_message(opened, header, odd)
    return _read_content(opened, odd)


def _note_profile(opened: OpenBundle, odd: Oddities) -> None:
    bundle = opened.bundle
    kind = word(bundle, "type")
    if kind not in {"document", "message", "collection", "batch", "transaction", "searchset"}:
        odd.note(
            "Bundle.type",
            "not a kind of Bundle that deaths come in; read all the same",
            "Give document or message",
            kind or "(none)",
        )
    if kind == "document" and not opened.of_type("Composition"):
        odd.note(
            "Bundle.entry",
            "a document without a Composition; read all the same",
            "Begin with the Composition",
        )
    for place, composition in opened.of_type("Composition"):
        if not each(composition, "subject"):
            odd.note(
                f"{place}.subject",
                "the document does not say whom it is of",
                "Refer to the Patient",
            )
        if not each(composition, "section"):
            odd.note(f"{place}.section", "the document has no sections", "List its parts")


def _read_content(opened: OpenBundle, odd: Oddities) -> list[MessageRecord]:
    """Return the records of a Bundle that is no message: its own, and those inside it."""
    records: list[MessageRecord] = []
    for inner in opened.inner:
        _note_profile(inner, odd)
        records += _read_content(inner, odd)
    if _is_document(opened):
        if len(opened.of_type("Composition")) > 1 or len(opened.of_kind("death_date")) > 1:
            odd.note(
                "Bundle.entry",
                "several documents in one Bundle; the first was read",
                "Send each in a Bundle of its own",
            )
        records.append(read_death_record(opened, odd))
    elif opened.of_type("DiagnosticReport"):
        records += read_toxicology(opened, odd)
    if not records:
        what = sorted({word(r, "resourceType") for _, r in opened.resources})
        raise RefusedError(
            f"a Bundle of {', '.join(what)[:80] or 'nothing'}: it has no record of a death",
            "Send a death certificate or an examiner's document",
        )
    return records


def _is_document(opened: OpenBundle) -> bool:
    return bool(opened.of_type("Composition")) or any(map(opened.of_kind, _DOCUMENT_MARKS))


def _read_message(opened: OpenBundle, header: Resource, odd: Oddities) -> list[MessageRecord]:
    events = [word(header, "eventUri")]
    events += [word(header, name, "code") for name in ("eventCoding", "event")]
    event = next(filter(None, events), "").rstrip("/").rpartition("/")[2].casefold()
    if event in _NO_RECORD:
        about = word(header, "response", "identifier")
        raise RefusedError(
            f"{_NO_RECORD[event]}{f' ({about[:60]})' if about else ''}: it has no record",
            "Nothing to do",
        )
    at = word(opened.bundle, "timestamp")
    if event.endswith(("void", "alias")) or "coding" in event:
        return _read_late(opened, event, at, odd)
    documents = [inner for inner in opened.inner if _is_document(inner)]
    if opened.of_type("DiagnosticReport") and not documents:
        return read_toxicology(opened, odd)
    if not documents and _is_document(opened):
        odd.note(
            "Bundle.entry",
            "the parts of the document are in the message itself; they were read",
            "Put them in a Bundle of their own",
        )
        return [read_death_record(opened, odd)]
    if not documents:
        what = f"of the unknown kind '{event[:60]}'" if event else "that does not say its kind"
        raise RefusedError(f"a message {what}: it has no record of a death", "Have it sent whole")
    if not event.endswith(("submission", "submission_update", "mdi-to-edrs", "mdi_to_edrs")):
        odd.note(
            "MessageHeader.event",
            "a kind of message that is not known here; its document was read",
            "Name the event of the profile",
            event or "(none)",
        )
    ids, _ = of_parameters(opened.first_of_type("Parameters"))
    records = []
    for document in documents:
        _note_profile(document, odd)
        record = read_death_record(document, odd)
        if event.endswith("update"):
            record.at = at or record.at
        others = [number for number in ids if number not in record.ids]
        if record.ids and others:
            odd.note(
                "Parameters",
                "the envelope names another record than the document; the document's number was"
                " taken",
                "Let both agree",
                f"{others[0]} and {record.ids[0]}",
            )
        record.ids = (*record.ids, *others)  # the document's own number goes first
        references = [record.texts.get("references", ""), *others]
        record.put("references", "; ".join(filter(None, references)))
        records.append(record)
    return records


def _read_late(opened: OpenBundle, event: str, at: str, odd: Oddities) -> list[MessageRecord]:
    """Return what a message about a certificate adds to it: void, other names, or codes.

    Raises
    ------
    RefusedError
        If the message does not say which certificate it is.

    """
    ids, values = of_parameters(opened.first_of_type("Parameters"))
    if event.endswith("void"):
        what = "that voids a record and does not say which"
        records = [
            MessageRecord(
                RecordKind.LATE, (number,), at, texts={"certificate_status": "void"}, basis="told"
            )
            for number in voided(values) or ids
        ]
    elif event.endswith("alias"):
        what = "of other names that does not name its record"
        record = MessageRecord(RecordKind.LATE, tuple(ids), at, basis="told")
        names = (values.get(f"alias_decedent_{part}_name") for part in ("first", "middle", "last"))
        record.put("other_names", " ".join(filter(None, names)))
        records = [record]
    else:
        what = "of codes that does not say which certificate"
        # Coded causes and demography are plain facts: they weigh nothing, and are kept.
        year = ids[0][:4] if ids else ""
        numbers = [n for inner in opened.inner for n in of_document(inner, year, odd)[0]]
        own_ids = tuple(dict.fromkeys([*ids, *numbers]))
        record = MessageRecord(RecordKind.LATE, own_ids, at, basis="inferred", known_to="NCHS")
        for bundle in [*opened.inner, opened]:
            for kind, fact in _CODE_FACTS.items():
                concepts = [first(r, "valueCodeableConcept") for _, r in bundle.of_kind(kind)]
                record.put(fact, "; ".join(dict.fromkeys(codes_of(concepts))))
            for _, races in bundle.of_kind("race_coded"):
                parts = each(races, "component")
                concepts = [first(part, "valueCodeableConcept") for part in parts]
                record.put("group_race_coded", "; ".join(dict.fromkeys(codes_of(concepts))))
            manners = [first(r, "valueCodeableConcept") for _, r in bundle.of_kind("manner")]
            for code in (code for manner in manners for code in codes_of(manner)):
                record.put("manner", meaning("manner", code))
        for _, parameters in opened.of_type("Parameters"):
            for parameter in each(parameters, "parameter"):
                if fact := _OLD_NAMES.get(word(parameter, "name"), ""):
                    parts = [parameter, *each(parameter, "part"), *each(parameter, "part", "part")]
                    codes = filter(None, (word(part, "valueCoding", "code") for part in parts))
                    record.put(fact, "; ".join(dict.fromkeys(codes)))
            if "manner" not in record.texts:
                record.put("manner", of_parameters(parameters)[1].get("manner"))
        records = [record]
    if not records or not records[0].ids:
        raise RefusedError(f"a message {what}", "Give jurisdiction_id, cert_no and death_year")
    return records
