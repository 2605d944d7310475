"""Search: what is found by which words, what is never found, and the index that follows records."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection, transaction
from made_desk import person, record
from populated import Town
from sealed_town import client_for
from signed_in import SignedIn

from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.rules import Permission
from clew.desk.casework.concerns import NewConcern, take, tie
from clew.desk.ledger.models import Entry
from clew.desk.records.facts import add_facts
from clew.desk.records.models import Case, Fact
from clew.desk.records.visible import visible_to
from clew.desk.release.erase import Order, erase_value
from clew.desk.search.find import Narrowing, did_you_mean, find, find_concerns, read
from clew.desk.search.index import faults, rebuild
from clew.desk.search.models import SavedSearch, SearchDocument
from clew.desk.search.saved import why_not_saved

pytestmark = pytest.mark.database


def numbers(name: str, typed: str, **narrows: Any) -> list[str]:
    who = Account.objects.get(name=name).person(second_factor=True)
    found = find(who, read(typed), Narrowing(**narrows))
    held = Case.objects.in_bulk(found.cases)
    return [held[key].case_id for key in found.cases]


def text(page: Any) -> str:
    return str(page.content.decode())


PHRASINGS = [
    "BD-2", "bd2", "male 22 churchyard KD", "28 August 2014", "28/08/14", "Aug 28, 2014",
    "dark glasses", "dog walker churchyard", "GHB cemetery 2014", "overdose burial ground 22",
    "sitting against a wall, phone missing, aged about 23", '"against a wall" KD', "BD - 2",
    "walked dogs churchyards",
]  # fmt: skip
"""Ways to look for BD-2, each of which somebody might type."""


@pytest.mark.parametrize("typed", PHRASINGS)
def test_bd_2_is_found_by_many_phrasings(town: Town, typed: str) -> None:
    found = numbers("analyst", typed)
    assert "BD-2" in found
    assert len(found) < 10, "it is found, and not only because all are"


@pytest.mark.parametrize("typed", ["BD-2", "bd 2", "BD2", "28 August 2014 dark glasses"])
def test_what_was_asked_for_comes_first(town: Town, typed: str) -> None:
    assert numbers("analyst", typed)[0] == "BD-2"


def test_every_record_is_in_the_index_and_the_index_is_what_they_make_it(town: Town) -> None:
    assert SearchDocument.objects.filter(case__isnull=False).count() == Case.objects.count()
    assert list(faults()) == []
    before = dict(SearchDocument.objects.values_list("case_id", "terms"))
    rebuild()
    assert dict(SearchDocument.objects.values_list("case_id", "terms")) == before
    assert list(faults()) == []


def test_an_index_that_differs_is_found(town: Town) -> None:
    document = SearchDocument.objects.get(case__case_id="BD-2")
    SearchDocument.objects.filter(pk=document.pk).update(terms=document.terms + " kestrel")
    assert numbers("analyst", "kestrel") == ["BD-2"]
    assert ["BD-2" in fault for fault in faults()] == [True]
    SearchDocument.objects.filter(pk=document.pk).delete()
    assert numbers("analyst", "kestrel") == []
    assert len(list(faults())) == 2


def test_a_part_may_be_left_out_where_nothing_has_all(town: Town) -> None:
    who = Account.objects.get(name="analyst").person()
    found = find(who, read("dark glasses churchyard helicopter"))
    assert [part.typed for part in found.left_out] == ["helicopter"]
    assert find(who, read("dark helicopter")).cases == []


def test_a_minus_leaves_out(town: Town) -> None:
    all_, fewer = numbers("analyst", "churchyard KD"), numbers("analyst", "churchyard KD -glasses")
    assert set(all_) - set(fewer) == {"BD-2"}


def test_areas_hold_in_lists_and_counts(town: Town) -> None:
    assert numbers("analyst_gr", "churchyard KD 22") == []
    who = Account.objects.get(name="analyst_gr").person()
    found = find(who, read("male"))
    assert [area for area, _ in found.counts["area"]] == ["GR"]
    assert len(found.cases) == sum(count for _, count in found.counts["sex"])
    may_see = visible_to(who, Permission.SEARCH)
    assert set(found.cases) <= set(may_see.values_list("pk", flat=True))


def test_did_you_mean(town: Town, signed_in: SignedIn) -> None:
    who = Account.objects.get(name="analyst").person()
    assert did_you_mean(who, read("curchyard")) == "churchyard"
    assert did_you_mean(who, read("chuchyard KD")) == "churchyard KD"
    assert did_you_mean(who, read("glases")) == "glasses"
    assert did_you_mean(who, read("qqqqqq")) == ""
    page = text(client_for(town.accounts["analyst"]).get("/records?words=curchyard"))
    assert 'Did you mean <a class="govuk-link" href="/records?words=churchyard">' in page


def test_officers_and_people_are_not_indexed(db: None) -> None:
    person("sam", "analyst")
    record(
        "R-1", "KD", narrative="brackish", entities="finder:person:W77; officer:officer:O88;"
        " found:phone:07700900123; contact:handle:H99; at:venue:V11",
        officer_in_case="Pargeter", reporting_officer="Pargeter", next_of_kin="Ashdown",
        witness_name="Ashdown", oic="Pargeter", street="Heron Lane",
    )  # fmt: skip
    for typed in ("Pargeter", "Ashdown", "W77", "O88", "H99", "V11", "sam"):
        assert numbers("sam", typed) == [], typed
    for typed in ("07700 900123", "07700900123", "Heron Lane", "brackish"):
        assert numbers("sam", typed) == ["R-1"], typed


def test_a_name_is_that_of_someone_who_died(db: None) -> None:
    person("sam", "analyst")
    record("R-1", "KD", known_as="Larkmoor", kind="death")
    record("R-2", "KD", known_as="Larkmoor", kind="missing_person")
    assert numbers("sam", "Larkmoor") == ["R-1"]


def add(case_id: str, field: str, value: str) -> None:
    stamp = "2026-01-01T00:00:00.000000Z"
    with transaction.atomic():
        case = Case.objects.get(case_id=case_id)
        fact = Fact(case=case, field=field, value=value, known_at=stamp, recorded_at=stamp,
                    entered_by="t")  # fmt: skip
        add_facts(case, [fact], "t")


def test_the_index_follows_facts_erasures_and_areas(town: Town) -> None:
    assert numbers("analyst", "heronword") == []
    add("BD-2", "narrative", "A heronword was seen beside it.")
    assert numbers("analyst", "heronword") == ["BD-2"]
    assert "BD-2" not in numbers("analyst", '"dog walker"'), "it says so no more"
    add("BD-2", "area", "GR")
    assert numbers("analyst_kd", "heronword") == []
    assert numbers("analyst_gr", "heronword") == ["BD-2"]
    with transaction.atomic():
        case = Case.objects.get(case_id="BD-2")
        order = Order("administrator", "asked")
        erase_value(case, "narrative", "A heronword was seen beside it.", order)
    assert numbers("analyst", "heronword") == []
    assert not SearchDocument.objects.filter(terms__contains="heronword").exists()
    assert numbers("analyst", "withheld") == []
    assert list(faults()) == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT block FROM search_text_data")
            left = b"".join(row[0] for row in cursor.fetchall())
        assert b"heronword" not in left, "nor in any part of the index that is still to be merged"


def test_what_is_rolled_back_is_not_found(town: Town) -> None:
    with transaction.atomic():
        record("R-9", "KD", narrative="heronword")
        assert numbers("analyst", "heronword") == ["R-9"]
        transaction.set_rollback(True)
    assert numbers("analyst", "heronword") == []


def test_near_a_record_and_a_place_of_the_records_own(town: Town) -> None:
    assert {"BD-2", "BD-3"} <= set(numbers("analyst", "near BD-3"))
    assert "BD-1" not in numbers("analyst", "within 50 m of BD-3")
    record("R-1", "KD", street="Heron Lane", latitude=51.9, longitude=0.2)
    record("R-2", "KD", latitude=51.9001, longitude=0.2001, narrative="brackish")
    assert set(numbers("analyst", "near heron lane")) == {"R-1", "R-2"}
    assert numbers("analyst", "brackish within 1 km of Heron Lane") == ["R-2"]
    assert numbers("analyst", "near nowhere lane") == []


def test_concerns_are_found_by_who_may_see_them(town: Town) -> None:
    concern = take(
        NewConcern("He spoke of heronword.", "Larkmoor", "friend", "KD"), "analyst", now()
    )
    tie(concern.pk, "BD-2", "analyst", now())
    for typed in ("heronword", "Larkmoor"):
        seen = find_concerns(town.accounts["supervisor"].person(), read(typed))
        assert [one.pk for one in seen] == [concern.pk]
        assert find_concerns(town.accounts["analyst_gr"].person(), read(typed)) == []
        assert numbers("supervisor", typed) == [], "a concern is no word of the record"


def now() -> Any:
    from django.utils import timezone  # noqa: PLC0415

    return timezone.now()


def test_the_page_counts_marks_narrows_and_logs(town: Town) -> None:
    client = client_for(town.accounts["analyst"])
    page = text(client.get("/records?words=churchyard+glasses"))
    assert "<mark>glasses</mark>" in page
    assert "1 record</strong>" in page
    assert "churchyard or cemetery" in page
    entry = Entry.objects.order_by("-number")[0]
    assert (entry.subject, '"found":1' in entry.body) == ("records", True)
    assert "churchyard glasses" in entry.body
    page = text(client.get("/records?words=male"))
    address = re.search(
        r'href="(\?words=male&amp;area=KD)">KD Kingsdown</a> <span[^>]*>(\d+)<', page
    )
    assert address
    narrowed = text(client.get("/records" + address[1].replace("&amp;", "&")))
    assert f">{address[2]} record" in narrowed
    for query in ("place=burial_ground", "words=&sex=male&kind=death", "words=&sort=newest"):
        assert client.get(f"/records?{query}").status_code == 200


# Saved searches.


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("churchyard KD male 23", ""),
        ("GHB September 2015", ""),
        ("Larkmoor churchyard", "Remove: larkmoor"),
        ("BD-2", "Remove: bd-2"),
        ('"dog walker" churchyard', "Remove"),
        ("churchyard near BD-2", "Remove the words from near on"),
        ("", "Enter what to look for"),
    ],
)
def test_only_places_dates_and_features_are_saved(town: Town, typed: str, says: str) -> None:
    reason = why_not_saved(read(typed))
    assert reason == says if not says else says in reason


def test_a_saved_search_notifies_once_and_within_seals_and_areas(town: Town) -> None:
    for name in ("analyst", "analyst_gr"):
        client = client_for(town.accounts[name])
        assert client.post("/searches/save", {"words": "churchyard male 23"}).status_code == 302
    refused = client.post("/searches/save", {"words": "Larkmoor"})
    assert refused.status_code == 422
    assert "so that no search is about a person" in text(refused)
    before = Notice.objects.count()
    record("R-1", "KD", premises="burial_ground", sex="male", age_years="23", kind="death")
    new = Notice.objects.order_by("pk")[before:]
    told = [(one.to.name, one.about) for one in new if "saved search" in one.words]
    assert told == [("analyst", "case:R-1")]
    add("R-1", "cause", "GHB toxicity")  # it matched before: no news
    assert Notice.objects.filter(words__contains="saved search").count() == 1
    record("R-2", "KD", premises="burial_ground", sex="male", kind="death")
    assert Notice.objects.filter(words__contains="saved search").count() == 1
    add("R-2", "age_years", "23")
    assert Notice.objects.filter(words__contains="saved search", about="case:R-2").count() == 1
    record("R-3", "KD", premises="burial_ground", sex="male", age_years="23", kind="non_fatal",
           allegation="assault")  # fmt: skip
    assert Case.objects.get(case_id="R-3").sealed
    assert not Notice.objects.filter(words__contains="saved search", about="case:R-3").exists()
    saved = SavedSearch.objects.get(account__name="analyst")
    other, own = (client_for(town.accounts[name]) for name in ("analyst_gr", "analyst"))
    assert other.post(f"/searches/{saved.pk}/end").status_code == 404
    assert own.post(f"/searches/{saved.pk}/end").status_code == 302
    record("R-4", "KD", premises="burial_ground", sex="male", age_years="23", kind="death")
    assert not Notice.objects.filter(words__contains="saved search", about="case:R-4").exists()
