from datetime import UTC, datetime

import pytest

from clew.intake.cases.times import TimeReader
from clew.intake.cases.window_text import WindowText, read_window_text

TIMES = TimeReader("UTC", int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()))
FORM = WindowText("when", "month_first", 400)


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())


REPORTED = utc(2020, 6, 30, 23, 59)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("06/29/20", (2020, 6, 29), (2020, 6, 29, 23, 59, 59)),
        ("12/31/2019 2100 - 01/01/2020 0906", (2019, 12, 31, 21), (2020, 1, 1, 9, 6)),
        ("01/01/2020 0200 - 0554", (2020, 1, 1, 2), (2020, 1, 1, 5, 54)),
        (
            "1/1/2020 at 0015 hours - 1/1/2020 at 1150 hours",
            (2020, 1, 1, 0, 15),
            (2020, 1, 1, 11, 50),
        ),
        ("Between 2/9/2020 and 2/11/2020", (2020, 2, 9), (2020, 2, 11, 23, 59, 59)),
        ("4-11-20 at 2000 to 4-12-20 at 0830", (2020, 4, 11, 20), (2020, 4, 12, 8, 30)),
        ("02/19/2020 9999", (2020, 2, 19), (2020, 2, 19, 23, 59, 59)),
        ("01/18/2020 prior to 1717 hrs", (2020, 1, 18), (2020, 1, 18, 23, 59, 59)),
        ("3/1/2020 unknown time", (2020, 3, 1), (2020, 3, 1, 23, 59, 59)),
        ("01/04/2020 0:00-1000", (2020, 1, 4), (2020, 1, 4, 10)),
    ],
)
def test_windows_as_people_write_them(
    text: str, earliest: tuple[int, ...], latest: tuple[int, ...]
) -> None:
    window = read_window_text(text, FORM, TIMES, REPORTED)
    assert (window.earliest, window.latest) == (utc(*earliest), utc(*latest))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("February 2020", "no date"),
        ("1/1/2020 1/2/2020 1/3/2020", "more than two"),
        ("7/6/2007 0000-2359", "more than 400 days"),
        ("8/1/2020", "after the report"),
        ("2/9/2020 - 2/1/2020", "ends before it begins"),
        ("13/45/2020", "impossible date"),
        ("12/26/221", "year cannot be read"),
    ],
)
def test_windows_that_cannot_be_taken(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_window_text(text, FORM, TIMES, REPORTED)


def test_the_order_of_dates_is_declared() -> None:
    day_first = read_window_text("03/04/2020", WindowText("w", "day_first"), TIMES, REPORTED)
    year_first = read_window_text("2020-04-03", WindowText("w", "year_first"), TIMES, REPORTED)
    assert day_first == year_first
    assert day_first.earliest == utc(2020, 4, 3)
