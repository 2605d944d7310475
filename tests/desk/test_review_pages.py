"""The review pages: records, queue, comparison; what is shown is kept, and sealed stays unseen."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries
from review_town import Town, build
from signed_in import Make, SignedIn

from clew.desk.accounts.models import Notice
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case
from clew.desk.review.models import Pair, Shown


@pytest.fixture
def town(tmp_path: Path, db: None) -> Town:
    return build(tmp_path)


@pytest.fixture
def analyst(town: Town, signed_in: SignedIn) -> Client:
    return signed_in("ann", "analyst:KD")


def text(page: object) -> str:
    return page.content.decode()  # type: ignore[attr-defined,no-any-return]


def test_records_are_listed_by_area(analyst: Client) -> None:
    page = analyst.get("/records")
    assert page.status_code == 200
    assert "BD-4" in text(page)
    assert "BTP-1" not in text(page)


def test_a_search_is_a_row_of_the_ledger(analyst: Client) -> None:
    page = analyst.get("/records", {"words": "churchyard", "kind": "", "since": "", "until": ""})
    assert "BD-2" in text(page)
    assert "BD-1<" not in text(page)
    last = Entry.objects.order_by("-number").first()
    assert last is not None
    assert (last.act, last.actor) == ("consultation", "ann")
    assert '"words":"churchyard"' in last.body.replace(" ", "")


def test_a_sealed_record_is_in_no_list_and_reads_as_not_found(analyst: Client, town: Town) -> None:
    Case.objects.filter(case_id="BD-1").update(sealed=True)
    for address in ("/records", "/queue", "/record/BD-4?links=1", "/like/BD-4"):
        page = analyst.get(address)
        assert page.status_code == 200, address
        assert "BD-1" not in text(page), address
    sealed = analyst.get("/record/BD-1")
    nothing = analyst.get("/record/BD-9")
    assert (sealed.status_code, nothing.status_code) == (404, 404)
    assert analyst.get(town.address()).status_code == 404
    other = analyst.get(town.address("BD-3", "BD-2"))
    assert other.status_code == 200
    assert "with BD-4, BTP-1" in text(other)


def test_a_refused_pair_is_named_by_its_records_and_its_keeper_is_notified(
    analyst: Client, town: Town, account: Make
) -> None:
    account("kim", "supervisor:KD")
    Case.objects.filter(case_id="BD-1").update(sealed=True, sealed_by="kim", seal_reason="asked")
    assert analyst.get(town.address()).status_code == 404
    denied = Entry.objects.filter(act="denial").last()
    assert denied is not None
    assert denied.subject == "pair:BD-4,BD-1"
    notice = Notice.objects.get(to__name="kim")
    assert "BD-1" in notice.words
    assert "ann" in notice.words
    # The number of a page that is no pair's must not read as the number of a record.
    Case.objects.filter(case_id="BD-1").update(case_id="999999")
    assert analyst.get("/pair/999999").status_code == 404
    assert Notice.objects.filter(to__name="kim").count() == 1


def test_a_record_tells_both_times_and_to_whom(analyst: Client) -> None:
    page = text(analyst.get("/record/BD-1"))
    assert "31 July 2014" in page
    assert "paramedic; local police" in page
    assert "What do you think happened?" in page
    assert "BTP-1" not in page


def test_the_queue_shows_the_budget_first(
    analyst: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    page = text(analyst.get("/queue"))
    assert ">Alert<" in page
    assert page.index(">Alert<") < page.index("Below the alert limit")
    assert Shown.objects.filter(page="queue").count() > 3
    with django_assert_max_num_queries(14):
        analyst.get("/queue")


def test_a_pair_of_level_two_waits_for_a_senior_reader(
    analyst: Client, town: Town, signed_in: SignedIn
) -> None:
    Pair.objects.filter(pk=town.pair().pk).update(level=2, because="BD-4 matches BD-1")
    assert town.address() not in text(analyst.get("/queue"))
    page = text(signed_in("sue", "supervisor:KD").get("/queue"))
    assert f'"{town.address()}"' in page
    assert "senior reader" in page


def test_the_comparison_tells_for_and_against_and_is_kept(analyst: Client, town: Town) -> None:
    page = text(analyst.get(town.address()))
    for words in (
        "Reasons for", "Reasons against", "What is missing", "small bottle",
        "about 20 of about 1,200 records",
        "three facts that would change this most", "Police National Database", "<svg",
    ):  # fmt: skip
        assert words in page, words
    assert "bans" not in page.lower()
    shown = Shown.objects.get(page="comparison")
    assert (shown.pair, len(shown.digest)) == (town.pair(), 64)
    assert 'style="' not in page
