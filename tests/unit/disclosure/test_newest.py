"""The newest records of the report: candidates with evidence, and one line per busy person."""

from __future__ import annotations

import dataclasses
from zoneinfo import ZoneInfo

import pytest
from sample_answer import breakdown, found, link, sample_answer

from clew.disclosure.comparison import CardContext
from clew.disclosure.newest import BUSY, MOST_OF_RECORD, Latest, show_latest
from clew.disclosure.report import render_report
from clew.disclosure.words import SILENCE, Clock
from clew.model.case import Case, Entity
from clew.model.finding import Answer, Link, Tier
from clew.model.values import DAY

LAST = 1_000 * DAY
NEW = Case("NEW-1", LAST, age_years=30)


def old(number: int, *entities: Entity) -> Case:
    return Case(f"OLD-{number:02d}", number * DAY, entities=entities)


def with_links(*links: Link, cases: tuple[Case, ...]) -> Answer:
    return sample_answer(cases=cases, links=links, series=(), thin=(), last_report=LAST)


def of(bans: float, chance: float, other: str = "OLD-01", rank: int = 1, **more: object) -> Link:
    pair = breakdown("NEW-1", other, found("place", "distance", bans, "Found near by"))
    return link(pair, rank, chance, **more)


def shown(answer: Answer) -> Latest:
    cases = {case.case_id: case for case in answer.cases}
    return show_latest(answer, CardContext(cases, Clock(ZoneInfo("UTC")), 100.0))


@pytest.mark.parametrize(
    ("bans", "chance", "tier", "listed"),
    [
        (1.0, 0.1, Tier.SIMILARITY, True),
        (1.0, 0.31, Tier.SIMILARITY, False),
        (1.0, 0.99, Tier.SHARED_ENTITY, True),
        (1.0, 1.0, Tier.SHARED_ENTITY, False),
        (1.0, 300.0, Tier.SHARED_ENTITY, False),
        (0.0, 0.01, Tier.SHARED_ENTITY, False),
        (-0.4, 0.01, Tier.SIMILARITY, False),
    ],
)
def test_only_what_has_evidence_is_a_candidate(
    bans: float, chance: float, tier: Tier, *, listed: bool
) -> None:
    answer = with_links(of(bans, chance, tier=tier), cases=(old(1), NEW))
    latest = shown(answer)
    assert bool(latest.rows) is listed
    assert (latest.records, latest.quiet) == (1, 0 if listed else 1)
    page = render_report(answer)
    section = page[page.index('id="latest"') : page.index('id="series"')]
    assert ("Nothing stands out from chance." in section) is not listed
    assert "no better than chance" not in section.casefold()
    assert (SILENCE in section) is not listed


def crowd(records: int, near: float = -0.5) -> tuple[Answer, Latest]:
    """Let one caller be in so many records, the newest among them; each is a link of it.

    `near`: bans of what else is known of each pair.
    """
    caller = Entity("caller", "person", "P-9")
    olds = [old(k, caller) for k in range(1, records)]
    new = dataclasses.replace(NEW, entities=(caller,))
    links = []
    for rank, case in enumerate(olds, 1):
        called = found("entities", "same person", 2.0, "The same person called")
        pair = breakdown("NEW-1", case.case_id, called, found("place", "distance", near, "Near"))
        links.append(link(pair, rank, 0.2, tier=Tier.SHARED_ENTITY))
    answer = with_links(*links, cases=(*olds, new))
    return answer, shown(answer)


def test_one_busy_person_is_one_line_that_says_in_how_many_records() -> None:
    answer, latest = crowd(23)
    assert latest.rows == ()
    (one,) = latest.busy
    assert (one.records, one.of_new) == (23, ("NEW-1",))
    page = render_report(answer)
    assert page.count("Person P-9 is named in 23 records of this file") == 1
    assert "there by work, family or address" in page


def test_a_person_in_few_records_is_still_a_row_each() -> None:
    _, latest = crowd(BUSY)
    assert len(latest.rows) == BUSY - 1
    assert latest.busy == ()


def test_a_busy_person_hides_no_pair_that_stands_out_by_what_else_it_has() -> None:
    _, latest = crowd(23, near=1.5)
    assert len(latest.rows) == MOST_OF_RECORD
    assert latest.quiet == 0


def test_a_pair_that_a_rare_person_joins_too_stays_beside_the_busy_ones_line() -> None:
    answer, _ = crowd(23)
    rare = Entity("finder", "person", "P-1")
    cases = tuple(
        dataclasses.replace(case, entities=(*(case.entities or ()), rare))
        if case.case_id in ("OLD-01", "NEW-1")
        else case
        for case in answer.cases
    )
    latest = shown(dataclasses.replace(answer, cases=cases))
    assert [row.link.case_b for row in latest.rows] == ["OLD-01"]
    assert len(latest.busy) == 1
