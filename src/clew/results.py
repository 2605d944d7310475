"""What the functions of `clew.api` return: the nouns, which are also tables and can be saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from clew.disclosure.candidates import write_candidates
from clew.disclosure.chance_words import say_chance, say_like_chance
from clew.disclosure.comparison import FEW_REASONS, say_missing, say_reasons
from clew.disclosure.csv_files import (
    LINK_COLUMNS,
    excess_rows,
    shown_links,
    write_alerts,
    write_clusters,
    write_links,
    write_run,
    write_series,
    write_table,
)
from clew.disclosure.curve import MINUTES, curve_of, curve_rows
from clew.disclosure.record_identity import namer
from clew.disclosure.replay_page import render_replay
from clew.disclosure.report import render_report
from clew.disclosure.survey_page import excess_sections, render_survey
from clew.disclosure.words import Clock, date_of
from clew.model.alert import Replay
from clew.model.case import Case
from clew.model.cluster import DeclaredLink, Survey
from clew.model.contract import ALERT_COLUMNS, CURVE_COLUMNS
from clew.model.excess import EXCESS_COLUMNS, ExcessAnswer
from clew.model.finding import MICRO, Answer
from clew.outputs import output_folder, write_output
from clew.tabular import Tabular
from clew.workflows.explain import Explained
from clew.workflows.like import LikeAnswer

Kind = TypeVar("Kind")


def as_kind(kind: type[Kind], noun: Any) -> Kind:
    """Return a noun as its public kind, which has the same fields."""
    return kind(**{field.name: getattr(noun, field.name) for field in fields(noun)})


class LinkAnswer(Tabular, Answer):
    """What `link` returns: an `Answer`. A row is a link that a person may read, as in links.csv.

    `links` has all candidates; links.parquet has them as columns.
    """

    columns = LINK_COLUMNS
    shown = ("case_a", "case_b", "how_often", "reasons_for", "reasons_against", "missing")

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the links; `how_often` says how often unrelated deaths match this well."""
        known = (self.deaths_a_year, self.crime, self.compared)
        for link, breakdown in shown_links(self):
            findings = breakdown.findings
            yield {
                "case_a": link.case_a,
                "case_b": link.case_b,
                "rank": link.rank,
                "weight_bans": link.micro_bans / MICRO,
                "chance_per_case": link.chance,
                "tier": str(link.tier),
                "relation": str(link.relation),
                "reasons_for": say_reasons(findings, 1),
                "reasons_against": say_reasons(findings, -1),
                "missing": say_missing(findings),
                "how_often": say_chance(link.chance, *known).sentence,
            }

    def save_links(
        self, path: str | Path, *, every: bool = False, all_reasons: bool = False
    ) -> None:
        """Write links.csv: what a person may read, three reasons of a kind.

        With `every`, every candidate; with `all_reasons`, every reason.
        """
        write_links(Path(path), self, every=every, most=None if all_reasons else FEW_REASONS)

    def save_candidates(self, path: str | Path) -> None:
        """Write links.parquet: every candidate, with its findings as columns."""
        write_candidates(Path(path), self)

    def save_series(self, path: str | Path) -> None:
        """Write series.csv."""
        write_series(Path(path), self)

    def save_report(self, path: str | Path) -> None:
        """Write the report: a page that needs no network and runs no script."""
        write_output(path, render_report(self))

    def save(self, folder: str | Path, *, every: bool = False, all_reasons: bool = False) -> None:
        """Write links.csv, links.parquet, series.csv and report.html into a folder.

        It is made where it is missing. `every` and `all_reasons` as for `save_links`.
        """
        with output_folder(folder) as out:
            self.save_links(out / "links.csv", every=every, all_reasons=all_reasons)
            self.save_candidates(out / "links.parquet")
            self.save_series(out / "series.csv")
            self.save_report(out / "report.html")


class PairAnswer(Tabular, Explained):
    """What `explain` returns: one pair. A row is a finding."""

    columns = (
        "evidence",
        "aspect",
        "stance",
        "weight_bans",
        "says",
        "rarity",
        "value_a",
        "value_b",
    )
    shown = ("aspect", "stance", "says", "rarity")

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the findings, in the order of the breakdown."""
        names = ("evidence", "aspect", "says", "rarity", "value_a", "value_b")
        for finding in self.breakdown.findings:
            yield {
                **{name: getattr(finding, name) for name in names},
                "stance": str(finding.stance),
                "weight_bans": finding.micro_bans / MICRO,
            }


class AlikeAnswer(Tabular, LikeAnswer):
    """What `like` returns: other cases, most like the series first."""

    columns = ("rank", "case_id", "weight_bans", "chance")
    shown = ("rank", "case_id", "how_often")

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the cases; `how_often` says how often unrelated ones match the series so well."""
        for case in self.alike:
            yield {
                "rank": case.rank,
                "case_id": case.case_id,
                "weight_bans": case.micro_bans / MICRO,
                "chance": case.chance,
                "how_often": say_like_chance(case.chance, len(self.members)).sentence,
            }


class ReplayAnswer(Tabular, Replay):
    """What `replay` returns. A row is a ranked row, as in alerts.csv."""

    columns = ALERT_COLUMNS
    shown = ("at", "case_id", "linked_case_id", "how_often", "alert", "update")

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the ranked rows in the order of the replay; times in its zone."""
        clock = Clock(ZoneInfo(self.timezone))
        for row in self.rows:
            yield {
                "at": clock.local(row.at),
                "case_id": row.case_id,
                "linked_case_id": row.linked_case_id,
                "rank": row.rank,
                "priority": row.priority,
                "weight_bans": row.micro_bans / MICRO,
                "chance_per_case": row.chance,
                "tier": str(row.tier),
                "relation": str(row.relation),
                "trigger": str(row.trigger),
                "alert": row.alert,
                "update": row.update,
                "series_alert": row.series_alert,
                "how_often": say_chance(row.chance, self.deaths_a_year, self.crime).sentence,
            }

    def save_alerts(self, path: str | Path) -> None:
        """Write alerts.csv."""
        write_alerts(Path(path), self.rows, self)

    def save_report(self, path: str | Path, *, minutes: float = MINUTES) -> None:
        """Write the page of the replay; `minutes` of reading for each alert."""
        write_output(path, render_replay(self, minutes=minutes))

    def save(self, folder: str | Path, *, minutes: float = MINUTES) -> None:
        """Write everything a replay has to say into a folder, made where it is missing.

        Beside alerts.csv: pairs that share a person, phone or place beyond the top (shared.csv),
        every best match that did not alert (below.csv), and those before alerting began
        (warm-up.csv), from which an alert's limit can be worked out again; run.json, replay.html.
        Where other budgets were counted: curve.csv, with `minutes` of reading for each alert.
        """
        with output_folder(folder) as out:
            self.save_alerts(out / "alerts.csv")
            write_alerts(out / "shared.csv", self.beyond, self)
            write_alerts(out / "below.csv", self.below, self)
            write_alerts(out / "warm-up.csv", self.warm_up, self)
            write_run(out / "run.json", self)
            if self.curve:
                write_table(out / "curve.csv", CURVE_COLUMNS, curve_rows(curve_of(self, minutes)))
            self.save_report(out / "replay.html", minutes=minutes)


@dataclass(frozen=True)
class SurveyAnswer(Tabular):
    """What `survey` returns: scans, and counts of units and weeks. A row is a cluster.

    `declared_links` are links that the page shows beside clusters; None: none were given. `cases`
    are those of the unusual counts.
    """

    scans: Survey
    excess: ExcessAnswer
    declared_links: tuple[DeclaredLink, ...] | None = None
    cases: tuple[Case, ...] = ()

    columns = (
        "cluster_id", "stratum", "latitude", "longitude", "radius_km", "first_day", "last_day",
        "observed", "expected", "p_value", "signal", "case_ids",
    )  # fmt: skip
    shown = ("cluster_id", "stratum", "first_day", "last_day", "observed", "expected", "signal")

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the clusters of all scans, in the order of the scans."""
        for scan in self.scans.scans:
            for cluster in scan.clusters:
                yield {
                    "cluster_id": cluster.cluster_id,
                    "stratum": scan.stratum,
                    "latitude": cluster.zone.centre.latitude,
                    "longitude": cluster.zone.centre.longitude,
                    "radius_km": cluster.zone.radius_m / 1000,
                    "first_day": date_of(cluster.first_day),
                    "last_day": date_of(cluster.last_day),
                    "observed": cluster.observed,
                    "expected": cluster.expected,
                    "p_value": cluster.significance.p_value,
                    "signal": self.scans.signals(cluster),
                    "case_ids": list(cluster.case_ids),
                }

    def save_clusters(self, path: str | Path) -> None:
        """Write clusters.csv."""
        write_clusters(Path(path), self.scans)

    def save_excess(self, path: str | Path) -> None:
        """Write excess.csv in the order of the alphabet: units are never ranked."""
        write_table(Path(path), EXCESS_COLUMNS, excess_rows(self.excess))

    def save_report(self, path: str | Path) -> None:
        """Write the page of the survey."""
        scans = self.scans
        cases = {case.case_id: case for case in self.cases}
        name = namer(cases, Clock(ZoneInfo(scans.timezone)))
        further = excess_sections(self.excess, scans.crime, name)
        write_output(path, render_survey(scans, self.declared_links, further))

    def save(self, folder: str | Path) -> None:
        """Write clusters.csv, excess.csv and survey.html into a folder, made where missing."""
        with output_folder(folder) as out:
            self.save_clusters(out / "clusters.csv")
            self.save_excess(out / "excess.csv")
            self.save_report(out / "survey.html")
