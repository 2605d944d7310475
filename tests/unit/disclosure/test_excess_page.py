"""Unusual counts on the page: innocent explanations, no name, no rank, each chart with a table."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from clew.disclosure.csv_files import excess_rows, write_table
from clew.disclosure.report import environment
from clew.disclosure.surveillance_words import EXPLANATIONS, KIND_WORD, PERSONAL, say_times
from clew.disclosure.survey_page import show_excess
from clew.model.excess import (
    EXCESS_COLUMNS,
    SUBJECT_KINDS,
    UNIT_KINDS,
    ExcessAnswer,
    Funnel,
    FunnelPoint,
    KindWatched,
    TemporalAlert,
    TimeProfile,
    UnitExcess,
    Variation,
)

HOURS = TimeProfile((0,) * 13 + (9, 12, 10) + (1,) * 8, (5,) * 24, 13, 3, 31, 9.4, 0.0005)
UNIT = UnitExcess(
    kind="certifier",
    unit="D7",
    period="2016-02/2016-04",
    observed=14,
    expected=4.2,
    statistic=7.5,
    boundary=5.0,
    signal_date="2016-04-30",
    p_value=2e-4,
    p_corrected=0.03,
    watched=140,
    method="cusum",
    case_ids=("C1", "C2"),
    steps=(("2016-01", 0.0, 5.0), ("2016-02", 3.0, 5.0), ("2016-04", 7.5, 5.0)),
    hours=HOURS,
    weekdays=TimeProfile((2,) * 7, (9,) * 7, 1, 2, 4, 4.0, 0.9),
)
QUIET = replace(UNIT, unit="<b>A1", signal_date=None, statistic=0.0, steps=(), hours=None)
ALERT = TemporalAlert(
    kind="substance",
    subject="carfentanil",
    first_week="2017-07-31",
    last_week="2017-08-14",
    signal_date="2017-08-20",
    observed=6,
    expected=0.9,
    threshold=4.0,
    score=1.6,
    p_value=1e-4,
    complete=0.7,
    method="history",
    watched=70,
)
ANSWER = ExcessAnswer(
    begins="2014-01-01",
    ends="2017-12-31",
    false_signals_a_year=0.5,
    ratio=2.0,
    kinds=(KindWatched("certifier", 140, 9000), KindWatched("agency", 1, 9, note="too few units")),
    units=(UNIT, QUIET),
    funnels=(
        Funnel(
            "certifier",
            (FunnelPoint("certifier", "D7", 30, 9.0, True), FunnelPoint("c", "D8", 8, 9.0, False)),
            tuple((float(k), k / 3, k * 2.0, k / 5, k * 3.0) for k in range(1, 11)),
            Variation(0.3),
        ),
    ),
    alerts=(ALERT,),
    subjects_watched=70,
    typical_delay_days=21.0,
    time_basis="when it happened",
)
PAGE = '{% import "excess.html.j2" as e with context %}{{ e.units(shown) }}{{ e.weeks(shown) }}'


def page(answer: ExcessAnswer, *, public: bool = False) -> str:
    shown = show_excess(answer, public=public)
    return environment().from_string(PAGE).render(shown=shown)


def test_a_signal_is_said_with_its_innocent_explanations() -> None:
    html = page(ANSWER)
    said = "This count is unusual. 14 cases from February 2016 to April 2016; 4.2 were expected."
    assert said in html
    assert "Innocent explanations to rule out first" in html
    assert all(text.replace("'", "&#39;") in html for text in EXPLANATIONS["certifier"])
    assert "about 1 in 5,000" in html
    assert "Not watched: too few units" in html
    assert "13:00 to 16:00" in html
    assert "one in 2 years" in html
    assert "21 days late" in html


def test_every_chart_has_its_table_and_its_words() -> None:
    html = page(ANSWER)
    assert html.count("<svg") == 4
    assert html.count("The same as a table") == 4
    assert html.count('role="img"') == html.count("<desc") == 4
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    labels = re.findall(r'aria-label="([^"]+)"', html)
    assert len(labels) == len(set(labels))
    assert "style=" not in html


def test_a_public_page_holds_no_key_of_a_person_and_no_case() -> None:
    html = page(ANSWER, public=True)
    assert "D7" not in html
    assert "C1" not in html
    assert "key withheld" in html
    assert {"caller", "certifier", "finder"} == PERSONAL


def test_nothing_found_is_no_clearance() -> None:
    html = page(replace(ANSWER, units=(QUIET,), alerts=(), typical_delay_days=0.0))
    assert html.count("is not a ground for closing") == 2
    assert "They may not be." in html


def test_every_kind_has_words_and_explanations() -> None:
    assert set(EXPLANATIONS) == set(UNIT_KINDS)
    assert set(KIND_WORD) == {*UNIT_KINDS, *SUBJECT_KINDS}
    assert list(UNIT_KINDS) == sorted(UNIT_KINDS)


@pytest.mark.parametrize(
    ("p", "html"),
    [
        (0.9, "more often than not"),
        (0.5, "more often than not"),
        (0.1, "about 1 in 10"),
        (0.0123, "about 1 in 81"),
        (2e-4, "about 1 in 5,000"),
        (1e-9, "less than once in a million"),
    ],
)
def test_chances_in_words(p: float, html: str) -> None:
    assert say_times(p) == html


def test_the_table_is_in_the_order_of_the_alphabet(tmp_path: Path) -> None:
    write_table(tmp_path / "excess.csv", EXCESS_COLUMNS, excess_rows(ANSWER))
    with (tmp_path / "excess.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert tuple(head) == EXCESS_COLUMNS
    assert rows == sorted(rows)
    assert [row[6] for row in rows] == ["", "2016-04-30", "2017-08-20"]
    assert rows[2][:3] == ["substance", "carfentanil", "2017-07-31/2017-08-14"]
