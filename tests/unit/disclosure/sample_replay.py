"""A made-up replay: invented places, people and numbers, with every part of the page in it."""

from __future__ import annotations

from sample_answer import (
    DUPLICATE,
    LOCK,
    LOCK_QUAY,
    MILL,
    MILL_SURVIVOR,
    QUAY,
    QUAY_MILL,
    RIVER,
    RIVER_QUAY,
    SURVIVOR,
    at,
    breakdown,
    found,
)

from clew.model.alert import AlertRow, Budget, Replay, SeriesMoment, SeriesStory, Trigger
from clew.model.case_file import Coverage
from clew.model.finding import Member, Relation, Series, Tier
from clew.model.judgement import Judgement, Verdict
from clew.model.values import DAY, HOUR

BEGINS, ENDS = at("2031-06-01T00:00"), at("2031-11-30T23:59")
NEW, FACT = Trigger.NEW_CASE, Trigger.NEW_FACT


def row(when: int, pair: tuple[str, str], priority: float, **more: object) -> AlertRow:
    """Make a row of rank 1 that did not alert, unless said otherwise."""
    given = {
        "rank": 1,
        "micro_bans": round(priority * 1.4e6),
        "chance": 10**-priority,
        "compared": 16_306,
        "tier": Tier.SIMILARITY,
        "relation": Relation.LEAD,
        "trigger": NEW,
        "alert": False,
        **more,
    }
    return AlertRow(when, *pair, priority=priority, **given)  # type: ignore[arg-type]


QUAY_CAME = row(at("2031-08-12T07:40"), (QUAY, MILL), 2.9, rank=1)
LOCK_CAME = row(
    at("2031-09-04T06:55"),
    (LOCK, QUAY),
    5.7,
    rank=2,
    tier=Tier.SHARED_ENTITY,
    alert=True,
    series_alert=f"{LOCK}+{QUAY}",
    series_size=2,
)
MILL_TESTED = row(
    at("2031-09-15T12:00"),
    (MILL, QUAY),
    4.4,
    trigger=FACT,
    changed=("substances", "cause"),
    update=True,
    series_alert=f"{LOCK}+{QUAY}",
    series_size=3,
)
"""Added to an earlier alert: the third record of that possible series."""
MILL_CAME = row(
    at("2031-06-03T04:12"),
    (MILL, SURVIVOR),
    3.2,
    tier=Tier.SHARED_ENTITY,
    alert=True,
    series_alert=f"{MILL}+{SURVIVOR}",
    series_size=2,
)
RIVER_CAME = row(at("2031-11-12T13:20"), (RIVER, QUAY), 1.99)
TWICE = row(at("2031-06-03T05:01"), (DUPLICATE, MILL), 6.0, relation=Relation.DUPLICATE_REPORT)
LOCK_EVENT = row(LOCK_CAME.at, (LOCK, DUPLICATE), 6.2, relation=Relation.SAME_EVENT)
"""The best match of its moment, and no lead: what alerted then ranked second."""


def ordinary() -> list[AlertRow]:
    """Rows of unrelated records: five a day, of which now and then one alerts."""
    rows = []
    for n in range(900):
        when = BEGINS + n * DAY // 5 + HOUR
        priority = ((n * 7919) % 1000) / 400 - 0.4
        alert = n % 101 == 50
        other = (f"EM-2030-{n % 700:04d}", f"EM-2031-{2000 + n}")
        opened = {"alert": True, "series_alert": "+".join(other[::-1]), "series_size": 2}
        one = row(when, other[::-1], 3.0 if alert else priority, **(opened if alert else {}))
        rows += [one, row(when, (other[1], "EM-2030-0999"), priority - 0.5, rank=2)]
    return rows


PLAIN = breakdown(
    "a",
    "b",
    found("place", "distance", 1.9, "Found about 60 m apart"),
    found("timing", "gap", 0.4, "12 days apart"),
    found("victim", "age", -0.4, "Aged 31 and 58", ("31", "58")),
    found("substances", "substances", 0, "Toxicology is missing for both"),
    other=("A hostel stands at this address.",),
)


def stories() -> tuple[SeriesStory, ...]:
    """Return one possible series of the engine, and one that people adopted."""
    engine = Series(
        "S1",
        "engine",
        (Member(LOCK, None, 0), Member(QUAY, LOCK, 7_350_000), Member(MILL, QUAY, 3_050_000)),
        10_400_000,
        0.019,
    )
    moments = (
        SeriesMoment(at("2031-06-03T04:12"), MILL, NEW, None, 0, 0),
        SeriesMoment(QUAY_CAME.at, QUAY, NEW, QUAY_CAME, 4, 0),
        SeriesMoment(LOCK_CAME.at, LOCK, NEW, LOCK_CAME, 5, 0),
        SeriesMoment(MILL_TESTED.at, MILL, FACT, MILL_TESTED, 6, 1, MILL_TESTED.changed),
    )
    adopted = Series("A1", "adopted", (Member(RIVER, None, 0), Member(QUAY, RIVER, 0)), 0, None)
    quiet = (
        SeriesMoment(QUAY_CAME.at, QUAY, NEW, None, 4, 0),
        SeriesMoment(RIVER_CAME.at, RIVER, NEW, RIVER_CAME, 9, 0),
    )
    return (SeriesStory(engine, moments), SeriesStory(adopted, quiet))


JUDGEMENTS = (
    Judgement(
        QUAY, LOCK, Verdict.LINKED, "same_source", verified=True, decided_at=at("2031-09-20T10:00")
    ),
    Judgement(MILL, SURVIVOR, Verdict.NOT_LINKED, "acquainted", decided_at=at("2031-06-05T10:00")),
    Judgement(
        MILL, QUAY, Verdict.LINKED, decided_at=at("2032-02-01T10:00"), reason="after the end"
    ),
    Judgement(
        "EM-2031-2050", "EM-2030-0050", Verdict.UNDETERMINED, decided_at=at("2031-06-16T10:00")
    ),
)


def sample_replay(**changes: object) -> Replay:
    """Return the sample, with any of its fields replaced."""
    named = [MILL_CAME, TWICE, QUAY_CAME, LOCK_EVENT, LOCK_CAME, MILL_TESTED, RIVER_CAME]
    rows = tuple(sorted([*named, *ordinary()], key=lambda r: (r.at, r.case_id, r.rank)))
    accounts = {(r.at, r.case_id, r.linked_case_id): PLAIN for r in rows if r.notifies}
    accounts |= {
        (MILL_CAME.at, MILL, SURVIVOR): MILL_SURVIVOR,
        (LOCK_CAME.at, LOCK, QUAY): LOCK_QUAY,
        (MILL_TESTED.at, MILL, QUAY): QUAY_MILL,
        (RIVER_CAME.at, RIVER, QUAY): RIVER_QUAY,
    }
    beyond = row(QUAY_CAME.at, (QUAY, SURVIVOR), 0.4, rank=9, tier=Tier.SHARED_ENTITY)
    given = {
        "file": "eastmere-2030-2032.csv",
        "timezone": "Europe/London",
        "learns_from": at("2031-02-01T00:00"),
        "begins": BEGINS,
        "ends": ENDS,
        "cases": 16_306,
        "deaths": 880,
        "budget": Budget(0.01, "Chief Superintendent R. Okafor", "2031-05-28"),
        "rows": rows,
        "breakdowns": accounts,
        "stories": stories(),
        "judgements": JUDGEMENTS,
        "coverage": (
            Coverage("Death reports", "Eastmere", 14_002, "2031-11-30"),
            Coverage("Death reports", "Northwick", 2_304, "2031-10-31"),
            Coverage("Incidents on railways", "Transport police", 0, "never"),
            Coverage("Hospital deaths", "Eastmere NHS trust", 0, ""),
        ),
        "rejects": 7,
        "version": "0.1.0",
        "weights": "declared-2026-11",
        "beyond": (beyond,),
        "warnings": ("scene: 3 words are not in the vocabulary",),
        **changes,
    }
    return Replay(**given)  # type: ignore[arg-type]
