"""A made-up answer of the linking job: invented places, people and numbers, awkward on purpose."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from clew.model.case import Case, Entity, Kind
from clew.model.case_file import Coverage
from clew.model.finding import (
    Answer,
    Breakdown,
    Finding,
    Link,
    Member,
    Relation,
    Series,
    Stance,
    ThinCase,
    Tier,
)
from clew.model.values import Instant, MissingCause, Point, TimeWindow

ZONE = ZoneInfo("Europe/London")
MILL, DUPLICATE, SURVIVOR = "EM-2031-0419", "EM-2031-0420", "EM-2030-N77"
QUAY, LOCK, FLAT, RIVER = "EM-2031-0588", "EM-2031-0631", "NW-2031-1107", "EM-2032-0502"


def at(text: str) -> Instant:
    """Read a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp())


def window(earliest: str, latest: str) -> TimeWindow:
    """Read a window of local times."""
    return TimeWindow(at(earliest), at(latest))


CASES = (
    Case(
        SURVIVOR,
        at("2030-12-02T14:10"),
        kind=Kind.NON_FATAL,
        window=window("2030-11-28T22:00", "2030-11-29T09:00"),
        point=Point(52.2442, 0.9051, 100),
        premises="apartment",
        agency="Eastmere",
        area="North",
        age_years=24,
        sex="male",
        allegation="drug_facilitated_assault",
        allegation_status="withdrawn",
        entities=(Entity("accused", "person", "P-31"),),
        extra={"known_as": "NEVER SHOWN"},
    ),
    Case(
        MILL,
        at("2031-06-03T04:12"),
        window=window("2031-06-02T20:30", "2031-06-03T04:00"),
        point=Point(52.2431, 0.9043, 50),
        premises="street",
        agency="Eastmere",
        area="North",
        age_years=23,
        sex="male",
        posture=("sitting",),
        category="unexpected_not_suspicious",
        manner="pending",
        cause="Not yet given",
        missing={"substances": MissingCause.PENDING},
        extra={"known_as": "Rowan Ashdown"},
    ),
    Case(
        DUPLICATE,
        at("2031-06-03T05:01"),
        point=Point(52.2431, 0.9043, 50),
        premises="street",
        agency="Eastmere Ambulance",
        age_years=25,
        sex="male",
    ),
    Case(
        QUAY,
        at("2031-08-12T07:40"),
        window=window("2031-08-11T22:00", "2031-08-12T07:30"),
        point=Point(52.2440, 0.8981, 100),
        premises="burial_ground",
        agency="Eastmere",
        area="North",
        age_years=22,
        sex="male",
        posture=("sitting", "against_wall"),
        category="unexpected_not_suspicious",
        manner="accident",
        manner_said_by="duty_inspector",
        cause="Mixed drug toxicity",
        extra={"known_as": "Ilya Varga"},
    ),
    Case(
        LOCK,
        at("2031-09-04T06:55"),
        window=window("2031-09-03T18:00", "2031-09-04T06:30"),
        point=Point(52.2440, 0.8982, 100),
        premises="burial_ground",
        agency="Eastmere",
        area="North",
        age_years=21,
        sex="male",
        category="unexpected_not_suspicious",
        manner="suicide",
        manner_said_by="first_officer",
        mentions=(QUAY,),
        extra={"name_used_by_family": "Dan Whitlow"},
    ),
    Case(
        FLAT,
        at("2031-10-20"),
        report_known_to_the_minute=False,
        premises="home",
        agency="Northwick",
        age_years=47.5,
        sex="female",
        missing={"latitude": MissingCause.WITHHELD},
    ),
    Case(
        RIVER,
        at("2032-08-28T13:20"),
        point=Point(52.2436, 0.8990),
        premises="open_space",
        agency="Eastmere",
        area="North",
        sex="male",
        manner="drug_related",
        manner_said_by="coroner",
        cause="Toxicity, with " + "Methylenedioxy" * 12,
    ),
)


def found(
    evidence: str,
    aspect: str,
    bans: float,
    says: str,
    values: tuple[str, str] = ("", ""),
    **more: str,
) -> Finding:
    """Make a finding; no weight and a blank value make it missing."""
    stance = Stance.AGREES if bans > 0 else Stance.DIFFERS if bans < 0 else Stance.MISSING
    return Finding(evidence, aspect, stance, round(bans * 1e6), says, *values, **more)


def breakdown(a: str, b: str, *findings: Finding, other: tuple[str, ...] = ()) -> Breakdown:
    """Make a breakdown whose weights add up."""
    return Breakdown(a, b, findings, sum(f.micro_bans for f in findings), other)


def link(pair: Breakdown, rank: int, chance: float, **more: object) -> Link:
    """Make a link of a breakdown."""
    given = {"tier": Tier.SIMILARITY, "relation": Relation.LEAD, **more}
    return Link(
        pair.case_a,
        pair.case_b,
        rank,
        pair.micro_bans,
        chance,
        16_306,
        explain=lambda: pair,
        **given,
    )


LOCK_QUAY = breakdown(
    LOCK,
    QUAY,
    found("place", "distance", 2.31, "Found within 10 m of each other"),
    found(
        "place",
        "premises",
        1.12,
        "Both in a burial ground",
        ("burial ground", "burial ground"),
        rarity="23 of 16,306",
    ),
    found(
        "entities",
        "finder",
        1.6,
        "The same person found both",
        ("finder: W1", "finder: W1"),
        rarity="2 of 16,306",
    ),
    found("mentions", "note", 0.9, "A note with one names the other", ("names " + QUAY, "")),
    found("timing", "gap", 0.61, "23 days apart", ("4 September 2031", "12 August 2031")),
    found(
        "scene",
        "items",
        0.74,
        "A small bottle at both",
        ("small bottle; bed sheet; note", "small bottle; dark glasses"),
        rarity="61 of 16,306",
    ),
    found(
        "missing_items",
        "missing_items",
        0.4,
        "No phone at either",
        ("phone", "phone"),
        rarity="188 of 16,306",
    ),
    found("victim", "age", 0.2, "Aged 21 and 22", ("21", "22")),
    found("victim", "sex", 0.1, "Both male", ("male", "male"), rarity="10,310 of 16,306"),
    found("cause", "manner_group", -0.22, "Called suicide, and accident", ("suicide", "accident")),
    found(
        "place",
        "home_distance",
        -0.31,
        "One lived 30 km away, the other near by",
        ("30 km from home", "1.2 km from home"),
    ),
    Finding(
        "entities",
        "officer",
        Stance.AGREES,
        0,
        "The same officer attended both: ask",
        "officer: O7",
        "officer: O7",
    ),
    found(
        "posture", "posture", 0, "Posture is missing for one of them", ("", "sitting; against wall")
    ),
    found("substances", "substances", 0, "Toxicology is missing for both"),
    other=(
        "The note says that one caused the other's death. Has anyone checked who wrote it?",
        "The finder walks a dog there every morning.",
    ),
)
QUAY_MILL = breakdown(
    QUAY,
    MILL,
    found("place", "distance", 1.1, "Found about 440 m apart"),
    found("timing", "gap", 0.4, "70 days apart", ("12 August 2031", "3 June 2031")),
    found(
        "posture",
        "posture",
        1.3,
        "Both sitting",
        ("sitting; against wall", "sitting"),
        rarity="41 of 16,306",
    ),
    found(
        "missing_items",
        "missing_items",
        0.4,
        "No phone at either",
        ("phone", "phone"),
        rarity="188 of 16,306",
    ),
    found("victim", "age", 0.2, "Aged 22 and 23", ("22", "23")),
    found("place", "premises", -0.35, "A burial ground, and a street", ("burial ground", "street")),
    found("substances", "substances", 0, "Toxicology is missing for one", ("ghb", "")),
)
MILL_SURVIVOR = breakdown(
    SURVIVOR,  # the other way about than its link, as an engine may hand it over
    MILL,
    found(
        "entities",
        "person",
        2.4,
        "The same person is in both",
        ("accused: P-31", "caller: P-31"),
        rarity="2 of 16,306",
    ),
    found("place", "distance", 0.9, "About 140 m apart"),
    found("timing", "gap", -0.1, "186 days apart", ("28 November 2030", "3 June 2031")),
    other=("He lives next to both places.",),
)
RIVER_QUAY = breakdown(
    RIVER,
    QUAY,
    found("place", "distance", 1.4, "Found about 80 m apart"),
    found(
        "place",
        "premises",
        -0.3,
        "An open space, and a burial ground",
        ("open space", "burial ground"),
    ),
    found(
        "cause",
        "cause",
        0.3,
        "Drug toxicity in both",
        ("Toxicity, with " + "Methylenedioxy" * 12, "Mixed drug toxicity"),
    ),
    found("victim", "age", 0, "Age is missing for one", ("", "22")),
)
FLAT_RIVER = breakdown(
    FLAT,
    MILL,
    found("timing", "gap", -0.4, "139 days apart", ("20 October 2031", "3 June 2031")),
    found("victim", "age", -0.5, "Aged 47 and 23", ("47.5", "23")),
    found("place", "distance", 0, "No place is recorded for one"),
)
RIVER_LOCK = breakdown(
    RIVER,
    LOCK,
    found("place", "distance", 1.2, "Found about 70 m apart"),
    found("victim", "sex", 0.1, "Both male", ("male", "male"), rarity="10,310 of 16,306"),
)
MILL_AGAIN = breakdown(
    DUPLICATE,
    MILL,
    found("place", "distance", 3.1, "At the same point"),
    found("timing", "report", 2.2, "Reported 49 minutes apart"),
)
QUAY_SURVIVOR = breakdown(
    QUAY,
    SURVIVOR,
    found(
        "entities",
        "address",
        1.4,
        "The same address is in both",
        ("contact: A9", "occupier: A9"),
        rarity="4 of 16,306",
    ),
    found("victim", "age", 0.1, "Aged 22 and 24", ("22", "24")),
    found("timing", "gap", -0.7, "256 days apart", ("11 August 2031", "28 November 2030")),
)

LINKS = (
    link(RIVER_QUAY, 1, 0.0102),
    link(RIVER_LOCK, 2, 0.031),
    link(LOCK_QUAY, 1, 0.000_002, tier=Tier.SHARED_ENTITY),
    link(QUAY_MILL, 1, 0.000_04),
    Link(
        MILL,
        SURVIVOR,
        1,
        MILL_SURVIVOR.micro_bans,
        0.000_7,
        16_305,
        Tier.SHARED_ENTITY,
        Relation.SAME_HOUSEHOLD,
        lambda: MILL_SURVIVOR,
    ),
    link(FLAT_RIVER, 1, 1.7),
    link(MILL_AGAIN, 1, 0.000_001, relation=Relation.DUPLICATE_REPORT),
    link(QUAY_SURVIVOR, 9, 0.4, tier=Tier.SHARED_ENTITY, always_shown=True),
)

SERIES = (
    Series(
        "S1",
        "engine",
        (Member(LOCK, None, 0), Member(QUAY, LOCK, 7_350_000), Member(MILL, QUAY, 3_050_000)),
        10_400_000,
        0.019,
    ),
    Series("A1", "adopted", (Member(LOCK, None, 0), Member(QUAY, LOCK, 0)), 0, None),
)


def sample_answer(**changes: object) -> Answer:
    """Return the sample, with any of its fields replaced."""
    given = {
        "file": "eastmere-2030-2032.csv",
        "as_of": at("2032-08-30T08:15"),
        "timezone": "Europe/London",
        "compared": 16_306,
        "first_report": at("2030-01-02T09:00"),
        "last_report": at("2032-08-29T23:30"),
        "cases": CASES,
        "links": LINKS,
        "series": SERIES,
        "thin": (
            ThinCase("EM-2032-0511", 2, ("where it was, within 100 m", "posture", "who_found")),
            ThinCase("EM-2032-0514", 1, ("when last seen alive", "premises", "missing_items")),
        ),
        "coverage": (
            Coverage("Death reports", "Eastmere", 14_002, "2032-08-29"),
            Coverage("Death reports", "Northwick", 2_304, "2032-07-31"),
            Coverage("Incidents on railways", "Transport police", 0, "never"),
            Coverage("Hospital deaths", "Eastmere NHS trust", 0, ""),
        ),
        "rejects": 7,
        "deaths_a_year": 10_978.0,
        "version": "0.1.0",
        "weights": "declared-2026-11",
        **changes,
    }
    return Answer(**given)  # type: ignore[arg-type]
