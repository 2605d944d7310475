"""Figures for overseers: small numbers stay hidden, alone and in every sum, and so do seals."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from desk_records import judged, pair, record
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from signed_in import Make, SignedIn

from clew.desk.accounts.rules import Person
from clew.desk.records.models import Trait
from clew.desk.records.suppression import LEAST, STEP, fold, suppress
from clew.desk.release.oversight import figures_for

Counts = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 60), max_size=9
)


@given(Counts)
def test_what_is_held_back_cannot_be_told_from_the_total(counts: dict[str, int]) -> None:
    shown = suppress(counts)
    assert list(shown.cells) == list(counts)
    hidden = [counts[name] for name, figure in shown.cells.items() if figure is None]
    assert all(figure is None for name, figure in shown.cells.items() if counts[name] < LEAST)
    if hidden and shown.total is not None:
        assert len(hidden) > 1
        assert sum(hidden) >= LEAST
    for name, figure in shown.cells.items():
        if figure is not None:
            assert figure % STEP == 0
            assert abs(figure - counts[name]) <= STEP // 2


@given(Counts)
def test_no_more_is_held_back_than_must_be(counts: dict[str, int]) -> None:
    shown = suppress(counts)
    hidden = sorted(counts[name] for name, figure in shown.cells.items() if figure is None)
    extra = [count for count in hidden if count >= LEAST]
    if extra:
        without = hidden[:-1]
        assert len(without) < 2 or sum(without) < LEAST


def test_a_rare_name_is_not_shown() -> None:
    assert fold(suppress({"a": 50, "b": 3, "c": 20}), "Others").cells == {"a": 50, "Others": None}


NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_figures_count_whole_months_and_no_sealed_record(account: Make) -> None:
    made = account("ove", "overseer")
    at = datetime(2026, 10, 15, tzinfo=UTC)
    for n in range(23):
        record(f"K-{n}", at=at, texts={"now": {"category": "homicide"}})
    for n in range(12):
        record(f"L-{n}", "LX", at=at)
    record("NEW-1", at=NOW)
    record("OLD-1", at=datetime(2020, 1, 1, tzinfo=UTC))
    record("SURV-1", at=at, kind="non_fatal")
    for n in range(9):
        record(f"RARE-{n}", "ZZ-RARE", at=at)
    before = figures_for(made.person(), NOW)
    # ZZ-RARE alone would be 44 less 23 less 12: the next smallest goes with it.
    assert before.by_area.cells == {"KD": 25, "Other areas": None}
    assert before.by_area.total == 45
    for n in range(30):
        record(f"SEALED-{n}", at=at, sealed=True)
    after = figures_for(made.person(), NOW)
    # All but one table, which counts sealed deaths exactly: that is what it is for.
    assert replace(after, seals=()) == before
    assert [(one.deaths, one.overdue) for one in after.seals] == [(30, 0)]
    mine = account("kd", "overseer:KD")
    assert figures_for(mine.person(), NOW).by_area.cells == {"KD": 25}


@pytest.mark.django_db
def test_links_count_without_those_of_sealed_records(account: Make) -> None:
    made, ann = account("ove", "overseer"), account("ann", "analyst")
    at = datetime(2026, 10, 15, tzinfo=UTC)
    cases = [record(f"K-{n}", at=at) for n in range(13)]
    for case in cases[1:]:
        judged(pair(case, cases[0]), ann, at)
    told = figures_for(made.person(), NOW)
    assert (told.shown, told.verdicts.total, told.not_taken) == (10, 10, None)
    assert told.wait_hours is not None
    for case in cases[1:4]:
        case.sealed = True
        case.save()
    told = figures_for(made.person(), NOW)
    assert (told.shown, told.verdicts.total, told.wait_hours) == (None, None, None)


@pytest.mark.django_db
def test_the_page_names_no_record_and_the_traits_no_small_group(
    account: Make, signed_in: SignedIn
) -> None:
    last_month = timezone.localtime().replace(day=1) - timedelta(days=3)
    values = ["Big"] * 27 + ["Middle"] * 14 + ["Rareword"] * 3
    for n, value in enumerate(values):
        case = record(f"SECRETID-{n}", at=last_month, texts={"now": {"narrative": "WORDS"}})
        Trait.objects.create(case=case, trait="group_faith", value=value, said_by="guess")
    client = signed_in("ove", "overseer")
    for path in ("/oversight", "/oversight/traits"):
        page = client.get(path)
        assert page.status_code == 200
        text = page.content.decode()
        assert "SECRETID" not in text
        assert "WORDS" not in text
        assert "Rareword" not in text
    assert re.search(r"Big</th><td[^>]*>25<", text)
    assert "Middle" not in text  # it would give the rare ones away
    for role in ("analyst", "supervisor", "administrator", "coroners_officer"):
        other = signed_in(role, role)
        assert other.get("/oversight").status_code == 403
        assert other.get("/oversight/traits").status_code == 403


def test_nobody_without_a_role_oversees_anything(db: None) -> None:
    assert figures_for(Person("x"), NOW).by_area.total is None
