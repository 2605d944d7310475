"""Charts of unusual counts: the sequential test, the funnel, the hours of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from clew.disclosure.figures.charts import draw, tag
from clew.disclosure.surveillance_words import kind_word, say_times
from clew.disclosure.words import count_of
from clew.model.excess import Funnel, TimeProfile, UnitExcess

WIDTH, HEIGHT = 460.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 10.0, 16.0, 34.0
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
TALL = 1.6
"""The chart of a test ends at this multiple of the boundary; what climbs beyond is cut and said."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, its caption, and the same as a table."""

    title: str
    drawing: Markup
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def expected_words(value: float) -> str:
    """Return an expected number no more exact than it deserves."""
    return f"{value:,.0f}" if value >= 20 else f"{value:.2g}"


def boundary_chart(unit: UnitExcess, ident: str) -> Markup:
    """Draw how near the test came to its boundary, period by period; 100 % is a signal."""
    shares = [height / limit for _, height, limit in unit.steps]
    top = max(min(max(shares), TALL), 1.1)
    place = _Scale((0, max(len(shares) - 1, 1)), (0, top))
    line = [(place.x(k), place.y(min(share, top))) for k, share in enumerate(shares)]
    parts = _frame([(0, "0"), (1, "100 %")], place)
    edge = place.y(1)
    parts.append(tag("line", class_="limit", x1=LEFT, x2=WIDTH - RIGHT, y1=edge, y2=edge))
    parts.append(tag("polyline", class_="walk", points=_points(line)))
    first = next((k for k, share in enumerate(shares) if share >= 1), None)
    if first is not None:
        parts.append(tag("circle", class_="mark", cx=line[first][0], cy=line[first][1], r=5.0))
    parts += _ends([period for period, _, _ in unit.steps])
    cut = " It goes on beyond the top." if max(shares) > top else ""
    says = f"At 100 per cent the count signals.{cut} The table below has every period."
    return draw(ident, (WIDTH, HEIGHT), "How near the count came to its boundary", says, parts)


def draw_funnel(funnel: Funnel) -> Picture:
    """Draw observed against expected counts with their limits; no unit is named."""
    most_x = max((row[0] for row in funnel.limits), default=1.0)
    most_y = max(
        [row[4] for row in funnel.limits] + [float(p.observed) for p in funnel.points] + [1.0]
    )
    place = _Scale((0, most_x), (0, most_y))
    parts = _frame([(0, "0"), (most_y, f"{most_y:,.0f}")], place)
    for column, name in ((1, "inner"), (2, "inner"), (3, "limit"), (4, "limit")):
        line = [(place.x(row[0]), place.y(row[column])) for row in funnel.limits]
        parts.append(tag("polyline", class_=name, points=_points(line)))
    for point in funnel.points:
        x, y = place.x(point.expected), place.y(point.observed)
        if point.outside:
            corners = [(x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)]
            parts.append(tag("polygon", class_="mark", points=_points(corners)))
        else:
            parts.append(tag("circle", class_="ordinary", cx=x, cy=y, r=2.5))
    parts += _ends(["0 expected", f"{most_x:,.1f} expected"])
    says = "Each mark is a unit. Limits of 95 and 99.8 per cent. The table below has the numbers."
    ident, title = f"funnel-{funnel.kind}", "Counts against what was expected"
    outside = sum(point.outside for point in funnel.points)
    return Picture(
        "limits",
        draw(ident, (WIDTH, HEIGHT), title, says, parts),
        f"{kind_word(funnel.kind)}: counts after the first case against the mean rate of the"
        f" kind. Ordinary units vary by {100 * funnel.variation.between:.0f} % beyond chance."
        f" {count_of(outside, 'unit is', 'units are')} above all that chance and this"
        " variation explain (a diamond). That is a level, not a change: a busy place is always"
        " there.",
        ("Expected", "Lower 95 %", "Upper 95 %", "Lower 99.8 %", "Upper 99.8 %"),
        tuple(tuple(map(expected_words, row)) for row in funnel.limits[4::5]),
    )


def draw_profile(profile: TimeProfile, ident: str, basis: str, *, hours: bool) -> Picture:
    """Draw a unit's shares round the clock or the week as bars, and the others' as a line."""
    own, rest = shares(profile.unit_counts), shares(profile.other_counts)
    top = max(*own, *rest, 0.01)
    bins = len(own)
    place = _Scale((0, bins), (0, top))
    parts = _frame([(0, "0"), (top, f"{top * 100:.0f} %")], place)
    arc = {(profile.first + k) % bins for k in range(profile.length)}
    for k, share in enumerate(own):
        x, y = place.x(k), place.y(share)
        box = {"x": x + 1, "y": y, "width": place.x(k + 1) - x - 2, "height": place.y(0) - y}
        parts.append(tag("rect", class_="full" if k in arc else "ordinary", **box))
    line: list[tuple[float, float]] = []
    for k, share in enumerate(rest):
        line += [(place.x(k), place.y(share)), (place.x(k + 1), place.y(share))]
    parts.append(tag("polyline", class_="walk", points=_points(line)))
    labels = ["00:00", "06:00", "12:00", "18:00", "24:00"] if hours else list(DAYS)
    wide = (WIDTH - LEFT - RIGHT) / (len(labels) - 1 if hours else 7)
    for k, label in enumerate(labels):
        x = LEFT + (k if hours else k + 0.5) * wide
        x = min(max(x, LEFT + 12), WIDTH - RIGHT - 14)
        parts.append(tag("text", label, class_="mid", x=x, y=HEIGHT - 12))
    title = "Hour of day" if hours else "Day of the week"
    says = "Bars are this unit, the line all others of its kind. The table below has the numbers."
    names = [f"{k:02}:00" for k in range(24)] if hours else list(DAYS)
    first, last = names[profile.first], names[(profile.first + profile.length) % bins]
    fullest = f"{first} to {last}"
    if not hours:
        fullest = f"{first}, {count_of(profile.length, 'day', 'days')}"
    return Picture(
        "hours" if hours else "days of the week",
        draw(ident, (WIDTH, HEIGHT), title, says, parts),
        f"{title} {basis}. Fullest: {fullest}, {profile.observed} where"
        f" {expected_words(profile.expected)} were expected. Some stretch as full as that comes"
        f" {say_times(profile.p_value)} by chance.",
        ("Hour" if hours else "Day", "Cases", "Share", "Share of all others"),
        tuple(
            (name, str(count), f"{100 * a:.0f} %", f"{100 * b:.0f} %")
            for name, count, a, b in zip(names, profile.unit_counts, own, rest, strict=True)
        ),
    )


def shares(counts: Sequence[int]) -> list[float]:
    """Return counts as shares of their sum; zeros where there is none."""
    total = max(sum(counts), 1)
    return [count / total for count in counts]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where values are in the picture."""

    across: tuple[float, float]
    up: tuple[float, float]

    def x(self, value: float) -> float:
        """Return the horizontal place of a value."""
        low, high = self.across
        return LEFT + (value - low) / max(high - low, 1e-12) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Return the vertical place of a value."""
        low, high = self.up
        return HEIGHT - BOTTOM - (value - low) / max(high - low, 1e-12) * (HEIGHT - TOP - BOTTOM)


def _frame(levels: Sequence[tuple[float, str]], place: _Scale) -> list[Markup]:
    parts = []
    for value, label in levels:
        y = place.y(value)
        kind = "rule" if value == 0 else "grid"
        parts.append(tag("line", class_=kind, x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y))
        parts.append(tag("text", label, class_="end", x=LEFT - 5, y=y + 4))
    return parts


def _ends(labels: Sequence[str]) -> list[Markup]:
    """Label the first and the last point of the horizontal axis."""
    y = HEIGHT - 12
    parts = [tag("text", labels[0], x=LEFT, y=y)]
    if len(labels) > 1:
        parts.append(tag("text", labels[-1], class_="end", x=WIDTH - RIGHT, y=y))
    return parts


def _points(line: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
