"""Excess of a whole file: what rose is found, what did not is quiet, and nothing leaks back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from clew.errors import UsageRejected
from clew.model.case import Case, Entity
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.excess import ExcessAnswer, Expected
from clew.model.values import DAY
from clew.surveillance.excess.alerts import temporal_alerts
from clew.surveillance.excess.excess import survey_excess
from clew.surveillance.excess.units import deaths_of, opaque, sightings_of, units_of
from clew.surveillance.excess.weekly import (
    MOST_WEEKS,
    Weekly,
    Weeks,
    WeekSetting,
    share_known,
    weekly_of,
)
from clew.surveillance.request import SurveyRequest
from survey_excess_real import nowcast

ASKED = SurveyRequest(seed=0)
BEGIN = datetime(2016, 1, 1, tzinfo=UTC)
MONTHS = 36


def history(case: Case, *later: tuple[int, Case]) -> CaseHistory:
    return CaseHistory(case.case_id, ((case.reported_at, case), *later))


def a_file(histories: list[CaseHistory]) -> CaseFile:
    ordered = sorted(histories, key=lambda h: (h.versions[0][0], h.case_id))
    return CaseFile("made.csv", tuple(ordered), timezone="UTC")


def made(rising: str | None = "home-3", months: int = MONTHS) -> list[CaseHistory]:
    """Twenty care homes of three deaths a month; one of them nine from month 20 on."""
    rng = np.random.default_rng(12)
    found = []
    for k in range(20):
        for month in range(months):
            rate = 9.0 if f"home-{k}" == rising and month >= 20 else 3.0
            for _ in range(rng.poisson(rate)):
                at = BEGIN + timedelta(days=30.4 * month + rng.uniform(0, 30))
                number = f"C{len(found):05}"
                found.append(
                    Case(
                        number,
                        int(at.timestamp()),
                        place_key=f"home-{k}",
                        premises="care_home",
                        area="north" if k % 2 else "south",
                        entities=(Entity("certifier", "person", f"D{k % 7}"),),
                    )
                )
    return [history(case) for case in found]


@pytest.fixture(scope="module")
def risen() -> list[CaseHistory]:
    return made()


@pytest.fixture(scope="module")
def whole(risen: list[CaseHistory]) -> ExcessAnswer:
    return survey_excess(a_file(risen), ASKED)


def homes(answer: ExcessAnswer) -> dict[str, tuple[str | None, int]]:
    units = [u for u in answer.units if u.kind == "institution"]
    return {u.unit: (u.signal_date, u.observed) for u in units}


def test_the_home_that_rose_signals_soon_and_no_other(
    risen: list[CaseHistory], whole: ExcessAnswer
) -> None:
    answer = whole
    signals = [unit for unit in answer.signals if unit.kind == "institution"]
    assert [unit.unit for unit in signals] == ["home-3"]
    assert "2017-08-31" <= str(signals[0].signal_date) <= "2017-12-31"
    assert signals[0].p_corrected < 0.01
    assert signals[0].observed > 2 * signals[0].expected
    assert {case for unit in signals for case in unit.case_ids} <= {h.case_id for h in risen}
    assert [u.unit for u in answer.units] == [
        u.unit for u in sorted(answer.units, key=lambda u: (u.kind, u.unit))
    ]


def test_nothing_rose_nothing_signals() -> None:
    assert survey_excess(a_file(made(None)), ASKED).signals == ()


def test_order_of_rows_and_names_of_units_change_nothing(
    risen: list[CaseHistory], whole: ExcessAnswer
) -> None:
    plain = homes(whole)
    shuffled = list(risen)
    np.random.default_rng(1).shuffle(shuffled)  # type: ignore[arg-type]
    file = replace(a_file(risen), histories=tuple(shuffled))
    assert homes(survey_excess(file, ASKED)) == plain
    renamed = [
        history(replace(h.versions[0][1], place_key=f"x9-{h.versions[0][1].place_key}"))
        for h in risen
    ]
    assert homes(survey_excess(a_file(renamed), ASKED)) == {f"x9-{k}": v for k, v in plain.items()}


def test_what_came_later_changes_no_earlier_answer(
    risen: list[CaseHistory], whole: ExcessAnswer
) -> None:
    until = int((BEGIN + timedelta(days=30.4 * 28)).timestamp())
    file = a_file(risen)
    known = replace(file, histories=tuple(h for h in file.histories if h.versions[0][0] <= until))
    options = replace(ASKED, ends=until)
    answer = survey_excess(known, options)
    assert survey_excess(file, options) == answer
    early, late = homes(answer), homes(whole)
    assert early["home-3"][0] == late["home-3"][0] is not None


def test_signals_before_the_stretch_asked_for_are_not_told(risen: list[CaseHistory]) -> None:
    begins = int(datetime(2018, 6, 1, tzinfo=UTC).timestamp())
    answer = survey_excess(a_file(risen), replace(ASKED, begins=begins))
    assert answer.signals == ()
    assert any(unit.unit == "home-3" for unit in answer.units)


def test_given_expectations_are_tested_by_the_exact_test(risen: list[CaseHistory]) -> None:
    rows = tuple(
        Expected("institution", f"home-{k}", str(year), 36.0)
        for k in (3, 4)
        for year in (2016, 2017, 2018)
    )
    answer = survey_excess(a_file(risen), replace(ASKED, expected=rows))
    tested = {u.unit: u for u in answer.units if u.method == "sprt"}
    assert set(tested) == {"home-3", "home-4"}
    assert tested["home-3"].signal_date == "2018-12-31"
    assert tested["home-4"].signal_date is None
    assert not [u for u in answer.units if u.unit == "home-3" and u.method == "cusum"]


def test_a_short_file_says_so() -> None:
    answer = survey_excess(a_file(made(None, months=10)), ASKED)
    assert answer.signals == ()
    assert any("fewer than 18 months" in note for note in answer.notes)
    assert survey_excess(a_file([]), ASKED).units == ()


@pytest.mark.parametrize(("name", "value"), [("false_signals", 0.0), ("ratio", 1.0)])
def test_senseless_options_are_refused(name: str, value: float) -> None:
    with pytest.raises(UsageRejected):
        survey_excess(a_file(made(None, months=2)), replace(ASKED, **{name: value}))


def test_a_name_is_never_a_unit_and_some_roles_are_never_counted() -> None:
    people = tuple(
        Entity(role, "person", f"{role} Jane Roe")
        for role in ("accused", "caller", "certifier", "finder", "officer", "paramedic")
    )
    units = units_of(Case("A", 0, entities=people, place_key="1 High Street"))
    assert sorted(kind for kind, _ in units) == ["caller", "certifier", "finder", "place"]
    assert all(unit.startswith("key-") for _, unit in units)
    assert opaque("certifier", "D7") == "D7"


def test_a_unit_counts_from_when_it_was_recorded() -> None:
    bare = Case("A", 1000)
    told = replace(bare, entities=(Entity("certifier", "person", "D1"),))
    file = a_file([history(bare, (90 * DAY, told))])
    assert [s.at for s in sightings_of(deaths_of(file, None))] == [90 * DAY]
    assert sightings_of(deaths_of(file, 80 * DAY)) == []


# Weeks


def weekly(subject: str, counts: np.ndarray, delay: int = 0) -> Weekly:
    at = np.repeat(np.arange(len(counts)), counts)
    return Weekly("substance", subject, at, at + delay)


def setting(ends: int) -> WeekSetting:
    return WeekSetting(0.05, 2.0, 0, ends, 0)


def test_an_outbreak_is_found_and_a_quiet_substance_stays_quiet() -> None:
    rng = np.random.default_rng(30)
    season = 3 + np.sin(2 * np.pi * np.arange(260) / 52.18)
    quiet, loud = rng.poisson(season), rng.poisson(season)
    loud[230:236] += 14
    weeks = Weeks([weekly("quiet", quiet), weekly("loud", loud)], 0)
    found = temporal_alerts(weeks, setting(259))
    assert [alert.subject for alert in found] == ["loud"]
    assert found[0].signal_date == setting(259).last_day(230)
    assert found[0].last_week >= setting(259).day(234)


def test_something_new_that_grows_fast_is_found() -> None:
    rng = np.random.default_rng(31)
    series = [weekly("old", rng.poisson(6, 260))]
    for k in range(14):  # newcomers that go on rarely
        counts = np.zeros(260, int)
        start = 30 + 11 * k
        counts[start] = 1
        counts[start + 1 :] = rng.poisson(0.03, 259 - start)
        series.append(weekly(f"rare-{k:02}", counts))
    counts = np.zeros(260, int)
    counts[215:] = rng.poisson(np.linspace(0.5, 5, 45))
    series.append(weekly("wave", counts))
    found = temporal_alerts(Weeks(series, 0), setting(259))
    assert [(alert.subject, alert.method) for alert in found] == [("wave", "newcomer")]
    assert found[0].signal_date <= setting(259).last_day(230)


def test_delay_is_learned_and_the_nowcast_is_unbiased() -> None:
    rng = np.random.default_rng(32)
    truth, raw, cast = np.zeros(12), np.zeros(12), np.zeros(12)
    for now in range(150, 250, 5):
        happened = np.repeat(np.arange(now + 1), rng.poisson(20, now + 1))
        known = happened + rng.geometric(0.25, len(happened)) - 1
        share = share_known(happened, known, now)
        seen = np.bincount(happened[known <= now], minlength=now + 1)
        last = slice(now - 11, now + 1)
        truth += np.bincount(happened, minlength=now + 1)[last]
        raw += seen[last]
        cast += nowcast(seen, share, now)[last]
    assert raw[-1] / truth[-1] == pytest.approx(0.25, abs=0.05)
    assert cast / truth == pytest.approx(np.ones(12), abs=0.12)
    assert cast.sum() / truth.sum() == pytest.approx(1, abs=0.03)


def test_the_delay_is_told_from_what_was_known_alone() -> None:
    happened = np.repeat(np.arange(120), 3)
    known = happened + np.tile([0, 2, 5], 120)
    later = known <= 110
    assert share_known(happened, known, 110) == pytest.approx(
        share_known(happened[later], known[later], 110)
    )
    few = share_known(happened[:9], known[:9], 110)
    assert few == pytest.approx(np.ones(MOST_WEEKS + 1))


def test_late_results_do_not_hide_an_outbreak_nor_make_one() -> None:
    rng = np.random.default_rng(33)
    quiet, loud = rng.poisson(8, 230), rng.poisson(8, 230)
    loud[215:] += 22
    series = []
    for name, counts in (("quiet", quiet), ("loud", loud)):
        at = np.repeat(np.arange(230), counts)
        series.append(Weekly("substance", name, at, at + rng.integers(0, 6, len(at))))
    found = temporal_alerts(Weeks(series, 0), setting(229))
    assert [alert.subject for alert in found] == ["loud"]
    assert found[0].complete < 1
    assert found[0].signal_date <= setting(229).last_day(222)


def test_a_case_counts_in_the_week_it_happened_once_it_is_known() -> None:
    bare = Case("A", 1000 * DAY)
    told = replace(bare, substances=("fentanyl",))
    file = a_file([history(bare, (1040 * DAY, told))])
    (one,) = weekly_of(deaths_of(file, None), ZoneInfo("UTC"))
    assert (one.subject, int(one.known[0] - one.happened[0])) == ("fentanyl", 6)
