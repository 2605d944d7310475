"""The survey job on small made files: what it knows when, and what it finds."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from clew.errors import InputRejected, UsageRejected
from clew.model.case import Case, Kind
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.cluster import POISSON, SPACE_TIME_POISSON, BaselineArea, ScanLimits, Survey
from clew.model.judgement import Judgement
from clew.model.values import DAY, Point
from clew.surveillance.request import SurveyRequest
from clew.surveillance.scan.cases import day_of, end_of
from clew.workflows.survey import survey_cases

NOON = 12 * 3600
FEW = ScanLimits(replications=99)
PLANTED = Point(51.55, 0.05, 50)


def death(number: int, day: int, point: Point | None, **other: object) -> Case:
    return Case(f"D-{number:04d}", day * DAY + NOON, point=point, **other)  # type: ignore[arg-type]


def scattered(count: int = 150, days: int = 100) -> list[Case]:
    """Deaths at random at forty places."""
    rng = np.random.default_rng(5)
    spots = [Point(51.5 + 0.02 * (k % 8), -0.1 + 0.03 * (k // 8), 50) for k in range(40)]
    return [
        death(n, int(rng.integers(0, days)), spots[int(rng.integers(0, 40))], age_years=70.0)
        for n in range(count)
    ]


def planted(count: int = 8, day: int = 95) -> list[Case]:
    """Many deaths within three days near one place."""
    return [
        death(9000 + n, day + n % 3, replace(PLANTED, longitude=0.05 + 0.001 * n), age_years=22.0)
        for n in range(count)
    ]


def file_of(cases: list[Case], zone: str = "Europe/London") -> CaseFile:
    histories = [CaseHistory(c.case_id, ((c.reported_at, c),)) for c in cases]
    histories.sort(key=lambda h: (h.versions[0][0], h.case_id))
    return CaseFile("made.csv", tuple(histories), timezone=zone)


def survey(cases: list[Case], **options: object) -> Survey:
    settings = SurveyRequest(limits=FEW, **options)  # type: ignore[arg-type]
    return survey_cases(file_of(cases), settings)


def figures(found: Survey) -> list[tuple[object, ...]]:
    return [
        (c.statistic, c.observed, c.expected, c.significance, c.zone, c.case_ids)
        for c in found.clusters
    ]


@pytest.mark.parametrize("prospective", [False, True])
def test_a_planted_cluster_is_found(prospective: bool) -> None:
    found = survey(scattered() + planted(), prospective=prospective)
    first = found.clusters[0]
    assert set(first.case_ids) >= {case.case_id for case in planted()}
    assert first.significance.p_value == 0.01
    assert (first.significance.recurrence_days is not None) == prospective
    assert first.zone_days == tuple(sorted(first.zone_days))
    assert len(first.zone_days) >= first.observed


def test_rows_and_days_may_come_in_any_order_and_at_any_time() -> None:
    cases = scattered() + planted()
    plain = survey(cases)
    assert figures(survey(cases[::-1])) == figures(plain)
    later = [replace(case, reported_at=case.reported_at + 700 * DAY) for case in cases]
    moved = survey(later)
    shown = [(c.statistic, c.zone, c.case_ids) for c in plain.clusters]
    assert [(c.statistic, c.zone, c.case_ids) for c in moved.clusters] == shown
    assert moved.clusters[0].first_day == plain.clusters[0].first_day + 700


def test_a_daily_scan_knows_only_its_day() -> None:
    """Whatever is reported, or becomes known, later changes no figure of an earlier scan."""
    cases = scattered() + planted()
    zone = ZoneInfo("Europe/London")
    ends = end_of(96, zone)
    early = survey(cases, prospective=True, begins=90 * DAY, ends=ends)
    later = [death(5000 + n, 97 + n % 3, Point(51.4, 0.2, 50)) for n in range(20)]
    assert figures(survey(cases + later, prospective=True, begins=90 * DAY, ends=ends)) == figures(
        early
    )
    assert [scan.scanned_on for scan in early.scans] == list(range(90, 97))
    for scan in early.scans:
        for cluster in scan.clusters:
            assert cluster.last_day <= scan.scanned_on


def test_a_point_that_came_late_counts_from_then_on() -> None:
    cases = scattered() + planted()
    case_file = file_of(cases)
    moved = []
    for history in case_file.histories:
        at, case = history.versions[0]
        if case.case_id.startswith("D-9"):
            known_later = ((at, replace(case, point=None)), (at + 30 * DAY, case))
            moved.append(replace(history, versions=known_later))
        else:
            moved.append(history)
    options = SurveyRequest(limits=FEW, prospective=True)
    blind = survey_cases(replace(case_file, histories=tuple(moved)), options)
    assert not any(c.startswith("D-9") for one in blind.clusters for c in one.case_ids)
    assert [len(one.case_ids) for one in blind.unsearched] == [8]
    assert "no point" in blind.unsearched[0].reason
    hindsight = survey_cases(
        replace(case_file, histories=tuple(moved)), replace(options, prospective=False)
    )
    assert any(c.startswith("D-9") for one in hindsight.clusters for c in one.case_ids)


def test_what_cannot_be_scanned_is_told() -> None:
    cases = [
        *scattered(60),
        death(7001, 50, None),
        death(7002, 51, Point(51.5, 0.0, 5000)),
        death(7003, 52, Point(51.5, 0.0, 50), kind=Kind.NON_FATAL),
        death(7004, 53, Point(51.5, 0.0, 50)),
    ]
    found = survey(cases, strata=("young",))
    told = {one.reason: one.case_ids for one in found.unsearched}
    assert sorted(told.values()) == [("D-7001",), ("D-7002",), ("D-7003",), ("D-7004",)]
    assert found.known == 64
    assert found.scans[0].cases == 61


def test_a_stratum_is_scanned_by_itself_and_p_is_corrected() -> None:
    crowd = [death(3000 + n, 90 + n % 7, PLANTED, age_years=80.0) for n in range(10)]
    earlier = [death(4000 + n, n, PLANTED, age_years=80.0) for n in range(90)]
    found = survey(scattered() + crowd + earlier + planted(4), strata=("young", "outdoors"))
    young = [c for c in found.clusters if c.stratum == "young"]
    assert {scan.stratum for scan in found.scans} == {"all", "young", "outdoors"}
    assert all(c.significance.strata == 3 for c in found.clusters)
    for one in found.clusters:
        assert one.significance.p_corrected == min(1.0, 3 * one.significance.p_value)
    assert all(case.startswith("D-9") for one in young for case in one.case_ids)


def test_a_verified_double_report_counts_once() -> None:
    cases = scattered(60) + planted(3)
    said = Judgement(
        "D-9001", "D-9000", "linked", relation="duplicate_report", verified=True, decided_at=None
    )  # type: ignore[call-arg]
    plain, merged = survey(cases), survey(cases, judgements=(said,))
    assert plain.known == merged.known + 1


AREAS = tuple(
    BaselineArea(f"A{k}", Point(51.5 + 0.02 * (k % 5), -0.1 + 0.03 * (k // 5)), 100.0 + k)
    for k in range(20)
)


@pytest.mark.parametrize("model", [POISSON, SPACE_TIME_POISSON])
def test_poisson_models_find_more_than_the_baseline(model: str) -> None:
    rng = np.random.default_rng(8)
    cases = [
        death(n, int(rng.integers(0, 60)), None, area=f"A{int(rng.integers(0, 20))}")
        for n in range(200)
    ]
    cases += [death(8000 + n, 58 + n % 2, None, area="A7") for n in range(25)]
    cases.append(death(8999, 10, None, area="elsewhere"))
    found = survey(cases, model=model, baseline=AREAS)
    first = found.clusters[0]
    assert AREAS[7].middle in first.zone.places
    assert first.significance.p_value == 0.01
    assert [one.case_ids for one in found.unsearched] == [("D-8999",)]
    total = sum(area.expected for area in AREAS)
    share = sum(a.expected for a in AREAS if a.middle in first.zone.places) / total
    days = first.last_day - first.first_day + 1 if model == SPACE_TIME_POISSON else 60
    assert first.expected == pytest.approx(225 * share * days / 60)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"limits": ScanLimits(max_days=0)}, "no window"),
        ({"limits": ScanLimits(max_radius_km=float("nan"))}, "radius"),
        ({"limits": ScanLimits(max_share=0.0)}, "largest radius"),
        ({"limits": ScanLimits(step_days=14)}, "step"),
        ({"strata": ("sad",)}, "unknown stratum 'sad'"),
        ({"model": POISSON}, "baseline"),
        ({"baseline": AREAS}, "baseline"),
        ({"model": POISSON, "baseline": AREAS, "prospective": True}, "no time"),
        ({"begins": 99 * DAY, "ends": 3 * DAY}, "--from"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, object], said: str) -> None:
    settings = replace(SurveyRequest(limits=FEW), **options)  # type: ignore[arg-type]
    with pytest.raises(UsageRejected, match=said):
        survey_cases(file_of(scattered(20)), settings)


def test_a_file_without_a_place_is_refused() -> None:
    with pytest.raises(InputRejected, match="point"):
        survey([death(1, 1, None), death(2, 2, None)])


@pytest.mark.parametrize("zone", ["Europe/London", "America/Los_Angeles", "Pacific/Apia"])
def test_the_end_of_a_day_is_its_last_second(zone: str) -> None:
    there = ZoneInfo(zone)
    for day in (15_000, 15_338, 16_159):  # with changes of the clock, and a day that Apia lost
        end = end_of(day, there)
        assert day_of(end, there) <= day
        assert day_of(end + 1, there) > day
