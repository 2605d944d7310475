"""A laboratory's toxicology report becomes late facts about its case."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from clew.intake.messages.bundle import OpenBundle, when
from clew.intake.messages.codes import codes_of, text_of
from clew.intake.messages.identifiers import tracking_numbers
from clew.intake.messages.message import MessageRecord, Oddities, RecordKind, RefusedError
from clew.intake.messages.references import Resource
from clew.intake.messages.trees import each, first, word
from clew.intake.prose.cause_text import read_cause, substance_ids

REPORT = "toxicology report"
"""The plain fact that keeps a whole report as JSON, with the laboratory's number behind it."""
_NEGATIVE = re.compile(
    r"\b(neg(ative)?|not detected|none detected|absent|nd|undetected|no\b.*\bdetected)\b",
    re.IGNORECASE,
)
_POSITIVE = re.compile(r"\b(pos(itive)?|detected|present|presumptive)\b|\d", re.IGNORECASE)
_NEGATIVE_CODES = {"260385009", "260415000", "2667000", "neg", "nd", "n", "la6577-6", "la11883-8"}
"""SNOMED CT negative, not detected, absent; v3 interpretations; LOINC answers."""
_UNDECIDED = {"419984006", "42425007", "ind", "e", "inc"}
"""SNOMED CT inconclusive, equivocal; v3 interpretations: neither found nor not found."""
_UNDECIDED_TEXT = re.compile(r"inconclusive|equivocal|indeterminate", re.IGNORECASE)
_POSITIVE_CODES = {"pos", "260373001", "10828004", "52101004", "y"}
_METHOD = re.compile(r"\s*(\[.*|\b(in|by)\b .*)$", re.IGNORECASE)
_MOST_RESULTS = 500


@dataclass(frozen=True, slots=True, order=True)
class Result:
    """One result: what was looked for, in which specimen, and what was found.

    `found` is yes, no or "" (not decided); `value` as written with its unit.
    """

    substance: str
    code: str
    specimen: str
    value: str
    found: str


def read_toxicology(opened: OpenBundle, odd: Oddities) -> list[MessageRecord]:
    """Return what each toxicology report of a message adds to its case.

    Raises
    ------
    RefusedError
        If there is no report, or one that names no case or is withdrawn.

    """
    reports = opened.of_type("DiagnosticReport")
    if not reports:
        raise RefusedError("a toxicology message without a DiagnosticReport", "Have it sent whole")
    records = []
    for place, report in reports:
        numbers = tracking_numbers(report)
        ids = [*numbers.get("mdi", ()), *numbers.get("edrs", ())]
        if not ids:
            raise RefusedError(
                "a toxicology report that names no case",
                "Give the case number as a tracking number",
            )
        lab = next(iter(numbers.get("tox", ())), "") or word(report, "identifier", "value")
        status = word(report, "status")
        if status in {"entered-in-error", "cancelled"}:
            raise RefusedError(f"the report is {status}", "Have the right one sent")
        issued = when(report, ("issued", "effectiveDateTime"), place, odd)
        stamp = when(opened.bundle, ("timestamp",), "Bundle", odd)
        record = MessageRecord(RecordKind.LATE, tuple(ids), basis="tested")
        record.known = issued.end if issued else ""
        record.at = stamp.end if stamp else record.known
        record.adds = frozenset({"substances", "tested_for"})
        results = _results(opened, report, place, odd)
        if status not in {"final", "amended", "corrected", "appended", ""}:
            odd.note(f"{place}.status", "the report is not final", "", status)
        tested: dict[str, bool] = {}  # whether it was found; what was not looked for is not in it
        for result in results:
            name = substance_named(result.substance)
            if name and name == result.substance:
                odd.note(place, "a substance that no vocabulary knows; kept as written", "", name)
            if name:
                tested[name] = tested.get(name, False) or result.found == "yes"
        present = "; ".join(name for name in sorted(tested) if tested[name])
        record.put("tested_for", "; ".join(sorted(tested)))
        record.put("substances", present or ("none" if tested else ""))
        kept = {
            "laboratory_case": lab,
            "case": ids[0],
            "issued": record.known or record.at,
            "results": [[r.substance, r.code, r.specimen, r.value, r.found] for r in results],
        }
        record.texts[f"{REPORT} {lab}".strip()] = json.dumps(kept, ensure_ascii=False)
        if lab:
            record.put("references", f"tox:{lab}")
            record.adds |= {"references"}
        records.append(record)
    return records


def substance_named(text: str) -> str:
    """Return the vocabulary's id of what a result looks for, else its own words, plain.

    `fentaNYL [Mass/volume] in Blood by Confirmatory method` is fentanyl.
    """
    plain = _METHOD.sub("", text).strip().replace(";", ",")
    if known := substance_ids(plain):
        return str(known)
    named = read_cause(plain).substances or read_cause(text).substances
    return named[0] if named and len(named) == 1 else plain


def _results(opened: OpenBundle, report: Resource, place: str, odd: Oddities) -> list[Result]:
    results: list[Result] = []
    listed = each(report, "result")
    taken: set[int] = set()
    for number, reference in enumerate(listed[:_MOST_RESULTS]):
        observation, shown = opened.find(reference, report), word(reference, "display")
        if observation and id(observation) not in taken:
            taken.add(id(observation))
            results += _of_observation(opened, observation, shown)
        elif shown:
            odd.note(
                f"{place}.result[{number}]",
                "what it refers to is not in the message; its words were read",
                "Send the Observation with the report",
                shown,
            )
            name, _, value = (part.strip() for part in shown.partition(":"))
            negative, positive = _NEGATIVE.search(value), _POSITIVE.search(value)
            found = "no" if negative else "yes" if positive else ""
            results.append(Result(name, "", "", value, found))
        elif not observation:
            odd.note(
                f"{place}.result[{number}]",
                "what it refers to is not in the message",
                "Send the Observation with the report",
                word(reference, "reference"),
            )
    if len(listed) > _MOST_RESULTS:
        odd.note(f"{place}.result", f"more than {_MOST_RESULTS} results; the others were not read")
    if not listed:
        for _, observation in opened.of_type("Observation"):
            results += _of_observation(opened, observation, "")
    return sorted(set(results))


def _of_observation(opened: OpenBundle, observation: Resource, shown: str) -> list[Result]:
    """Return the results of an observation, its components and its members."""
    if word(observation, "status") in {"cancelled", "entered-in-error"}:
        return []
    specimen = text_of(first(opened.find(first(observation, "specimen"), observation), "type"))
    parts = [part for part in each(observation, "component") if each(part, "code")]
    members = [opened.find(ref, observation) for ref in each(observation, "hasMember")]
    inner = [
        result
        for member in members
        if member and member is not observation and not each(member, "hasMember")
        for result in _of_observation(opened, member, "")
    ]
    is_heading = (parts or inner) and not _value(observation)[0]
    whole = [] if is_heading else [_result(observation, specimen, shown)]
    return whole + [_result(part, specimen, "") for part in parts] + inner


def _result(observation: Resource, specimen: str, shown: str) -> Result:
    concept = first(observation, "code")
    label = shown.partition(":")[0].strip() if ":" in shown else ""
    coded_name = text_of(concept)
    # The display beside the reference is the laboratory's own word. Where the code names another
    # substance (a wrong LOINC code was seen in HL7's own example) the laboratory's word counts.
    ours = substance_ids(label) if label else None
    is_other = bool(ours) and ours != substance_named(coded_name)
    name = label if is_other else coded_name or label
    value, found = _value(observation)
    return Result(name, next(iter(codes_of(concept)), ""), specimen, value, found)


def _value(observation: Any) -> tuple[str, str]:
    """Return what was found as written, and whether that is yes, no or not decided."""
    quantity = first(observation, "valueQuantity")
    if isinstance(quantity, dict):
        sign, number = word(quantity, "comparator"), word(quantity, "value")
        unit = word(quantity, "unit") or word(quantity, "code")
        text = f"{sign}{number} {unit}".strip()
        below = sign.startswith("<") or not number or not re.search(r"[1-9]", number)
        return text, ("no" if below and number else "yes" if number else "")
    flag = word(observation, "valueBoolean")
    if flag in {"true", "false"}:
        return flag, "yes" if flag == "true" else "no"
    concept = first(observation, "valueCodeableConcept")
    codes = [*codes_of(concept), *codes_of(each(observation, "interpretation"))]
    marks = set(map(str.casefold, codes))
    text = word(observation, "valueString") or text_of(concept) or word(observation, "valueInteger")
    if marks & _UNDECIDED or _UNDECIDED_TEXT.search(text):
        return text, ""
    if marks & _NEGATIVE_CODES or _NEGATIVE.search(text):
        return text, "no"
    return text, "yes" if _POSITIVE.search(text) or marks & _POSITIVE_CODES else ""
