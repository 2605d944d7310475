"""The law of sealed records in search: no list, count, suggestion or place tells of one."""

from __future__ import annotations

import re

import pytest
from made_desk import pair_of
from populated import Town
from sealed_town import HIDDEN, NEVER, STRANGERS, SURVIVOR, client_for, told

from clew.desk.accounts.rules import Permission
from clew.desk.records.models import Case
from clew.desk.records.visible import visible_to
from clew.desk.search.find import did_you_mean, find, read

VARIES = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
pytestmark = pytest.mark.database
TYPED = (
    "death", "male", "23", "KD", "2015", "Sealedword", "Sealedname", "sealedwrd", HIDDEN,
    "surv 77", "SURV", f"near {HIDDEN}", "drug facilitated rape", "death -glasses",
)  # fmt: skip


def test_seals_hold_in_lists_counts_and_suggestions(sealed_town: Town) -> None:
    keeper = sealed_town.accounts["keeper"].person()
    stranger = sealed_town.accounts["analyst"].person()
    own = find(keeper, read("Sealedword"))
    assert [Case.objects.get(pk=key).case_id for key in own.cases] == [HIDDEN]
    for typed in ("Sealedword", HIDDEN, "Sealedname", "near SURV-77"):
        assert find(stranger, read(typed)).cases == []
    assert did_you_mean(stranger, read("sealedwrd")) == ""
    assert did_you_mean(keeper, read("sealedwrd")) == "sealedword"
    male = find(stranger, read("death"))
    assert Case.objects.get(case_id=HIDDEN).pk not in male.cases
    client = client_for(sealed_town.accounts["analyst"])
    page = client.get("/records?words=Sealedwrd").content.decode()
    assert "Did you mean" not in page
    assert "No records found" in page


def test_a_record_that_is_named_is_not_found_by_it(sealed_town: Town) -> None:
    """BD-1 mentions the sealed record: its number finds BD-1 for nobody."""
    assert HIDDEN in Case.objects.get(case_id="BD-1").texts["now"]["mentions"]
    assert find(sealed_town.accounts["analyst"].person(), read(HIDDEN)).cases == []


@pytest.mark.parametrize("name", STRANGERS)
def test_no_search_finds_or_counts_a_sealed_record(sealed_town: Town, name: str) -> None:
    person = sealed_town.accounts[name].person(second_factor=True)
    seen = set(visible_to(person, Permission.SEARCH).values_list("pk", flat=True))
    shut = set(Case.objects.filter(case_id__in=(HIDDEN, SURVIVOR)).values_list("pk", flat=True))
    assert not seen & shut
    client = client_for(sealed_town.accounts[name])
    for typed in TYPED:
        found = find(person, read(typed))
        assert set(found.cases) <= seen, typed
        for counts in found.counts.values():
            assert sum(count for _, count in counts) <= len(found.cases)
        page = client.get("/records", {"words": typed}).content.decode()
        assert not told(page.replace(typed, "").replace(typed.casefold(), "")), typed


def test_its_number_near_is_answered_as_one_never_used(sealed_town: Town) -> None:
    client = client_for(sealed_town.accounts["analyst"])
    pages = [
        client.get("/records", {"words": f"{before}{number}"}).content.decode()
        .replace(number, "N").replace(number.casefold(), "N").replace(number.upper(), "N")
        for before in ("", "near ", "churchyard ", "-")
        for number in (HIDDEN, NEVER)
    ]  # fmt: skip
    same = [VARIES.sub("", page) for page in pages]
    assert same[0::2] == same[1::2]
    assert pair_of("BD-1", HIDDEN).pk
