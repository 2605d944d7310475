"""Laws of resolving a register: order, codes, fillers, silence, and what never comes together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clew.identities.resolve import ResolveOptions, resolve
from clew.identities.splink_run import duckdb_engine
from clew.model.finding import Stance
from clew.model.identity import Proposal, RegisterRecord, Resolution


def person(code: str, **fields: object) -> RegisterRecord:
    base = RegisterRecord(code, "person", ("martin",), "archer", None, "1980-03-12", "male")
    base = replace(base, phones=("07700 900123",), address="12 High Street", postcode="IG11 7AA")
    return replace(base, **fields)  # type: ignore[arg-type]


def fields(*records: RegisterRecord) -> Resolution:
    return resolve(records, ResolveOptions(duckdb_engine()))


def pairs(found: Resolution) -> set[tuple[str, str]]:
    return {(p.code_a, p.code_b) for p in found.proposals}


def plain(one: Proposal) -> tuple[object, ...]:
    return (one.code_a, one.code_b, one.probability, one.findings, one.why_not, one.group)


def household() -> list[RegisterRecord]:
    """A father and a son of one name, twins, and one record more of the father and of a twin."""
    twin = {"family_name": "archer", "date_of_birth": "2001-05-06", "sex": "female"}
    return [
        person("A1", date_of_birth="1960-02-03"),
        person("A2", given_names=("marty",), date_of_birth="1960-03-02", phones=()),
        person("B1", date_of_birth="1985-07-20"),
        person("C1", given_names=("laura",), **twin),
        person("C2", given_names=("laura",), **twin, address=None, postcode=None),
        person("D1", given_names=("nadine",), **twin),
        person("X1", date_of_birth=None),
    ]


def test_twins_and_namesakes_stay_apart_and_their_own_records_meet() -> None:
    found = fields(*household())
    assert {("A1", "A2"), ("C1", "C2")} <= pairs(found)
    assert not {("A1", "B1"), ("C1", "D1"), ("C2", "D1"), ("A2", "B1")} & pairs(found)
    why = {(p.code_a, p.code_b): p.why_not for p in found.undecided}
    assert why["A1", "B1"] == "two different dates of birth"
    assert "X1" not in {code for pair in pairs(found) for code in pair}, "either may be meant"


def test_no_group_joins_two_days_of_birth() -> None:
    found = fields(*household())
    born = {r.code: r.date_of_birth for r in household()}
    groups: dict[str, set[str]] = {}
    for one in found.proposals:
        groups.setdefault(one.group, set()).update({one.code_a, one.code_b})
    for members in groups.values():
        years = {born[code][:4] for code in members if born[code]}  # type: ignore[index]
        assert len(years) <= 1


@pytest.mark.parametrize("order", [(6, 5, 4, 3, 2, 1, 0), (3, 0, 6, 1, 5, 2, 4)])
def test_the_order_of_rows_plays_no_part(order: tuple[int, ...]) -> None:
    records = household()
    one, other = fields(*records), fields(*[records[k] for k in order])
    assert list(map(plain, one.proposals)) == list(map(plain, other.proposals))
    assert list(map(plain, one.undecided)) == list(map(plain, other.undecided))


def test_codes_are_names_only() -> None:
    records = household()
    renamed = {r.code: f"Z{9 - k}" for k, r in enumerate(records)}
    one = fields(*records)
    other = fields(*[replace(r, code=renamed[r.code]) for r in records])
    moved = {tuple(sorted((renamed[a], renamed[b]))) for a, b in pairs(one)}
    assert moved == pairs(other)
    weight = {
        frozenset((renamed[p.code_a], renamed[p.code_b])): p.micro_bans for p in one.proposals
    }
    assert weight == {frozenset((p.code_a, p.code_b)): p.micro_bans for p in other.proposals}


def test_missing_says_nothing() -> None:
    """What neither or one record tells has its own words, and no weight."""
    found = fields(
        person("A", handle=None, vehicle=None), person("B", handle="joey99", phones=()), person("C")
    )
    for one in (*found.proposals, *found.undecided):
        for finding in one.findings:
            if finding.stance is Stance.MISSING:
                assert finding.micro_bans == 0
    missing = {f.aspect for p in found.proposals for f in p.findings if f.stance is Stance.MISSING}
    assert {"handle", "vehicle"} <= missing


def test_records_that_tell_nothing_match_nobody() -> None:
    empty = [RegisterRecord(f"E{k}", "person") for k in range(4)]
    found = fields(*empty, RegisterRecord("T1", "phone"), RegisterRecord("T2", "phone"))
    assert found.proposals == found.undecided == ()


def test_two_codes_of_one_record_are_two_people() -> None:
    both = frozenset({"D-1"})
    apart = fields(person("A", seen_in=both), person("B", seen_in=both | {"D-2"}))
    assert apart.proposals == ()
    assert apart.undecided[0].why_not == "both are in the record D-1"
    assert pairs(fields(person("A", seen_in=both), person("B"))) == {("A", "B")}


def test_a_common_name_alone_is_too_little() -> None:
    names = {"given_names": ("john",), "family_name": "smith", "date_of_birth": None}
    bare = {"phones": (), "address": None, "postcode": None}
    found = fields(person("A", **names, **bare), person("B", **names, **bare))
    assert found.proposals == ()
    assert found.undecided[0].why_not == "too little speaks for it"


def test_the_breakdown_adds_up_and_names_every_comparison_once() -> None:
    for one in fields(*household()).proposals:
        assert one.micro_bans == sum(f.micro_bans for f in one.findings)
        aspects = [f.aspect for f in one.findings]
        assert len(aspects) == len(set(aspects))


def test_a_mark_seen_in_a_hurry_is_weaker_than_the_mark() -> None:
    marks = ("AB12 CDO", "ab12cdo", "AB12 CD0")
    cars = [RegisterRecord(f"V{k}", "vehicle", vehicle=mark) for k, mark in enumerate(marks)]
    weight = {(p.code_a, p.code_b): p.bans for p in fields(*cars).proposals}
    assert weight["V0", "V1"] > weight["V0", "V2"] + 1


@pytest.mark.parametrize(
    ("kind", "told_as"),
    [("phone", {"phones": ("07700900123",)}), ("handle", {"handle": "@joey_from_barking"})],
)
def test_the_same_number_is_proposed_and_another_is_not(kind: str, told_as: dict) -> None:  # type: ignore[type-arg]
    other = {"phones": ("07700900124",)} if kind == "phone" else {"handle": "joey"}
    rows = [
        RegisterRecord("N1", kind, **told_as), RegisterRecord("N2", kind, **told_as),
        RegisterRecord("N3", kind, **other),
    ]  # fmt: skip
    assert pairs(fields(*rows)) == {("N1", "N2")}


def test_addresses_of_one_door_and_of_two() -> None:
    def at(code: str, address: str) -> RegisterRecord:
        return RegisterRecord(code, "address", address=address, postcode="IG11 7AA")

    found = fields(
        at("A1", "Flat 2, 14 Mill Lane"), at("A2", "flat 2 14 MILL LN"),
        at("A3", "Flat 3, 14 Mill Lane"), at("A4", "15 Mill Lane"),
    )  # fmt: skip
    assert pairs(found) == {("A1", "A2")}
