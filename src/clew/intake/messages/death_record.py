"""A death certificate (VRDR) or an examiner's document (MDI to EDRS) becomes one case record."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from itertools import chain

from clew.intake.messages.bundle import OpenBundle, TimeSpan, when
from clew.intake.messages.codes import codes_of, factor, kind_of, meaning, text_of
from clew.intake.messages.identifiers import jurisdiction_of, of_document
from clew.intake.messages.message import MessageRecord, Oddities
from clew.intake.messages.people import location_of, put_certifier, put_person, put_place
from clew.intake.messages.references import Resource
from clew.intake.messages.trees import each, first, word

_COUNTS_AS_INJURY = frozenset({"accident", "suicide", "homicide", "undetermined", "pending"})
"""Manners with which the injury's place is where it happened, if the death came in a hospital."""


def read_death_record(opened: OpenBundle, odd: Oddities) -> MessageRecord:
    """Return the case that a document describes.

    What is malformed is handed on as written, so that intake rejects that field and keeps the
    rest. What is not of the profile is noted with its place.
    """
    record = MessageRecord()
    death = _death(opened, odd)
    put_person(record, opened, odd)
    for place, observation in opened.of_kind("age"):
        quantity = first(observation, "valueQuantity") or first(observation, "valueAge") or {}
        number = word(quantity, "value") or word(observation, "valueInteger")
        unit = word(quantity, "code") or word(quantity, "unit") or "a"
        years = factor("age_unit", unit)
        if not number or unit.upper() == "UNK" or number == "999":
            continue
        if years is not None:
            with suppress(ValueError):
                number = f"{float(number) * years:.6g}"
            record.put("age_years", number)
            break
        odd.note(
            f"{place}.valueQuantity",
            "a unit of age that is not known here; not read",
            "Give a UCUM code: a, mo, d, h or min",
            unit,
        )
    else:
        born = when(opened.first_of_type("Patient"), ("birthDate",), "Patient", odd)
        if age := age_at_death(born, death):
            odd.note("", "no age; it was derived from the date of birth", "Give the age at death")
            record.put("age_years", age)
    if death is not None:
        record.texts |= {"earliest": death.start, "latest": death.end}
    _put_manner_and_cause(record, opened, odd)
    _put_places(record, opened, odd)
    put_certifier(record, opened, odd)
    record.put("agency", jurisdiction_of(opened))
    record.at = _reported(opened, odd, death)
    record.put("reported_at", record.at)
    year = death.start[:4] if death is not None and death.start[:4].isdecimal() else ""
    ids, references = of_document(opened, year, odd)
    record.ids = tuple(ids)
    record.put("references", "; ".join(dict.fromkeys([*ids[1:], *references])))
    return record


def _death(opened: OpenBundle, odd: Oddities) -> TimeSpan | None:
    """Return when the person died: as observed, else as the Patient says."""
    for place, observation in opened.of_kind("death_date"):
        if span := when(observation, ("valueDateTime", "valueDate", "valuePeriod"), place, odd):
            return span
        if span := when(observation, ("effectiveDateTime",), place, odd):
            reason = "no value; the time of observation is used as the time of death"
            odd.note(place, reason, "Give valueDateTime")
            return span
    span = when(opened.first_of_type("Patient"), ("deceasedDateTime",), "Patient", odd)
    if span is None:
        odd.note("", "no time of death", "Give an Observation with LOINC 81956-5")
    return span


def _reported(opened: OpenBundle, odd: Oddities, death: TimeSpan | None) -> str:
    """Return when an agency recorded what the document says, by the document itself.

    In order: the document's date, the Bundle's time, the attestation, the certification, the time
    pronounced, the death itself; the first that is not before the death.
    """
    composition = opened.first_of_type("Composition")
    times = [
        ("Composition.date", when(composition, ("date",), "Composition", odd)),
        ("Bundle.timestamp", when(opened.bundle, ("timestamp",), "Bundle", odd)),
        ("Composition.attester.time", when(first(composition, "attester"), ("time",), "", odd)),
    ]
    for place, certification in opened.of_kind("certification"):
        span = when(certification, ("performedDateTime", "performedPeriod"), place, odd)
        times.append((place, span))
    pronounced = chain(
        (
            when(observation, ("valueDateTime", "effectiveDateTime"), place, odd)
            for place, observation in opened.of_kind("pronounced")
        ),
        (
            when(part, ("valueDateTime",), f"{place}.component", odd)
            for place, observation in opened.of_kind("death_date")
            for part in each(observation, "component")
            if kind_of(part)[0] == "pronounced"
        ),
    )
    times.append(("pronounced", next(filter(None, pronounced), None)))
    at = first_report(times, death, "Give the time at which the document was made", odd)
    if not at and death is not None:
        odd.note(
            "",
            "no time of the report; the end of the time of death is used",
            "Give Composition.date or Bundle.timestamp",
        )
        return death.end
    return at


def first_report(
    times: Iterable[tuple[str, TimeSpan | None]],
    death: TimeSpan | None,
    remedy: str,
    odd: Oddities,
) -> str:
    """Return the end of the first time that is not before the death, or ""; note the others."""
    for name, span in times:
        if span is None:
            continue
        if death is None or span.end[:10] >= death.start[:10]:
            return span.end
        reason = "before the death, so it was not taken as the time of the report"
        odd.note(name, reason, remedy, span.end)
    return ""


def age_at_death(born: TimeSpan | None, death: TimeSpan | None) -> str:
    """Return the age in years by the days of birth and death, "" where one is not known."""
    if born is None or death is None or not (born.is_day and death.is_day):
        return ""
    try:
        age = date.fromisoformat(death.end[:10]) - date.fromisoformat(born.start[:10])
    except ValueError:
        return ""
    return f"{age.days / 365.25:.6g}"


def _put_manner_and_cause(record: MessageRecord, opened: OpenBundle, odd: Oddities) -> None:
    """Set manner and cause: part 1 line by line, then what contributed, as the certifier wrote."""
    for place, manner in opened.of_kind("manner")[:1]:
        concept = first(manner, "valueCodeableConcept") or first(manner, "valueCoding") or {}
        codes = codes_of(concept)
        ours = next(filter(None, (meaning("manner", code) for code in codes)), "")
        known = ours or text_of(concept)
        if not ours and codes != ["UNK"]:
            odd.note(
                f"{place}.valueCodeableConcept",
                "a manner of death that is not known here",
                "Give the SNOMED CT code of the profile",
                codes or known,
            )
        record.put("manner", known or word(manner, "valueString"))
    causes = opened.of_kind("cause")
    places = {id(cause): place for place, cause in causes}
    in_pathway = [  # the order of the pathway's list goes before that of the file
        cause
        for _, pathway in opened.of_type("List")
        for item in each(pathway, "entry", "item")
        if id(cause := opened.find(item, pathway)) in places
    ]
    listed = {id(cause) for cause in in_pathway}
    lines = []
    for cause in [*in_pathway, *(cause for _, cause in causes if id(cause) not in listed)]:
        line_numbers = (
            word(part, "valueInteger")
            for part in each(cause, "component")
            if "linenumber" in map(str.casefold, codes_of(each(part, "code")))
        )
        number = next(line_numbers, "")
        line = int(number) if number.isdecimal() and len(number) < 4 else 0
        lines.append((line, _cause_text(places[id(cause)], cause, odd)))
    lines.sort(key=lambda entry: entry[0])
    text = "; due to ".join(dict.fromkeys(text for _, text in lines if text))
    others = [_cause_text(place, cause, odd) for place, cause in opened.of_kind("other_cause")]
    if contributing := "; ".join(dict.fromkeys(filter(None, others))):
        text = f"{text}; other conditions: {contributing}" if text else contributing
    record.put("cause", text)


def _cause_text(place: str, cause: Resource, odd: Oddities) -> str:
    concept = first(cause, "valueCodeableConcept")
    if cause.get("resourceType") == "Condition":
        concept = first(cause, "code") or concept
    text = text_of(concept) or word(cause, "valueString")
    if not text:
        odd.note(place, "a cause of death without words was left out", "Give its text")
    return text


def _put_places(record: MessageRecord, opened: OpenBundle, odd: Oddities) -> None:
    """Set the place: the death's, or the injury's where the person was brought to a hospital."""
    concepts = [
        (f"{place}.component", first(part, "valueCodeableConcept"))
        for place, observation in opened.of_kind("death_date")
        for part in each(observation, "component")
        if kind_of(part)[0] == "death_place"
    ]
    concepts += [
        (place, first(observation, "valueCodeableConcept"))
        for place, observation in opened.of_kind("death_place")
    ]
    concepts += [
        ("Location.type", concept)
        for _, location in opened.of_kind("death_location")
        for concept in each(location, "type")
    ]
    premises = ""
    for place, concept in concepts:
        codes = codes_of(concept)
        known = ((code, meaning("place_of_death", code)) for code in codes)
        code, kind = next((pair for pair in known if pair[1] is not None), ("", None))
        if kind is not None:
            record.put("dead_on_arrival", "yes" if code == "63238001" else "")
            premises = kind or text_of(concept)
            break
        if codes and place != "Location.type":
            odd.note(
                place,
                "a kind of place of death that is not known here",
                "Give the SNOMED CT code of the profile",
                codes,
            )
    put_place(record, location_of(opened, "death"))
    record.put("premises", premises)
    for place, injury in opened.of_kind("injury")[:1]:
        how = first(injury, "valueCodeableConcept")
        record.put("narrative", text_of(how) or word(injury, "valueString"))
        for part in each(injury, "component"):
            if "69450-5" in codes_of(each(part, "code")):
                concept = first(part, "valueCodeableConcept")
                named = (meaning("place_of_injury", code) for code in codes_of(concept))
                where = next(filter(None, named), "") or text_of(concept)
                record.put("injury_premises", where or word(part, "valueString"))
                break
        happened = when(injury, ("effectiveDateTime", "effectivePeriod"), place, odd)
        if happened is not None:
            record.texts |= {"injury_earliest": happened.start, "injury_latest": happened.end}
    if location := location_of(opened, "injury"):
        put_place(record, location, "injury_")
    prefer_injury(record)


def prefer_injury(record: MessageRecord) -> None:
    """Put the injury's place first, if the person died in or on the way to a hospital.

    The death's own place is kept as plain facts `death_premises`, `death_place` ...; where the
    injury's place is given in words alone, the death's point would be wrong, and is dropped.
    """
    texts = record.texts
    columns = ("latitude", "longitude", "area", "place_key", "place")
    injury_premises = texts.get("injury_premises")
    is_placed = injury_premises or any(f"injury_{column}" in texts for column in columns)
    brought = texts.get("premises") == "hospital" and injury_premises != "hospital" and is_placed
    if not brought or texts.get("manner", "pending") not in _COUNTS_AS_INJURY:
        return
    for column in ("premises", *columns):
        if own := texts.pop(column, ""):
            texts[f"death_{column}"] = own
        if injured := texts.pop(f"injury_{column}", ""):
            texts[column] = injured
