"""A small desk for the tests of exports and of the coroner's workspace: people who do not exist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clew.desk.accounts.models import Account
from clew.desk.records.models import Case, Effort, Fact, SourceCoverage, Workload
from clew.desk.review.models import Decision, Judgement, Link, Pair, Run, SecondReading, Shown

AT = datetime(2014, 6, 19, 3, 5, tzinfo=UTC)
FINDINGS = [
    {"evidence": "place", "aspect": "distance", "stance": "agrees", "micro_bans": 1_900_000,
     "says": "found 30 m apart", "rarity": "2 of 812"},
    {"evidence": "victim", "aspect": "age", "stance": "differs", "micro_bans": -100_000,
     "says": "ages 22 and 31", "value_a": "22", "value_b": "31"},
    {"evidence": "substances", "aspect": "substances", "stance": "missing", "micro_bans": 0,
     "says": "no toxicology yet"},
]  # fmt: skip


def a_case(case_id: str, area: str = "KD", **told: object) -> Case:
    """Make a record with one fact a column; `sealed`, `kind` and `hours` apart from the columns."""
    hours = float(str(told.pop("hours", 0)))
    sealed, kind = bool(told.pop("sealed", False)), str(told.pop("kind", "death"))
    now = {"kind": kind, "premises": "burial_ground", **{k: str(v) for k, v in told.items()}}
    case = Case.objects.create(
        case_id=case_id, kind=kind, area=area, agency="MPS", sealed=sealed,
        reported_at=AT + timedelta(hours=hours), latitude=51.5, longitude=0.08,
        texts={"report": now, "now": now},
    )  # fmt: skip
    at = (AT + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    Fact.objects.bulk_create(
        Fact(case=case, field=name, value=value, known_at=at, recorded_at=at, entered_by="import",
             source="the report", from_report=True)
        for name, value in now.items()
    )  # fmt: skip
    return case


def a_pair(first: Case, second: Case, state: str = "open") -> Pair:
    """Make a pair with its run and link; `first` is the one that was compared."""
    run = Run.objects.create(
        as_of=AT, version="0.8.0", weights="declared", compared=812, deaths_a_year=11_000
    )
    link = Link.objects.create(
        run=run, case=first, other=second, at=AT + timedelta(hours=2), rank=1, micro_bans=1_800_000,
        chance=0.01, priority=2, compared=811, tier="similarity", relation="lead",
        trigger="new_case", findings=FINDINGS, other_explanations=["One footpath"],
    )  # fmt: skip
    return Pair.objects.create(
        first=first, second=second, link=link, area=first.area, state=state, priority=2
    )


def judged(pair: Pair, who: Account, reader: Account) -> None:
    """Add what the bundle tells: shown, judged, read again, decided, effort, workload."""
    Shown.objects.create(pair=pair, link=pair.link, account=who, page="pair", digest="ab" * 32)
    judgement = Judgement.objects.create(
        pair=pair, link=pair.link, verdict="not_linked", relation="none", account=who,
        reason="The note explains the death", explanation="A note", decided_at=AT,
        would_change="A handwriting comparison",
    )  # fmt: skip
    SecondReading.objects.create(
        judgement=judgement, account=reader, agrees=False, note="Nobody compared the handwriting"
    )
    Decision.objects.create(
        number=12, title="Ask for the laptop", about=f"case:{pair.first.case_id}", decided_at=AT,
        maker=reader, recorded_by=who, rationale="It may hold the note",
    )  # fmt: skip
    Effort.objects.create(case=pair.first, kind="test_ordered", at=AT, note="GHB", recorded_by="a")
    Workload.objects.create(
        unit=pair.first.area, day=pair.first.reported_at.date(), staff_on_duty=4, open_deaths=31,
        recorded_by="a",
    )  # fmt: skip
    SourceCoverage.objects.create(system="records", agency="MPS", records=812, up_to="2014-06-19")
    SourceCoverage.objects.create(system="records", agency="BTP", records=0)
