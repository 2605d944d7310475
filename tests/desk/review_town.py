"""A small town for the review pages: the four deaths and what the engine said of them.

`review_town.json` was made by `link_cases` on the generator's file (seed 2014, two deaths a day, as
of 16 September 2015): the links of the four deaths and of six others, with every finding.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import timezone

from clew.desk.records.models import Case
from clew.desk.records.take_in import take_in
from clew.desk.review.models import Link, Pair, Run
from clew.desk.rounds.save import view_of
from clew.intake.read import CaseSources
from clew.model.finding import Member, Series

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


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def build(folder: Path) -> Town:
    """Take the records in and put the links, pairs and series beside them."""
    told_ = told()
    sources = CaseSources(
        write_rows(folder / "cases.csv", told_["cases"]),
        facts=write_rows(folder / "facts.csv", told_["facts"]),
        coverage=write_rows(folder / "coverage.csv", told_["coverage"]),
    )
    taken = take_in(sources, "test")
    assert not taken.refused, taken.refused
    run = Run.objects.create(
        as_of=AS_OF, ran_at=AS_OF, version=told_["version"], weights=told_["weights"],
        compared=told_["compared"], deaths_a_year=told_["deaths_a_year"],
        coverage=told_["coverage"],
    )  # fmt: skip
    cases = {case.case_id: case for case in Case.objects.all()}
    pairs = {}
    for row in told_["links"]:
        link = make_link(run, cases, row)
        key = (row["case"], row["other"])
        pairs[key] = Pair.objects.create(
            first=cases[key[0]], second=cases[key[1]], link=link, area=cases[key[0]].area,
            priority=link.priority, within_budget=link.alert, since=SINCE,
        )  # fmt: skip
    for row in told_["series"]:
        # How each joined is not in the file, and no page of the town tells it.
        members = tuple(Member(case_id, None, 0) for case_id in row["members"])
        view_of(run, Series(**{**row, "members": members})).save()
    return Town(run, pairs)


def make_link(run: Run, cases: dict[str, Case], row: dict[str, Any]) -> Link:
    """Make one link as the round does: priority is -log10 of chance."""
    from math import log10  # noqa: PLC0415

    alert = row["rank"] == 1 and row["chance"] < 0.01
    rest = {k: row[k] for k in ("rank", "micro_bans", "chance", "compared", "tier", "relation")}
    return Link.objects.create(
        run=run, case=cases[row["case"]], other=cases[row["other"]],
        at=cases[row["case"]].reported_at, priority=-log10(row["chance"]), trigger="new_case",
        alert=alert, findings=row["findings"], other_explanations=row["other_explanations"],
        **rest,
    )  # fmt: skip


def just_now() -> datetime:
    """Return a minute ago: a time that is not in the future."""
    return timezone.now() - timedelta(minutes=1)
