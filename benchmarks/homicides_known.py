"""Series of the public record in ten western states, described before any ranker was run.

Each is described by facts of trials and the press alone: place, months, sex, ages, method, number.
Nothing here was drawn from the file that is ranked, and no figure was changed afterwards. Named
are convictions and public names only. Methods are the file's own weapon codes.
"""

from __future__ import annotations

from dataclasses import dataclass

GUNS, LONG_GUNS = (11, 12, 13, 14, 15), (11, 13, 14, 15)
STRANGLED, BEATEN, KNIFE, UNKNOWN = (80, 85), (30, 40), (20,), (90,)


@dataclass(frozen=True, slots=True)
class Known:
    """One series: county FIPS, sex, ages, first and last (year, month), weapons, deaths there."""

    name: str
    county: str
    sex: str
    ages: tuple[int, int]
    first: tuple[int, int]
    last: tuple[int, int]
    weapons: tuple[int, ...]
    deaths: int
    facts: str


SERIES = (
    Known("King County 1982-84", "53033", "Female", (14, 40),
          (1982, 7), (1984, 12), STRANGLED + UNKNOWN, 40,
          "King County; women and girls strangled and left outdoors, many found as bones, most"
          " from July 1982 to 1984"),
    Known("Spokane 1996-98", "53063", "Female", (16, 50),
          (1996, 8), (1998, 12), GUNS, 9,
          "Spokane; women shot in the head, 1996 to 1998"),
    Known("Spokane 1990", "53063", "Female", (15, 45),
          (1990, 2), (1990, 6), GUNS, 3,
          "Spokane; three women shot, February to May 1990"),
    Known("King County 1990", "53033", "Female", (20, 40),
          (1990, 6), (1990, 9), BEATEN + STRANGLED + UNKNOWN, 3,
          "King County's east side; three women beaten or strangled, June to September 1990"),
    Known("Clark County 1989", "53011", "Male", (3, 12),
          (1989, 9), (1989, 11), KNIFE + STRANGLED, 3,
          "Clark County, Washington; three boys stabbed or strangled, September and October 1989"),
    Known("Clackamas County 1987", "41005", "Female", (14, 40),
          (1987, 7), (1987, 12), KNIFE + UNKNOWN, 7,
          "Clackamas County; women stabbed, most found in a forest in August and September 1987"),
    Known("Washington County, Oregon, 1991-93", "41067", "Female", (20, 75),
          (1991, 4), (1993, 2), GUNS + STRANGLED + BEATEN, 4,
          "women shot, strangled or beaten, April 1991 to January 1993"),
    Known("Portland 1999", "41051", "Female", (18, 45),
          (1999, 4), (1999, 7), STRANGLED + UNKNOWN, 3,
          "Portland; three women strangled, found in a park in May and June 1999"),
    Known("Albuquerque 2009 (unsolved)", "35001", "Female", (14, 35),
          (2009, 1), (2009, 12), STRANGLED + UNKNOWN, 11,
          "Albuquerque; bones of eleven women and girls found from February 2009 on, missing"
          " since 2001 to 2005; taken to be counted when found"),
    Known("Phoenix 2005-06, handgun", "04013", "Female", (18, 40),
          (2005, 8), (2006, 6), (11, 12), 8,
          "Phoenix; eight women and a man shot with a handgun, August 2005 to June 2006"),
    Known("Phoenix 2005-06, from a car", "04013", "Male", (18, 60),
          (2005, 5), (2006, 8), LONG_GUNS, 6,
          "Phoenix; six men and two women shot from a car with a rifle or shotgun, 2005 and 2006"),
    Known("Phoenix 2015-16 (unsolved)", "04013", "Male", (15, 65),
          (2015, 8), (2016, 7), (11, 12), 5,
          "Phoenix; men and women shot outdoors with a handgun, August 2015 to July 2016"),
    Known("Phoenix 1991-92", "04013", "Female", (18, 45),
          (1991, 2), (1992, 12), BEATEN + UNKNOWN, 3,
          "Maricopa County; three women beaten in the desert, 1991 and 1992"),
    Known("Salt Lake County 1979-83", "49035", "Male", (3, 14),
          (1979, 10), (1983, 12), (12, 30, 75, 80, 85, 90), 5,
          "Salt Lake County; five boys of 4 to 13, 1979 to 1983, bodies found in July 1983"),
    Known("Denver 1979", "08031", "Female",
          (15, 40), (1979, 1), (1979, 12), STRANGLED + UNKNOWN, 3,
          "Denver; three women strangled, March to November 1979"),
    Known("Denver 1999 (largely unsolved)", "08031", "Male", (20, 65),
          (1999, 9), (1999, 12), BEATEN + KNIFE + UNKNOWN, 7,
          "Denver; seven homeless men beaten to death, some beheaded, September to November 1999"),
)  # fmt: skip
"""Chosen from memory of the public record; at least three deaths in one county, after 1975."""
