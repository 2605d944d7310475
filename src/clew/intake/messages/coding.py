"""A message with coded causes or demography becomes late facts about its certificate."""

from __future__ import annotations

from clew.intake.messages import codes
from clew.intake.messages.bundle import Opened
from clew.intake.messages.identifiers import of_document, of_parameters
from clew.intake.messages.message import MessageRecord, Oddities, RefusedError, What
from clew.intake.messages.trees import each, first, word

_OLD_NAMES = {
    "underlying_cause_of_death": "underlying_icd10",
    "record_cause_of_death": "record_axis_icd10",
    "entity_axis_code": "entity_axis_icd10",
}
"""Parameters of messages before the implementation guide 1.3 -> our plain facts."""


def read_coding(opened: Opened, ids: list[str], at: str, odd: Oddities) -> MessageRecord:
    """Return the codes as plain facts: they weigh nothing, and are kept.

    Raises
    ------
    RefusedError
        If the message does not say of which certificate it is.

    """
    record = MessageRecord(What.LATE, (), at, basis="inferred", known_to="NCHS")
    found = list(ids)
    for inner in opened.inner:
        found += of_document(inner, ids[0][:4] if ids else "", odd)
        _take(record, inner)
    _take(record, opened)
    for parameters in [r for _, r in opened.of_type("Parameters")]:
        for one in each(parameters, "parameter"):
            if name := _OLD_NAMES.get(word(one, "name")):
                parts = [one, *each(one, "part"), *each(one, "part", "part")]
                record.put(
                    name, "; ".join(dict.fromkeys(_icd(part) for part in parts if _icd(part)))
                )
        manner = of_parameters(each(parameters))[1].get("manner", "")
        record.put("manner", manner if manner and "manner" not in record.texts else "")
    record.ids = tuple(dict.fromkeys(found))
    if not record.ids:
        raise RefusedError(
            "a message of codes that does not say of which certificate",
            "Give jurisdiction_id, cert_no and death_year",
        )
    return record


def _icd(part: object) -> str:
    return word(part, "valueCoding", "code")


def _take(record: MessageRecord, opened: Opened) -> None:
    for kind, name in (
        ("underlying_icd10", "underlying_icd10"),
        ("entity_axis", "entity_axis_icd10"),
        ("record_axis", "record_axis_icd10"),
    ):
        found = [
            code
            for _, told in opened.kinds(kind)
            for code in codes.coded(first(told, "valueCodeableConcept"))
        ]
        record.put(name, "; ".join(dict.fromkeys(found)) or record.texts.get(name))
    for _, told in opened.kinds("race_coded"):
        found = [
            code
            for part in each(told, "component")
            for code in codes.coded(first(part, "valueCodeableConcept"))
        ]
        record.put("group_race_coded", "; ".join(dict.fromkeys(found)))
    for _, told in opened.kinds("manner"):
        for code in codes.coded(first(told, "valueCodeableConcept")):
            record.put("manner", codes.meaning("manner", code))
