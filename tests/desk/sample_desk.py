"""A small desk for the tests of exports and of the coroner's workspace: people who do not exist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from made_desk import candidate, pair_of, record, round_found

from clew.desk.accounts.models import Account
from clew.desk.records.models import Case, Effort, SourceCoverage, Workload
from clew.desk.review.models import Decision, Judgement, Pair, SecondReading, Shown
from clew.desk.review.runs import Run

AT = datetime(2014, 6, 19, 3, 5, tzinfo=UTC)
FINDINGS = [
    {"evidence": "place", "aspect": "distance", "stance": "agrees", "micro_bans": 1_900_000,
     "says": "found 30 m apart", "rarity": "2 of 812"},
    {"evidence": "victim", "aspect": "age", "stance": "differs", "micro_bans": -100_000,
     "says": "ages 22 and 31", "value_a": "22", "value_b": "31"},
    {"evidence": "substances", "aspect": "substances", "stance": "missing", "micro_bans": 0,
     "says": "no toxicology yet"},
]  # fmt: skip


def a_case(case_id: str, area: str = "KD", **cells: object) -> Case:
    """Hand a record in; `sealed` and `hours` stand beside its cells."""
    at = AT + timedelta(hours=float(str(cells.pop("hours", 0))))
    sealed_by = "somebody" if cells.pop("sealed", False) else ""
    usual = {"kind": "death", "agency": "MPS", "latitude": 51.5, "longitude": 0.08}
    return record(case_id, area, at, sealed_by, **{"premises": "burial_ground", **usual, **cells})


def a_pair(first: Case, second: Case, state: str = "open") -> Pair:
    """Let a round have found a pair; `first` is the one that was compared."""
    figures = {
        "at": AT + timedelta(hours=2), "rank": 1, "micro_bans": 1_800_000, "chance": 0.01,
        "compared": 811, "tier": "similarity", "relation": "lead", "alert": False,
        "findings": FINDINGS, "other_explanations": ["One footpath"],
    }  # fmt: skip
    run = round_found(AT, [candidate(first, second, figures)], compared=812)
    Run.objects.filter(pk=run.pk).update(version="0.8.0", deaths_a_year=11_000)
    pair = pair_of(first.case_id, second.case_id)
    if state != pair.state:
        pair.state = state
        pair.save(update_fields=["state"])
    return pair


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
