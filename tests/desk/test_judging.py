"""Judging: what each judgement needs, who reads second, what comes back, and how it is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk_records import record
from django.db import transaction
from django.test import Client
from django.utils import timezone
from review_town import Town, build, just_now
from signed_in import SignedIn

from clew.desk.ledger.models import Entry
from clew.desk.review.models import Decision, Judgement, Link, Pair
from clew.disclosure.curve import cited


@pytest.fixture
def town(tmp_path: Path, db: None) -> Town:
    return build(tmp_path)


@pytest.fixture
def analyst(town: Town, signed_in: SignedIn) -> Client:
    return signed_in("ann", "analyst:KD")


def sent(town: Town, **more: Any) -> dict[str, Any]:
    """Return a form that is complete for 'not linked'."""
    return {
        "verdict": "not_linked", "relation": "none", "reason": "The note explains both.",
        "explanation": "a note", "verified": "no", "would_change": "the note proves forged",
        "decided_at": timezone.localtime(just_now()).strftime("%Y-%m-%dT%H:%M"),
        "shown": town.pair().link_id, **more,
    }  # fmt: skip


def text(page: Any) -> str:
    return str(page.content.decode())


def test_not_linked_waits_for_another_reader_and_then_is_put_aside(
    town: Town, analyst: Client, signed_in: SignedIn
) -> None:
    links = list(Link.objects.values_list("pk", "priority", "chance", "alert", "rank"))
    analyst.get(town.address())
    page = analyst.post(f"{town.address()}/judge", sent(town), follow=True)
    assert "It is waiting for a second reader" in text(page)
    pair = Pair.objects.get(pk=town.pair().pk)
    assert pair.state == Pair.SECOND
    senior = signed_in("sue", "supervisor:KD")
    page = senior.get("/queue")
    assert "A second reader must agree" in text(page)
    read = {"agrees": "yes", "note": "I read both files."}
    page = senior.post(f"{town.address()}/second", read, follow=True)
    assert "Not taken forward. The note explains both." in text(page)
    assert Pair.objects.get(pk=pair.pk).state == Pair.NOT_TAKEN
    assert "The note explains both." in text(senior.get("/not-taken-forward"))
    assert links == list(Link.objects.values_list("pk", "priority", "chance", "alert", "rank"))


def test_nobody_reads_an_own_judgement_second(town: Town, signed_in: SignedIn) -> None:
    senior = signed_in("sue", "supervisor:KD")
    senior.post(f"{town.address()}/judge", sent(town))
    read = {"agrees": "yes", "note": "I agree with myself."}
    page = senior.post(f"{town.address()}/second", read)
    assert page.status_code == 403
    assert Pair.objects.get(pk=town.pair().pk).state == Pair.SECOND


def test_a_second_reader_who_disagrees_leaves_it_open(
    town: Town, analyst: Client, signed_in: SignedIn
) -> None:
    analyst.post(f"{town.address()}/judge", sent(town))
    read = {"agrees": "no", "note": "Nobody checked the note."}
    signed_in("sue", "supervisor:KD").post(f"{town.address()}/second", read)
    pair = Pair.objects.get(pk=town.pair().pk)
    assert (pair.state, pair.level) == (Pair.OPEN, 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"verdict": ""}, "Choose your judgement"),
        ({"reason": ""}, "Enter the reason"),
        ({"would_change": ""}, "Enter what would change your judgement"),
        ({"verdict": "linked", "relation": ""}, "Choose how the records are related"),
        ({"verified": "yes", "explanation": ""}, "Enter the explanation that was verified"),
        ({"decided_at": "2099-01-01T00:00"}, "The date and time must be in the past"),
        ({"decided_at": "last week"}, "Enter a date and time, like"),
        ({"shown": 0}, "have been compared again"),
    ],
)
def test_errors_keep_what_was_typed(
    town: Town, analyst: Client, change: dict[str, Any], says: str
) -> None:
    told = {"explanation": "typed <once>", "reason": "typed & kept", **change}
    page = analyst.post(f"{town.address()}/judge", sent(town, **told))
    assert page.status_code == 422
    assert says in text(page)
    if "reason" not in change:
        assert "typed &amp; kept" in text(page)
    assert not Judgement.objects.exists()


def test_whether_an_opinion_came_first_is_told_by_the_times(town: Town, analyst: Client) -> None:
    analyst.post("/record-opinion/BD-4", {"says": "Somebody was with him."})
    analyst.get(town.address())
    analyst.post(f"{town.address()}/judge", sent(town))
    other = town.address("BD-3", "BD-2")
    analyst.get(other)
    analyst.post("/record-opinion/BD-3", {"says": "I think so too."})
    shown = {"shown": town.pair("BD-3", "BD-2").link_id}
    analyst.post(f"{other}/judge", sent(town, **shown))
    assert [one.opinion_before for one in Judgement.objects.all()] == [True, False]


def test_what_came_back_is_judged_by_a_senior_reader_alone(
    town: Town, analyst: Client, signed_in: SignedIn
) -> None:
    Pair.objects.filter(pk=town.pair().pk).update(level=2)
    assert analyst.post(f"{town.address()}/judge", sent(town)).status_code == 403
    told = sent(town, verdict="linked", relation="same_source")
    page = signed_in("sue", "supervisor:KD").post(f"{town.address()}/judge", told)
    assert page.status_code == 302
    made = Judgement.objects.get()
    assert (made.level, made.verdict) == (2, "linked")
    assert made.recorded_at > made.decided_at


def test_no_judgement_without_its_row(
    town: Town, analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    analyst.raise_request_exception = False
    monkeypatch.setattr("clew.desk.pages.judging.write_for", fail)
    with transaction.atomic():
        assert analyst.post(f"{town.address()}/judge", sent(town)).status_code == 500
    assert not Judgement.objects.exists()
    assert Pair.objects.get(pk=town.pair().pk).state == Pair.OPEN


def test_a_decision_is_numbered_with_both_times_and_sets_the_budget(
    town: Town, analyst: Client, signed_in: SignedIn
) -> None:
    assert analyst.get("/decisions/add").status_code == 403
    senior = signed_in("sue", "supervisor:KD")
    maker = senior.get("/").wsgi_request.user.pk
    at = (timezone.localtime() - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    told = {
        "title": "Alert budget", "maker": maker, "decided_at": at, "rationale": "Ten a month",
        "options_rejected": "2: too many", "alerts": "1.5",
    }  # fmt: skip
    assert senior.post("/decisions/add", told).status_code == 302
    senior.post("/decisions/add", {**told, "alerts": "", "title": "Again", "replaces": "1"})
    second, first = Decision.objects.all()
    assert (first.number, second.number, second.replaces) == (1, 2, first)
    assert first.budget.share == 0.015
    assert first.budget.cites == cited(0.015), "what the benchmark said on that day"
    page = text(analyst.get("/decisions"))
    assert "1.5 alerts for each hundred deaths" in page
    assert f"by their second death, and {cited(0.015)['by_3rd']} by their third" in page
    assert "2: too many" in page
    assert Entry.objects.filter(act="decision", subject="decision:2").exists()
    wrong = senior.post("/decisions/add", {**told, "alerts": "0"})
    assert wrong.status_code == 422
    assert "Ten a month" in text(wrong)


def test_a_chief_officer_sees_what_each_budget_costs_and_finds(
    town: Town, analyst: Client, signed_in: SignedIn
) -> None:
    assert analyst.get("/budgets").status_code == 403
    senior = signed_in("sue", "supervisor")
    few = text(senior.get("/budgets"))
    assert "Fewer than 10 deaths were reported here in the last year" in few
    for n in range(12):
        record(f"NEW-{n}", at=timezone.now() - timedelta(days=n))
    page = text(senior.get("/budgets"))
    assert "10 deaths were reported here in the last year" in page
    assert "Alerts allowed per 100 deaths" in page
    assert "about 1<" in page, "ten per hundred, of ten deaths"
    assert "at most" not in page, "the strongest links may exceed the budget"
    assert "What no alert budget finds" in page
    assert "No budget finds a death that never reaches these records" in page
    assert "young men drugged and left outdoors" in page.lower()
    assert Entry.objects.filter(act="consultation", body__contains="budgets").exists()
    assert signed_in("ove", "overseer").get("/budgets").status_code == 200
