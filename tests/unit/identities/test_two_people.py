"""Traps of identity: another sex, another decade, a suffix on one side, twins, rounded numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.identities.fillers import filled, is_rounded
from clew.identities.keys import PersonKeys
from clew.identities.propose import MOST_AGAINST, Contradictions, propose
from clew.identities.register import read_register
from clew.identities.weigh import RecordPair
from clew.model.identity import RegisterRecord


def person(code: str, text: str) -> RegisterRecord:
    """Make a record of "given|family|born|sex|phone|address"; a family name may have a suffix."""
    parts = (*text.split("|"), "", "", "", "", "")
    given_name, family, born, sex, phone, address = parts[:6]
    suffix = "junior" if family.endswith(" Jr") else None
    return RegisterRecord(
        code=code,
        type="person",
        given_names=tuple(given_name.lower().split()),
        family_name=family.removesuffix(" Jr").lower() or None,
        suffix=suffix,
        date_of_birth=born or None,
        sex=sex or None,
        phones=(phone,) if phone else (),
        address=address or None,
        postcode=None,
        handle=None,
        vehicle=None,
        seen_in=frozenset(),
    )


def against(one: str, other: str) -> str:
    records = [person("A", one), person("B", other)]
    keys = [PersonKeys.from_record(record, "GB") for record in records]
    return Contradictions(records, keys).between(0, 1)


HOME = "07700 900311|5 Alder Walk"
APART = [
    ("Daniel|Orme|1990-05-04|male", "Daniela|Orme|1990-05-04|female", "sexes"),
    (f"Simon|Orme|1990-05-04|male|{HOME}", f"Simone|Orme|1990-05-04|female|{HOME}", "sexes"),
    ("Alex|Orme|1990-05-04|male", "Alex|Orme|1990-05-04|female", "sexes"),
    ("|Orme|1990-05-04|male", "|Orme|1990-05-04|female", "sexes"),
    (f"Ivor|Orme|1951-05-04|male|{HOME}", f"Ivor|Orme|1981-05-04|male|{HOME}", "years apart"),
    (f"Ivor|Orme|1951-05-04|male|{HOME}", f"Ivor|Orme Jr|1981-05-04|male|{HOME}", "years apart"),
    ("Ivor|Orme|1979-05-04", "Ivor|Orme|1989-05-04", "years apart"),
    ("Ivor|Orme|1951", "Ivor|Orme|1981", "dates of birth"),
    (f"Ivor|Orme||male|{HOME}", f"Ivor|Orme Jr||male|{HOME}", "junior or senior"),
    (f"Ivor|Orme|1981-05-04||{HOME}", f"Ivor|Orme Jr|1981-05-05||{HOME}", "junior or senior"),
    ("Ivar|Orme|1981-05-04", "Ivor|Orme Jr|1981-05-04", "junior or senior"),
    (f"Tessa|Orme|1989-01-30|female|{HOME}", f"Tesla|Orme|1989-01-30|female|{HOME}", "twins"),
    ("Corin|Orme|1989-01-30|||5 Alder Walk", "Corim|Orme|1989-01-30|||5 Alder Walk", "twins"),
    ("Corin|Orme|1989-01-30|male", "Dorin|Orme|1989-01-30|male", "twins"),
    (f"|Orme|2021-05-05|male|{HOME}", f"|Orme|2021-05-05|male|{HOME}", "twins"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "why"), APART)
def test_two_people_are_undecided(one: str, other: str, why: str) -> None:
    assert why in against(one, other)
    assert against(one, other) == against(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ivor|Orme|1981-05-04|male", "Ivor|Orme|1981-05-04|"),
        ("Ivor|Orme|1981-05-04", "Ivor|Orme Jr|1981-05-04"),
        ("Ivor|Orme|1981-05-04", "Ivor|Orme|1982-05-04"),
        ("Ivor|Orme|1981-05-04", "Ivor|Orme|1981-04-05"),
        ("Ivor|Orme|1981", "Ivor|Orme|1981-04-05"),
        (f"Will|Orme|1981-05-04|male|{HOME}", f"William|Orme|1981-05-04|male|{HOME}"),
        ("Corin|Orme|1989-01-30||07700 900311|", "Corim|Orme|1989-01-30||07700 900312|"),
        (f"Corin|Orme|1989-01-30||{HOME}", f"|Orme|1989-01-30||{HOME}"),
    ],
)
def test_one_slip_alone_contradicts_nothing(one: str, other: str) -> None:
    assert against(one, other) == ""


def test_a_name_that_nobody_else_has_is_a_slip_in_a_large_register() -> None:
    records = [
        person("A", f"Corin|Orme|1989-01-30||{HOME}"),
        person("B", f"Corim|Orme|1989-01-30||{HOME}"),
    ]
    keys = [PersonKeys.from_record(record, "GB") for record in records]
    keys = [replace(keys[0], given_count=40), replace(keys[1], given_count=1)]
    assert Contradictions(records, keys).between(0, 1) == ""
    keys = [keys[0], replace(keys[1], given_count=8)]
    assert "twins" in Contradictions(records, keys).between(0, 1)


@given(st.floats(-5, 30), st.sampled_from(APART))
def test_law_what_contradicts_itself_has_at_most_one_half(
    bans: float, pair: tuple[str, str, str]
) -> None:
    records = [person("A", pair[0]), person("B", pair[1])]
    keys = [PersonKeys.from_record(record, "GB") for record in records]
    contradictions = Contradictions(records, keys)
    proposed, undecided = propose([RecordPair(0, 1, (), bans)], records, contradictions.between)
    assert not proposed
    assert all(one.probability <= MOST_AGAINST and one.why_not for one in undecided)


@pytest.mark.parametrize("text", ["4.47701E+11", "1.23457E+11", "4,477E+10", "1e+12", "5E11"])
def test_a_rounded_number_is_missing(text: str) -> None:
    assert is_rounded(text)
    assert filled(text, "phone") is None


@pytest.mark.parametrize("text", ["E11 3AB", "1E 4", "07700 900311", "AB12 CDE", "1.5", "E+11"])
def test_other_texts_are_not_rounded(text: str) -> None:
    assert not is_rounded(text)


def test_a_rounded_code_is_refused_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        "code,type,given_names,phone\n1.23457E+11,person,Ann,\nP2,person,Bo,4.47701E+11\n"
    )
    records, rejects, _ = read_register(path, date(2026, 1, 1))
    assert [(r.code, r.phones) for r in records] == [("P2", ())]
    assert [(r.field, r.kept) for r in rejects] == [("code", False)]
    assert "rounded" in rejects[0].reason


@pytest.mark.parametrize("given_name", ["Baby", "Infant", "Twin 1", "Newborn", "Baby girl"])
def test_the_unborn_and_unnamed_have_no_given_name(tmp_path: Path, given_name: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"code,type,given_names,family_name\nP1,person,{given_name},Orme\n")
    ((record,), _, _) = read_register(path, date(2026, 1, 1))
    assert record.given_names == ()
