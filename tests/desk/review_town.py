"""A small town for the review pages: the four deaths and what the engine said of them.

`review_town.json` was made by `link_cases` on the generator's file (seed 2014, two deaths a day, as
of 16 September 2015): the links of the four deaths and of six others, with every finding.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone
from made_desk import candidate, pair_of, round_found, write_rows

from clew.desk.records.models import Case
from clew.desk.records.take_in import take_in
from clew.desk.review.models import Pair
from clew.desk.review.runs import Run
from clew.intake.read import CaseSources

AS_OF = datetime(2015, 9, 16, 22, tzinfo=UTC)
SINCE = datetime(2015, 9, 16, 7, tzinfo=UTC)


@dataclass(frozen=True)
class Town:
    """What was made: the run, and the pairs by the ids of their two cases."""

    run: Run
    pairs: dict[tuple[str, str], Pair]

    def pair(self, first: str = "BD-4", second: str = "BD-1") -> Pair:
        return self.pairs[(first, second)]

    def address(self, first: str = "BD-4", second: str = "BD-1") -> str:
        return f"/pair/{self.pair(first, second).pk}"


@cache
def told() -> dict[str, Any]:
    """Return the file's content."""
    found: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return found


def build(folder: Path) -> Town:
    """Take the records in, and commit what the engine found as a round does."""
    told_ = told()
    sources = CaseSources(
        write_rows(folder / "cases.csv", told_["cases"]),
        facts=write_rows(folder / "facts.csv", told_["facts"]),
        coverage=write_rows(folder / "coverage.csv", told_["coverage"]),
    )
    taken = take_in(sources, "test")
    assert not taken.refused, taken.refused
    cases = {case.case_id: case for case in Case.objects.all()}
    found = [
        candidate(cases[row["case"]], cases[row["other"]], _told(row)) for row in told_["links"]
    ]
    run = round_found(AS_OF, found, told_["weights"], told_["compared"])
    # The file is an excerpt: how many deaths a year there are, the whole of it told.
    Run.objects.filter(pk=run.pk).update(
        ran_at=AS_OF, version=told_["version"], deaths_a_year=told_["deaths_a_year"]
    )
    Pair.objects.update(since=SINCE)
    run.refresh_from_db()
    keys = [(row["case"], row["other"]) for row in told_["links"]]
    return Town(run, {key: pair_of(*key) for key in keys})


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "alert": row["rank"] == 1 and row["chance"] < 0.01}


def just_now() -> datetime:
    """Return a minute ago: a time that is not in the future."""
    return timezone.now() - timedelta(minutes=1)
