from datetime import UTC, datetime

import pytest

from clew.errors import UsageRejected
from clew.intake.cases.times import TimeReader, zone_named

NOW = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
LONDON = TimeReader("Europe/London", NOW)


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "start", "end", "has_clock"),
    [
        ("2014-06-19T04:05", utc(2014, 6, 19, 3, 5), utc(2014, 6, 19, 3, 5), True),
        ("2014-06-19 04:05:30", utc(2014, 6, 19, 3, 5, 30), utc(2014, 6, 19, 3, 5, 30), True),
        ("2014-06-19T04:05Z", utc(2014, 6, 19, 4, 5), utc(2014, 6, 19, 4, 5), True),
        ("2014-06-19T04:05-05:00", utc(2014, 6, 19, 9, 5), utc(2014, 6, 19, 9, 5), True),
        ("2014-01-02", utc(2014, 1, 2), utc(2014, 1, 2, 23, 59, 59), False),
        ("2014-06-19", utc(2014, 6, 18, 23), utc(2014, 6, 19, 22, 59, 59), False),
        # The clocks change: a day of 23 hours, and one of 25.
        ("2014-03-30", utc(2014, 3, 30), utc(2014, 3, 30, 22, 59, 59), False),
        ("2014-10-26", utc(2014, 10, 25, 23), utc(2014, 10, 26, 23, 59, 59), False),
        ("1850-01-01T00:00Z", utc(1850, 1, 1), utc(1850, 1, 1), True),
    ],
)
def test_iso_times_become_instants(text: str, start: int, end: int, has_clock: bool) -> None:
    moment = LONDON.read(text)
    assert (moment.start, moment.end, moment.has_clock) == (start, end, has_clock)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("03/04/2021", "order of day and month is not declared"),
        ("3.4.21", "order of day and month is not declared"),
        ("04-03-2021", "order of day and month is not declared"),
        ("1799-12-31", "before 1800"),
        ("2031-01-01", "future"),
        ("9998-12-31T23:59", "a year after 2199"),
        ("9999-12-31T23:59", "written where none is known"),
        ("2021-02-30", "not a date"),
        ("yesterday", "not a date"),
        ("4405", "not a date"),
    ],
)
def test_other_times_are_refused_in_plain_words(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        LONDON.read(text)


def test_a_time_in_the_hour_that_comes_twice_is_a_window() -> None:
    first, second = utc(2014, 10, 26, 0, 30), utc(2014, 10, 26, 1, 30)
    slashed = TimeReader("Europe/London", NOW, {"": ("%d/%m/%Y %H:%M",)})
    for read in (LONDON.read("2014-10-26T01:30"), slashed.read("26/10/2014 01:30")):
        assert (read.start, read.end, read.has_clock) == (first, second, True)
    for text, at in (("2014-10-26T01:30+01:00", first), ("2014-10-26T01:30Z", second)):
        assert (LONDON.read(text).start, LONDON.read(text).end) == (at, at)
    for text in ("2014-10-26T00:59", "2014-10-26T02:00", "2014-03-30T02:00"):
        assert LONDON.read(text).start == LONDON.read(text).end, text


def test_a_time_in_the_hour_that_is_left_out_is_a_window() -> None:
    # 01:30 was no time in London that night: 00:30 or 01:30 GMT is meant.
    read = LONDON.read("2014-03-30T01:30")
    assert (read.start, read.end) == (utc(2014, 3, 30, 0, 30), utc(2014, 3, 30, 1, 30))


def test_declared_formats_are_tried_before_iso() -> None:
    reader = TimeReader("UTC", NOW, {"": ("%d/%m/%Y",), "earliest": ("%m/%d/%Y %H:%M",)})
    assert reader.read("03/04/2021").start == utc(2021, 4, 3)
    assert reader.read("2021-04-03").start == utc(2021, 4, 3)
    assert reader.read("03/04/2021 05:06", "earliest").start == utc(2021, 3, 4, 5, 6)


def test_two_digit_years_never_lie_after_the_report() -> None:
    reader = TimeReader("UTC", NOW, {"": ("%m/%d/%y",)})
    reported = utc(2020, 1, 1, 23)
    assert reader.read("12/31/19", not_after=reported).start == utc(2019, 12, 31)
    assert reader.read("12/31/20", not_after=reported).start == utc(1920, 12, 31)
    assert reader.read("12/31/75", not_after=reported).start == utc(1975, 12, 31)


def test_an_unknown_zone_is_refused() -> None:
    for name in ("Mars/Olympus", "", "../etc/passwd"):
        with pytest.raises(UsageRejected, match="no time zone"):
            zone_named(name)


def test_a_format_without_a_day_means_the_whole_month_or_year() -> None:
    times = TimeReader("UTC", NOW, {"earliest": ("%Y %m",), "latest": ("%Y", "%m/%y")})
    month = times.read("1980 2", "earliest")
    assert (month.start, month.end) == (
        times.read("1980-02-01").start,
        times.read("1980-02-29").end,
    )
    assert not month.has_clock
    year = times.read("1981", "latest")
    assert (year.start, year.end) == (times.read("1981-01-01").start, times.read("1981-12-31").end)
    assert times.read("12/99", "latest").end == times.read("1999-12-31").end
