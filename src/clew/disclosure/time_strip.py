"""How many cases a zone had through the time that was scanned, the unusual days marked."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from clew.disclosure.clusters_table import date_of
from clew.disclosure.svg import draw, tag
from clew.disclosure.words import count_of
from clew.model.cluster import Cluster, Day

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BASE = 320.0, 130.0, 26.0, 8.0, 12.0, 100.0
MOST_BARS = 53
"""Bars that can still be told apart at this width: a year of weeks."""


def draw_strip(cluster: Cluster, first_day: Day, ident: str) -> Markup:
    """Return the strip as SVG. Bars hold equal numbers of days, counted from the last one back."""
    last = max(cluster.scanned_on, cluster.last_day)
    days = last - first_day + 1
    wide = -(-days // MOST_BARS)
    bars = -(-days // wide)
    counts = Counter((last - day) // wide for day in cluster.zone_days)
    marked = range((last - cluster.last_day) // wide, (last - cluster.first_day) // wide + 1)
    top = max(counts.values(), default=1)
    step = (WIDTH - LEFT - RIGHT) / bars
    parts = [tag("line", class_="rule", x1=LEFT, x2=WIDTH - RIGHT, y1=BASE, y2=BASE)]
    for back, count in sorted(counts.items()):
        high = (BASE - TOP) * count / top
        place = {"x": WIDTH - RIGHT - (back + 1) * step, "y": BASE - high}
        class_ = "unusual" if back in marked else "window"
        width = max(step - 1, 1.0)
        parts.append(tag("rect", class_=class_, width=width, height=high, **place))
    parts += [
        tag("text", str(top), class_="end", x=LEFT - 5, y=TOP + 9),
        tag("text", "0", class_="end", x=LEFT - 5, y=BASE),
        tag("text", date_of(first_day).isoformat(), x=LEFT, y=BASE + 18),
        tag("text", date_of(last).isoformat(), class_="end", x=WIDTH - RIGHT, y=BASE + 18),
    ]
    each = "a bar a day" if wide == 1 else f"a bar for {wide} days"
    says = (
        f"{count_of(len(cluster.zone_days), 'case', 'cases')} in the zone in {days:,} days, {each};"
        f" {cluster.observed} of them in the days that are unusual."
    )
    return draw(ident, (WIDTH, HEIGHT), "How many cases the zone had, through time", says, parts)
