"""A bundle and a sheet about people who do not exist, for the tests of both."""

from __future__ import annotations

from clew.disclosure.exports.bundle import (
    Bundle,
    ComparisonRecord,
    DecisionRow,
    EffortRow,
    FactRow,
    JudgementRow,
    LookRow,
    SecondRow,
    ShownRow,
)
from clew.disclosure.exports.pdf import (
    MorningSheet,
    SheetAction,
    SheetDeath,
    SheetLink,
    show_comparison,
)
from clew.disclosure.exports.text import LinkRow, RecordRow, Stamp, clock_of
from clew.model.case_file import Coverage
from clew.model.finding import Finding, Stance

AT = 1_409_000_000
STAMP = Stamp(
    "X-20140826-7f3a", "One case for the coroner: BD-2", "Ann Analyst (ann)", AT,
    "the inquest", "the senior coroner", 1,
    (Coverage("records", "MPS", 812, "2014-08-26"), Coverage("records", "BTP", 0, "")),
    force="Example Constabulary", version="0.8.0",
)  # fmt: skip
FINDINGS = (
    Finding("place", "distance", Stance.AGREES, 1_900_000, "found 30 m apart", "", "", "2 of 812"),
    Finding("scene", "propped", Stance.AGREES, 1_100_000, "propped against a wall in both",
            "propped", "propped", "3 of 812"),
    Finding("missing_items", "missing_items", Stance.AGREES, 700_000, "no phone in either",
            "phone", "phone; keys", "11 of 812"),
    Finding("victim", "age", Stance.DIFFERS, -100_000, "ages 22 and 31", "22", "31"),
    Finding("substances", "substances", Stance.MISSING, 0, "no toxicology in BD-2 yet", "", "ghb"),
)  # fmt: skip


def a_comparison(text: str = "") -> ComparisonRecord:
    """Return a comparison that was shown, judged and read a second time."""
    link = LinkRow("BD-2", "BD-1", AT, 1, 3_600_000, 0.0004, 11_000.0, "similarity", "lead",
                   "second_reader", FINDINGS, ("One footpath", *filter(None, [text])))  # fmt: skip
    a = RecordRow(
        "BD-2",
        AT,
        {
            "known_as": "Sam Example",
            "agency": "MPS",
            "area": "KD",
            "cause": "unascertained",
            "category": "unexpected_not_suspicious",
        },
    )
    b = RecordRow(
        "BD-1",
        AT - 6_000_000,
        {"agency": "MPS", "area": "KD", "cause": "Mixed drug toxicity", "manner": "pending"},
    )
    judged = JudgementRow(
        "Ann Analyst (ann)", "Not linked", "None", text or "The note explains the death", "A note",
        False, "A handwriting comparison", True, AT + 7_200, AT + 7_260,
        second=SecondRow("Sue Supervisor (sue)", AT + 90_000, False,
                         "Nobody compared the handwriting"),
    )  # fmt: skip
    return ComparisonRecord(
        show_comparison(link, a, b, clock_of(STAMP)), AT,
        "Compared with 811 records as of 26 August 2014, by Clew 0.8.0.", (judged,),
        (ShownRow("Ann Analyst (ann)", AT + 3_600, "pair", "ab" * 32),),
    )  # fmt: skip


def a_bundle(text: str = "", facts: int = 24) -> Bundle:
    """Return a bundle with everything in it; `text` stands wherever a record's own words do."""
    fields = ("cause", "premises", "scene", "narrative", "substances", "missing_items")
    return Bundle(
        "BD-2", "Sam Example",
        (("Reported", "26 August 2014, 09:53"), ("Class given", "Unexpected, not suspicious"),
         ("Cause as written", text or "Unascertained")),
        tuple(
            FactRow(fields[k % 6], "add" if k % 5 == 4 else "set",
                    text or "sitting against a wall; no phone with him", AT - 40_000,
                    AT - 40_000 + k % 3 * 86_400, AT + k * 60,
                    "MPS, response team" if k % 2 else "",
                    "seen" if k % 2 else "", "the report", "import", erased=k == 7)
            for k in range(facts)
        ),
        (a_comparison(text),),
        (DecisionRow(12, "Ask for the laptop", AT + 8_000, AT + 9_000, "Sue Supervisor (sue)",
                     "Ann Analyst (ann)", text or "It may hold the note", "Wait for the inquest"),),
        (EffortRow("Test ordered", AT + 4_000, "GHB asked for", AT + 4_100, "ann"),),
        (LookRow(31, "26 August 2014, 10:02", "consultation", "ann", "night duty", "record"),),
        ("Who stands behind the codes of people: held apart, and given by a named act alone.",),
        (("KD on 26 August 2014", "4 on duty, 31 open deaths"),),
    )  # fmt: skip


def a_sheet(text: str = "", deaths: int = 3) -> MorningSheet:
    """Return a morning's sheet; every second death has three candidates."""
    link = SheetLink("BD-1", text or "found 30 m apart", "ages 22 and 31",
                     "In a year of 11,000 deaths, about 4 unrelated ones would find a match this "
                     "good.", "Waits to be looked at.")  # fmt: skip
    return MorningSheet(
        AT - 86_400, AT,
        tuple(
            SheetDeath(f"BD-{k}", text or "Sam Example", "male, 22 · MPS KD", AT - k * 3_600,
                       "Burial ground", "Unexpected, not suspicious", "Ann Analyst",
                       (link, link, link) if k % 2 == 0 else ())
            for k in range(deaths)
        ),
        (SheetAction("Second reading", "BD-2 and BD-1", "", AT - 7_200),),
        ("12. Ask for the laptop (Sue Supervisor)",),
    )  # fmt: skip
