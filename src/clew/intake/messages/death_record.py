"""A death certificate (VRDR) or an examiner's document (MDI to EDRS) becomes one case record."""

from __future__ import annotations

from datetime import date
from typing import Any

from clew.intake.messages import codes
from clew.intake.messages.bundle import Opened, Resource, TimeSpan, when
from clew.intake.messages.identifiers import jurisdiction_of, of_document, references_of
from clew.intake.messages.message import MessageRecord, Oddities
from clew.intake.messages.people import location_of, put_certifier, put_person, put_place
from clew.intake.messages.trees import each, first, word

_COUNTS_AS_INJURY = frozenset({"accident", "suicide", "homicide", "undetermined", "pending"})
"""Manners of which the injury's place tells where it happened, if the death came in a hospital."""


def read_death_record(opened: Opened, odd: Oddities) -> MessageRecord:
    """Return the case that a document tells of.

    What is malformed is handed on as written, so that intake rejects that field and keeps the
    rest. What is not of the profile is noted with its place.
    """
    record = MessageRecord()
    death = _death(opened, odd)
    put_person(record, opened, odd)
    _put_age(record, opened, odd, death)
    if death is not None:
        record.texts |= {"earliest": death.start, "latest": death.end}
    _put_manner(record, opened, odd)
    _put_cause(record, opened, odd)
    _put_places(record, opened, odd)
    put_certifier(record, opened, odd)
    record.put("agency", jurisdiction_of(opened))
    record.at = _reported(opened, odd, death)
    record.put("reported_at", record.at)
    year = death.start[:4] if death is not None and death.start[:4].isdecimal() else ""
    record.ids = tuple(of_document(opened, year, odd))
    record.put("references", "; ".join(dict.fromkeys([*record.ids[1:], *references_of(opened)])))
    return record


def _death(opened: Opened, odd: Oddities) -> TimeSpan | None:
    """Return when the person died: as observed, else as the Patient says."""
    for place, told in opened.kinds("death_date"):
        if (
            span := when(told, ("valueDateTime", "valueDate", "valuePeriod"), place, odd)
        ) is not None:
            return span
        if (span := when(told, ("effectiveDateTime",), place, odd)) is not None:
            odd.note(
                place,
                "no value; when it was observed stands for the time of death",
                "Give valueDateTime",
            )
            return span
    span = when(opened.one("Patient"), ("deceasedDateTime",), "Patient", odd)
    if span is None:
        odd.note("", "no time of death", "Give an Observation with LOINC 81956-5")
    return span


def _pronounced(opened: Opened, odd: Oddities) -> TimeSpan | None:
    for place, told in opened.kinds("pronounced"):
        if (span := when(told, ("valueDateTime", "effectiveDateTime"), place, odd)) is not None:
            return span
    for place, told in opened.kinds("death_date"):
        for part in each(told, "component"):
            if codes.kind_of(part)[0] == "pronounced":
                span = when(part, ("valueDateTime",), f"{place}.component", odd)
                if span is not None:
                    return span
    return None


def _reported(opened: Opened, odd: Oddities, death: TimeSpan | None) -> str:
    """Return when an agency came to hold what the document says, by what it tells itself.

    In order: the document's date, the Bundle's time, the attestation, the certification, the time
    pronounced, the death itself; the first that does not lie before the death.
    """
    composition = opened.one("Composition")
    told = [
        ("Composition.date", when(composition, ("date",), "Composition", odd)),
        ("Bundle.timestamp", when(opened.bundle, ("timestamp",), "Bundle", odd)),
        ("Composition.attester.time", when(first(composition, "attester"), ("time",), "", odd)),
    ]
    for place, one in opened.kinds("certification"):
        told.append((place, when(one, ("performedDateTime", "performedPeriod"), place, odd)))
    told.append(("pronounced", _pronounced(opened, odd)))
    born_before = "" if death is None else death.start[:10]
    for name, span in told:
        if span is None:
            continue
        if span.end[:10] >= born_before:
            return span.end
        odd.note(
            name,
            "before the death, so it was not taken as the time of the report",
            "Give the time at which the document was made",
            span.end,
        )
    if death is not None:
        odd.note(
            "",
            "no time of the report; the end of the time of death stands for it",
            "Give Composition.date or Bundle.timestamp",
        )
        return death.end
    return ""


def _put_age(record: MessageRecord, opened: Opened, odd: Oddities, death: TimeSpan | None) -> None:
    for place, told in opened.kinds("age"):
        quantity = first(told, "valueQuantity") or first(told, "valueAge") or {}
        number = word(quantity, "value") or word(told, "valueInteger")
        unit = word(quantity, "code") or word(quantity, "unit") or "a"
        years = codes.factor("age_unit", unit)
        if not number or unit.upper() == "UNK" or number == "999":
            continue
        if years is None:
            odd.note(
                f"{place}.valueQuantity",
                "a unit of age that is not known here; not read",
                "Give a UCUM code: a, mo, d, h or min",
                unit,
            )
            continue
        try:
            record.put("age_years", f"{float(number) * years:.6g}")
        except ValueError:
            record.put("age_years", number)
        return
    born = when(opened.one("Patient"), ("birthDate",), "Patient", odd)
    if born is None or death is None or not (born.is_day and death.is_day):
        return
    try:
        first_day, last_day = (
            date.fromisoformat(born.start[:10]),
            date.fromisoformat(death.end[:10]),
        )
    except ValueError:
        return
    age = (last_day - first_day).days / 365.25
    odd.note("", "no age; it was reckoned from the date of birth", "Give the age at death")
    record.put("age_years", f"{age:.6g}")


def _put_manner(record: MessageRecord, opened: Opened, odd: Oddities) -> None:
    for place, told in opened.kinds("manner"):
        concept = first(told, "valueCodeableConcept") or first(told, "valueCoding") or {}
        found = [codes.meaning("manner", code) for code in codes.coded(concept)]
        known = next((one for one in found if one), "") or codes.said(concept)
        if not any(found) and codes.coded(concept) != ["UNK"]:
            odd.note(
                f"{place}.valueCodeableConcept",
                "a manner of death that is not known here",
                "Give the SNOMED CT code of the profile",
                codes.coded(concept) or known,
            )
        record.put("manner", known or word(told, "valueString"))
        return


def _put_cause(record: MessageRecord, opened: Opened, odd: Oddities) -> None:
    """Set the cause: part 1 line by line, then what contributed; as the certifier wrote it."""
    lines = sorted(
        (_line_number(told, number), text)
        for number, (place, told) in enumerate(_causes(opened))
        if (text := _cause_text(place, told, odd))
    )
    others = [_cause_text(place, told, odd) for place, told in opened.kinds("other_cause")]
    cause = "; due to ".join(dict.fromkeys(text for _, text in lines))
    contributing = "; ".join(dict.fromkeys(filter(None, others)))
    if contributing:
        cause = f"{cause}; other conditions: {contributing}" if cause else contributing
    record.put("cause", cause)


def _causes(opened: Opened) -> list[tuple[str, Resource]]:
    """Return the conditions of part 1, in the order of the pathway's list where there is one."""
    found = opened.kinds("cause")
    places = {id(told): place for place, told in found}
    in_order = [
        told
        for _, listed in opened.of_type("List")
        for item in each(listed, "entry", "item")
        if id(told := opened.find(item)) in places
    ]
    ordered = [(places[id(told)], told) for told in in_order]
    return ordered + [one for one in found if id(one[1]) not in {id(t) for t in in_order}]


def _line_number(told: Resource, number: int) -> tuple[int, int]:
    for part in each(told, "component"):
        if "linenumber" in [code.casefold() for code in codes.coded_all(each(part, "code"))]:
            text = word(part, "valueInteger")
            return (int(text) if text.isdecimal() and len(text) < 4 else 0, number)
    return (0, number)


def _cause_text(place: str, told: Resource, odd: Oddities) -> str:
    concept = first(told, "valueCodeableConcept")
    if told.get("resourceType") == "Condition":
        concept = first(told, "code") or concept
    text = codes.said(concept) or word(told, "valueString")
    if not text:
        odd.note(place, "a cause of death without words was left out", "Give its text")
    return text


def _put_places(record: MessageRecord, opened: Opened, odd: Oddities) -> None:
    """Set the place: the death's, or the injury's where the person was brought to a hospital."""
    kind = _place_kind(record, opened, odd)
    death, injury = location_of(opened, "death"), location_of(opened, "injury")
    put_place(record, death)
    if not kind and each(death, "type"):
        kind = ""
    record.put("premises", kind)
    injuries = opened.kinds("injury")
    for place, told in injuries[:1]:
        how = first(told, "valueCodeableConcept")
        record.put("narrative", codes.said(how) or word(told, "valueString"))
        where = _injury_kind(told)
        record.put("injury_premises", where)
        happened = when(told, ("effectiveDateTime", "effectivePeriod"), place, odd)
        if happened is not None:
            record.texts |= {"injury_earliest": happened.start, "injury_latest": happened.end}
    if injury:
        put_place(record, injury, "injury_")
    take_injury(record)


def take_injury(record: MessageRecord) -> None:
    """Let the injury tell where it happened, if the person died in or on the way to a hospital.

    The death's own place is kept as plain facts `death_premises`, `death_place` ...; where the
    injury's place is told by words alone, the death's point would be wrong, and is dropped.
    """
    texts = record.texts
    told = [
        c for c in ("latitude", "longitude", "area", "place_key", "place") if f"injury_{c}" in texts
    ]
    kind = texts.get("injury_premises")
    brought = texts.get("premises") == "hospital" and kind != "hospital" and bool(told or kind)
    if not brought or texts.get("manner", "pending") not in _COUNTS_AS_INJURY:
        return
    for column in ("premises", "latitude", "longitude", "area", "place_key", "place"):
        if own := texts.pop(column, ""):
            texts[f"death_{column}"] = own
        if injured := texts.pop(f"injury_{column}", ""):
            texts[column] = injured


def _place_kind(record: MessageRecord, opened: Opened, odd: Oddities) -> str:
    concepts: list[tuple[str, Any]] = []
    for place, told in opened.kinds("death_date"):
        concepts += [
            (f"{place}.component", first(part, "valueCodeableConcept"))
            for part in each(told, "component")
            if codes.kind_of(part)[0] == "death_place"
        ]
    for place, told in opened.kinds("death_place"):
        concepts.append((place, first(told, "valueCodeableConcept")))
    for _, one in opened.kinds("death_location"):
        concepts += [("Location.type", concept) for concept in each(one, "type")]
    for place, concept in concepts:
        for code in codes.coded(concept):
            known = codes.meaning("place_of_death", code)
            if code == "63238001":
                record.put("dead_on_arrival", "yes")
            if known is not None:
                return known or codes.said(concept)
        if codes.coded(concept) and place != "Location.type":
            odd.note(
                place,
                "a kind of place of death that is not known here",
                "Give the SNOMED CT code of the profile",
                codes.coded(concept),
            )
    return ""


def _injury_kind(told: Resource) -> str:
    for part in each(told, "component"):
        if "69450-5" in codes.coded_all(each(part, "code")):
            concept = first(part, "valueCodeableConcept")
            known = [codes.meaning("place_of_injury", code) for code in codes.coded(concept)]
            if found := next((one for one in known if one), ""):
                return found
            return codes.said(concept) or word(part, "valueString")
    return ""
