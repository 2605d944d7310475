"""Working through the queue: sorted, filtered, assigned, saved and on to the next, undone."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from populated import Town
from sealed_town import client_for

from clew.desk.accounts.models import Notice
from clew.desk.casework import undo_judgement
from clew.desk.casework.models.referrals import WarnDecision
from clew.desk.ledger.models import Entry
from clew.desk.pages.queue import asked_for, rows_of, waiting_for
from clew.desk.records.models import Case
from clew.desk.review.comparison import findings_of
from clew.desk.review.models import Judgement, Pair, PairAssignment, SecondReading
from clew.desk.review.shown import subject_of
from clew.desk.rounds.save import judgements
from clew.model.finding import Stance

pytestmark = pytest.mark.database


def text(page: Any) -> str:
    return str(page.content.decode())


def on_page(page: Any) -> list[int]:
    return [
        int(one)
        for one in re.findall(r'<th scope="row"[^>]*><a [^>]*href="/pair/(\d+)"', text(page))
    ]


def answers(pair: Pair, **more: Any) -> dict[str, Any]:
    return {
        "verdict": "undetermined", "reason": "Too little is known.", "verified": "no",
        "decided_at": timezone.localtime(timezone.now() - timedelta(minutes=2)).isoformat()[:16],
        "shown": pair.link_id, **more,
    }  # fmt: skip


@pytest.fixture
def analyst(town: Town) -> Client:
    return client_for(town.accounts["analyst"])


def test_a_row_gives_three_reasons_for_one_against_and_how_far_apart(town: Town) -> None:
    person = town.accounts["analyst"].person()
    rows = list(asked_for(person, {}).values_list(
        "pk", "state", "level", "because", "matches", "within_budget", "added", "priority",
        "link_id", "first_id", "second_id", "link__case_id", "link__chance", "link__tier",
        "link__run__deaths_a_year", "link__findings", "assignment__to__full_name", named=True,
    )[:40])  # fmt: skip
    shown = rows_of(rows, person, {})
    assert len(shown) == len(rows) > 20
    assert any(row.reasons_against for row in shown)
    for row in shown:
        findings = {one.says: one for one in findings_of(row.pair.link__findings)}
        assert len(row.reasons_for) <= 3
        assert len(row.reasons_against) <= 1
        assert all(findings[says].stance is Stance.AGREES for says in row.reasons_for)
        assert all(findings[says].stance is Stance.DIFFERS for says in row.reasons_against)
        assert row.gap
    pair = town.pair("BD-4", "BD-1")
    row = next(one for one in shown if one.pair.pk == pair.pk)
    assert (row.gap, row.apart) == ("453 days", "350 m")


def test_no_distance_where_a_record_has_no_place(town: Town, analyst: Client) -> None:
    pair = town.pair("BD-4", "BD-1")
    Case.objects.filter(pk=pair.second_id).update(latitude=None)
    assert "distance not known" in text(analyst.get("/queue"))
    Case.objects.filter(pk=pair.second_id).update(latitude=999.0)
    assert analyst.get("/queue").status_code == 200


@pytest.mark.parametrize("state", ["", "alerts", "below", "second", "back", "mine", "nobody"])
@pytest.mark.parametrize("sort", ["", "rare", "new", "old"])
def test_filters_and_sorts_keep_within_what_waits(town: Town, state: str, sort: str) -> None:
    for name in ("analyst", "analyst_gr", "supervisor"):
        person = town.accounts[name].person()
        every = {row.pk for row in waiting_for(person)}
        found = [row.pk for row in asked_for(person, {"state": state, "sort": sort})]
        assert set(found) <= every
        assert len(set(found)) == len(found)
        if state in ("", "nobody"):
            assert set(found) == every
    if sort == "rare" and not state:
        chances = [row.link__chance for row in asked_for(person, {"sort": sort})]
        assert chances == sorted(chances)


def test_the_page_takes_what_no_choice_has_as_not_asked(analyst: Client) -> None:
    for query in ("state=x", "sort=drop", "area=%00", "state=alerts&sort=new&page=99"):
        assert analyst.get(f"/queue?{query}").status_code in (200, 400)
    assert on_page(analyst.get("/queue?state=x")) == on_page(analyst.get("/queue"))


# Assigning.


def test_several_are_assigned_at_once_and_each_is_a_row(town: Town, analyst: Client) -> None:
    numbers = on_page(analyst.get("/queue"))[:3]
    to = town.accounts["murder_team"]
    sent = {"pair": [str(n) for n in numbers], "to": str(to.pk)}
    page = analyst.post("/queue/assign", sent, follow=True)
    assert "3 possible links assigned to" in text(page)
    assert set(PairAssignment.objects.values_list("pair", "to")) == {(n, to.pk) for n in numbers}
    rows = Entry.objects.filter(body__contains='"what":"assigned"')
    assert {row.subject for row in rows} == {
        subject_of(p) for p in Pair.objects.filter(pk__in=numbers)
    }
    notices = Notice.objects.filter(to=to, words__contains="assigned to you")
    assert [one.words.split(" assigned")[0] for one in notices] == ["3 possible links were"]
    assert set(on_page(client_for(to).get("/queue?state=mine"))) == set(numbers)
    assert not set(on_page(analyst.get("/queue?state=nobody"))) & set(numbers)
    again = {"pair": [str(numbers[0])], "to": str(town.accounts["analyst"].pk)}
    analyst.post("/queue/assign", again)
    assert PairAssignment.objects.get(pair=numbers[0]).to == town.accounts["analyst"]


def test_nothing_is_assigned_that_one_of_the_two_may_not_judge(town: Town, analyst: Client) -> None:
    pair = town.pair("BD-4", "BD-1")
    elsewhere = {"pair": [str(pair.pk)], "to": str(town.accounts["analyst_gr"].pk)}
    page = analyst.post("/queue/assign", elsewhere)
    assert page.status_code == 422
    assert "cannot judge all of these" in text(page)
    own = {"pair": [str(pair.pk)], "to": str(town.accounts["analyst"].pk)}
    page = client_for(town.accounts["analyst_gr"]).post("/queue/assign", own)
    assert page.status_code == 422
    Case.objects.filter(pk=pair.first_id).update(sealed=True)
    hidden = text(analyst.post("/queue/assign", own))
    never = text(analyst.post("/queue/assign", {**own, "pair": ["999999"]}))
    strip = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
    assert strip.sub("", hidden).replace(f'"{pair.pk}"', "#") == strip.sub("", never).replace(
        '"999999"', "#"
    )
    for bad in (
        {"pair": ["1"], "to": "x"},
        {"to": own["to"]},
        {"pair": ["9" * 30], "to": own["to"]},
    ):
        assert analyst.post("/queue/assign", bad).status_code == 422
    assert not PairAssignment.objects.exists()


def test_who_may_not_judge_assigns_nothing(town: Town) -> None:
    assert client_for(town.accounts["reporter"]).post("/queue/assign", {}).status_code == 403


# Save and next.


def test_save_and_next_goes_through_the_queue_as_it_was_asked_for(
    town: Town, analyst: Client
) -> None:
    order = on_page(analyst.get("/queue?sort=rare"))
    address = f"/pair/{order[0]}"
    for expected in order[1:4]:
        pair = Pair.objects.get(pk=int(address.rsplit("/", 1)[1]))
        answer = analyst.post(f"{address}/judge", answers(pair, next="yes"))
        assert (answer.status_code, answer["Location"]) == (302, f"/pair/{expected}")
        address = answer["Location"]
    assert Judgement.objects.count() == 3


def test_what_is_judged_not_linked_leaves_and_the_last_leads_back(town: Town) -> None:
    analyst = client_for(town.accounts["analyst"])
    keep = on_page(analyst.get("/queue"))[:2]
    Pair.objects.exclude(pk__in=keep).update(listed=False)
    analyst.get("/queue")
    no = {"verdict": "not_linked", "would_change": "A phone in both.", "next": "yes"}
    first, second = (Pair.objects.get(pk=number) for number in keep)
    answer = analyst.post(f"/pair/{first.pk}/judge", answers(first, **no))
    assert answer["Location"] == f"/pair/{second.pk}"
    answer = analyst.post(f"/pair/{second.pk}/judge", answers(second, **no), follow=True)
    assert answer.request["PATH_INFO"] == "/queue"
    assert "Nothing more is waiting" in text(answer)


# Undoing.


def judge(client: Client, pair: Pair, **more: Any) -> Judgement:
    before = Judgement.written.count()
    assert client.post(f"/pair/{pair.pk}/judge", answers(pair, **more)).status_code == 302
    assert Judgement.written.count() == before + 1
    return Judgement.written.latest("pk")


def test_a_judgement_is_undone_within_a_minute_and_stays_in_the_history(
    town: Town, analyst: Client
) -> None:
    pair = town.pair("BD-4", "BD-1")
    made = judge(analyst, pair, verdict="linked", relation="same_source")
    assert Pair.objects.get(pk=pair.pk).state == Pair.LINKED
    assert WarnDecision.objects.filter(pair=pair).exists()
    page = analyst.get(f"/pair/{pair.pk}")
    assert f'action="/judgement/{made.pk}/undo"' in text(page)
    page = analyst.post(f"/judgement/{made.pk}/undo", follow=True)
    assert "Undone. The link is as it was before you saved." in text(page)
    assert "it does not count" in text(page)
    assert "Too little is known." in text(page), "what was said is kept"
    assert Pair.objects.get(pk=pair.pk).state == Pair.OPEN
    assert not WarnDecision.objects.filter(pair=pair).exists()
    assert not Judgement.objects.filter(pair=pair).exists()
    assert town.run is not None
    assert judgements(town.run) == []
    row = Entry.objects.filter(body__contains='"what":"judgement undone"').get()
    assert (row.subject, json.loads(row.body)["judgement"]) == (subject_of(pair), made.pk)
    assert analyst.post(f"/judgement/{made.pk}/undo").status_code == 403, "once"


def test_only_the_last_one_of_its_writer_and_only_for_a_minute(
    town: Town, analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (Pair.objects.get(pk=n) for n in on_page(analyst.get("/queue"))[:2])
    one, two = judge(analyst, first), judge(analyst, second)
    other = client_for(town.accounts["supervisor"])
    for client, number in ((other, two.pk), (analyst, one.pk), (analyst, 999_999)):
        assert client.post(f"/judgement/{number}/undo").status_code == 403
    late = two.recorded_at - timedelta(seconds=61)
    Judgement.objects.filter(pk=two.pk).update(recorded_at=late)
    assert "You can undo it" not in text(analyst.get("/queue")), "nor the one before it"
    assert analyst.post(f"/judgement/{two.pk}/undo").status_code == 403
    assert undo_judgement.UNDO_FOR.total_seconds() == 60


def test_what_a_second_reader_read_is_not_undone(town: Town, analyst: Client) -> None:
    pair = town.pair("BD-4", "BD-1")
    made = judge(analyst, pair, verdict="not_linked", would_change="A phone.")
    SecondReading.objects.create(
        judgement=made, account=town.accounts["supervisor"], agrees=True, note="I read both."
    )
    assert analyst.post(f"/judgement/{made.pk}/undo").status_code == 403
    assert Pair.objects.get(pk=pair.pk).state == Pair.SECOND


def test_a_judgement_of_a_linked_pair_goes_back_to_linked(town: Town, analyst: Client) -> None:
    pair = town.pair("BD-4", "BD-1")
    judge(analyst, pair, verdict="linked", relation="same_source")
    Judgement.objects.update(recorded_at=timezone.now() - timedelta(hours=1))
    decision = WarnDecision.objects.get(pair=pair)
    made = judge(client_for(town.accounts["supervisor"]), pair)
    assert Pair.objects.get(pk=pair.pk).state == Pair.OPEN
    client_for(town.accounts["supervisor"]).post(f"/judgement/{made.pk}/undo")
    assert Pair.objects.get(pk=pair.pk).state == Pair.LINKED
    assert WarnDecision.objects.get(pair=pair) == decision, "an earlier judgement led to it"


# The comparison.


def test_both_reports_are_side_by_side_for_who_may_open_them(town: Town) -> None:
    pair = next(
        one for one in Pair.objects.filter(first__sealed=False, second__sealed=False)
        .select_related("first", "second")
        if "KD" in (one.first.area, one.second.area) and one.first.area != one.second.area
        and all(case.texts["now"].get("narrative") for case in (one.first, one.second))
    )  # fmt: skip
    page = text(client_for(town.accounts["analyst"]).get(f"/pair/{pair.pk}"))
    for case in (pair.first, pair.second):
        words = case.texts["now"].get("narrative", "").split(".")[0]
        assert words in page
    mine = text(client_for(town.accounts["analyst_kd"]).get(f"/pair/{pair.pk}"))
    own, other = (pair.first, pair.second) if pair.first.area == "KD" else (pair.second, pair.first)
    assert "The report is held in another area" in mine
    told = other.texts["now"].get("narrative", "")
    assert told
    assert told not in mine
    assert own.texts["now"].get("narrative", "") in mine.replace("&#39;", "'")
