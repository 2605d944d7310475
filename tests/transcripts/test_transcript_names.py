"""Every list of the command line and every report names its records by who and where.

A made-up force, with the four deaths of the public record in it, is linked, replayed, surveyed and
so on; a record's number may stand in an answer only if the same answer names that record, with the
number behind its identity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from said import clew_here, read_rows, write_rows

from clew.disclosure.record_identity import identify, who
from clew.disclosure.words import Clock
from clew.intake.read import CaseSources
from clew.model.case import Case
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import write_generated

FILES = ("cases.csv", "--facts", "facts.csv")
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "link": (("link", *FILES, "--out", "linked"), ("linked/report.html",)),
    "like": (("like", *FILES[:1], "BD-1", "BD-2", *FILES[1:]), ()),
    "explain": (("explain", *FILES[:1], "BD-2", "BD-1", *FILES[1:]), ()),
    "near": (("near", *FILES, "--lat", "51.539", "--lon", "0.076", "--within-km", "30"), ()),
    "replay": (
        ("replay", *FILES, "--budget", "0.3", "--from", "2014-06-01", "--out", "replayed"),
        ("replayed/replay.html",),
    ),
    "survey": (
        ("survey", *FILES, "--replications", "19", "--links", "linked/links.csv", "--out", "s"),
        ("s/survey.html",),
    ),
    "quality": (("quality", *FILES, "--out", "q"), ("q/quality.html",)),
    "resolve": (("resolve", "register.csv", "--cases", "cases.csv", "--out", "who"), ()),
}
STYLE = re.compile(r"<style>.*?</style>|<svg.*?</svg>", re.DOTALL)
TAGS = re.compile(r"<[^>]+>")
REGISTER = [
    {"code": code, "type": "person", "given_names": "Kate", "family_name": "Smyth",
     "date_of_birth": "1980-03-12", "phone": "07700 900123", "seen_in": seen}
    for code, seen in (("P1", "BD-1"), ("P2", "BD-2; BD-3"))
]  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("town")
    force = ForceSettings(deaths_a_day=0.6, last_day=date(2015, 9, 16))
    write_generated(generate_demo(2014, force), at)
    write_rows(at / "register.csv", REGISTER)
    clew_here(*COMMANDS["link"][0], cwd=at).well()
    return at


@pytest.fixture(scope="module")
def cases(town: Path) -> Mapping[str, Case]:
    read = CaseSources(town / "cases.csv", town / "facts.csv").read().as_of(None)
    return {case.case_id: case for case in read}


def unnamed(text: str, cases: Mapping[str, Case]) -> list[str]:
    """Return the numbers in an answer that it never names by who and where."""
    numbers = sorted(cases, key=len, reverse=True)
    bare = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, numbers))})(?![\w-])")
    found = []
    for number in dict.fromkeys(bare.findall(text)):
        person = re.escape(who(cases[number]).partition(",")[0].lower())
        named = rf"(?i:{person})[^\n]* \({re.escape(number)}\)"
        if not re.search(named, text):
            found.append(number)
    return found


def plain(page: str) -> str:
    lines = TAGS.sub("", STYLE.sub("", page).replace("<br>", "\n"))
    return unescape(lines)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_answer_names_its_records(name: str, town: Path, cases: Mapping[str, Case]) -> None:
    words, pages = COMMANDS[name]
    said = clew_here(*words, cwd=town).well()
    assert unnamed(said, cases) == []
    assert re.search(r" · .+ \([A-Z][\w-]+\)", said) or name in {"survey", "quality"}
    for page in pages:
        text = plain((town / page).read_text("utf-8"))
        assert unnamed(text, cases) == [], page


def test_the_sheet_of_the_blind_sample_names_records_without_their_day(
    town: Path, cases: Mapping[str, Case]
) -> None:
    clew_here(*COMMANDS["replay"][0], cwd=town).well()
    rows = [row for row in read_rows(town / "replayed/alerts.csv") if row["alert"] == "0"]
    words = ("sample-below", "replayed/alerts.csv", "--week", rows[-1]["at"][:10], "--out", "week")
    clew_here(*words, "--cases", "cases.csv", "--facts", "facts.csv", cwd=town).well()
    sheet = read_rows(town / "week/sample.csv")
    assert sheet
    years = re.compile(r"\b20\d\d\b(?!-)")
    for row in sheet:
        for number, name in ((row["case_a"], row["record_a"]), (row["case_b"], row["record_b"])):
            assert name.endswith(f"({number})")
            assert who(cases[number]).partition(",")[0] in name
            assert not years.search(name.removesuffix(f"({number})")), "the day says who is later"
    answered = [row | {"worth_a_second_look": "no", "reader": "R. Singh"} for row in sheet]
    write_rows(town / "week/sample.csv", answered)
    read = ("--read", "week/sample.csv", "--key", "week/sample-key.csv")
    assert "Read by: R. Singh." in clew_here(*words[:4], *read, cwd=town).well()


def test_a_number_without_its_record_is_found(cases: Mapping[str, Case]) -> None:
    clock = Clock(ZoneInfo("Europe/London"))
    named = str(identify(cases["BD-2"], clock))
    assert unnamed(f"1. {named}", cases) == []
    assert unnamed("1. BD-2 and BD-1", cases) == ["BD-2", "BD-1"]
    assert unnamed(f"1. {named}\n   BD-1", cases) == ["BD-1"]
