"""A laboratory's toxicology report becomes late facts about the case it is of."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from clew.intake.messages import codes
from clew.intake.messages.bundle import Opened, Resource, when
from clew.intake.messages.identifiers import tracking_numbers
from clew.intake.messages.message import MessageRecord, Oddities, RefusedError, What
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


def read_toxicology(opened: Opened, odd: Oddities) -> list[MessageRecord]:
    """Return what each toxicology report of a message tells of its case.

    Raises
    ------
    RefusedError
        If there is no report, or none that names a case.

    """
    reports = opened.of_type("DiagnosticReport")
    if not reports:
        raise RefusedError("a toxicology message without a DiagnosticReport", "Have it sent whole")
    return [_read_report(opened, told, odd) for told in reports]


def _read_report(opened: Opened, told: tuple[str, Resource], odd: Oddities) -> MessageRecord:
    place, report = told
    numbers = tracking_numbers(report)
    ids = [*numbers.get("mdi", ()), *numbers.get("edrs", ())]
    if not ids:
        raise RefusedError(
            "a toxicology report that names no case", "Give the case number as a tracking number"
        )
    lab = next(iter(numbers.get("tox", ())), "") or word(report, "identifier", "value")
    if word(report, "status") in {"entered-in-error", "cancelled"}:
        raise RefusedError(f"the report is {word(report, 'status')}", "Have the right one sent")
    issued = when(report, ("issued", "effectiveDateTime"), place, odd)
    stamp = when(opened.bundle, ("timestamp",), "Bundle", odd)
    record = MessageRecord(What.LATE, tuple(ids), basis="tested")
    record.known = issued.end if issued else ""
    record.at = stamp.end if stamp else record.known
    record.adds = frozenset({"substances", "tested_for"})
    results = _results(opened, report, place, odd)
    if word(report, "status") not in {"final", "amended", "corrected", "appended", ""}:
        odd.note(f"{place}.status", "the report is not final", "", word(report, "status"))
    put_results(record, results, odd, place)
    kept = {
        "laboratory_case": lab,
        "case": ids[0],
        "issued": record.known or record.at,
        "results": [[r.substance, r.code, r.specimen, r.value, r.found] for r in results],
    }
    record.texts[report_field(lab)] = json.dumps(kept, ensure_ascii=False)
    if lab:
        record.put("references", f"tox:{lab}")
        record.adds |= {"references"}
    return record


def report_field(lab: str) -> str:
    """Return the name of the plain fact that keeps one report."""
    return f"{REPORT} {lab}".strip()


def put_results(record: MessageRecord, results: list[Result], odd: Oddities, place: str) -> None:
    """Set what was found and what was tested for, as the vocabulary names it.

    A substance that was looked for and not found is `tested_for` alone. Nothing found at all is
    `none`, which says nothing about what was not looked for.
    """
    found: dict[str, str] = {}
    tested: dict[str, None] = {}
    for result in results:
        name = substance_named(result.substance)
        if not name:
            continue
        if name == result.substance:
            odd.note(place, "a substance that no vocabulary knows; kept as written", "", name)
        tested[name] = None
        if result.found == "yes":
            found[name] = ""
    record.put("tested_for", "; ".join(sorted(tested)))
    record.put("substances", "; ".join(sorted(found)) or ("none" if tested else ""))


def substance_named(text: str) -> str:
    """Return the vocabulary's id of what a result looks for, else its own words, plain.

    `fentaNYL [Mass/volume] in Blood by Confirmatory method` is fentanyl.
    """
    plain = _METHOD.sub("", text).strip().replace(";", ",")
    if known := substance_ids(plain):
        return str(known)
    named = read_cause(plain).substances or read_cause(text).substances
    return named[0] if named and len(named) == 1 else plain


def _results(opened: Opened, report: Resource, place: str, odd: Oddities) -> list[Result]:
    found: list[Result] = []
    listed = each(report, "result")
    taken: set[int] = set()
    for number, reference in enumerate(listed[:_MOST_RESULTS]):
        told = opened.find(reference)
        if told and id(told) not in taken:
            taken.add(id(told))
            found += _of_observation(opened, told, word(reference, "display"))
        elif shown := word(reference, "display"):
            odd.note(
                f"{place}.result[{number}]",
                "what it refers to is not in the message; its words were read",
                "Send the Observation with the report",
                shown,
            )
            found.append(_of_words(shown))
        elif not told:
            odd.note(
                f"{place}.result[{number}]",
                "what it refers to is not in the message",
                "Send the Observation with the report",
                word(reference, "reference"),
            )
    if len(listed) > _MOST_RESULTS:
        odd.note(f"{place}.result", f"more than {_MOST_RESULTS} results; the others were not read")
    if not listed:
        for _, told in opened.of_type("Observation"):
            found += _of_observation(opened, told, "")
    return sorted(set(found))


def _of_observation(opened: Opened, told: Resource, shown: str) -> list[Result]:
    if word(told, "status") in {"cancelled", "entered-in-error"}:
        return []
    specimen = _specimen(opened.find(first(told, "specimen")))
    parts = [part for part in each(told, "component") if each(part, "code")]
    members = [opened.find(one) for one in each(told, "hasMember")]
    inner = [
        r
        for m in members
        if m and m is not told and not each(m, "hasMember")
        for r in _of_observation(opened, m, "")
    ]
    whole = [] if (parts or inner) and not _value(told)[0] else [_result(told, specimen, shown)]
    return whole + [_result(part, specimen, "") for part in parts] + inner


def _result(told: Resource, specimen: str, shown: str) -> Result:
    concept = first(told, "code")
    label = shown.partition(":")[0].strip() if ":" in shown else ""
    coded_name = codes.said(concept)
    # The display beside the reference is the laboratory's own word. Where the code names another
    # substance (a wrong LOINC code was seen in HL7's own example) the laboratory's word stands.
    name = label if _names_another(label, coded_name) else coded_name or label
    value, found = _value(told)
    return Result(name, next(iter(codes.coded(concept)), ""), specimen, value, found)


def _names_another(label: str, coded_name: str) -> bool:
    ours, theirs = substance_ids(label) if label else None, substance_named(coded_name)
    return bool(ours) and ours != theirs


def _of_words(shown: str) -> Result:
    name, _, value = shown.partition(":")
    negative = bool(_NEGATIVE.search(value))
    found = "no" if negative else "yes" if _POSITIVE.search(value) else ""
    return Result(name.strip(), "", "", value.strip(), found)


def _value(told: Any) -> tuple[str, str]:
    """Return what was found as written, and whether that is yes, no or not decided."""
    quantity = first(told, "valueQuantity")
    if isinstance(quantity, dict):
        sign, number = word(quantity, "comparator"), word(quantity, "value")
        unit = word(quantity, "unit") or word(quantity, "code")
        text = f"{sign}{number} {unit}".strip()
        below = sign.startswith("<") or not number or not re.search(r"[1-9]", number)
        return text, ("no" if below and number else "yes" if number else "")
    flag = word(told, "valueBoolean")
    if flag in {"true", "false"}:
        return flag, "yes" if flag == "true" else "no"
    concept = first(told, "valueCodeableConcept")
    marks = {c.casefold() for c in codes.coded(concept)}
    marks |= {c.casefold() for c in codes.coded_all(each(told, "interpretation"))}
    text = word(told, "valueString") or codes.said(concept) or word(told, "valueInteger")
    if marks & _UNDECIDED or re.search(
        r"inconclusive|equivocal|indeterminate", text, re.IGNORECASE
    ):
        return text, ""
    if marks & _NEGATIVE_CODES or _NEGATIVE.search(text):
        return text, "no"
    positive = _POSITIVE.search(text) or marks & {"pos", "260373001", "10828004", "52101004", "y"}
    return text, "yes" if positive else ""


def _specimen(specimen: Any) -> str:
    return codes.said(first(specimen, "type"))
