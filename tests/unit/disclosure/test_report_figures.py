import re
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from sample_answer import LOCK_QUAY, QUAY_MILL, at, breakdown, found, window

from clew.disclosure.figures.charts import Dated, axis_ticks, draw_timeline, draw_waterfall
from clew.disclosure.figures.map import Placed, distance_words, draw_map, length_words
from clew.disclosure.words import Clock, time_between
from clew.model.distance import distance_m
from clew.model.values import DAY, EARTH_RADIUS_M, Point

CLOCK = Clock(ZoneInfo("Europe/London"))


def spans(steps):
    """Return start and end of each bar."""
    found_ = [re.search(r'x="([\d.]+)" y="3" width="([\d.]+)"', step.bar) for step in steps]
    return [(float(m[1]), float(m[1]) + float(m[2])) for m in found_ if m]


def test_waterfall_bars_join_and_end_at_the_sum():
    steps = draw_waterfall(LOCK_QUAY)
    bars = spans(steps)
    weights = sorted((f.micro_bans for f in LOCK_QUAY.findings if f.micro_bans > 0), reverse=True)
    assert [s.direction for s in steps[: len(weights)]] == ["for"] * len(weights)
    for before, after in pairwise(bars[: len(weights)]):
        assert after[0] == pytest.approx(before[1], abs=0.21)
    total_for, whole = sum(weights), bars[-1]
    width = bars[len(weights) - 1][1] - bars[0][0]
    assert (whole[1] - whole[0]) / width == pytest.approx(
        LOCK_QUAY.micro_bans / total_for, abs=0.01
    )


def test_waterfall_tells_sizes_in_words_and_no_number():
    steps = draw_waterfall(QUAY_MILL)
    assert [(s.label, s.direction, s.size) for s in steps][:2] == [
        ("Posture", "for", "large"),
        ("Distance", "for", "large"),
    ]
    assert steps[-1].label == "All together"
    assert not any(char.isdigit() for s in steps for char in s.label + s.direction + s.size)


def test_waterfall_below_zero_stays_in_the_picture():
    steps = draw_waterfall(breakdown("A", "B", found("x", "y", -2, ""), found("x", "z", 0.5, "")))
    assert all(0 <= low <= high <= 200 for low, high in spans(steps))
    assert steps[-1].direction == "against"
    assert draw_waterfall(breakdown("A", "B", found("x", "y", 0, "missing"))) == ()


def test_distance_and_its_words():
    a = Point(51.535, 0.081, 50)
    assert distance_m(a, a) == 0
    quarter = distance_m(Point(0, 0), Point(90, 0))
    assert quarter == pytest.approx(EARTH_RADIUS_M * 3.141592653589793 / 2)
    assert distance_m(Point(0, 179.999), Point(0, -179.999)) < 250
    assert distance_words(a, Point(51.535, 0.076, 100)) == "about 350 m, give or take 150 m"
    assert distance_words(a, Point(51.44, 0.37)) == "about 23 km, precision not recorded"
    assert [length_words(m) for m in (4, 347, 996, 1_449, 9_960)] == [
        *("4 m", "350 m", "1.0 km", "1.4 km", "10 km"),
    ]


def test_map_draws_circles_scale_and_north_and_merges_markers():
    places = [
        Placed("A", "one", Point(51.535, 0.081, 50)),
        Placed("B", "two", Point(51.535, 0.076, 100)),
        Placed("C", "three", Point(51.535, 0.076)),
        Placed("D", "four", None),
    ]
    svg = str(draw_map(places, "m"))
    assert svg.count('class="precision"') == 2
    assert ">B, C<" in svg
    assert ">N<" in svg
    assert ">200 m<" in svg
    assert "one, within 50 m" in svg
    assert "four" not in svg
    assert draw_map(places[3:], "m") is None


@pytest.mark.parametrize(
    "points",
    [
        [Point(0, 0)],
        [Point(90, 0), Point(-90, 180)],
        [Point(10, 179.9, 5), Point(10, -179.9, 5e6)],
        [Point(51, 0, 1e-9), Point(51, 0, 1e-9)],
    ],
)
def test_map_stays_inside_its_frame(points):
    places = [Placed(chr(65 + i), str(i), p) for i, p in enumerate(points)]
    svg = str(draw_map(places, "m"))
    marks = [float(x) for x in re.findall(r'class="on" x="([-\d.]+)"', svg)]
    assert marks
    assert all(0 <= x <= 320 for x in marks)
    assert "nan" not in svg
    assert "inf" not in svg


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2031-06-03T04:00", "2031-06-03T09:00"),
        ("2031-03-29T04:00", "2031-04-02T09:00"),
        ("2031-06-03", "2031-07-30"),
        ("2031-06-03", "2032-08-28"),
        ("1998-06-03", "2032-08-28"),
        ("1801-06-03", "2032-08-28"),
    ],
)
def test_timeline_has_few_ticks_within_its_ends(first, last):
    start, end = at(first), max(at(last), at(first) + DAY)
    ticks = axis_ticks(start, end, CLOCK)
    assert 1 <= len(ticks) <= 6
    assert all(start <= instant <= end for instant, _ in ticks)
    assert len({words for _, words in ticks}) == len(ticks)


def test_timeline_marks_windows_and_reports():
    items = [
        Dated("A", "one", window("2031-06-01", "2031-06-03"), at("2031-06-03T04:00")),
        Dated("B", "two", None, at("2031-08-01")),
    ]
    svg = str(draw_timeline(items, CLOCK, "t"))
    assert svg.count('class="window"') == 1
    assert svg.count('class="report"') == 2
    assert 'aria-labelledby="t-t t-d"' in svg
    assert draw_timeline([], CLOCK, "t") is None


def test_dates_are_local_and_english():
    assert CLOCK.minute(at("2031-06-03T04:12")) == "3 June 2031, 04:12"
    assert CLOCK.day(at("1899-12-31T23:59")) == "31 December 1899"
    assert Clock(ZoneInfo("America/Chicago")).minute(at("2031-06-03T04:12")) == (
        "2 June 2031, 22:12"
    )


def test_time_between_has_an_honest_unit():
    assert [time_between(s) for s in (60, 2_400, 3_600, 90_000, 23 * DAY, 900 * DAY)] == [
        *("1 minute", "40 minutes", "1 hour", "25 hours", "23 days", "2.5 years"),
    ]
