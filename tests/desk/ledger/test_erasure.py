"""Erased content is nowhere; a legal hold forbids erasing; who holds the content can confirm it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.models import Entry
from clew.desk.records.commitments import noted
from clew.desk.records.models import Case, Erasure, Fact
from clew.desk.records.take_in import take_in
from clew.desk.release.erase import Order, confirms, erase, hold, lift_hold
from clew.desk.review.runs import Round
from clew.desk.rounds.sync import forget_if_asked, store_folder
from clew.desk.settings import CONFIGURATION
from clew.errors import UsageRejected
from clew.intake.read import CaseSources

SECRET = "it's Zanderlund's \u00e9clair"
CASES = f"case_id,reported_at,area,cause,scene\nA-1,2014-06-19T04:05,KD,{SECRET},propped\n"
FACTS = (
    "case_id,field,op,value,known_at\n"
    "A-1,scene,add,Quibblewick,2014-08-01T10:00\n"
    "A-1,scene,add,note,2014-08-02T10:00\n"
)
WHY = Order("root", "order of the court of 3 May")


@pytest.fixture
def sources(transactional_db: None, tmp_path: Path) -> CaseSources:
    (tmp_path / "cases.csv").write_text(CASES)
    (tmp_path / "facts.csv").write_text(FACTS)
    told = CaseSources(tmp_path / "cases.csv", tmp_path / "facts.csv")
    assert take_in(told, "test").refused == []
    return told


def everything() -> str:
    """All text of every table, as the database holds it."""
    found = []
    with connection.cursor() as cursor:
        for table in [*own_coverage(), "ledger_entry", "ledger_rowchange"]:
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found)


def fact(field: str, value: str) -> Fact:
    return Fact.objects.get(case__case_id="A-1", field=field, value=value)


def test_nothing_of_it_is_left(sources: CaseSources) -> None:
    before = everything()
    assert "Zanderlund" in before
    assert "Quibblewick" in before
    made = erase("A-1", fact("cause", SECRET).pk, WHY)
    erase("A-1", fact("scene", "Quibblewick").pk, WHY)
    after = everything()
    for word in ("Zanderlund", "clair", "Quibblewick"):
        assert word not in after
    case = Case.objects.get(case_id="A-1")
    assert case.texts["report"]["cause"] == case.texts["now"]["cause"] == "withheld"
    assert case.texts["now"]["scene"] == "propped; withheld; note"
    row = Entry.objects.filter(act="erasure").first()
    assert row is not None
    assert json.loads(row.body) == {
        "field": "cause", "facts": 1, "commitment": made.commitment, "reason": WHY.reason,
    }  # fmt: skip
    assert (confirms(made, SECRET), confirms(made, "other")) == (True, False)
    assert made.commitment in {one.commitment for one in noted(CONFIGURATION.home)}


def test_what_was_made_from_it_goes_too(sources: CaseSources) -> None:
    store_folder().mkdir(parents=True, exist_ok=True)
    (store_folder() / "segment").write_text(SECRET)
    running = Round.objects.create(asked_by="t", as_of=timezone.now(), state=Round.RUNNING)
    erase("A-1", fact("cause", SECRET).pk, WHY)
    assert store_folder().exists()  # the round that reads it ends first
    forget_if_asked()
    assert not store_folder().exists()
    store_folder().mkdir()
    Round.objects.filter(pk=running.pk).update(state=Round.DONE)
    erase("A-1", fact("scene", "Quibblewick").pk, WHY)
    assert not store_folder().exists()


def test_a_file_handed_in_again_does_not_bring_it_back(sources: CaseSources) -> None:
    erase("A-1", fact("cause", SECRET).pk, WHY)
    erase("A-1", fact("scene", "Quibblewick").pk, WHY)
    taken = take_in(sources, "test")
    assert (taken.cases, taken.facts, taken.refused) == (0, 0, [])
    assert "Quibblewick" not in everything()


def test_a_hold_overrides_and_says_so(sources: CaseSources) -> None:
    case = Case.objects.get(case_id="A-1")
    hold(case, "inquest", Order("sue", "opened 1 May"))
    with pytest.raises(UsageRejected, match="a legal hold forbids it: Inquest: opened 1 May"):
        erase("A-1", fact("cause", SECRET).pk, WHY)
    assert not Erasure.objects.exists()
    lift_hold(case, Order("sue", "closed"))
    erase("A-1", fact("cause", SECRET).pk, WHY)
    said = [json.loads(e.body).get("what") for e in Entry.objects.filter(act="decision")]
    assert said == ["legal hold set", "legal hold lifted"]


@pytest.mark.parametrize(("kind", "reason"), [("wish", "r"), ("inquest", " "), ("", "")])
def test_a_hold_needs_kind_and_reason(kind: str, reason: str, sources: CaseSources) -> None:
    with pytest.raises(UsageRejected):
        hold(Case.objects.get(case_id="A-1"), kind, Order("sue", reason))
    assert Case.objects.get(case_id="A-1").legal_hold == ""


def test_what_was_erased_is_not_erased_twice(sources: CaseSources) -> None:
    number = fact("cause", SECRET).pk
    erase("A-1", number, WHY)
    with pytest.raises(UsageRejected, match="no such fact"):
        erase("A-1", number, WHY)


def test_an_erasure_without_its_row_does_not_happen(
    sources: CaseSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise OSError("disk full")

    before = len(noted(CONFIGURATION.home))
    monkeypatch.setattr(Entry.objects, "create", fail)
    with pytest.raises(OSError, match="disk full"):
        erase("A-1", fact("cause", SECRET).pk, WHY)
    assert fact("cause", SECRET).erased_at is None
    assert not Erasure.objects.exists()
    assert len(noted(CONFIGURATION.home)) == before
