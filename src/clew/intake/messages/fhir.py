"""A FHIR resource becomes records: documents, messages about them, toxicology, and what is none."""

from __future__ import annotations

from typing import Any

from clew.intake.messages.bundle import Opened, Resource, open_alone, open_bundle
from clew.intake.messages.coding import read_coding
from clew.intake.messages.death_record import read_death_record
from clew.intake.messages.identifiers import of_parameters, voided
from clew.intake.messages.message import MessageRecord, Oddities, RefusedError, What
from clew.intake.messages.toxicology import read_toxicology
from clew.intake.messages.trees import each, plain_value, word

_DEFINITIONS = frozenset(
    [
        "StructureDefinition",
        "CodeSystem",
        "ValueSet",
        "ConceptMap",
        "ImplementationGuide",
        "CapabilityStatement",
        "SearchParameter",
        "OperationDefinition",
        "NamingSystem",
    ]
)
_NO_RECORD = {
    "vrdr_acknowledgement": "an acknowledgement",
    "vrdr_extraction_error": "a report that a message could not be read",
    "vrdr_status": "a report of a message's status",
}
_DOCUMENT_MARKS = ("death_date", "manner", "cause", "age", "injury", "certification")


def read_fhir(resource: Any, odd: Oddities) -> list[MessageRecord]:
    """Return the records of a FHIR resource.

    Raises
    ------
    RefusedError
        In one line, if it holds no record of a death.

    """
    while isinstance(resource, list) and len(resource) == 1:
        odd.note("", "a list around one resource was opened", "Send the resource itself")
        resource = resource[0]
    if not isinstance(resource, dict):
        raise RefusedError("a list where one resource should be", "Send each resource by itself")
    name = word(resource, "resourceType")
    if name != "Bundle":
        return _read_alone(resource, name, odd)
    opened = open_bundle(resource, odd)
    _note_profile(opened, odd)
    if not opened.resources and not opened.inner:
        raise RefusedError("a Bundle without entries: it holds no record", "Have it sent whole")
    header = opened.one("MessageHeader")
    if header or word(resource, "type") == "message":
        return _read_message(opened, header, odd)
    return _read_content(opened, odd)


def _read_alone(resource: Any, name: str, odd: Oddities) -> list[MessageRecord]:
    if name in _DEFINITIONS:
        raise RefusedError(
            f"a {name}: it defines a form, and holds no record of a death", "Leave it out"
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
    raise RefusedError(
        f"a single {name[:60]}, which does not say of which case it is",
        "Send the Bundle that it belongs to",
    )


def _note_profile(opened: Opened, odd: Oddities) -> None:
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


def _read_content(opened: Opened, odd: Oddities) -> list[MessageRecord]:
    """Return the records of a Bundle that is no message: its own, or those that lie within it."""
    found: list[MessageRecord] = []
    for inner in opened.inner:
        _note_profile(inner, odd)
        found += _read_content(inner, odd)
    if _is_document(opened):
        if len(opened.of_type("Composition")) > 1 or len(opened.kinds("death_date")) > 1:
            odd.note(
                "Bundle.entry",
                "several documents in one Bundle; the first was read",
                "Send each in a Bundle of its own",
            )
        found.append(read_death_record(opened, odd))
    elif opened.of_type("DiagnosticReport"):
        found += read_toxicology(opened, odd)
    if not found:
        what = sorted({word(r, "resourceType") for _, r in opened.resources})
        raise RefusedError(
            f"a Bundle of {', '.join(what)[:80] or 'nothing'}: it holds no record of a death",
            "Send a death certificate or an examiner's document",
        )
    return found


def _is_document(opened: Opened) -> bool:
    return bool(opened.of_type("Composition")) or any(map(opened.kinds, _DOCUMENT_MARKS))


def _event(header: Resource) -> str:
    told = [
        word(header, "eventUri"),
        word(header, "eventCoding", "code"),
        word(header, "event", "code"),
    ]
    return next(filter(None, told), "").rstrip("/").rpartition("/")[2].casefold()


def _read_message(opened: Opened, header: Resource, odd: Oddities) -> list[MessageRecord]:
    event = _event(header)
    if event in _NO_RECORD:
        about = word(header, "response", "identifier")
        raise RefusedError(
            f"{_NO_RECORD[event]}{f' ({about[:60]})' if about else ''}: it holds no record",
            "Nothing to do",
        )
    ids, told = of_parameters(each(opened.one("Parameters")))
    at = word(opened.bundle, "timestamp")
    if event.endswith("void"):
        return _read_void(ids, told, at)
    if event.endswith("alias"):
        return _read_alias(ids, opened, at)
    if "coding" in event:
        return [read_coding(opened, ids, at, odd)]
    if opened.of_type("DiagnosticReport") and not _inner_documents(opened):
        return read_toxicology(opened, odd)
    inner = _inner_documents(opened)
    if not inner:
        if _is_document(opened):
            odd.note(
                "Bundle.entry",
                "a document's parts stand in the message itself; read all the same",
                "Put them in a Bundle of their own",
            )
            return [read_death_record(opened, odd)]
        what = f"of the unknown kind '{event[:60]}'" if event else "that does not say its kind"
        raise RefusedError(f"a message {what}: it holds no record of a death", "Have it sent whole")
    if not event.endswith(("submission", "submission_update", "mdi-to-edrs", "mdi_to_edrs")):
        odd.note(
            "MessageHeader.event",
            "a kind of message that is not known here; its document was read",
            "Name the event of the profile",
            event or "(none)",
        )
    records = []
    for document in inner:
        _note_profile(document, odd)
        record = read_death_record(document, odd)
        if event.endswith("update"):
            record.at = at or record.at
        records.append(_with_ids(record, ids, odd))
    return records


def _inner_documents(opened: Opened) -> list[Opened]:
    return [one for one in opened.inner if _is_document(one)]


def _with_ids(record: MessageRecord, ids: list[str], odd: Oddities) -> MessageRecord:
    """Add the envelope's number to the document's; the document's own goes first."""
    others = [one for one in ids if one not in record.ids]
    if record.ids and others:
        odd.note(
            "Parameters",
            "the envelope names another record than the document; the document's number was taken",
            "Let both agree",
            f"{others[0]} and {record.ids[0]}",
        )
    record.ids = (*record.ids, *others)
    kept = [record.texts.get("references", ""), *others]
    record.put("references", "; ".join(filter(None, kept)))
    return record


def _read_void(ids: list[str], told: dict[str, str], at: str) -> list[MessageRecord]:
    numbers = voided(told) or ids
    if not numbers:
        raise RefusedError(
            "a message that voids a record and does not say which",
            "Give jurisdiction_id, cert_no and death_year",
        )
    return [
        MessageRecord(What.LATE, (number,), at, texts={"certificate_status": "void"}, basis="told")
        for number in numbers
    ]


def _read_alias(ids: list[str], opened: Opened, at: str) -> list[MessageRecord]:
    if not ids:
        raise RefusedError(
            "a message of other names that does not say of whose record",
            "Give jurisdiction_id, cert_no and death_year",
        )
    parts = {
        word(one, "name"): plain_value(one) for one in each(opened.one("Parameters"), "parameter")
    }
    names = ("alias_decedent_first_name", "alias_decedent_middle_name", "alias_decedent_last_name")
    record = MessageRecord(What.LATE, tuple(ids), at, basis="told")
    record.put("other_names", " ".join(filter(None, (parts.get(name, "") for name in names))))
    return [record]
